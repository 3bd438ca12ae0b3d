"""That the benches run, each as a smoke run; and that the fakes and the counting do not make the figures wrong. Nothing here
depends on how fast anything is."""
from __future__ import annotations

import http.client
import json
import os
import select
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sandbox"))

import canned  # noqa: E402
from measures import BENCHES  # noqa: E402
from measures_relay import lost_and_twice  # noqa: E402
from ws_server import TEXT, accept_of, mask_frame  # noqa: E402

RUN = Path(__file__).resolve().parent / "run"
BUILD = Path(os.environ.get("LOOKERBOT_BUILD") or RUN.parents[2] / "build")
ANSWER_S = 20
NEVER_MS = 600_000
QUERY = "/api/4.0/queries/1021/run/json_detail"


@pytest.mark.parametrize("name", BENCHES)
def test_bench_runs(name: str) -> None:
    done = subprocess.run([str(RUN), "--quick", "--no-build", "--build", str(BUILD), name], text=True,
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) > 2, done.stdout  # below the head and its rule


@pytest.fixture(name="upstream")
def start_upstream(tmp_path: Path) -> Iterator[int]:
    """The fake Slack and Looker: its port."""
    canned.write(tmp_path / "docs")
    with subprocess.Popen([str(BUILD / "tests" / "bench" / "upstream"), "--docs", str(tmp_path / "docs")],
                          stdout=subprocess.PIPE, text=True) as popen:
        assert popen.stdout
        yield int(popen.stdout.readline().split()[-1])
        popen.kill()


def asked(port: int, path: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
    connection.request("GET", path)
    return connection


def answered(connection: http.client.HTTPConnection) -> None:
    assert connection.getresponse().read()
    connection.close()


def test_long_query_does_not_hold_up_a_short_one(upstream: int) -> None:
    answered(asked(upstream, f"/bench/set?{NEVER_MS}"))
    long = asked(upstream, QUERY)
    answered(asked(upstream, "/bench/wait?running=1"))
    answered(asked(upstream, "/bench/set?10"))
    answered(asked(upstream, QUERY))
    long.close()


def test_query_of_a_dead_bot_is_not_under_way(upstream: int) -> None:
    answered(asked(upstream, f"/bench/set?{NEVER_MS}"))
    asked(upstream, QUERY).close()
    living = asked(upstream, QUERY)
    answered(asked(upstream, "/bench/wait?running=1"))
    two = asked(upstream, "/bench/wait?running=2")
    for _ in range(2):  # it is one thread: after these it has looked
        answered(asked(upstream, f"/bench/set?{NEVER_MS}"))
    assert not select.select([two.sock], [], [], 0)[0], "the dead one's query is counted"
    another = asked(upstream, QUERY)
    answered(two)
    for query in (living, another):
        query.close()


# Socket Mode

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455


class Client:
    """A WebSocket to the fake Slack that says only what it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S)
        self.input = self.socket.makefile("rb")
        self.socket.sendall(f"GET /link/?ticket=1 HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: {KEY}\r\n\r\n".encode())
        head = b"".join(iter(self.input.readline, b"\r\n")).decode()
        assert f"Sec-WebSocket-Accept: {accept_of(KEY)}\r\n" in head
        assert self.read()["type"] == "hello"

    def read(self) -> dict[str, Any]:
        first, size = self.input.read(2)
        assert first == 0x80 | TEXT
        if size == 126:
            size = int.from_bytes(self.input.read(2), "big")
        frame: dict[str, Any] = json.loads(self.input.read(size))
        return frame

    def acknowledge(self, envelope_id: str) -> None:
        self.socket.sendall(mask_frame(TEXT, json.dumps({"envelope_id": envelope_id}).encode()))

    def reset(self) -> None:
        """The fake has reset it."""
        with pytest.raises(ConnectionResetError):
            while self.input.read(1):
                pass
        self.input.close()
        self.socket.close()


def books(port: int) -> dict[str, Any]:
    connection = asked(port, "/bench/ws/books")
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def test_what_is_not_acknowledged_comes_again(upstream: int) -> None:
    client = Client(upstream)
    answered(asked(upstream, "/bench/ws/send?count=2&window=2&rate=0"))
    first, second = client.read(), client.read()
    assert [one["payload"]["event_id"] for one in (first, second)] == ["EvB00000000", "EvB00000001"]
    assert first["payload"]["event"]["type"] == "app_mention" and first["retry_attempt"] == 0
    client.acknowledge(first["envelope_id"])
    answered(asked(upstream, "/bench/wait?acked=1"))
    answered(asked(upstream, "/bench/ws/kill?how=rst"))
    client.reset()
    client = Client(upstream)
    again = client.read()
    assert again["payload"] == second["payload"] and again["retry_attempt"] == 1
    assert books(upstream)["deaf_us"] == [], "still deaf"
    client.acknowledge(again["envelope_id"])
    answered(asked(upstream, "/bench/wait?heard=1"))
    found = books(upstream)
    assert (found["sent"], found["acked"], found["resent"], found["odd"]) == (2, 2, 1, 0)
    assert len(found["deaf_us"]) == 1 and found["deaf_us"][0] > 0


def wait_odd(port: int, wanted: int) -> None:
    until = time.monotonic() + ANSWER_S
    while books(port)["odd"] != wanted:
        assert time.monotonic() < until, books(port)


def test_odd_acknowledgements_are_counted(upstream: int) -> None:
    other, client = Client(upstream), Client(upstream)
    answered(asked(upstream, "/bench/ws/send?count=1&window=2&rate=0"))
    envelope_id = client.read()["envelope_id"]
    other.acknowledge(envelope_id)  # it came on the newer connection
    wait_odd(upstream, 1)
    assert books(upstream)["acked"] == 0
    client.acknowledge(envelope_id)
    answered(asked(upstream, "/bench/wait?acked=1"))
    for odd, text in enumerate([envelope_id, envelope_id[:-1] + "7", "nonsense"], 2):
        client.acknowledge(text)
        wait_odd(upstream, odd)
    assert books(upstream)["acked"] == 1


def test_lost_and_twice(tmp_path: Path) -> None:
    database = tmp_path / "queue.db"
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE jobs (kind TEXT, body BLOB)")
        db.executemany("INSERT INTO jobs VALUES (?, ?)", [
            ("command", f'{{"event_id":"EvB{number:08}"}}'.encode()) for number in (0, 2, 2, 3)])
        db.execute("INSERT INTO jobs VALUES ('catalogue', '{}')")
    db.close()
    assert lost_and_twice(database, 4) == (["EvB00000001"], ["EvB00000002"])
