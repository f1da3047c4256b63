"""Decisions are remembered only while nothing changes that they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.domain.call.page_call import ArticleReference, PageRequest, Reader, WidgetRequest
from service.domain.editorial.in_force import EditorialRules
from service.domain.page.site_snapshot import SiteSnapshot
from service.usecases.page.filling.decisions import DecidedWidgets, Remembered
from service.usecases.page.filling.fill_page import HELD_S, FillPage
from service.usecases.page.filling.page_notes import PageNotes
from tests.makers.newsroom import NOW, SITE, article, snapshot

WIDGETS = (WidgetRequest("recent-news", "recent-news", 5),)


def at(seconds):
    return datetime.fromtimestamp(NOW + seconds, UTC)


class Service:
    """Page calls on a site whose snapshot and clock the test owns."""

    def __init__(self, *articles):
        self.articles = articles
        self.now = NOW
        self.held = SiteSnapshot(snapshot(list(articles)), {})
        self.read = []
        self.pages = FillPage(
            lambda _: self.held,
            None,
            PageNotes(lambda *read: self.read.append(read), lambda *_: None),
            lambda: self.now,
        )

    def decide(self, page="a-0", **fields) -> DecidedWidgets:
        request = PageRequest(SITE.id, "view", ArticleReference(id=page), WIDGETS, **fields)
        return self.pages.fill(SITE, request, "").decided

    def titles(self, **fields):
        decided = self.decide(**fields)
        return [decided.index.teaser(teaser.row).split(b'"title":"')[1][:5] for teaser in decided.widgets[0].teasers]


def words(number):
    return f"word{number} term{number} name{number}"


def stories(count=8):
    return [article(f"a-{n}", f"T{n:04} {words(n)}", words(n) * 9, age_s=60 * n) for n in range(count)]


def test_the_same_page_is_decided_once():
    service = Service(*stories())

    assert service.decide() is service.decide()
    assert service.decide("a-1") is not service.decide("a-0")
    assert len(service.read) == 4, "a page call is a read, remembered or not"


def test_other_articles_and_other_rules_are_decided_anew_at_once():
    service = Service(*stories())
    before = service.decide()
    service.held = replace(service.held, rules=EditorialRules())
    by_other_rules = service.decide()
    service.held = replace(service.held, index=Service(*stories()).held.index)

    assert by_other_rules is not before
    assert service.decide() not in (before, by_other_rules)


def test_other_counts_are_waited_for_a_short_while():
    service = Service(*stories())
    before = service.decide()
    service.held = replace(service.held, reads={1: 5.0})
    service.now = NOW + HELD_S - 1

    assert service.decide() is before
    service.now = NOW + HELD_S
    assert service.decide() is not before


@pytest.mark.parametrize(
    "fields", [{"exclude": ("a-3",)}, {"reader": Reader(history=("a-3",))}, {"explain": True}], ids=str
)
def test_what_is_one_readers_is_not_remembered(fields):
    service = Service(*stories())
    everyones = service.decide()

    assert service.decide(**fields) is not service.decide(**fields)
    assert service.decide() is everyones


def test_an_embargo_that_ends_is_seen_at_its_second():
    service = Service(*stories(3), article("late", "EMBAR go ends", "zorblat " * 9, age_s=5, embargo_until=at(100)))
    assert b"EMBAR" not in service.titles()
    service.now = NOW + 99
    assert b"EMBAR" not in service.titles()
    service.now = NOW + 100

    assert b"EMBAR" in service.titles()


def test_an_article_that_expires_is_gone_at_its_second():
    service = Service(*stories(3), article("brief", "BRIEF life", "zorblat " * 9, age_s=5, expires_at=at(100)))
    service.now = NOW + 99
    assert b"BRIEF" in service.titles()
    service.now = NOW + 100

    assert b"BRIEF" not in service.titles()


def test_an_article_dated_ahead_comes_at_its_second():
    service = Service(*stories(3), article("ahead", "AHEAD of time", "zorblat " * 9, age_s=-100))
    assert b"AHEAD" not in service.titles()
    service.now = NOW + 100

    assert b"AHEAD" in service.titles()


def test_the_longest_unused_decision_goes_first():
    decisions, snapshot_ = Remembered(limit=2), object()
    kept = DecidedWidgets(None, ())
    decisions.put("one", snapshot_, kept)
    decisions.put("two", snapshot_, kept)
    decisions.get("one", snapshot_)
    decisions.put("three", snapshot_, kept)

    assert [decisions.get(key, snapshot_) is kept for key in ("one", "two", "three")] == [True, False, True]


def test_a_text_sent_along_is_told_from_another_with_the_same_id():
    service = Service(*stories())

    def ask(text):
        named = ArticleReference(id="draft", title="A draft", text=text)
        return service.pages.fill(SITE, PageRequest(SITE.id, "view", named, WIDGETS), "").decided

    assert ask(words(1) * 9) is ask(words(1) * 9)
    assert ask(words(1) * 9) is not ask(words(2) * 9)
    assert service.read == [], "an article that is not known here is not counted as read"
