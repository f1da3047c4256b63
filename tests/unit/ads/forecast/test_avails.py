"""What a draft flight may have: its hours, its audience, what goes before it, and what is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.booking.standing import Standing
from service.domain.ads.forecast.contention import MOST_CONTENDERS, avails, beyond, goes_before, needs
from service.domain.ads.forecast.demand import Audience
from service.domain.ads.forecast.supply import Supply
from service.domain.ads.forecast.traffic import Traffic, hours_of_week, learn
from service.domain.ads.inventory import Flight, PriceModel, Tier, Unit
from service.domain.money.exchange import Exchange
from service.domain.money.money import MICROS

HOUR, DAY, WEEK = 3_600, 86_400, 168
MONDAY = int(datetime(2026, 11, 2, tzinfo=ZoneInfo("Europe/Madrid")).timestamp())
NIGHT = range(8)
SPORT, WORLD = Audience("sidebar", "sport", "ES", "mobile", "es"), Audience("sidebar", "world", "PK", "desktop", "en")
FOOT = Audience("article-foot")
LATELY = {SPORT: 3_000, WORLD: 1_000, FOOT: 500}
UNTIL = MONDAY + 60 * DAY
EXCHANGE = Exchange("EUR", {"USD": 920_000_000_000})


def learnt() -> Traffic:
    """Eight weeks of 150 slots an hour by day in the sidebar, none by night; 50 at an article's foot."""
    hours = range(MONDAY // HOUR - 8 * WEEK, MONDAY // HOUR)
    by_day = [0 if hour % 24 in NIGHT else 150 for hour in hours_of_week(hours, "Europe/Madrid").tolist()]
    found = learn("Europe/Madrid", hours.start, {"sidebar": by_day, "article-foot": [n // 3 for n in by_day]})
    assert found is not None
    return found


@pytest.fixture(scope="module")
def supply() -> Supply:
    return Supply(learnt(), LATELY, MONDAY, UNTIL)


def flight(name: str = "draft", **terms: Any) -> Flight:
    """A flight of the first week in the sidebar, unless told else."""
    own: dict[str, Any] = {
        "tier": Tier.STANDARD, "starts_at": MONDAY, "ends_at": MONDAY + 7 * DAY, "timezone": "Europe/Madrid",
        "price_model": PriceModel.CPM, "price_micros": 2_000_000, "placements": ("sidebar",),
    }  # fmt: skip
    return Flight(name, "c", "a", **{**own, **terms})


def slots(supply: Supply, **terms: Any) -> float:
    """The expected slots of a flight."""
    one = flight(**terms)
    assert one.starts_at is not None
    assert one.ends_at is not None
    return supply.of(one, one.starts_at, one.ends_at).expected


def test_a_week_has_the_slots_of_its_days_and_none_of_its_nights(supply: Supply) -> None:
    assert slots(supply) == pytest.approx(7 * 16 * 150, rel=0.01)
    assert slots(supply, ends_at=MONDAY + 8 * HOUR) == pytest.approx(0, abs=30)
    assert slots(supply, hours=(9,)) == pytest.approx(7 * 150, rel=0.02)
    assert slots(supply, days=(5, 6)) == pytest.approx(2 * 16 * 150, rel=0.02)
    assert slots(supply, placements=("sidebar", "article-foot")) == pytest.approx(7 * 16 * 200, rel=0.01)


def test_part_of_an_hour_has_part_of_its_slots(supply: Supply) -> None:
    noon = MONDAY + 12 * HOUR
    assert slots(supply, starts_at=noon, ends_at=noon + HOUR // 2) == pytest.approx(75, rel=0.02)


def test_targeting_takes_its_part_of_the_slots_seen_lately(supply: Supply) -> None:
    whole = slots(supply)
    assert slots(supply, sections=("sport",)) == pytest.approx(0.75 * whole)
    assert slots(supply, exclude_sections=("sport",)) == pytest.approx(0.25 * whole)
    assert slots(supply, countries=("PK",), devices=("desktop",), languages=("en",)) == pytest.approx(0.25 * whole)
    assert slots(supply, countries=("PK",), sections=("sport",)) == 0
    assert slots(supply, placements=("nowhere",)) == 0


def test_an_interval_is_wider_for_less_and_holds_what_is_expected(supply: Supply) -> None:
    one, few = flight(), flight(hours=(9,), sections=("world",))
    much, little = (supply.of(each, MONDAY, MONDAY + 7 * DAY) for each in (one, few))
    assert much.low < much.expected < much.high
    assert little.high / little.expected > much.high / much.expected > 1.05


def test_a_flight_across_the_change_of_clocks_has_its_own_hours() -> None:
    before = int(datetime(2026, 10, 24, tzinfo=ZoneInfo("Europe/Madrid")).timestamp())
    found = Supply(learnt(), LATELY, before, before + 3 * DAY)
    days = flight(starts_at=before, ends_at=before + 2 * DAY + HOUR, hours=tuple(range(8, 24)))
    assert found.of(days, before, before + 2 * DAY + HOUR).expected == pytest.approx(2 * 16 * 150, rel=0.02)


def test_what_is_booked_before_is_gone_and_named(supply: Supply) -> None:
    booked = flight("booked", goal_type="impressions", goal=4_200, sections=("sport",))
    found = avails(flight(), supply, [(booked, 4_200.0)], MONDAY)
    assert [(one.flight.id, round(one.takes)) for one in found.contenders] == [("booked", 4_200)]
    assert found.contenders[0].slots == pytest.approx(0.75 * found.slots.expected)
    assert found.available.expected == pytest.approx(found.slots.expected - 4_200)
    assert found.available.low < found.available.expected < found.available.high


def test_a_rival_takes_of_common_slots_their_part_of_what_it_can_have(supply: Supply) -> None:
    broad = flight("broad", placements=("sidebar", "article-foot"), ends_at=MONDAY + 14 * DAY)
    [one] = avails(flight(), supply, [(broad, 8_000.0)], MONDAY).contenders
    assert one.takes == pytest.approx(8_000 * 0.75 / 2, rel=0.01)


def test_a_rival_without_a_goal_takes_all_and_one_elsewhere_nothing(supply: Supply) -> None:
    elsewhere = flight("elsewhere", placements=("article-foot",))
    found = avails(flight(), supply, [(flight("greedy"), None), (elsewhere, None)], MONDAY)
    assert [one.flight.id for one in found.contenders] == ["greedy"]
    assert (found.available.expected, found.booked) == (0, found.slots.expected)


def test_of_many_rivals_those_that_take_most_are_named_the_others_counted_and_all_are_booked(supply: Supply) -> None:
    """Whether they are alike or not, in their times, hours and targeting."""
    sections, hours, placements = ((), ("sport",)), ((), (9, 10)), (("sidebar",), ("sidebar", "article-foot"))
    rivals: list[tuple[Flight, float | None]] = [
        (
            flight(
                f"r{n}", sections=sections[n % 2], hours=hours[n // 2 % 2], placements=placements[n // 4 % 2],
                starts_at=MONDAY + n % 5 * DAY, ends_at=MONDAY + (4 + n % 7) * DAY,
                **({"goal_type": "share", "goal": 1} if n % 10 == 9 else {}),
            ),
            0.5 if n % 3 else 20.0 + n,
        )
        for n in range(400)
    ]  # fmt: skip
    alone = [one for rival in rivals for one in avails(flight(), supply, [rival], MONDAY).contenders]
    found = avails(flight(), supply, rivals, MONDAY)
    most = sorted(alone, key=lambda one: -one.takes)[:MOST_CONTENDERS]
    assert [(one.flight.id, one.slots, one.takes) for one in found.contenders] == [
        (one.flight.id, pytest.approx(one.slots), pytest.approx(one.takes)) for one in most
    ]
    assert len(alone) == MOST_CONTENDERS + found.more_contenders > MOST_CONTENDERS
    assert found.booked == pytest.approx(min(found.slots.expected, sum(one.takes for one in alone)))


def test_a_part_of_the_rivals_stands_for_all(supply: Supply) -> None:
    rivals: list[tuple[Flight, float | None]] = [(flight(f"r{n}"), 2.0 + n % 7) for n in range(700)]
    whole, part = avails(flight(), supply, rivals, MONDAY), avails(flight(), supply, rivals[::2], MONDAY, 0.5)
    assert part.booked == pytest.approx(whole.booked, rel=0.01)
    assert part.available.expected == pytest.approx(whole.available.expected, rel=0.01)
    assert (part.more_contenders, len(part.contenders)) == (whole.more_contenders, len(whole.contenders))
    assert (whole.looked_at_ratio, part.looked_at_ratio) == (1, 0.5)


def test_a_share_takes_its_part(supply: Supply) -> None:
    third = flight("third", tier=Tier.SPONSORSHIP, goal_type="share", goal=30)
    found = avails(flight(), supply, [(third, None)], MONDAY)
    assert found.booked == pytest.approx(0.3 * found.slots.expected)


def test_lower_tiers_and_lower_prices_do_not_contend() -> None:
    standard, cheap = flight(), flight("cheap", tier=Tier.PRICE, price_micros=1_000_000)
    dear = flight("dear", tier=Tier.PRICE)
    assert not goes_before(dear, standard, EXCHANGE)
    assert goes_before(standard, dear, EXCHANGE)
    assert goes_before(dear, cheap, EXCHANGE)
    assert not goes_before(cheap, dear, EXCHANGE)


def test_prices_of_two_currencies_contend_by_the_sites_rate() -> None:
    euros, dollars = (
        flight(currency, tier=Tier.PRICE, price_micros=1_000_000, currency=currency) for currency in ("EUR", "USD")
    )
    assert (goes_before(euros, dollars, EXCHANGE), goes_before(dollars, euros, EXCHANGE)) == (True, False)


def test_what_is_needed_is_what_is_left_of_goal_and_caps() -> None:
    booked = Standing(booked={Unit.IMPRESSIONS: 300 * MICROS, Unit.MONEY: 600_000}, net_impressions=300)
    assert needs(flight(), MONDAY) is None
    assert needs(flight(goal_type="impressions", goal=1_000), MONDAY, booked) == 700
    assert needs(flight(goal_type="budget", goal=2 * MICROS), MONDAY, booked) == pytest.approx(700)
    assert needs(flight(lifetime_cap=20, cap_unit=Unit.IMPRESSIONS, goal_type="impressions", goal=1_000), MONDAY) == 20
    assert needs(flight(daily_cap=20, cap_unit=Unit.IMPRESSIONS), MONDAY) == 140
    assert needs(flight(goal_type="clicks", goal=2, price_model=PriceModel.CPC), MONDAY) == pytest.approx(1_000)
    assert needs(flight(goal_type="impressions", goal=100), MONDAY, booked) == 0


def test_columns_that_a_forecast_does_not_see_are_named(supply: Supply) -> None:
    found = avails(flight(keywords=("goal",), frequency_cap=("3/day",)), supply, [], MONDAY)
    assert found.not_counted == ("keywords", "frequency_cap")


def test_a_goal_beyond_what_may_come_is_told_and_one_within_is_not(supply: Supply) -> None:
    within, too_much = (
        flight(name, goal_type="impressions", goal=goal) for name, goal in (("a", 9_000), ("b", 90_000))
    )
    assert [(one.id, needed) for one, needed, _ in beyond([within, too_much], supply, MONDAY)] == [("b", 90_000)]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["sport", "world", ""])), max_size=6))
def test_no_more_is_booked_than_there_is_and_no_less_than_nothing_is_left(rivals: list[tuple[float, str]]) -> None:
    found = avails(
        flight(),
        Supply(TRAFFIC, LATELY, MONDAY, UNTIL),
        [(flight(f"r{n}", sections=(name,) if name else ()), needed) for n, (needed, name) in enumerate(rivals)],
        MONDAY,
    )
    assert 0 <= found.booked <= found.slots.expected
    assert 0 <= found.available.low <= found.available.expected <= found.available.high
    assert all(0 <= one.takes <= one.slots * (1 + 1e-9) for one in found.contenders)


TRAFFIC = learnt()
