"""Which candidates come before which, whatever their scores: windows of time, then the chain of fallbacks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from service.domain.compiled import compiled
from service.domain.identity import section_hash
from service.domain.page.asked_widget import AskedWidget
from service.domain.page.call import Fallback
from service.domain.page.pool import Candidates, Floats, Ints, Mask, PageContext, Pool
from service.domain.page.ranking import relevance

_FALLBACKS: tuple[Fallback, ...] = ("same-section", "popular", "recent")


class Reach(NamedTuple):
    """How far a widget looks for its candidates.

    `starts`: where its windows begin, the narrowest first, in seconds since 1970. `size`: how many teasers make a
    window wide enough. `least`: the relevance that its kind asks for, where `by_relevance` says that relevance leads.
    `page_section` is the hash of the page's section, 0 for none.
    """

    starts: Ints
    size: int
    evergreen: bool
    by_relevance: bool
    least: float
    page_section: np.uint64


def reach_of(pool: Pool, asked: AskedWidget, page: PageContext) -> Reach:
    """Returns how far this widget looks on this page."""
    kind = asked.kind
    starts = np.array([pool.since(window_s) for window_s in kind.windows_s], np.int64)
    by_relevance = page.vector is not None and kind.led_by_relevance
    section = np.uint64(section_hash(page.section))
    return Reach(starts, asked.size, kind.evergreen, by_relevance, float(kind.min_relevance), section)


class Rings(NamedTuple):
    """The ring of each candidate, the lower first, and how many rings there are before the fallbacks begin.

    A ring is a step of the kind's windows; all within the narrowest window that holds enough share one. Where relevance
    leads, those that are too far from the page come behind: first what is of its section, then what is read, then the
    newest by window. `step` is how many of the windows each is too old for.
    """

    ring: Ints
    steps: int
    step: Ints

    def fallback(self, taken: Ints) -> Fallback | None:
        """Returns the farthest fallback that any of these candidates is from, or None."""
        farthest = int(self.ring[taken].max(initial=0)) - self.steps
        if farthest >= 0:
            return _FALLBACKS[min(farthest, len(_FALLBACKS) - 1)]
        return "wider-window" if self.step[taken].any() else None


@compiled
def rings(candidates: Candidates, allowed: Mask, reach: Reach) -> Rings:
    """Returns the rings of a widget's candidates; `allowed` are those that it may take."""
    count = reach.starts.size
    step = steps_of(candidates, reach)
    near = np.ones(step.size, np.bool_)
    if reach.by_relevance:
        near = relevance(candidates.cosine) >= reach.least
    held = np.zeros(count, np.int64)
    for at in range(step.size):
        if allowed[at] and near[at]:
            held[step[at]] += 1
    sufficient, found = 0, held[0]
    while found < reach.size and sufficient < count - 1:
        sufficient += 1
        found += held[sufficient]
    ring = np.maximum(step, sufficient)
    section, reads = candidates.section_hash, candidates.reads
    for at in range(step.size):
        if not near[at]:
            of_section = reach.page_section != 0 and section[at] == reach.page_section
            ring[at] = count + behind(of_section, reads[at] > 0, step[at])
    return Rings(ring, count, step)


@compiled
def behind(of_section: bool, is_read: bool, step: int) -> int:
    """Returns where a candidate stands among those that are too far from the page."""
    if of_section and step == 0:
        return 0
    return 1 if is_read else 2 + step


@compiled
def steps_of(candidates: Candidates, reach: Reach) -> Ints:
    """Returns how many of the windows each candidate is too old for, at most all but one."""
    step = np.zeros(candidates.published_at.size, np.int64)
    for start in reach.starts[:-1]:
        step += candidates.published_at < start
    if reach.evergreen:
        step[candidates.evergreen] = 0
    return step


@compiled
def best_first(scores: Floats, ring: Ints, allowed: Mask) -> Ints:
    """Returns the allowed candidates by ring, then by score, and of equals as they stand in the pool."""
    chosen = np.flatnonzero(allowed)
    by_score = chosen[np.argsort(-scores[chosen], kind="mergesort")]
    return by_score[np.argsort(ring[by_score], kind="mergesort")]
