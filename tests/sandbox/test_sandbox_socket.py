"""Socket Mode: tickets, envelopes and acknowledgements, redelivery, strictness, faults."""
from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from sandbox_harness import Running, http
from slack_people import APP_TOKEN, BOT_USER_ID
from socket_client import PATIENCE_S, Client, Raw, walk
from ws_server import CLOSE, PING, TEXT, accept_of, mask_frame


def message(**more: Any) -> dict[str, Any]:
    return {"channel": "C0SALES", "text": "@looker sales", **more}


# Tickets

def test_who_may_open_a_connection(box: Running) -> None:
    assert box.slack("apps.connections.open")["error"] == "not_allowed_token_type"
    assert box.slack("apps.connections.open", token="xapp-other")["error"] == "invalid_auth"
    assert box.slack("rtm.connect")["error"] == "not_allowed_token_type"
    assert box.slack("rtm.connect", token=APP_TOKEN)["error"] == "not_allowed_token_type"
    assert box.control("POST", "mode", {"mode": "rtm"}) == {"ok": True, "mode": "rtm"} == box.control("GET", "mode")
    answer = box.slack("rtm.connect")
    assert answer["self"] == {"id": BOT_USER_ID, "name": "looker"} and answer["team"]["domain"] == "acme-shop"
    assert http("POST", f"{box.url}/sandbox/mode", js={"mode": "pigeon"}).status == 400


def test_a_url_is_for_one_connection(box: Running) -> None:
    async def work(client: Client) -> None:
        url = await client.url()
        async with client.session.ws_connect(url) as link:
            hello = await client.next(link)
            assert hello["num_connections"] == 1 and hello["connection_info"]["app_id"] == "A0LOOKERBOT"
        for again in (url, url[:-1], client.box.url + "/link/?ticket=none"):
            with pytest.raises(WSServerHandshakeError) as refused:
                await client.session.ws_connect(again)
            assert refused.value.status == 408
    walk(box, "socket", work)


def test_tickets_grow_old(box: Running) -> None:
    async def work(client: Client) -> None:
        url = await client.url()
        box.sandbox.sockets._tickets[url.split("ticket=")[1].split("&")[0]]["born"] -= 31
        with pytest.raises(WSServerHandshakeError):
            await client.session.ws_connect(url)
    walk(box, "socket", work)


def test_where_socket_mode_is_off(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect(hello=False)
        assert (await client.next(link))["reason"] == "link_disabled"
        assert (await link.receive(timeout=PATIENCE_S)).type == WSMsgType.CLOSE
    walk(box, "http", work)


def test_ten_connections(box: Running) -> None:
    async def work(client: Client) -> None:
        for _ in range(10):
            await client.connect()
        assert (await client.next(await client.connect(hello=False)))["reason"] == "too_many_websockets"
    walk(box, "socket", work)


# Envelopes

def test_a_command_and_its_answer(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()
        typed = asyncio.ensure_future(client.control("POST", "slash", {"text": "sales & more", "channel": "C0SALES"}))
        envelope = await client.ack(link, {"response_type": "in_channel", "text": "One moment"})
        assert envelope["type"] == "slash_commands" and envelope["accepts_response_payload"] is True
        assert envelope["payload"]["text"] == "sales &amp; more" and envelope["payload"]["is_enterprise_install"] == "false"
        assert "retry_attempt" not in envelope
        result = await typed
        assert result["status"] == 200 and result["error"] is None
        assert [m["text"] for m in box.messages("C0SALES")] == ["/looker sales &amp; more", "One moment"]
        assert http("POST", result["response_url"], js={"text": "later"}).text == "ok"
        report = (await client.control("GET", "socket"))["envelopes"][0]
        assert report["acked"] and report["sent_on"] == [report["acked_on"]] == [1]
        assert report["ack_payload"]["text"] == "One moment" and box.bot.requests == []
        # Nobody there, or nobody who answers.
        silent = asyncio.ensure_future(client.control("POST", "slash", {"text": "x", "overrides": {"timeout": 0.2}}))
        assert (await silent)["error"] == "operation_timeout"
        await link.close()
        await client.control("GET", "wait?kind=socket&name=gone")
        assert (await client.control("POST", "slash", {"text": "x"}))["error"] == "dispatch_failed"
        # What is spoilt on purpose goes over HTTP all the same.
        spoilt = await client.control("POST", "slash", {"text": "x", "overrides": {"signature": "v0=00"}})
        assert spoilt["status"] == 200 and len(box.bot.requests) == 1
        assert await client.errors() == []
    walk(box, "socket", work)


def test_an_event_is_sent_until_it_is_acknowledged(box: Running) -> None:
    async def work(client: Client) -> None:
        await client.control("POST", "workspace", {"redeliver_s": 0.1})
        link = await client.connect()
        said = await client.control("POST", "message", message())
        assert [one["status"] for one in said["events"]] == [0]
        first = await client.next(link)
        assert (first["type"], first["retry_attempt"], first["retry_reason"]) == ("events_api", 0, "")
        assert first["accepts_response_payload"] is False and first["payload"]["event"]["type"] == "app_mention"
        second = await client.ack(link)
        assert second["envelope_id"] == first["envelope_id"] and (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
        await client.control("GET", "wait?kind=socket&name=in%20ack")
        report = (await client.control("GET", "socket"))["envelopes"]
        assert report[0]["acked"] and report[0]["attempts"] >= 2 and report[0]["event_id"] == said["events"][0]["event_id"]
        # Those that found nobody wait for the next connection.
        await link.close()
        await client.control("GET", "wait?kind=socket&name=gone")
        assert (await client.control("POST", "message", message()))["events"][0]["status"] == 0
        late = await client.ack(await client.connect())
        assert late["retry_attempt"] >= 1 and await client.errors() == []
    walk(box, "socket", work)


def test_a_press_and_redelivery(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()
        button = {"type": "button", "action_id": "go", "value": "v", "text": {"type": "plain_text", "text": "Go"}}
        ts = box.slack("chat.postMessage", channel="C0SALES", text="x", blocks=[{"type": "actions", "elements": [button]}])["ts"]
        press = asyncio.ensure_future(client.control("POST", "press", {"channel": "C0SALES", "ts": ts, "action_id": "go"}))
        envelope = await client.ack(link)
        assert envelope["type"] == "interactive" and envelope["accepts_response_payload"] is False
        assert envelope["payload"]["actions"][0]["value"] == "v" and (await press)["status"] == 200
        event = asyncio.ensure_future(client.control("POST", "event", {"event": {"type": "app_mention", "text": "x"}}))
        await client.ack(link)
        event_id = (await event)["event_id"]
        again = asyncio.ensure_future(client.control("POST", "redeliver", {"event_id": event_id, "new_ids": True}))
        assert (await client.ack(link))["payload"]["event_id"] != event_id and (await again)["events"][0]["status"] == 200
    walk(box, "socket", work)


def test_the_connections_take_turns(box: Running) -> None:
    async def work(client: Client) -> None:
        links = [await client.connect(), await client.connect()]
        for turn in range(4):
            event = asyncio.ensure_future(client.control("POST", "event", {"event": {"type": "x"}}))
            await client.ack(links[turn % 2])
            await event
        figures = (await client.control("GET", "socket"))["connections"]
        assert [(one["envelopes"], one["acks"], one["open"]) for one in figures] == [(2, 2, True)] * 2
        # One that was told to go gets nothing more while there is another.
        await client.control("POST", "socket", {"do": "disconnect", "reason": "warning", "which": "oldest"})
        assert (await client.next(links[0]))["reason"] == "warning"
        for _ in range(2):
            event = asyncio.ensure_future(client.control("POST", "event", {"event": {"type": "x"}}))
            await client.ack(links[1])
            await event
    walk(box, "socket", work)


# Strictness

@pytest.mark.parametrize("ack, complaint", [
    ('{"envelope_id":"no-such"}', "unknown envelope_id no-such"), ("hello", "neither JSON"), ('{"type":"x"}', "neither JSON"),
    ('{"envelope_id":"E","retry":1}', "unknown keys"), ('{"envelope_id":"E","payload":{}}', "accepts_response_payload is false"),
])
def test_acknowledgements_that_are_none(box: Running, ack: str, complaint: str) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()
        event = asyncio.ensure_future(client.control("POST", "event", {"event": {"type": "x"}, "retries": False}))
        envelope = await client.next(link)
        await link.send_str(ack.replace('"E"', json.dumps(envelope["envelope_id"])))
        await client.control("GET", "wait?kind=socket&name=error")
        assert complaint in (await client.errors())[0]
        await link.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await event)["status"] == 200
    walk(box, "socket", work)


def test_an_acknowledgement_on_the_wrong_connection_or_too_large(box: Running) -> None:
    async def work(client: Client) -> None:
        links = [await client.connect(), await client.connect()]
        typed = asyncio.ensure_future(client.control("POST", "slash", {"text": "x"}))
        envelope = await client.next(links[0])
        await links[1].send_json({"envelope_id": envelope["envelope_id"]})
        await client.control("GET", "wait?kind=socket&name=error")
        await links[0].send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "x" * 20_480}})
        await client.control("GET", "wait?kind=socket&name=error&count=2")
        await links[0].send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "small"}})
        assert json.loads((await typed)["body"]) == {"text": "small"}
        first, second = await client.errors()
        assert "acknowledged on connection" in first and "bytes is dropped" in second
    walk(box, "socket", work)


def raw(box: Running) -> Raw:
    box.control("POST", "mode", {"mode": "socket"})
    url = urlsplit(box.slack("apps.connections.open", token=APP_TOKEN)["url"])
    client = Raw(box, f"{url.path}?{url.query}")
    assert f"Sec-WebSocket-Accept: {accept_of('dGhlIHNhbXBsZSBub25jZQ==')}".encode() in client.head
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in client.head       # the standard's own example
    assert client.frame()[0] == 0x80 | TEXT
    return client


@pytest.mark.parametrize("data, code", [
    (b"\x81\x05hello", 1002), (bytes([0xC1]) + mask_frame(TEXT, b"x")[1:], 1002), (mask_frame(3, b"x"), 1002),
    (mask_frame(PING, b"x" * 126), 1002), (mask_frame(PING, b"x", fin=False), 1002), (mask_frame(0, b"x"), 1002),
    (mask_frame(TEXT, b"a", fin=False) + mask_frame(TEXT, b"b"), 1002), (mask_frame(2, b"x"), 1003),
    (mask_frame(TEXT, b"\xff"), 1007), (b"\x81\xff" + (1 << 22).to_bytes(8, "big"), 1009), (mask_frame(CLOSE, b"x"), 1002),
])
def test_broken_frames_end_the_connection(box: Running, data: bytes, code: int) -> None:
    client = raw(box)
    client.sock.sendall(data)
    opcode, payload = client.frame()
    client.close()
    assert opcode == 0x80 | CLOSE and int.from_bytes(payload[:2], "big") == code
    assert len(box.control("GET", "socket")["errors"]) == 1


def test_pieces_pings_and_the_close_handshake(box: Running) -> None:
    client = raw(box)
    client.sock.sendall(mask_frame(TEXT, b'{"envelope_', fin=False) + mask_frame(PING, b"in between") + mask_frame(0, b'id":"x"}'))
    assert client.frame() == (0x8A, b"in between")
    assert "unknown envelope_id" in box.control("GET", "wait?kind=socket&name=error")["records"][0]["error"]
    client.sock.sendall(mask_frame(CLOSE, (1001).to_bytes(2, "big") + b"bye"))
    assert client.frame()[1][:2] == (1001).to_bytes(2, "big")
    # Slack leaves it to the client to end TCP.
    client.sock.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.sock.recv(1)
    client.close()
    box.control("GET", "wait?kind=socket&name=gone")
    assert box.control("GET", "socket")["connections"][-1]["closed_code"] == 1001


def test_handshakes_that_are_none(box: Running) -> None:
    for headers in ({}, {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "8"},
                    {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "eA=="}):
        assert http("GET", f"{box.url}/link/?ticket=x", headers=headers).status == 400


def test_pings(box: Running) -> None:
    box.control("POST", "workspace", {"ping_s": 0.3})
    client = raw(box)
    opcode, payload = client.frame()
    assert opcode == 0x80 | PING and payload.startswith(b"Ping from applink-")
    client.sock.sendall(mask_frame(10, payload))
    assert box.control("GET", "wait?kind=socket&name=in%20pong")["ok"]
    assert client.frame()[1] == payload
    client.sock.sendall(mask_frame(10, b"something else"))
    assert "the ping's bytes" in box.control("GET", "wait?kind=socket&name=error")["records"][0]["error"]
    # Who never answers is gone.
    box.control("GET", "wait?kind=socket&name=gone")
    client.close()
    assert any("no pong" in one["error"] for one in box.control("GET", "socket")["errors"])


# Faults

def test_faults_of_a_connection(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()
        await client.control("POST", "socket", {"do": "text", "text": '{"type":"hi"}'})
        assert await client.next(link) == {"type": "hi"}
        await client.control("POST", "socket", {"do": "fragments"})
        event = asyncio.ensure_future(client.control("POST", "event", {"event": {"type": "é" * 50}}))
        assert (await client.ack(link))["payload"]["event"]["type"] == "é" * 50
        await event
        await client.control("POST", "socket", {"do": "close", "code": 4001, "reason": "so"})
        closed = await link.receive(timeout=PATIENCE_S)
        assert (closed.type, closed.data, closed.extra) == (WSMsgType.CLOSE, 4001, "so")

        link = await client.connect()
        await client.control("POST", "socket", {"do": "bad_frame"})
        assert (await link.receive(timeout=PATIENCE_S)).type == WSMsgType.ERROR
        link = await client.connect()
        await client.control("POST", "socket", {"do": "oversize", "which": "newest"})
        assert (await link.receive(timeout=PATIENCE_S)).type == WSMsgType.ERROR     # above aiohttp's 4 MiB
        link = await client.connect()
        await client.control("POST", "socket", {"do": "abort"})
        assert (await link.receive(timeout=PATIENCE_S)).type in (WSMsgType.CLOSED, WSMsgType.ERROR)

        link = await client.connect()
        await client.control("POST", "socket", {"do": "disconnect", "reason": "link_disabled"})
        assert (await client.next(link))["reason"] == "link_disabled"
        assert (await link.receive(timeout=PATIENCE_S)).type == WSMsgType.CLOSE
        for bad in ({"do": "dance"}, {"do": "close", "colour": 1}):
            assert http("POST", f"{box.url}/sandbox/socket", js=bad).status == 400
    walk(box, "socket", work)


def test_a_black_hole_keeps_its_share(box: Running) -> None:
    async def work(client: Client) -> None:
        await client.control("POST", "workspace", {"redeliver_s": 0.1})
        ghost = await client.connect(autoping=False)
        await client.control("POST", "socket", {"do": "silent"})
        link = await client.connect()
        await ghost.ping(b"are you there")
        said = await client.control("POST", "message", message())
        assert said["events"][0]["status"] == 0
        assert (await client.ack(link))["retry_attempt"] == 1      # the first went into the hole
        with pytest.raises(asyncio.TimeoutError):
            await ghost.receive(timeout=0.05)
        one, two = (await client.control("GET", "socket"))["connections"]
        assert one["silent"] and one["open"] and (one["envelopes"], two["envelopes"]) == (1, 1)
    walk(box, "socket", work)


def test_refused_and_mute(box: Running) -> None:
    async def work(client: Client) -> None:
        await client.control("POST", "socket", {"do": "refuse", "seconds": 60, "status": 503})
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.connect()
        assert refused.value.status == 503
        await client.control("POST", "socket", {"do": "refuse", "seconds": 0})
        await client.control("POST", "socket", {"do": "no_hello"})
        mute = await client.connect(hello=False)
        with pytest.raises(asyncio.TimeoutError):
            await mute.receive(timeout=0.05)
        await client.connect()
    walk(box, "socket", work)


def test_leaving_the_mode_ends_its_connections(box: Running) -> None:
    async def work(client: Client) -> None:
        link = await client.connect()
        await client.control("POST", "mode", {"mode": "http"})
        assert (await client.next(link))["reason"] == "link_disabled"
        assert (await link.receive(timeout=PATIENCE_S)).type == WSMsgType.CLOSE
        await client.control("POST", "reset")
        assert (await client.control("GET", "socket"))["connections"] == []
    walk(box, "socket", work)
