"""Click rates that few counts cannot inflate, counted in bounded memory and read with little work."""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.redis.page.engagement_counter import RedisEngagementCounter
from service.domain.engagement.examination import NOTHING_LEARNT, THOUSANDTHS
from service.domain.engagement.rates import (
    HORIZON_H,
    NEW_SITE,
    STRONGEST,
    WEAKEST,
    Engagement,
    beta_prior,
    counts_of,
    engagement_of,
    smoothed_rate,
)
from service.domain.errors import StoreUnavailable
from service.usecases.engagement import count_engagement
from service.usecases.engagement.count_engagement import EngagementHistory, EngagementTally

NOON = 1_772_366_400.0
HOUR = 3_600
SAMPLES = os.environ.get("STANDFIRST_SAMPLE_DATA")


def hashes(*values):
    return np.array(values, np.uint64)


def of(known: Engagement, *ids):
    found = known.of(hashes(*ids))
    return found.clicks.tolist(), found.offered.tolist(), found.rate.tolist()


def first(*id_hashes):
    """A page that these articles fill, where each is looked at as if it stood first."""
    return tuple((id_hash, THOUSANDTHS) for id_hash in id_hashes)


def test_the_prior_of_many_articles_is_the_one_their_rates_were_drawn_from():
    chosen = np.random.default_rng(4)
    offered = chosen.integers(50, 3_000, 4_000).astype(float)
    clicks = chosen.binomial(offered.astype(int), chosen.beta(6, 194, offered.size)).astype(float)

    prior = beta_prior(clicks, offered)

    assert prior.rate == pytest.approx(0.03, rel=0.03)
    assert prior.alpha + prior.beta == pytest.approx(200, rel=0.15)


def test_articles_that_differ_by_chance_alone_are_believed_equal():
    chosen = np.random.default_rng(4)
    offered = np.full(500, 400.0)

    prior = beta_prior(chosen.binomial(400, 0.03, 500).astype(float), offered)

    assert prior.alpha + prior.beta > 1_000


def test_a_site_of_few_counts_keeps_near_to_what_is_believed_of_a_new_one():
    prior = beta_prior(np.array([1.0, 0.0]), np.array([3.0, 2.0]))

    assert prior.alpha + prior.beta == NEW_SITE.alpha + NEW_SITE.beta
    assert NEW_SITE.rate < prior.rate < 2 * NEW_SITE.rate


def test_of_equal_rates_the_one_better_proven_lies_further_from_the_prior():
    low, high = smoothed_rate(np.array([1.0, 100.0]), np.array([10.0, 1_000.0]), NEW_SITE)

    assert NEW_SITE.rate < low < high < 0.1


COUNTED = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), max_size=40)


@given(COUNTED)
@settings(max_examples=300)
def test_every_rate_is_a_probability_between_its_own_and_the_priors(counted):
    clicks = np.array([float(c) for c, _ in counted])
    offered = np.array([float(o) for _, o in counted])

    prior = beta_prior(clicks, offered)
    rates = smoothed_rate(clicks, offered, prior)

    assert WEAKEST - 1e-6 <= prior.alpha + prior.beta <= STRONGEST + 1e-6
    raw = clicks / np.maximum(np.maximum(clicks, offered), 1)
    assert ((rates > 0) & (rates < 1)).all()
    counted_at_all = np.maximum(clicks, offered) > 0
    within = (rates - np.minimum(raw, prior.rate) > -1e-9) & (np.maximum(raw, prior.rate) - rates > -1e-9)
    assert within[counted_at_all].all()


def test_engagement_answers_for_known_and_unknown_articles_alike():
    known = engagement_of(counts_of([(9, 2, 20), (5, 0, 10), (9, 1, 0)]))

    clicks, offered, rate = of(known, 5, 7, 9)

    assert (clicks, offered) == ([0, 0, 3], [10, 0, 20])
    assert rate[0] < rate[1] < rate[2]
    assert rate[1] == pytest.approx(known.prior.rate)
    assert of(Engagement(), 5) == ([0], [0], [NEW_SITE.rate])


@pytest.mark.skipif(SAMPLES is None, reason="STANDFIRST_SAMPLE_DATA names no folder of real headline tests")
def test_smoothed_rates_of_real_headlines_foretell_better_than_raw_ones_or_one_for_all():
    with gzip.open(Path(SAMPLES, "upworthy", "headline_tests.csv.gz")) as raw:
        rows = list(csv.DictReader(io.TextIOWrapper(raw, "utf-8")))
    clicks, offered = (np.array([int(row[name]) for row in rows]) for name in ("clicks", "impressions"))
    chosen, early = np.random.default_rng(1), np.minimum(offered, 100)
    seen = chosen.hypergeometric(clicks, offered - clicks, early)
    later = (clicks - seen) / np.maximum(offered - early, 1)
    some = offered > 1_000

    known = smoothed_rate(seen.astype(float), early.astype(float), beta_prior(seen.astype(float), early.astype(float)))

    errors = [float((((guess - later) ** 2)[some]).mean()) for guess in (known, seen / early, seen.sum() / early.sum())]
    assert errors[0] < 0.6 * errors[1]
    assert errors[0] < 0.75 * errors[2]


class Fleet:
    """Two processes that count one site on one counter."""

    def __init__(self, redis):
        self.counter = RedisEngagementCounter(redis)
        self.tallies = EngagementTally(), EngagementTally()
        self.history = EngagementHistory(self, lambda _: NOTHING_LEARNT, lambda _: None)
        self.asked = []

    def hours(self, site_id, hours):
        self.asked.append(len(hours))
        return self.counter.hours(site_id, hours)

    def write_down(self, at):
        for tally in self.tallies:
            tally.write_down(self.counter, at)


@pytest.fixture
def fleet(redis):
    return Fleet(redis)


def test_pages_and_clicks_of_all_processes_add_up(fleet):
    for tally in fleet.tallies:
        tally.note_offered("courier", first(1, 2, 3))
        tally.note_offered("courier", first(1, 2, 3))
        tally.note_offered("courier", first(3, 4))
        tally.note_click("courier", 3)
    fleet.write_down(NOON)
    fleet.write_down(NOON)

    clicks, offered, _ = of(fleet.history.recent("courier", NOON), 1, 3, 4)

    assert clicks == [0, 2, 0]
    assert offered == [4, 6, 2]


def test_a_count_weighs_half_after_a_day_and_nothing_after_three(fleet):
    fleet.tallies[0].note_offered("courier", first(1))
    fleet.write_down(NOON)

    def offered(hours):
        return of(fleet.history.recent("courier", NOON + hours * HOUR), 1)[1]

    assert [offered(0), offered(24), offered(48), offered(HORIZON_H)] == [[1], [0.5], [0.25], [0]]


def test_an_offer_counts_for_as_much_as_its_place_is_looked_at(fleet):
    for _ in range(10):
        fleet.tallies[0].note_offered("courier", ((1, 1_000), (2, 250)))
    fleet.tallies[0].note_click("courier", 1)
    fleet.tallies[0].note_click("courier", 2)
    fleet.write_down(NOON)

    found = fleet.history.recent("courier", NOON).of(hashes(1, 2))

    assert found.offered.tolist() == [10, 10]
    assert found.looks.tolist() == [10, 2.5]
    assert found.rate[1] > found.rate[0]


def test_hours_that_are_closed_are_read_once(fleet):
    for after_h in (0, 0, 0, 1, 2):
        fleet.history.recent("courier", NOON + after_h * HOUR)

    assert fleet.asked == [HORIZON_H, 2, 2, 3, 3]


def test_what_the_store_did_not_take_is_counted_on(fleet):
    class Away:
        def add(self, *_):
            raise StoreUnavailable("away")

    tally = EngagementTally()
    tally.note_offered("courier", first(1, 2))
    tally.note_click("other", 9)
    with pytest.raises(StoreUnavailable):
        tally.write_down(Away(), NOON)
    tally.note_offered("courier", first(1))
    tally.write_down(fleet.counter, NOON)

    assert of(fleet.history.recent("courier", NOON), 1, 2)[1] == [2, 1]
    assert of(fleet.history.recent("other", NOON), 9)[0] == [1]


def test_a_process_counts_no_more_articles_than_it_has_room_for(fleet, monkeypatch):
    monkeypatch.setattr(count_engagement, "MAX_PAGES", 3)
    monkeypatch.setattr(count_engagement, "MAX_ARTICLES", 4)
    tally = EngagementTally()
    for n in range(10):
        tally.note_offered("courier", first(n, n + 1))
    tally.note_offered("courier", first(0, 99))
    tally.write_down(fleet.counter, NOON)

    offered = of(fleet.history.recent("courier", NOON), 0, 1, 2, 3, 4, 99)[1]
    assert offered == [2, 2, 2, 2, 0, 0]
