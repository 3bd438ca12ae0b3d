"""SIGHUP: new settings without a restart, and without losing or refusing anything."""
from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

from badday import by_hook, taken, words
from slackform import form, sign
from stack import NOWHERE, Stack

Make = Callable[..., Stack]
OLD, NEW = NOWHERE["SLACK_SIGNING_SECRET"], "another-signing-secret-0123456789"


def front(make_stack: Make, **arguments: Any) -> Stack:
    return make_stack(sandbox=False, env_file=True, bot_arguments=["--workers", "0"], **arguments)


def status(stack: Stack, secret: str) -> int:
    body = form()
    return stack.http("POST", "/slack/receive", body, sign(body, secret)).status


def test_a_signing_secret_is_rotated_without_a_gap(make_stack: Make) -> None:
    with front(make_stack).running() as stack:
        assert (status(stack, OLD), status(stack, NEW)) == (200, 401)
        stack.write_settings(SLACK_SIGNING_SECRET=f"{NEW} {OLD}")
        assert (status(stack, OLD), status(stack, NEW)) == (200, 401), "nothing changes before the signal"
        stack.reload()
        assert (status(stack, OLD), status(stack, NEW)) == (200, 200)
        stack.write_settings(SLACK_SIGNING_SECRET=NEW)
        stack.reload()
        assert (status(stack, OLD), status(stack, NEW)) == (401, 200)


def test_the_older_token_is_rotated_too(make_stack: Make) -> None:
    def asked(token: str) -> int:
        return stack.http("POST", "/slack/receive", form(token=token),
                          {"Content-Type": "application/x-www-form-urlencoded"}).status
    with front(make_stack, settings={"SLACK_SIGNING_SECRET": None,
                                     "SLACK_SLASH_COMMAND_TOKEN": "older-token-1"}).running() as stack:
        assert (asked("older-token-1"), asked("newer-token-2")) == (200, 401)
        stack.write_settings(SLACK_SLASH_COMMAND_TOKEN="older-token-1 newer-token-2")
        stack.reload()
        assert (asked("older-token-1"), asked("newer-token-2"), asked("third-token-3")) == (200, 200, 401)


def test_a_secret_in_a_file_of_its_own_is_read_again(make_stack: Make) -> None:
    """The environment of a process cannot change, the file that it names can."""
    stack = front(make_stack, settings={"SLACK_SIGNING_SECRET": None})
    secret = stack.folder / "signing"
    secret.write_text(OLD + "\n")
    stack.settings["SLACK_SIGNING_SECRET_FILE"] = str(secret)
    with stack.running():
        assert (status(stack, OLD), status(stack, NEW)) == (200, 401)
        secret.write_text(NEW + "\n")
        stack.reload()
        assert (status(stack, OLD), status(stack, NEW)) == (401, 200)
        secret.unlink()
        lines = stack.reload("reload_refused")
        assert any("setting=SLACK_SIGNING_SECRET_FILE" in line for line in lines)
        assert status(stack, NEW) == 200
        stack.secrets[NEW] = stack.secrets[OLD] = "SLACK_SIGNING_SECRET_FILE"


def test_a_slack_token_is_replaced(make_stack: Make) -> None:
    with make_stack(env_file=True, settings={"SLACK_API_KEY": "xoxb-1-revoked-token"}).running() as stack:
        assert stack.sandbox
        ack = taken(stack.slash("help"))
        by_hook(stack, ack)  # posting is refused
        stack.write_settings(SLACK_API_KEY=stack.sandbox.settings["SLACK_API_KEY"])
        stack.reload()
        stack.answer(taken(stack.slash("revenue today")))


def test_lookers_change(make_stack: Make) -> None:
    """A wrong secret, then the right one, then several instances and another folder."""
    with make_stack(env_file=True, settings={"LOOKER_API_CLIENT_SECRET": "wrong-secret-0123"}).running() as stack:
        assert stack.sandbox
        url = stack.sandbox.settings["LOOKER_URL"]
        assert "could not answer" in by_hook(stack, taken(stack.slash("find orders")))["text"]
        stack.write_settings(LOOKER_API_CLIENT_SECRET=stack.sandbox.settings["LOOKER_API_CLIENT_SECRET"])
        stack.reload()
        stack.answer(taken(stack.slash("sales EMEA")))

        other = url.replace("127.0.0.1", "localhost")
        entry = '{"url":"%s","apiBaseUrl":"%s/api/4.0","clientId":"%s","clientSecret":"%s","customCommandFolderId":"%s"}'
        key = [stack.sandbox.settings[f"LOOKER_API_CLIENT_{part}"] for part in ("ID", "SECRET")]
        lookers = [entry % (url, url, *key, "43"), entry % (other, other, *key, "41")]
        stack.write_settings(LOOKERS=f"[{','.join(lookers)}]", **{name: None for name in stack.sandbox.settings
                                                                 if name.startswith("LOOKER_")})
        lines = stack.reload()
        assert any("lookers=2" in line for line in lines)
        said = words(stack.answer(taken(stack.slash("customer Marie", channel="C0SALES"))))
        assert "Customer" in said and other in str(stack.conversation("C0SALES"))
        said = by_hook(stack, taken(stack.slash("sales EMEA", channel="D0ADA")))["text"]
        assert "I do not know" in said, "the old folder's commands are gone"
        assert "Monthly revenue" in words(stack.answer(taken(stack.slash("monthly revenue", channel="C0SUPPORT"))))


def test_a_job_keeps_the_settings_that_it_began_with(make_stack: Make) -> None:
    with make_stack(env_file=True).running() as stack:
        assert stack.sandbox
        stack.answer(taken(stack.slash("revenue today")))
        stack.fault({"where": "looker", "match": "POST /queries", "do": "delay", "seconds": 2, "times": 1})
        ack = taken(stack.slash("sales EMEA"))
        stack.wait(kind="looker", name="POST /queries", done=0, after=ack["n"])
        stack.write_settings(LOOKER_API_CLIENT_SECRET="wrong-secret-0123")
        stack.reload()
        stack.answer(ack)
        refused = taken(stack.slash("find orders", channel="D0ADA"))
        assert "could not answer" in by_hook(stack, refused)["text"]


BAD = [
    ({"LOOKER_URL": "no-url", "DEBUG_MODE": "maybe", "SLACK_API_KEY": "sesame-open-0123"},
     ["LOOKER_URL", "DEBUG_MODE", "SLACK_API_KEY"]),
    ({"LOOKERS": "[{]"}, ["LOOKERS"]),
]


@pytest.mark.parametrize("changes, named", BAD)
def test_a_bad_file_keeps_the_old_settings(make_stack: Make, changes: dict[str, str], named: list[str]) -> None:
    with make_stack(env_file=True).running() as stack:
        good = dict(stack.settings)
        stack.write_settings(**changes)
        lines = stack.reload("reload_refused")
        for setting in named:
            assert any(f"level=error program=lookerbot-fcgi event=setting setting={setting} " in line
                       for line in lines), lines
        stack.answer(taken(stack.slash("revenue today")))
        stack.settings = good
        stack.write_settings(DEBUG_MODE="true")
        stack.reload()
        stack.answer(taken(stack.slash("sales EMEA", channel="C0SALES")))


@pytest.mark.parametrize("spoil", ["truncate", "remove", "folder"])
def test_a_file_that_cannot_be_read_keeps_the_old_settings(make_stack: Make, spoil: str) -> None:
    with front(make_stack).running() as stack:
        assert stack.env_file
        text = stack.env_file.read_text()
        stack.env_file.unlink()
        if spoil == "truncate":  # read while somebody writes it
            stack.env_file.write_text(text[:text.index("'") + 3])
        elif spoil == "folder":
            stack.env_file.mkdir()
        stack.reload("reload_refused")
        assert status(stack, OLD) == 200


def test_what_needs_a_restart_is_named_and_stays(make_stack: Make) -> None:
    with front(make_stack).running() as stack:
        stack.write_settings(LOOKERBOT_WORKERS="7", LOOKERBOT_STATE_DIR=str(stack.folder / "elsewhere"),
                             LOOKERBOT_STATE_MAX="1GiB", SLACK_SIGNING_SECRET=NEW)
        lines = stack.reload()
        named = [line.split("setting=")[1].split()[0] for line in lines if "event=needs_restart" in line]
        assert named == ["LOOKERBOT_STATE_DIR", "LOOKERBOT_STATE_MAX", "LOOKERBOT_QUEUE_URL"], \
            "--workers 0 of the command line wins over the setting"
        assert status(stack, NEW) == 200, "the rest has changed"
        assert not (stack.folder / "elsewhere").exists()


def test_under_load_nothing_is_lost_and_nothing_refused(make_stack: Make) -> None:
    """Requests and jobs all the time, and a new configuration again and again."""
    commands, reloads = 150, 25
    with make_stack(env_file=True).running() as stack:
        assert stack.bot
        stack.answer(taken(stack.slash("revenue today")))
        ended = threading.Event()

        def type_one(number: int) -> dict[str, Any]:
            return stack.slash(f"find orders {number}", channel=("C0GENERAL", "C0SALES", "C0SUPPORT")[number % 3])

        def reload_all() -> None:
            for number in range(reloads):
                stack.write_settings(LOOKERBOT_CHARTS=("auto", "native")[number % 2])
                stack.reload()
            ended.set()

        thread = threading.Thread(target=reload_all)
        thread.start()
        with ThreadPoolExecutor(8) as pool:
            acks = list(pool.map(type_one, range(commands)))
        thread.join()
        assert ended.is_set(), "a reload failed"
        assert [(ack["status"], ack["error"]) for ack in acks] == [(200, None)] * commands
        stack.log_contains("event=job_done .*kind=command", times=commands + 1, timeout=120)
        assert "event=job_dead" not in stack.bot.log
        assert len(stack.records(kind="looker", name="POST /login", ok=1)) <= reloads + 1
