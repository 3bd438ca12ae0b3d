"""The running parts of a measurement, in a temporary folder on loopback: fake upstream, bare echo, lookerbot-fcgi, nginx
with the repository's configuration and two addresses more."""
from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Optional

import canned

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from process import Process, find_program  # noqa: E402
from stack import clean_environment, free_port, http_request, write_nginx  # noqa: E402

SECRET = "bench-signing-secret-0123456789"
ECHOED = '{"response_type":"in_channel"}'  # what the bot answers to a known command
ANSWER_WAIT_S = 120
SOAK_S = 60
TICKS = os.sysconf("SC_CLK_TCK")

LOCATIONS = """
        location = /bench/static {
            default_type application/json;
            alias @FOLDER@/static;
        }
        location = /bench/echo {
            client_max_body_size 64k;
            include snippets/bench-fastcgi.conf;
        }

        location / {"""


class Bot:
    """lookerbot-fcgi or lookerbot-relay with its log in a file (a pipe to us would cost the CPU that is measured)."""

    def __init__(self, rig: "Rig", command: list[str], settings: dict[str, str]) -> None:
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify = rig.folder / "notify"
        notify.unlink(missing_ok=True)
        ready.bind(str(notify))
        ready.settimeout(20)
        self.log_path = rig.folder / "bot.log"
        self.started = time.monotonic()
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen(
                command, env={**rig.environment(), **settings, "NOTIFY_SOCKET": str(notify)}, cwd=rig.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            while not ready.recv(1000).startswith(b"READY=1"):
                pass
        except TimeoutError:
            self.kill()
            raise RuntimeError(f"{Path(command[0]).name} does not start:\n{self.log_path.read_text()[-3000:]}") from None
        finally:
            ready.close()

    @property
    def pid(self) -> int:
        return self.popen.pid

    def status(self, key: str) -> int:
        match = re.search(rf"^{key}:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text(), re.M)
        assert match, key
        return int(match[1])

    def rss_anon_mib(self) -> float:
        return self.status("RssAnon") / 1024

    def cpu_s(self) -> tuple[float, float]:
        """User and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) / TICKS, int(fields[12]) / TICKS

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()


class Rig:
    def __init__(self, build: Path, folder: Optional[str]) -> None:
        self.build = build
        self.programs = build / "tests" / "bench"
        self.folder = Path(tempfile.mkdtemp(prefix="lb-bench-", dir=folder))
        self.fcgi_socket, self.echo_socket = str(self.folder / "fcgi.sock"), str(self.folder / "echo.sock")
        self.port = free_port()
        self.bot: Optional[Bot] = None
        self.parts: list[Process] = []
        self.first = 0  # number of the next request: each has its own channel and trigger_id
        self.upstream_port = 0
        self.wanted = 0  # events, ever
        self.soak_s = SOAK_S

    def __enter__(self) -> "Rig":
        os.chmod(self.folder, 0o711)  # nginx's workers are another user when we are root
        canned.write(self.folder / "docs")
        (self.folder / "static").write_text(ECHOED)
        self.start_upstream()
        self.start_echo(4)
        self.start_nginx()
        return self

    def __exit__(self, *_: Any) -> None:
        self.end_bot()
        for part in reversed(self.parts):
            part.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name: str, command: list[Any], ready: str) -> str:
        part = Process(name, command, env=clean_environment())
        self.parts.append(part)
        return part.wait_log(ready)[0]

    def start_upstream(self) -> None:
        line = self.start("upstream", [self.programs / "upstream", "--docs", self.folder / "docs"], "upstream: port ")
        self.upstream_port = int(line.split()[-1])

    def end(self, name: str) -> None:
        self.parts.pop(next(i for i, part in enumerate(self.parts) if part.name == name)).kill()

    def replace_upstream(self) -> None:
        """After one that hangs."""
        self.end("upstream")
        self.start_upstream()

    def start_echo(self, threads: int) -> None:
        self.start("echo", [self.programs / "echo", self.echo_socket, threads, ECHOED], "echo: ready")

    def replace_echo(self, threads: int) -> None:
        self.end("echo")
        Path(self.echo_socket).unlink(missing_ok=True)
        self.start_echo(threads)

    def start_nginx(self) -> None:
        prefix = self.folder / "nginx"
        write_nginx(prefix, f"127.0.0.1:{self.port}", self.fcgi_socket)
        fastcgi = prefix / "snippets" / "lookerbot-fastcgi.conf"
        (prefix / "snippets" / "bench-fastcgi.conf").write_text(
            fastcgi.read_text().replace(self.fcgi_socket, self.echo_socket))
        conf = prefix / "nginx.conf"
        text = conf.read_text()
        assert text.count("\n        location / {") == 1
        conf.write_text(text.replace("\n        location / {", LOCATIONS.replace("@FOLDER@", str(self.folder))))
        self.start("nginx", [find_program("nginx"), "-e", "stderr", "-p", prefix, "-c", conf], "start worker process ")

    def environment(self) -> dict[str, str]:
        upstream = f"http://127.0.0.1:{self.upstream_port}"
        return {**clean_environment(), "SLACK_API_KEY": "xoxb-bench-0123456789", "SLACK_API_URL": f"{upstream}/api/",
                "SLACK_SIGNING_SECRET": SECRET, "LOOKER_URL": upstream, "LOOKER_API_BASE_URL": f"{upstream}/api/4.0",
                "LOOKER_API_CLIENT_ID": "benchid0123456789", "LOOKER_API_CLIENT_SECRET": "benchsecret0123456789",
                "LOOKER_CUSTOM_COMMAND_FOLDER_ID": "40", "LOOKERBOT_STATE_DIR": str(self.folder / "state")}

    # The bot

    def start_bot(self, *arguments: str, **settings: str) -> Bot:
        self.end_bot()
        self.bot = Bot(self, [str(self.build / "fcgi" / "lookerbot-fcgi"), "--listen",
                              f"unix:{self.fcgi_socket},mode=0666", *arguments], settings)
        return self.bot

    def fresh_bot(self, **settings: str) -> Bot:
        """With an empty state and workers; it has answered one command and so knows them all."""
        self.end_bot()
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        bot = self.start_bot(**settings)
        self.upstream("clear")
        self.upstream("set?0")
        self.load(count=1)
        self.wait_answers(1)
        return bot

    def start_relay(self, *arguments: str) -> Bot:
        """Until it is connected."""
        self.end_bot()
        self.bot = Bot(self, [str(self.build / "rtm-relay" / "lookerbot-relay"), *arguments],
                       {"SLACK_APP_TOKEN": "xapp-bench-0123456789"})
        return self.bot

    def empty_relay(self, *arguments: str) -> Bot:
        self.end_bot()
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        for what in ("clear", "set?0", "ws/clear"):
            self.upstream(what)
        return self.start_relay(*arguments)

    def fresh_relay(self) -> Bot:
        """It has answered one event and so knows the commands."""
        relay = self.empty_relay()
        self.send_events(1, 1)
        self.wait_answers(1)
        return relay

    def end_bot(self) -> None:
        if self.bot:
            self.bot.kill()
            self.bot = None

    # The load and its answers

    def load_command(self, path: str = "/slack/receive", **options: Any) -> list[str]:
        options = {"port": self.port, "path": path, "hook-port": self.upstream_port, "text": "sales+EMEA",
                   "first": self.first, **{name.replace("_", "-"): value for name, value in options.items()}}
        self.first += int(options.get("count", 1))
        command = [str(self.programs / "load")]
        for name, value in options.items():
            command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return command

    def start_load(self, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(self.load_command(**options), env={**clean_environment(), "BENCH_SECRET": SECRET},
                                stdout=subprocess.PIPE, text=True)

    def end_load(self, popen: subprocess.Popen[str], errors: bool = False) -> dict[str, Any]:
        out, _ = popen.communicate(timeout=300)
        if popen.returncode != 0:
            raise RuntimeError(f"load ended with {popen.returncode}: {self.bot_log()}")
        result = json.loads(out)
        if not errors and (result["errors"] or result["odd"]):
            raise RuntimeError(f"not every request was answered as it should be: {result}: {self.bot_log()}")
        return result

    def load(self, **options: Any) -> dict[str, Any]:
        return self.end_load(self.start_load(**options))

    def puts(self, seconds: int, rounds: int) -> dict[str, Any]:
        folder = tempfile.mkdtemp(prefix="puts-", dir=self.folder)
        out = subprocess.run([str(self.programs / "puts"), folder, str(seconds), str(rounds), "16"], text=True,
                             capture_output=True, timeout=300, check=True, env=clean_environment())
        shutil.rmtree(folder)
        result: dict[str, Any] = json.loads(out.stdout)
        return result

    def bot_log(self) -> str:
        return self.bot.log_path.read_text()[-3000:] if self.bot else "(no bot)"

    def upstream(self, what: str, timeout: float = 20) -> str:
        answer = http_request(f"http://127.0.0.1:{self.upstream_port}/bench/{what}", timeout=timeout)
        assert answer.status == 200, (what, answer)
        return answer.body.decode()

    def wait_answers(self, count: int, timeout: float = ANSWER_WAIT_S) -> None:
        try:
            self.upstream(f"wait?answers={count}", timeout)
        except TimeoutError:
            raise RuntimeError(f"{len(self.answers())} of {count} answers came in {timeout} s: {self.bot_log()}"
                               ) from None

    def answers(self) -> dict[str, int]:
        """When each channel got its (last) answer, in us."""
        return {channel: int(us) for channel, us in (line.split() for line in self.upstream("answers").splitlines())}

    def wait_answers_of(self, times: Path) -> None:
        """Other commands may be under way too."""
        sent = {line.split()[0] for line in times.read_text().splitlines()}
        while missing := sent - (answers := self.answers()).keys():
            self.wait_answers(len(answers) + len(missing))

    def commands(self, count: int, **options: Any) -> tuple[dict[str, Any], list[float]]:
        """Sends commands, waits for all answers: the load's result, and each command's seconds to its answer."""
        times = self.folder / "times"
        self.upstream("clear")
        result = self.load(count=count, times=times, **options)
        self.wait_answers(count)
        return result, self.seconds_to_answer(times)

    def seconds_to_answer(self, times: Path) -> list[float]:
        answers = self.answers()
        sent = {channel: int(start) for channel, start, _ in (line.split() for line in times.read_text().splitlines())}
        return sorted((answers[channel] - start) / 1e6 for channel, start in sent.items())

    # Events over the relay's WebSocket

    def send_events(self, count: int, window: int, rate: int = 0) -> None:
        self.upstream(f"ws/send?count={count}&window={window}&rate={rate}")
        self.wanted = self.books()["wanted"]

    def stop_events(self) -> None:
        """What was sent is all."""
        self.upstream("ws/stop")
        self.wanted = self.books()["wanted"]

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = json.loads(self.upstream("ws/books"))
        return books

    def wait_for(self, what: str, timeout: float = ANSWER_WAIT_S) -> None:
        try:
            self.upstream(f"wait?{what}", timeout)
        except TimeoutError:
            raise RuntimeError(f"no {what} within {timeout} s: {self.books()}: {self.bot_log()}") from None

    def wait_acked(self) -> dict[str, Any]:
        """Until all events are acknowledged."""
        self.wait_for(f"acked={self.wanted}")
        return self.books()

    def wait_heard(self, deaths: int) -> None:
        """Until an event was acknowledged after so many deaths."""
        self.wait_for(f"heard={deaths}")

    def end_connection(self, how: str) -> None:
        self.upstream(f"ws/kill?how={how}")

    def relay_behaved(self) -> None:
        """It acknowledged nothing that it did not get on that connection, and nothing twice."""
        if self.books()["odd"]:
            raise RuntimeError(f"odd acknowledgements: {self.books()}: {self.bot_log()}")
