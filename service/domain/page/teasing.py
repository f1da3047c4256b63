"""Tells of the teasers that were chosen for a widget where each comes from and why it stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from service.domain.compiled import compiled
from service.domain.explanation.words import MUCH_READ, PINNED, SAME_SECTION, SAME_SUBJECT, TRIED_OUT, reason_of
from service.domain.page.article_index import ArticleIndex
from service.domain.page.call import ChosenTeaser, Fallback, FilledWidget, Reason, Source
from service.domain.page.page_pass import Sheets
from service.domain.page.pool import Codes, Counts, Floats, Ints, Mask, PageContext, Pool
from service.domain.page.shared_words import SharedWords, shared_words
from service.domain.page.widget_filling import Filling

SHARED_SHOWN = 3

TOLD_COSINE = 0.07
"""Least cosine from which shared words are told; below, two news texts share chance words.

Of 3,728 news articles of nine publishers, 95 of 100 random pairs stay below 0.065.
"""

_FALLBACKS: tuple[Fallback, ...] = ("same-section", "popular", "recent")

Placed = list[tuple[int, list[int], list[float]]]
"""Those that stand in a widget, in order: each candidate with what `facts_of` says of it."""


class Teasing:
    """Makes the teasers of one page's widgets."""

    def __init__(self, index: ArticleIndex, page: PageContext, pool: Pool) -> None:
        self._index = index
        self._page = page
        self._pool = pool
        self._has_model = index.model_version is not None

    def filled(self, fillings: Sequence[Filling], sheets: Sheets) -> tuple[FilledWidget, ...]:
        """Returns each widget with its teasers in order, and what it fell back to."""
        placed = self._placed(fillings, sheets)
        shared = self._shared(fillings, placed)
        return tuple([
            FilledWidget(filling.asked.request, self._fallback(filling, those), self._teasers(filling, those, shared))
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

    def _placed(self, fillings: Sequence[Filling], sheets: Sheets) -> list[Placed]:
        """Returns those that stand in each widget."""
        placed = [filling.placed for filling in fillings]
        lines = [filling.line for filling, those in zip(fillings, placed, strict=True) for _ in those]
        where = np.array([lines, [at for those in placed for at in those]], np.int64)
        pool, columns = self._pool, self._pool.columns
        numbers, measures = facts_of(
            where, sheets.scores, sheets.explored, sheets.ring, sheets.step, pool.rows, columns.comment_count,
            columns.language, pool.reads, pool.cosine,
        )  # fmt: skip
        known = zip(numbers.tolist(), measures.tolist(), strict=True)
        return [[(at, *next(known)) for at in those] for those in placed]

    def _shared(self, fillings: Sequence[Filling], placed: Sequence[Placed]) -> dict[int, SharedWords]:
        """Returns the words of those that are near the page, in widgets for which that counts."""
        near = [
            (at, known[0])
            for filling, those in zip(fillings, placed, strict=True)
            if filling.kind.weights.relevance > 0
            for at, known, measured in those
            if measured[2] >= TOLD_COSINE
        ]
        words = self._words([at for at, _ in near], [row for _, row in near])
        return {at: parts for (at, _), parts in zip(near, words, strict=True)}

    def _teasers(self, filling: Filling, placed: Placed, shared: Mapping[int, SharedWords]) -> tuple[ChosenTeaser, ...]:
        """Returns the teasers of a widget, each with the strongest of what brought it there, in words."""
        kind, pinned, steps = filling.kind, filling.pins.values(), filling.steps
        only, has_model = filling.asked.language, self._has_model
        teasers = []
        for position, (at, (row, comments, language, explored, ring, _), (score, reads, _)) in enumerate(placed, 1):
            source: Source = "model"
            if at in pinned:
                source, reason = "pin", PINNED
            elif explored:
                reason = TRIED_OUT
            else:
                words = [word for _, word in shared[at][:SHARED_SHOWN]] if at in shared else ()
                reason = reason_of(kind, words, reads, comments, self._stage(filling, ring))
                if not has_model or ring >= steps or (only and language != only):
                    source = "fallback"
            teasers.append(ChosenTeaser(row, position, round(score, 4), source, reason))
        return tuple(teasers)

    def _stage(self, filling: Filling, ring: int) -> Reason | None:
        """Returns what those of a ring stand for where relevance leads; None for the newest, which are the last."""
        if self._page.vector is None or not filling.kind.led_by_relevance:
            return None
        if ring < filling.steps:
            return SAME_SUBJECT
        return (SAME_SECTION, MUCH_READ, None)[min(ring - filling.steps, 2)]

    def _fallback(self, filling: Filling, placed: Placed) -> Fallback | None:
        """Returns what a widget fell back to for those that editors did not put there."""
        if not self._has_model and filling.kind.weights.relevance > 0:
            return "no-model"
        if filling.any_language:
            return "any-language"
        if filling.unfiltered:
            return "any-section" if filling.asked.sections else "any-article"
        pinned = filling.pins.values()
        steps = [(ring, step) for at, (*_, ring, step), _ in placed if at not in pinned]
        farthest = max((ring for ring, _ in steps), default=0) - filling.steps
        if farthest >= 0:
            return _FALLBACKS[min(farthest, len(_FALLBACKS) - 1)]
        if filling.uncapped:
            return "few-sections"
        return "wider-window" if any(step for _, step in steps) else None


@compiled
def facts_of(where: Ints, scores: Floats, explored: Mask, ring: Ints, step: Ints, rows: Ints, comments: Counts,
             language: Codes, reads: Floats, cosine: Floats) -> tuple[Ints, Floats]:  # fmt: skip
    """Returns what is known of some candidates, of which `where` has the lines and the places in their columns.

    Of each the row, comments, language, whether it is tried out, ring and step; and its score, reads and cosine.
    """
    numbers, measures = np.empty((where.shape[1], 6), np.int64), np.empty((where.shape[1], 3), np.float64)
    for place in range(where.shape[1]):
        line, at = where[0, place], where[1, place]
        of_widget = explored[line, at], ring[line, at], step[line, at]
        numbers[place, 0], numbers[place, 1], numbers[place, 2] = rows[at], comments[at], language[at]
        numbers[place, 3], numbers[place, 4], numbers[place, 5] = of_widget
        measures[place, 0], measures[place, 1], measures[place, 2] = scores[line, at], reads[at], cosine[at]
    return numbers, measures
