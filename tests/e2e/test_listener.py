"""The three ways to a listening socket, and what becomes of requests when the process is replaced."""
from __future__ import annotations

import grp
import os
import re
import resource
import signal
import socket
import stat
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest

import fastcgi
from process import Process
from slackform import form, sign
from stack import FCGI, NOWHERE, Stack, free_port

Make = Callable[..., Stack]


@pytest.fixture
def launch(make_stack: Make) -> Iterator[Callable[..., Process]]:
    """Starts the program alone with some arguments; it is ended after the test."""
    stack = make_stack(sandbox=False, nginx=False)
    started: list[Process] = []

    def run(*arguments: Any, **popen: Any) -> Process:
        env = {**stack.environment(), **popen.pop("env", {})}
        process = Process("lookerbot-fcgi", [FCGI, "--workers", "0", *arguments], env=env, cwd=stack.folder, **popen)
        started.append(process)
        return process
    run.folder = stack.folder  # type: ignore[attr-defined]
    yield run
    for process in started:
        process.kill()


def folder(launch: Any) -> Path:
    return launch.folder


def assert_refuses(process: Process, status: int, pattern: str) -> None:
    process.expect_end(status)
    assert re.search(pattern, process.log), process.log
    assert len(process.log.splitlines()) <= 2  # one of them may be a warning about a setting


def test_version_and_help(launch: Callable[..., Process]) -> None:
    version, usage = launch("--version"), launch("--help")
    assert (version.wait_end(), usage.wait_end()) == (0, 0)
    assert re.fullmatch(r"lookerbot-fcgi \d+\.\d+\.\d+\n", version.log)
    for option in ("--listen", "--threads", "--workers", "--allow-remote", "--version"):
        assert option in usage.log
    assert "suspect" not in usage.log


@pytest.mark.parametrize("arguments, pattern", [
    (["--listen"], "--listen is no option, or lacks its value"),
    (["--threads", "0"], "--threads 0"),
    (["--threads", "many"], "--threads many"),
    (["--threads", "257"], "--threads 257"),
    (["--workers", "-1"], "--workers -1"),
    (["--frobnicate"], "--frobnicate is no option"),
    (["somewhere"], "somewhere is not understood"),
])
def test_wrong_options(launch: Callable[..., Process], arguments: list[str], pattern: str) -> None:
    assert_refuses(launch(*arguments), 64, pattern)


def test_all_wrong_settings_are_named_at_once(launch: Callable[..., Process]) -> None:
    process = launch("--listen", "unix:x.sock", env={"LOOKER_URL": "no url", "SLACK_API_URL": "ftp://x", "PORT": "0"})
    process.expect_end(78)
    for name in ("LOOKER_URL", "SLACK_API_URL", "PORT"):
        assert len(re.findall(f"event=setting setting={name} .*problem=.*fix=", process.log)) == 1, process.log


# --listen

@pytest.mark.parametrize("spec, pattern", [
    ("unix:", "the path is missing"),
    ("unix:x.sock,mode=9", "mode=9 is no file mode"),
    ("unix:x.sock,mode=", "mode= is no file mode"),
    ("unix:x.sock,mode=1777", "mode=1777 is no file mode"),
    ("unix:x.sock,group=nosuchgroup", "group=nosuchgroup: there is no such group"),
    ("unix:x.sock,owner=root", "owner=root.* is neither mode= nor group="),
    ("unix:" + "x" * 200, "longer than the 107 bytes"),
    ("9000", "neither unix:/path nor host:port"),
    ("127.0.0.1:0", "neither unix:/path nor host:port"),
    ("127.0.0.1:65536", "neither unix:/path nor host:port"),
    ("127.0.0.1:http", "neither unix:/path nor host:port"),
    ("no.such.host.invalid:9000", "no.such.host.invalid"),
    ("0.0.0.0:9000", "--allow-remote"),
    ("*:9000", "--allow-remote"),
    (":9000", "--allow-remote"),
    ("[::]:9000", "--allow-remote"),
])
def test_wrong_listen(launch: Callable[..., Process], spec: str, pattern: str) -> None:
    assert_refuses(launch("--listen", spec), 64, pattern)


def test_unix_mode_and_group(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "x.sock"
    group = grp.getgrgid(os.getgid()).gr_name
    launch("--listen", f"unix:{path},mode=0620,group={group}").wait_log("event=started")
    assert stat.S_IMODE(path.stat().st_mode) == 0o620
    assert path.stat().st_gid == os.getgid()
    assert fastcgi.request(str(path)) is not None


def test_the_default_mode_keeps_others_out(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "x.sock"
    launch("--listen", f"unix:{path}").wait_log("event=started")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_the_socket_of_a_dead_process_is_replaced(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "x.sock"
    first = launch("--listen", f"unix:{path}")
    first.wait_log("event=started")
    first.kill()
    assert path.exists()
    launch("--listen", f"unix:{path}").wait_log("event=started")
    assert fastcgi.request(str(path)) is not None


def test_a_socket_in_use_is_left_alone(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "x.sock"
    launch("--listen", f"unix:{path}").wait_log("event=started")
    assert_refuses(launch("--listen", f"unix:{path}"), 1, "another process listens there")
    assert fastcgi.request(str(path)) is not None


def test_a_file_in_the_way_is_left_alone(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "x.sock"
    path.write_text("mine")
    assert_refuses(launch("--listen", f"unix:{path}"), 64, "a file in the way")
    assert path.read_text() == "mine"


def test_the_socket_goes_with_its_process_and_only_its_own(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "x.sock"
    first = launch("--listen", f"unix:{path}")
    first.wait_log("event=started")
    path.rename(folder(launch) / "aside")
    path.write_text("somebody else's")
    assert first.stop() == 0
    assert path.read_text() == "somebody else's"
    path.unlink()
    second = launch("--listen", f"unix:{path}")
    second.wait_log("event=started")
    assert second.stop() == 0
    assert not path.exists()


@pytest.mark.parametrize("host, arguments", [
    ("127.0.0.1", []), ("localhost", []), ("0.0.0.0", ["--allow-remote"]),
])
def test_tcp(launch: Callable[..., Process], host: str, arguments: list[str]) -> None:
    port = free_port()
    launch("--listen", f"{host}:{port}", *arguments).wait_log("event=started")
    answer = fastcgi.request(("127.0.0.1", port))
    assert answer is not None and answer.status == 200


def test_a_tcp_port_in_use(launch: Callable[..., Process]) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        assert_refuses(launch("--listen", f"127.0.0.1:{sock.getsockname()[1]}"), 1, "Address already in use")


# Inherited sockets

def test_no_socket_at_all(launch: Callable[..., Process]) -> None:
    assert_refuses(launch(), 64, "--listen unix:/path or --listen host:port.*fd 3.*fd 0")


def test_fd_0_must_be_a_listening_socket(launch: Callable[..., Process]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert_refuses(launch(stdin=theirs), 64, "no socket to listen on")


@pytest.mark.parametrize("fds, pattern", [("2", "exactly one socket"), ("", "exactly one socket"),
                                          ("1", "fd 3 is not a listening")])
def test_systemd_passes_something_else(make_stack: Make, fds: str, pattern: str) -> None:
    stack = make_stack(sandbox=False, nginx=False)
    process = Process("lookerbot-fcgi", ["/bin/sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS={fds} exec "$0"', FCGI],
                      env=stack.environment(), cwd=stack.folder)
    assert_refuses(process, 64, pattern)


def test_variables_of_another_process_are_not_ours(launch: Callable[..., Process]) -> None:
    assert_refuses(launch(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}), 64, "no socket to listen on")


class Load:
    """Threads that send signed commands through nginx until told to stop."""

    def __init__(self, stack: Stack, threads: int = 6) -> None:
        self.stack, self.stopping = stack, False
        self.changed = threading.Condition()
        self.statuses: list[int] = []
        self.errors: list[str] = []
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self) -> None:
        while not self.stopping:
            body = form()
            try:
                answer = self.stack.http("POST", "/slack/receive", body, sign(body, NOWHERE["SLACK_SIGNING_SECRET"]))
                status: Optional[int] = answer.status
            except OSError as error:
                status = None
                self.errors.append(str(error))
            with self.changed:
                if status is not None:
                    self.statuses.append(status)
                self.changed.notify_all()

    def wait(self, more: int) -> None:
        with self.changed:
            target = len(self.statuses) + more
            assert self.changed.wait_for(lambda: len(self.statuses) >= target or self.errors, 30), "no more answers"

    def stop(self) -> None:
        self.stopping = True
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("activation", ["fd3", "fd0"])
def test_replaced_under_load(make_stack: Make, activation: str) -> None:
    """The socket outlives the process: nobody is refused, and each 200 is a job."""
    with make_stack(sandbox=False, activation=activation, bot_arguments=["--workers", "0"]).running() as stack:
        assert f'listen="fd {activation[2]}"' in stack.bot_log()
        load = Load(stack)
        try:
            for _ in range(4):
                load.wait(60)
                stack.stop_bot()
                stack.restart_bot()
            load.wait(60)
        finally:
            load.stop()
        stack.stop_bot()  # so that its log is whole
        assert load.errors == []
        assert set(load.statuses) == {200}
        jobs = re.findall(r"event=request .*status=200 .*job=([1-9]\d*) ", stack.bot_log())
        assert len(jobs) == len(set(jobs)) == len(load.statuses)


def test_a_socket_of_our_own_is_drained(make_stack: Make) -> None:
    """Who reached the socket before SIGTERM is answered, also from the backlog."""
    arguments = ["--workers", "0", "--threads", "1"]
    with make_stack(sandbox=False, nginx=False, bot_arguments=arguments).running() as stack:
        held = fastcgi.connect(stack.fcgi_socket)
        held.sendall(fastcgi.begin())
        waiting = [fastcgi.connect(stack.fcgi_socket) for _ in range(10)]
        whole = fastcgi.stream(fastcgi.PARAMS, fastcgi.params()) + fastcgi.stream(fastcgi.STDIN, b"")
        for sock in waiting:
            sock.sendall(fastcgi.begin() + whole)
        assert stack.bot is not None
        stack.bot.send(signal.SIGTERM)
        stack.log_contains("event=stopping")
        held.sendall(whole)
        for sock in [held, *waiting]:
            answer = fastcgi.receive(sock)
            assert answer is not None and answer.status == 200
            sock.close()
        stack.bot.expect_end(0)
        assert not Path(stack.fcgi_socket).exists()


def test_a_second_signal_ends_at_once(make_stack: Make) -> None:
    with make_stack(sandbox=False, nginx=False, bot_arguments=["--workers", "0"]).running() as stack:
        assert stack.bot is not None
        with fastcgi.connect(stack.fcgi_socket) as sock:
            sock.sendall(fastcgi.begin())  # a request in hand that does not go on
            stack.bot.send(signal.SIGTERM)
            stack.log_contains("event=stopping")
            stack.bot.send(signal.SIGTERM)
            stack.bot.expect_end(1, 5)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_descriptors_it_waits_and_recovers(launch: Callable[..., Process]) -> None:
    path = str(folder(launch) / "x.sock")
    limit = 120  # each thread has a descriptor of its own (epoll)

    def few_descriptors() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    process = launch("--listen", f"unix:{path}", "--threads", "64", preexec_fn=few_descriptors)
    process.wait_log("event=started")
    silent = [fastcgi.connect(path) for _ in range(limit)]
    for sock in silent:
        sock.sendall(fastcgi.begin())
    process.wait_log("event=accept .*Too many open files")
    before = cpu_seconds(process.pid)
    count = len(process.wait_log("event=accept", 1))
    process.wait_log("event=accept", count + 64)  # about a second later
    assert cpu_seconds(process.pid) - before < 1.0
    for sock in silent:
        sock.close()
    answer = fastcgi.request(path)
    assert answer is not None and answer.status == 200


def test_systemd_is_told(launch: Callable[..., Process]) -> None:
    path = folder(launch) / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(20)
        process = launch("--listen", f"unix:{folder(launch) / 'x.sock'}", env={"NOTIFY_SOCKET": str(path)})
        assert b"READY=1" in notify.recv(1000)
        process.send(signal.SIGTERM)
        assert b"STOPPING=1" in notify.recv(1000)
        process.expect_end(0)
