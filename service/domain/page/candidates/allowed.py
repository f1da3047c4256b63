"""Finds the newest and the nearest articles though some may not stand: those take nobody's place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from service.domain.editorial.in_force import ActiveRules, Mask
from service.domain.index.article_index import ArticleIndex, Related, Rows, TermVector
from service.domain.sites.language import ANY_LANGUAGE

WIDER = 4
MOST = 3_200
"""Rows that a search looks through at most before it takes what it has."""


class Finder(Protocol):
    """What finds candidates: an index, or one whose blocked articles are passed over."""

    def recent(self, limit: int, now: int, sections: frozenset[int] = frozenset()) -> Rows:
        """Returns the newest rows visible at `now`, newest first; of these sections only, if any is named."""

    def tagged(self, limit: int, now: int, tags: frozenset[int]) -> Rows:
        """Returns the newest rows visible at `now` with any of these tags, newest first."""

    def related(self, vector: TermVector, *, since: int, limit: int, also: Rows) -> Related:
        """Returns the `limit` rows nearest to the vector among those published at or after `since`."""


def allowed_by(rules: ActiveRules, index: ArticleIndex, language: int = ANY_LANGUAGE) -> Finder:
    """Returns what finds candidates under these rules; of one language, by its code, if one is named."""
    return _Allowed(rules, index, language) if rules.blocks or language else index


def blocked_rows(rules: ActiveRules, index: ArticleIndex, rows: Rows) -> Mask:
    """Returns which rows no page may show."""
    return rules.blocked(index.columns(rows), index.tags(rows) if rules.reads_tags else None)


class _Allowed:
    """A Finder that looks further where articles stand in front that are blocked, or of another language.

    Of those it gives the first: to explain, and to fall back to.
    """

    def __init__(self, rules: ActiveRules, index: ArticleIndex, language: int) -> None:
        self._rules = rules
        self._index = index
        self._language = language

    def recent(self, limit: int, now: int, sections: frozenset[int] = frozenset()) -> Rows:
        """Returns the newest rows, of which `limit` are allowed where there are so many."""
        return self._enough(limit, lambda span: self._index.recent(span, now, sections))

    def tagged(self, limit: int, now: int, tags: frozenset[int]) -> Rows:
        """Returns the newest rows with any of these tags, of which `limit` are allowed where there are so many."""
        return self._enough(limit, lambda span: self._index.tagged(span, now, tags))

    def related(self, vector: TermVector, *, since: int, limit: int, also: Rows) -> Related:
        """Returns the nearest rows, of which `limit` are allowed where there are so many."""
        found: list[Related] = []

        def nearest(span: int) -> Rows:
            found.append(self._index.related(vector, since=since, limit=span, also=also))
            return found[-1].rows

        rows = self._enough(limit, nearest)
        kept = np.isin(found[-1].rows, rows)
        return replace(found[-1], rows=found[-1].rows[kept], scores=found[-1].scores[kept])

    def _passed_over(self, rows: Rows) -> Mask:
        over = np.zeros(rows.size, bool)
        if self._rules.blocks:
            over |= blocked_rows(self._rules, self._index, rows)
        if self._language:
            over |= self._index.columns(rows).language != self._language
        return over

    def _enough(self, limit: int, find: Callable[[int], Rows]) -> Rows:
        span = limit
        while True:
            rows = find(span)
            allowed = ~self._passed_over(rows)
            if np.count_nonzero(allowed) >= limit or rows.size < span or span >= MOST:
                break
            span *= WIDER
        return rows[(allowed & (np.cumsum(allowed) <= limit)) | (np.arange(rows.size) < limit)]
