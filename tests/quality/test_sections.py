"""The nearest articles are of the same section no less often than by plain TF-IDF, in the same run."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest

from models.evaluation.held_out import DatedText, HeldOut, hold_out
from tests.quality.news_articles import NewsArticle

PUBLISHERS = ("abcnews.go.com", "tass.com")
"""The two whose addresses begin with the section."""


def dated(articles: Sequence[NewsArticle], publisher: str) -> list[DatedText]:
    """The publisher's articles with the section that their address names."""
    return [
        DatedText(
            id=str(a.id),
            title=a.title,
            text=a.text,
            language="en",
            section=urlsplit(a.url).path.split("/")[1].lower(),
            published_at=calendar.timegm(a.day.timetuple()),
        )
        for a in articles
        if a.publisher == publisher
    ]


@pytest.fixture(scope="module")
def held_out(news: tuple[NewsArticle, ...]) -> list[HeldOut]:
    """Each publisher's newest fifth, asked of a model of its earlier articles, topics included."""
    return [hold_out(dated(news, publisher), least_for_meaning=1) for publisher in PUBLISHERS]


def precision(held_out: Sequence[HeldOut], view: str) -> float:
    """Over all questions of both publishers."""
    values = [(found.figures[f"section_precision_{view}"].value, found.with_section) for found in held_out]
    return sum(value * count for value, count in values) / sum(count for _, count in values)


def test_what_serves_is_no_worse_than_plain_tfidf(held_out: list[HeldOut]) -> None:
    assert sum(found.with_section for found in held_out) >= 180
    assert precision(held_out, "blend") >= precision(held_out, "plain")
    assert precision(held_out, "words") >= precision(held_out, "plain")


def test_all_are_far_from_chance(held_out: list[HeldOut]) -> None:
    assert precision(held_out, "blend") >= 2 * precision(held_out, "chance")


def test_topics_do_no_harm_to_words(held_out: list[HeldOut]) -> None:
    """Five hundred articles are few for topics: they neither help nor harm here."""
    assert precision(held_out, "blend") >= precision(held_out, "words") - 0.01
