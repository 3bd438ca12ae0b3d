"""Faults, the record, waiting, the page, and the program itself."""
from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sandbox_harness import Running, http
from slack_people import BOT_TOKEN

HERE = Path(__file__).resolve().parent
AUTH = {"Authorization": f"Bearer {BOT_TOKEN}"}


def fault(box: Running, **spec: object) -> None:
    box.control("POST", "faults", spec)


def post(box: Running, text: str = "x"):  # type: ignore[no-untyped-def]
    return http("POST", f"{box.url}/api/chat.postMessage", form={"channel": "C0SALES", "text": text}, headers=AUTH)


def test_faults_are_used_up_and_cleared(box: Running) -> None:
    fault(box, where="slack", match="chat.", do="error", code="fatal_error", times=1)
    assert box.slack("auth.test")["ok"]
    assert post(box).json == {"ok": False, "error": "fatal_error"}
    assert post(box).json["ok"]
    fault(box, where="slack", do="error")
    assert not post(box).json["ok"] and not post(box).json["ok"]
    box.control("DELETE", "faults")
    assert post(box).json["ok"]
    assert http("POST", f"{box.url}/sandbox/faults", js={"where": "slack", "do": "explode"}).status == 400
    assert http("POST", f"{box.url}/sandbox/faults", js={"where": "slack", "do": "down", "time": 1}).status == 400


def test_made_up_answers(box: Running) -> None:
    fault(box, where="slack", do="html", times=1)
    answer = post(box)
    assert answer.status == 502 and answer.headers["Content-Type"].startswith("text/html")
    fault(box, where="slack", do="ratelimit", retry_after=7, times=1)
    answer = post(box)
    assert (answer.status, answer.headers["Retry-After"], answer.json["error"]) == (429, "7", "ratelimited")
    fault(box, where="slack", do="status", status=503, body={"a": 1}, headers={"X-Y": "z"}, times=1)
    answer = post(box)
    assert (answer.status, answer.json, answer.headers["X-Y"]) == (503, {"a": 1}, "z")
    fault(box, where="slack", do="empty", times=1)
    answer = post(box)
    assert (answer.status, answer.raw) == (200, b"")
    fault(box, where="slack", do="garbage", times=1)
    with pytest.raises(ValueError):
        post(box).json
    assert box.messages("C0SALES") == []


def test_lost_answers(box: Running) -> None:
    fault(box, where="slack", do="down", times=1)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        post(box)
    assert box.messages("C0SALES") == []
    fault(box, where="slack", do="down", after=True, times=1)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        post(box)
    assert len(box.messages("C0SALES")) == 1
    fault(box, where="slack", do="truncate", times=1)
    with pytest.raises(Exception, match="IncompleteRead"):
        post(box)
    fault(box, where="slack", do="hang", seconds=0.05, times=1)
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        post(box)
    assert len(box.messages("C0SALES")) == 2
    fault(box, where="slack", do="slow", seconds=0.05, times=1)
    assert post(box).json["ok"]


def test_too_slow_and_too_much(box: Running) -> None:
    fault(box, where="slack", do="relabel", headers={"Content-Type": "text/plain"}, times=1)
    answer = post(box)
    assert answer.json["ok"] and answer.headers["Content-Type"] == "text/plain"
    fault(box, where="slack", do="drip", seconds=0, times=1)
    assert post(box).json["ok"]
    for do, packed in (("endless", None), ("bomb", "gzip")):
        fault(box, where="slack", do=do, times=1)
        with urllib.request.urlopen(f"{box.url}/api/chat.postMessage", data=b"", timeout=10) as stream:
            assert stream.headers["Content-Encoding"] == packed
            assert len(stream.read(200_000)) == 200_000, "and there is more"


def test_looker_and_hook_faults(box: Running) -> None:
    fault(box, where="looker", match="GET /looks", do="error", status=500, code="boom", times=1)
    assert box.looker("GET", "looks").json["message"] == "boom"
    fault(box, where="looker", match="GET /looks", do="expire_token", times=1)
    assert box.looker("GET", "looks").status == 401
    box.token = ""
    assert box.looker("GET", "looks?fields=id").status == 200
    fault(box, where="looker", match="POST /login", do="status", status=404, body={"message": "Not found"})
    assert box.login().status == 404
    url = box.slash("x")["response_url"]
    fault(box, where="hook", do="error", code="expired_url", times=1)
    answer = http("POST", url, js={"text": "x"})
    assert (answer.status, answer.json["error"]) == (404, "expired_url")


def test_record_and_wait(box: Running) -> None:
    start = box.control("GET", "record")["last"]
    got: list[dict] = []
    path = f"wait?kind=slack&name=chat.postMessage&channel=C0SALES&text=needle&ok=1&after={start}&count=2&timeout=8"
    waiter = threading.Thread(target=lambda: got.append(box.control("GET", path)))
    waiter.start()
    post(box, "needle 1")
    post(box, "hay")
    post(box, "needle 2")
    waiter.join()
    assert got[0]["ok"] and [r["body"]["text"] for r in got[0]["records"]] == ["needle 1", "needle 2"]
    record = got[0]["records"][0]
    assert record["status"] == 200 and record["elapsed_ms"] >= 0
    assert record["answer"]["ts"] and record["headers"]["authorization"] == AUTH["Authorization"]
    late = box.control("GET", "wait?kind=hook&timeout=0.01")
    assert late == {"ok": False, "count": 0, "last": late["last"], "records": []}
    box.control("DELETE", "record")
    assert box.control("GET", "record")["records"] == []
    assert http("GET", f"{box.url}/sandbox/wait?kind=cheese").status == 400


def test_unfinished_calls_can_be_waited_for(box: Running) -> None:
    fault(box, where="slack", match="auth.test", do="hang", seconds=30, times=1)
    sock = socket.create_connection(("127.0.0.1", int(box.url.rsplit(":", 1)[1])))
    sock.sendall(b"POST /api/auth.test HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
    found = box.control("GET", "wait?name=auth.test&done=0&timeout=5")
    sock.close()
    assert found["ok"] and found["records"][0]["done"] is False


def test_other_web_pages_are_refused(box: Running) -> None:
    assert http("POST", f"{box.url}/sandbox/slash", js={"text": "x"}, headers={"Origin": "https://evil.example"}).status == 403
    assert http("GET", f"{box.url}/sandbox/state", headers={"Host": "evil.example"}).status == 403
    assert http("GET", f"{box.url}/sandbox/state", headers={"Origin": box.url}).status == 200


def test_the_page_has_nothing_inline_or_foreign(box: Running) -> None:
    page = http("GET", box.url + "/")
    assert "'unsafe" not in page.headers["Content-Security-Policy"] and "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "style=" not in page.text and "onclick" not in page.text and "https://" not in page.text
    for path in (HERE / "page").iterdir():
        text = path.read_text()
        assert http("GET", f"{box.url}/page/{path.name}").text == text
        assert "innerHTML" not in text and "insertAdjacentHTML" not in text and "document.write" not in text
        assert not any(host in text for host in ("cdn.", "googleapis", "unpkg"))
    assert http("GET", f"{box.url}/page/..%2fserver.py").status == 404


def test_the_pages_news(box: Running) -> None:
    """The stream tells of a message at once, and shows no secrets."""
    sock = socket.create_connection(("127.0.0.1", int(box.url.rsplit(":", 1)[1])))
    sock.sendall(b"GET /sandbox/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    sock.settimeout(5)
    seen = b""
    while b": hello" not in seen:
        seen += sock.recv(4096)
    post(box, "breaking news")
    while b'"done": true' not in seen:
        seen += sock.recv(65536)
    sock.close()
    assert b"event: message\n" in seen and b"breaking news" in seen and BOT_TOKEN.encode() not in seen


def test_state(box: Running) -> None:
    state = box.control("GET", "state")
    assert {one["id"] for one in state["channels"]} >= {"C0SALES", "D0ADA"} and state["examples"][0] == "help"


# The program

def start(tmp_path: Path, *args: str) -> tuple[subprocess.Popen, dict[str, str]]:
    env_file = tmp_path / "sandbox.env"
    process = subprocess.Popen([sys.executable, str(HERE), "--port", "0", "--looker-port", "0", "--env-file", str(env_file), *args],
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().startswith("sandbox: page http://127.0.0.1:")
    lines = env_file.read_text().splitlines()
    return process, dict(line.split("=", 1) for line in lines)


def test_env_file_and_sigterm(tmp_path: Path) -> None:
    process, env = start(tmp_path)
    assert set(env) == {"SANDBOX_URL", "SLACK_API_KEY", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "SLACK_APP_TOKEN_FILE", "LOOKER_URL",
                        "LOOKER_API_BASE_URL", "LOOKER_API_CLIENT_ID", "LOOKER_API_CLIENT_SECRET", "LOOKER_CUSTOM_COMMAND_FOLDER_ID",
                        "LOOKER_WEBHOOK_TOKEN", "LOOKERBOT_PUBLIC_URL"}
    assert env["SLACK_API_URL"] == env["SANDBOX_URL"] + "/api/" and env["LOOKER_API_BASE_URL"] == env["LOOKER_URL"] + "/api/4.0"
    assert "not-a-secret" in env["SLACK_API_KEY"] and "not-a-secret" in env["LOOKER_API_CLIENT_SECRET"]
    assert http("POST", env["SLACK_API_URL"] + "auth.test", form={}, headers=AUTH).json["ok"]
    # Open streams and hanging calls do not keep it alive.
    stream = socket.create_connection(("127.0.0.1", int(env["SANDBOX_URL"].rsplit(":", 1)[1])))
    stream.sendall(b"GET /sandbox/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    stream.recv(100)
    process.send_signal(signal.SIGTERM)
    assert process.wait(3) == 0
    stream.close()
    process.stdout.close()


def test_the_mode_and_the_file_of_the_app_token(tmp_path: Path) -> None:
    """Whoever starts the bot reads the line, then the file."""
    process, env = start(tmp_path)
    token = Path(env["SLACK_APP_TOKEN_FILE"])
    assert token.parent == tmp_path and token.read_text() == "" and token.stat().st_mode & 0o077 == 0
    process.stdout.readline()       # where Looker is
    for mode, held in (("socket", "xapp-sandbox-not-a-secret\n"), ("rtm", ""), ("http", "")):
        http("POST", env["SANDBOX_URL"] + "/sandbox/mode", js={"mode": mode})
        assert process.stdout.readline() == f"sandbox: mode {mode}\n" and token.read_text() == held
    http("POST", env["SANDBOX_URL"] + "/sandbox/mode", js={"mode": "socket"})
    http("POST", env["SANDBOX_URL"] + "/sandbox/reset")
    assert [process.stdout.readline() for _ in range(2)] == ["sandbox: mode socket\n", "sandbox: mode http\n"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(3) == 0
    process.stdout.close()


def test_halves(tmp_path: Path) -> None:
    process, env = start(tmp_path, "--no-slack", "--no-looker")
    assert set(env) == {"SANDBOX_URL"}
    assert "Only Looker" in http("GET", env["SANDBOX_URL"] + "/").text
    assert http("POST", env["SANDBOX_URL"] + "/api/auth.test").status == 404
    assert http("GET", env["SANDBOX_URL"] + "/sandbox/record").json["ok"]
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(3) == 0
    process.stdout.close()


@pytest.mark.parametrize("args", [["--listen", "0.0.0.0"], ["--bot", "http://10.0.0.1:3333"], ["--bot", "https://bot.example"]])
def test_it_never_leaves_this_machine(args: list[str]) -> None:
    result = subprocess.run([sys.executable, str(HERE), *args], capture_output=True, text=True, timeout=5)
    assert result.returncode == 2 and "this machine" in result.stderr


def test_redaction_of_records() -> None:
    from record import redact
    assert json.dumps(redact({"headers": {"authorization": "Bearer x"}, "body": {"token": "x", "text": "y"}}), ensure_ascii=False) == \
        '{"headers": {"authorization": "•••"}, "body": {"token": "•••", "text": "y"}}'


def test_redaction_of_texts() -> None:
    from record import redact
    for text, shown in [
        ("POST /commands/T0ACMESHOP/1000001/0123abcd", "POST /commands/T0ACMESHOP/1000001/•••"),
        ("http://127.0.0.1:1/actions/T0/2/secret?x=1", "http://127.0.0.1:1/actions/T0/2/•••"),
        ("is xoxb-1-2-abc good?", "is xoxb-••• good?"), ("token=abc&text=x", "token=•••&text=x"),
        ('{"a": "xapp-1"}', '{"a": "xapp-•••"}'), ("GET /dashboards/21", "GET /dashboards/21"), ("a token = b", "a token = b"),
    ]:
        assert redact([text]) == [shown]
    assert redact("token=abc", texts=False) == "token=abc"


def test_one_record_and_one_fault(box: Running) -> None:
    post(box, "xoxb-in-a-message")
    number = box.control("GET", "record?name=chat.postMessage")["records"][-1]["n"]
    record = box.control("GET", f"record/{number}")["record"]
    assert record["headers"]["authorization"] == "•••" and record["body"]["text"] == "xoxb-•••" and record["status"] == 200
    assert http("GET", f"{box.url}/sandbox/record/{number + 1}").status == 404
    assert http("GET", f"{box.url}/sandbox/record/x").status == 400
    fault(box, where="slack", do="down")
    fault(box, where="looker", do="down")
    first, second = box.control("GET", "faults")["faults"]
    assert box.control("DELETE", f"faults/{first['id']}")["faults"] == [second]
    assert box.control("DELETE", f"faults/{first['id']}")["faults"] == [second]
    assert http("POST", f"{box.url}/sandbox/faults", js={"where": "slack", "do": "down", "id": 7}).status == 400
