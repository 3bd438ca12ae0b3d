"""Puts the parts together and listens."""
from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Awaitable, Callable, Optional

from aiohttp import web

from bot_line import BotLine
from control import Control, errors_as_json, only_local
from control_slack import SlackControl
from faults import Faults
from looker_api import SECOND, Instance, LookerApi, env_settings, env_several
from looker_hub import Hub
from looker_pages import LookerPages
from looker_webhook import Schedules
from page_files import page_routes
from record import Record
from slack_api import RateLimited, SlackApi
from slack_envelopes import SocketMode
from slack_events import Events
from slack_files import Files
from slack_hooks import SlackHooks
from slack_images import Images
from slack_modals import Modals
from slack_people import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from slack_press import Presses
from slack_rtm import Rtm
from slack_socket import Sockets
from slack_state import SlackState
from slack_talk import Talk
from slack_unfurl import Unfurls
from slack_views import Views
from slash import SlashCommands
from wire import MAX_BODY_BYTES, Wire

# Interactions whose answer Slack reads from the acknowledgement.
ANSWERED = ("interactive_message", "view_submission", "block_suggestion")
PAGE = Path(__file__).resolve().parent / "page"


async def only_looker(request: web.Request) -> web.Response:
    return web.Response(text="Only Looker is fake here. Type the command in your Slack.\n")


class Sandbox:
    def __init__(self, bot_url: str, with_slack: bool = True, with_looker: bool = True,
                 with_second: bool = False) -> None:
        self.with_slack, self.with_looker = with_slack, with_looker
        self.stop = asyncio.Event()
        self.record = Record()
        self.faults = Faults(self.stop)
        wire = Wire(self.record, self.faults)
        self.state = SlackState()
        self.line, self.hooks = BotLine(bot_url), SlackHooks(self.state, wire)
        self.sockets = Sockets(self.state, self.record)
        self.socket_mode, self.rtm = SocketMode(self.state, self.sockets), Rtm(self.state, self.sockets)
        self.views = Views(self.state)
        self.api = SlackApi(self.state, wire, {
            **Unfurls(self.state).handlers, **self.views.handlers, **self.socket_mode.handlers, **self.rtm.handlers})
        self.files = Files(self.state, wire, RateLimited, self.api.seen_channel)
        self.api.handlers.update(self.files.handlers)
        self.images = Images(self.files)
        self.state.check_images = self.images.check
        self.slash = SlashCommands(self.state, self.hooks, self.record, self.line)
        self.events = Events(self.state, self.line, self.record)
        self.presses = Presses(self.state, self.hooks, self.record, self.line)
        self.modals = Modals(self.state, self.views, self.presses)
        self._connect()
        self.facts: dict[str, Any] = {"bot_url": bot_url, "looker_url": None}
        self.control = Control(self.state, self.record, self.faults, self.slash, self.stop, self.facts)
        self.slack_control = SlackControl(self.state, self.events, Talk(self.state, self.events), self.presses, self.sockets)
        self.control.on_reset += [self.events.reset, self.sockets.reset, self.socket_mode.reset, self.files.reset]
        self.looker = LookerApi(wire)
        self.second = LookerApi(wire, SECOND) if with_second else None
        for looker in filter(None, (self.looker, self.second)):
            self.faults.expire_tokens[looker.instance.where] = looker.expire_tokens
            self.control.on_reset.append(looker.reset)
        self.url = self.looker_url = self.second_url = ""
        self._runners: list[web.AppRunner] = []

    def _connect(self) -> None:
        """What goes over a WebSocket while the mode says so."""
        def by_socket(kind: str) -> Callable[[dict[str, Any], float], Optional[Awaitable[dict[str, Any]]]]:
            def send(payload: dict[str, Any], seconds: float) -> Optional[Awaitable[dict[str, Any]]]:
                if self.state.mode != "socket":
                    return None
                accepts = kind == "slash_commands" or payload.get("type") in ANSWERED
                return self.socket_mode.ask(kind, payload, accepts, seconds)
            return send
        self.slash.elsewhere, self.presses.elsewhere = by_socket("slash_commands"), by_socket("interactive")
        self.events.elsewhere = {"socket": self.socket_mode.event, "rtm": self.rtm.event}

    async def start(self, host: str, port: int, looker_port: int, second_port: int = 0) -> None:
        slack = web.Application(middlewares=[errors_as_json, only_local], client_max_size=MAX_BODY_BYTES)
        slack.add_routes(self.control.routes())
        if self.with_slack:
            slack.add_routes(self.slack_control.routes() + self.modals.routes() + self.api.routes() + self.hooks.routes() + self.sockets.routes()
                             + self.files.routes() + self.images.routes() + page_routes(PAGE))
        else:
            slack.add_routes([web.get("/", only_looker)])
        slack.add_routes(self.looker.csv.routes())
        schedules = Schedules({one.instance.where: one for one in (self.looker, self.second) if one}, self.line, self.record)
        slack.add_routes(schedules.routes() + Hub(schedules, self.line, self.record).routes() + self.looker.actions.routes())
        slack.add_routes([web.post("/sandbox/renders", self.post_renders)])
        self.url = await self._listen(slack, host, port)
        self.slash.own_url = self.presses.own_url = self.sockets.own_url = self.files.own_url = self.url
        if self.with_looker:
            self.looker_url = await self._start_looker(self.looker, host, looker_port)
            self.facts["looker_url"] = self.looker_url
        if self.second:
            # By another host name, so that people can tell the two apart.
            url = await self._start_looker(self.second, host, second_port)
            self.second_url = url.replace("//127.0.0.1:", "//localhost:")
            self.second.set_web_url(self.second_url)

    async def post_renders(self, request: web.Request) -> web.Response:
        """How Looker draws from now on (looker_render.py)."""
        return web.json_response({"ok": True, "renders": self.looker.renders.set(await request.json())})

    async def _start_looker(self, looker: LookerApi, host: str, port: int) -> str:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(looker.routes() + LookerPages(looker).routes())
        url = await self._listen(app, host, port)
        looker.set_web_url(url)
        return url

    async def _listen(self, app: web.Application, host: str, port: int) -> str:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, host, port, shutdown_timeout=0.1)
        await site.start()
        real_port = runner.addresses[0][1]
        return f"http://[{host}]:{real_port}" if ":" in host else f"http://{host}:{real_port}"

    async def close(self) -> None:
        self.stop.set()
        self.events.close()
        self.sockets.close()
        await self.line.close()
        for runner in self._runners:
            await runner.cleanup()

    def lookers(self) -> list[tuple[str, Instance]]:
        return [(url, one.instance) for url, one in ((self.looker_url, self.looker), (self.second_url, self.second)) if one]

    def app_token(self) -> str:
        """What the file of the app token holds: with it the bot opens WebSockets, without it it does not."""
        return APP_TOKEN + "\n" if self.state.mode == "socket" else ""

    def env_text(self, token_file: str = "") -> str:
        """The settings with which the bot finds us."""
        settings = {"SANDBOX_URL": self.url}
        if self.with_slack:
            settings.update(SLACK_API_KEY=BOT_TOKEN, SLACK_SIGNING_SECRET=SIGNING_SECRET, SLACK_API_URL=self.url + "/api/")
        if self.with_slack and self.with_looker:    # the fake Looker calls the hub where it finds the bot
            settings["LOOKERBOT_PUBLIC_URL"] = self.line.bot_url
        if self.with_slack and token_file:
            settings["SLACK_APP_TOKEN_FILE"] = token_file
        if self.second:
            settings.update(env_several(self.lookers()))
        elif self.with_looker:
            settings.update(env_settings(self.looker_url))
        return "".join(f"{name}={value}\n" for name, value in settings.items())
