"""Reads a moment from the forms in which newsrooms write one; refuses what could mean two."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import mktime_tz, parsedate_tz
from enum import Enum

EARLIEST_YEAR, LATEST_YEAR = 1800, 2200
_FORMS = "2017-02-07T10:11:12+05:00, 2017-02-07 10:11, 2017/2/7, 7 Feb 2017, February 7, 2017 or seconds since 1970"

_CLOCK = (
    r"(?:(?:,|\s+at)?[T\s]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark){_DAY}{_CLOCK}", re.I)
_YEAR_LAST = re.compile(rf"(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){_CLOCK}", re.I)
_DAY_NAMED = re.compile(rf"{_WEEKDAY}{_DAY}(?:st|nd|rd|th)?[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}}){_CLOCK}", re.I)
_NAMED_DAY = re.compile(rf"{_WEEKDAY}{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}", re.I)
_EPOCH = re.compile(r"\d{10}|\d{13}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DayOrder(Enum):
    """Which number of 07/02/2017 is the day."""

    UNKNOWN = "unknown"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def read_date(value: str | int, zone: tzinfo, order: DayOrder = DayOrder.UNKNOWN) -> datetime:
    """Returns the moment, aware; a time without a zone is taken as `zone`'s.

    Raises ValueError, whose text names the remedy, for what is unreadable, can mean two days, or is out of
    EARLIEST_YEAR to LATEST_YEAR.
    """
    text = " ".join(str(value).split())
    moment = _epoch(text) or _numbers(text, zone, order) or _named(text, zone) or _mail(text)
    if moment is None:
        raise ValueError(f"'{text[:60]}' is not a date that can be read; write it like {_FORMS}")
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(f"the year {moment.year} is not within {EARLIEST_YEAR} to {LATEST_YEAR}")
    return moment


def _epoch(text: str) -> datetime | None:
    """Ten digits are seconds since 1970, thirteen milliseconds."""
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1_000), UTC)


def _numbers(text: str, zone: tzinfo, order: DayOrder) -> datetime | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _moment(found, int(found["month"]), int(found["day"]), zone)
    if found := _YEAR_LAST.fullmatch(text):
        day, month = _day_and_month(int(found["one"]), int(found["two"]), order, text)
        return _moment(found, month, day, zone)
    return None


def _day_and_month(one: int, two: int, order: DayOrder, text: str) -> tuple[int, int]:
    if order is DayOrder.DAY_FIRST:
        return one, two
    if order is DayOrder.MONTH_FIRST:
        return two, one
    if one == two or two <= 12 < one:
        return one, two
    if one <= 12 < two:
        return two, one
    raise ValueError(f"'{text}' can mean two days; say --day-first or --month-first")


def _named(text: str, zone: tzinfo) -> datetime | None:
    found = _DAY_NAMED.fullmatch(text) or _NAMED_DAY.fullmatch(text)
    return _moment(found, _MONTHS.index(found["name"].lower()) + 1, int(found["day"]), zone) if found else None


def _mail(text: str) -> datetime | None:
    """RFC 2822, with its old zone names (EST, PDT)."""
    parsed = parsedate_tz(text)
    if parsed is None or parsed[9] is None or len(text) < len("7 Feb 2017 10:11 EST"):
        return None
    try:
        datetime(*parsed[:6])  # noqa: DTZ001 # refuses a 30 February, which mktime_tz would turn into March
        return datetime.fromtimestamp(mktime_tz(parsed), timezone(timedelta(seconds=parsed[9])))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"'{text[:60]}' names no day of the calendar") from error


def _moment(found: re.Match[str], month: int, day: int, zone: tzinfo) -> datetime:
    hour = _hour(int(found["hour"] or 0), (found["half"] or "").replace(".", "").lower(), found[0])
    microsecond = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    try:
        return datetime(
            int(found["year"]),
            month,
            day,
            hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            microsecond,
            tzinfo=_zone(found["zone"], zone),
        )
    except ValueError as error:
        raise ValueError(f"'{found[0][:60]}' names no moment of the calendar: {error}") from error


def _hour(hour: int, half: str, text: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"'{text[:60]}' names no hour of a half day")
    return hour % 12 + (12 if half == "pm" else 0)


def _zone(written: str | None, default: tzinfo) -> tzinfo:
    if written is None:
        return default
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if written[0] == "-" else offset)
