"""The ledger's language: what a decision asks to reserve, and what was booked and delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from service.domain.ads.booking.budget_room import BudgetRoom
from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.standing import Standings
from service.domain.ads.inventory import Unit
from service.domain.ads.reader.frequency import CountedReader, ReaderCap
from service.domain.ads.reader.shown_ads import ShownAds
from service.domain.events.booking import EventBook
from service.domain.events.tokens import EventKind

# Minutes that a reservation waits for each event: after them its hold lapses, and the event is late.
WINDOW_MINUTES: Mapping[EventKind, int] = {EventKind.IMPRESSION: 2, EventKind.VIEW: 5, EventKind.CLICK: 60}
# Minutes after which an event is refused outright, by the time of its receipt.
LATE_MINUTES = 120
# Minutes for which single-use marks are kept: an event out of a journal is refused when its minute's are gone.
MARKS_KEPT_MINUTES = 1_560
# How long the answer to a page view is kept, so that a repeat returns it.
PAGE_VIEW_TTL_S = 900
# What a placement may have of a window for impressions; a page view that is asked again must find its answer in it.
MIN_WINDOW_S, MAX_WINDOW_S = 120, PAGE_VIEW_TTL_S


def extra_minutes(window_s: int | None) -> int:
    """Returns by how many minutes a window of so many seconds for an impression is longer than the usual one."""
    usual = WINDOW_MINUTES[EventKind.IMPRESSION]
    return 0 if window_s is None else max(0, -(-window_s // 60) - usual)


@dataclass(frozen=True, slots=True)
class SecondPrice:
    """What a candidate pays in micros: what the first of its rivals sets that the ledger could serve instead.

    `rivals` are places, from 0, among the candidates of its slot, each with that price, the highest first; without one
    it is `least_micros`, or where that is None the flight's price.
    """

    rivals: tuple[tuple[int, int], ...] = ()
    least_micros: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A flight with the creative it would show, as it is asked for in a slot.

    The numbers of its campaign and advertiser, 0 if they are not known here, only let the ledger read all at once.
    `due` is what pacing lets the flight have booked and held by now, in micros of the unit of its goal or else of its
    caps; None lets it have all. `advertiser_limit` is the most ads of its advertiser on a page; 0 sets none.
    `caps` bound its impressions per reader. It pays its `second_price`, at most the flight's price; without one that.
    """

    flight: int
    creative: int
    day: CapDay
    labels: tuple[str, ...] = ()
    exclude_labels: tuple[str, ...] = ()
    campaign: int = 0
    advertiser: int = 0
    due: int | None = None
    advertiser_limit: int = 0
    caps: tuple[ReaderCap, ...] = ()
    second_price: SecondPrice | None = None


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The candidates of one slot, the most wanted first.

    Its impression is waited for `extra_minutes` longer than WINDOW_MINUTES say.
    """

    slot_id: str
    placement: int
    candidates: tuple[Candidate, ...]
    extra_minutes: int = 0


class Step(NamedTuple):
    """What is taken together or not at all: slots of the page, each with a place among its candidates, all from 0.

    With `one_of` the first of the slots that is free is to be taken, no more.
    """

    members: tuple[tuple[int, int], ...]
    one_of: bool = False


class Reservation(NamedTuple):
    """Budget set aside for one slot: who shows what, and what its events will say."""

    flight: int
    creative: int
    epoch: int
    minute: int
    serial: int
    model: int
    price_micros: int
    view_ppm: int
    click_ppm: int
    day: int
    extra_minutes: int = 0


NOTHING_RESERVED = Reservation(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
"""What a house ad has: no ledger's epoch, and no price."""


@dataclass(frozen=True, slots=True)
class PageReservations:
    """The answer for a page view, slot by slot, and what else it already shows: house ads must respect it."""

    slots: tuple[Reservation | None, ...]
    labels: frozenset[str] = frozenset()
    exclude_labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a flight has delivered since its first load: counts, and spend in micros."""

    gross_impressions: int = 0
    net_impressions: int = 0
    views: int = 0
    clicks: int = 0
    unbilled_impressions: int = 0
    unbilled_views: int = 0
    unbilled_clicks: int = 0
    spend_micros: int = 0
    invalid: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Booked:
    """What a budget has booked by unit, micros of money or of units: in all, and on its latest day."""

    life: Mapping[Unit, int]
    day: int = 0
    on_day: Mapping[Unit, int] = field(default_factory=dict)


class Ledger(EventBook, BudgetRoom, ShownAds, Protocol):
    """The budgets' one keeper. Its calls never retry by themselves. Raises StoreUnavailable."""

    def reserve(
        self,
        site_id: str,
        page_view: str,
        plans: Sequence[SlotPlan],
        kept_ratio: float = 1.0,
        steps: Sequence[Step] | None = None,
        reader: CountedReader | None = None,
    ) -> PageReservations:
        """Reserves for a whole page in one round trip; a repeat of a page view and slot returns the first answer.

        `kept_ratio` is the part of what is held that is expected to be booked: pacing counts so much of it, caps all.
        `steps` are tried in their order, each taken whole or not at all, until every slot is filled; None asks slot by
        slot. Frequency caps count what the `reader` was shown, without one what the page view was.
        """

    def delivery(self, site_id: str, flights: Sequence[int]) -> list[Delivery]:
        """Returns what each flight, by its number, has delivered."""

    def standings(self, site_id: str, flights: Sequence[int], now: float) -> Standings:
        """Returns where each flight, by its number, stands at `now` or, if later, at the ledger's last second."""

    def owners(self, site_id: str, flights: Sequence[int]) -> list[tuple[int, int]]:
        """Returns the numbers of the campaign and the advertiser of each flight, by its number, also of deleted ones.

        0 and 0 where the ledger knows no such flight.
        """

    def booked(self, site_id: str, campaigns: Sequence[int], advertisers: Sequence[int]) -> list[Booked]:
        """Returns what these campaigns and then these advertisers, by their numbers, have booked."""
