"""deploy/run: what a newcomer does first. It starts, answers, says why not, and leaves nothing behind."""
from __future__ import annotations

import json
import os
import re
import signal
import socket
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from process import Process
from stack import BUILD, NOWHERE, ROOT, clean_environment, http_request

Run = Callable[..., Process]


def free_ports(n: int) -> int:
    """The first of n ports in a row that nobody listens on."""
    for first in range(21000, 30000, n):
        sockets = [socket.socket() for _ in range(n)]
        try:
            for i, sock in enumerate(sockets):
                sock.bind(("127.0.0.1", first + i))
            return first
        except OSError:
            continue
        finally:
            for sock in sockets:
                sock.close()
    raise AssertionError("no free ports")


def command_lines(word: str) -> dict[int, str]:
    """pid -> command line of the processes whose command line has the word."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found[int(path.parent.name)] = line
    return found


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts deploy/run in a folder of its own; it is ended after the test."""
    started: list[Process] = []

    def start(*arguments: Any, **env: str) -> Process:
        process = Process("deploy/run", [ROOT / "deploy" / "run", "--no-install", "--build", BUILD, *arguments],
                          env={**clean_environment(), **env}, cwd=tmp_path)
        started.append(process)
        return process
    yield start
    for process in started:
        if process.popen.poll() is None:
            process.stop(timeout=60)


def run_folder(process: Process) -> str:
    """The folder of this run, by which its parts are known."""
    match = re.search(r"listen=\"?unix:([^\s\"]+)/fcgi\.sock", process.log)
    assert match
    return match[1]


def assert_all_gone(folder: str) -> None:
    assert command_lines(folder) == {}
    assert not Path(folder).exists()


def test_it_starts_and_stops(run: Run) -> None:
    port = free_ports(3)
    process = run(PORT=str(port))
    process.wait_log("deploy/run: ready", timeout=120)
    folder = run_folder(process)
    assert http_request(f"http://127.0.0.1:{port}/health_check").json()["success"] is True
    assert http_request(f"http://127.0.0.1:{port}/").status == 200
    page = re.search(r"Type commands to the bot at (http://127\.0\.0\.1:\d+)/", process.log)
    assert page and http_request(page[1] + "/").status == 200
    assert len(command_lines(folder)) >= 3
    assert process.stop() == 0
    assert "event=stopped" in process.log
    assert_all_gone(folder)


def test_it_follows_the_switch_on_the_page(run: Run) -> None:
    """Socket Mode, RTM and back: the relay takes the new settings by itself."""
    process = run(PORT=str(free_ports(3)))
    process.wait_log("deploy/run: ready", timeout=120)
    page = re.search(r"Type commands to the bot at (http://127\.0\.0\.1:\d+)/", process.log)
    assert page
    process.wait_log("program=lookerbot-relay event=not_needed")
    for mode, event in (("socket", "connected way=\"Socket Mode\""), ("rtm", "connected way=RTM"),
                        ("http", "not_needed")):
        start = len(process.lines)
        answer = http_request(page[1] + "/sandbox/mode", "POST", json.dumps({"mode": mode}).encode(),
                              {"Content-Type": "application/json"})
        assert answer.status == 200
        process.wait_log(f"program=lookerbot-relay event={event}", start=start)
        process.wait_log("program=lookerbot-fcgi event=reloaded", start=start)
    assert process.stop() == 0
    relay = process.log.index("program=lookerbot-relay event=stopped")
    assert relay < process.log.index("program=lookerbot-fcgi event=stopping"), "the relay ends first"


def test_nothing_listens_beyond_loopback_with_the_sandbox(run: Run) -> None:
    port = free_ports(3)
    run(PORT=str(port), LOOKERBOT_BIND="0.0.0.0").wait_log("deploy/run: ready", timeout=120)
    wanted = {f"{p:04X}" for p in range(port, port + 3)}
    listening = [line.split()[1].split(":") for name in ("tcp", "tcp6")
                 for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    addresses = {address for address, p in listening if p in wanted}
    assert addresses == {"0100007F"}


def test_secrets_stand_on_no_command_line(run: Run) -> None:
    process = run(PORT=str(free_ports(3)))
    process.wait_log("deploy/run: ready", timeout=120)
    folder = run_folder(process)
    settings = Path(folder, "sandbox.env")
    assert settings.stat().st_mode & 0o077 == 0
    secrets = [line.partition("=")[2].strip("'\"") for line in settings.read_text().splitlines()
               if re.match(r"[A-Z_0-9]*(SECRET|KEY|TOKEN)=", line)]
    assert secrets
    for secret in secrets:
        assert not {pid for pid in command_lines(secret) if pid != os.getpid()}
        assert secret not in process.log


def test_the_port_is_taken(run: Run) -> None:
    port = free_ports(3)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", port))
        sock.listen()
        process = run(PORT=str(port))
        process.expect_end(1, 120)
    assert f"port {port} is taken" in process.log
    assert "PORT=" in process.log


def test_a_part_that_dies_is_named_and_the_rest_is_stopped(run: Run) -> None:
    process = run(PORT=str(free_ports(3)))
    process.wait_log("deploy/run: ready", timeout=120)
    folder = run_folder(process)
    bots = [pid for pid, line in command_lines(folder).items() if line.startswith(str(BUILD))]
    assert len(bots) == 1
    os.kill(bots[0], signal.SIGKILL)
    process.expect_end(1, 60)
    assert "lookerbot-fcgi ended by itself with status 137" in process.log
    assert_all_gone(folder)


def test_with_real_settings_there_is_no_sandbox(run: Run, tmp_path: Path) -> None:
    """From the .env file; and nginx listens where LOOKERBOT_BIND says."""
    port = free_ports(3)
    settings = {**NOWHERE, "PORT": str(port), "LOOKERBOT_BIND": "127.0.0.2"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    process = run()
    process.wait_log("deploy/run: ready", timeout=120)
    assert "sandbox" not in process.log
    assert http_request(f"http://127.0.0.2:{port}/health_check").status == 200
    assert process.stop() == 0


def test_settings_that_cannot_work(run: Run) -> None:
    process = run(PORT=str(free_ports(3)), **{**NOWHERE, "LOOKER_URL": "no url"})
    process.expect_end(78, 120)
    assert "event=setting setting=LOOKER_URL" in process.log


def test_interrupted_while_it_starts(run: Run) -> None:
    process = run(PORT=str(free_ports(3)))
    process.wait_log("sandbox: page", timeout=120)
    # As a terminal does: to the whole group. Bash alone drops it when what it waits for ends well.
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait_end(timeout=45) in (0, -signal.SIGINT)
    assert command_lines("sandbox.env --bot") == {}


def test_missing_packages_without_root(run: Run, tmp_path: Path) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    (fake / "dpkg-query").chmod(0o755)
    process = run(PATH=f"{fake}:{os.environ['PATH']}")
    process.expect_end(69)
    assert re.search(r"sudo apt-get update && sudo apt-get install .*libfcgi-dev", process.log)


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--build"]])
def test_wrong_options(run: Run, arguments: list[str]) -> None:
    process = run(*arguments)
    process.expect_end(64)
    assert "Usage: deploy/run" in process.log
