"""The ledger against a model of it, step by step on a real server: reservations, events, clocks, caps, lost scripts."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from service.adapters.redis.connection import close, connect
from service.adapters.redis.inventory_store import RedisInventoryStore
from service.adapters.redis.ledger import RedisLedger
from service.domain.events import AdToken, EventKind
from service.domain.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    InventoryChanges,
    PriceModel,
    Tier,
    Unit,
)
from service.domain.ledger import (
    LATE_MINUTES,
    MODEL_CODES,
    WINDOW_MINUTES,
    Booking,
    Candidate,
    CapDay,
    EventStatus,
    Reservation,
    SlotPlan,
)
from service.domain.money import MICROS, cost_of_nth

pytestmark = pytest.mark.redis

DAY_MINUTES = 10  # the caller tells the ledger its days, so a test may have short ones
IMPRESSION, VIEW, CLICK = EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK
BILLS = {PriceModel.CPM: IMPRESSION, PriceModel.VCPM: VIEW, PriceModel.CPC: CLICK}
UNIT_EVENT = {Unit.IMPRESSIONS: IMPRESSION, Unit.VIEWS: VIEW, Unit.CLICKS: CLICK}


def flight(name: str, model: PriceModel, price: int, **terms: object) -> Flight:
    """A flight with one creative of its own."""
    return Flight(
        name, "c", "a", Tier.PRICE, price_model=model, price_micros=price, placements=("sidebar",),
        creatives=(FlightCreative(f"k-{name}"),), **terms,  # type: ignore[arg-type]
    )  # fmt: skip


FLIGHTS = (
    flight("cpm", PriceModel.CPM, 2_500_777, lifetime_cap=30_000, daily_cap=12_500, labels=("cars",)),
    flight("cpc", PriceModel.CPC, 300_000, lifetime_cap=700_000, goal_type="clicks", goal=3),
    flight("vcpm", PriceModel.VCPM, 4_000_001, cap_unit=Unit.VIEWS, daily_cap=3, goal_type="impressions", goal=7),
    flight("rival", PriceModel.CPM, 999_999, cap_unit=Unit.IMPRESSIONS, lifetime_cap=5, exclude_labels=("cars",)),
)

NAMES = st.sampled_from([one.id for one in FLIGHTS])


@dataclass
class Held:
    """One reservation of the model, with what it still holds for each event."""

    answer: Reservation
    open: dict[EventKind, dict[Unit, int]]


@dataclass
class Budget:
    """One flight's budget in the model, by plain sums over its reservations."""

    flight: Flight
    latest_day: int = 0
    day_before: int = 0
    booked: dict[tuple[str, object, Unit], int] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    billed: int = 0
    net: dict[EventKind, int] = field(default_factory=lambda: dict.fromkeys(EventKind, 0))
    told_micros: int = 0

    def caps(self) -> list[tuple[str, Unit, int]]:
        """Scope, unit and limit, in micros of money or of units."""
        terms = self.flight
        caps = [("life", terms.cap_unit, terms.lifetime_cap), ("day", terms.cap_unit, terms.daily_cap)]
        if terms.goal is not None:
            caps.append(("life", Unit(terms.goal_type), terms.goal))
        return [(s, u, n if u is Unit.MONEY else n * MICROS) for s, u, n in caps if n is not None]

    def event_of(self, unit: Unit) -> EventKind:
        """The event that books a unit."""
        return BILLS[self.flight.price_model] if unit is Unit.MONEY else UNIT_EVENT[unit]

    def full(self, unit: Unit) -> int:
        """The most that one event books of a unit."""
        if unit is not Unit.MONEY:
            return MICROS
        price = self.flight.price_micros
        return price if self.flight.price_model is PriceModel.CPC else -(-price // 1000)

    def hold_of(self, unit: Unit, view_ppm: int, click_ppm: int) -> int:
        """What a reservation holds of a unit."""
        rate = {IMPRESSION: MICROS, VIEW: view_ppm, CLICK: click_ppm}[self.event_of(unit)]
        return math.ceil(Fraction(self.full(unit) * rate, MICROS))

    def booked_of(self, scope: str, day: object, unit: Unit) -> int:
        """What is booked for life, or on a day."""
        return self.booked.get((scope, day if scope == "day" else None, unit), 0)

    def outstanding(self, unit: Unit, minute: int, day: int | None = None) -> int:
        """What reservations hold within the window of the unit's event."""
        event = self.event_of(unit)
        return sum(
            one.open[event].get(unit, 0)
            for one in self.held
            if minute <= one.answer.minute + WINDOW_MINUTES[event] and day in (None, one.answer.day)
        )

    def rates(self) -> tuple[int, int]:
        """Upper bounds of the view and click rates, in millionths."""

        def upper(events: int, prior: int) -> int:
            mean = events + prior
            rate = (mean + 2 * math.sqrt(mean)) / (self.net[IMPRESSION] + 100)
            return min(MICROS, math.ceil(rate * MICROS))

        return upper(self.net[VIEW], 60), upper(self.net[CLICK], 1)


class LedgerMachine(RuleBasedStateMachine):
    """Every rule does the same to the store and to the model, and compares the answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.client = connect(url, 5_000)
        self.client.flushall()
        self.store, self.ledger = RedisInventoryStore(self.client), RedisLedger(self.client)
        self.views: dict[str, dict[str, Reservation]] = {}
        self.shown: dict[str, set[str]] = {}
        self.used: set[tuple[int, int, EventKind]] = set()
        self.minutes = 0
        self.seen_minute = 0
        self.serials: dict[int, int] = {}
        self.ceilings: dict[str, int] = {}

    @initialize()
    def load(self) -> None:
        """Loads the flights, and sets the clock five seconds into a minute at the start of a day."""
        creatives = [Creative(f"k-{one.id}", "a", "native", "https://a.example/") for one in FLIGHTS]
        self.store.apply("s", InventoryChanges((Advertiser("a"), Campaign("c", "a"), *FLIGHTS, *creatives)), 0)
        inventory = self.store.load("s")
        self.budgets = {one.id: Budget(one) for one in inventory.flights.values()}
        self.creative = {name: inventory.creatives[f"k-{name}"].number for name in self.budgets}
        self.seen_minute = int(self._head()[1]) // 60
        now = int(self.client.time()[0])
        self.start = (now // 600 + 1) * DAY_MINUTES
        self.offset = self.start * 60 + 5 - now
        self._set_clock()
        self.by_number = {budget.flight.number: budget for budget in self.budgets.values()}

    def teardown(self) -> None:
        """Gives the connection back."""
        close(self.client)

    @property
    def minute(self) -> int:
        """The ledger's minute: it never goes back behind one that it has seen."""
        return max(self.start + self.minutes, self.seen_minute)

    def _set_clock(self) -> None:
        self.client.hset("sf:{s}:ledger", "test_offset_s", self.offset + 60 * self.minutes)

    @rule(minutes=st.sampled_from([1, 1, 1, 2, 3, 6, 11, 61, 125, -2, -30]))
    def clock_jumps(self, minutes: int) -> None:
        """The server's clock moves on, or jumps, both ways."""
        self.minutes += minutes
        self._set_clock()

    @rule()
    def server_forgets_scripts(self) -> None:
        """A restart or failover loses the scripts."""
        self.client.script_flush()
        self.client.execute_command("FUNCTION FLUSH")

    @rule(
        view=st.sampled_from("pqrstu"),
        slots=st.lists(
            st.lists(st.sampled_from([one.id for one in FLIGHTS]), max_size=4, unique=True), min_size=1, max_size=3
        ),
    )
    def reserve(self, view: str, slots: list[list[str]]) -> None:
        """A page asks; a repeat of a page view gets its first answer."""
        number = self.minute // DAY_MINUTES
        day = CapDay(number, number * DAY_MINUTES * 60, (number + 1) * DAY_MINUTES * 60)
        plans = [
            SlotPlan(str(at), 1, tuple(self._candidate(name, day) for name in names)) for at, names in enumerate(slots)
        ]
        answer = self.ledger.reserve("s", view, plans)
        self.seen_minute = self.minute
        expected = [self._model_slot(view, str(at), names, day) for at, names in enumerate(slots)]
        assert list(answer.slots) == expected

    def _head(self) -> tuple[float, ...]:
        """The ledger's epoch and the latest second it has seen."""
        return struct.unpack_from("<2d", self.client.hget("sf:{s}:ledger", "head"))

    def _candidate(self, name: str, day: CapDay) -> Candidate:
        terms = self.budgets[name].flight
        return Candidate(terms.number, self.creative[name], day, terms.labels, terms.exclude_labels)

    def _model_slot(self, view: str, slot: str, names: list[str], day: CapDay) -> Reservation | None:
        kept = self.views.setdefault(view, {}).get(slot)
        if kept and self.by_number[kept.flight].flight.status is FlightStatus.ACTIVE:
            return kept
        shown = self.shown.setdefault(view, set())
        for name in names:
            if name in shown or (name in ("cpm", "rival") and shown & {"cpm", "rival"}):
                continue
            answer = self._model_reserve(self.budgets[name], day)
            if answer:
                shown.add(name)
                self.views[view][slot] = answer
                return answer
        return None

    def _model_reserve(self, budget: Budget, day: CapDay) -> Reservation | None:
        if budget.flight.status is not FlightStatus.ACTIVE:
            return None
        rates = budget.rates()
        holds: dict[EventKind, dict[Unit, int]] = {kind: {} for kind in EventKind}
        for scope, unit, limit in budget.caps():
            booked, hold = budget.booked_of(scope, day.number, unit), budget.hold_of(unit, *rates)
            still = budget.outstanding(unit, self.minute, day.number if scope == "day" else None)
            if booked + budget.full(unit) > limit or booked + still + hold > limit:
                return None
            holds[budget.event_of(unit)][unit] = hold
        self.serials[self.minute] = self.serials.get(self.minute, 0) + 1
        model, price = MODEL_CODES[budget.flight.price_model], budget.flight.price_micros
        number, epoch = budget.flight.number, int(self._head()[0])
        creative = self.creative[budget.flight.id]
        answer = Reservation(
            number, creative, epoch, self.minute, self.serials[self.minute], model, price, *rates, day.number
        )
        budget.held.append(Held(answer, holds))
        return answer

    @precondition(lambda self: any(self.views.values()))
    @rule(data=st.data(), kind=st.sampled_from([IMPRESSION, IMPRESSION, IMPRESSION, VIEW, CLICK]))
    def event(self, data: st.DataObject, kind: EventKind) -> None:
        """A beacon arrives: on time, late, once more, or far too late."""
        every = [held for budget in self.budgets.values() for held in budget.held]
        held = data.draw(st.sampled_from(every))
        one = held.answer
        token = AdToken(
            kind, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1,
            one.model, one.price_micros, one.view_ppm, one.click_ppm, one.day,
        )  # fmt: skip
        expected = self._model_event(self.by_number[one.flight], held, kind)
        assert self.ledger.book(token) == expected

    def _model_event(self, budget: Budget, held: Held, kind: EventKind) -> Booking:
        key = (held.answer.minute, held.answer.serial)
        if held.answer.minute + LATE_MINUTES < self.minute:
            return Booking(EventStatus.EXPIRED)
        if (*key, kind) in self.used:
            return Booking(EventStatus.REPLAY)
        self.seen_minute = self.minute
        self.used.add((*key, kind))
        if held.answer.day > budget.latest_day:
            budget.latest_day, budget.day_before = held.answer.day, budget.latest_day
        implied = Booking(EventStatus.COUNTED)
        if kind is CLICK and (*key, IMPRESSION) not in self.used:
            self.used.add((*key, IMPRESSION))
            implied = self._model_book(budget, held, IMPRESSION)
        own = self._model_book(budget, held, kind)
        status = EventStatus.BILLED if EventStatus.BILLED in (implied.status, own.status) else own.status
        return Booking(status, implied.amount_micros + own.amount_micros)

    def _model_book(self, budget: Budget, held: Held, kind: EventKind) -> Booking:
        budget.net[kind] += 1
        price, day = budget.flight.price_micros, held.answer.day
        amounts = {unit: MICROS for unit, event in UNIT_EVENT.items() if event is kind}
        if BILLS[budget.flight.price_model] is kind:
            is_click = budget.flight.price_model is PriceModel.CPC
            amounts[Unit.MONEY] = price if is_click else cost_of_nth(budget.billed + 1, price)
        late = self.minute > held.answer.minute + WINDOW_MINUTES[kind]
        fits = True
        for scope, unit, limit in budget.caps():
            if unit in amounts:
                recent = scope == "life" or day in (budget.latest_day, budget.day_before)
                still = budget.outstanding(unit, self.minute, day if scope == "day" else None) if late else 0
                fits &= recent and budget.booked_of(scope, day, unit) + still + amounts[unit] <= limit
        held.open[kind] = {}
        if not fits:
            return Booking(EventStatus.UNBILLED)
        for unit, amount in amounts.items():
            for scope in ("life", "day"):
                place = (scope, day if scope == "day" else None, unit)
                budget.booked[place] = budget.booked.get(place, 0) + amount
        if Unit.MONEY not in amounts:
            return Booking(EventStatus.COUNTED)
        budget.billed += 1
        budget.told_micros += amounts[Unit.MONEY]
        return Booking(EventStatus.BILLED, amounts[Unit.MONEY])

    @rule(name=st.sampled_from(["cpm", "cpc", "rival"]), share=st.sampled_from([0.3, 0.6, 1.0, 1.5]))
    def change_cap(self, name: str, share: float) -> None:
        """A cap is lowered or raised; it binds in the next call."""
        original = next(one for one in FLIGHTS if one.id == name)
        self._put(name, lifetime_cap=max(1, int(original.lifetime_cap * share)))

    @rule(name=NAMES, status=st.sampled_from([FlightStatus.PAUSED, FlightStatus.ACTIVE, FlightStatus.ACTIVE]))
    def pause_or_resume(self, name: str, status: FlightStatus) -> None:
        """A flight is paused or resumed; it binds in the next call."""
        self._put(name, status=status)

    def _put(self, name: str, **terms: object) -> None:
        budget = self.budgets[name]
        budget.flight = replace(budget.flight, **terms)
        unit = budget.flight.cap_unit
        at_change = budget.booked_of("life", None, unit) + budget.outstanding(unit, self.minute)
        self.ceilings[name] = at_change
        self.store.apply("s", InventoryChanges((budget.flight,)), self.store.version("s"))

    @invariant()
    def what_was_told_is_what_was_billed(self) -> None:
        """The sum of the answers to events is the spend in the report, and no cap in force was passed by it."""
        if not hasattr(self, "by_number"):
            return
        numbers = sorted(self.by_number)
        for number, delivery in zip(numbers, self.ledger.delivery("s", numbers), strict=True):
            budget = self.by_number[number]
            assert delivery.spend_micros == budget.told_micros
            assert delivery.net_impressions == budget.net[IMPRESSION]
            assert (delivery.views, delivery.clicks) == (budget.net[VIEW], budget.net[CLICK])

    @invariant()
    def booked_and_held_stay_within_the_cap(self) -> None:
        """For caps whose holds are exact: never above the larger of the cap and where it stood when the cap changed."""
        if not hasattr(self, "by_number"):
            return
        for name in ("cpm", "rival"):
            budget = self.budgets[name]
            limit = next(n for scope, _, n in budget.caps() if scope == "life")
            unit = budget.flight.cap_unit
            total = budget.booked_of("life", None, unit) + budget.outstanding(unit, self.minute)
            assert total <= max(limit, self.ceilings.get(name, 0))


def test_the_ledger_does_as_its_model_does(redis_url: str) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: LedgerMachine(redis_url),
        settings=settings(
            max_examples=120,
            stateful_step_count=40,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
