"""Where readers look is learnt from where clicks fall, and takes position out of an article's click rate."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import redis as redis_client
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from service.adapters.redis.learnt_values import examinations
from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.domain.engagement.examination import LEAST, MOST, NOTHING_LEARNT, believed, examination_of
from service.domain.engagement.rates import Engagement, counts_of, engagement_of
from service.domain.engagement.teaser_events import TeaserAct, TeaserPlace
from service.domain.sites.site import Site
from service.usecases.engagement.learn_examination import LearnExamination
from service.usecases.learn_by_day import EVERY_S

NOON = 1_772_366_400.0
DAY = 86_400
TRUE = {1: 1.0, 2: 0.75, 3: 0.5, 4: 0.35, 5: 0.2}
"""Far from what is believed of a site that tells nothing."""


class Readers:
    """Readers who look at places as TRUE says; `appeal` is an article's click rate where it is looked at."""

    def __init__(self, seed: int) -> None:
        self.chosen = np.random.default_rng(seed)
        self.counts: Counter[tuple[TeaserAct, TeaserPlace]] = Counter()

    def see(self, article: int, appeal: float, position: int, times: int, widget: str = "must-read") -> int:
        """Returns how many followed."""
        place = TeaserPlace(article, widget, position, "m-1", "control")
        clicks = int(self.chosen.binomial(times, appeal * TRUE[position]))
        self.counts[TeaserAct.IMPRESSION, place] += times
        self.counts[TeaserAct.CLICK, place] += clicks
        return clicks

    def see_a_usual_week(self) -> None:
        """Two hundred articles pass through the places, the more appealing ones more often in front."""
        for article in range(200):
            appeal = self.chosen.beta(3, 97)
            for position in TRUE:
                front = 3.0 if (appeal > 0.03) == (position <= 2) else 1.0
                self.see(article, appeal, position, int(200 * front))


def test_the_places_are_learnt_although_the_best_stand_in_front() -> None:
    readers = Readers(1)
    readers.see_a_usual_week()

    found = examination_of([readers.counts])

    assert [found.at("must-read", position) for position in TRUE] == pytest.approx(list(TRUE.values()), abs=0.08)
    by_place = Counter[tuple[TeaserAct, int]]()
    for (act, at), count in readers.counts.items():
        by_place[act, at.position] += count
    rate = {k: by_place[TeaserAct.CLICK, k] / by_place[TeaserAct.IMPRESSION, k] for k in TRUE}
    assert rate[5] / rate[1] < 0.16, "plain rates by position take the articles' appeal for the place's"


def test_an_article_shown_in_fifth_place_alone_gets_the_rate_of_its_equal_in_first() -> None:
    true_rate, held = 0.06, []
    for seed in range(30):
        readers = Readers(seed)
        readers.see_a_usual_week()
        clicks = [readers.see(1_001, true_rate, 1, 4_000), readers.see(1_002, true_rate, 5, 4_000)]
        assert clicks[1] < 0.4 * clicks[0], "their plain rates lie far apart"

        known = rates_of(readers)

        found = known.of(np.array([1_001, 1_002], np.uint64))
        alpha, beta = found.clicks + known.prior.alpha, found.looks - found.clicks + known.prior.beta
        low, high = stats.beta.interval(0.95, alpha, beta)
        held.append((low <= true_rate) & (true_rate <= high))
        assert max(low) < min(high), "their intervals meet"

    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.07)


def rates_of(readers: Readers) -> Engagement:
    """What is known of each article when its offers count for as much as their places were looked at."""
    examination = examination_of([readers.counts])
    rows = []
    for (act, at), count in readers.counts.items():
        if act is TeaserAct.IMPRESSION:
            rows.append((at.article_hash, 0.0, float(count), count * examination.at(at.widget, at.position)))
        else:
            rows.append((at.article_hash, float(count), 0.0, 0.0))
    return engagement_of(counts_of(rows), examination)


def test_a_site_that_tells_little_is_believed_to_be_like_any() -> None:
    readers = Readers(3)
    for position in TRUE:
        readers.see(7, 0.05, position, 40)

    found = examination_of([readers.counts])

    assert examination_of([]) == NOTHING_LEARNT
    assert found.at("must-read", 5) == pytest.approx(believed(5), abs=0.1)
    assert found.at("recent-news", 3) == believed(3)
    assert NOTHING_LEARNT.thousandths("related", 4) == 500


def test_widgets_are_learnt_apart_and_measured_by_one_scale() -> None:
    readers = Readers(4)
    for article in range(100):
        for position in TRUE:
            readers.see(article, 0.05, position, 1_000)
            readers.see(article, 0.02, position, 1_000, "recent-news")

    found = examination_of([readers.counts])

    below = [found.at("recent-news", position) / found.at("must-read", position) for position in TRUE]
    assert below == pytest.approx([0.4] * 5, abs=0.06)
    assert (found.at("must-read", 1) + found.at("recent-news", 1)) / 2 == pytest.approx(1.0, abs=0.02)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 9), st.sampled_from(["a", "b"]), st.integers(0, 6), st.integers(0, 900), st.integers(0, 900)
    ),
    max_size=60,
)


@given(ROWS)
@settings(max_examples=200)
def test_whatever_is_counted_a_places_chance_is_within_its_bounds(rows: list[tuple[int, str, int, int, int]]) -> None:
    counts = Counter[tuple[TeaserAct, TeaserPlace]]()
    for article, widget, position, shown, clicks in rows:
        counts[TeaserAct.IMPRESSION, TeaserPlace(article, widget, position)] += shown
        counts[TeaserAct.CLICK, TeaserPlace(article, widget, position)] += clicks

    found = examination_of([counts])

    assert all(LEAST <= chance <= MOST for chance in found.by_place.values())
    assert all(position > 0 for _, position in found.by_place)


class Sites:
    def all(self) -> list[Site]:
        return [Site("courier"), Site("silent")]


@pytest.mark.redis
def test_a_weeks_days_are_learnt_from_again_and_again(redis: redis_client.Redis) -> None:
    teasers, kept, now = RedisTeaserCounter(redis), examinations(redis), [NOON]
    learning = LearnExamination(Sites(), teasers, kept, lambda: now[0])  # type: ignore[arg-type]
    readers = Readers(5)
    readers.see_a_usual_week()
    teasers.add("courier", readers.counts, NOON - 6 * DAY)
    teasers.add("courier", Readers(6).counts, NOON - 8 * DAY)

    learning.look()
    first = kept.read("courier")
    teasers.add("courier", readers.counts, NOON)
    learning.look()

    assert first.at("must-read", 5) == pytest.approx(TRUE[5], abs=0.08)
    assert kept.read("silent") == NOTHING_LEARNT
    assert kept.read("courier") == first, "it is not yet time"

    now[0] += EVERY_S
    learning.look()

    assert kept.read("courier").clicks == 2 * first.clicks
