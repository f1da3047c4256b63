"""What editors decide holds on the page: pins in place, boosts in the score, blocks everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.call.page_call import ArticleReference, PageRequest
from service.domain.editorial.in_force import EditorialRules
from service.domain.editorial.rule import Rule
from service.domain.page.site_snapshot import SiteSnapshot
from service.usecases.page.filling.fill_page import FillPage
from tests.makers.filled_page import BOTH, NO_NOTES, fill, widget
from tests.makers.newsroom import NOW, SITE, article, snapshot

SECTIONS = ("World", "Sport", "City")
TOPICS = ("ferry strike harbour crews", "cup final stadium crowd", "storm bridge wind closure")


def stories(count=30, **fields):
    """Stories of three topics, each a section and a tag, an hour apart, `a-0` the newest."""
    return [
        article(
            f"a-{n}",
            f"{TOPICS[n % 3]} headline{n} part{n * 7}",
            f"{TOPICS[n % 3]} " * 3 + f"detail{n} moment{n} person{n} " * 6,
            age_s=3_600 * n,
            section=SECTIONS[n % 3],
            tags=(TOPICS[n % 3].split()[0],),
            **fields,
        )
        for n in range(count)
    ]


ARTICLES = stories()
INDEX = snapshot(ARTICLES)
RECENT = (widget("recent-news"),)


def pin(article_id, position=1, widget="recent-news", rule_id="p", **fields):
    return Rule(rule_id, "pin", article=article_id, widget=widget, position=position, **fields)


def filled(*rules, page=None, widgets=RECENT, articles=ARTICLES, index=None, **options):
    return fill(index or (INDEX if articles is ARTICLES else snapshot(articles)), articles, page, widgets,
                rules=rules, **options)  # fmt: skip


def test_a_pinned_story_stands_at_its_position_however_old_and_says_that_it_is_pinned():
    page = filled(pin("a-29", 3))

    assert page.ids["recent-news"] == ["a-0", "a-1", "a-29", "a-2", "a-3"]
    teaser = page.widgets["recent-news"].teasers[2]
    assert (teaser.source, teaser.reason.code) == ("pin", "pinned")
    assert {t.source for t in page.widgets["recent-news"].teasers if t is not teaser} == {"model"}


def test_a_pin_holds_for_the_widget_that_it_names_alone():
    page = filled(pin("a-29", 1, "must-read"), page="a-0", widgets=BOTH)

    assert page.ids["must-read"][0] == "a-29"
    assert "a-29" not in page.ids["recent-news"]


@pytest.mark.parametrize(
    ("why", "options"),
    [
        ("it is the page's own", {"page": "a-2"}),
        ("the page shows it already", {"exclude": ["a-2"]}),
        ("the reader has read it", {"history": ["a-2"]}),
        ("it is blocked", {"rules": [Rule("b", "block", article="a-2")]}),
        ("its section is blocked", {"rules": [Rule("b", "block", section="City")]}),
    ],
)
def test_a_pinned_story_does_not_stand_where(why, options):
    rules = options.pop("rules", [])
    assert "a-2" not in filled(pin("a-2"), *rules, **options).all_ids, why


def test_a_pinned_story_that_is_not_to_be_seen_yet_or_any_more_waits():
    late = stories(6)
    late[2] = replace(late[2], embargo_until=late[0].published_at.replace(year=2030))
    late[3] = replace(late[3], expires_at=late[3].published_at)

    page = filled(pin("a-2"), pin("a-3", 2, rule_id="q"), articles=late)

    assert page.ids["recent-news"][:2] == ["a-0", "a-1"]
    assert {"a-2", "a-3"}.isdisjoint(page.ids["recent-news"])


def test_two_pinned_tellings_of_one_promise_both_stand_and_a_copy_of_one_that_stands_does_not():
    texts = stories(8)
    told_again = article("again", texts[1].title, "another text of other words altogether " * 5, age_s=90_000)
    copied = article("copied", "Quite another headline", texts[1].text, age_s=90_000)
    articles = [*texts, told_again, copied]
    pins = [pin("a-1", 1, rule_id="1"), pin("again", 2, rule_id="2"), pin("copied", 3, rule_id="3")]

    page = filled(*pins, articles=articles)

    assert page.ids["recent-news"][:2] == ["a-1", "again"]
    assert "copied" not in page.all_ids


def test_a_pin_beyond_what_there_is_moves_up():
    few = stories(3)
    assert filled(pin("a-2", 5), articles=few).ids["recent-news"] == ["a-0", "a-1", "a-2"]


def test_a_blocked_story_stands_in_no_widget_and_no_fallback():
    few = stories(2)
    page = filled(Rule("b", "block", article="a-0", legal=True), articles=few, widgets=BOTH)
    assert set(page.all_ids) == {"a-1"}
    nothing = filled(Rule("b", "block", tag="ferry"), Rule("c", "block", tag="cup"), articles=few, widgets=BOTH)
    assert nothing.all_ids == []


def test_blocked_stories_in_front_of_the_others_take_nobodys_place():
    many = stories(600)
    rule = Rule("b", "block", section="world"), Rule("c", "block", tag="CUP")

    page = filled(*rule, articles=many, page="a-2", widgets=[widget("must-read", 20), widget("recent-news", 50)])

    assert len(page.ids["must-read"]) == 20
    assert len(page.ids["recent-news"]) == 50
    assert all(int(article_id[2:]) % 3 == 2 for article_id in page.all_ids)


def test_a_boost_lifts_a_section_and_lowers_another():
    any_section = {"recent-news": {"section_cap": 1}}
    lifted = filled(Rule("b", "boost", section="City", points=0.5), kinds=any_section)
    assert lifted.ids["recent-news"] == ["a-2", "a-5", "a-8", "a-11", "a-14"]
    lowered = filled(Rule("b", "boost", section="World", factor=0.1), Rule("c", "boost", tag="cup", points=-1),
                     kinds=any_section)  # fmt: skip
    assert lowered.ids["recent-news"] == ["a-2", "a-5", "a-8", "a-11", "a-14"]


def test_a_boosted_story_is_a_candidate_however_old():
    many = stories(300)
    page = filled(Rule("b", "boost", article="a-299", points=1), articles=many, kinds={
        "brief": {"like": "recent-news", "windows": ["all"]}}, widgets=[widget("brief")])  # fmt: skip
    assert page.ids["brief"][0] == "a-299"


def test_a_decision_that_is_remembered_ends_when_a_rule_begins_or_ends():
    now = [NOW]
    rule = pin("a-29", 1, begins_at=NOW + 10, ends_at=NOW + 20)
    held = SiteSnapshot(INDEX, {}, rules=EditorialRules((rule,)))
    pages = FillPage(lambda _: held, None, NO_NOTES, lambda: now[0])
    request = PageRequest(SITE.id, "view", ArticleReference(id="a-0"), RECENT)

    def first(after_s):
        now[0] = NOW + after_s
        return pages.fill(SITE, request, "").decided.widgets[0].teasers[0].source

    assert [first(s) for s in (0, 9, 10, 19, 20, 30)] == ["model", "model", "pin", "pin", "model", "model"]
    assert pages.fill(SITE, request, "").decided is pages.fill(SITE, request, "").decided


IDS = st.sampled_from([f"a-{n}" for n in range(24)])
BLOCKS = st.one_of(
    st.builds(lambda i: {"article": i}, IDS),
    st.builds(lambda s: {"section": s}, st.sampled_from(SECTIONS[:2])),
    st.just({"tag": "cup"}),
)
PINS = st.tuples(IDS, st.integers(1, 6), st.sampled_from(["must-read", "recent-news"]))


@given(
    pins=st.lists(PINS, max_size=5),
    blocks=st.lists(BLOCKS, max_size=3),
    boosts=st.lists(st.tuples(st.sampled_from(SECTIONS), st.floats(-1, 1)), max_size=3),
    own=st.one_of(st.none(), IDS),
    excluded=st.lists(IDS, max_size=3),
    size=st.integers(1, 6),
)
@settings(max_examples=120)
def test_every_page_holds_what_editors_decided(pins, blocks, boosts, own, excluded, size):
    rules = [pin(i, n, w, f"p{at}", put_at=at) for at, (i, n, w) in enumerate(pins)]
    rules += [Rule(f"b{at}", "block", **subject) for at, subject in enumerate(blocks)]
    rules += [Rule(f"s{at}", "boost", section=section, points=p) for at, (section, p) in enumerate(boosts)]
    barred = {a.id for a in ARTICLES for subject in blocks
              if subject in ({"article": a.id}, {"section": a.section}, {"tag": a.tags[0]})}  # fmt: skip
    barred |= {own, *excluded}

    page = filled(*rules, page=own, exclude=excluded, widgets=[widget("must-read", size), widget("recent-news", size)])

    assert len(set(page.all_ids)) == len(page.all_ids)
    assert barred.isdisjoint(page.all_ids)
    allowed = len([a for a in ARTICLES if a.id not in barred])
    assert len(page.all_ids) == min(2 * size, allowed)
    wanted = {}
    for article_id, position, name in pins:
        if position <= size:
            wanted[name, position] = article_id
    standing = {i: name for name, ids in page.ids.items() for i in ids}
    placed = set()
    for (name, position), article_id in sorted(wanted.items()):
        if article_id in barred or article_id in placed:
            continue
        placed.add(article_id)
        assert standing[article_id] == name
        at = page.ids[name].index(article_id) + 1
        assert at == position or (at < position and len(page.ids[name]) < size)
