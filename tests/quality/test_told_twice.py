"""Two reports of one event are taken for one story more often than the next report of the same affair."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import pytest

from models.relevance.model import RelevanceModel
from service.adapters.files.index.segment.row_block import prepare_text, telling_of
from service.domain.index.telling import Telling
from service.domain.page.choosing.relations import SAME_ANGLE_COSINE, cosine, same_story
from tests.quality.judgements import JudgedPair, judged_pairs
from tests.quality.news_articles import NewsArticle

Teller = Callable[[int], Telling]


@pytest.fixture(scope="module")
def telling(news_model: RelevanceModel, news_by_id: Mapping[int, NewsArticle]) -> Teller:
    """How an article tells its story, under a model trained on the whole collection."""

    @cache
    def tell(number: int) -> Telling:
        article = news_by_id[number]
        prepared = prepare_text(article.title, article.text, "en", news_model)
        return telling_of(prepared, calendar.timegm(article.day.timetuple()))

    return tell


def precision_and_recall(pairs: Iterable[JudgedPair], telling: Teller) -> tuple[float, float]:
    judged = [(pair.story in ("same-story", "duplicate"), pair) for pair in pairs]
    called = [true for true, pair in judged if same_story(telling(pair.one), telling(pair.other))]
    return sum(called) / len(called), sum(called) / sum(true for true, _ in judged)


def test_on_the_half_held_back_most_that_is_called_one_story_is_one(telling: Teller) -> None:
    """The pairs are drawn to be hard: from one topic, and mostly from one week."""
    precision, recall = precision_and_recall([p for p in judged_pairs() if p.held_back], telling)
    assert precision >= 0.6
    assert recall >= 0.6


def test_on_the_half_held_back_most_headlines_that_are_called_one_promise_are(telling: Teller) -> None:
    """The rest are mostly the next headline of the same affair; two that share no word are not found."""
    judged = [p for p in judged_pairs() if p.held_back]
    called = [p for p in judged if cosine(telling(p.one).title, telling(p.other).title) >= SAME_ANGLE_COSINE]
    true = sum(p.same_headline for p in called)

    assert true / len(called) >= 0.6
    assert true / sum(p.same_headline for p in judged) >= 0.5


def test_what_is_wrongly_called_one_story_is_of_one_affair(telling: Teller) -> None:
    called = [p for p in judged_pairs() if same_story(telling(p.one), telling(p.other)) and p.story == "apart"]
    assert called == []
