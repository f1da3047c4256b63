"""Which candidates come before which, whatever their scores: windows of time, then the chain of fallbacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from service.domain.page.asked_widget import AskedWidget
from service.domain.page.call import Fallback
from service.domain.page.pool import Floats, Ints, Mask, Pool
from service.domain.widgets.kind import WidgetKind


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """The ring of each candidate, the lower first, and how many rings there are before the fallbacks begin.

    A ring is a step of the kind's windows; all within the narrowest window that holds enough share one. Where relevance
    leads, those that are too far from the page come behind: first what is of its section, then what is read, then the
    newest by window.
    """

    ring: Ints
    steps: int
    inside: Mask

    def fallback(self, taken: list[int]) -> Fallback | None:
        """Returns the farthest fallback that any of these candidates is from, or None."""
        farthest = max((int(self.ring[at]) for at in taken), default=0) - self.steps
        if farthest >= 0:
            return _FALLBACKS[min(farthest, len(_FALLBACKS) - 1)]
        return None if all(self.inside[at] for at in taken) else "wider-window"

    def is_fallback(self, at: int) -> bool:
        """Returns whether the candidate is too far from the page for its kind of widget."""
        return bool(self.ring[at] >= self.steps)


_FALLBACKS: tuple[Fallback, ...] = ("same-section", "popular", "recent")


def rings(pool: Pool, asked: AskedWidget, allowed: Mask, near: Mask | None, page_section: int) -> Rings:
    """Returns the rings of a widget's candidates.

    `allowed`: those that it may take. `near`: those with the relevance that its kind asks for; None where relevance
    does not lead. `page_section` is the hash of the page's section, 0 for none.
    """
    kind = asked.kind
    step = _steps(pool, kind)
    count = len(kind.windows_s)
    fitting = allowed if near is None else allowed & near
    held = np.bincount(step[fitting], minlength=count).cumsum()
    sufficient = min(int(np.searchsorted(held, asked.size)), count - 1)
    ring = np.maximum(step, sufficient)
    if near is not None:
        of_section = (pool.columns.section_hash == np.uint64(page_section)) & (step == 0) & (page_section != 0)
        behind = np.where(of_section, 0, np.where(pool.reads > 0, 1, 2 + step))
        ring = np.where(near, ring, count + behind)
    return Rings(ring, count, step == 0)


def _steps(pool: Pool, kind: WidgetKind) -> Ints:
    """Returns how many of the kind's windows each candidate is too old for, at most all but one."""
    starts = [pool.since(window_s) for window_s in kind.windows_s]
    step: Ints = np.zeros(pool.rows.size, np.int64)
    for start in starts[:-1]:
        step += pool.columns.published_at < start
    if kind.evergreen:
        step[pool.columns.evergreen] = 0
    return step


def best_first(scores: Floats, ring: Ints, candidates: Iterable[int] | Ints) -> list[int]:
    """Returns the candidates by ring, then by score, and of equals as they stand in the pool."""
    chosen = np.asarray(candidates, np.int64)
    order: list[int] = chosen[np.lexsort((-scores[chosen], ring[chosen]))].tolist()
    return order
