"""Files: an address for the upload, the raw bytes, the completion that shares them, and what files.info says then.

As on the real one the completion goes on after its answer: for the first calls of files.info the file has no type and
no shares. What was never completed is not there for anybody.
"""
from __future__ import annotations

import json
import re
import secrets
from typing import Any, Callable, Optional
from urllib.parse import quote

from aiohttp import web

from slack_limits import Refusal
from slack_people import BOT_USER_ID, TEAM_ID
from slack_state import SlackState
from wire import Wire

Args = dict[str, Any]

MAX_FILE_BYTES = 1024 * 1024 * 1024
MAX_ALT_CHARS = 1000
MAX_SNIPPET_BYTES = 1024 * 1024
# So many calls of files.info find a completed file unfinished.
POLLS = 2
CHANNEL = re.compile(r"[CGDZ][A-Z0-9]{2,}")
TYPES = {"csv": ("text/csv", "CSV"), "png": ("image/png", "PNG"), "jpg": ("image/jpeg", "JPEG"),
         "gif": ("image/gif", "GIF"), "pdf": ("application/pdf", "PDF")}


class Files:
    def __init__(self, state: SlackState, wire: Wire, slow_down: Callable[[int], Exception],
                 seen_channel: Callable[[Any], dict[str, Any]]) -> None:
        """`slow_down`: what to raise for a 429; `seen_channel`: a channel that the token can see, or Refusal."""
        self.state, self.wire = state, wire
        self.slow_down, self.seen_channel = slow_down, seen_channel
        self.own_url = ""
        self.reset()
        self.handlers: dict[str, Callable[[Args], dict[str, Any]]] = {
            "files.getUploadURLExternal": self.begin,
            "files.completeUploadExternal": self.complete,
            "files.info": self.info,
        }

    def reset(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, str] = {}    # the last part of an address -> id of its file
        self._serial = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/upload/v1/{ticket}", self.serve_upload),
                web.get("/files-pri/{id}/download/{name}", self.download)]

    # 1. An address

    def begin(self, args: Args) -> dict[str, Any]:
        if not re.fullmatch(r"\d+", str(args["length"])):
            raise Refusal("invalid_arguments", ["[ERROR] length must be a number"])
        length = int(args["length"])
        if length == 0:
            raise Refusal("missing_argument", ["[ERROR] length must be at least 1"])
        if length > MAX_FILE_BYTES:
            raise Refusal("file_upload_size_restricted")
        if len(args.get("alt_txt") or "") > MAX_ALT_CHARS:
            raise Refusal("alt_txt_too_large")
        if args.get("snippet_type") and length > MAX_SNIPPET_BYTES:
            raise Refusal("snippet_too_large")
        self._serial += 1
        file_id, ticket = f"F0FILE{self._serial:05d}", secrets.token_hex(24)
        self.files[file_id] = {"id": file_id, "name": args["filename"], "length": length, "bytes": None,
                               "alt_txt": args.get("alt_txt"), "completed": False, "polls": 0, "shares": {}}
        self.uploads[ticket] = file_id
        return {"upload_url": f"{self.own_url}/upload/v1/{ticket}", "file_id": file_id}

    # 2. The bytes

    async def serve_upload(self, request: web.Request) -> web.StreamResponse:
        """As `Wire.serve` does it, for a body of any size."""
        raw = b"".join([piece async for piece in request.content.iter_chunked(1 << 16)])
        entry = self.wire.record.begin(
            "slack", "upload", http_method=request.method, path="/upload/v1/…", query={},
            headers={key.lower(): value for key, value in request.headers.items()}, body=None, size=len(raw))
        done: Optional[web.Response] = None

        async def work() -> web.Response:
            nonlocal done
            done = self.take(request, raw)
            return done

        fault = self.wire.faults.take("slack", "upload")
        try:
            if fault is None:
                return await work()
            entry["fault"] = fault.do
            return await self.wire.faults.apply(fault, request, work)
        finally:
            self.wire.record.finish(entry, status=done.status if done else None, answer=done.text if done else None,
                                    ok=fault is None and done is not None and done.status == 200)

    def take(self, request: web.Request, raw: bytes) -> web.Response:
        file = self.files.get(self.uploads.get(request.match_info["ticket"], ""))
        if request.method != "POST" or file is None or file["completed"]:
            return web.Response(status=404, text="no such upload")
        if "Authorization" in request.headers:
            return web.Response(status=400, text="an upload takes no token: do not show it one")
        if request.content_type != "application/octet-stream":
            return web.Response(status=400, text="the sandbox takes raw bytes only")
        if len(raw) != file["length"]:
            return web.Response(status=400, text=f"{file['length']} bytes were announced, {len(raw)} came")
        file["bytes"] = raw
        return web.Response(text=f"OK - {len(raw)}")

    # 3. The completion

    def complete(self, args: Args) -> dict[str, Any]:
        files = self.listed(args)
        if args.get("channels") or args.get("blocks"):
            raise Refusal("invalid_arguments", ["[ERROR] the sandbox takes channel_id and initial_comment only"])
        channel = self.place(args)
        if channel is not None:
            seconds = self.state.may_post(channel["id"])
            if seconds is not None:
                raise self.slow_down(seconds)
        for file, title in files:
            file.update(completed=True, title=title)
        if channel is not None:
            self.share(channel, [file for file, _ in files], args)
        return {"files": [{"id": file["id"], "title": title} for file, title in files]}

    def listed(self, args: Args) -> list[tuple[dict[str, Any], str]]:
        given = args["files"]
        try:
            given = json.loads(given) if isinstance(given, str) else given
        except ValueError:
            given = None
        if not isinstance(given, list) or not given or not all(
                isinstance(one, dict) and isinstance(one.get("id"), str) and set(one) <= {"id", "title"} for one in given):
            raise Refusal("invalid_arguments", ["[ERROR] files must be a list of objects with id and title"])
        found = []
        for one in given:
            file = self.files.get(one["id"])
            if file is None or file["bytes"] is None or file["completed"]:
                raise Refusal("file_not_found")    # one completion
            found.append((file, one.get("title") or file["name"]))
        return found

    def place(self, args: Args) -> Optional[dict[str, Any]]:
        given = args.get("channel_id")
        if not given:
            if args.get("thread_ts") or args.get("initial_comment"):
                raise Refusal("invalid_arguments", ["[ERROR] a thread and a comment need a channel"])
            return None
        if not CHANNEL.fullmatch(given):
            raise Refusal("invalid_arguments", ["[ERROR] channel_id must be a channel's id, not a person's or a name"])
        channel = self.seen_channel(given)
        if channel.get("is_archived"):
            raise Refusal("is_archived")
        if not self.state.bot_is_member(channel):
            raise Refusal("not_in_channel")
        if args.get("thread_ts") and not self.state.find_message(channel["id"], args["thread_ts"]):
            raise Refusal("thread_not_found")
        return channel

    def share(self, channel: dict[str, Any], files: list[dict[str, Any]], args: Args) -> None:
        posted = self.state.bot_message({"text": args.get("initial_comment"), "thread_ts": args.get("thread_ts")})
        posted.update(files=[self.shown(file) for file in files], upload=True)
        kind = "private" if channel.get("is_private") or channel.get("is_im") else "public"
        for file in files:
            file["shares"] = {kind: {channel["id"]: [{"ts": posted["ts"], "channel_name": channel.get("name", ""),
                                                      "team_id": TEAM_ID, "reply_count": 0}]}}
        self.state.add(channel["id"], posted, via="files.completeUploadExternal")

    # What is there

    def address(self, file: dict[str, Any]) -> str:
        return f"{self.own_url}/files-pri/{TEAM_ID}-{file['id']}/download/{quote(file['name'], safe='')}"

    def shown(self, file: dict[str, Any]) -> dict[str, Any]:
        """A file object once Slack is done with it."""
        extension = file["name"].rsplit(".", 1)[-1].lower()
        mimetype, pretty = TYPES.get(extension, ("application/octet-stream", "Binary"))
        return {"id": file["id"], "created": int(self.state.now()), "name": file["name"],
                "title": file.get("title") or file["name"], "mimetype": mimetype, "filetype": extension,
                "pretty_type": pretty, "user": BOT_USER_ID, "user_team": TEAM_ID, "size": file["length"],
                "mode": "hosted", "is_external": False, "is_public": "public" in file["shares"],
                "alt_txt": file["alt_txt"], "url_private": self.address(file),
                "url_private_download": self.address(file), "permalink": self.address(file)}

    def info(self, args: Args) -> dict[str, Any]:
        file = self.files.get(args["file"])
        if file is None or not file["completed"]:
            raise Refusal("file_not_found")
        file["polls"] += 1
        shown = {**self.shown(file), "shares": file["shares"]}
        if file["polls"] <= POLLS:
            shown.update(mimetype="", filetype="", pretty_type="", shares={})
        return {"file": shown, "comments": [], "response_metadata": {"next_cursor": ""}}

    def is_ready(self, file_id: Any) -> bool:
        """Whether a block may show it as a picture."""
        file = self.files.get(file_id)
        return file is not None and file["completed"] and file["polls"] >= POLLS

    async def download(self, request: web.Request) -> web.Response:
        """On the real one this needs a token or a login; the page has none."""
        file = self.files.get(request.match_info["id"].removeprefix(TEAM_ID + "-"))
        if file is None or not file["completed"]:
            return web.Response(status=404, text="not found")
        return web.Response(body=file["bytes"], content_type="application/octet-stream", headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file['name'], safe='')}",
            "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})
