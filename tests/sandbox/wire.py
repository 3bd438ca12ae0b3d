"""Every call to a fake service passes here: it is recorded, may meet a fault, and is answered."""
from __future__ import annotations

import json
from typing import Any, Awaitable, Callable, Optional
from urllib.parse import parse_qsl

from aiohttp import web

from faults import Faults
from record import Record

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_KEPT_BYTES = 64 * 1024    # of an answer that may be very large


def parse_body(content_type: str, raw: bytes) -> Any:
    """The body as a dict where it is a form or JSON; nested JSON text of form fields stays text."""
    kind = content_type.split(";")[0].strip().lower()
    text = raw.decode("utf-8", "replace")
    if kind == "application/json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(text, keep_blank_values=True))
    return text


def readable(body: Any) -> Any:
    """The form with its JSON fields opened, so that a test can look into blocks."""
    if not isinstance(body, dict):
        return body
    opened = dict(body)
    for key in ("blocks", "attachments", "metadata", "view", "files", "payload"):
        if isinstance(opened.get(key), str):
            try:
                opened[key] = json.loads(opened[key])
            except ValueError:
                pass
    return opened


class Wire:
    def __init__(self, record: Record, faults: Faults) -> None:
        self.record = record
        self.faults = faults

    async def serve(self, where: str, name: str, request: web.Request,
                    handler: Callable[[web.Request, Any], Awaitable[web.Response]]) -> web.StreamResponse:
        raw = await request.read()
        body = parse_body(request.headers.get("Content-Type", ""), raw)
        entry = self.record.begin(
            where, name, http_method=request.method, path=request.path, query=dict(request.query),
            headers={key.lower(): value for key, value in request.headers.items()},
            body=readable(body), size=len(raw))
        done: Optional[web.Response] = None

        async def work() -> web.Response:
            nonlocal done
            done = await handler(request, body)
            return done

        fault = self.faults.take(where, name)
        answer: Optional[web.StreamResponse] = None
        try:
            if fault is None:
                answer = await work()
            else:
                entry["fault"] = fault.do
                answer = await self.faults.apply(fault, request, work)
            return answer
        finally:
            # A message that was posted although its answer was spoilt counts as done by us.
            shown = answer if isinstance(answer, web.Response) else done
            decoded = decode(shown)
            # The handler notes the channel that a call reached: it may have named a person or "#sales".
            self.record.finish(entry, status=None if shown is None else shown.status, answer=decoded,
                               ok=is_ok(where, shown, decoded) and fault_is_mild(fault), **request.get("reached", {}))


def fault_is_mild(fault: Any) -> bool:
    return fault is None or fault.do in ("slow", "delay", "expire_token")


def is_ok(where: str, answer: Optional[web.Response], decoded: Any) -> bool:
    if answer is None or answer.status >= 400:
        return False
    return bool(decoded.get("ok")) if where == "slack" and isinstance(decoded, dict) else where != "slack"


def decode(answer: Optional[web.Response]) -> Any:
    if answer is None or answer.body is None:
        return None
    whole = bytes(answer.body)  # type: ignore[arg-type]
    text = whole[:MAX_KEPT_BYTES if answer.content_type == "text/csv" else None].decode("utf-8", "replace")
    if answer.content_type == "application/json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
