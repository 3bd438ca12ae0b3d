"""Puts the parts together and listens."""
from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from control import Control, errors_as_json, only_local
from faults import Faults
from looker_api import SECOND, Instance, LookerApi, env_settings, env_several
from looker_pages import LookerPages
from page_files import page_routes
from record import Record
from slack_api import SlackApi
from slack_hooks import SlackHooks
from slack_people import BOT_TOKEN, SIGNING_SECRET
from slack_state import SlackState
from slash import SlashCommands
from wire import MAX_BODY_BYTES, Wire

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
        self.api, self.hooks = SlackApi(self.state, wire), SlackHooks(self.state, wire)
        self.slash = SlashCommands(self.state, self.hooks, self.record, bot_url)
        self.facts: dict[str, Any] = {"bot_url": bot_url, "looker_url": None}
        self.control = Control(self.state, self.record, self.faults, self.slash, self.stop, self.facts)
        self.looker = LookerApi(wire)
        self.second = LookerApi(wire, SECOND) if with_second else None
        for looker in filter(None, (self.looker, self.second)):
            self.faults.expire_tokens[looker.instance.where] = looker.expire_tokens
            self.control.on_reset.append(looker.reset)
        self.url = self.looker_url = self.second_url = ""
        self._runners: list[web.AppRunner] = []

    async def start(self, host: str, port: int, looker_port: int, second_port: int = 0) -> None:
        slack = web.Application(middlewares=[errors_as_json, only_local], client_max_size=MAX_BODY_BYTES)
        slack.add_routes(self.control.routes())
        if self.with_slack:
            slack.add_routes(self.api.routes() + self.hooks.routes() + page_routes(PAGE))
        else:
            slack.add_routes([web.get("/", only_looker)])
        self.url = await self._listen(slack, host, port)
        self.slash.own_url = self.url
        if self.with_looker:
            self.looker_url = await self._start_looker(self.looker, host, looker_port)
            self.facts["looker_url"] = self.looker_url
        if self.second:
            # By another host name, so that people can tell the two apart.
            url = await self._start_looker(self.second, host, second_port)
            self.second_url = url.replace("//127.0.0.1:", "//localhost:")
            self.second.set_web_url(self.second_url)

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
        await self.slash.close()
        for runner in self._runners:
            await runner.cleanup()

    def lookers(self) -> list[tuple[str, Instance]]:
        return [(url, one.instance) for url, one in ((self.looker_url, self.looker), (self.second_url, self.second)) if one]

    def env_text(self) -> str:
        """The settings with which the bot finds us."""
        settings = {"SANDBOX_URL": self.url}
        if self.with_slack:
            settings.update(SLACK_API_KEY=BOT_TOKEN, SLACK_SIGNING_SECRET=SIGNING_SECRET, SLACK_API_URL=self.url + "/api/")
        if self.second:
            settings.update(env_several(self.lookers()))
        elif self.with_looker:
            settings.update(env_settings(self.looker_url))
        return "".join(f"{name}={value}\n" for name, value in settings.items())
