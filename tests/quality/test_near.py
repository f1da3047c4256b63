"""What counts as near a page is about the page's affair or topic, and what is about it counts as near."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from models.relevance.model import RelevanceModel, cosine
from service.domain.page.ranking.ranking import cosine_at
from service.domain.widgets.kind import NEAR
from tests.quality.judgements import judged_pairs
from tests.quality.news_articles import NewsArticle


@pytest.fixture(scope="module")
def held_back(news_model: RelevanceModel, news_by_id: Mapping[int, NewsArticle]) -> tuple[np.ndarray, np.ndarray]:
    """Of the judged pairs that nothing was tuned on: the cosine, as pages see it, and whether they share a topic."""

    def likeness(one: int, other: int) -> float:
        own, theirs = (news_model.encode(a.title, a.text, "en") for a in (news_by_id[one], news_by_id[other]))
        words = np.array([cosine(own, theirs)], np.float32)
        places = [news_model.meaning.place(*vector) for vector in (own, theirs)]
        return float(news_model.meaning.blend(words, places[1][None], places[0])[0]) ** news_model.power

    pairs = [pair for pair in judged_pairs() if pair.held_back]
    return (
        np.array([likeness(pair.one, pair.other) for pair in pairs]),
        np.array([pair.story != "apart" for pair in pairs]),
    )


def test_nothing_that_is_about_the_same_is_missed(held_back: tuple[np.ndarray, np.ndarray]) -> None:
    cosines, alike = held_back
    assert np.mean(cosines[alike] >= cosine_at(NEAR)) >= 0.98


def test_chance_words_are_not_near(held_back: tuple[np.ndarray, np.ndarray]) -> None:
    """Pairs are drawn by likeness, so most of those apart have much in common; the bound leaves out the others."""
    cosines, alike = held_back
    chance = cosines < cosine_at(NEAR)
    assert np.count_nonzero(chance) >= 10
    assert not np.any(alike[chance])
