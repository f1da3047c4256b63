"""Which candidates come before which, whatever their scores: windows of time, then the chain of fallbacks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from service.domain.compiled import compiled
from service.domain.page.ranking.pool import Candidates, Floats, Ints, Mask


class Reach(NamedTuple):
    """How far a widget looks for its candidates.

    `starts`: where its windows begin, the narrowest first, in seconds since 1970. `size`: how many teasers make a
    window wide enough. `least`: the relevance that its kind asks for, 0 where relevance does not lead.
    `page_section` is the hash of the page's section, 0 for none.
    """

    starts: Ints
    size: int
    evergreen: bool
    least: float
    page_section: np.uint64


class Rings(NamedTuple):
    """The ring of each candidate, the lower first; the fallbacks begin behind as many as there are windows.

    A ring is a step of the kind's windows; all within the narrowest window that holds enough share one. Where relevance
    leads, those that are too far from the page come behind: first what is of its section, then what is read, then the
    newest by window. `step` is how many of the windows each is too old for.
    """

    ring: Ints
    step: Ints


@compiled
def rings(candidates: Candidates, relevant: Floats, allowed: Mask, reach: Reach) -> Rings:
    """Returns the rings of a widget's candidates; `relevant` is the relevance of each, `allowed` are
    those that it may take."""
    count, step = reach.starts.size, steps_of(candidates, reach)
    near = relevant >= reach.least if reach.least > 0.0 else np.ones(step.size, np.bool_)
    held = np.zeros(count, np.int64)
    for at in range(step.size):
        held[step[at]] += allowed[at] & near[at]
    sufficient, found = 0, held[0]
    while found < reach.size and sufficient < count - 1:
        sufficient += 1
        found += held[sufficient]
    ring, in_section = np.maximum(step, sufficient), candidates.section_hash == reach.page_section
    for at in range(step.size):
        if not near[at]:
            of_section = in_section[at] and reach.page_section != 0
            ring[at] = count + behind(of_section, candidates.reads[at] > 0, step[at])
    return Rings(ring, step)


@compiled
def behind(of_section: bool, is_read: bool, step: int) -> int:
    """Returns where a candidate stands among those that are too far from the page."""
    if of_section and step == 0:
        return 0
    return 1 if is_read else 2 + step


@compiled
def steps_of(candidates: Candidates, reach: Reach) -> Ints:
    """Returns how many of the windows each candidate is too old for, at most all but one."""
    published_at, evergreen = candidates.published_at, candidates.evergreen
    step = np.zeros(published_at.size, np.int64)
    for start in reach.starts[:-1]:
        for at in range(step.size):
            step[at] += published_at[at] < start
    if reach.evergreen:
        for at in range(step.size):
            step[at] *= not evergreen[at]
    return step
