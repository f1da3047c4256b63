"""Sums of events by hour, flight and one thing more: what reports read, and what the ledger is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from service.domain.ads.ledger import EventStatus
from service.domain.events.recorded import RecordedEvent
from service.domain.events.tokens import EventKind

HOUR_S = 3_600
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
    REASON = "r"
    """Why an event is not valid: `bot`, `replay`, ...; only invalid ones have it."""


class Cell(NamedTuple):
    """What a sum is of: creatives and placements by their numbers, as text."""

    dimension: Dimension
    flight: int
    value: str = ""


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
    """Sums of a batch of events: by hour since 1970 and cell, and by budget (`f12`, `c3`, `a1`)."""

    hours: Mapping[int, Mapping[Cell, Sums]]
    budgets: Mapping[str, BudgetSums]

    def days(self) -> dict[int, dict[Cell, Sums]]:
        """Returns the sums by day since 1970, in UTC."""
        days: dict[int, dict[Cell, Sums]] = {}
        for hour, cells in self.hours.items():
            of_day = days.setdefault(hour // HOURS_A_DAY, {})
            for cell, sums in cells.items():
                of_day.setdefault(cell, Sums()).add(sums)
        return days


def roll_up(events: Iterable[RecordedEvent]) -> Rollup:
    """Returns the sums of these events. Equal ones are counted first, so that each is summed once."""
    counts: Counter[_Alike] = Counter()
    amounts: Counter[_Alike] = Counter()
    for one in events:
        alike = _Alike(
            one.at // HOUR_S, one.kind, one.status, one.reason, one.flight, one.campaign, one.advertiser, one.creative,
            one.placement, one.section, one.device, one.country, one.decision_id == "",
        )  # fmt: skip
        counts[alike] += 1
        if one.amount_micros:
            amounts[alike] += one.amount_micros
    hours: dict[int, dict[Cell, Sums]] = {}
    budgets: dict[str, BudgetSums] = {}
    for alike, count in counts.items():
        cells = hours.setdefault(alike.hour, {})
        for cell in alike.cells():
            _add(cells.setdefault(cell, Sums()), alike, count, amounts[alike])
        for name in alike.budgets():
            _book(budgets.setdefault(name, BudgetSums()), alike, count, amounts[alike])
    return Rollup(hours, budgets)


class _Alike(NamedTuple):
    """What events that are summed together have in common."""

    hour: int
    kind: EventKind
    status: EventStatus
    reason: str
    flight: int
    campaign: int
    advertiser: int
    creative: int
    placement: int
    section: str
    device: str
    country: str
    is_house: bool

    def cells(self) -> list[Cell]:
        """Every sum that the event is part of."""
        values = (
            (Dimension.CREATIVE, str(self.creative)), (Dimension.PLACEMENT, str(self.placement)),
            (Dimension.SECTION, self.section), (Dimension.DEVICE, self.device), (Dimension.COUNTRY, self.country),
            (Dimension.REASON, self.reason),
        )  # fmt: skip
        named = [Cell(dimension, self.flight, value) for dimension, value in values if value]
        return [Cell(Dimension.FLIGHT, self.flight), *named]

    def budgets(self) -> list[str]:
        """Every budget of the ledger that the event touched; a house ad's is its flight's alone."""
        if self.status not in _VALID:
            return []
        owners = (("c", self.campaign), ("a", self.advertiser)) if not self.is_house else ()
        return [f"f{self.flight}", *(f"{letter}{number}" for letter, number in owners if number)]


def _add(sums: Sums, alike: _Alike, count: int, amount: int) -> None:
    sums.gross[alike.kind] += count
    if alike.status in _VALID:
        sums.net[alike.kind] += count
    if alike.status is EventStatus.UNBILLED:
        sums.unbilled[alike.kind] += count
    sums.spend_micros += amount


def _book(sums: BudgetSums, alike: _Alike, count: int, amount: int) -> None:
    sums.net[alike.kind] += count
    if alike.status in _BOOKED and not alike.is_house:
        sums.booked[alike.kind] += count
    sums.spend_micros += amount


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry of the stream that cannot be read, and why."""

    id: str
    raw: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries of a site's stream that one consumer was given: all of its open ones between the first and the last."""

    first_id: str
    last_id: str
    count: int
    events: Sequence[RecordedEvent]
    unreadable: Sequence[Unreadable] = ()


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


class Rollups(Protocol):
    """Reads the sums that consumers added up. Raises StoreUnavailable."""

    def hours(self, site_id: str, hours: Sequence[int]) -> list[dict[Cell, Sums]]:
        """Returns the sums of each hour since 1970, by every dimension; empty for one that is gone."""

    def days(self, site_id: str, days: Sequence[int]) -> list[dict[Cell, Sums]]:
        """Returns the sums of each UTC day since 1970, by every dimension."""

    def flight_hours(self, site_id: str, hours: Sequence[int]) -> list[dict[Cell, Sums]]:
        """Returns the sums of each hour by flight alone, which are kept longest."""
