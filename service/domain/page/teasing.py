"""Tells of the teasers that were chosen for a widget where each comes from and why it stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from service.domain.explanation.words import PINNED, TRIED_OUT, reason_of
from service.domain.page.article_index import ArticleIndex
from service.domain.page.call import ChosenTeaser, Fallback, FilledWidget, Source
from service.domain.page.candidates import NEAR_COSINE
from service.domain.page.pool import Ints, PageContext, Pool
from service.domain.page.shared_words import SharedWords, shared_words
from service.domain.page.widget_filling import Filling

SHARED_SHOWN = 3


class _Placed(NamedTuple):
    """What is known of one candidate that stands in a widget; `behind` if it is a fallback."""

    at: int
    row: int
    score: float
    explored: bool
    behind: bool
    is_near: bool
    reads: float
    comments: int


class Teasing:
    """Makes the teasers of one page's widgets."""

    def __init__(self, index: ArticleIndex, page: PageContext, pool: Pool) -> None:
        self._index = index
        self._page = page
        self._pool = pool
        self._has_model = index.model_version is not None

    def filled(self, fillings: Sequence[Filling]) -> tuple[FilledWidget, ...]:
        """Returns each widget with its teasers in order, and what it fell back to."""
        placed = [self._placed(filling) for filling in fillings]
        by_words = [each for those in placed for each in those if each.is_near]
        words = self._words([each.at for each in by_words], [each.row for each in by_words])
        shared = {each.at: parts for each, parts in zip(by_words, words, strict=True)}
        return tuple([
            FilledWidget(filling.asked.request, self._fallback(filling), self._teasers(filling, those, shared))
            for filling, those in zip(fillings, placed, strict=True)
        ])  # fmt: skip

    def shared_words(self, at: int) -> SharedWords:
        """Returns what a candidate's key words add to its nearness to the page, and the words; the most first."""
        return self._words([at], [int(self._pool.rows[at])])[0]

    def _words(self, places: Sequence[int], rows: Sequence[int]) -> list[SharedWords]:
        shared = shared_words(self._index, self._page.vector, rows)
        if self._index.cosine_power == 1.0:
            return shared
        scales = [self._scale(at) for at in places]
        return [[(part * scale, word) for part, word in parts] for scale, parts in zip(scales, shared, strict=True)]

    def _scale(self, at: int) -> float:
        """Returns what brings parts of a cosine to the scale that the candidate's whole cosine was brought to."""
        return float(self._pool.cosine[at] ** (1.0 - 1.0 / self._index.cosine_power))

    def _placed(self, filling: Filling) -> list[_Placed]:
        """Returns what is known of those that stand in a widget, in order."""
        pool, placed = self._pool, filling.placed
        at: Ints = np.array(placed, np.int64)
        behind = (filling.ring[at] >= filling.rings.steps) | (not self._has_model)
        if filling.asked.language:
            behind |= pool.columns.language[at] != filling.asked.language
        is_near = (pool.cosine[at] >= NEAR_COSINE) & (filling.kind.weights.relevance > 0)
        columns = (
            placed,
            pool.rows[at].tolist(),
            filling.scores[at].tolist(),
            filling.choice.explored[at].tolist(),
            behind.tolist(),
            is_near.tolist(),
            pool.reads[at].tolist(),
            pool.columns.comment_count[at].tolist(),
        )
        return list(map(_Placed._make, zip(*columns, strict=True)))

    def _teasers(
        self, filling: Filling, placed: Sequence[_Placed], shared: dict[int, SharedWords]
    ) -> tuple[ChosenTeaser, ...]:
        """Returns the teasers of a widget, each with the strongest of what brought it there, in words."""
        pinned = frozenset(filling.pins.values())
        teasers = []
        for position, each in enumerate(placed, start=1):
            source: Source = "model"
            if each.at in pinned:
                source, reason = "pin", PINNED
            elif each.explored:
                reason = TRIED_OUT
            else:
                words = [word for _, word in shared[each.at][:SHARED_SHOWN]] if each.is_near else ()
                reason = reason_of(filling.kind, words, each.reads, each.comments)
                source = "fallback" if each.behind else "model"
            teasers.append(ChosenTeaser(each.row, position, round(each.score, 4), source, reason))
        return tuple(teasers)

    def _fallback(self, filling: Filling) -> Fallback | None:
        if not self._has_model and filling.kind.weights.relevance > 0:
            return "no-model"
        if filling.any_language:
            return "any-language"
        if filling.unfiltered:
            return "any-section" if filling.asked.sections else "any-article"
        fallback = filling.rings.fallback(filling.choice.taken[: filling.count])
        return "few-sections" if filling.uncapped and fallback in (None, "wider-window") else fallback
