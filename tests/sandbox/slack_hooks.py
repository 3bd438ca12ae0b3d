"""response_url: where a command or a pressed button may be answered without a token, five times in 30 minutes."""
from __future__ import annotations

from typing import Any

from aiohttp import web

from slack_api import broadcasts
from slack_limits import Refusal, check_message
from slack_sources import Sources
from slack_state import HOOK_LIFE_S, HOOK_USES, SlackState
from wire import Wire

KEYS = {"text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts",
        "metadata", "unfurl_links", "unfurl_media", "mrkdwn"}


class SlackHooks:
    def __init__(self, state: SlackState, wire: Wire) -> None:
        self.state = state
        self.wire = wire
        self.sources = Sources(state)

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/commands/{rest:.*}", self.serve), web.route("*", "/actions/{rest:.*}", self.serve)]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        return await self.wire.serve("hook", f"{request.method} {request.path}", request, self.answer)

    async def answer(self, request: web.Request, body: Any) -> web.Response:
        try:
            self.take(request, body)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=404)
        return web.Response(text="ok")

    def take(self, request: web.Request, body: Any) -> None:
        hook = self.state.hooks.get(request.path)
        if hook is None:
            raise Refusal("invalid_url")
        request["reached"] = {"channel": hook["channel"], "user": hook["user"]}
        if request.method != "POST":
            raise Refusal("invalid_method")
        if self.state.now() - hook["born"] > HOOK_LIFE_S:
            raise Refusal("expired_url")
        if hook["uses"] >= HOOK_USES:
            raise Refusal("used_url")
        if request.content_type != "application/json" or not isinstance(body, dict):
            raise Refusal("invalid_payload", ["[ERROR] a JSON object is needed"])
        if "Authorization" in request.headers:
            raise Refusal("invalid_payload", ["[ERROR] a response_url takes no token: do not show it one"])
        hook["uses"] += 1
        self.post(hook, body)

    def post(self, hook: dict[str, Any], body: dict[str, Any], via: str = "response_url") -> None:
        """Shows an answer in the hook's channel; also used for the immediate HTTP answer."""
        unknown = sorted(set(body) - KEYS)
        if unknown:
            raise Refusal("invalid_arguments", [f"[ERROR] unknown argument: {key}" for key in unknown])
        kind = body.get("response_type", "ephemeral")
        if kind not in ("ephemeral", "in_channel"):
            raise Refusal("invalid_response_type")
        if body.get("delete_original"):
            if not self.sources.delete(hook):
                self._drop_previous(hook)
            return
        if body.get("thread_ts") and (kind != "in_channel" or body.get("replace_original") is not False):
            raise Refusal("invalid_arguments", ["[ERROR] thread_ts needs in_channel and replace_original:false"])
        message = check_message({key: body.get(key) for key in ("text", "blocks", "attachments", "thread_ts", "metadata")
                                 if body.get(key) is not None}, refused=self.state.refused_blocks)
        self.state.check_images(message)
        if body.get("replace_original") and self.sources.replace(hook, message):
            return
        if body.get("replace_original"):
            self._drop_previous(hook)
        posted = self.state.bot_message(message)
        # Slack gives these another bot_id than the app's own, which has caught many bots.
        posted["subtype"], posted["bot_id"] = "bot_message", "B0HOOK"
        self.state.add(hook["channel"], posted, via=via, pings=broadcasts(message), hook_user=hook["user"],
                       ephemeral_to=hook["user"] if kind == "ephemeral" else None)
        hook["last_ts"] = posted["ts"]

    def _drop_previous(self, hook: dict[str, Any]) -> None:
        message = self.state.find_message(hook["channel"], hook.get("last_ts") or hook.get("source_ts") or "")
        if message is not None:
            self.state.remove(hook["channel"], message)
