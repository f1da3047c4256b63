"""Builds the next index generation of a site: from the last one and what changed since, or from every article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from models.relevance.model import RelevanceModel
from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.generations.generations import GenerationInfo, Generations
from service.adapters.files.index.generations.segment_building import FreshRows, KeptRows, Source, spool
from service.adapters.files.index.segment.row_block import batch_of, prepare
from service.adapters.files.index.segment.segment import Batch, Segment
from service.domain.identity import hash64
from service.domain.ports import ArticleStore
from service.domain.sites.site import Site
from service.usecases.content.read_articles import AT_ONCE, article_batches


class IndexBuilder:
    """Builds generations of one site's index under one model."""

    def __init__(self, site: Site, articles: ArticleStore, model: RelevanceModel, generations: Generations) -> None:
        self._site = site
        self._articles = articles
        self._model = model
        self._generations = generations

    def build(self) -> GenerationInfo | None:
        """Installs and returns the next generation; None where another process of this host is building."""
        with self._generations.building() as mine:
            if not mine:
                return None
            version = self._articles.version(self._site.id)
            current = self._generations.current()
            if current is not None and current.model_version == self._model.version:
                if current.version == version:
                    return current
                kept, article_ids = self._merged(current, version)
            else:
                kept, article_ids = [], self._articles.ids(self._site.id)
            with TemporaryDirectory(dir=self._generations.folder, prefix=".spool-") as folder:
                fresh = FreshRows(spool(self._batches(article_ids), Path(folder)))
                return self._generations.install([*kept, fresh], self._model.version, version)

    def _merged(self, current: GenerationInfo, version: int) -> tuple[list[Source], Iterable[str]]:
        """Returns the last generation's rows that still stand, and the articles changed since."""
        base = self._generations.open(current)
        changed = [article_id for article_id, _ in self._changes(current.version, version)]
        kept = np.ones(base.size, bool)
        kept[rows_of(base, changed)] = False
        return [KeptRows(base, np.flatnonzero(kept))], changed

    def _changes(self, since: int, until: int) -> Iterator[tuple[str, int]]:
        while changes := self._articles.changed(self._site.id, since, AT_ONCE):
            yield from changes
            since = changes[-1][1]
            if since >= until:
                return

    def _batches(self, article_ids: Iterable[str]) -> Iterator[Batch]:
        for batch in article_batches(self._articles, self._site.id, article_ids):
            yield batch_of([prepare(article, self._site, self._model) for article in batch])


def rows_of(segment: Segment, article_ids: Iterable[str]) -> Array:
    """Returns the segment's rows of these articles, those that it has."""
    found = (segment.row_of_id(hash64(article_id)) for article_id in article_ids)
    return np.array([row for row in found if row is not None], np.int64)
