"""What a site's traffic is learnt to be: its week, its level, and how sure that is."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import redis as redis_client
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.redis.ads.demand_counter import RedisDemandCounter
from service.adapters.redis.learnt_values import traffics
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.domain.ads.forecast.demand import Audience, Demand
from service.domain.ads.forecast.traffic import Traffic, hours_of_week, learn
from service.domain.sites.site import Site
from service.usecases.ads.forecast.learn_traffic import LearnTraffic

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) // 3_600
WEEK = 168
NIGHT = range(7)


def learnt(counts: list[int], timezone: str = "UTC") -> Traffic:
    """What these slots an hour from a Monday on teach."""
    found = learn(timezone, MONDAY, {"sidebar": counts})
    assert found is not None
    return found


def dead_nights(weeks: float, by_day: int = 340) -> list[int]:
    """A site on which nobody is awake before seven."""
    return [0 if hour % 24 in NIGHT else by_day for hour in range(round(weeks * WEEK))]


def test_nothing_asked_for_teaches_nothing() -> None:
    assert learn("UTC", MONDAY, {}) is None
    assert learn("UTC", MONDAY, {"sidebar": [0, 0]}) is None


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=400).filter(any))
def test_weights_are_never_negative_and_one_on_average(counts: list[int]) -> None:
    found = learnt(counts)
    assert len(found.weights) == len(found.spreads) == WEEK
    assert min(found.weights) >= 0
    assert np.mean(found.weights) == pytest.approx(1)
    assert found.level >= 0


def test_a_few_hours_of_a_small_site_leave_the_week_nearly_even() -> None:
    found = learnt([1, 0, 2])
    assert max(found.weights) < 1.6
    assert min(found.weights) > 0.4


def test_a_dead_night_is_known_after_a_day_and_surer_after_weeks() -> None:
    night_after = [learnt(dead_nights(weeks)).weights[3] for weeks in (1 / 7, 1, 4)]
    assert night_after[0] < 0.15
    assert night_after == sorted(night_after, reverse=True)
    assert night_after[-1] < 0.01


def test_quiet_sundays_are_told_apart_from_nights() -> None:
    counts = [(20 if hour % 24 in NIGHT else 300) // (2 if hour // 24 % 7 == 6 else 1) for hour in range(4 * WEEK)]
    found = learnt(counts)
    assert found.weights[6 * 24 + 12] / found.weights[5 * 24 + 12] == pytest.approx(0.5, abs=0.06)
    assert found.weights[6 * 24 + 3] / found.weights[6 * 24 + 12] == pytest.approx(20 / 300, rel=0.15)


def test_levels_are_slots_an_hour_by_placement_and_what_is_new_counts_more() -> None:
    found = learn("UTC", MONDAY, {"sidebar": [100] * WEEK * 4 + [200] * WEEK * 4, "foot": [10] * WEEK * 8})
    assert found is not None
    assert found.levels["foot"] == pytest.approx(10, rel=0.01)
    assert 150 < found.levels["sidebar"] < 200
    assert found.weeks == 8


def test_four_outcomes_of_five_lie_in_the_interval_of_an_hour() -> None:
    chance = np.random.default_rng(4)
    rates = np.repeat([40, 200, 400, 160], 6)
    noise = 0.25

    def week(rate_of_week: float) -> list[int]:
        rate = rate_of_week * np.tile(rates, 7) * np.exp(chance.normal(0, noise, WEEK))
        return [int(one) for one in chance.poisson(rate)]

    inside = []
    for _ in range(20):
        counts = [one for _ in range(6) for one in week(float(np.exp(chance.normal(0, 0.1))))]
        found, after = learnt(counts), week(float(np.exp(chance.normal(0, 0.1))))
        inside += [found.in_hour(at).low <= told <= found.in_hour(at).high for at, told in enumerate(after)]
    assert 0.75 < np.mean(inside) < 0.93


def test_weeks_that_differ_are_less_sure_than_weeks_alike() -> None:
    alike, unlike = learnt([100] * WEEK * 6), learnt(([50] * WEEK + [150] * WEEK) * 3)
    assert alike.level_spread < 0.12 < 0.3 < unlike.level_spread


def test_hours_are_those_of_the_site_also_where_clocks_change() -> None:
    spring = int(datetime(2026, 3, 29, tzinfo=UTC).timestamp()) // 3_600
    assert hours_of_week(range(spring, spring + 3), "Europe/Madrid").tolist() == [6 * 24 + hour for hour in (1, 3, 4)]
    autumn = int(datetime(2026, 10, 25, tzinfo=UTC).timestamp()) // 3_600
    assert hours_of_week(range(autumn, autumn + 2), "Europe/Madrid").tolist() == [6 * 24 + 2] * 2


class Worker:
    """A site, what its pages asked for, and a worker that learns from it."""

    def __init__(self, redis: redis_client.Redis) -> None:
        sites = RedisSiteStore(redis)
        sites.put(Site("courier", timezone="Europe/Madrid"))
        self.demand, self.traffic = RedisDemandCounter(redis), traffics(redis)
        self.now = (MONDAY + 100) * 3_600 + 60
        self.learning = LearnTraffic(sites, self.demand, self.traffic, lambda: self.now)

    def asked(self, hour: int, slots: int) -> None:
        self.demand.add("courier", hour, {Audience("sidebar"): Demand(slots)})


@pytest.mark.redis
def test_a_worker_learns_from_whole_hours_once_each_hour(redis: redis_client.Redis) -> None:
    worker = Worker(redis)
    worker.learning.look()
    assert worker.traffic.read("courier") is None
    for hour in range(MONDAY, MONDAY + 101):
        worker.asked(hour, 60)
    worker.learning.look()
    first = worker.traffic.read("courier")
    assert first is not None
    assert (first.until_hour, first.timezone, round(first.weeks * WEEK)) == (MONDAY + 100, "Europe/Madrid", 99)
    assert first.level == pytest.approx(60, rel=0.01)
    worker.asked(MONDAY + 50, 6_000)
    worker.learning.look()
    assert worker.traffic.read("courier") == first
    worker.now += 3_600
    worker.learning.look()
    assert worker.traffic.read("courier") != first
