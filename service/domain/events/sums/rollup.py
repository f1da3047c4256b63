"""Sums of events by hour, flight and one thing more: what reports read, and what the ledger is held against."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from service.domain.durations import HOUR_S
from service.domain.events.booking import EventStatus
from service.domain.events.recorded import RecordedEvent
from service.domain.events.tokens import EventKind
from service.domain.events.unreadable import Unreadable
from service.domain.events.validity.agents import Device

HOURS_A_DAY = 24
KINDS = 3
"""Impressions, views, clicks: as EventKind numbers them."""

_VALID = frozenset((EventStatus.BILLED, EventStatus.COUNTED, EventStatus.UNBILLED))
_BOOKED = frozenset((EventStatus.BILLED, EventStatus.COUNTED))


class Dimension(StrEnum):
    """By what, beside its flight, an event is summed; FLIGHT alone is by nothing more."""

    FLIGHT = "f"
    CREATIVE = "k"
    PLACEMENT = "p"
    SECTION = "s"
    DEVICE = "d"
    COUNTRY = "c"
    WIDGET = "w"
    """The widgets that the ad stood beside, as its slot or its placement names them."""
    REASON = "r"
    """Why an event is not valid: `bot`, `replay`, ...; only invalid ones have it."""
    TOGETHER = "t"
    """Creative, placement, section and widgets at once, joined by CROSSED_SEP."""
    AUDIENCE = "u"
    """The same with device and country, so joined."""
    INVALID = "i"
    """All of these and the reason, so joined, of events that are not valid."""


class Cell(NamedTuple):
    """What a sum is of: creatives and placements by their numbers, as text."""

    dimension: Dimension
    flight: int
    value: str = ""


CROSSED_SEP = "\x1f"
CROSSED = {
    Dimension.TOGETHER: (Dimension.CREATIVE, Dimension.PLACEMENT, Dimension.SECTION, Dimension.WIDGET),
    Dimension.AUDIENCE: (
        Dimension.CREATIVE, Dimension.PLACEMENT, Dimension.SECTION, Dimension.DEVICE, Dimension.COUNTRY,
        Dimension.WIDGET,
    ),
    Dimension.INVALID: (
        Dimension.CREATIVE, Dimension.PLACEMENT, Dimension.SECTION, Dimension.DEVICE, Dimension.COUNTRY,
        Dimension.WIDGET, Dimension.REASON,
    ),
}  # fmt: skip
"""Dimensions that are several at once, which are summed by day: those, in the order of their values."""

OTHER = "~"
"""The value under which an hour that has too many cells sums the rest of a dimension."""


@dataclass(slots=True)
class Sums:
    """Events by kind: all, valid ones, valid ones past a cap; and what was billed, in micros."""

    gross: list[int] = field(default_factory=lambda: [0] * KINDS)
    net: list[int] = field(default_factory=lambda: [0] * KINDS)
    unbilled: list[int] = field(default_factory=lambda: [0] * KINDS)
    spend_micros: int = 0

    def add(self, other: Sums) -> None:
        """Adds the other sums to these."""
        for mine, others in ((self.gross, other.gross), (self.net, other.net), (self.unbilled, other.unbilled)):
            for kind in range(KINDS):
                mine[kind] += others[kind]
        self.spend_micros += other.spend_micros


@dataclass(slots=True)
class BudgetSums:
    """What events add to one budget of the ledger: valid ones and booked ones by kind, and money in micros."""

    net: list[int] = field(default_factory=lambda: [0] * KINDS)
    booked: list[int] = field(default_factory=lambda: [0] * KINDS)
    spend_micros: int = 0


@dataclass(frozen=True, slots=True)
class Rollup:
    """Sums of a batch of events: by hour since 1970 and cell, and by budget (`f12`, `c3`, `a1`).

    `crossed` are those of the dimensions of CROSSED, by day since 1970 in UTC.
    """

    hours: Mapping[int, Mapping[Cell, Sums]]
    budgets: Mapping[str, BudgetSums]
    crossed: Mapping[Dimension, Mapping[int, Mapping[Cell, Sums]]] = field(default_factory=dict)

    def days(self) -> dict[int, Mapping[Cell, Sums]]:
        """Returns the sums by day since 1970, in UTC; those of a day with one hour are that hour's own."""
        days: dict[int, Mapping[Cell, Sums]] = {}
        for hour, cells in self.hours.items():
            day = hour // HOURS_A_DAY
            days[day] = _joined(days[day], cells) if day in days else cells
        return days


def roll_up(events: Iterable[RecordedEvent]) -> Rollup:
    """Returns the sums of these events. Equal ones are counted first, so that each is summed once."""
    groups: dict[_Alike, list[int]] = {}
    for one in events:
        alike = (
            one.at // HOUR_S, one.kind, one.status, one.reason, one.flight, one.campaign, one.advertiser, one.creative,
            one.placement, one.section, one.device, one.country, one.near, one.epoch == 0,
        )  # fmt: skip
        group = groups.get(alike)
        if group is None:
            groups[alike] = [1, one.amount_micros]
        else:
            group[0] += 1
            group[1] += one.amount_micros
    hours: dict[int, dict[Cell, Sums]] = {}
    crossed: dict[Dimension, dict[int, dict[Cell, Sums]]] = {dimension: {} for dimension in CROSSED}
    budgets: dict[str, BudgetSums] = {}
    for alike, (count, amount) in groups.items():
        _add_to_cells(hours.setdefault(alike[0], {}), _single_cells(alike), alike, count, amount)
        for cell in _crossed_cells(alike):
            of_day = crossed[cell.dimension].setdefault(alike[0] // HOURS_A_DAY, {})
            _add_to_cells(of_day, [cell], alike, count, amount)
        _add_to_budgets(budgets, alike, count, amount)
    return Rollup(hours, budgets, crossed)


# What events that are summed together have in common: hour, kind, status, reason, flight, campaign, advertiser,
# creative, placement, section, device, country, widgets beside it, whether it is a house ad's.
_Alike = tuple[int, EventKind, EventStatus, str, int, int, int, int, int, str, Device, str, str, bool]


def _single_cells(alike: _Alike) -> list[Cell]:
    """The cells of each dimension that the events have a value of."""
    _, _, _, reason, flight, _, _, creative, placement, section, device, country, near, _ = alike
    return [Cell(Dimension.FLIGHT, flight)] + [
        Cell(dimension, flight, value)
        for dimension, value in (
            (Dimension.CREATIVE, str(creative)), (Dimension.PLACEMENT, str(placement)), (Dimension.SECTION, section),
            (Dimension.DEVICE, device), (Dimension.COUNTRY, country), (Dimension.WIDGET, near),
            (Dimension.REASON, reason),
        )
        if value
    ]  # fmt: skip


def _crossed_cells(alike: _Alike) -> Iterator[Cell]:
    _, _, _, reason, flight, _, _, creative, placement, section, device, country, near, _ = alike
    where = (str(creative), str(placement), section)
    yield Cell(Dimension.TOGETHER, flight, CROSSED_SEP.join((*where, near)))
    audience = CROSSED_SEP.join((*where, device, country, near))
    yield Cell(Dimension.AUDIENCE, flight, audience)
    if reason:
        yield Cell(Dimension.INVALID, flight, CROSSED_SEP.join((audience, reason)))


def _add_to_cells(cells: dict[Cell, Sums], of: Iterable[Cell], alike: _Alike, count: int, amount: int) -> None:
    kind, status = alike[1], alike[2]
    for cell in of:
        sums = cells.get(cell)
        if sums is None:
            sums = cells[cell] = Sums()
        sums.gross[kind] += count
        if status in _VALID:
            sums.net[kind] += count
        if status is EventStatus.UNBILLED:
            sums.unbilled[kind] += count
        sums.spend_micros += amount


def _add_to_budgets(budgets: dict[str, BudgetSums], alike: _Alike, count: int, amount: int) -> None:
    """Adds to every budget of the ledger that the events touched; a house ad's is its flight's alone."""
    _, kind, status, _, flight, campaign, advertiser, *_, is_house = alike
    if status not in _VALID:
        return
    owners = () if is_house else (("c", campaign), ("a", advertiser))
    for letter, number in (("f", flight), *owners):
        if not number:
            continue
        name = f"{letter}{number}"
        sums = budgets.get(name)
        if sums is None:
            sums = budgets[name] = BudgetSums()
        sums.net[kind] += count
        if status in _BOOKED and not is_house:
            sums.booked[kind] += count
        sums.spend_micros += amount


def _joined(one: Mapping[Cell, Sums], other: Mapping[Cell, Sums]) -> dict[Cell, Sums]:
    joined: dict[Cell, Sums] = {}
    for cells in (one, other):
        for cell, sums in cells.items():
            if cell not in joined:
                joined[cell] = Sums()
            joined[cell].add(sums)
    return joined


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of a site's stream that one consumer was given: all of its open ones between the first and the last."""

    first_id: str
    last_id: str
    count: int
    events: Sequence[RecordedEvent]
    unreadable: Sequence[Unreadable] = ()


FILLING_RATIO = 0.5
"""A stream that is fuller, by the most that it takes, is told of: full, it stops paid ads."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """How many entries a site's stream has, how many were set aside, and the last of these: its id and the reason."""

    entries: int
    set_aside: int = 0
    last_set_aside: tuple[str, str] | None = None


class EventStream(Protocol):
    """A site's stream of events, shared by consumers. Raises StoreUnavailable."""

    def take(self, site_id: str, consumer: str, most: int) -> Batch | None:
        """Returns entries that no consumer was given yet, the oldest first; None where there are none."""

    def claim(self, site_id: str, consumer: str, most: int, idle_ms: int) -> Batch | None:
        """Returns entries that another consumer was given so long ago that it must be dead; None if there are none."""

    def apply(self, site_id: str, consumer: str, batch: Batch, rollup: Rollup) -> bool:
        """Adds the sums and takes the batch off the stream, both or neither.

        False, and nothing is added, where another consumer has claimed any of it meanwhile.
        """

    def trim(self, site_id: str) -> int:
        """Forgets entries that every group of consumers has taken; returns how many."""

    def state(self, site_id: str) -> StreamState:
        """Returns what the stream holds."""

    def added_up_to(self, site_id: str) -> float:
        """Returns until when (seconds since 1970) all events that came are in the sums; infinity where none waits."""


class Rollups(Protocol):
    """Reads the sums that consumers added up. Raises StoreUnavailable."""

    def hours(self, site_id: str, hours: Sequence[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each hour since 1970, by every dimension; empty for one that is gone."""

    def days(self, site_id: str, days: Sequence[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each UTC day since 1970, by every dimension."""

    def flight_hours(self, site_id: str, hours: Sequence[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each hour by flight, and by flight and reason, which are kept longest."""

    def hours_of(self, site_id: str, hours: Sequence[int], flights: Collection[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each hour by these flights alone, which are kept as long."""

    def crossed(self, site_id: str, days: Sequence[int], dimension: Dimension) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each UTC day since 1970 by one of the dimensions of CROSSED."""
