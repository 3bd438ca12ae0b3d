"""The units of deploy/systemd: systemd takes them, and its own activation hands the socket over."""
from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Callable

import pytest

import fastcgi
from process import Process
from stack import BUILD, FCGI, ROOT, Stack

UNITS = ROOT / "deploy" / "systemd"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def with_built_programs(unit: Path, folder: Path) -> Path:
    """The unit with the programs of this build, and a user that every machine has."""
    text = re.sub(r"(?m)^ExecStart=/usr/bin/(lookerbot-(\w+))$",
                  lambda m: f"ExecStart={BUILD}/{'rtm-relay' if m[2] == 'relay' else m[2]}/{m[1]}", unit.read_text())
    copy = folder / unit.name
    copy.write_text(re.sub(r"(?m)^(User|Group|SocketUser|SocketGroup)=.*$", r"\1=daemon", text))
    return copy


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    units = [with_built_programs(unit, tmp_path) for unit in sorted(UNITS.glob("lookerbot-*"))]
    assert len(units) == 3
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_mistake_in_a_unit_is_seen(tmp_path: Path) -> None:
    unit = with_built_programs(UNITS / "lookerbot-fcgi.service", tmp_path)
    unit.write_text(unit.read_text().replace("ExecStart=/", "ExecStart=/nowhere/"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0


def test_the_services_differ_only_where_they_must() -> None:
    fcgi, relay = [(UNITS / f"lookerbot-{name}.service").read_text().splitlines() for name in ("fcgi", "relay")]
    def hardening(lines: list[str]) -> list[str]:
        return lines[lines.index("CapabilityBoundingSet="):]
    assert hardening(fcgi) == hardening(relay)


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="systemd-socket-activate is not there")
def test_socket_activation_by_systemd(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(sandbox=False, nginx=False)
    path = stack.folder / "fcgi.sock"
    passed = [f"--setenv={name}={value}" for name, value in stack.environment().items()
              if name.startswith(("SLACK", "LOOKER"))]
    activator = Process("systemd", ["systemd-socket-activate", f"--listen={path}", *passed, FCGI, "--workers", "0"],
                        env=stack.environment(), cwd=stack.folder)
    try:
        activator.wait_log("Listening on")
        answer = fastcgi.request(str(path))  # starts the bot, which takes the socket over
        assert answer is not None
        activator.wait_log("event=started")
        activator.popen.send_signal(signal.SIGTERM)      # systemd-socket-activate has become the bot
        assert activator.wait_end() == 0
        assert path.exists()                             # the socket is systemd's, not ours to remove
    finally:
        activator.kill()
