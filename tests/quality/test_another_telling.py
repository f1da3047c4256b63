"""Another publisher's report of the same event is among the ten nearest, asked late of a model trained early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from models.evaluation.held_out import nearest
from models.relevance.model import RelevanceModel, TermVector
from models.relevance.train import TrainingText, train
from tests.quality.judgements import judged_pairs
from tests.quality.news_articles import NewsArticle

EARLY_SHARE = 0.6
TEN = 10

Question = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A model trained on the early articles, every article's vector under it, and pairs told twice in the late part.

    `questions` are rows of `articles`: which one is asked about, and which one is to be found.
    """

    model: RelevanceModel
    articles: Sequence[NewsArticle]
    vectors: Sequence[TermVector]
    early: Sequence[int]
    questions: Sequence[Question]

    def ranks_of(self, found: np.ndarray) -> list[int | None]:
        """Returns at which place, from 1, each other telling stands; the article itself takes none."""
        ranks: list[int | None] = []
        for (own, other), rows in zip(self.questions, found.tolist(), strict=True):
            without_own = [row for row in rows if row != own]
            ranks.append(without_own.index(other) + 1 if other in without_own else None)
        return ranks


def recall_at_ten(ranks: Sequence[int | None]) -> float:
    return sum(rank is not None and rank <= TEN for rank in ranks) / len(ranks)


@pytest.fixture(scope="module")
def asked(news: tuple[NewsArticle, ...], news_by_id: Mapping[int, NewsArticle]) -> Asked:
    begin = sorted(a.day for a in news)[int(EARLY_SHARE * len(news))]
    early = [row for row, a in enumerate(news) if a.day < begin]
    model = train([TrainingText(str(news[r].id), news[r].title, news[r].text, "en") for r in early], now=0.0).model
    row_of = {a.id: row for row, a in enumerate(news)}
    told_twice = [
        (row_of[p.one], row_of[p.other])
        for p in judged_pairs()
        if p.story in ("same-story", "duplicate") and news_by_id[p.one].publisher != news_by_id[p.other].publisher
    ]
    questions = [q for a, b in told_twice for q in ((a, b), (b, a)) if news[q[0]].day >= begin]
    return Asked(model, news, [model.encode(a.title, a.text, "en") for a in news], early, questions)


@pytest.fixture(scope="module")
def ranks(asked: Asked) -> list[int | None]:
    """The place of each other telling, as served: words find, words and topics order."""
    _, blended = nearest(asked.model, asked.vectors, [asked.vectors[own] for own, _ in asked.questions], TEN + 1)
    return asked.ranks_of(blended)


def test_nearly_every_other_telling_is_among_the_ten_nearest(asked: Asked, ranks: list[int | None]) -> None:
    assert asked.model.meaning.terms.size
    assert len(ranks) >= 50
    assert recall_at_ten(ranks) >= 0.95


def test_no_more_are_found_by_plain_character_runs(asked: Asked, ranks: list[int | None]) -> None:
    texts = [f"{a.title}\n{a.text}" for a in asked.articles]
    shapes = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True, dtype=np.float32)
    shapes.fit([texts[row] for row in asked.early])
    rows = shapes.transform(texts)
    cosines = (rows[[own for own, _ in asked.questions]] @ rows.T).toarray()
    found = np.argsort(-cosines, axis=1, kind="stable")[:, : TEN + 1]

    assert recall_at_ten(ranks) >= recall_at_ten(asked.ranks_of(found))


def test_stories_whose_names_no_training_has_seen_are_found_too(asked: Asked, ranks: list[int | None]) -> None:
    new_names = [
        rank
        for (own, other), rank in zip(asked.questions, ranks, strict=True)
        if shared_unseen(asked.model, asked.vectors[own], asked.vectors[other])
    ]

    assert len(new_names) >= 20
    assert recall_at_ten(new_names) >= 0.95


def shared_unseen(model: RelevanceModel, one: TermVector, other: TermVector) -> int:
    shared = np.intersect1d(one.terms, other.terms, assume_unique=True)
    return int((~np.isin(shared, model.terms)).sum())
