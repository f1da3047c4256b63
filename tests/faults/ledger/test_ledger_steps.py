"""The plan of a page in a real store: taken whole, or mended step by step with what stands together kept together."""

from __future__ import annotations

import time
from typing import Any

import pytest
import redis as redis_client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, PageReservations, SlotPlan, Step
from service.domain.ads.inventory import Unit
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis


class Desk:
    """Four flights, each with three creatives and a cap of so many impressions, of two advertisers."""

    def __init__(self, client: redis_client.Redis, caps: tuple[int, ...] = (9, 9, 9, 9)) -> None:
        client.flushall()
        self.ledger = RedisLedger(client)
        flights = [
            auctioned(f"f{n}", 1_000_000, advertiser=f"a{n % 2}", cap_unit=Unit.IMPRESSIONS, lifetime_cap=cap)
            for n, cap in enumerate(caps)
        ]
        RedisInventoryStore(client).apply("s", inventory(*flights), 0)
        self.day = cap_day(time.time(), "UTC")
        self.views = 0

    def candidate(self, flight: int, creative: int | None = None, **said: Any) -> Candidate:
        """A flight, by its number from 1."""
        return Candidate(flight, creative or flight, self.day, advertiser=1 + (flight + 1) % 2, **said)

    def ask(self, slots: list[list[Candidate]], steps: list[Step], view: str | None = None) -> list[int]:
        """The flights given, slot by slot; 0 where there is none."""
        return [one.flight if one else 0 for one in self.answer(slots, steps, view).slots]

    def answer(self, slots: list[list[Candidate]], steps: list[Step], view: str | None = None) -> PageReservations:
        """What the ledger answers."""
        self.views += 1
        plans = [SlotPlan(f"s{at}", 1, tuple(of_slot)) for at, of_slot in enumerate(slots)]
        return self.ledger.reserve("s", view or f"view-{self.views}", plans, steps=steps)


def together(*members: tuple[int, int]) -> Step:
    return Step(members)


def one_of(*members: tuple[int, int]) -> Step:
    return Step(members, one_of=True)


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def test_a_plan_is_taken_whole_where_nobody_refuses(desk: Desk) -> None:
    slots = [[desk.candidate(1), desk.candidate(2)], [desk.candidate(2), desk.candidate(3)]]
    assert desk.ask(slots, [together((1, 0)), together((0, 0)), one_of((1, 1))]) == [1, 2]


def test_what_stands_together_has_all_of_its_slots(desk: Desk) -> None:
    slots = [[desk.candidate(1, 11), desk.candidate(2)], [desk.candidate(1, 12)], [desk.candidate(3)]]
    assert desk.ask(slots, [together((0, 0), (1, 0)), one_of((2, 0))]) == [1, 1, 3]


def test_what_stands_together_and_is_refused_in_part_leaves_nothing_behind(redis: redis_client.Redis) -> None:
    desk = Desk(redis, caps=(3, 9, 9, 9))
    slots = [[desk.candidate(1, 11), desk.candidate(2)], [desk.candidate(1, 12), desk.candidate(2)]]
    steps = [together((0, 0), (1, 0)), one_of((0, 1), (1, 1))]
    assert desk.ask(slots, steps) == [1, 1]
    answer = desk.answer(slots, steps)
    assert [one and one.flight for one in answer.slots] == [2, None]
    assert answer.slots[0] is not None
    assert answer.slots[0].serial == 3
    assert desk.ask(slots, [one_of((0, 0)), one_of((1, 0))]) == [1, 0]


def test_what_stood_together_in_vain_counts_towards_no_limit_of_its_advertiser(redis: redis_client.Redis) -> None:
    desk = Desk(redis, caps=(1, 9, 9, 9))
    slots = [[desk.candidate(1, 11), desk.candidate(3, advertiser_limit=1)], [desk.candidate(1, 12)]]
    assert desk.ask(slots, [together((0, 0), (1, 0)), one_of((0, 1))]) == [3, 0]


def test_of_several_slots_the_first_free_one_is_taken(desk: Desk) -> None:
    both = [[desk.candidate(1), desk.candidate(2)]] * 2
    assert desk.ask(both, [together((0, 1)), one_of((0, 0), (1, 0))]) == [2, 1]


def test_a_rival_that_came_in_keeps_the_next_step_out(desk: Desk) -> None:
    slots = [[desk.candidate(1, labels=("cars",))], [desk.candidate(2, exclude_labels=("cars",)), desk.candidate(3)]]
    assert desk.ask(slots, [together((0, 0)), one_of((1, 0)), one_of((1, 1))]) == [1, 3]


def test_an_advertiser_has_no_more_ads_on_a_page_than_its_limit_also_in_later_calls(desk: Desk) -> None:
    assert desk.ask([[desk.candidate(1, advertiser_limit=1)]], [one_of((0, 0))], "view") == [1]
    plan = SlotPlan("later", 1, (desk.candidate(3, advertiser_limit=1), desk.candidate(2, advertiser_limit=1)))
    later = desk.ledger.reserve("s", "view", [plan]).slots[0]
    assert later is not None
    assert later.flight == 2


def test_the_limit_counts_those_who_would_stand_together(desk: Desk) -> None:
    slots = [[desk.candidate(1, 11, advertiser_limit=1)], [desk.candidate(1, 12, advertiser_limit=1)]]
    assert desk.ask(slots, [together((0, 0), (1, 0))]) == [0, 0]
    assert desk.ask(slots, [one_of((0, 0)), one_of((1, 0))]) == [1, 0]


def test_a_repeat_gives_the_same_and_reserves_no_more(redis: redis_client.Redis) -> None:
    desk = Desk(redis, caps=(2, 9, 9, 9))
    slots = [[desk.candidate(1, 11)], [desk.candidate(1, 12)]]
    first = desk.answer(slots, [together((0, 0), (1, 0))], "view")
    assert desk.answer(slots, [together((0, 0), (1, 0))], "view") == first
    assert all(first.slots)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    caps=st.tuples(*[st.integers(1, 3)] * 4),
    steps=st.lists(
        st.tuples(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=3), st.booleans()),
        max_size=6,
    ),
)  # fmt: skip
def test_steps_are_taken_in_turn_whatever_budgets_say(
    redis: redis_client.Redis, caps: tuple[int, ...], steps: list[tuple[list[tuple[int, int]], bool]]
) -> None:
    """Held against the rule told plainly: each step whole or not at all, while its slots are free and budgets last."""
    desk = Desk(redis, caps)
    slots = [[desk.candidate(flight, 10 * flight + slot) for flight in (1, 2, 3, 4)] for slot in range(3)]
    asked = [
        Step(tuple({slot: (slot, place) for slot, place in members}.values()), one_of=any_one)
        for members, any_one in steps
    ]
    left = dict(enumerate(caps))
    for _ in range(2):
        shown: dict[int, int] = {}
        for step in asked:
            members = step.members
            if step.one_of:
                members = tuple(member for member in members if member[0] not in shown)[:1]
            wanted = [place for _, place in members]
            taken = any(slot in shown or place in shown.values() for slot, place in members)
            if members and not taken and all(left[place] >= wanted.count(place) for place in wanted):
                for slot, place in members:
                    shown[slot] = place
                    left[place] -= 1
        assert desk.ask(slots, asked) == [shown[slot] + 1 if slot in shown else 0 for slot in range(3)]
