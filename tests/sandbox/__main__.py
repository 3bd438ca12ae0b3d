"""The sandbox: a strict fake Slack, a realistic fake Looker, and a page that shows the conversation.

    /usr/bin/python3 tests/sandbox --env-file /tmp/sandbox.env

It listens on the loopback interface only, and talks to nothing else but the bot.
"""
from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import signal
import sys
import tempfile
from urllib.parse import urlsplit

from server import Sandbox


def loopback_address(text: str) -> str:
    try:
        if ipaddress.ip_address(text).is_loopback:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text} is not a loopback address: the sandbox never leaves this machine")


def loopback_url(text: str) -> str:
    host = urlsplit(text).hostname or ""
    if urlsplit(text).scheme == "http" and host == "localhost":
        return text
    if urlsplit(text).scheme == "http":
        loopback_address(host)
        return text
    raise argparse.ArgumentTypeError(f"{text} is not an http address on this machine")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="Fake Slack and fake Looker on the loopback interface")
    parser.add_argument("--listen", type=loopback_address, default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--port", type=int, default=3334, help="of Slack and the page; 0 = any")
    parser.add_argument("--looker-port", type=int, default=3335, help="of Looker; 0 = any")
    parser.add_argument("--second-looker", type=int, metavar="PORT", help="start a second Looker there; 0 = any")
    parser.add_argument("--bot", type=loopback_url, default="http://127.0.0.1:3333", metavar="URL")
    parser.add_argument("--no-slack", action="store_true", help="do not start Slack and the page; the control API stays")
    parser.add_argument("--no-looker", action="store_true", help="do not start Looker")
    parser.add_argument("--env-file", metavar="PATH", help="written when everything listens")
    args = parser.parse_args()
    if args.no_looker and args.second_looker is not None:
        parser.error("--second-looker needs the first one")
    return args


def write_whole(path: str, text: str) -> None:
    """Whoever sees the file sees all of it."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".sandbox-")
    with os.fdopen(handle, "w") as out:
        out.write(text)
    os.replace(temporary, path)


def tell_mode(sandbox: Sandbox, token_file: str) -> None:
    """The file first: whoever reads the line may go and read it."""
    if token_file:
        write_whole(token_file, sandbox.app_token())
    print(f"sandbox: mode {sandbox.state.mode}", flush=True)


async def main() -> int:
    args = arguments()
    sandbox = Sandbox(bot_url=args.bot, with_slack=not args.no_slack, with_looker=not args.no_looker,
                      with_second=args.second_looker is not None)
    stop = sandbox.stop
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await sandbox.start(args.listen, args.port, args.looker_port, args.second_looker or 0)
    except OSError as error:
        print(f"sandbox: cannot listen: {error}", file=sys.stderr)
        await sandbox.close()
        return 1
    token_file = os.path.abspath(args.env_file) + ".app-token" if args.env_file and not args.no_slack else ""
    if token_file:
        write_whole(token_file, sandbox.app_token())
    if args.env_file:
        write_whole(args.env_file, sandbox.env_text(token_file))
    sandbox.state.listeners.append(lambda event, data: tell_mode(sandbox, token_file) if event == "mode" else None)
    print(f"sandbox: page {sandbox.url}/", flush=True)
    if not args.no_looker:
        print(f"sandbox: Looker {sandbox.looker_url}/", flush=True)
    if sandbox.second:
        print(f"sandbox: second Looker {sandbox.second_url}/", flush=True)
    await stop.wait()
    await sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
