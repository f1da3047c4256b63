"""The ledger's single rules on a real server: on time and late, the last of a cap, days, marks, what may not bill."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import redis as redis_client

from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import connect
from service.domain.ads.booking.cap_day import CapDay
from service.domain.ads.booking.ledger import MARKS_KEPT_MINUTES, Candidate, Reservation, SlotPlan
from service.domain.ads.inventory import (
    Flight,
    FlightStatus,
    PriceModel,
    Unit,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.errors import StoreUnavailable
from service.domain.events.booking import EventStatus
from service.domain.events.tokens import AdToken, EventKind
from tests.faults.killed_store import PATIENCE_S, stalled
from tests.faults.ledger.clocked_store import ClockedStore
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

CPM = auctioned()
SPENT_AT = 85  # where record.lua keeps the money booked for life
CPC = replace(CPM, price_model=PriceModel.CPC, price_micros=300_000)


class Desk(ClockedStore):
    """One flight in an empty store, and a clock that the test moves."""

    def put(self, flight: Flight) -> None:
        """Loads the flight, or its new terms."""
        self.store.apply("s", inventory(flight), self.store.version("s"))

    def put_spent(self, micros: int) -> None:
        """Writes what flight 1 has spent into its record, as if it had been billed."""
        record = self.client.hget("sf:{s}:ledger", "f1")
        self.client.hset("sf:{s}:ledger", "f1", record[:SPENT_AT] + struct.pack("<d", micros) + record[SPENT_AT + 8 :])

    def reserve(
        self,
        view: str | None = None,
        day: CapDay | None = None,
        due: int | None = None,
        kept_ratio: float = 1.0,
    ) -> Reservation | None:
        """Asks for one slot of a new page view."""
        self.views += 1
        day = day or CapDay(1, self.start - 3_600, self.start + 86_400)
        plan = SlotPlan("slot", 1, (Candidate(1, 1, day, due=due),))
        return self.ledger.reserve("s", view or f"view-{self.views}", [plan], kept_ratio).slots[0]

    def token(self, one: Reservation | None, kind: EventKind = EventKind.IMPRESSION) -> AdToken:
        """The token of an event of a reservation."""
        assert one is not None
        return AdToken(
            kind, "s", one.epoch, one.minute, one.serial, one.flight, one.creative, 1,
            one.model, one.price_micros, one.view_ppm, one.click_ppm, one.day,
        )  # fmt: skip

    def book(self, one: Reservation | None, kind: EventKind = EventKind.IMPRESSION) -> tuple[str, int]:
        """Books an event and returns its status and cost."""
        booking = self.ledger.book(self.token(one, kind))
        return str(booking.status), booking.amount_micros


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def test_a_cap_is_reserved_to_its_last_micro_and_not_beyond(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=6_000))
    assert [bool(desk.reserve()) for _ in range(4)] == [True, True, True, False]


def test_a_lapsed_hold_is_free_again_after_its_window(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=2_000))
    assert desk.reserve()
    desk.pass_minutes(2)
    assert desk.reserve() is None
    desk.pass_minutes(1)
    assert desk.reserve()


def test_a_late_impression_is_billed_only_beside_what_others_hold(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=2_000))
    late = desk.reserve()
    desk.pass_minutes(3)
    on_time = desk.reserve()
    assert desk.book(late) == ("unbilled", 0)
    assert desk.book(on_time) == ("billed", 2_000)


def test_a_late_impression_is_billed_where_there_is_room(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=4_000))
    late = desk.reserve()
    desk.pass_minutes(3)
    assert desk.book(late) == ("billed", 2_000)


def test_a_click_on_time_is_billed_whatever_others_hold(desk: Desk) -> None:
    desk.put(replace(CPC, lifetime_cap=300_000))
    clicked = desk.reserve()
    assert all(desk.reserve() for _ in range(5))
    assert desk.book(clicked, EventKind.CLICK) == ("billed", 300_000)


def test_nothing_is_served_for_a_click_that_could_not_be_billed(desk: Desk) -> None:
    desk.put(replace(CPC, lifetime_cap=500_000))
    first, second = desk.reserve(), desk.reserve()
    assert desk.book(first, EventKind.CLICK) == ("billed", 300_000)
    assert desk.reserve() is None
    assert desk.book(second, EventKind.CLICK) == ("unbilled", 0)
    assert desk.ledger.delivery("s", [1])[0].unbilled_clicks == 1


def test_a_click_implies_its_impression_once(desk: Desk) -> None:
    desk.put(CPM)
    one = desk.reserve()
    assert desk.book(one, EventKind.CLICK) == ("billed", 2_000)
    assert desk.book(one) == ("replay", 0)
    delivery = desk.ledger.delivery("s", [1])[0]
    assert (delivery.net_impressions, delivery.clicks, delivery.spend_micros) == (1, 1, 2_000)
    assert (delivery.gross_impressions, delivery.invalid) == (2, {"replay": 1})


def test_a_lowered_cap_binds_events_on_their_way(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=6_000))
    held = [desk.reserve() for _ in range(3)]
    desk.put(replace(CPM, lifetime_cap=3_000))
    assert [desk.book(one)[0] for one in held] == ["billed", "unbilled", "unbilled"]


def test_the_caller_does_not_decide_when_a_day_ends(desk: Desk) -> None:
    desk.put(replace(CPM, daily_cap=2_000))
    today = CapDay(7, desk.start, desk.start + 600)
    tomorrow = CapDay(8, desk.start + 600, desk.start + 87_000)
    assert desk.reserve(day=today)
    assert desk.reserve(day=tomorrow) is None
    desk.pass_minutes(11)
    late = desk.reserve(day=today)
    assert late is not None
    assert late.day == 8
    assert desk.reserve(day=tomorrow) is None


def test_a_caller_whose_clock_is_hours_away_gets_nothing(desk: Desk) -> None:
    desk.put(CPM)
    assert desk.reserve(day=CapDay(7, desk.start - 90_000, desk.start - 3_600)) is None
    assert desk.reserve(day=CapDay(9, desk.start + 3_700, desk.start + 90_000)) is None


@pytest.mark.parametrize("is_first", [True, False], ids=["in turn", "today's first"])
def test_an_event_is_booked_on_the_day_of_its_decision(desk: Desk, is_first: bool) -> None:
    desk.put(replace(CPC, daily_cap=300_000))
    yesterday = desk.reserve(day=CapDay(7, desk.start, desk.start + 600))
    desk.pass_minutes(11)
    today = desk.reserve(day=CapDay(8, desk.start + 60, desk.start + 90_000))
    for decided in (yesterday, today) if is_first else (today, yesterday):
        assert desk.book(decided, EventKind.CLICK) == ("billed", 300_000)
    assert desk.reserve(day=CapDay(8, desk.start + 60, desk.start + 90_000)) is None


def test_an_event_two_hours_late_is_expired_and_its_marks_are_deleted_a_day_later(desk: Desk) -> None:
    desk.put(CPM)
    old, other = desk.reserve(), desk.reserve()
    assert desk.book(other)[0] == "billed"
    assert len(list(desk.client.scan_iter("sf:{s}:used:*"))) == 1
    desk.pass_minutes(121)
    assert desk.book(old) == ("expired", 0)
    assert desk.book(other) == ("expired", 0)
    desk.pass_minutes(MARKS_KEPT_MINUTES)
    for _ in range(1 + (MARKS_KEPT_MINUTES + 121) // 50):
        desk.reserve()
    assert list(desk.client.scan_iter("sf:{s}:used:*")) == []


def test_a_clock_set_back_does_not_make_old_events_new(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=2_000))
    assert desk.reserve()
    desk.pass_minutes(3)
    assert desk.reserve()
    desk.pass_minutes(-3)
    assert desk.reserve() is None


def test_a_clock_set_back_hands_out_no_address_twice(desk: Desk) -> None:
    desk.put(CPM)
    first = desk.reserve()
    desk.pass_minutes(3)
    ahead = desk.reserve()
    desk.pass_minutes(-3)
    back = desk.reserve()
    assert [desk.book(one)[0] for one in (first, ahead, back)] == ["billed"] * 3


def test_a_store_that_lost_everything_refuses_the_tokens_of_before(desk: Desk) -> None:
    desk.put(CPM)
    one = desk.reserve()
    desk.client.flushall()
    assert desk.book(one)[0] == "unknown"
    desk.put(CPM)
    assert desk.book(one)[0] == "unknown"
    assert desk.ledger.delivery("s", [1])[0].spend_micros == 0


@pytest.mark.parametrize("change", ["pause", "kill", "remove"])
def test_what_is_stopped_gets_no_reservation_and_no_repeat(desk: Desk, change: str) -> None:
    desk.put(CPM)
    assert desk.reserve("view")
    loaded = desk.store.load("s")
    changes = {
        "pause": InventoryChanges((replace(loaded.flights["f"], status=FlightStatus.PAUSED),)),
        "kill": InventoryChanges((replace(loaded.creatives["k-f"], killed=True),)),
        "remove": InventoryChanges(remove=(("flights", "f"),)),
    }
    desk.store.apply("s", changes[change], loaded.version)
    assert desk.reserve("view") is None
    assert desk.reserve() is None


def test_a_flight_loaded_again_keeps_its_number_and_what_it_spent(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=2_000))
    desk.book(desk.reserve())
    desk.store.apply("s", InventoryChanges(remove=(("flights", "f"),)), desk.store.version("s"))
    desk.put(replace(CPM, lifetime_cap=2_000))
    assert desk.reserve() is None


@pytest.mark.parametrize("reason", ["head", "prefetch", "other-site"])
def test_an_invalid_event_counts_as_gross_and_leaves_the_real_one_billable(desk: Desk, reason: str) -> None:
    desk.put(CPM)
    one = desk.reserve()
    assert desk.ledger.book(desk.token(one), reason).status is EventStatus.INVALID
    assert desk.book(one) == ("billed", 2_000)
    delivery = desk.ledger.delivery("s", [1])[0]
    assert (delivery.gross_impressions, delivery.net_impressions, delivery.invalid) == (2, 1, {reason: 1})


def test_a_changed_price_model_bills_by_the_terms_that_were_reserved(desk: Desk) -> None:
    desk.put(CPM)
    one = desk.reserve()
    desk.put(replace(CPC, price_micros=2_000_000))
    assert desk.book(one) == ("billed", 2_000)
    assert desk.book(one, EventKind.CLICK) == ("counted", 0)


def test_a_late_impression_is_not_billed_beyond_a_goal(desk: Desk) -> None:
    desk.put(replace(CPM, goal_type="impressions", goal=1, cap_unit=Unit.IMPRESSIONS, lifetime_cap=None))
    late = desk.reserve()
    desk.pass_minutes(3)
    on_time = desk.reserve()
    assert desk.book(late) == ("unbilled", 0)
    assert desk.book(on_time) == ("billed", 2_000)


def test_a_goal_in_impressions_is_a_cap_for_life(desk: Desk) -> None:
    desk.put(replace(CPM, goal_type="impressions", goal=2, cap_unit=Unit.IMPRESSIONS))
    assert [bool(desk.reserve()) for _ in range(3)] == [True, True, False]


def test_a_thousand_impressions_cost_the_price_exactly(desk: Desk) -> None:
    desk.put(replace(CPM, price_micros=1_234_567))
    assert sum(desk.book(desk.reserve())[1] for _ in range(1_000)) == 1_234_567


def test_the_largest_amounts_stay_exact(desk: Desk) -> None:
    cap = 9_000_000_000_000_000
    desk.put(replace(CPC, price_micros=9_000_000_000, lifetime_cap=cap))
    desk.put_spent(cap - 9_000_000_001)
    one, two = desk.reserve(), desk.reserve()
    assert desk.book(one, EventKind.CLICK) == ("billed", 9_000_000_000)
    assert desk.book(two, EventKind.CLICK) == ("unbilled", 0)
    assert desk.ledger.delivery("s", [1])[0].spend_micros == cap - 1


def test_a_store_that_stalls_is_given_up_after_the_timeout(desk: Desk, redis_url: str) -> None:
    desk.put(CPM)
    assert desk.reserve()
    ledger = RedisLedger(connect(redis_url, 50))
    plan = SlotPlan("slot", 1, (Candidate(1, 1, CapDay(1, desk.start, desk.start + 86_400)),))
    with stalled(desk.client):
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            ledger.reserve("s", "view", [plan])
        assert time.monotonic() - began < PATIENCE_S / 4


@pytest.mark.parametrize("field", ["f1", "c1", "a1"])
def test_a_record_of_a_form_that_is_not_known_serves_and_bills_nothing(desk: Desk, field: str) -> None:
    desk.put(CPM)
    before = desk.reserve()
    record = desk.client.hget("sf:{s}:ledger", field)
    desk.client.hset("sf:{s}:ledger", field, b"\x02" + record[1:])
    assert desk.reserve() is None
    assert desk.book(before)[1] == 0
    desk.client.hset("sf:{s}:ledger", field, record)
    assert desk.reserve()
    assert desk.ledger.delivery("s", [1])[0].spend_micros == 0


def test_a_flat_price_is_billed_once_a_day(desk: Desk) -> None:
    desk.put(replace(CPM, price_model=PriceModel.FLAT, price_micros=10_000_000))
    first, second = (desk.reserve(day=CapDay(7, desk.start, desk.start + 600)) for _ in range(2))
    assert desk.book(second) == ("counted", 0)
    assert desk.book(first) == ("billed", 10_000_000)
    assert desk.book(desk.reserve(day=CapDay(7, desk.start, desk.start + 600))) == ("counted", 0)
    desk.pass_minutes(11)
    assert desk.book(desk.reserve(day=CapDay(8, desk.start + 600, desk.start + 90_000))) == ("billed", 10_000_000)


def test_a_flat_price_whose_beacon_is_lost_is_carried_by_a_later_reservation(desk: Desk) -> None:
    desk.put(replace(CPM, price_model=PriceModel.FLAT, price_micros=10_000_000))
    lost = desk.reserve()
    desk.pass_minutes(3)
    assert desk.book(desk.reserve()) == ("billed", 10_000_000)
    assert desk.book(lost) == ("counted", 0)


def test_labels_keep_competitors_apart_also_in_later_calls_of_a_page_view(desk: Desk) -> None:
    desk.put(CPM)
    desk.store.apply("s", inventory(auctioned("g")), 1)
    day = CapDay(1, desk.start, desk.start + 86_400)
    make: Callable[[int, tuple[str, ...], tuple[str, ...]], Candidate] = lambda n, own, not_by: Candidate(  # noqa: E731
        n, n, day, own, not_by
    )
    first = desk.ledger.reserve("s", "v", [SlotPlan("1", 1, (make(1, ("cars",), ()),))])
    second = desk.ledger.reserve("s", "v", [SlotPlan("2", 1, (make(2, (), ("cars",)),))])
    assert first.slots[0] is not None
    assert second.slots == (None,)
    assert second.labels == {"cars"}


def test_yesterdays_holds_do_not_press_on_todays_cap(desk: Desk) -> None:
    desk.put(replace(CPM, daily_cap=2_000))
    assert desk.reserve(day=CapDay(7, desk.start, desk.start + 60))
    desk.pass_minutes(1)
    assert desk.reserve(day=CapDay(8, desk.start + 60, desk.start + 90_000))


def test_holds_of_two_days_press_each_on_its_own_cap(desk: Desk) -> None:
    desk.put(replace(CPM, daily_cap=4_000))
    yesterday, today = (CapDay(number, desk.start - 60, desk.start + 90_000) for number in (7, 8))
    assert [bool(desk.reserve(day=day)) for day in (yesterday, today, today, yesterday)] == [True] * 4
    assert [desk.reserve(day=day) for day in (yesterday, today)] == [None, None]


def test_a_day_that_the_budget_no_longer_knows_gets_nothing_more(desk: Desk) -> None:
    """Flights of one campaign stand on three days at once where their zones are far apart."""
    desk.put(replace(CPM, daily_cap=2_000))
    days = [CapDay(number, desk.start - 60, desk.start + 90_000) for number in (6, 7, 8)]
    for day in days:
        assert desk.book(desk.reserve(day=day)) == ("billed", 2_000)
    assert [desk.reserve(day=day) for day in days] == [None] * 3


def test_an_event_gives_back_no_more_than_its_minute_still_holds(desk: Desk) -> None:
    """The first was reserved when nothing was capped, so that it holds nothing, and at twice the price."""
    desk.put(replace(CPM, price_micros=4_000_000))
    unheld = desk.reserve()
    desk.put(replace(CPM, lifetime_cap=8_000))
    assert desk.reserve()
    assert desk.book(unheld) == ("billed", 4_000)
    assert [bool(desk.reserve()) for _ in range(3)] == [True, True, False]


def test_a_cap_and_a_goal_of_one_unit_hold_it_once(desk: Desk) -> None:
    desk.put(replace(CPM, cap_unit=Unit.IMPRESSIONS, lifetime_cap=4, goal_type="impressions", goal=4))
    assert [bool(desk.reserve()) for _ in range(5)] == [True] * 4 + [False]


def test_a_page_view_is_not_given_again_what_a_ledger_reserved_that_is_gone(desk: Desk) -> None:
    """Its events would bill nothing."""
    desk.put(CPM)
    first = desk.reserve("view")
    assert first is not None
    head = desk.client.hget("sf:{s}:ledger", "head")
    desk.client.hset("sf:{s}:ledger", "head", struct.pack("<d", first.epoch + 1) + head[8:])
    assert desk.reserve("view") is None
    assert desk.book(first) == ("unknown", 0)
    assert desk.book(desk.reserve("another")) == ("billed", 2_000)


def test_yesterdays_cap_still_binds_yesterdays_events(desk: Desk) -> None:
    desk.put(replace(CPC, daily_cap=300_000))
    first, second = (desk.reserve(day=CapDay(7, desk.start, desk.start + 600)) for _ in range(2))
    assert desk.book(first, EventKind.CLICK) == ("billed", 300_000)
    desk.pass_minutes(11)
    assert desk.reserve(day=CapDay(8, desk.start + 60, desk.start + 90_000))
    assert desk.book(second, EventKind.CLICK) == ("unbilled", 0)


def test_yesterdays_events_are_billed_within_yesterdays_cap_though_today_has_begun(desk: Desk) -> None:
    desk.put(replace(CPC, daily_cap=700_000))
    yesterday, today = (CapDay(number, desk.start - 60, desk.start + 90_000) for number in (7, 8))
    first, second = (desk.reserve(day=yesterday) for _ in range(2))
    assert desk.book(first, EventKind.CLICK) == ("billed", 300_000)
    assert desk.book(desk.reserve(day=today), EventKind.CLICK) == ("billed", 300_000)
    assert desk.book(second, EventKind.CLICK) == ("billed", 300_000)


def test_a_day_without_events_has_its_cap_whole_when_the_day_after_it_has_begun(desk: Desk) -> None:
    desk.put(replace(CPC, daily_cap=300_000))
    days = [CapDay(number, desk.start - 60, desk.start + 90_000) for number in (7, 8, 9)]
    first, quiet, last = (desk.reserve(day=day) for day in days)
    for one in (first, last, quiet):
        assert desk.book(one, EventKind.CLICK) == ("billed", 300_000)


@pytest.mark.parametrize(("ahead", "status"), [(2, EventStatus.BILLED), (3, EventStatus.UNKNOWN)])
def test_a_reservation_may_be_two_minutes_ahead_of_a_store_that_took_over_and_no_more(
    desk: Desk, ahead: int, status: EventStatus
) -> None:
    desk.put(CPM)
    token = desk.token(desk.reserve())
    assert desk.ledger.book(token._replace(minute=token.minute + ahead)).status is status


def test_a_click_is_held_for_an_hour(desk: Desk) -> None:
    desk.put(replace(CPC, lifetime_cap=309_000))
    assert all(desk.reserve() for _ in range(33))
    desk.pass_minutes(40)
    assert [bool(desk.reserve()) for _ in range(2)] == [True, False]
    desk.pass_minutes(21)
    assert desk.reserve()


def test_a_flight_gets_what_is_due_by_pacing_and_no_more(desk: Desk) -> None:
    desk.put(replace(CPM, goal_type="impressions", goal=100))
    assert [bool(desk.reserve(due=3_000_000)) for _ in range(5)] == [True, True, True, False, False]
    assert desk.reserve(due=4_000_000)
    assert desk.reserve()


def test_a_flight_without_a_goal_is_paced_by_its_caps_unit(desk: Desk) -> None:
    desk.put(replace(CPM, lifetime_cap=100_000))
    assert [bool(desk.reserve(due=5_999)) for _ in range(3)] == [True, True, False]


def test_pacing_counts_of_holds_what_is_expected_to_be_booked_and_a_cap_all(desk: Desk) -> None:
    desk.put(replace(CPM, goal_type="impressions", goal=5))
    given = [desk.reserve(due=2_000_000, kept_ratio=0.5) for _ in range(5)]
    assert [bool(one) for one in given] == [True, True, True, True, False]
    assert desk.reserve(due=50_000_000, kept_ratio=0.5)
    assert desk.reserve(due=50_000_000, kept_ratio=0.5) is None


def test_what_is_booked_counts_in_full_for_pacing(desk: Desk) -> None:
    desk.put(replace(CPM, goal_type="impressions", goal=5))
    assert desk.book(desk.reserve(due=1_000_000)) == ("billed", 2_000)
    assert desk.reserve(due=1_400_000, kept_ratio=0.5) is None
    assert desk.reserve(due=1_500_000, kept_ratio=0.5)


def test_standings_tell_what_is_booked_held_and_about_to_lapse(desk: Desk) -> None:
    desk.put(replace(CPM, goal_type="impressions", goal=5, lifetime_cap=100_000))
    first = desk.reserve()
    desk.reserve()
    desk.book(first)
    now = desk.start
    fresh, stale, gone = (desk.ledger.standings("s", [1], now + 60 * later).flights[0] for later in (0, 2, 3))
    assert (fresh.booked[Unit.IMPRESSIONS], fresh.booked[Unit.MONEY], fresh.net_impressions) == (1_000_000, 2_000, 1)
    assert (fresh.held[Unit.IMPRESSIONS], fresh.held[Unit.MONEY], fresh.lapsing[Unit.IMPRESSIONS]) == (
        1_000_000,
        2_000,
        0,
    )
    assert (stale.held[Unit.IMPRESSIONS], stale.lapsing[Unit.IMPRESSIONS]) == (1_000_000, 1_000_000)
    assert (gone.held[Unit.IMPRESSIONS], gone.lapsing[Unit.IMPRESSIONS]) == (0, 0)
