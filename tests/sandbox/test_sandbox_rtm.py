"""RTM: messages as frames, pings in JSON, and farewells."""
from __future__ import annotations

from aiohttp import WSMsgType

from sandbox_harness import Running
from socket_client import PATIENCE_S, Client, walk
from test_sandbox_socket import message


def test_rtm_messages_and_pings(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()
        said = await client.control("POST", "message", message(text="hello <@looker"))
        frame = await client.next(link)
        assert frame["type"] == "message" and frame["channel"] == "C0SALES" and "hello" in frame["text"]
        assert "channel_type" not in frame and said["events"] == [
            {"event_id": said["events"][0]["event_id"], "type": "message.channels", "status": 200, "attempts": 1}]
        await link.send_json({"id": 7, "type": "ping", "time": 123})
        assert await client.next(link) == {"type": "pong", "reply_to": 7, "time": 123}
        # Posts over the Web API come back, those over RTM do not.
        box.slack("chat.postMessage", channel="C0SALES", text="mine")
        assert (await client.next(link))["bot_id"]
        await link.send_json({"id": 8, "type": "message", "channel": "C0SALES", "text": "by RTM"})
        reply = await client.next(link)
        assert reply["ok"] and reply["reply_to"] == 8 and "type" not in reply
        await link.send_json({"id": 9, "type": "message", "channel": "C0SALES"})
        assert (await client.next(link))["error"]["msg"] == "message text is missing"
        assert [m["text"] for m in box.messages("C0SALES")][1:] == ["mine", "by RTM"]
        # Commands and presses still come over HTTP.
        assert (await client.control("POST", "slash", {"text": "x"}))["status"] == 200 and len(box.bot.requests) == 1
        await link.send_str("x" * 17_000)
        closed = await link.receive(timeout=PATIENCE_S)
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1009)
    walk(box, "rtm", work)


def test_rtm_says_goodbye(box: Running) -> None:
    async def work(client: Client) -> None:
        url = await client.url()
        link = await client.session.ws_connect(url, autoclose=False)
        assert (await client.next(link))["type"] == "hello"
        stale = await client.session.ws_connect(url, autoclose=False)
        assert (await client.next(stale))["error"] == {"code": 1, "msg": "Socket URL has expired"}
        assert (await stale.receive(timeout=PATIENCE_S)).type == WSMsgType.CLOSE
        for what in ("goodbye", "team_migration_started"):
            await client.control("POST", "socket", {"do": what, "kind": "rtm", "then_close_s": 60})
            assert (await client.next(link))["type"] == what
        await client.control("POST", "socket", {"do": "error_frame", "code": 2, "msg": "so"})
        assert (await client.next(link))["error"] == {"code": 2, "msg": "so"}
        assert (await link.receive(timeout=PATIENCE_S)).type == WSMsgType.CLOSE
        await link.close()
        await stale.close()
    walk(box, "rtm", work)


def test_an_rtm_event_nobody_hears_is_lost(box: Running) -> None:
    box.control("POST", "mode", {"mode": "rtm"})
    assert box.control("POST", "message", message())["events"][0]["status"] == 0
    result = box.control("POST", "event", {"event": {"type": "user_change", "user": {"id": "U0ADA"}}})
    assert result["status"] == 0 and result["error"] == "no open connection"
