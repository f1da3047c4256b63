"""The rules of a page hold on random sites: what may stand, where, in what order, and what is told of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.call.page_call import ArticleReference, PageRequest, Reader, WidgetRequest
from service.domain.editorial.in_force import EditorialRules
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import counts_of, engagement_of
from service.domain.identity import hash64
from service.domain.page.choosing.relations import SAME_ANGLE_COSINE, cosine, is_copy, same_story
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.widgets.kind import KINDS
from service.usecases.page.filling.fill_page import FillPage
from tests.makers.filled_page import NO_NOTES
from tests.makers.newsroom import NOW, SITE, article, model_of, snapshot

DAY = 86_400
SECTIONS = (None, "World", "Sport", "City")
TOPICS = ("ferry strike harbour crews pay", "cup final stadium crowd goal", "storm bridge wind flood rain")


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


@cache
def site(seed: int, count: int):
    """A site's articles and index: topics, sections, copies, embargoes, expiries, guides, and odd dates."""
    draws = np.random.default_rng(seed)
    made = []
    for n in range(count):
        topic = TOPICS[n % 3]
        own = " ".join(f"{stem}{n}" for stem in ("word", "term", "name", "place", "time", "deed"))
        text = f"{topic} {own} {own}"
        if n > 3 and draws.random() < 0.15:
            text = f"{made[n - 3].text} more"
        fields = {
            "section": SECTIONS[int(draws.integers(4))],
            "evergreen": bool(draws.random() < 0.1),
            "embargo_until": at(50) if draws.random() < 0.05 else None,
            "expires_at": at(-50) if draws.random() < 0.05 else None,
        }
        age_s = float(draws.choice([60 * n, 9_000 * n, 40 * DAY * n, -500, NOW]))
        made.append(article(f"a-{n}", f"{topic.split()[n % 5]} {own}", text, age_s=age_s, **fields))
    index = snapshot(made[::2], made[1::2], model_of(made) if count > 1 else None)
    return made, index


def decided(index, request, rules=(), engagement=None, kinds=None):
    engaged = engagement_of(counts_of(engagement or []))
    held = SiteSnapshot(index, {hash64("a-1"): 9.0}, engaged, EditorialRules(tuple(rules)))
    named = SITE if kinds is None else type(SITE)(**{**_fields(SITE), "widgets": kinds})
    return FillPage(lambda _: held, None, NO_NOTES, lambda: NOW).fill(named, request, "")


def _fields(of):
    return {name: getattr(of, name) for name in of.__dataclass_fields__}


PAGES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 5),
        "count": st.sampled_from([0, 1, 2, 5, 30, 60]),
        "own": st.sampled_from([None, 0, 7, 99]),
        "kinds": st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3, unique=True),
        "size": st.integers(1, 8),
        "excluded": st.sets(st.integers(0, 30), max_size=4),
        "read": st.lists(st.integers(0, 60), max_size=4),
        "reader": st.sampled_from([None, "one", "two"]),
        "counted": st.booleans(),
        "explore": st.sampled_from([0.0, 0.5]),
    }
)


class Case:
    """One page of one site, filled."""

    def __init__(self, drawn, **options):
        self.articles, self.index = site(drawn["seed"], drawn["count"])
        self.own = None if drawn["own"] is None else f"a-{drawn['own']}"
        counted = [(hash64(f"a-{n}"), n % 3, 40.0 * n) for n in range(0, 60, 2)] if drawn["counted"] else []
        kinds = {k: {"exploration": drawn["explore"]} for k in drawn["kinds"] if k != "related"}
        self.dropped = {f"a-{n}" for n in (*drawn["excluded"], *drawn["read"])}
        self.request = PageRequest(
            SITE.id,
            "view",
            ArticleReference(id=self.own) if self.own else None,
            tuple(WidgetRequest(kind, kind, drawn["size"]) for kind in drawn["kinds"]),
            reader=Reader(drawn["reader"], tuple(f"a-{n}" for n in drawn["read"])),
            exclude=tuple(f"a-{n}" for n in drawn["excluded"]),
            explain=True,
        )
        self.names = {hash64(a.id): a.id for a in self.articles}
        self.again = lambda: decided(self.index, self.request, engagement=counted, kinds=kinds, **options)
        self.page = self.again().page

    def ids(self, filled) -> list[str]:
        rows = np.array([teaser.row for teaser in filled.teasers], np.int64)
        return [self.names[i] for i in self.index.columns(rows).id_hash.tolist()]

    @property
    def shown(self) -> list[str]:
        return [i for filled in self.page.widgets for i in self.ids(filled)]

    def telling(self, article_id: str):
        return self.index.telling(self.index.row_of(article_id))

    def may_be_shown(self, a) -> bool:
        begins = max(a.published_at, a.embargo_until or a.published_at)
        ends = a.expires_at
        return begins <= at(0) and (ends is None or at(0) < ends) and a.id != self.own and a.id not in self.dropped


def retells(one, other) -> bool:
    return (
        is_copy(one.text, other.text) or cosine(one.title, other.title) >= SAME_ANGLE_COSINE or same_story(one, other)
    )


@given(PAGES)
@settings(max_examples=50)
def test_only_what_may_be_shown_stands_and_nothing_twice_nor_beside_its_copy(drawn):
    case = Case(drawn)
    shown = case.shown

    assert len(shown) == len(set(shown))
    assert all(case.may_be_shown(a) for a in case.articles if a.id in shown)
    tellings = [case.telling(i) for i in shown]
    for place, one in enumerate(tellings):
        assert not any(retells(one, other) for other in tellings[:place])
    if case.own in {a.id for a in case.articles}:
        own = case.telling(case.own)
        assert not any(is_copy(own.text, one.text) for one in tellings)
        assert sum(retells(own, one) for one in tellings) <= 1


@given(PAGES)
@settings(max_examples=50)
def test_a_position_stays_empty_only_when_nothing_may_stand_there(drawn):
    case = Case(drawn)
    shown = case.shown

    assert [len(filled.teasers) <= drawn["size"] for filled in case.page.widgets] == [True] * len(drawn["kinds"])
    if len(shown) < drawn["size"] * len(drawn["kinds"]):
        standing = [case.telling(i) for i in shown]
        own = [case.telling(case.own)] if case.index.row_of(case.own or "") is not None else []
        left = [case.telling(a.id) for a in case.articles if case.may_be_shown(a) and a.id not in shown]
        fits = [one for one in left if not any(retells(one, other) for other in standing + own)]
        filtered = [k for k in drawn["kinds"] if KINDS[k].keeps_to.page_section]
        assert not fits or filtered, "an article that may stand was left out"
    for filled in case.page.widgets:
        assert [teaser.position for teaser in filled.teasers] == list(range(1, len(filled.teasers) + 1))


@given(PAGES)
@settings(max_examples=30)
def test_the_same_call_has_the_same_answer_and_parts_add_up_to_scores(drawn):
    case = Case(drawn)
    again = case.again().page

    assert again.widgets == case.page.widgets
    for teasers in case.page.explanation.widgets.values():
        for teaser in teasers:
            assert math.isclose(sum(teaser.parts.values()), teaser.score, abs_tol=0.0006)
            assert 0 <= teaser.score <= 1


@given(PAGES)
@settings(max_examples=30)
def test_no_section_has_more_than_its_share_while_others_wait(drawn):
    case = Case({**drawn, "kinds": ["recent-news"]})
    filled = case.page.widgets[0]
    sections = {a.id: a.section for a in case.articles}
    most = math.ceil(KINDS["recent-news"].section_cap * drawn["size"])
    counts = [sum(sections[i] == section for i in case.ids(filled)) for section in SECTIONS[1:]]

    if max(counts) > most:
        assert filled.fallback not in (None, "wider-window")


@given(PAGES, st.integers(0, 40), st.integers(1, 4))
@settings(max_examples=30)
def test_a_pin_stands_at_its_position_whatever_else_does(drawn, pinned, position):
    kind = drawn["kinds"][0]
    rule = Rule("pin", "pin", article=f"a-{pinned}", widget=kind, position=position)
    case = Case({**drawn, "kinds": [kind]}, rules=(rule,))
    by_id = {a.id: a for a in case.articles}
    ids = case.ids(case.page.widgets[0])

    if f"a-{pinned}" in by_id and case.may_be_shown(by_id[f"a-{pinned}"]) and position <= drawn["size"]:
        own = case.telling(case.own) if case.index.row_of(case.own or "") is not None else None
        if own is None or not is_copy(own.text, case.telling(f"a-{pinned}").text):
            assert ids.index(f"a-{pinned}") == min(position, len(ids)) - 1
    assert case.page.widgets[0].teasers == case.again().page.widgets[0].teasers
