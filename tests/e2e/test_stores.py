"""Pictures in a store of one's own: Amazon S3, Azure Storage, Google Cloud Storage. The servers (tests/stores) check the
signatures as the real ones do. Whatever is wrong with a store, the picture is shown: kept in Slack then."""
from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from typing import Any, Iterator, NamedTuple

import pytest

from badday import calls, database, kinds, posted, taken, warm, words
from stack import BUILD, ROOT, Stack, free_port, http_request
from test_files import buttons
from test_press import press

sys.path.insert(0, str(ROOT / "tests" / "stores"))

import google as fake_google  # noqa: E402
import servers  # noqa: E402

UPLOAD, UPDATE = "upload", "chat.update"
FUNNEL = "show dashboard 62"
S3_BUCKETS = ["pictures", "no-acl", "blocked", "closed", "closed-check", "refused", "wrong", "checked"]
GIVEN = ("SLACKBOT_S3_", "AWS_", "SLACKBOT_AZURE_", "AZURE_", "GOOGLE_", "GCE_")


class Stores(NamedTuple):
    s3: servers.S3
    azure: servers.Azure
    google: fake_google.Google
    stack: Stack

    def use(self, settings: dict[str, str]) -> None:
        """From now on these are the bot's settings of stores, and no others."""
        stack = self.stack
        for name in [name for name in stack.settings if name.startswith(GIVEN)]:
            del stack.settings[name]
        stack.write_settings(**settings)
        stack.reload()

    def settings(self, store: str, place: str) -> dict[str, str]:
        """Of a bucket or container that is there."""
        if store == "s3":
            return self.s3.settings(place)
        if store == "azure":
            self.azure.create(place, public=not place.startswith("closed"))
            return self.azure.settings(place)
        return self.google.settings(place)

    def wrong_key(self, store: str) -> dict[str, str]:
        if store == "s3":
            return self.s3.settings("wrong", AWS_SECRET_ACCESS_KEY="another-key-not-a-secret")
        if store == "azure":
            return self.azure.settings("wrong", AZURE_STORAGE_ACCESS_KEY="YW5vdGhlci1rZXktbm90LWEtc2VjcmV0")
        return self.google.settings("wrong", fake_google.make_key(self.google.folder, "another"))


@pytest.fixture(scope="module")
def _stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("stores")
    try:
        servers.node_modules(BUILD)
    except servers.CannotInstall as why:
        pytest.fail(str(why), pytrace=False)
    google = fake_google.Google(folder)
    try:
        with servers.s3(BUILD, folder, S3_BUCKETS) as s3, servers.azure(BUILD, folder) as azure, \
                Stack(env_file=True).running() as stack:
            stack.secrets["BEGIN PRIVATE KEY"] = "GOOGLE_CLOUD_CREDENTIALS_JSON"
            warm(stack)
            yield Stores(s3, azure, google, stack)
    finally:
        google.stop()


@pytest.fixture
def stores(_stores: Stores) -> Stores:
    _stores.stack.reset()
    assert _stores.stack.sandbox is not None
    _stores.stack.sandbox.call("POST", "/sandbox/renders", {"looks": 1})
    _stores.google.requests.clear()
    _stores.google.metadata = True
    return _stores


class Drawn(NamedTuple):
    """One answer with a picture: the block, and the log's line about the end of its job."""
    block: dict[str, Any]
    ended: str
    uploads: int  # to Slack


def draw(stack: Stack) -> Drawn:
    ack = taken(stack.slash(FUNNEL))
    message = stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=40)[0]["body"]
    assert "image" in kinds(message) and ":art:" not in words(message), message
    with database(stack) as db:
        job = int(db.execute("SELECT max(id) FROM jobs WHERE kind = 'picture'").fetchone()[0])
    assert stack.bot is not None
    ended = stack.bot.wait_log(f"event=job_(done|dead) .*job={job} ", 1, 40)[0]
    assert "event=job_done" in ended
    block = next(block for block in message["blocks"] if block["type"] == "image")
    return Drawn(block, ended, len(calls(stack, ack, UPLOAD, "slack")))


def fetched(drawn: Drawn, base: str) -> bytes:
    """It is where `base` says, under a name of 256 bits, for everybody, and Slack has no copy."""
    url = drawn.block["image_url"]
    assert re.fullmatch(re.escape(base) + r"/lookerbot/[0-9a-f]{64}\.png", url), url
    assert drawn.uploads == 0 and "slack_file" not in drawn.block
    answer = http_request(url)
    assert answer.status == 200 and answer.headers["content-type"] == "image/png", answer
    assert answer.body.startswith(b"\x89PNG")
    return answer.body


def in_slack(drawn: Drawn, why: str) -> None:
    assert drawn.block["slack_file"]["id"] and "image_url" not in drawn.block and drawn.uploads == 1
    assert why in drawn.ended and "kept in Slack instead" in drawn.ended


def check(stack: Stack) -> str:
    """What `lookerbot check` says of the store."""
    ran = subprocess.run([BUILD / "cli" / "lookerbot", "check"], env=stack.environment(), cwd=stack.folder, text=True,
                         capture_output=True, timeout=60)
    assert ran.returncode == 0 and "Sanitizer" not in ran.stderr, ran
    lines = ran.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if "pictures: " in line)
    return "\n".join(lines[first:first + (3 if lines[first].startswith("warning") else 1)])


# --- kept there

def test_amazon(stores: Stores) -> None:
    stores.use(stores.settings("s3", "pictures"))
    png = fetched(draw(stores.stack), f"{stores.s3.url}/pictures")
    put, read, *_ = stores.s3.requests("pictures")
    assert (put["method"], read["method"]) == ("PUT", "GET") and "authorization" not in read["headers"]
    assert put["headers"]["x-amz-acl"] == "public-read" and "/eu-north-1/s3/" in put["headers"]["authorization"]
    assert put["headers"]["x-amz-content-sha256"] == hashlib.sha256(png).hexdigest()
    before = len(stores.s3.requests("pictures"))
    draw(stores.stack)
    assert [one["method"] for one in stores.s3.requests("pictures")[before:]] == ["PUT"], "only the first is tried out"


def test_azure(stores: Stores) -> None:
    stores.use(stores.settings("azure", "pictures"))
    fetched(draw(stores.stack), f"{stores.azure.url}/pictures")


def test_google(stores: Stores) -> None:
    stores.use(stores.settings("google", "pictures"))
    fetched(draw(stores.stack), f"{stores.google.url}/pictures")
    fetched(draw(stores.stack), f"{stores.google.url}/pictures")
    assert len(stores.google.asked("POST", "/token")) == 1, "the token is kept"
    assert {one["headers"].get("x-goog-acl") for one in stores.google.asked("PUT", "/pictures/")} == {"public-read"}


def test_google_from_its_own_machine(stores: Stores) -> None:
    stores.use(stores.google.machine("machines"))
    fetched(draw(stores.stack), f"{stores.google.url}/machines")
    assert stores.google.asked("POST", "/token") == []


def test_the_first_that_is_configured(stores: Stores) -> None:
    stores.use({**stores.google.settings("unused"), **stores.s3.settings("pictures")})
    fetched(draw(stores.stack), f"{stores.s3.url}/pictures")
    assert stores.google.requests == []


@pytest.mark.parametrize("bucket", ["no-acl", "blocked"])
def test_amazon_without_access_rules(stores: Stores, bucket: str) -> None:
    stores.use(stores.settings("s3", bucket))
    fetched(draw(stores.stack), f"{stores.s3.url}/{bucket}")
    fetched(draw(stores.stack), f"{stores.s3.url}/{bucket}")
    rules = [one["headers"].get("x-amz-acl") for one in stores.s3.requests(bucket) if one["method"] == "PUT"]
    assert rules == ["public-read", None, None], "asked once"


def test_google_without_access_rules(stores: Stores) -> None:
    stores.use(stores.settings("google", "uniform"))
    fetched(draw(stores.stack), f"{stores.google.url}/uniform")
    assert len(stores.google.asked("PUT", "/uniform/")) == 2


def test_a_slack_that_takes_no_files(stores: Stores) -> None:
    """It needs none for a picture: the button is there, and works."""
    stack = stores.stack
    stores.use(stores.settings("s3", "pictures"))
    stack.workspace(without_scopes=["files:write"])
    assert buttons(stack.answer(taken(stack.slash("big orders", channel="C0SALES")))) == ["csv", "picture", "refresh"]
    ts = posted(stack, "C0SALES")[-1]["ts"]
    pressed = press(stack, "C0SALES", ts, "csv")
    stack.wait(kind="hook", name=f"POST {pressed['hook']}", ok=1, text="files:write", timeout=20)
    assert buttons(stack.answer(taken(stack.slash("big orders", channel="C0SALES")))) == ["picture", "refresh"]
    ack = press(stack, "C0SALES", posted(stack, "C0SALES")[-1]["ts"], "picture")
    message = stack.wait(kind="slack", name=UPDATE, ok=1, after=ack["n"], timeout=40)[0]["body"]
    assert "image_url" in next(block for block in message["blocks"] if block["type"] == "image")


# --- not there: kept in Slack

@pytest.mark.parametrize("store, name", [("s3", "Amazon S3"), ("azure", "Azure Storage"), ("google", "Google Cloud Storage")])
def test_not_for_everybody(stores: Stores, store: str, name: str) -> None:
    stores.use(stores.settings(store, "closed"))
    why = f"{name}: what is put there cannot be read without a login"
    in_slack(draw(stores.stack), why)
    if store == "s3":
        in_slack(draw(stores.stack), why)
        assert [one["method"] for one in stores.s3.requests("closed")] == ["PUT", "GET"], "it is remembered"


def test_the_store_is_down(stores: Stores) -> None:
    stores.use(stores.s3.settings("pictures", SLACKBOT_S3_ENDPOINT=f"http://127.0.0.1:{free_port()}"))
    in_slack(draw(stores.stack), "Amazon S3: ")


@pytest.mark.parametrize("store, setting", [
    ("s3", "AWS_SECRET_ACCESS_KEY"), ("azure", "AZURE_STORAGE_ACCESS_KEY"), ("google", "GOOGLE_CLOUD_CREDENTIALS_JSON"),
])
def test_a_wrong_key(stores: Stores, store: str, setting: str) -> None:
    stores.use(stores.wrong_key(store))
    in_slack(draw(stores.stack), setting)
    said = check(stores.stack)
    assert said.startswith("warning  pictures: ") and setting in said and "Mend the setting" in said, said


def test_slack_cannot_read_it(stores: Stores) -> None:
    """Within a company's network, say: the bot can."""
    stores.use(stores.settings("s3", "refused"))
    stores.stack.fault({"where": "slack", "match": UPDATE, "do": "error", "code": "invalid_blocks", "times": 1,
                        "response_metadata": {"messages": [
                            "[ERROR] downloading image failed [json-pointer:/blocks/1/image_url]"]}})
    in_slack(draw(stores.stack), "Amazon S3: Slack does not show what is put there")
    in_slack(draw(stores.stack), "Amazon S3: Slack does not show what is put there")
    assert len([one for one in stores.s3.requests("refused") if one["method"] == "PUT"]) == 1, "it is remembered"


# --- lookerbot check

@pytest.mark.parametrize("store", ["s3", "azure", "google"])
def test_check_tries_it_out(stores: Stores, store: str) -> None:
    stores.use(stores.settings(store, "checked"))
    for _ in range(2):  # the same object
        said = check(stores.stack)
        assert said.startswith("ok ") and "/checked: takes pictures, and everybody" in said, said
    stores.use({})
    assert check(stores.stack).endswith("pictures: kept in Slack")


@pytest.mark.parametrize("store, remedy", [("s3", "s3:GetObject"), ("azure", "access level to Blob"), ("google", "allUsers")])
def test_check_says_the_remedy(stores: Stores, store: str, remedy: str) -> None:
    stores.use(stores.settings(store, "closed-check"))
    said = check(stores.stack)
    assert said.startswith("warning  pictures: ") and "cannot be read without a login" in said and remedy in said, said
