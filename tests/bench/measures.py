"""What is measured. Each function takes the rig, says whether it is a smoke run, and gives rows; none asserts a figure."""
from __future__ import annotations

import re
import statistics
import subprocess
import time
from typing import Any, Callable, Optional

from measures_csv import csv
from measures_relay import relay, soak
from measures_render import render
from measures_webhook import webhooks
from rig import Bot, Rig, http_request
from row import Row, ms, percentile, wait_until

CONNECTIONS = 64
FEWER_THREADS = 16  # beside the default of LOOKERBOT_THREADS
REST_S = 90  # idle workers end after a minute
BUSY_WORKERS = 128  # as many as fit below the default of LOOKERBOT_LOOKER_CONCURRENCY


# a. acknowledgements beside nginx alone and beside a bare responder

def threads_by_default(rig: Rig) -> int:
    """As the bot's own log says."""
    match = re.search(r"event=started .*\bthreads=(\d+)", rig.bot_log())
    assert match, rig.bot_log()
    return int(match[1])


def ack_round(rig: Rig, seconds: int) -> dict[str, dict[str, Any]]:
    shape = {"connections": CONNECTIONS, "count": 200_000, "seconds": seconds}
    return {"static": rig.load(path="/bench/static", get=True, **shape),
            "echo": rig.load(path="/bench/echo", **shape),
            "bot": rig.load(**shape)}


def ack_rows(name: str, rounds: list[dict[str, dict[str, Any]]], target: Optional[float]) -> list[Row]:
    def middle(value: Callable[[dict[str, dict[str, Any]]], float]) -> float:
        return statistics.median(value(one) for one in rounds)

    rate = {key: middle(lambda one, key=key: one[key]["per_s"]) for key in ("static", "echo", "bot")}
    to_echo = middle(lambda one: one["bot"]["per_s"] / one["echo"]["per_s"])
    to_static = middle(lambda one: one["bot"]["per_s"] / one["static"]["per_s"])
    p99 = middle(lambda one: one["bot"]["p99_us"])
    return [
        Row(f"acknowledgements a second, {CONNECTIONS} connections, {name}",
            f"{rate['bot']:,.0f}/s (p99 {ms(p99)}); bare echo {rate['echo']:,.0f}/s",
            f"{to_echo:.2f} of the bare echo", f">= {target}" if target else "",
            to_echo >= target if target else None),
        Row(f"the same beside nginx's static file, {name}", f"static file {rate['static']:,.0f}/s",
            f"{to_static:.2f} of the static file")]


def acks(rig: Rig, quick: bool) -> list[Row]:
    """Each round has a fresh state: the backlog of the last one is gone."""
    seconds, n = (1, 1) if quick else (4, 5)
    rig.fresh_bot()
    default = threads_by_default(rig)
    rows = []
    for threads in (default, FEWER_THREADS):
        rounds = []
        rig.replace_echo(threads)
        for _ in range(n):
            rig.fresh_bot()  # so that the next one knows the commands, and echoes what is typed
            rig.start_bot("--workers", "0", "--threads", str(threads))
            rounds.append(ack_round(rig, seconds))
        rows += ack_rows(f"`--workers 0`, {threads} threads each", rounds, 0.4)
    rig.replace_echo(default)
    rounds = []
    for _ in range(n):
        rig.fresh_bot()
        rounds.append(ack_round(rig, seconds))
    return rows + ack_rows(f"workers on, {default} threads each", rounds, None)


# b. everything behind the bot hangs

def hung(rig: Rig, quick: bool) -> list[Row]:
    rate, seconds = 500, 3 if quick else 30
    bot = rig.fresh_bot()
    rig.upstream("hang")
    result = rig.load(connections=CONNECTIONS, count=rate * seconds, rate=rate)
    threads = bot.status("Threads")
    rig.end_bot()
    rig.replace_upstream()
    return [Row(f"acknowledgement at {rate}/s, Slack and Looker hung ({result['count']:,} commands, {threads} threads)",
                f"p99 {ms(result['p99_us'])} (p50 {ms(result['p50_us'])}, max {ms(result['max_us'])})", "",
                "p99 <= 50 ms", result["p99_us"] <= 50_000)]


# c, f. memory and CPU

def memory(rig: Rig, quick: bool) -> list[Row]:
    bot = rig.fresh_bot()
    idle, threads_idle = bot.rss_anon_mib(), bot.status("Threads")
    n_commands, rate = (200, 100) if quick else (10_000, 200)
    rig.commands(n_commands, connections=CONNECTIONS, rate=rate)
    after, threads = bot.rss_anon_mib(), bot.status("Threads")
    rows = [Row("private memory (RssAnon), idle", f"{idle:.2f} MiB", "", "<= 4 MB", idle <= 4),
            Row(f"after {n_commands:,} commands at {rate}/s ({threads} threads)", f"{after:.2f} MiB",
                f"{after / idle:.2f} of idle")]
    if not quick:
        wait_until(lambda: bot.status("Threads") <= threads_idle, REST_S)
        rows.append(Row(f"and {REST_S} s of rest later, at most ({bot.status('Threads')} threads)",
                        f"{bot.rss_anon_mib():.2f} MiB", f"{bot.rss_anon_mib() / idle:.2f} of idle"))
    return rows + busy_memory(rig, quick)


def busy_memory(rig: Rig, quick: bool) -> list[Row]:
    workers = 16 if quick else BUSY_WORKERS
    bot = rig.fresh_bot()
    idle, threads = bot.rss_anon_mib(), bot.status("Threads")
    rig.upstream("set?3000" if quick else "set?20000")
    rig.load(connections=workers, count=workers)
    rig.upstream(f"wait?running={workers}")
    waiting = (bot.rss_anon_mib() - idle) / workers
    rig.wait_answers(1 + workers)
    rig.upstream("set?0")
    done = (bot.rss_anon_mib() - idle) / workers
    more = bot.status("Threads") - threads
    return [Row(f"each of {workers} workers that wait for Looker", f"{waiting * 1024:.0f} KiB more than idle", "",
                "<= 0.4 MB", waiting <= 0.4),
            Row(f"each of {workers} workers when all have answered ({more} threads more)",
                f"{done * 1024:.0f} KiB more than idle", "", "<= 0.4 MB", done <= 0.4)]


def cpu_per_1000(bot: Bot, work: Callable[[], int]) -> tuple[float, float]:
    """User and system seconds of the bot; `work` gives the number of commands."""
    before = bot.cpu_s()
    count = work()
    user, system = ((now - then) * 1000 / count for now, then in zip(bot.cpu_s(), before))
    return user, system


def cpu(rig: Rig, quick: bool) -> list[Row]:
    n_commands, rate = (200, 100) if quick else (10_000, 200)

    def answered() -> int:
        rig.commands(n_commands, connections=CONNECTIONS, rate=rate)
        return n_commands

    def acknowledged() -> int:
        return int(rig.load(connections=CONNECTIONS, count=200_000, seconds=1 if quick else 10)["count"])

    user, system = cpu_per_1000(rig.fresh_bot(), answered)
    rows = [Row(f"CPU seconds per 1,000 commands, to the answer ({n_commands:,} at {rate}/s, tables of 20 x 5)",
                f"{user + system:.3f} s (user {user:.3f}, system {system:.3f})", "", "<= 0.15 s",
                user + system <= 0.15)]
    user, system = cpu_per_1000(rig.start_bot("--workers", "0"), acknowledged)
    return rows + [Row("of these for accepting them (`--workers 0`, as fast as they come)",
                       f"{user + system:.3f} s (user {user:.3f}, system {system:.3f})")]


def profile(rig: Rig, quick: bool) -> list[Row]:
    """Where the CPU goes: not a measurement, and only made when asked for by name."""
    bot = rig.fresh_bot()
    data = rig.folder / "perf.data"
    perf = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-g", "-p", str(bot.pid), "-o",
                             str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        n_commands = 400 if quick else 5_000
        rig.commands(n_commands, connections=CONNECTIONS, rate=200)
    finally:
        perf.terminate()
        perf.wait(60)
    for title, options in (("by object", ["--sort", "dso"]), ("by function, itself", ["--sort", "dso,symbol"]),
                           ("by function, with what it calls", ["--children", "--sort", "symbol"])):
        children = [] if "--children" in options else ["--no-children"]
        out = subprocess.run(["perf", "report", "-i", str(data), "--stdio", "-g", "none", *children, *options],
                             text=True, capture_output=True, check=False)
        lines = [line for line in out.stdout.splitlines() if line.strip() and not line.startswith("#")]
        print(f"\nperf, {title}:\n" + "\n".join(lines[:60]), flush=True)
    return [Row(f"profile of {n_commands:,} commands", "see above")]


# d, e. time to the answer

def latency(rig: Rig, quick: bool) -> list[Row]:
    count = 20 if quick else 400
    rig.fresh_bot()
    _, seconds = rig.commands(count, connections=4, rate=20)
    return [Row(f"command to answer, idle system ({count} commands, 20/s)",
                f"p50 {percentile(seconds, 50) * 1000:.1f} ms, p99 {percentile(seconds, 99) * 1000:.1f} ms, "
                f"max {seconds[-1] * 1000:.1f} ms")]


def burst(rig: Rig, count: int, delay_ms: int, probe_s: int, settings: dict[str, str]) -> tuple[float, dict[str, Any]]:
    """All at once, each in a channel of its own: seconds to the last answer, and the acknowledgements meanwhile."""
    rig.fresh_bot(**settings)
    rig.upstream(f"set?{delay_ms}")
    rig.upstream("clear")
    times = rig.folder / "times"
    acked = rig.load(connections=count, count=count, times=times)
    if probe_s:  # more commands behind the burst: only how fast they are acknowledged counts
        acked = rig.load(connections=16, count=50 * probe_s, rate=50)
    rig.wait_answers_of(times)
    return rig.seconds_to_answer(times)[-1], acked


def bursts(rig: Rig, quick: bool) -> list[Row]:
    count = 40 if quick else 300
    slow_ms, fast_ms, probe_s = (1000, 100, 1) if quick else (10_000, 500, 20)
    rows = []
    for settings in ({}, {"LOOKERBOT_LOOKER_CONCURRENCY": "128"}):
        name = " ".join(f"`{key}={value}`" for key, value in settings.items()) or "default settings"
        last, acked = burst(rig, count, fast_ms, 0, settings)
        rows.append(Row(f"{count} commands at once, Looker needs {fast_ms} ms, {name}",
                        f"last answer after {last:.2f} s (acknowledged by {ms(acked['max_us'])})", "", "<= 1.3 s",
                        last <= 1.3))
        last, acked = burst(rig, count, slow_ms, probe_s, settings)
        rows.append(Row(f"{count} commands at once, Looker needs {slow_ms // 1000} s, {name}",
                        f"last answer after {last:.2f} s", "", "<= 30 s", last <= 30))
        rows.append(Row(f"acknowledgements meanwhile (50/s), {name}", f"p99 {ms(acked['p99_us'])}", "", "<= 50 ms",
                        acked["p99_us"] <= 50_000))
    return rows


# g. the queue alone

def puts(rig: Rig, quick: bool) -> list[Row]:
    result = rig.puts(*((1, 2) if quick else (2, 9)))
    return [Row("durable puts a second, 16 threads, beside single INSERTs with a commit each",
                f"{result['puts_per_s']:,}/s; INSERTs {result['inserts_per_s']:,}/s; "
                f"one thread {result['one_thread_per_s']:,}/s",
                f"{result['ratio']:.2f} (rounds: {result['ratio_least']:.2f} to {result['ratio_most']:.2f})",
                ">= 2.5", result["ratio"] >= 2.5)]


# h. start

def start(rig: Rig, quick: bool) -> list[Row]:
    taken = []
    for _ in range(3 if quick else 30):
        bot = rig.start_bot()
        # Its READY=1 has come; through nginx it must answer at once.
        answer = http_request(f"http://127.0.0.1:{rig.port}/health_check")
        assert answer.status == 200, answer
        taken.append(time.monotonic() - bot.started)
    return [Row(f"start to the first answer of /health_check ({len(taken)} starts)",
                f"p50 {percentile(taken, 50) * 1000:.1f} ms, max {max(taken) * 1000:.1f} ms")]


BENCHES: dict[str, Callable[[Rig, bool], list[Row]]] = {
    "acks": acks, "hung": hung, "memory": memory, "cpu": cpu, "latency": latency, "bursts": bursts, "puts": puts,
    "start": start, "relay": relay, "soak": soak, "csv": csv, "render": render,
    "webhooks": webhooks}
ON_REQUEST: dict[str, Callable[[Rig, bool], list[Row]]] = {"profile": profile}
