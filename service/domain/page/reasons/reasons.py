"""Why each teaser of a page stands where it stands, worked out for all of them in one call."""

from __future__ import annotations

import numpy as np

from service.domain.compiled import compiled
from service.domain.index.telling import Array
from service.domain.page.choosing.page_pass import LEAST, WINDOWS
from service.domain.page.choosing.standing import told
from service.domain.page.ranking.pool import Codes, Counts, Floats, Hashes, Ints, Mask
from service.domain.page.ranking.ranking import COMMENTS, FRESHNESS, READS, RELEVANCE
from service.domain.page.reasons.shared_words import NEW_LINE, ends_of, printed, table_of, word_parts, write_strongest
from service.domain.page.reasons.words import (
    MOST_DISCUSSED,
    MOST_READ,
    PINNED,
    RECENT,
    SAME_SECTION,
    SAME_SUBJECT,
    SHARES_WORDS,
    TRIED_OUT,
)

SHARED_SHOWN = 3

TOLD_COSINE = 0.07
"""Least cosine from which shared words are told; below, two news texts share chance words.

Of 3,728 news articles of nine publishers, 95 of 100 random pairs stay below 0.065.
"""

BEFORE_ALL = -1
"""The ring of what editors pinned."""

MODEL, PIN, FALLBACK = range(3)
"""Where a teaser comes from."""

ROW, POSITION, SCORE, SOURCE, REASON, COMMENT_COUNT, BEHIND, STEP = range(8)
"""What is told of a teaser, in lines: its score in ten-thousandths, how many rings it stands behind the windows."""

SCORE_STEPS = 10_000
"""Scores are told to four places."""


@compiled
def facts_of(
    taken: Ints, chosen: Ints, scores: Floats, explored: Mask, ring: Ints, step: Ints, measures: Floats, counts: Ints,
    rows: Ints, comment_count: Counts, language: Codes, reads: Floats, cosine: Floats, places: Array, first_delta: int,
    terms: Hashes, weights: Array, only: int, has_model: bool,
) -> tuple[Ints, Array]:  # fmt: skip
    """Returns what is told of the teasers, widget by widget, and as bytes the words that each shares, one a line.

    First come parts of Sheets and Wants, then columns of the candidates; `terms` and `weights` are the page's, `only`
    the language that it keeps to, 0 for any.
    """
    facts = np.empty((STEP + 1, np.sum(chosen)), np.int64)
    near = np.zeros(facts.shape[1], np.bool_)
    place = 0
    for widget in range(chosen.shape[0]):
        measure, windows = measures[widget], counts[widget, WINDOWS]
        for position in range(chosen[widget, 0]):
            at, fact = taken[widget, position], facts[:, place]
            fact[ROW], fact[POSITION], fact[COMMENT_COUNT] = rows[at], position + 1, comment_count[at]
            fact[SCORE] = np.int64(np.rint(scores[widget, at] * SCORE_STEPS))
            fact[BEHIND], fact[STEP] = ring[widget, at] - windows, step[widget, at]
            if ring[widget, at] == BEFORE_ALL:
                fact[SOURCE], fact[REASON] = PIN, PINNED
            elif explored[widget, at]:
                fact[SOURCE], fact[REASON] = MODEL, TRIED_OUT
            else:
                as_wanted = has_model and fact[BEHIND] < 0 and (only == 0 or language[at] == only)
                fact[SOURCE] = MODEL if as_wanted else FALLBACK
                fact[REASON] = reason_for(measure, fact[BEHIND], reads[at], comment_count[at])
                near[place] = measure[RELEVANCE] > 0.0 and cosine[at] >= TOLD_COSINE
            place += 1
    return facts, words_shared(facts, near, places, first_delta, terms, weights)


@compiled
def reason_for(measure: Floats, behind: int, reads: float, comments: int) -> int:
    """Returns the strongest of what brought a teaser to its place, words that it shares with the page left aside.

    Where relevance leads, that is the stage of the fallbacks at which it stands; the last of them tells nothing.
    """
    if measure[LEAST] > 0.0 and behind < 2:
        if behind < 0:
            return SAME_SUBJECT
        return SAME_SECTION if behind == 0 else MOST_READ
    if reads > 0.0 and measure[READS] > 0.0 and measure[READS] >= measure[FRESHNESS]:
        return MOST_READ
    return MOST_DISCUSSED if measure[COMMENTS] > 0.0 and comments > 0 else RECENT


@compiled
def words_shared(facts: Ints, near: Mask, places: Array, first_delta: int, terms: Hashes, weights: Array) -> Array:
    """Returns as bytes, a line for each teaser, the words that those near the page share; notes it as their reason."""
    room = near.size
    for row in facts[ROW][near]:
        room += len(printed(places, first_delta, row)) + 2 * SHARED_SHOWN
    text, end, table = np.empty(room, np.uint8), 0, table_of(terms)
    for place in range(near.size):
        if near[place]:
            row, begin = facts[ROW, place], end
            keywords, words = told(places, first_delta, row).keywords, printed(places, first_delta, row)
            ends = ends_of(words, keywords.hashes.size)
            parts = word_parts(keywords, words, ends, terms, weights, table)
            end = write_strongest(text, begin, words, ends, parts, SHARED_SHOWN)
            if end > begin:
                facts[REASON, place] = SHARES_WORDS
        text[end] = NEW_LINE
        end += 1
    return text[:end]
