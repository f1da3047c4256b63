"""What already stands on a page, and what may still join it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from service.domain.compiled import array_at, compiled
from service.domain.index.telling import SIGNATURE_WORDS, Array, Telling, TellingColumns, Tellings, Terms, telling_at
from service.domain.page.choosing.relations import DUPLICATE, NOT_RETOLD, SAME_STORY, retells

_telling_at = compiled(telling_at)

UNTOLD = np.int8(-1)

STANDING, LIKE_OWN = 0, 1
"""Places among a standing's counts: how many stand, and how many of them retell the page's own story."""


SLOTS, BITS = 4_096, 16
"""How many slots there are for terms, and how many of those that stand each tells apart."""

_SLOT = np.uint64(SLOTS - 1)


class Standing(NamedTuple):
    """The candidates of a page, and which of them stand on it. Written to while one page call lasts.

    Candidate i is row `rows[i]` of the index, whose tellings stand at `places`; `free[i]` while it may be chosen.
    `order` holds those that stand, the first `counts[STANDING]`; `refused[i]` how the last try found that a candidate
    retells what stands (relations), `of_own[i]` how it retells the page's own story, UNTOLD before the first try. The
    page's own counts as standing for copies of it; beside it, one further telling of its event is welcome.
    `bearers` has, in the slots of a term, a bit for each that stands and bears it: for its place in `order`, modulo
    BITS. A candidate that finds no bit of another's has no term in common with it.
    """

    places: Array
    first_delta: int
    rows: Array
    free: Array
    order: Array
    counts: Array
    refused: Array
    of_own: Array
    bearers: Array
    own: Telling


def standing_of(tellings: Tellings, own: Telling, rows: Array, free: Array) -> Standing:
    """Returns a page on which nothing stands yet; what comes to stand is no longer free."""
    order, counts, bearers = np.empty(rows.size, np.int64), np.zeros(2, np.int64), np.zeros(SLOTS, np.uint16)
    refused, of_own = np.zeros(rows.size, np.int8), np.empty(rows.size, np.int8)
    of_own.fill(UNTOLD)
    places, first_delta = tellings.places, tellings.first_delta
    return Standing(places, first_delta, rows, free, order, counts, refused, of_own, bearers, own)


@compiled
def column(place: Array, kind: Any) -> Array:
    """Returns the column of this type that stands at a place of a Tellings."""
    return array_at(place[0], (place[1],), kind)


@compiled
def told(places: Array, first_delta: int, row: int) -> Telling:
    """Returns how the article of a row tells its story, read where it stands."""
    in_base = row < first_delta
    at = places[0] if in_base else places[1]
    columns = TellingColumns(
        array_at(at[0, 0], (at[0, 1], SIGNATURE_WORDS), np.uint64),
        column(at[1], np.int64),
        Terms(column(at[2], np.uint64), column(at[3], np.float32)),
        column(at[4], np.int64),
        Terms(column(at[5], np.uint64), column(at[6], np.float32)),
        column(at[7], np.int64),
    )
    return _telling_at(columns, row if in_base else row - first_delta)


@compiled
def add(standing: Standing, at: int) -> None:
    """Notes that a candidate that was not refused now stands on the page."""
    if standing.of_own[at] > NOT_RETOLD:
        standing.counts[LIKE_OWN] += 1
    place = standing.counts[STANDING]
    bear(standing.bearers, told(standing.places, standing.first_delta, standing.rows[at]), 1 << place % BITS)
    standing.order[place] = at
    standing.counts[STANDING] = place + 1
    standing.free[at] = False


@compiled
def bear(bearers: Array, telling: Telling, bit: int) -> None:
    """Sets a bit in the slots of an article's terms; in all where it has no key words, for it may retell any other."""
    if telling.keywords.hashes.size == 0:
        bearers |= np.uint16(bit)
    for hashes in (telling.keywords.hashes, telling.title.hashes):
        for term in hashes:
            bearers[term & _SLOT] |= np.uint16(bit)


@compiled
def borne(bearers: Array, telling: Telling) -> int:
    """Returns the bits of all that may share a term with an article; every bit where it has no key words."""
    if telling.keywords.hashes.size == 0:
        return (1 << BITS) - 1
    bits = 0
    for hashes in (telling.keywords.hashes, telling.title.hashes):
        for term in hashes:
            bits |= int(bearers[term & _SLOT])
    return bits


@compiled
def refuses(standing: Standing, at: int, stories: int) -> int:
    """Returns how a candidate retells what stands, so that it may not join; NOT_RETOLD where it may.

    At most `stories` tellings of one event, or headlines of one promise, may stand together.
    """
    telling = told(standing.places, standing.first_delta, standing.rows[at])
    if standing.of_own[at] == UNTOLD:
        standing.of_own[at] = retells(telling, standing.own)
    of_own = standing.of_own[at]
    if of_own == DUPLICATE:
        return DUPLICATE
    found, kind, bits = 0, SAME_STORY, borne(standing.bearers, telling)
    for place in range(standing.counts[STANDING]):
        if not bits >> place % BITS & 1:
            continue
        code = retells(telling, told(standing.places, standing.first_delta, standing.rows[standing.order[place]]))
        if code == DUPLICATE:
            return DUPLICATE
        if code != NOT_RETOLD:
            found += 1
            kind = min(kind, code)  # SAME_ANGLE goes before SAME_STORY
    if found >= stories:
        return kind
    return int(of_own) if standing.counts[LIKE_OWN] >= stories else NOT_RETOLD


@compiled
def join(standing: Standing, at: int, stories: int) -> bool:
    """Puts a candidate on the page if it may join what stands, and returns whether it did."""
    code = refuses(standing, at, stories)
    if code != NOT_RETOLD:
        standing.refused[at] = code
        return False
    add(standing, at)
    return True


@compiled
def distinct(standing: Standing, wanted: int, stories: int) -> int:
    """Returns how many of the free candidates could stand together, `stories` of an event, up to `wanted`."""
    for at in range(standing.rows.size):
        if standing.counts[STANDING] == wanted:
            break
        if standing.free[at]:
            join(standing, at, stories)
    return int(standing.counts[STANDING])
