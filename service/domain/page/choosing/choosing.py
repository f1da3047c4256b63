"""Chooses a widget's teasers: the best by score, less what each has in common with those that stand there."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from service.domain.compiled import compiled
from service.domain.index.telling import Array
from service.domain.page.choosing.relations import cosine
from service.domain.page.choosing.standing import Standing, join, told
from service.domain.page.ranking.pool import Mask

LOOKED_AT = 24
"""Candidates that are weighed for a position at most: however alike a site's articles are, a page costs as much."""

ORDERED_AT_ONCE = 12
"""Candidates that are put in order at a time: a widget of five mostly looks at no more."""

ANY_NUMBER = 0


class Choice(NamedTuple):
    """A widget's candidates, and what was chosen of them. Written to while the widget is filled.

    Those that it may take stand in order, by ring, then by score, of equals as in the pool: `order` holds the first
    `ordered[0]`, and `unordered` marks the others, which are put in order as far as they are looked at. `dropped[i]`
    once one was refused. Chosen are the first `chosen[0]` of `taken`, those that were tried out marked in `explored`.
    `diversity` is the share of the value that nearness to those chosen takes (maximal marginal relevance, Carbonell and
    Goldstein 1998): (1 - diversity) score - diversity (highest cosine of key words). At most `most_of_section` may be
    of one section, ANY_NUMBER for no limit; `sections` has the section of each candidate, 0 for none. `stories`: how
    many tellings of one event may stand. `nearest[i]` is the highest cosine to the first `compared[i]` chosen.
    """

    unordered: Mask
    order: Array
    ordered: Array
    scores: Array
    ring: Array
    sections: Array
    diversity: float
    most_of_section: int
    stories: int
    dropped: Array
    taken: Array
    chosen: Array
    explored: Array
    nearest: Array
    compared: Array


@compiled
def best(standing: Standing, choice: Choice) -> int:
    """Returns the candidate of the highest value in the first ring that has any, or -1."""
    free, dropped, sections, scores, ring = standing.free, choice.dropped, choice.sections, choice.scores, choice.ring
    full, share = full_sections(choice), 1.0 - choice.diversity
    found, found_value, looked_at, place = -1, 0.0, 0, 0
    while looked_at < LOOKED_AT and (place < choice.ordered[0] or order_more(choice)):
        at = choice.order[place]
        place += 1
        if not free[at] or dropped[at] or stands_in(full, sections[at]):
            continue
        most = share * scores[at]
        if found >= 0 and (ring[at] > ring[found] or most <= found_value):
            break
        looked_at += 1
        if found >= 0 and most - choice.diversity * choice.nearest[at] <= found_value:
            continue  # however near it is to those that it was not compared with yet
        value = most - choice.diversity * nearness(standing, choice, at)
        if found < 0 or value > found_value:
            found, found_value = at, value
    return found


@compiled
def order_more(choice: Choice) -> bool:
    """Puts the next candidates in order, ORDERED_AT_ONCE at most, and returns whether there was any."""
    scores, ring, order, unordered = choice.scores, choice.ring, choice.order, choice.unordered
    begin = choice.ordered[0]
    end, most = begin, min(begin + ORDERED_AT_ONCE, order.size)
    last_ring, last_score = 0, 0.0
    for at in range(unordered.size):
        if not unordered[at] or (end == most and not goes_before(ring[at], scores[at], last_ring, last_score)):
            continue
        place = min(end, most - 1)
        while place > begin and goes_before(ring[at], scores[at], ring[order[place - 1]], scores[order[place - 1]]):
            order[place] = order[place - 1]
            place -= 1
        order[place] = at
        end = min(end + 1, most)
        last_ring, last_score = ring[order[end - 1]], scores[order[end - 1]]
    for place in range(begin, end):
        unordered[order[place]] = False
    choice.ordered[0] = end
    return bool(end > begin)


@compiled
def goes_before(ring: int, score: float, other_ring: int, other_score: float) -> bool:
    """Returns whether a candidate stands before one that stands before it in the pool."""
    return ring < other_ring or (ring == other_ring and score > other_score)


@compiled
def full_sections(choice: Choice) -> Array:
    """Returns the sections of which as many are chosen as may be."""
    if choice.most_of_section == ANY_NUMBER:
        return choice.sections[:0]
    taken, sections = choice.taken[: choice.chosen[0]], choice.sections
    full, count = np.empty(taken.size, np.uint64), 0
    for at in taken:
        same = 0
        for other in taken:
            same += sections[at] == sections[other]
        if sections[at] != 0 and same >= choice.most_of_section:
            full[count] = sections[at]
            count += 1
    return full[:count]


@compiled
def stands_in(sections: Array, section: np.uint64) -> bool:
    """Returns whether a section is among these."""
    for other in sections:  # noqa: SIM110 - numba has no any()
        if other == section:
            return True
    return False


@compiled
def nearness(standing: Standing, choice: Choice, at: int) -> float:
    """Returns the highest cosine to those chosen; each pair is compared once."""
    if choice.diversity == 0.0 or choice.chosen[0] == 0:
        return 0.0
    places, first_delta, rows = standing.places, standing.first_delta, standing.rows
    own = told(places, first_delta, rows[at]).keywords
    nearest = choice.nearest[at]
    for other in choice.taken[choice.compared[at] : choice.chosen[0]]:
        nearest = max(nearest, cosine(own, told(places, first_delta, rows[other]).keywords))
    choice.nearest[at], choice.compared[at] = nearest, choice.chosen[0]
    return float(nearest)


@compiled
def try_one(standing: Standing, choice: Choice, at: int) -> bool:
    """Puts a candidate into the widget if it may join what stands on the page; else leaves it to others."""
    if not join(standing, at, choice.stories):
        choice.dropped[at] = True
        return False
    choice.taken[choice.chosen[0]] = at
    choice.chosen[0] += 1
    return True


@compiled
def take(standing: Standing, choice: Choice, until: int) -> None:
    """Takes the best that may still stand, until the widget has `until` teasers or nothing is left."""
    while choice.chosen[0] < until:
        at = best(standing, choice)
        if at < 0:
            return
        try_one(standing, choice, at)


@compiled
def try_out(standing: Standing, choice: Choice, candidates: Array, until: int) -> None:
    """Tries candidates out, in their order, until the widget has `until` teasers."""
    for at in candidates:
        if choice.chosen[0] >= until:
            return
        if standing.free[at] and not choice.dropped[at] and try_one(standing, choice, at):
            choice.explored[at] = True


@compiled
def fill_share(standing: Standing, choice: Choice, untried: Array, exploring: int, until: int) -> None:
    """Fills a widget until it has `until` teasers, the last `exploring` of them tried out while there are such."""
    take(standing, choice, until - min(exploring, untried.size))
    try_out(standing, choice, untried, until)
    take(standing, choice, until)


def most_of_section(section_cap: float, size: int) -> int:
    """Returns how many of `size` teasers may be of one section; ANY_NUMBER for no limit."""
    return ANY_NUMBER if section_cap >= 1 else max(1, ceil(section_cap * size))
