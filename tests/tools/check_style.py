#!/usr/bin/python3
"""What clang-format does not see of conventions.md: lengths, words, headers that compile alone.

    check_style.py [--cc CC]     prints file:line of every fault, exit 1 when there is one
    check_style.py --selftest

Lengths above the aim (400 lines a file, 60 a function) are only reported; far above is a fault.
"""
from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PRODUCT = ("common", "fcgi", "rtm-relay", "cli")
FOLDERS = (*PRODUCT, "tests/unit", "tests/golden", "tests/fuzz", "tests/bench", "tests/e2e")

FILE_AIM, FILE_MAX = 400, 600
FUNCTION_AIM, FUNCTION_MAX = 60, 120


@dataclass
class Ban:
    words: str
    why: str
    where: str = ""  # path prefix it holds for
    but: tuple[str, ...] = ()


# Comments and strings are taken out before these are looked for.
BANS = (
    Ban(r"\b(sleep|usleep|nanosleep)\s*\(", "no sleeps: wait for the event, or clock_sleep_until"),
    # SQLite tells nobody when another process's lock is gone: its busy handler pauses some microseconds.
    Ban(r"\bclock_nanosleep\s*\(", "only base/clock.c sleeps", but=("common/base/clock.c", "common/queue/sqlite_db.c")),
    Ban(r"\btypedef\s+(struct|enum|union)\b", "no typedef of structs"),
    Ban(r"\b(time|gettimeofday)\s*\(\s*(NULL|0|&)", "time comes from base/clock.h", but=("common/base/clock.c",)),
    Ban(r"\b(printf|puts|putchar|perror|fprintf|fputs)\s*\(", "common/ never prints", where="common/",
        but=("common/base/log.c", "common/base/err.c")),
    # bot/program.c: a second SIGTERM ends the process at once.
    Ban(r"\b_?exit\s*\(", "common/ never exits", where="common/",
        but=("common/base/err.c", "common/bot/program.c")),
    Ban(r"\bshutdown\s*\(", "the listener is systemd's too", where="fcgi/"),
    Ban(r"\bstrto(d|u?ll?)\s*\(", "numbers are read with base/text.h", where="common/", but=("common/base/text.c",)),
)

# In comments as well: what is not finished is an issue, not a remark.
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PYTHON_SLEEP = re.compile(r"\btime\.sleep\s*\(|\basyncio\.sleep\s*\(")

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(match: re.Match[str]) -> str:
    """Of the same number of lines, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match[0])


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def functions(code: str) -> list[tuple[int, int]]:
    """First line and length of each function body: braces in column 0, as clang-format leaves them."""
    found, start = [], 0
    for number, line in enumerate(code.splitlines(), 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            found.append((start, number - start - 1))
            start = 0
    return found


def check_text(path: str, text: str) -> tuple[list[str], list[str]]:
    """Faults and remarks."""
    faults, remarks = [], []
    code = COMMENT_OR_STRING.sub(blank, text)
    for ban in BANS:
        if path.startswith(ban.where) and path not in ban.but:
            faults += [f"{path}:{line_of(code, m.start())}: {m[0].strip()}: {ban.why}"
                       for m in re.finditer(ban.words, code)]
    faults += [f"{path}:{line_of(text, m.start())}: {m[0]}: make it an issue" for m in WORDS.finditer(text)]
    if not text.lstrip().startswith("/*"):
        faults.append(f"{path}:1: begin with a comment: what it does, and what it does not")
    lines = text.count("\n")
    if lines > FILE_AIM:
        (faults if lines > FILE_MAX else remarks).append(f"{path}:1: {lines} lines (aim {FILE_AIM})")
    for start, length in functions(code):
        if length > FUNCTION_AIM:
            (faults if length > FUNCTION_MAX else remarks).append(
                f"{path}:{start}: function of {length} lines (aim {FUNCTION_AIM})")
    return faults, remarks


def check_header(root: Path, header: Path, compiler: list[str]) -> list[str]:
    """A header compiles alone."""
    done = subprocess.run([*compiler, "-fsyntax-only", "-x", "c", str(header)], cwd=root, text=True,
                          capture_output=True, check=False)
    if done.returncode == 0:
        return []
    first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
    return [f"{header.relative_to(root)}: does not compile alone: {first}"]


def compiler_of(cc: str) -> list[str]:
    packages = "json-c talloc libcurl sqlite3 libsodium"
    flags = subprocess.run(["pkg-config", "--cflags", *packages.split()], text=True, capture_output=True, check=False)
    return [*shlex.split(cc), "-std=gnu17", "-D_GNU_SOURCE", "-Icommon", "-I.", "-include", "base/banned.h",
            "-Wall", "-Wextra", "-Werror", *shlex.split(flags.stdout)]


def sources(root: Path, folders: tuple[str, ...], pattern: str) -> list[Path]:
    return sorted(path for folder in folders for path in (root / folder).rglob(pattern))


def check(root: Path, cc: str) -> tuple[list[str], list[str]]:
    faults: list[str] = []
    remarks: list[str] = []
    for source in sources(root, FOLDERS, "*.[ch]"):
        more_faults, more_remarks = check_text(str(source.relative_to(root)), source.read_text(errors="replace"))
        faults += more_faults
        remarks += more_remarks
    for header in sources(root, PRODUCT, "*.h"):
        faults += check_header(root, header, compiler_of(cc))
    for script in sorted((root / "tests").rglob("*.py")):
        text = script.read_text(errors="replace")
        if "sandbox" in script.parts or "tools" in script.parts:
            continue  # the sandbox plays Slack's delays; the tools name what they look for
        faults += [f"{script.relative_to(root)}:{line_of(text, m.start())}: no sleeps in tests: wait for the event"
                   for m in PYTHON_SLEEP.finditer(text)]
    return faults, remarks


def selftest() -> int:
    bad = """#include <unistd.h>

typedef struct { int a; } pair;

/* sleep(1) in a comment and "sleep(1)" in a string are fine. TODO */
void wait(void)
{
	const char *s = "sleep(1)";
	sleep(1);
	printf("%s", s);
}
"""
    long = "/* Long. */\nvoid f(void)\n{\n" + "\tg();\n" * (FUNCTION_MAX + 1) + "}\n"
    faults, _ = check_text("common/base/bad.c", bad)
    long_faults, _ = check_text("common/base/long.c", long)
    places = [fault.split(": ")[0].split(":")[1] for fault in faults]
    with tempfile.TemporaryDirectory() as name:
        header = Path(name) / "alone.h"
        header.write_text("struct a { uint64_t n; };\n")
        alone = check_header(Path(name), header, ["cc"])
    if sorted(places) != ["1", "10", "3", "5", "9"] or len(long_faults) != 1 or len(alone) != 1:
        print("check_style.py: self-test failed:", *faults, *long_faults, *alone, sep="\n  ")
        return 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="style of the C sources and of the tests")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--selftest", action="store_true")
    args = parser.parse_args()
    if args.selftest:
        return selftest()
    faults, remarks = check(Path(__file__).resolve().parents[2], args.cc)
    for remark in remarks:
        print("remark:", remark)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
