"""The ledger against a model of it, step by step on a real server: reservations, events, clocks, caps, lost code."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

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

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import close, connect
from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.ledger import WINDOW_MINUTES, Candidate, SlotPlan
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightStatus,
    PriceModel,
    Unit,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.events.tokens import AdToken
from tests.faults.ledger.ledger_model import CLICK, IMPRESSION, VIEW, Budget, FlightBudget, Held, ModelLedger
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

DAY_MINUTES = 10  # the caller tells the ledger its days, so a test may have short ones
FIXED_BYTES = 181  # of a record, before its holds (record.lua)
COLUMNS = [(Unit.MONEY, IMPRESSION), (Unit.MONEY, VIEW), (Unit.MONEY, CLICK),
           (Unit.IMPRESSIONS, IMPRESSION), (Unit.VIEWS, VIEW), (Unit.CLICKS, CLICK)]  # fmt: skip


ADVERTISERS = (Advertiser("a", cap_unit=Unit.IMPRESSIONS, lifetime_cap=12, daily_cap=5),)
CAMPAIGNS = (
    Campaign("c", "a", lifetime_cap=720_000, daily_cap=340_000),
    Campaign("d", "a", cap_unit=Unit.VIEWS, daily_cap=6),
)
FLIGHTS = (
    auctioned("cpm", 2_500_777, lifetime_cap=30_000, daily_cap=12_500, labels=("cars",)),
    auctioned("cpc", 300_000, price_model=PriceModel.CPC, lifetime_cap=700_000, goal_type="clicks", goal=3),
    auctioned("vcpm", 4_000_001, campaign="d", price_model=PriceModel.VCPM, cap_unit=Unit.VIEWS, daily_cap=3,
              goal_type="impressions", goal=7),
    auctioned("rival", 999_999, campaign="d", cap_unit=Unit.IMPRESSIONS, lifetime_cap=5, exclude_labels=("cars",)),
    auctioned("flat", 9_000, price_model=PriceModel.FLAT, lifetime_cap=20_000),
)  # fmt: skip
FLIGHT_IDS = [one.id for one in FLIGHTS]
NAMES = st.sampled_from(FLIGHT_IDS)
CAPPED = st.sampled_from([("flights", name) for name in ("cpm", "cpc", "rival", "flat")]
                         + [("campaigns", "c"), ("advertisers", "a")])  # fmt: skip


class LedgerMachine(RuleBasedStateMachine):
    """Every rule does the same to the store and to the model, and compares the answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.client = connect(url, 30_000)
        self.client.flushall()
        self.store, self.ledger = RedisInventoryStore(self.client), RedisLedger(self.client)
        self.model = ModelLedger()
        self.views: dict[str, dict[str, Held]] = {}
        self.shown: dict[str, set[str]] = {}
        self.reserved: list[Held] = []
        self.budgets: dict[tuple[str, str], Budget] = {}
        self.ceilings: dict[tuple[str, str], int] = {}
        self.minutes = 0

    @initialize()
    def load(self) -> None:
        """Loads the inventory, and sets the clock five seconds into a minute at the start of a day."""
        self.store.apply("s", inventory(*ADVERTISERS, *CAMPAIGNS, *FLIGHTS), 0)
        known = self.store.load("s")
        self.budgets = {("advertisers", one.id): Budget(one) for one in known.advertisers.values()}
        self.budgets |= {("campaigns", one.id): Budget(one) for one in known.campaigns.values()}
        for one in known.flights.values():
            self.budgets["flights", one.id] = FlightBudget(one, creative=known.creatives[f"k-{one.id}"].number)
        self.seen_minute = int(self._head()[1]) // 60
        now = int(self.client.time()[0])
        self.start = (now // 600 + 1) * DAY_MINUTES
        self.offset = self.start * 60 + 5 - now
        self._set_clock()

    def teardown(self) -> None:
        """Gives the connection back."""
        close(self.client)

    @property
    def minute(self) -> int:
        """The ledger's minute: it never goes back behind one that it has seen."""
        return max(self.start + self.minutes, self.seen_minute)

    def _set_clock(self) -> None:
        self.client.hset("sf:{s}:ledger", "test_offset_s", self.offset + 60 * self.minutes)

    def _head(self) -> tuple[float, ...]:
        """The ledger's epoch and the latest second it has seen."""
        return struct.unpack_from("<2d", self.client.hget("sf:{s}:ledger", "head"))

    def _flight(self, name: str) -> FlightBudget:
        budget = self.budgets["flights", name]
        assert isinstance(budget, FlightBudget)
        return budget

    @rule(minutes=st.sampled_from([1, 1, 1, 2, 3, 6, 11, 61, 125, -2, -30]))
    def clock_jumps(self, minutes: int) -> None:
        """The server's clock moves on, or jumps, both ways."""
        self.minutes += minutes
        self._set_clock()

    @rule()
    def server_forgets_functions(self) -> None:
        """A new server, or someone who cleans up, has no functions."""
        self.client.execute_command("FUNCTION FLUSH")

    @rule(
        view=st.sampled_from("pqrstu"),
        slots=st.lists(st.lists(NAMES, max_size=5, unique=True), min_size=1, max_size=3),
        hinted=st.booleans(),
        extra=st.sampled_from([0, 0, 1, 4, 13]),
    )
    def reserve(self, view: str, slots: list[list[str]], hinted: bool, extra: int) -> None:
        """A page asks; a repeat of a page view gets its first answer. Hints of owners change nothing.

        The impression of its second slot is waited for longer.
        """
        number = self.minute // DAY_MINUTES
        day = CapDay(number, number * DAY_MINUTES * 60, (number + 1) * DAY_MINUTES * 60)
        plans = [
            SlotPlan(str(at), 1, tuple(self._candidate(name, day, hinted) for name in names), extra if at == 1 else 0)
            for at, names in enumerate(slots)
        ]
        answer = self.ledger.reserve("s", view, plans)
        self.seen_minute = self.minute
        expected = [
            self._model_slot(view, str(at), names, number, extra if at == 1 else 0) for at, names in enumerate(slots)
        ]
        assert list(answer.slots) == [held.answer if held else None for held in expected]

    def _candidate(self, name: str, day: CapDay, hinted: bool) -> Candidate:
        budget = self._flight(name)
        terms = budget.flight
        owners = tuple(owner.terms.number for owner in self._owners(terms)) if hinted else (0, 0)
        return Candidate(terms.number, budget.creative, day, terms.labels, terms.exclude_labels, *owners)

    def _owners(self, terms: Flight) -> tuple[Budget, Budget]:
        return self.budgets["campaigns", terms.campaign], self.budgets["advertisers", terms.advertiser]

    def _model_slot(self, view: str, slot: str, names: list[str], day: int, extra: int) -> Held | None:
        kept = self.views.setdefault(view, {}).get(slot)
        if kept and kept.flight.may_serve:
            return kept
        shown = self.shown.setdefault(view, set())
        for name in names:
            if name in shown or (name in ("cpm", "rival") and shown & {"cpm", "rival"}):
                continue
            budget = self._flight(name)
            held = self.model.reserve(
                budget, self._owners(budget.flight), int(self._head()[0]), self.minute, day, extra
            )  # fmt: skip
            if held:
                shown.add(name)
                self.views[view][slot] = held
                self.reserved.append(held)
                return held
        return None

    @precondition(lambda self: self.reserved)
    @rule(data=st.data(), kind=st.sampled_from([IMPRESSION, IMPRESSION, IMPRESSION, VIEW, CLICK]))
    def event(self, data: st.DataObject, kind: object) -> None:
        """A beacon arrives: on time, late, once more, or far too late."""
        held = data.draw(st.sampled_from(self.reserved))
        one = held.answer
        token = AdToken(
            kind, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1,
            one.model, one.price_micros, one.view_ppm, one.click_ppm, one.day, extra_minutes=one.extra_minutes,
        )  # fmt: skip
        expected = self.model.event(held, kind, self.minute)
        if expected.status not in ("expired", "replay"):
            self.seen_minute = self.minute
        assert self.ledger.book(token) == expected

    @rule(
        which=CAPPED, share=st.sampled_from([0.3, 0.6, 1.0, 1.5]), scope=st.sampled_from(["lifetime_cap", "daily_cap"])
    )
    def change_cap(self, which: tuple[str, str], share: float, scope: str) -> None:
        """A cap is lowered or raised; it binds in the next call."""
        original = next(one for one in (*FLIGHTS, *CAMPAIGNS, *ADVERTISERS) if one.id == which[1])
        limit = getattr(original, scope)
        if limit is not None:
            self._put(which, **{scope: max(1, int(limit * share))})

    @rule(name=NAMES, status=st.sampled_from([FlightStatus.PAUSED, FlightStatus.ACTIVE, FlightStatus.ACTIVE]))
    def pause_or_resume(self, name: str, status: FlightStatus) -> None:
        """A flight is paused or resumed; it binds in the next call."""
        self._put(("flights", name), status=status)

    @rule(name=NAMES, killed=st.booleans())
    def kill(self, name: str, killed: bool) -> None:
        """A creative is killed, or never was."""
        creative = Creative(f"k-{name}", "a", "native", "https://a.example/", killed=killed)
        self.store.apply("s", InventoryChanges((creative,)), self.store.version("s"))
        self._flight(name).killed = killed

    def _put(self, which: tuple[str, str], **terms: object) -> None:
        budget = self.budgets[which]
        budget.terms = replace(budget.terms, **terms)
        unit = budget.terms.cap_unit
        self.ceilings[which] = budget.of("life", 0, unit) + budget.outstanding(unit, self.minute)
        changed: Entity = budget.terms
        self.store.apply("s", InventoryChanges((changed,)), self.store.version("s"))

    @invariant()
    def what_was_told_is_what_was_billed(self) -> None:
        """The sum of the answers to events is the spend in the report, of flights and of who owns them."""
        flights = [self._flight(name) for name in FLIGHT_IDS if self.budgets]
        told = self.ledger.delivery("s", [budget.flight.number for budget in flights]) if flights else []
        for budget, delivery in zip(flights, told, strict=True):
            assert delivery.spend_micros == budget.told_micros
            assert delivery.net_impressions == budget.net[IMPRESSION]
            assert (delivery.views, delivery.clicks) == (budget.net[VIEW], budget.net[CLICK])
        owners = [
            self.budgets[key] for key in (("campaigns", "c"), ("campaigns", "d"), ("advertisers", "a")) if flights
        ]
        numbers = [owner.terms.number for owner in owners]
        for owner, booked in zip(owners, self.ledger.booked("s", numbers[:2], numbers[2:]), strict=True):
            assert booked.life == {unit: owner.of("life", 0, unit) for unit in Unit}
            assert booked.day == owner.latest_day
            assert booked.on_day == {unit: owner.of("day", owner.latest_day, unit) for unit in Unit}

    @invariant()
    def what_is_held_is_the_sum_of_what_reservations_hold(self) -> None:
        """No column's sum drifts from its entries, and these are what the model holds."""
        for (kind, _), budget in self.budgets.items():
            record = self.client.hget("sf:{s}:ledger", f"{kind[0]}{budget.terms.number}")
            held = dict.fromkeys(COLUMNS, 0)
            for column, total, entries in _columns(record):
                assert total == sum(amount for _, _, amount in entries)
                window = WINDOW_MINUTES[COLUMNS[column][1]]
                held[COLUMNS[column]] = sum(n for minute, _, n in entries if self.minute <= minute + window)
            for unit in Unit:
                in_store = sum(amount for (of_unit, _), amount in held.items() if of_unit is unit)
                assert in_store == budget.outstanding(unit, self.minute)

    @invariant()
    def booked_and_held_stay_within_the_cap(self) -> None:
        """For caps whose holds are exact: never above the larger of the cap and where it stood when the cap changed."""
        for which in (("flights", "cpm"), ("flights", "rival"), ("advertisers", "a")):
            if which in self.budgets:
                budget = self.budgets[which]
                limit = next(n for scope, _, n in budget.caps() if scope == "life")
                unit = budget.terms.cap_unit
                total = budget.of("life", 0, unit) + budget.outstanding(unit, self.minute)
                assert total <= max(limit, self.ceilings.get(which, 0))


def _columns(record: bytes) -> Iterator[tuple[int, int, list[tuple[int, int, float]]]]:
    """Each column of a record's holds: its number, its sum, and its entries of minute, day and amount."""
    at = FIXED_BYTES
    while at < len(record):
        number, count, total, _, _ = struct.unpack_from("<BHdII", record, at)
        at += 19
        yield number, total, [struct.unpack_from("<IId", record, at + 16 * place) for place in range(count)]
        at += 16 * count


def test_the_ledger_does_as_its_model_does(redis_url: str) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: LedgerMachine(redis_url),
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
