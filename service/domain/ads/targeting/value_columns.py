"""Who of many flights has which value or keyword, as arrays: found from a page's values, and taken for some flights."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from service.domain.ads.targeting.flight_table import Coded, Rows
from service.domain.ads.targeting.slot_facts import EXCLUDE, TARGETED, Values
from service.domain.ports import TermIds

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Which flights have which values, by the values' numbers: those of value n are `rows[starts[n] : starts[n + 1]]`.

    `base` are the flights that every value suits.
    """

    base: Mask
    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]

    def mask(self, values: Iterable[int]) -> Mask:
        """Returns the flights that have one of these values, and those of the base."""
        found = self.base.copy()
        for value in values:
            found[self.rows[self.starts[value] : self.starts[value + 1]]] = True
        return found


@dataclass(frozen=True, slots=True, eq=False)
class ValueColumn:
    """A column of values: each in order, and who has it; its base are the flights that target it with no value."""

    values: Mapping[Hashable, int]
    members: Members

    def having(self, values: Iterable[Hashable]) -> Mask:
        """Returns the flights that have one of these values, and those of the base."""
        numbers = [self.values[value] for value in values if value in self.values]
        return self.members.mask(numbers) if numbers else self.members.base


@dataclass(frozen=True, slots=True, eq=False)
class KeywordColumn:
    """Which flights have a keyword on the page: each keyword is found by one of its terms, then checked whole.

    The terms of keyword n are `terms[starts[n] : starts[n + 1]]`, its anchor, the least of them, first.
    """

    members: Members
    starts: npt.NDArray[np.int64]
    terms: npt.NDArray[np.uint64]

    def matches(self, term_ids: TermIds | None) -> Mask:
        """Returns a mask over the flights, for a page of these terms (None: unknown)."""
        if term_ids is None or not term_ids.size or self.starts.size == 1:
            return self.members.base
        anchors = self.terms[self.starts[:-1]]
        places = np.minimum(np.searchsorted(term_ids, anchors), term_ids.size - 1)
        found = np.flatnonzero(term_ids[places] == anchors)
        if not found.size:
            return self.members.base
        on_page = set(term_ids.tolist())
        whole = (
            n for n in found.tolist() if on_page.issuperset(self.terms[self.starts[n] : self.starts[n + 1]].tolist())
        )
        return self.members.mask(whole)


def value_column(name: str, column: Coded) -> ValueColumn:
    """Returns who has which value of a targeted column, as it is compared with a page's."""
    compared = TARGETED[name.removeprefix(EXCLUDE)].compared
    found, members = _members(column, lambda named: tuple(map(compared, named)))
    base = np.zeros(column.codes.size, bool) if name.startswith(EXCLUDE) else members.base
    return ValueColumn({value: n for n, value in enumerate(found)}, Members(base, members.starts, members.rows))


def keyword_column(column: Coded, *, when_none: bool) -> KeywordColumn:
    """Returns the column of each flight's keywords; `when_none` says whether flights without any are matched."""
    found, members = _members(column, lambda keywords: tuple(one for one in keywords if one))
    base = column.array(bool, lambda keywords: when_none and not keywords)
    terms = np.fromiter((term for one in found for term in sorted(one)), np.uint64)
    return KeywordColumn(Members(base, members.starts, members.rows), _starts(list(map(len, found))), terms)


def taken_values(column: ValueColumn, rows: Rows, places: Places) -> ValueColumn:
    """Returns the column of some flights; `places` are their places among `rows`, -1 for all others."""
    kept, members = _taken_members(column.members, rows, places)
    values = list(column.values)
    return ValueColumn({values[old]: new for new, old in enumerate(kept.tolist())}, members)


def taken_keywords(column: KeywordColumn, rows: Rows, places: Places) -> KeywordColumn:
    """Returns the same of keywords."""
    kept, members = _taken_members(column.members, rows, places)
    lengths = np.diff(column.starts)
    stays = np.zeros(lengths.size, bool)
    stays[kept] = True
    return KeywordColumn(members, _starts(lengths[kept]), column.terms[np.repeat(stays, lengths)])


def merged_values(column: ValueColumn, added: ValueColumn, places: Places) -> ValueColumn:
    """Returns the column of the flights of both; `places` are those of the one's flights, then of the other's."""
    values = dict(column.values)
    for value in added.values:
        values.setdefault(value, len(values))
    renumbered = np.array([values[value] for value in added.values], np.int64)
    numbers = np.concatenate((_numbers_of(column.members), renumbered[_numbers_of(added.members)]))
    order = np.argsort(numbers, kind="stable")
    base, rows = _merged_rows(column.members, added.members, places)
    return ValueColumn(values, Members(base, _starts(np.bincount(numbers, minlength=len(values))), rows[order]))


def merged_keywords(column: KeywordColumn, added: KeywordColumn, places: Places) -> KeywordColumn:
    """Returns the same of keywords; one that both have stands there twice, each time for its own flights."""
    base, rows = _merged_rows(column.members, added.members, places)
    members = Members(base, _side_by_side(column.members.starts, added.members.starts), rows)
    return KeywordColumn(
        members, _side_by_side(column.starts, added.starts), np.concatenate((column.terms, added.terms))
    )


def _merged_rows(members: Members, added: Members, places: Places) -> tuple[Mask, npt.NDArray[np.int32]]:
    base = np.empty(places.size, bool)
    base[places] = np.concatenate((members.base, added.base))
    return base, places[np.concatenate((members.rows, added.rows + np.int32(members.base.size)))]


def _side_by_side(starts: npt.NDArray[np.int64], added: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate((starts, added[1:] + starts[-1]))


def _numbers_of(members: Members) -> npt.NDArray[np.int64]:
    """The number of the value of each of the members' rows."""
    return np.repeat(np.arange(members.starts.size - 1), np.diff(members.starts))


def _taken_members(members: Members, rows: Rows, places: Places) -> tuple[npt.NDArray[np.int64], Members]:
    """The numbers of the values that one of these rows has, and the members of those."""
    moved = places[members.rows]
    value = _numbers_of(members)
    counts = np.bincount(value[moved >= 0], minlength=members.starts.size - 1)
    kept = np.flatnonzero(counts)
    return kept, Members(members.base[rows], _starts(counts[kept]), moved[moved >= 0])


def _members(column: Coded, read: Callable[[Any], Values]) -> tuple[list[Any], Members]:
    """The distinct values that `read` finds in a column, as they come, and who has each; the base has none."""
    numbers: dict[Hashable, int] = {}
    groups = [[numbers.setdefault(one, len(numbers)) for one in read(value)] for value in column.values]
    begins, flat = _starts(list(map(len, groups))), np.fromiter(chain.from_iterable(groups), np.int64)
    counts = np.diff(begins)[column.codes]
    rows = np.repeat(np.arange(column.codes.size, dtype=np.int32), counts)
    of_row = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    found = flat[begins[column.codes[rows]] + of_row]
    starts = _starts(np.bincount(found, minlength=len(numbers)))
    return list(numbers), Members(counts == 0, starts, rows[np.argsort(found, kind="stable")])


def _starts(lengths: npt.ArrayLike) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
