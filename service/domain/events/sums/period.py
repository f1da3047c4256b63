"""A report's period: its days, by which times and things it is broken down, and what each of its hours belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from service.domain.durations import HOUR_S
from service.domain.errors import Fault, InvalidInput
from service.domain.events.sums.rollup import CROSSED, Dimension

TIMES = ("hour", "day", "month")
OWNERS = ("flight", "campaign", "advertiser")
PARTS = {
    "creative": Dimension.CREATIVE,
    "placement": Dimension.PLACEMENT,
    "section": Dimension.SECTION,
    "device": Dimension.DEVICE,
    "country": Dimension.COUNTRY,
    "widget": Dimension.WIDGET,
}
"""Parts of a flight, by what they are summed."""

DIMENSIONS = (*TIMES, *OWNERS, *PARTS)

MOST_DAYS = 400
"""Days for which the sums by flight are kept, and so the longest period."""

MOST_PART_DAYS, MOST_AUDIENCE_DAYS = 100, 35
"""Days for which sums by a part of a flight are kept; and those by device or country with another part."""

MOST_HOURLY_DAYS = 7
"""Days before today of which sums by hour and a part of a flight are kept for sure."""

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the first and the last included, of a time zone, broken down by some of DIMENSIONS.

    Sums by a part of a flight are kept by days in UTC; a period broken down by one, and not by hour, is of UTC.
    """

    first: date
    last: date
    by: tuple[str, ...]
    timezone: str = "UTC"

    @property
    def part(self) -> Dimension | None:
        """What of a flight it is broken down by, or None; of several parts, the least of CROSSED that has them."""
        parts = {PARTS[name] for name in self.by if name in PARTS}
        if len(parts) <= 1:
            return next(iter(parts), None)
        return next(dimension for dimension, crossed in CROSSED.items() if parts <= set(crossed))

    @property
    def zone(self) -> tzinfo:
        """The time zone of its days."""
        return UTC if self.part and not self.is_hourly else ZoneInfo(self.timezone)

    @property
    def is_hourly(self) -> bool:
        """Whether it is broken down by hour."""
        return "hour" in self.by

    def hours(self) -> range:
        """Returns its hours since 1970. An hour across midnight, in a zone of half hours, is of the day it begins."""
        return range(self._hour(self.first), self._hour(self.last + timedelta(days=1)))

    def days(self) -> range:
        """Returns its days since 1970, of UTC."""
        return range((self.first - EPOCH).days, (self.last - EPOCH).days + 1)

    def time_of(self, hour: int) -> str | None:
        """Returns what the hour since 1970 belongs to: its hour, day or month; None where it is not asked."""
        began = datetime.fromtimestamp(hour * HOUR_S, self.zone)
        forms = {"hour": began.isoformat(), "day": began.date().isoformat(), "month": f"{began:%Y-%m}"}
        return next((forms[name] for name in self.by if name in TIMES), None)

    def too_old(self, today: date) -> str | None:
        """Returns what is wrong with a period whose first day has sums no more; None where nothing is."""
        if (today - self.first).days < self._kept_days:
            return None
        if self.is_hourly and self.part:
            return f"by hour and {', '.join(PARTS)} is over {MOST_HOURLY_DAYS} days ago; ask by day"
        parts = ", ".join(name for name in self.by if name in PARTS)
        return f"is over {self._kept_days - 1} days ago; sums by {parts or 'flight'} are kept no longer"

    @property
    def _kept_days(self) -> int:
        """Days, today among them, of which sums of this kind are kept for sure."""
        if self.part is None:
            return MOST_DAYS
        if self.is_hourly:
            return MOST_HOURLY_DAYS + 1
        return MOST_AUDIENCE_DAYS if self.part is Dimension.AUDIENCE else MOST_PART_DAYS

    def _hour(self, day: date) -> int:
        begins = datetime.combine(day, datetime.min.time(), self.zone)
        return -int(-begins.timestamp() // HOUR_S)


def period(first: date | None, last: date | None, by: str, timezone: str, today: date) -> Period:
    """Returns the period that was asked for; its end is today where none is named, its begin the end.

    Raises InvalidInput with every fault.
    """
    last = last or today
    first = first or last
    names = tuple(dict.fromkeys(name.strip() for name in by.split(",")))
    faults = [*_faults_of_names(names), *_faults_of_days(first, last)]
    if faults:
        raise InvalidInput(faults)
    asked = Period(first, last, names, timezone)
    fault = asked.too_old(today)
    if fault is not None:
        raise InvalidInput.one("?from", fault)
    return asked


def _faults_of_names(names: tuple[str, ...]) -> Iterator[Fault]:
    for name in names:
        if name not in DIMENSIONS:
            yield Fault("?by", f"'{name[:40]}' is none of {', '.join(DIMENSIONS)}")
    if sum(name in TIMES for name in names) > 1:
        yield Fault("?by", f"takes one of {', '.join(TIMES)} at a time")
    if "hour" in names and sum(name in PARTS for name in names) > 1:
        yield Fault("?by", f"takes one of {', '.join(PARTS)} with hours: several at once are kept by day")


def _faults_of_days(first: date, last: date) -> Iterator[Fault]:
    if first > last:
        yield Fault("?from", "is after `to`")
    elif last == date.max:  # it ends when the next day begins
        yield Fault("?to", "is the last day that there is; name one before it")
    elif (last - first).days >= MOST_DAYS:
        yield Fault("?from", f"is over {MOST_DAYS} days before `to`; ask for a shorter period")
