"""A widget's next teaser: by score, less what it repeats; of one section no more than the cap while others wait."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.page.choosing.choosing import (
    ANY_NUMBER,
    LOOKED_AT,
    Choice,
    most_of_section,
    order_more,
    take,
)
from service.domain.page.choosing.relations import cosine
from tests.makers.filled_page import fill, widget
from tests.makers.newsroom import article, snapshot
from tests.makers.tellings import Stand, telling


def choice(scores, *, ring=None, diversity=0.0, most=ANY_NUMBER, sections=None) -> Choice:
    named = np.array(sections or [0] * len(scores), np.uint64)
    every = len(scores)
    every = len(scores)
    return Choice(
        np.ones(every, bool), np.empty(every, np.int64), np.zeros(1, np.int64), np.array(scores, float),
        np.array(ring or [0] * every), named, diversity, most, 99, np.zeros(every, bool), np.empty(every, np.int64),
        np.zeros(1, np.int64), np.zeros(every, bool), np.zeros(every), np.zeros(every, int),
    )  # fmt: skip


def chosen(made: Choice, words: list[str], count: int) -> list[int]:
    page = Stand([telling("", each) for each in words])
    page.standing.free[made.taken[: made.chosen[0]]] = False
    take(page.standing, made, count)
    return made.taken[: made.chosen[0]].tolist()


def test_without_diversity_the_order_is_that_of_scores():
    assert chosen(choice([0.2, 0.9, 0.5]), ["a", "a", "a"], 3) == [1, 2, 0]


def test_with_diversity_what_repeats_the_first_yields_to_what_is_new():
    assert chosen(choice([0.9, 0.85, 0.8], diversity=0.3), ["abc", "abc", "xyz"], 3) == [0, 2, 1]


def test_a_lower_ring_comes_first_however_alike_its_candidates_are():
    assert chosen(choice([0.1, 0.2, 0.9], ring=[0, 0, 1], diversity=0.5), ["a", "a", "z"], 3) == [1, 0, 2]


def test_a_full_section_is_passed_over_until_nothing_else_is_left():
    made = choice([0.9, 0.8, 0.7, 0.1], most=2, sections=[7, 7, 7, 8])

    assert chosen(made, list("abcd"), 4) == [0, 1, 3]
    assert chosen(made._replace(most_of_section=ANY_NUMBER), list("abcd"), 4) == [0, 1, 3, 2]


def test_articles_without_a_section_are_never_too_many():
    assert chosen(choice([0.9, 0.8, 0.7], most=1, sections=[0, 0, 0]), list("abc"), 3) == [0, 1, 2]


def test_a_cap_is_a_share_of_the_positions_and_lets_one_stand_always():
    assert [most_of_section(0.6, size) for size in (1, 2, 5, 10)] == [1, 2, 3, 6]
    assert most_of_section(1.0, 5) == ANY_NUMBER


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=4 * LOOKED_AT))
@settings(max_examples=100)
def test_candidates_stand_by_ring_then_by_score_and_of_equals_as_in_the_pool(candidates):
    made = choice([float(score) for _, score in candidates], ring=[ring for ring, _ in candidates])
    while order_more(made):
        pass

    expected = sorted(range(len(candidates)), key=lambda at: (candidates[at][0], -candidates[at][1]))
    assert made.order.tolist() == expected


WORDS = st.text(st.sampled_from("abcdef"), min_size=1, max_size=4)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 2), WORDS), min_size=1, max_size=LOOKED_AT),
    st.sampled_from([0.0, 0.2, 0.5, 0.9]),
)
@settings(max_examples=200)
def test_each_choice_is_the_best_by_the_formula(candidates, diversity):
    scores, rings, words = [c[0] / 100 for c in candidates], [c[1] for c in candidates], [c[2] for c in candidates]
    taken = chosen(choice(scores, ring=rings, diversity=diversity), words, len(candidates))
    tellings = [telling("", each) for each in words]

    def value(at: int, before: list[int]) -> float:
        nearest = max((cosine(tellings[at].keywords, tellings[other].keywords) for other in before), default=0.0)
        return (1 - diversity) * scores[at] - diversity * nearest

    assert sorted(taken) == list(range(len(candidates)))
    for place, at in enumerate(taken):
        rivals = [other for other in taken[place:] if rings[other] == rings[at]]
        assert rings[at] == min(rings[other] for other in taken[place:])
        assert value(at, taken[:place]) >= max(value(other, taken[:place]) for other in rivals) - 1e-12


def stories(counts: dict[str, int], spacing_s: int = 60):
    made = []
    for section, count in counts.items():
        for n in range(count):
            own = " ".join(f"{section}{n}{stem}" for stem in ("word", "term", "name", "place"))
            made.append(article(f"{section}-{n}", own, own * 3, age_s=spacing_s * len(made), section=section))
    return made


def test_recent_news_is_not_a_page_of_one_section():
    articles = stories({"sport": 30, "city": 4})
    page = fill(snapshot(articles), articles, None, [widget("recent-news", 5)])

    assert [i.split("-")[0] for i in page.ids["recent-news"]].count("sport") == 3
    assert page.widgets["recent-news"].fallback is None


def test_a_site_of_one_section_has_full_widgets_and_says_why():
    articles = stories({"sport": 30})
    page = fill(snapshot(articles), articles, None, [widget("recent-news", 5)])

    assert len(page.ids["recent-news"]) == 5
    assert page.widgets["recent-news"].fallback == "few-sections"


def test_a_widget_that_asks_for_one_section_is_not_capped():
    articles = stories({"sport": 30, "city": 4})
    page = fill(snapshot(articles), articles, None, [widget("recent-news", 5, sections=("sport",))])

    assert {i.split("-")[0] for i in page.ids["recent-news"]} == {"sport"}
    assert page.widgets["recent-news"].fallback is None


def test_a_widget_may_ask_for_more_than_one_telling_of_an_event():
    event = [
        article(f"tell-{n}", f"Ferry strike ends harbour deal {n}", f"ferry strike ends harbour deal crews {n} " * 4,
                age_s=n)
        for n in range(4)
    ]  # fmt: skip
    articles = [*event, *stories({"city": 12, "sport": 12})]
    index = snapshot(articles)

    def told(stories: int) -> int:
        kinds = {"recent-news": {"stories": stories}}
        page = fill(index, articles, None, [widget("recent-news", 8)], kinds=kinds)
        return sum(i.startswith("tell-") for i in page.all_ids)

    assert told(1) == 1
    assert told(2) <= 2
