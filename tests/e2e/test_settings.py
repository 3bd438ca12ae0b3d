"""Settings through the real programs: where they may stand, whom they make the bot trust, what is said about them."""
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlsplit

import pytest

from badday import taken
from process import find_program
from stack import BUILD, ROOT, Stack, clean_environment
from tls import connect_proxy, make_certificate, tls_relay

Make = Callable[..., Stack]
CLI = BUILD / "cli" / "lookerbot"
SECRETS = ("SLACK_API_KEY", "SLACK_SIGNING_SECRET", "LOOKER_API_CLIENT_ID", "LOOKER_API_CLIENT_SECRET")


def lookerbot(folder: Path, *arguments: str, status: int = 0, **env: str) -> str:
    done = subprocess.run([CLI, *arguments], cwd=folder, env={**clean_environment(), **env}, text=True, timeout=60,
                          capture_output=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


# Where secrets may stand

@pytest.mark.parametrize("way", ["file", "file named in .env", "credential"])
def test_secrets_outside_the_environment(make_stack: Make, way: str) -> None:
    stack = make_stack(env_file=way == "file named in .env")
    folder = stack.folder / "secrets"
    folder.mkdir(mode=0o700)

    def settle() -> None:
        """Once the sandbox has given the values: they move from the settings into files."""
        assert stack.sandbox
        stack.remember_secrets()
        for name in SECRETS:
            value = stack.all_settings()[name]
            (folder / name).write_text(value + "\n")
            stack.settings[name] = None
            stack.secrets[value] = name
            if way != "credential":
                stack.settings[f"{name}_FILE"] = str(folder / name)
        if way == "credential":
            stack.settings["CREDENTIALS_DIRECTORY"] = str(folder)

    start_bot = stack.start_bot
    stack.start_bot = lambda *a, **k: (settle(), start_bot(*a, **k))[1]  # type: ignore[method-assign]
    with stack.running():
        stack.answer(taken(stack.slash("sales EMEA")))
        environ = Path(f"/proc/{stack.bot.pid}/environ").read_bytes() if stack.bot else b""
        assert not [secret for secret in stack.secrets if secret.encode() in environ]


# Whom the bot trusts

class Https:
    """A stack whose Looker speaks TLS under a name and with a certificate of our own."""

    def __init__(self, make_stack: Make, tmp_path: Path, host: str = "localhost") -> None:
        self.cert, key = make_certificate(tmp_path, "looker", "localhost", "looker.test")
        self.host = host
        self.stack = make_stack(env_file=True, settings={"LOOKER_API_BASE_URL": "http://127.0.0.1:9/api/4.0"})
        self.key = key

    def relay(self) -> Any:
        assert self.stack.sandbox
        return tls_relay(self.cert, self.key, urlsplit(self.stack.sandbox.settings["LOOKER_URL"]).port or 0)


@pytest.mark.parametrize("way", ["LOOKER_CA_FILE", "NODE_TLS_REJECT_UNAUTHORIZED"])
def test_a_looker_with_a_certificate_of_its_own(make_stack: Make, tmp_path: Path, way: str) -> None:
    https = Https(make_stack, tmp_path)
    with https.stack.running() as stack, https.relay() as relay:
        stack.write_settings(LOOKER_API_BASE_URL=f"https://localhost:{relay.port}/api/4.0")
        stack.reload()
        ack = taken(stack.slash("find orders"))
        stack.log_contains("event=job_later .*certificate is not trusted")
        stack.write_settings(**{way: str(https.cert) if way == "LOOKER_CA_FILE" else "0"})
        lines = stack.reload()
        warned = [line for line in lines if "setting=NODE_TLS_REJECT_UNAUTHORIZED" in line]
        assert bool(warned) == (way != "LOOKER_CA_FILE")
        stack.answer(ack, timeout=40)  # the job that waited takes the new settings


def test_a_renewed_ca_file_needs_no_restart(make_stack: Make, tmp_path: Path) -> None:
    """cert-manager and its like put a new file into the old one's place."""
    https = Https(make_stack, tmp_path)
    other, _ = make_certificate(tmp_path, "other", "localhost")
    trusted = tmp_path / "trusted.pem"
    shutil.copy(other, trusted)
    https.stack.settings["LOOKER_CA_FILE"] = str(trusted)
    with https.stack.running() as stack, https.relay() as relay:
        stack.write_settings(LOOKER_API_BASE_URL=f"https://localhost:{relay.port}/api/4.0")
        stack.reload()
        ack = taken(stack.slash("find orders"))
        stack.log_contains("event=job_later .*certificate is not trusted")
        shutil.copy(https.cert, tmp_path / "new.pem")
        (tmp_path / "new.pem").rename(trusted)
        stack.answer(ack, timeout=40)
        trusted.write_text("no certificate\n")
        assert any("setting=LOOKER_CA_FILE" in line for line in stack.reload("reload_refused"))


@pytest.mark.parametrize("name, proxied", [("looker.test", True), ("localhost", False)])
def test_a_proxy_is_used_but_not_for_this_machine(make_stack: Make, tmp_path: Path, name: str, proxied: bool) -> None:
    https = Https(make_stack, tmp_path, name)
    hosts: dict[str, int] = {}
    asked: list[str] = []
    with connect_proxy(hosts, asked) as proxy:
        real = https.stack.environment
        https.stack.environment = lambda: {  # type: ignore[method-assign]
            **real(), "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "http_proxy": f"http://127.0.0.1:{proxy.port}"}
        with https.stack.running() as stack, https.relay() as relay:
            hosts["looker.test:443"] = relay.port
            port = "" if proxied else f":{relay.port}"
            stack.write_settings(LOOKER_API_BASE_URL=f"https://{name}{port}/api/4.0", LOOKER_CA_FILE=str(https.cert))
            stack.reload()
            stack.answer(taken(stack.slash("find orders")))
            assert relay.connections > 0
        assert set(asked) == ({"CONNECT looker.test:443"} if proxied else set())


# What is said about them

def test_check_names_each_fault_with_value_and_fix(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_API_KEY=xapp-1-swordfish-swordfish\nLOOKER_URL=looker.example.com\nPORT=0\n"
                                   "SLACK_SINGING_SECRET=opensesame\nDEBUG_MODE=perhaps\n")
    said = lookerbot(tmp_path, "check", status=1)
    for wanted in (r"fault +SLACK_API_KEY = xapp-…\(26 characters\)\n.*app-level token.*\n.*Bot User OAuth Token",
                   r"fault +LOOKER_URL = looker\.example\.com\n.*\n.*https://", r"fault +PORT = 0\n.*\n.*1 to 65535",
                   r"fault +DEBUG_MODE = perhaps\n.*\n.*true or false",
                   r"warning +SLACK_SINGING_SECRET\n.*\n.*Did you mean SLACK_SIGNING_SECRET\?"):
        assert re.search(wanted, said), (wanted, said)
    assert "swordfish" not in said and "opensesame" not in said


def test_check_is_content_with_a_good_installation(stack: Stack) -> None:
    said = lookerbot(stack.folder, "check", **stack.all_settings())
    assert re.search(r"ok +Slack: workspace", said) and re.search(r"ok +Looker .*: command folder", said)
    assert "0 faults" in said


@pytest.mark.parametrize("arguments", [["chek"], ["check", "--all"], ["config", "--nonsense"], []])
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    lookerbot(tmp_path, *arguments, status=2)


def test_config_says_where_each_setting_stands(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("file-hush-0123\n")
    (tmp_path / "LOOKER_WEBHOOK_TOKEN").write_text("credential-hush\n")
    (tmp_path / ".env").write_text("# mine\nSLACK_API_KEY=xoxb-hush-0123\nPORT=4444\nLOOKERBOT_WORKERS=5\n"
                                   "SLACK_SIGNING_SECRET_FILE=secret\n")
    said = lookerbot(tmp_path, "config", PORT="5555", LOOKER_API_CLIENT_ID="hush-id-0123",
                     CREDENTIALS_DIRECTORY=str(tmp_path))
    env = tmp_path / ".env"
    for line in (f"SLACK_API_KEY = xoxb-…(14 characters)  (from {env}, line 2; no default)",
                 "PORT = 5555  (from the environment; default 3333)",
                 f"LOOKERBOT_WORKERS = 5  (from {env}, line 4; default 256)",
                 f"SLACK_SIGNING_SECRET = …(14 characters)  (from secret, named in {env}, line 5 as "
                 "SLACK_SIGNING_SECRET_FILE; no default)",
                 "LOOKER_API_3_CLIENT_ID, LOOKER_API_CLIENT_ID = …(12 characters)  (from the environment as "
                 "LOOKER_API_CLIENT_ID; no default)",
                 f"LOOKER_WEBHOOK_TOKEN = …(15 characters)  (from the credential {tmp_path}/LOOKER_WEBHOOK_TOKEN; "
                 "no default)",
                 f"LOOKERBOT_STATE_DIR = {tmp_path}/var  (default)", "LOOKERBOT_THREADS = 32  (default)",
                 "LOOKERS is not set  (no default)"):
        assert line in said.splitlines(), said
    assert "hush" not in said


def test_the_sample_is_a_settings_file(tmp_path: Path) -> None:
    """Without its comment signs it sets what is the default anyway."""
    sample = lookerbot(tmp_path, "config", "--sample")
    before = lookerbot(tmp_path, "config")
    settings = re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", sample, re.M)
    assert len(settings) > 45
    (tmp_path / ".env").write_text(sample)
    assert lookerbot(tmp_path, "config") == before
    (tmp_path / ".env").write_text(re.sub(r"^#([A-Z][A-Z0-9_]*=.+)$", r"\1", sample, flags=re.M))
    after = {line.split(" ")[0].rstrip(","): line for line in lookerbot(tmp_path, "config").splitlines()}
    for name, value in settings:
        if value:
            assert f" = {value}  (from {tmp_path}/.env, line " in after[name]
    assert "no setting of this name" not in lookerbot(tmp_path, "check", status=1)


# Manual pages

PAGES = sorted((ROOT / "deploy" / "man").glob("*.[1-8]"))


def test_the_manual_has_all_settings(tmp_path: Path) -> None:
    page = (ROOT / "deploy" / "man" / "lookerbot.env.5").read_text()
    assert lookerbot(tmp_path, "config", "--man") in page, \
        "put the output of `lookerbot config --man` into deploy/man/lookerbot.env.5"


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_manual_pages_are_sound(page: Path) -> None:
    groff = find_program("groff")
    if not groff:
        pytest.skip("groff is not installed")
    done = subprocess.run([groff, "-man", "-Kutf8", "-Tutf8", "-ww", "-z", page], text=True, timeout=60,
                          capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_programs_options_stand_in_the_manual() -> None:
    assert len(PAGES) == 4
    for program, name in ((BUILD / "fcgi" / "lookerbot-fcgi", "lookerbot-fcgi.8"),
                          (BUILD / "rtm-relay" / "lookerbot-relay", "lookerbot-relay.8"), (CLI, "lookerbot.1")):
        page = (ROOT / "deploy" / "man" / name).read_text().replace("\\", "")
        said = subprocess.run([program, "--help"], text=True, capture_output=True, check=True, timeout=60).stdout
        words = set(re.findall(r"--[a-z-]+", said)) | set(re.findall(r"^  ([a-z]+) ", said, re.M))
        assert words and not [word for word in words if word not in page]


