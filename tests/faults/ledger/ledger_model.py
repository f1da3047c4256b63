"""A model of the ledger by plain sums over its reservations, slow and obvious, to hold the store's against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from service.domain.ads.booking.budget_terms import MODEL_CODES
from service.domain.ads.booking.ledger import LATE_MINUTES, WINDOW_MINUTES, Reservation
from service.domain.ads.inventory import Advertiser, Campaign, Flight, FlightStatus, PriceModel, Unit
from service.domain.events.booking import Booking, EventStatus
from service.domain.events.tokens import EventKind
from service.domain.money.money import MICROS

IMPRESSION, VIEW, CLICK = EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK
BILLS = {
    PriceModel.CPM: IMPRESSION,
    PriceModel.VCPM: VIEW,
    PriceModel.CPC: CLICK,
    PriceModel.FLAT: IMPRESSION,
}
UNIT_EVENT = {Unit.IMPRESSIONS: IMPRESSION, Unit.VIEWS: VIEW, Unit.CLICKS: CLICK}


@dataclass
class Hold:
    """What one reservation holds of one unit until an event, in one budget."""

    minute: int
    day: int
    event: EventKind
    unit: Unit
    amount: int
    extra: int = 0

    @property
    def last_minute(self) -> int:
        """The last minute of its window, which for an impression may be longer than others'."""
        return self.minute + WINDOW_MINUTES[self.event] + (self.extra if self.event is IMPRESSION else 0)


@dataclass
class Budget:
    """What a flight, campaign or advertiser may book, has booked, and holds."""

    terms: Flight | Campaign | Advertiser
    latest_day: int = 0
    day_before: int = 0
    booked: dict[tuple[str, int, Unit], int] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)

    def caps(self) -> list[tuple[str, Unit, int]]:
        """Scope, unit and limit, in micros of money or of units."""
        terms = self.terms
        caps = [("life", terms.cap_unit, terms.lifetime_cap), ("day", terms.cap_unit, terms.daily_cap)]
        if isinstance(terms, Flight) and terms.goal is not None:
            caps.append(("life", Unit(terms.goal_type), terms.goal))
        return [(s, u, n if u is Unit.MONEY else n * MICROS) for s, u, n in caps if n is not None]

    def of(self, scope: str, day: int, unit: Unit) -> int:
        """What is booked for life, or on a day."""
        return self.booked.get((scope, day if scope == "day" else 0, unit), 0)

    def outstanding(self, unit: Unit, minute: int, day: int | None = None) -> int:
        """What reservations hold within the windows of their events."""
        return sum(
            one.amount
            for one in self.holds
            if one.unit is unit and minute <= one.last_minute and day in (None, one.day)
        )

    def roll(self, day: int) -> None:
        """Notes an event of a later day; of the day before it, events may still come."""
        if day > self.latest_day:
            self.latest_day, self.day_before = day, day - 1

    def admits(self, amounts: dict[Unit, int], minute: int, day: int, *, late: bool) -> bool:
        """Whether an event may book: late, only beside what others hold."""
        for scope, unit, limit in self.caps():
            if unit in amounts:
                if scope == "day" and day not in (self.latest_day, self.day_before):
                    return False
                still = self.outstanding(unit, minute, day if scope == "day" else None) if late else 0
                if self.of(scope, day, unit) + still + amounts[unit] > limit:
                    return False
        return True

    def add(self, amounts: dict[Unit, int], day: int) -> None:
        """Books the amounts for life and on their day."""
        for unit, amount in amounts.items():
            for place in (("life", 0, unit), ("day", day, unit)):
                self.booked[place] = self.booked.get(place, 0) + amount


@dataclass
class FlightBudget(Budget):
    """A flight's own budget, with what its rates and its nth impression come from."""

    creative: int = 0
    killed: bool = False
    billed: int = 0
    net: dict[EventKind, int] = field(default_factory=lambda: dict.fromkeys(EventKind, 0))
    told_micros: int = 0

    @property
    def flight(self) -> Flight:
        """Its terms."""
        assert isinstance(self.terms, Flight)
        return self.terms

    @property
    def may_serve(self) -> bool:
        """Neither paused nor its creative killed."""
        return self.flight.status is FlightStatus.ACTIVE and not self.killed

    def rates(self) -> dict[EventKind, int]:
        """Upper bounds of the rates of each event, in millionths."""

        def upper(events: int, prior: int) -> int:
            mean = events + prior
            return min(MICROS, math.ceil((mean + 2 * math.sqrt(mean)) / (self.net[IMPRESSION] + 100) * MICROS))

        return {IMPRESSION: MICROS, VIEW: upper(self.net[VIEW], 60), CLICK: upper(self.net[CLICK], 1)}

    def event_of(self, unit: Unit) -> EventKind:
        """The event that books a unit."""
        return BILLS[self.flight.price_model] if unit is Unit.MONEY else UNIT_EVENT[unit]

    def full(self, unit: Unit, minute: int, day: int) -> int:
        """The most that one event of a new reservation books of a unit; a flat price once a day."""
        price = self.flight.price_micros
        if unit is not Unit.MONEY:
            return MICROS
        if self.flight.price_model is PriceModel.FLAT:
            set_aside = self.of("day", day, unit) or self.outstanding(unit, minute, day)
            return 0 if set_aside else price
        return price if self.flight.price_model is PriceModel.CPC else -(-price // 1000)


@dataclass
class Held:
    """One reservation of the model, the budgets it touches and its holds in them."""

    answer: Reservation
    flight: FlightBudget
    touched: Sequence[Budget]
    holds: list[Hold]


class ModelLedger:
    """Reserves and books by the rules of money.md."""

    def __init__(self) -> None:
        self.used: set[tuple[int, int, EventKind]] = set()
        self.serials: dict[int, int] = {}

    def reserve(
        self, flight: FlightBudget, owners: Sequence[Budget], epoch: int, minute: int, day: int, extra: int
    ) -> Held | None:
        """Returns a reservation on every budget, or None where one has no room; it waits `extra` minutes longer."""
        if not flight.may_serve:
            return None
        rates, touched = flight.rates(), (flight, *owners)
        wanted = {unit: flight.full(unit, minute, day) for unit in Unit}
        held = {unit: math.ceil(Fraction(full * rates[flight.event_of(unit)], MICROS)) for unit, full in wanted.items()}
        for budget in touched:
            for scope, unit, limit in budget.caps():
                booked = budget.of(scope, day, unit)
                still = budget.outstanding(unit, minute, day if scope == "day" else None)
                if booked + wanted[unit] > limit or booked + still + held[unit] > limit:
                    return None
        holds = []
        for budget, unit in _held(flight, touched):
            holds.append(Hold(minute, day, flight.event_of(unit), unit, held[unit], extra))
            budget.holds.append(holds[-1])
        self.serials[minute] = serial = self.serials.get(minute, 0) + 1
        terms = flight.flight
        price = held[Unit.MONEY] if terms.price_model is PriceModel.FLAT else terms.price_micros
        model = MODEL_CODES[terms.price_model]
        answer = Reservation(
            terms.number, flight.creative, epoch, minute, serial, model, price, rates[VIEW], rates[CLICK], day, extra
        )
        return Held(answer, flight, touched, holds)

    def event(self, held: Held, kind: EventKind, minute: int) -> Booking:
        """Books an event at most once; a click implies its impression."""
        answer, key = held.answer, (held.answer.minute, held.answer.serial)
        if answer.minute + LATE_MINUTES < minute:
            return Booking(EventStatus.EXPIRED)
        if (*key, kind) in self.used:
            return Booking(EventStatus.REPLAY)
        self.used.add((*key, kind))
        for budget in held.touched:
            budget.roll(answer.day)
        implied = Booking(EventStatus.COUNTED)
        if kind is CLICK and (*key, IMPRESSION) not in self.used:
            self.used.add((*key, IMPRESSION))
            implied = self._book(held, IMPRESSION, minute)
        own = self._book(held, kind, minute)
        status = EventStatus.BILLED if EventStatus.BILLED in (implied.status, own.status) else own.status
        return Booking(status, implied.amount_micros + own.amount_micros)

    def _book(self, held: Held, kind: EventKind, minute: int) -> Booking:
        flight, day = held.flight, held.answer.day
        flight.net[kind] += 1
        amounts = {unit: MICROS for unit, event in UNIT_EVENT.items() if event is kind}
        cost = _cost(held, kind)
        if cost is not None:
            amounts[Unit.MONEY] = cost
        extra = held.answer.extra_minutes if kind is IMPRESSION else 0
        late = minute > held.answer.minute + WINDOW_MINUTES[kind] + extra
        fits = all(budget.admits(amounts, minute, day, late=late) for budget in held.touched)
        for hold in held.holds:
            hold.amount = 0 if hold.event is kind else hold.amount
        if not fits:
            return Booking(EventStatus.UNBILLED)
        for budget in held.touched:
            budget.add(amounts, day)
        if cost is None:
            return Booking(EventStatus.COUNTED)
        flight.billed += 1
        flight.told_micros += cost
        return Booking(EventStatus.BILLED, cost)


def _held(flight: FlightBudget, touched: Sequence[Budget]) -> list[tuple[Budget, Unit]]:
    """The units that each budget holds: those it limits; a flat flight always its money."""
    wanted = {(place, unit) for place, budget in enumerate(touched) for _, unit, _ in budget.caps()}
    if flight.flight.price_model is PriceModel.FLAT:
        wanted.add((0, Unit.MONEY))
    return [(touched[place], unit) for place, unit in wanted]


def _cost(held: Held, kind: EventKind) -> int | None:
    """What an event costs; None where it bills nothing."""
    model, price = held.flight.flight.price_model, held.answer.price_micros
    if BILLS[model] is not kind:
        return None
    if model is PriceModel.FLAT:
        known = held.answer.day in (held.flight.latest_day, held.flight.day_before)
        due = known and held.flight.of("day", held.answer.day, Unit.MONEY) == 0
        return price if due and price else None
    return price if model is PriceModel.CPC else _cost_of_nth(held.flight.billed + 1, price)


def _cost_of_nth(n: int, cpm_micros: int) -> int:
    """What the nth impression or view (from 1) costs, so that all of them cost the price rounded down once."""
    return n * cpm_micros // 1000 - (n - 1) * cpm_micros // 1000
