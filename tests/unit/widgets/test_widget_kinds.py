"""A site's kinds of widgets: changed, added, shown as they are written, refused where they contradict themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.durations import DAY_S, HOUR_S, seconds_of, span_text
from service.domain.widgets.kind import KINDS
from service.domain.widgets.kinds import site_kinds
from service.domain.widgets.settings import SETTINGS, settings_json


def faults_of(changes) -> dict[str, str]:
    return {fault.path: fault.message for fault in site_kinds(changes).faults}


def test_a_site_that_says_nothing_has_the_kinds_from_the_start():
    assert site_kinds({}).kinds is KINDS


def test_a_change_touches_what_it_names_and_nothing_else():
    kinds = site_kinds({"recent-news": {"half_life": "3h"}}).kinds

    assert kinds["recent-news"].half_life_s == 3 * HOUR_S
    assert kinds["recent-news"].weights == KINDS["recent-news"].weights
    assert kinds["must-read"] is KINDS["must-read"]
    assert KINDS["recent-news"].half_life_s == 6 * HOUR_S


def test_a_new_kind_is_like_another_of_the_site_as_the_site_has_changed_it():
    changes = {"slow": {"like": "long", "size": 3}, "long": {"like": "must-read", "windows": ["90d", "all"]}}
    kinds = site_kinds(changes).kinds

    assert kinds["slow"].windows_s == (90 * DAY_S, None)
    assert kinds["slow"].size == 3
    assert kinds["slow"].name == "slow"
    assert kinds["long"].size == KINDS["must-read"].size


def test_weights_are_shares_of_their_sum_and_what_is_not_named_weighs_nothing():
    weights = site_kinds({"must-read": {"weights": {"relevance": 3, "reads": 1}}}).kinds["must-read"].weights

    assert (weights.relevance, weights.reads, weights.freshness) == (0.75, 0.25, 0)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_that_is_written_out_reads_as_the_same_kind(name):
    own = site_kinds({"own": {"like": "must-read", **settings_json(KINDS[name])}})

    assert own.faults == ()
    assert settings_json(own.kinds["own"]) == settings_json(KINDS[name])


@pytest.mark.parametrize(
    ("changes", "path", "remedy"),
    [
        ({"quiet": {"like": "most-read", "weights": {"reads": 0}}}, "widgets.quiet.weights", "a weight above 0"),
        ({"must-read": {"weights": {"reads": -1}}}, "widgets.must-read.weights.reads", "from 0 to 1000"),
        ({"must-read": {"weights": {"magic": 1}}}, "widgets.must-read.weights.magic", "known: relevance"),
        ({"must-read": {"weights": 3}}, "widgets.must-read.weights", "give an object"),
        ({"must-read": {"windows": ["30d", "7d"]}}, "widgets.must-read.windows[1]", "narrow to wide"),
        ({"must-read": {"windows": ["all", "all"]}}, "widgets.must-read.windows[1]", "narrow to wide"),
        ({"must-read": {"windows": []}}, "widgets.must-read.windows", "1 to 10 spans"),
        ({"must-read": {"windows": ["2 weeks"]}}, "widgets.must-read.windows[0]", "30d for days; or all"),
        ({"must-read": {"half_life": "0h"}}, "widgets.must-read.half_life", "above 0"),
        ({"must-read": {"half_life": 48}}, "widgets.must-read.half_life", "with its unit"),
        ({"most-read": {"min_relevance": 0.4}}, "widgets.most-read.min_relevance", "weights.relevance"),
        ({"must-read": {"weights": {"reads": 1}}}, "widgets.must-read.min_relevance", "or set this to 0"),
        ({"must-read": {"size": 51}}, "widgets.must-read.size", "from 1 to 50"),
        ({"must-read": {"size": True}}, "widgets.must-read.size", "whole number"),
        ({"must-read": {"order": 1.5}}, "widgets.must-read.order", "whole number"),
        ({"must-read": {"filters": {"sections": ["A", " "]}}}, "widgets.must-read.filters.sections[1]", "1 to 128"),
        ({"must-read": {"filters": {"max_age": "soon"}}}, "widgets.must-read.filters.max_age", "30d for days"),
        ({"must-read": {"filters": {"page_section": 1}}}, "widgets.must-read.filters.page_section", "true or false"),
        ({"latest-in-section": {"filters": {"page_section": True, "sections": ["A"]}}},
         "widgets.latest-in-section.filters", "leave out page_section or sections"),
        ({"related": {"exploration": 0.1}}, "widgets.related.exploration", "leave it out"),
        ({"own": {"like": "related", "exploration": 0.1}}, "widgets.own.exploration", "leave it out"),
        ({"must-read": {"exploration": 0.6}}, "widgets.must-read.exploration", "from 0 to 0.5"),
        ({"must-read": {"diversity": 1}}, "widgets.must-read.diversity", "from 0 to 0.9"),
        ({"must-read": {"section_cap": 0}}, "widgets.must-read.section_cap", "from 0.05 to 1"),
        ({"must-read": {"stories": 0}}, "widgets.must-read.stories", "from 1 to 50"),
        ({"own": {"size": 3}}, "widgets.own.like", "name the kind that this one starts from"),
        ({"own": {"like": "nothing"}}, "widgets.own.like", "known: latest-in-section, "),
        ({"own": {"like": ["must-read"]}}, "widgets.own.like", "is not a kind"),
        ({"must-read": {"like": "must-read"}}, "widgets.must-read.like", "must-read > must-read"),
        ({"Own Kind": {"like": "must-read"}}, "widgets.Own Kind", "small letters"),
        ({"must-read": {"like": "recent-news", "days": 3}}, "widgets.must-read.days", "known: like, weights"),
        ({"must-read": 3}, "widgets.must-read", "an object of settings"),
        ({f"own-{n}": {"like": "must-read"} for n in range(51)}, "widgets", "at most 50"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_path_with_the_remedy(changes, path, remedy):
    assert list(faults_of(changes)) == [path]
    assert remedy in faults_of(changes)[path]


def test_a_round_of_likes_is_refused_once_and_no_kind_of_it_stands():
    kinds = site_kinds({"a": {"like": "b"}, "b": {"like": "c"}, "c": {"like": "a"}})

    assert [fault.path for fault in kinds.faults] == ["widgets.c.like"]
    assert "a > b > c > a" in kinds.faults[0].message
    assert {"a", "b", "c"}.isdisjoint(kinds.kinds)


def test_every_fault_of_every_kind_is_named_at_once():
    assert list(faults_of({"must-read": {"size": 0, "order": -1}, "related": {"half_life": "x"}})) == [
        "widgets.must-read.size",
        "widgets.must-read.order",
        "widgets.related.half_life",
    ]


PLAIN = st.sampled_from([None, True, 0, 3, -1, 0.5, float("nan"), "all", "6h", "", "must-read"])
VALUES = (
    PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.sampled_from(["reads", "tags", "x"]), PLAIN, max_size=2)
)
NAMES = st.sampled_from(["must-read", "related", "own", "other", ""])


@given(
    st.dictionaries(NAMES, st.dictionaries(st.sampled_from(["like", "x", *SETTINGS]), VALUES, max_size=3), max_size=3)
)
def test_whatever_is_written_gives_kinds_or_faults_and_never_an_error(changes):
    found = site_kinds(changes)

    assert set(KINDS) <= set(found.kinds)
    if not found.faults:
        assert set(changes) <= set(found.kinds)
    for kind in found.kinds.values():
        total = sum(settings_json(kind)["weights"].values())
        assert total == pytest.approx(1, abs=0.001)


@given(st.integers(1, 999_999), st.sampled_from("mhd"))
def test_a_span_is_written_so_that_it_reads_as_the_same(count, unit):
    assert seconds_of(span_text(seconds_of(f"{count}{unit}"))) == seconds_of(f"{count}{unit}")
