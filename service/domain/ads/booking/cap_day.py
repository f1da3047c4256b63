"""The calendar days that budgets are capped by, each in its time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from service.domain.sites.time_zones import zone


@dataclass(frozen=True, slots=True)
class CapDay:
    """A calendar day of a budget: days since 1970 in its time zone, its first second, and the one at which it ends."""

    number: int
    starts_at: int
    ends_at: int


def cap_day(now: float, timezone: str) -> CapDay:
    """Returns the calendar day that `now` (seconds since 1970) falls on in this time zone."""
    return _cap_day(int(now // 1), timezone)


@lru_cache(maxsize=256)
def _cap_day(second: int, timezone: str) -> CapDay:
    tz = zone(timezone)
    local = datetime.fromtimestamp(second, UTC).astimezone(tz)
    midnight = datetime.combine(local.date(), datetime.min.time(), tz)
    next_midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), tz)
    return CapDay(local.date().toordinal() - 719_163, int(midnight.timestamp()), int(next_midnight.timestamp()))
