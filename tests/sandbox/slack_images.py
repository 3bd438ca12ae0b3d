"""Pictures in messages: an image block may show a file of Slack's only when Slack has looked at it."""
from __future__ import annotations

from typing import Any

from aiohttp import web

from slack_files import TYPES, Files
from slack_limits import Refusal

PICTURES = ("png", "jpg", "jpeg", "gif")


class Images:
    def __init__(self, files: Files) -> None:
        self.files = files

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/sandbox/picture/{id}", self.serve)]

    def check(self, message: dict[str, Any]) -> dict[str, Any]:
        """The message, or Refusal. Time passes with each try, as it does with each files.info."""
        for index, block in enumerate(message.get("blocks") or []):
            if block.get("type") != "image" or "slack_file" not in block:
                continue
            file_id = block["slack_file"].get("id")
            if not self.files.is_ready(file_id) or self.extension(file_id) not in PICTURES:
                if file_id in self.files.files:
                    self.files.files[file_id]["polls"] += 1
                raise Refusal("invalid_blocks", [f"[ERROR] invalid slack file [json-pointer:/blocks/{index}/slack_file]"])
        return message

    def extension(self, file_id: str) -> str:
        return str(self.files.files[file_id]["name"]).rsplit(".", 1)[-1].lower()

    async def serve(self, request: web.Request) -> web.Response:
        """For the page, which may show it; on the real one Slack's own client does."""
        file_id = request.match_info["id"]
        file = self.files.files.get(file_id)
        if file is None or not file["completed"] or self.extension(file_id) not in PICTURES:
            return web.Response(status=404, text="not found")
        kind = TYPES.get(self.extension(file_id), ("image/png", ""))[0]
        return web.Response(body=file["bytes"], content_type=kind,
                            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})
