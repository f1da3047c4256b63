"""What speaks for a candidate: clicks, sections, what a reader read, and what does not age."""

from __future__ import annotations

import time

import numpy as np
import pytest

from service.domain.engagement.rates import Engagement, counts_of
from service.domain.identity import hash64, section_hash
from service.domain.page.candidates.taste import LOOKED_THROUGH, NO_TASTE, READ_LAST, affinity, nearness, taste_of
from service.domain.page.ranking.ranking import click_appeal, freshness, kept_fresh
from tests.makers.filled_page import fill, widget
from tests.makers.newsroom import article, snapshot

DAY = 86_400
TOPICS = {
    "ferry": "ferry crews strike harbour pay owners pier sailing dock timetable",
    "cup": "cup final crowd stadium goal keeper striker penalty whistle coach",
}


def story(article_id: str, topic: str, *, age_s: float = 0, **fields):
    chosen = np.random.default_rng(hash64(article_id))
    own = " ".join(f"{article_id}{n}" for n in range(12))
    text = f"{' '.join(chosen.choice(TOPICS[topic].split(), 8))} {own}"
    return article(article_id, f"{article_id} heading", text, age_s=age_s, **fields)


def site(count: int = 24):
    return [story(f"{t}{n}", t, age_s=3_600 * n, section=t.title()) for n in range(count // 2) for t in TOPICS]


ARTICLES = site()
INDEX = snapshot(ARTICLES)


def unit(terms):
    return (terms.weights / np.linalg.norm(terms.weights)).tolist()


def only(part: str, kind: str = "most-read", **settings):
    return {"own": {"like": kind, "weights": {part: 1}, **settings}}


def test_the_oftener_followed_teaser_stands_first():
    counts = counts_of([(hash64("cup7"), 90, 300), (hash64("ferry5"), 40, 300), (hash64("cup0"), 0, 300)])
    engagement = Engagement(counts)
    page = fill(INDEX, ARTICLES, None, [widget("own", 2)], kinds=only("clicks"), engagement=engagement)

    assert page.ids["own"] == ["cup7", "ferry5"]


def test_a_usual_click_rate_is_worth_a_half():
    rates = np.array([0.0, 0.02, 0.5])

    assert click_appeal(rates, 0.02).tolist() == [0, 0.5, pytest.approx(0.5 / 0.52)]


def test_the_pages_section_stands_first_without_shutting_the_others_out():
    page = fill(INDEX, ARTICLES, "cup3", [widget("own", 20)], kinds=only("section"))

    sections = [i.rstrip("0123456789") for i in page.ids["own"]]
    assert sections == sorted(sections)
    assert set(sections) == {"cup", "ferry"}


def test_a_reader_of_one_topic_gets_more_of_it_on_the_front_page():
    read = ["ferry9", "ferry10", "ferry11"]
    page = fill(INDEX, ARTICLES, None, [widget("own", 5)], kinds=only("profile"), history=read)

    assert all(i.startswith("ferry") for i in page.ids["own"])
    assert set(read).isdisjoint(page.ids["own"])


def test_without_a_history_the_profile_speaks_for_nothing():
    taste = taste_of(INDEX, [hash64("unknown")])

    assert taste is NO_TASTE
    assert nearness(taste, INDEX.key_terms(np.arange(4)), 4).tolist() == [0, 0, 0, 0]


def test_a_profile_is_the_cosine_of_key_words_to_the_mean_of_those_read():
    rows = [INDEX.row_of("ferry1"), INDEX.row_of("cup2")]
    taste = taste_of(INDEX, [hash64("ferry1"), hash64("cup2")])

    one, other = (INDEX.telling(row).keywords for row in rows)
    mean = dict(zip(one.hashes.tolist(), unit(one), strict=True))
    for term, weight in zip(other.hashes.tolist(), unit(other), strict=True):
        mean[term] = mean.get(term, 0) + weight
    length = sum(weight**2 for weight in mean.values()) ** 0.5
    expected = sum(weight * mean[term] for term, weight in zip(one.hashes.tolist(), unit(one), strict=True)) / length
    near = nearness(taste, INDEX.key_terms(np.array([rows[0], INDEX.row_of("cup5")])), 2)
    assert near[0] == pytest.approx(expected)
    assert near[1] < near[0]


def test_only_what_was_read_last_makes_a_profile():
    ferry, cup, gone = hash64("ferry1"), hash64("cup1"), hash64("gone")

    assert taste_of(INDEX, [ferry] * READ_LAST + [cup] * READ_LAST).sections.tolist() == [section_hash("Cup")]
    assert taste_of(INDEX, [cup, *[gone] * LOOKED_THROUGH]) is NO_TASTE


def test_sections_of_page_and_history_are_worth_the_same():
    taste = taste_of(INDEX, [hash64(i) for i in ("ferry1", "ferry2", "ferry3", "cup1")])
    columns = INDEX.columns(np.array([INDEX.row_of("cup5"), INDEX.row_of("ferry5")]))

    assert affinity(taste, 0, columns).tolist() == [0.25, 0.75]
    assert affinity(taste, section_hash("Cup"), columns).tolist() == [0.625, 0.375]
    assert affinity(NO_TASTE, section_hash("Cup"), columns).tolist() == [1, 0]
    assert affinity(NO_TASTE, 0, columns).tolist() == [0, 0]


def test_what_does_not_age_keeps_half_its_freshness_and_never_leads_what_is_new():
    fresh = freshness(np.array([0.0, 5 * DAY, 4_000 * DAY]), DAY)

    assert kept_fresh(fresh, np.array([False, False, True]))[2] == 0.5
    assert kept_fresh(fresh, np.array([True, True, True])).tolist() == [1.0, 0.5, 0.5]


def test_an_evergreen_article_is_found_years_later_where_the_kind_says_so():
    guide = story("guide", "ferry", age_s=2_000 * DAY, evergreen=True, section="Ferry")
    plain = story("plain", "ferry", age_s=2_000 * DAY, section="Ferry")
    articles = [*[a for a in ARTICLES if a.id in ("ferry0", "ferry4", "ferry8", "cup1", "cup5")], guide, plain]
    index = snapshot(articles[:-1], articles[-1:])
    near_enough = {"min_relevance": 0.3}
    page = fill(index, articles, "ferry0", [widget("must-read", 3)], kinds={"must-read": near_enough})
    aging = {"must-read": near_enough | {"evergreen": False}}
    without = fill(index, articles, "ferry0", [widget("must-read", 3)], kinds=aging)

    assert set(page.ids["must-read"]) == {"ferry4", "ferry8", "guide"}
    assert page.widgets["must-read"].fallback is None
    assert without.widgets["must-read"].fallback == "wider-window"


def test_a_history_of_ten_thousand_ids_costs_little_and_its_end_counts():
    history = [f"gone{n}" for n in range(9_900)] + [f"ferry{n}" for n in range(2, 12)]
    asked = {"kinds": only("profile"), "history": history}
    fill(INDEX, ARTICLES, None, [widget("own", 2)], **asked)  # reads the compiled code
    began = time.process_time()
    page = fill(INDEX, ARTICLES, None, [widget("own", 2)], **asked)

    assert set(page.ids["own"]) == {"ferry0", "ferry1"}
    assert time.process_time() - began < 0.5
