"""Which articles may not stand together: copies of one text, one event told again, headlines that promise the same."""

from __future__ import annotations

from typing import Literal

import numpy as np

from service.domain.compiled import compiled
from service.domain.index.telling import Array, Telling, Terms

Refusal = Literal["duplicate", "same-angle", "same-story"]

REFUSALS: tuple[Refusal, ...] = ("duplicate", "same-angle", "same-story")
NOT_RETOLD, DUPLICATE, SAME_ANGLE, SAME_STORY = 0, 1, 2, 3
"""What `retells` says: nothing, or the place among REFUSALS, from 1."""

DUPLICATE_CONTAINMENT = 0.8
"""Least share of the shorter text's runs of two words that the other text holds too, of a copy with edits.

Real copies with one word in twenty changed, cut, lengthened, or with another beginning keep 0.82 or more; follow-ups
that repeat their background reach 0.83 at most, and next to all stay below 0.76.
"""

DUPLICATE_RESEMBLANCE = 0.35
"""Least share of all runs of both texts that they have in common: a short notice inside a round-up is no copy of it."""

SAME_ANGLE_COSINE = 0.6
"""Least cosine of two headlines that promise the same thing: at 0.5 real headlines still differ in what happened.

On the judged pairs (tests/quality) its precision is 0.58 on the open half and 0.67 on the half held back, its recall
0.44 and 0.58: what is wrongly taken for one promise is mostly the next headline of the same affair. To take 0.15 a day
off the cosine, from 0.5 on, had 0.78 and 0.50 on the open half but 0.69 and 0.46 on the other, so it was not done.
"""

SAME_STORY_LIKENESS = 0.6
"""Least likeness of two tellings of one event; read off one half of the judged pairs (tests/quality)."""

DAY_LIKENESS = 0.5
"""What a day between two tellings takes from their likeness: the next day's report is mostly the next event."""

LONGEST_APART_DAYS = 3
"""From here on time takes no more: by then it has taken nearly all that headline and key words can give."""

_MINIMA_WORDS = 15  # of a signature: 480 minima of two bits; the number behind them counts the text's runs of two words
_MINIMA = 32 * _MINIMA_WORDS
_LOW_BITS, _PAIRS, _NIBBLES = (np.uint64(bits) for bits in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F))
_BYTES = np.uint64(0x0101010101010101)
_ONE, _TWO, _FOUR, _TOP_BYTE = (np.uint64(bits) for bits in (1, 2, 4, 56))
_BY_CHANCE = 0.25  # minima of two bits that are equal without a common run


@compiled
def is_copy(one: Array, other: Array) -> bool:
    """Returns whether two texts, by their signatures, are copies of one, with small edits, cuts or additions."""
    resemblance, containment = shared_text(one, other)
    return containment >= DUPLICATE_CONTAINMENT and resemblance >= DUPLICATE_RESEMBLANCE


@compiled
def shared_text(one: Array, other: Array) -> tuple[float, float]:
    """Returns estimates of what two texts share, by their signatures.

    First the resemblance, common runs over the runs of both (Jaccard, J); then the containment, common runs over those
    of the text that has fewer: J / (1 + J) times the runs of both over the fewer. Each in [0, 1]; 0 for no text.
    """
    runs, others = float(one[_MINIMA_WORDS]), float(other[_MINIMA_WORDS])
    fewer = min(runs, others)
    if fewer == 0:
        return 0.0, 0.0
    unequal = 0
    for at in range(_MINIMA_WORDS):
        differing = one[at] ^ other[at]
        unequal += ones((differing | (differing >> _ONE)) & _LOW_BITS)
    resemblance = max(1.0 - unequal / _MINIMA - _BY_CHANCE, 0.0) / (1.0 - _BY_CHANCE)
    containment = resemblance / (1.0 + resemblance) * (runs + others) / fewer
    return resemblance, min(containment, 1.0)


@compiled
def ones(pairs: np.uint64) -> int:
    """Returns how many bits are set, of 32 that stand at every other place."""
    nibbles = (pairs & _PAIRS) + ((pairs >> _TWO) & _PAIRS)
    return int(np.int64((((nibbles + (nibbles >> _FOUR)) & _NIBBLES) * _BYTES) >> _TOP_BYTE))


@compiled
def same_story(one: Telling, other: Telling) -> bool:
    """Returns whether two articles tell of one event; copies of one text are not looked for here.

    Of 305 pairs of real news drawn to be hard, from one topic and mostly of one week, and judged by hand, the half that
    the numbers were read off has a precision of 0.75 and a recall of 0.77, the half held back 0.62 and 0.72. What is
    wrongly taken for the same event is the next report of the same affair.
    """
    return likeness(one, other) >= SAME_STORY_LIKENESS


@compiled
def likeness(one: Telling, other: Telling) -> float:
    """Returns how much two articles look like tellings of one event."""
    apart_s = one.published_at - other.published_at
    return likeness_of(cosine(one.title, other.title), cosine(one.keywords, other.keywords), apart_s)


@compiled
def likeness_of(titles: float, keywords: float, apart_s: int) -> float:
    """Returns the cosine of two headlines plus that of their key words, less a half for each day between them."""
    return titles + keywords - DAY_LIKENESS * min(abs(apart_s) / 86_400, LONGEST_APART_DAYS)


@compiled
def cosine(one: Terms, other: Terms) -> float:
    """Returns the cosine of two vectors of terms; 0 where one of them has none."""
    product = 0.0
    for at in range(one.hashes.size):
        if is_among(one.hashes[at], other.hashes):
            for place in range(other.hashes.size):
                if one.hashes[at] == other.hashes[place]:
                    product += float(one.weights[at]) * float(other.weights[place])
    return product / float(np.sqrt(squared(one) * squared(other))) if product else 0.0


@compiled
def squared(terms: Terms) -> float:
    """Returns the squared length of a vector of terms."""
    total = 0.0
    for weight in terms.weights:
        total += float(weight) * float(weight)
    return total


@compiled
def share_none(one: Terms, other: Terms) -> bool:
    """Returns whether two vectors have no term in common."""
    for hashed in one.hashes:  # noqa: SIM110 - numba has no all()
        if is_among(hashed, other.hashes):
            return False
    return True


@compiled
def is_among(hashed: np.uint64, hashes: Array) -> bool:
    """Returns whether a term is among some: without a branch in the loop, which the compiler turns into vectors."""
    found = np.uint64(0)
    for place in range(np.uint64(hashes.size)):
        found |= np.uint64(hashed == hashes[place])
    return bool(found != 0)


@compiled
def retells(telling: Telling, other: Telling) -> int:
    """Returns how one article retells another: DUPLICATE, SAME_ANGLE, SAME_STORY or NOT_RETOLD.

    Copies share key words, and so do tellings of an event or their headlines: most pairs share none and are done with.
    """
    keyed = telling.keywords.hashes.size > 0 and other.keywords.hashes.size > 0
    if keyed and share_none(telling.keywords, other.keywords) and share_none(telling.title, other.title):
        return NOT_RETOLD
    if is_copy(telling.text, other.text):
        return DUPLICATE
    titles = cosine(telling.title, other.title)
    if titles >= SAME_ANGLE_COSINE:
        return SAME_ANGLE
    apart_s = telling.published_at - other.published_at
    if likeness_of(titles, 1.0, apart_s) < SAME_STORY_LIKENESS:
        return NOT_RETOLD  # whatever their key words are
    alike = likeness_of(titles, cosine(telling.keywords, other.keywords), apart_s)
    return SAME_STORY if alike >= SAME_STORY_LIKENESS else NOT_RETOLD


def refusal_of(code: int) -> Refusal | None:
    """Returns what `retells` says as a word."""
    return None if code == NOT_RETOLD else REFUSALS[code - 1]
