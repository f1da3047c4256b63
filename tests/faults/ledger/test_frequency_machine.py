"""Frequency caps against a model of them, on a real server: pages, impressions, lapses, windows, months."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import close, connect
from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.ledger import Candidate, Reservation, SlotPlan
from service.domain.ads.reader.frequency import Capped, CountedReader, ReaderCap, Window
from service.domain.events.tokens import AdToken, EventKind
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

# Windows in minutes; the third straddles the last, as weeks do months. The caller tells the ledger what they are.
LENGTHS = (4, 16, 24, 64)
WEEK, MONTH = 2, 3
LAPSES_AFTER, SETTLED_AT_ONCE = 2, 2
FLIGHTS = (1, 2, 3, 4)
CAMPAIGN_OF = {1: 1, 2: 1, 3: 2, 4: 2}
CAPS = {
    (Capped.CREATIVE, 3): {0: 1, 2: 4},
    (Capped.FLIGHT, 1): {0: 2, 1: 3},
    (Capped.FLIGHT, 4): {1: 2, 3: 6},
    (Capped.CAMPAIGN, 1): {0: 2, 2: 5},
    (Capped.CAMPAIGN, 2): {1: 4},
    (Capped.ADVERTISER, 1): {1: 6, 2: 9, 3: 14},
}
READERS = ("ann", "session")


def things(flight: int) -> list[tuple[Capped, int]]:
    """What an impression of a flight counts for; its creative has its number."""
    owners = [(Capped.CAMPAIGN, CAMPAIGN_OF[flight]), (Capped.ADVERTISER, 1)]
    return [(Capped.CREATIVE, flight), (Capped.FLIGHT, flight), *owners]


@dataclass
class Decision:
    """One decision that a reader was counted for; `waits` until it is settled."""

    flight: int
    minute: int
    extra: int = 0
    seen: bool = False
    waits: bool = True
    given_back: bool = False


@dataclass
class Counts:
    """All that a reader was ever shown, in order."""

    decisions: list[Decision] = field(default_factory=list)

    def settle(self, minute: int) -> None:
        """Settles the first minutes whose impressions are overdue."""
        overdue = [one for one in self.decisions if one.waits and one.minute + LAPSES_AFTER + one.extra < minute]
        settled = sorted({one.minute for one in overdue})[:SETTLED_AT_ONCE]
        for one in overdue:
            if one.minute in settled:
                one.waits, one.given_back = False, not one.seen

    def admits(self, flight: int, minute: int) -> bool:
        """Whether no cap of the flight, its creative or its owners is full in the window that is in force."""
        for thing in things(flight):
            for window, most in CAPS.get(thing, {}).items():
                begin = minute - minute % LENGTHS[window]
                shown = [one for one in self.decisions if one.minute >= begin and not one.given_back]
                if sum(thing in things(one.flight) for one in shown) >= most:
                    return False
        return True


class CapsMachine(RuleBasedStateMachine):
    """Every rule does the same to the store and to the model, and compares the answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.client = connect(url, 30_000)
        self.client.flushall()
        self.ledger = RedisLedger(self.client)
        self.counts = {name: Counts() for name in READERS}
        self.views: dict[str, dict[str, Reservation]] = {}
        self.waiting: list[tuple[Reservation, Decision]] = []
        self.minutes = self.pages = 0

    @initialize()
    def load(self) -> None:
        """Loads four flights of two campaigns, and sets the clock five seconds into the first minute of all windows."""
        flights = [auctioned(f"f{n}", 1_000, campaign=f"c{CAMPAIGN_OF[n]}") for n in FLIGHTS]
        RedisInventoryStore(self.client).apply("s", inventory(*flights), 0)
        now = int(self.client.time()[0])
        whole = 60 * 192  # all lengths divide it
        self.offset = (now // whole + 1) * whole + 5 - now
        self.start = (now + self.offset) // 60
        self._set_clock()

    def teardown(self) -> None:
        """Gives the connection back."""
        close(self.client)

    @property
    def minute(self) -> int:
        """The ledger's minute."""
        return self.start + self.minutes

    def _set_clock(self) -> None:
        self.client.hset("sf:{s}:ledger", "test_offset_s", self.offset + 60 * self.minutes)

    def _reader(self, name: str, *, late: bool) -> CountedReader:
        """A reader as a caller names it whose clock is right, or a minute late into the windows of this month."""
        minute = self.minute - 1 if late and self.minute % LENGTHS[MONTH] else self.minute
        begins = [minute - minute % length for length in LENGTHS]
        windows = tuple(
            Window(60 * begin, 60 * (begin + length)) for begin, length in zip(begins, LENGTHS, strict=True)
        )
        month = begins[MONTH]
        if name == "session":
            return CountedReader(name, windows, is_session=True)  # type: ignore[arg-type]
        before = f"{name}-{month - LENGTHS[MONTH]}" if begins[WEEK] < month else None
        return CountedReader(f"{name}-{month}", windows, before)  # type: ignore[arg-type]

    @rule()
    def server_forgets_functions(self) -> None:
        """A new server, or someone who cleans up, has no functions."""
        self.client.execute_command("FUNCTION FLUSH")

    @rule(
        name=st.sampled_from(READERS),
        minutes=st.sampled_from([0, 0, 0, 1, 1, 1, 2, 3, 5, 13]),
        again=st.sampled_from([False, False, False, True]),
        slots=st.lists(st.permutations(FLIGHTS), min_size=1, max_size=3),
        late=st.booleans(),
        seen=st.booleans(),
        extra=st.sampled_from([0, 0, 2, 13]),
    )
    def page(
        self, name: str, minutes: int, again: bool, slots: list[list[int]], late: bool, seen: bool, extra: int
    ) -> None:
        """Minutes pass, windows and months end; a reader opens a page, or its call is repeated.

        The impressions of the page are waited for `extra` minutes longer than others.
        """
        self.minutes += minutes
        self._set_clock()
        self.pages += 0 if again else 1
        view = f"{name}-{self.pages}"
        plans = [SlotPlan(str(at), 1, tuple(map(self._candidate, flights)), extra) for at, flights in enumerate(slots)]
        answer = self.ledger.reserve("s", view, plans, reader=self._reader(name, late=late))
        counts, kept = self.counts[name], self.views.setdefault(view, {})
        counts.settle(self.minute)
        for at, (flights, one) in enumerate(zip(slots, answer.slots, strict=True)):
            known = kept.get(str(at))
            if known:
                assert one == known
                continue
            on_page = {given.flight for given in kept.values()}
            free = (flight for flight in flights if flight not in on_page and counts.admits(flight, self.minute))
            assert (one.flight if one else None) == next(free, None)
            if one:
                kept[str(at)] = one
                decision = Decision(one.flight, self.minute, extra)
                counts.decisions.append(decision)
                self.waiting.append((one, decision))
                if seen:
                    self._arrives(one, decision)

    def _candidate(self, flight: int) -> Candidate:
        caps = [
            ReaderCap(of, window, most)
            for of, number in things(flight)
            for window, most in CAPS.get((of, number), {}).items()
        ]
        day = CapDay(1, 60 * self.start - 90_000, 60 * self.start + 10**7)
        return Candidate(flight, flight, day, caps=tuple(caps))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def impression(self, data: st.DataObject) -> None:
        """An impression arrives: on time, or so late that it may have been given back."""
        one, decision = data.draw(st.sampled_from(self.waiting[-6:]))
        if decision.minute + 120 >= self.minute:
            self._arrives(one, decision)

    def _arrives(self, one: Reservation, decision: Decision) -> None:
        token = AdToken(
            EventKind.IMPRESSION, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1,
            one.model, one.price_micros, one.view_ppm, one.click_ppm, one.day, extra_minutes=one.extra_minutes,
        )  # fmt: skip
        self.ledger.book(token)
        decision.seen = True


def test_caps_do_as_their_model_does(redis_url: str) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: CapsMachine(redis_url),
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
