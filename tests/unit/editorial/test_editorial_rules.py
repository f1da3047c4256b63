"""Rules made ready: which hold at a moment, and what they make of rows, all in one pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.editorial.in_force import FOREVER, EditorialRules
from service.domain.editorial.rule import LEAST_FACTOR, MOST_FACTOR, MOST_POINTS, Rule
from service.domain.identity import hash64, section_hash, tag_hash
from service.domain.index.article_index import Columns, Tags

ARTICLES = [("a-1", "World", ("oil", "war")), ("a-2", "Sport", ()), ("a-3", "world", ("Oil",)), ("a-4", None, ("cup",))]


def columns(articles=ARTICLES):
    size = len(articles)
    times = np.zeros(size, np.int64)
    ids = np.array([hash64(i) for i, _, _ in articles], np.uint64)
    sections = np.array([section_hash(section) for _, section, _ in articles], np.uint64)
    known = {"published_at": times, "visible_from": times, "expires_at": times, "id_hash": ids,
             "section_hash": sections, "comment_count": np.zeros(size, np.int32)}  # fmt: skip
    return Columns(**{name: known.get(name, times) for name in Columns._fields})


def tags(articles=ARTICLES):
    pairs = [(at, tag_hash(tag)) for at, (_, _, carried) in enumerate(articles) for tag in carried]
    return Tags(np.array([at for at, _ in pairs], np.int64), np.array([tag for _, tag in pairs], np.uint64))


def active(*rules, now=0):
    return EditorialRules(rules).at(now)


def blocked(*rules):
    found = active(*rules).blocked(columns(), tags())
    return [ARTICLES[at][0] for at in np.flatnonzero(found)]


def test_a_block_holds_for_its_article_section_or_tag_whatever_the_case():
    assert blocked(Rule("x", "block", article="a-2")) == ["a-2"]
    assert blocked(Rule("x", "block", section=" WORLD")) == ["a-1", "a-3"]
    assert blocked(Rule("x", "block", tag="OIL")) == ["a-1", "a-3"]
    assert blocked(Rule("x", "block", tag="cup"), Rule("y", "block", article="a-1")) == ["a-1", "a-4"]
    assert blocked() == []


def test_tags_are_read_only_where_a_rule_asks_for_them():
    rules = active(Rule("x", "block", article="a-2"), Rule("y", "boost", section="World", factor=2))
    assert not rules.reads_tags
    assert active(Rule("x", "boost", tag="oil", points=0.1)).reads_tags
    assert rules.blocked(columns(), None).tolist() == [False, True, False, False]
    assert rules.boost(columns(), None).factor.tolist() == [2, 1, 2, 1]


def test_boosts_of_one_article_multiply_and_add_up_within_the_bounds_of_one():
    boost = active(
        Rule("a", "boost", article="a-1", factor=3),
        Rule("b", "boost", section="World", factor=2),
        Rule("c", "boost", section="World", points=0.5),
        Rule("d", "boost", tag="oil", factor=4),
        Rule("e", "boost", tag="war", points=0.75),
        Rule("f", "boost", tag="cup", factor=0.25),
        Rule("g", "boost", tag="cup", factor=0.25),
    ).boost(columns(), tags())

    assert boost.factor.tolist() == [MOST_FACTOR, 1, 8, LEAST_FACTOR]
    assert boost.points.tolist() == [MOST_POINTS, 0, 0.5, 0]
    assert active().boost(columns(), tags()) is None


def test_of_two_pins_for_one_position_the_newer_wins():
    rules = active(
        Rule("old", "pin", article="a-1", widget="must-read", position=1, put_at=5),
        Rule("new", "pin", article="a-2", widget="must-read", position=1, put_at=6),
        Rule("other", "pin", article="a-3", widget="recent-news", position=1, put_at=7),
    )
    assert [pin.rule_id for pin in rules.pins_of("must-read", "must-read", 5)] == ["new"]


def test_a_pin_for_the_widgets_id_goes_before_one_for_its_kind():
    rules = active(
        Rule("kind", "pin", article="a-1", widget="must-read", position=1, put_at=9),
        Rule("second", "pin", article="a-3", widget="must-read", position=2),
        Rule("id", "pin", article="a-2", widget="front", position=1, put_at=1),
        Rule("beyond", "pin", article="a-4", widget="front", position=6),
    )
    assert [pin.rule_id for pin in rules.pins_of("front", "must-read", 5)] == ["id", "second"]


def test_a_rule_holds_from_its_begin_until_before_its_end():
    rules = EditorialRules((Rule("x", "block", article="a-1", begins_at=10, ends_at=20),))

    assert [bool(rules.at(now).blocks) for now in (9, 10, 19, 20)] == [False, True, True, False]
    assert [rules.at(now).valid_until for now in (9, 10, 20)] == [10, 20, FOREVER]
    held = rules.at(11)
    assert rules.at(12) is held, "made ready once"
    assert not rules.at(5).blocks, "a clock that goes back is believed"


def test_what_blocks_is_told_and_the_law_goes_first():
    rules = active(Rule("x", "block", tag="oil"), Rule("y", "block", section="World", legal=True))

    assert rules.blocking(hash64("a-1"), section_hash("World"), [tag_hash("oil")]).id == "y"
    assert rules.blocking(hash64("a-1"), 0, [tag_hash("oil")]).id == "x"
    assert rules.blocking(hash64("a-2"), section_hash("Sport"), []) is None


NAMES = {"article": ["a-1", "a-2"], "section": ["World", "Sport"], "tag": ["oil", "cup"]}
SUBJECTS = st.sampled_from([(name, value) for name, values in NAMES.items() for value in values])
TIMES = st.one_of(st.none(), st.integers(0, 20))


@st.composite
def any_rule(draw):
    name, value = draw(SUBJECTS)
    kind = draw(st.sampled_from(["boost", "block"]))
    effect = {"factor": draw(st.floats(0.1, 10))} if kind == "boost" else {}
    span = {"begins_at": draw(TIMES), "ends_at": draw(TIMES)}
    return Rule(draw(st.text("xyz", min_size=1, max_size=3)), kind, **{name: value}, **effect, **span)


@given(st.lists(any_rule(), max_size=8), st.integers(0, 20))
@settings(max_examples=200)
def test_one_pass_says_of_each_row_what_the_rules_say_one_by_one(rules, now):
    ready = active(*rules, now=now)
    blocked, boost = ready.blocked(columns(), tags()), ready.boost(columns(), tags())

    for at, (article_id, section, carried) in enumerate(ARTICLES):
        hashes = hash64(article_id), section_hash(section), list(map(tag_hash, carried))
        names = {("article", article_id), ("section", (section or "").lower())} | {("tag", t.lower()) for t in carried}
        about = [
            r
            for r in rules
            if r.holds(now) and (r.subject[0], r.subject[1] if r.article else r.subject[1].lower()) in names
        ]
        assert blocked[at] == any(rule.kind == "block" for rule in about) == (ready.blocking(*hashes) is not None)
        factor = np.prod([rule.factor for rule in about if rule.kind == "boost"])
        told = 1.0 if boost is None else boost.factor[at]
        assert told == pytest.approx(min(max(factor, LEAST_FACTOR), MOST_FACTOR))
        assert len(ready.boosting(*hashes)) == sum(rule.kind == "boost" for rule in about)
    assert ready.valid_until > now
    later = [t for r in rules for t in (r.begins_at, r.ends_at) if t is not None and t > now]
    assert ready.valid_until == min(later, default=FOREVER)
