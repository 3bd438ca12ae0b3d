"""What is measured of lookerbot-relay in Socket Mode, against the Slack of slack_ws.c."""
from __future__ import annotations

import itertools
import sqlite3
import statistics
import threading
import time
from pathlib import Path

from rig import Rig
from row import Row, percentile

WINDOW = 256  # events that wait for their acknowledgement
DEATHS = ("rst", "close", "cut")
LIVED_S = 6  # a connection that lived for 5 s is replaced at once
DEAF_MAX_US = 20_000_000
SOAK_RATE = 300
ENDLESS = 3_000_000  # events: they must come as long as somebody waits for the next one
SOAK_PAUSE_S = 3
KILL = "kill"  # of the process, not of its connection
SOAK_ENDS = ("rst", "close", "leave", "cut", KILL)


def rest(seconds: float) -> None:
    threading.Event().wait(seconds)


# Throughput and memory

def events_per_s(rig: Rig, count: int) -> float:
    rig.send_events(count, WINDOW)
    books = rig.wait_acked()
    return float(count * 1e6 / (books["last_us"] - books["first_us"]))


def throughput(rig: Rig, quick: bool) -> list[Row]:
    count, rounds = (1_000, 1) if quick else (10_000, 5)
    rates, puts, ratios, memory = [], [], [], []
    for _ in range(rounds):
        puts.append(rig.puts(1 if quick else 2, 1)["puts_per_s"])
        rig.fresh_relay()  # so that the next one knows the commands
        relay = rig.start_relay("--workers", "0")
        idle = relay.rss_anon_mib()
        rates.append(events_per_s(rig, count))
        memory.append((idle, relay.rss_anon_mib()))
        ratios.append(rates[-1] / puts[-1])
        rig.relay_behaved()
    idle, after = (statistics.median(values) for values in zip(*memory))
    return [
        Row(f"events a second by Socket Mode, stored and acknowledged ({WINDOW} under way, `--workers 0`)",
            f"{statistics.median(rates):,.0f}/s; durable puts by 16 threads {statistics.median(puts):,.0f}/s",
            f"{statistics.median(ratios):.2f} of the puts (rounds: {min(ratios):.2f} to {max(ratios):.2f})"),
        Row("private memory (RssAnon) of the relay, idle, `--workers 0`", f"{idle:.2f} MiB"),
        Row(f"after {count:,} events as fast as they go, `--workers 0`", f"{after:.2f} MiB", f"{after / idle:.2f} of idle")]


def answered_memory(rig: Rig, quick: bool) -> list[Row]:
    count, rate = (100, 100) if quick else (10_000, 200)
    relay = rig.fresh_relay()
    idle = relay.rss_anon_mib()
    rig.send_events(count, WINDOW, rate)
    rig.wait_acked()
    rig.wait_answers(1 + count)
    after = relay.rss_anon_mib()
    return [Row("private memory (RssAnon) of the relay, idle, with workers", f"{idle:.2f} MiB"),
            Row(f"after {count:,} events at {rate}/s, all answered ({relay.status('Threads')} threads)", f"{after:.2f} MiB",
                f"{after / idle:.2f} of idle")]


# Deaths of the connection

def deaf_row(what: str, deaf_us: list[int]) -> Row:
    return Row(f"deaf after {what} ({len(deaf_us)})",
               f"p50 {percentile(deaf_us, 50) / 1e6:.2f} s, max {max(deaf_us) / 1e6:.2f} s", "", "max <= 20 s",
               max(deaf_us) <= DEAF_MAX_US)


def deaths(rig: Rig, hows: list[str], lived_s: float) -> list[int]:
    """How long nobody heard after each, in us."""
    before = len(rig.books()["deaf_us"])
    for number, how in enumerate(hows, before + 1):
        rest(lived_s)
        rig.end_connection(how)
        rig.wait_heard(number)
    return list(rig.books()["deaf_us"][before:])


def deafness(rig: Rig, quick: bool) -> list[Row]:
    rig.fresh_relay()
    rig.start_relay("--workers", "0")
    rig.send_events(ENDLESS, WINDOW, 50)
    hows = list(itertools.islice(itertools.cycle(DEATHS), 2 if quick else 50))
    rows = [deaf_row("a forced death of the connection, one after the other", deaths(rig, hows, 0))]
    if not quick:
        rows += [deaf_row(f"the death of a connection that had lived {LIVED_S} s", deaths(rig, hows[:10], LIVED_S)),
                 deaf_row("a connection fell silent", deaths(rig, ["silent"] * 3, 0))]
    rig.relay_behaved()
    return rows


def relay(rig: Rig, quick: bool) -> list[Row]:
    return [*throughput(rig, quick), *answered_memory(rig, quick), *deafness(rig, quick)]


# Nothing lost, nothing twice

def lost_and_twice(database: Path, sent: int) -> tuple[list[str], list[str]]:
    """The ids of events that are in no job, and of those in more than one, though each was acknowledged."""
    with sqlite3.connect(database, timeout=10) as db:
        found: dict[str, int] = dict(db.execute(
            "SELECT json_extract(body, '$.event_id'), count(*) FROM jobs WHERE kind = 'command' GROUP BY 1"))
    db.close()
    wanted = {f"EvB{number:08}" for number in range(sent)}
    assert not found.keys() - wanted, sorted(map(str, found.keys() - wanted))[:5]
    return sorted(wanted - found.keys()), sorted(event for event, count in found.items() if count > 1)


def disturb(rig: Rig, how: str, heard: int) -> int:
    """Ends the connection in this way, and waits until the bot hears again; the number of deaths so far."""
    if how == "leave":
        rig.end_connection(how)
        return heard
    if how == KILL:
        rig.start_relay("--workers", "0")  # kills the running one
    else:
        rig.end_connection(how)
    rig.wait_heard(heard + 1)
    return heard + 1


def soak(rig: Rig, quick: bool) -> list[Row]:
    seconds, pause_s, ends = (4, 0.2, SOAK_ENDS) if quick else (rig.soak_s, SOAK_PAUSE_S, (*SOAK_ENDS, "silent"))
    rig.empty_relay("--workers", "0")
    rig.send_events(ENDLESS, WINDOW, SOAK_RATE)
    until, heard, n_ends = time.monotonic() + seconds, 0, 0
    for how in itertools.cycle(ends):
        if time.monotonic() >= until:
            break
        rest(pause_s)
        heard = disturb(rig, how, heard)
        n_ends += 1
    rig.stop_events()
    books = rig.wait_acked()
    rig.relay_behaved()
    rig.end_bot()
    lost, twice = lost_and_twice(rig.folder / "state" / "queue.db", books["sent"])
    return [
        Row(f"{books['sent']:,} events at {SOAK_RATE}/s in {seconds} s, {n_ends} ends of the connection or the process, "
            f"{books['resent']:,} events sent again", f"{len(lost)} lost, {len(twice)} twice", "", "0 lost, 0 twice",
            not lost and not twice),
        deaf_row("these", books["deaf_us"])]
