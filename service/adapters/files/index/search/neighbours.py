"""Which of the newest articles are nearest to each of them, found at a build, so that most pages need no search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.index.search.postings import Found, nearest_rows, query_of_row, scores_of
from service.adapters.files.index.segment.segment import Neighbours, Segment
from service.domain.durations import DAY_S

LISTED_S = 30 * DAY_S
"""Rows of so many seconds before the newest have a list, of one another: the window in which a page looks first.

The nearest of all times would hold too few of this window, and next to every page would need a search after all.
"""

LISTED = 10_000
"""Rows with a list at most: so many articles in a month is more than nearly all who publish have."""

LENGTH = 224
"""Rows of a list: the 200 that a page asks for, and spare ones for those which are removed or replaced meanwhile."""

LEAST = 208
"""Rows below which a list is found anew, once what arrived has taken the places of what is gone."""


class Merged(NamedTuple):
    """An older segment, and the number that each of its rows has now, -1 for one that is gone."""

    segment: Segment
    places: Array


def find_neighbours(segment: Segment, merged: Merged | None = None) -> Neighbours:
    """Returns the lists of the newest rows; of what was merged, they are kept and amended, and only others searched."""
    first = _first_listed(segment)
    count = segment.size - first
    lists = Neighbours(
        np.full((count, LENGTH), -1, np.int32), np.zeros((count, LENGTH), np.float32), np.zeros(count, bool)
    )
    known = np.zeros(count, bool)
    if merged is not None:
        known = _take_over(lists, first, merged)
        # Older rows are new to the lists too, where removals let the window begin earlier than it did.
        fresh = np.setdiff1d(np.arange(first, segment.size), merged.places[listed_from(merged.segment) :])
        if fresh.size > count // 4:  # amending would cost more than searching
            known[:] = False
        else:
            _amend(segment, lists, first, fresh, np.flatnonzero(known))
            known &= lists.whole | (lists.rows[:, LEAST - 1] >= 0)
    for at in np.flatnonzero(~known).tolist():
        found = nearest_rows(segment, query_of_row(segment, first + at), first, LENGTH)
        _set(lists, at, found, found.rows.size < LENGTH)
    return lists


def _first_listed(segment: Segment) -> int:
    if not segment.size:
        return 0
    newest_at = int(segment.block.published_at[-1])
    return max(segment.size - LISTED, segment.first_row_since(newest_at - LISTED_S), 0)


def listed_from(segment: Segment) -> int:
    """Returns the first row that has a list; lists hold rows from there on."""
    return segment.size - len(segment.neighbours.rows)


def listed(segment: Segment, row: int) -> tuple[Found, bool] | None:
    """Returns a row's list and whether it holds every listed row of a score above 0; None for a row without a list."""
    at = row - listed_from(segment)
    return None if at < 0 else _list_at(segment.neighbours, at)


def _set(lists: Neighbours, at: int, found: Found, whole: bool) -> None:
    lists.rows[at, : found.rows.size], lists.scores[at, : found.rows.size] = found.rows, found.scores
    lists.rows[at, found.rows.size :], lists.scores[at, found.rows.size :] = -1, 0
    lists.whole[at] = whole


def _take_over(lists: Neighbours, first: int, merged: Merged) -> Array:
    """Copies lists of rows that are still listed, without rows that are gone; returns which rows have any of one."""
    known = np.zeros(lists.rows.shape[0], bool)
    for row in range(listed_from(merged.segment), merged.segment.size):
        at = int(merged.places[row]) - first
        kept = listed(merged.segment, row)
        if at < 0 or kept is None:
            continue
        (rows, scores), whole = kept
        places = merged.places[rows]
        standing = places >= first
        if whole or standing.any():
            _set(lists, at, Found(places[standing], scores[standing]), whole)
            known[at] = True
    return known


def _amend(segment: Segment, lists: Neighbours, first: int, fresh: Array, known: Array) -> None:
    """Puts the fresh rows into the lists of known ones where they belong.

    A list is the best rows down to its last; a fresh row below that one is not known to be next, unless it is whole.
    """
    scores = np.empty((fresh.size, known.size), np.float32)
    for line, row in enumerate(fresh.tolist()):
        scores[line] = scores_of(segment, query_of_row(segment, row), known + first)
    for column, at in enumerate(known.tolist()):
        (rows, own), whole = _list_at(lists, at)
        least = 0.0 if whole else own[-1]
        joining = np.flatnonzero((scores[:, column] > 0) & (scores[:, column] >= least))
        if not joining.size:
            continue
        all_rows = np.concatenate((rows, fresh[joining]))
        all_scores = np.concatenate((own, scores[joining, column]))
        order = np.lexsort((-all_rows, -all_scores))[:LENGTH]
        _set(lists, at, Found(all_rows[order], all_scores[order]), whole and all_rows.size <= LENGTH)


def _list_at(lists: Neighbours, at: int) -> tuple[Found, bool]:
    length = int(np.count_nonzero(lists.rows[at] >= 0))
    return Found(lists.rows[at, :length].astype(np.int64), lists.scores[at, :length]), bool(lists.whole[at])
