"""Frequency caps: how often a reader is shown the same thing in an hour, day, week or month of the site's zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.domain.reader_digest import reader_digest

MOST_SHOWN = 1_000
# The longest is the calendar month: the salt of readers' digests lasts no longer, so nothing could be counted for more.
WINDOWS = ("hour", "day", "week", "month")
_LONGER = ("year", "quarter", "lifetime")
_CAP = re.compile(r"(\d{1,6})\s*/\s*([a-z]+)", re.I)


class Capped(IntEnum):
    """What a cap counts the impressions of."""

    CREATIVE = 0
    FLIGHT = 1
    CAMPAIGN = 2
    ADVERTISER = 3


@dataclass(frozen=True, slots=True)
class ReaderCap:
    """The most impressions per reader of one capped thing in a window: 0 hour, 1 day, 2 week, 3 month."""

    of: Capped
    window: int
    most: int


@dataclass(frozen=True, slots=True)
class Window:
    """One hour, day, week or month: its first second, and the one at which it ends."""

    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class CountedReader:
    """By what a page call's impressions are counted, in the store: a reader, or with `is_session` one session.

    `digest` names the count and `before` the one that it had last month, while a week lasts that began in it. The
    windows are hour, day, week and month.
    """

    digest: str
    windows: tuple[Window, Window, Window, Window]
    before: str | None = None
    is_session: bool = False


def frequency_cap(text: str) -> str:
    """Returns a cap such as `3/day` in its one form. Raises ValueError with what is wrong."""
    found = _CAP.fullmatch(text.strip())
    if not found:
        raise ValueError(f"'{text[:40]}' is not a frequency cap; write it like 3/day|10/week")
    most, window = int(found[1]), found[2].lower()
    if window in _LONGER:
        raise ValueError(f"'{text[:40]}' is over 30 days; the longest window is the month")
    if window not in WINDOWS:
        raise ValueError(f"'{window[:40]}' is none of {', '.join(WINDOWS)}")
    if not 1 <= most <= MOST_SHOWN:
        raise ValueError(f"must be from 1 to {MOST_SHOWN} in a window")
    return f"{most}/{window}"


def repeats_window(caps: Sequence[str]) -> bool:
    """Returns whether two of these caps are of one window."""
    windows = [cap.partition("/")[2] for cap in caps]
    return len(set(windows)) < len(windows)


def reader_caps(of: Capped, caps: Sequence[str]) -> tuple[ReaderCap, ...]:
    """Returns the caps of a creative, flight, campaign or advertiser as they are counted."""
    parts = (cap.partition("/") for cap in caps)
    return tuple(ReaderCap(of, WINDOWS.index(window), int(most)) for most, _, window in parts)


@lru_cache(maxsize=64)
def _windows_of_hour(hour: int, timezone: str) -> tuple[Window, Window, Window, Window]:
    zone = ZoneInfo(timezone)
    local = datetime.fromtimestamp(hour, UTC).astimezone(zone)
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone)
    monday = midnight - timedelta(days=local.weekday())
    first = midnight.replace(day=1)
    next_month = (first + timedelta(days=31)).replace(day=1)
    spans = ((midnight, midnight + timedelta(days=1)), (monday, monday + timedelta(days=7)), (first, next_month))
    day, week, month = (Window(int(begin.timestamp()), int(end.timestamp())) for begin, end in spans)
    return Window(hour, hour + 3_600), day, week, month


def windows_at(now: float, timezone: str) -> tuple[Window, Window, Window, Window]:
    """Returns the hour, day, week (from Monday) and month that `now` is in, by the clocks of this time zone."""
    offset = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(timezone)).utcoffset() or timedelta(0)
    past_hour = (int(now) + int(offset.total_seconds())) % 3_600
    return _windows_of_hour(int(now) - past_hour, timezone)


def counted_reader(
    site_id: str, reader_id: str | None, session: str | None, now: float, timezone: str, secret: bytes
) -> CountedReader | None:
    """Returns by what impressions are counted: by the reader, else by the session; None where neither is given.

    What names them is a digest under the service's key and the month's salt: it cannot be traced back without the key,
    and is another one each month.
    """
    windows = windows_at(now, timezone)
    _, _, week, month = windows
    if reader_id is None and session is None:
        return None
    salt = _salt(month)
    if reader_id is None:
        return CountedReader(_digest(secret, salt, f"{site_id}\0session\0{session}"), windows, is_session=True)
    named = f"{site_id}\0reader\0{reader_id}"
    before = None
    if week.starts_at < month.starts_at:
        last_month = windows_at(month.starts_at - 1, timezone)[3]
        before = _digest(secret, _salt(last_month), named)
    return CountedReader(_digest(secret, salt, named), windows, before)


def _digest(secret: bytes, salt: bytes, named: str) -> str:
    return reader_digest(secret, b"reader-caps", salt, named)


def _salt(month: Window) -> bytes:
    return str(month.starts_at).encode()
