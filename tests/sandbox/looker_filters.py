"""Looker's filter expressions, as far as the shop needs them.

Each parser gives a test for one value. Looker does not refuse an expression that it cannot read: the
filter then matches nothing. So it is here.
"""
from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, Callable, Optional

Test = Callable[[Any], bool]
Range = tuple[datetime, datetime]

UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")


def nothing(value: Any) -> bool:
    return False


def split_commas(text: str) -> list[str]:
    """Parts between commas, outside double quotes, brackets and ^ escapes. Escapes stay."""
    parts, now, quoted, depth, escaped = [], "", False, 0, False
    for char in text:
        if escaped:
            now, escaped = now + char, False
            continue
        escaped = char == "^"
        quoted ^= char == '"'
        depth += (char in "[(") - (char in "])") if not quoted else 0
        if char == "," and not quoted and depth <= 0:
            parts.append(now)
            now = ""
        else:
            now += char
    return [part.strip() for part in parts + [now]]


# Strings

def _pattern(text: str) -> str:
    """A string item as a regular expression: % is any text, _ one character, ^ escapes."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.escape(text[1:-1])
    out, index = "", 0
    while index < len(text):
        char = text[index]
        if char == "^" and index + 1 < len(text):
            index += 1
            out += re.escape(text[index])
        elif char in "%_":
            out += ".*" if char == "%" else "."
        else:
            out += re.escape(char)
        index += 1
    return out


def string_test(text: str) -> Test:
    wanted: list[Test] = []
    unwanted: list[Test] = []
    for item in split_commas(text):
        if not item:
            continue
        negative = item.startswith("-") and len(item) > 1
        item = item[1:] if negative else item
        if item == "EMPTY":
            test: Test = lambda value: value is None or value == ""
        elif item == "NULL":
            test = lambda value: value is None
        else:
            regex = re.compile(_pattern(item), re.IGNORECASE | re.DOTALL)
            test = lambda value, regex=regex: value is not None and bool(regex.fullmatch(str(value)))  # type: ignore[misc]
        (unwanted if negative else wanted).append(test)
    return lambda value: (not wanted or any(test(value) for test in wanted)) \
        and not any(test(value) for test in unwanted)


# Numbers

_NUMBER = r"-?\d+(?:\.\d+)?"


def _number_item(item: str) -> Optional[Test]:
    low = item.lower()
    if low in ("null", "not null"):
        return (lambda value: value is None) if low == "null" else (lambda value: value is not None)
    if match := re.fullmatch(rf"(?:not|!=)\s*({_NUMBER})", low):
        other = float(match[1])
        return lambda value: value is not None and value != other
    if match := re.fullmatch(rf"(>=|<=|>|<)?\s*({_NUMBER})", low):
        sign, limit = match[1], float(match[2])
        compare = {">": lambda v: v > limit, ">=": lambda v: v >= limit, "<": lambda v: v < limit,
                   "<=": lambda v: v <= limit, None: lambda v: v == limit}[sign]
        return lambda value: value is not None and compare(value)
    if match := re.fullmatch(rf"({_NUMBER})\s+to\s+({_NUMBER})", low):
        return lambda value: value is not None and float(match[1]) <= value <= float(match[2])
    if match := re.fullmatch(rf"([\[(])\s*({_NUMBER}|-?inf)?\s*,\s*({_NUMBER}|inf)?\s*([\])])", low):
        start, end = float(match[2] or "-inf"), float(match[3] or "inf")
        return lambda value: value is not None and (value > start or match[1] == "[" and value == start) \
            and (value < end or match[4] == "]" and value == end)
    return None


def number_test(text: str) -> Test:
    tests = []
    for part in split_commas(text):
        ands = [_number_item(item.strip()) for item in re.split(r"\s+and\s+", part, flags=re.IGNORECASE)]
        ors = [_number_item(item.strip()) for item in re.split(r"\s+or\s+", part, flags=re.IGNORECASE)]
        if all(ands):
            tests.append(lambda value, ands=ands: all(test(value) for test in ands))  # type: ignore[misc]
        elif all(ors):
            tests.append(lambda value, ors=ors: any(test(value) for test in ors))  # type: ignore[misc]
        else:
            return nothing
    return lambda value: any(test(value) for test in tests)


def yesno_test(text: str) -> Test:
    low = text.strip().lower()
    if low not in ("yes", "no", "true", "false"):
        return nothing
    wanted = low in ("yes", "true")
    return lambda value: bool(value) == wanted


# Dates

def start_of(moment: datetime, unit: str) -> datetime:
    day = datetime(moment.year, moment.month, moment.day)
    if unit in ("second", "minute", "hour"):
        return moment.replace(microsecond=0, second=0 if unit != "second" else moment.second,
                              minute=0 if unit == "hour" else moment.minute)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
    return day.replace(day=1, month=1) if unit == "year" else day


def shift(moment: datetime, count: int, unit: str) -> datetime:
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return moment + timedelta(**{unit + "s": count})
    total = moment.year * 12 + moment.month - 1 + count * months
    year, month = divmod(total, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _around(moment: datetime, unit: str, count: int = 1) -> Range:
    start = start_of(moment, unit)
    return start, shift(start, count, unit)


def _absolute(text: str) -> Optional[Range]:
    for shape, unit in (("%Y", "year"), ("%Y-%m", "month"), ("%Y/%m", "month"), ("%Y-%m-%d", "day"), ("%Y/%m/%d", "day"),
                        ("%Y-%m-%d %H:%M", "minute"), ("%Y/%m/%d %H:%M", "minute"), ("%Y-%m-%d %H:%M:%S", "second")):
        try:
            return _around(datetime.strptime(text, shape), unit)
        except ValueError:
            continue
    if match := re.fullmatch(r"(\d{4})-q([1-4])", text):
        return _around(datetime(int(match[1]), int(match[2]) * 3 - 2, 1), "quarter")
    return None


def _point(text: str, now: datetime) -> Optional[Range]:
    """One moment or interval: absolute, or relative to now."""
    if found := _absolute(text):
        return found
    if text == "now":
        return now, now
    if text in ("today", "yesterday", "tomorrow"):
        return _around(now + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[text]), "day")
    unit = "(" + "|".join(UNITS) + ")s?"
    if match := re.fullmatch(rf"(this|last|next) {unit}", text):
        return _around(shift(now, {"this": 0, "last": -1, "next": 1}[match[1]], match[2]), match[2])
    if match := re.fullmatch(rf"(\d+) {unit} ago", text):
        return _around(shift(now, -int(match[1]), match[2]), match[2])
    return None


def date_range(text: str, now: datetime) -> Optional[Range]:
    text = " ".join(text.lower().split())
    unit = "(" + "|".join(UNITS) + ")s?"
    if found := _point(text, now):
        return found
    if match := re.fullmatch(rf"(?:last )?(\d+) {unit}", text):
        start = shift(start_of(now, match[2]), 1 - int(match[1]), match[2])
        return start, shift(start_of(now, match[2]), 1, match[2])
    if match := re.fullmatch(rf"(.+) for (\d+) {unit}", text):
        begin = _point(match[1], now)
        return begin and (begin[0], shift(begin[0], int(match[2]), match[3]))
    if match := re.fullmatch(rf"this {unit} to (second|now)", text):
        return start_of(now, match[1]), now
    if match := re.fullmatch(r"(before|after) (.+)", text):
        limit = _point(match[2], now)
        return limit and ((datetime.min, limit[0]) if match[1] == "before" else (limit[0], datetime.max))
    if match := re.fullmatch(r"(.+) to (.+)", text):
        begin, end = _point(match[1], now), _point(match[2], now)
        return (begin[0], end[0]) if begin and end else None   # the end does not belong to it
    return None


def date_test(text: str, now: datetime) -> Test:
    ranges: list[Range] = []
    nulls: Optional[bool] = None
    for part in split_commas(text):
        low = part.lower()
        if low in ("null", "not null"):
            nulls = low == "null"
            continue
        found = date_range(part, now)
        if found is None:
            return nothing
        ranges.append(found)

    def test(value: Any) -> bool:
        if value is None:
            return nulls is True
        return nulls is False or any(start <= value < end for start, end in ranges)
    return test


def make_test(kind: str, text: str, now: datetime) -> Test:
    """The test for a field of Looker's type `kind`. The empty expression lets everything pass."""
    if not text.strip():
        return lambda value: True
    if kind.startswith("date_"):
        return date_test(text, now)
    if kind == "yesno":
        return yesno_test(text)
    if kind in ("number", "count", "sum", "average", "percent"):
        return number_test(text)
    return string_test(text)
