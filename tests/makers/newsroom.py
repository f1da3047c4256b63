"""Makes sites of articles and their index snapshots for tests, without a store."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from models.relevance.model import RelevanceModel, untrained
from models.relevance.train import TrainingText, train
from service.adapters.files.index.base_searches import BaseSearches
from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.segment.row_block import batch_of, prepare
from service.adapters.files.index.snapshot import IndexSnapshot
from service.domain.content.article import Article
from service.domain.sites.site import Site

SITE = Site(id="courier", name="Courier")
NOW = 1_708_000_000


def article(article_id: str, title: str, text: str = "", *, age_s: float = 0, **fields) -> Article:
    """An article published so many seconds before NOW."""
    published = datetime.fromtimestamp(NOW - age_s, UTC)
    url = f"https://courier.example/{article_id}"
    return Article(id=article_id, url=url, title=title, text=text or title, published_at=published, **fields)


def model_of(articles: list[Article]) -> RelevanceModel:
    """A model trained on these articles."""
    return train([TrainingText(a.id, a.title, a.text, a.language or "en") for a in articles], now=NOW).model


def snapshot(
    base: list[Article], delta: list[Article] = (), model: RelevanceModel | None = None, gone: list[str] = ()
) -> IndexSnapshot:
    """A snapshot whose base holds the first articles and whose delta the later ones; `gone` are removed from it."""
    model = model or (model_of(base) if len(base) > 1 else untrained())
    base_segment = build_segment([_batch(base, model)])
    replaced = {a.id for a in delta} | set(gone)
    dead = [row for row in map(base_segment.row_of_id, map(_hash, replaced)) if row is not None]
    superseded = np.array(sorted(dead), np.int64)
    delta_segment = build_segment([_batch(delta, model)])
    return IndexSnapshot(model, BaseSearches(base_segment), delta_segment, superseded, version=1)


def _batch(articles, model):
    return batch_of([prepare(a, SITE, model) for a in articles])


def _hash(article_id: str) -> int:
    from service.domain.identity import hash64

    return hash64(article_id)
