"""A headless Chromium, driven through its DevTools protocol: just enough to test the page."""
from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import subprocess
import tempfile
from typing import Any, Optional

from aiohttp import ClientSession, ClientWebSocketResponse

PATIENCE_S = 30.0     # for a machine with better things to do; what is there in time is not waited for
PROGRAM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--remote-allow-origins=*"]


class Chromium:
    """async with Chromium() as tab: await tab.open(url); await tab.until("document.title == 'x'")"""

    def __init__(self) -> None:
        self.complaints: list[str] = []     # exceptions, console errors, refusals by the page's policy
        self._number = 0

    async def __aenter__(self) -> Chromium:
        self._folder = tempfile.mkdtemp(prefix="sandbox-chromium-")
        self._process = await asyncio.create_subprocess_exec(
            str(PROGRAM), *FLAGS, f"--user-data-dir={self._folder}", "about:blank", stderr=subprocess.PIPE)
        assert self._process.stderr is not None
        match: Optional[re.Match[str]] = None
        while not match:
            line = (await self._process.stderr.readline()).decode()
            assert line, "chromium did not start"
            match = re.search(r"ws://127\.0\.0\.1:(\d+)/", line)
        self._session = ClientSession(trust_env=False)
        async with self._session.get(f"http://127.0.0.1:{match[1]}/json") as answer:
            pages = [one for one in await answer.json(content_type=None) if one["type"] == "page"]
        self._socket: ClientWebSocketResponse = await self._session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
        for domain in ("Runtime", "Log", "Page"):
            await self.call(f"{domain}.enable")
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._session.close()
        self._process.kill()
        await self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=4 * PATIENCE_S)
            if message.get("id") == self._number:
                return message.get("result", {})
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.complaints.append(str(message["params"]))

    async def open(self, url: str, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call("Page.navigate", url=url)

    async def eval(self, script: str) -> Any:
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return result.get("result", {}).get("value")

    async def until(self, condition: str, seconds: float = PATIENCE_S) -> None:
        """Waits in the browser, frame by frame, until the condition holds."""
        script = f"""new Promise((done) => {{
            const end = performance.now() + {seconds * 1000};
            const look = () => {{
                let holds = false;
                try {{ holds = Boolean({condition}); }} catch {{ holds = false; }}
                if (holds || performance.now() > end) done(holds); else requestAnimationFrame(look);
            }};
            look();
        }})"""
        assert await self.eval(script), f"never: {condition}"

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def key(self, name: str, code: int) -> None:
        text = {"text": "\r"} if name == "Enter" else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=name, code=name, windowsVirtualKeyCode=code, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=name, code=name, windowsVirtualKeyCode=code)

    async def click(self, selector: str) -> None:
        """As a person does: where it is, and only if nothing lies above it."""
        found = await self.eval(f"""(() => {{
            const node = document.querySelector({json.dumps(selector)});
            node.scrollIntoView({{ block: 'nearest' }});
            const box = node.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            return [x, y, node.contains(document.elementFromPoint(x, y))];
        }})()""")
        assert found and found[2], f"{selector} cannot be clicked: {found}"
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=found[0], y=found[1], button="left", clickCount=1)

    async def screenshot(self, path: str, *nodes: str, margin: int = 12) -> None:
        """Of the page, or of what these scripts give (a node each), with a margin around them."""
        clip = {}
        if nodes:
            box = await self.eval(f"""(() => {{
                const boxes = [{", ".join(nodes)}].map((node) => node.getBoundingClientRect());
                const [x, y] = [Math.min(...boxes.map((one) => one.left)), Math.min(...boxes.map((one) => one.top))];
                return [x, y, Math.max(...boxes.map((one) => one.right)) - x, Math.max(...boxes.map((one) => one.bottom)) - y];
            }})()""")
            clip = {"clip": {"x": max(0, box[0] - margin), "y": max(0, box[1] - margin), "width": box[2] + 2 * margin,
                             "height": box[3] + 2 * margin, "scale": 1}}
        picture = await self.call("Page.captureScreenshot", **clip)
        with open(path, "wb") as out:
            out.write(base64.b64decode(picture["data"]))
