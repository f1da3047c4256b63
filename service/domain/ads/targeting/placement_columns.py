"""What one placement's flights are found by, as arrays: made in memory once, or mapped from files."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Tier
from service.domain.ads.plan.asking_order import GUARANTEED, TIERS, Wants, order_of
from service.domain.ads.targeting.checklist import LOTS, TargetedFlight, Terms
from service.domain.ads.targeting.slot_facts import (
    EXCLUDE,
    TARGETED,
    VALUE_COLUMNS,
    SlotFacts,
    TargetedField,
    Values,
    values_of,
)
from service.domain.ads.targeting.suitability import refused_risks
from service.domain.ports import TermIds

Mask = npt.NDArray[np.bool_]
V = TypeVar("V", bound=Hashable)
UNTIMED = -1
DAYS, HOURS = 7, 24
_FOREVER = np.iinfo(np.int64).max


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


@dataclass(frozen=True, slots=True, eq=False)
class AskedField:
    """A field that flights of the placement target or keep away from, and who does."""

    field: TargetedField
    wanted: ValueColumn
    excluded: ValueColumn

    def told_apart(self, facts: SlotFacts) -> Values:
        """Returns what the page has of it that any flight names."""
        values = self.field.values(facts)
        return tuple(one for one in values if one in self.wanted.values or one in self.excluded.values)

    def suits(self, values: Values) -> Mask:
        """Returns the flights that a page of these values suits."""
        suited = self.wanted.having(values)
        return suited & ~self.excluded.having(values) if self.excluded.values else suited


@dataclass(frozen=True, slots=True, eq=False)
class PlacementColumns:
    """A row for each flight that may ever run in the placement.

    Times are seconds since 1970; `tier` and then `want` give the order of asking, the least first, while nothing of the
    flights is measured; `zone` is a number of `zones`, UNTIMED for flights without days and hours, which have a bit for
    each day or hour; `together` are the rows of those that stand together with others, `second_price` those that pay
    what keeps their place, `only_scripts` those of whose creatives every one is a script of others, `lots` of
    `lots_from` on are the page views that a share has.
    """

    starts_at: npt.NDArray[np.int64]
    ends_at: npt.NDArray[np.int64]
    tier: npt.NDArray[np.int8]
    want: Wants
    number: npt.NDArray[np.uint32]
    together: npt.NDArray[np.int64]
    second_price: Mask
    only_scripts: Mask
    refused: npt.NDArray[np.uint64]
    lots: npt.NDArray[np.int16]
    lots_from: npt.NDArray[np.int16]
    zone: npt.NDArray[np.int16]
    days: npt.NDArray[np.uint8]
    hours: npt.NDArray[np.uint32]
    zones: tuple[str, ...]
    fields: Mapping[str, ValueColumn]
    keywords: KeywordColumn
    exclude_keywords: KeywordColumn

    @property
    def house(self) -> Mask:
        """Which flights are the house's own."""
        own: Mask = self.tier == TIERS[Tier.HOUSE]
        return own

    @property
    def guaranteed(self) -> Mask:
        """Which flights are guaranteed, so that they are asked before any auction."""
        first: Mask = self.tier <= max(TIERS[tier] for tier in GUARANTEED)
        return first

    def asked_fields(self) -> list[AskedField]:
        """Returns the fields that any flight targets or keeps away from."""
        every = (AskedField(field, self.fields[name], self.fields[EXCLUDE + name]) for name, field in TARGETED.items())
        return [one for one in every if one.wanted.values or one.excluded.values]


_NOT_BY_ROW = ("together", "zones", "fields", "keywords", "exclude_keywords")
_BY_ROW = tuple(one.name for one in fields(PlacementColumns) if one.name not in _NOT_BY_ROW)


def columns_of(flights: Sequence[TargetedFlight]) -> PlacementColumns:
    """Returns the columns of flights, in their order."""
    timed = {f.flight.timezone for f in flights if _is_timed(f)}
    zones = {name: number for number, name in enumerate(sorted(timed))}
    orders = np.array([order_of(f) for f in flights], np.int64).reshape(-1, 2)
    return PlacementColumns(
        starts_at=np.array([_or(f.flight.starts_at, -_FOREVER) for f in flights], np.int64),
        ends_at=np.array([_or(f.flight.ends_at, _FOREVER) for f in flights], np.int64),
        tier=orders[:, 0].astype(np.int8),
        want=np.ascontiguousarray(orders[:, 1]),
        number=np.array([f.flight.number for f in flights], np.uint32),
        together=np.flatnonzero([bool(f.flight.roadblock or f.flight.companions) for f in flights]),
        second_price=np.array([f.flight.auction == "second" for f in flights], bool),
        only_scripts=np.array([all(one.format == "tag" for one in f.creatives) for f in flights], bool),
        refused=np.array([refused_risks(f.flight.suitability) for f in flights], np.uint64),
        lots=np.array([LOTS if f.share is None else f.share for f in flights], np.int16),
        lots_from=np.array([f.share_from for f in flights], np.int16),
        zone=np.array([zones[f.flight.timezone] if _is_timed(f) else UNTIMED for f in flights], np.int16),
        days=np.array([_bits(f.flight.days, DAYS) for f in flights], np.uint8),
        hours=np.array([_bits(f.flight.hours, HOURS) for f in flights], np.uint32),
        zones=tuple(zones),
        fields={name: _values(name, _named(flights, name)) for name in VALUE_COLUMNS},
        keywords=keyword_column([f.keywords for f in flights], when_none=True),
        exclude_keywords=keyword_column([f.exclude_keywords for f in flights], when_none=False),
    )


def _is_timed(candidate: TargetedFlight) -> bool:
    return bool(candidate.flight.days or candidate.flight.hours)


def taken(columns: PlacementColumns, rows: npt.NDArray[np.int64]) -> PlacementColumns:
    """Returns the columns of these rows, rising, as `columns_of` gives them for these flights alone.

    What many placements take is read of the flights once; values and keywords that no row has are left out.
    """
    if rows.size == columns.number.size:
        return columns
    places = np.full(columns.number.size, -1, np.int32)
    places[rows] = np.arange(rows.size, dtype=np.int32)
    together = places[columns.together]
    return replace(
        columns,
        **{name: getattr(columns, name)[rows] for name in _BY_ROW},
        together=together[together >= 0].astype(np.int64),
        fields={name: _taken_values(column, rows, places) for name, column in columns.fields.items()},
        keywords=_taken_keywords(columns.keywords, rows, places),
        exclude_keywords=_taken_keywords(columns.exclude_keywords, rows, places),
    )


def _taken_values(column: ValueColumn, rows: npt.NDArray[np.int64], places: npt.NDArray[np.int32]) -> ValueColumn:
    kept, members = _taken_members(column.members, rows, places)
    values = list(column.values)
    return ValueColumn({values[old]: new for new, old in enumerate(kept.tolist())}, members)


def _taken_keywords(column: KeywordColumn, rows: npt.NDArray[np.int64], places: npt.NDArray[np.int32]) -> KeywordColumn:
    kept, members = _taken_members(column.members, rows, places)
    lengths = np.diff(column.starts)
    stays = np.zeros(lengths.size, bool)
    stays[kept] = True
    return KeywordColumn(members, _starts(lengths[kept]), column.terms[np.repeat(stays, lengths)])


def _taken_members(
    members: Members, rows: npt.NDArray[np.int64], places: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], Members]:
    """The numbers of the values that one of these rows has, and the members of those."""
    moved = places[members.rows]
    value = np.repeat(np.arange(members.starts.size - 1), np.diff(members.starts))
    counts = np.bincount(value[moved >= 0], minlength=members.starts.size - 1)
    kept = np.flatnonzero(counts)
    return kept, Members(members.base[rows], _starts(counts[kept]), moved[moved >= 0])


def _starts(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def keyword_column(keywords: Sequence[Sequence[Terms]], *, when_none: bool) -> KeywordColumn:
    """Returns the column of each flight's keywords; `when_none` says whether flights without any are matched."""
    found, members = _members([[one for one in of_flight if one] for of_flight in keywords])
    base = np.array([when_none and not of_flight for of_flight in keywords], bool)
    starts = np.cumsum([0, *map(len, found)])
    terms = np.fromiter((term for one in found for term in sorted(one)), np.uint64)
    return KeywordColumn(Members(base, members.starts, members.rows), starts, terms)


def _named(flights: Sequence[TargetedFlight], name: str) -> list[Values]:
    """What each flight has in a column, as it is compared; most columns of most flights are empty."""
    return [values_of(f.flight, name) if getattr(f.flight, name) else () for f in flights]


def _values(name: str, values: Sequence[Sequence[Hashable]]) -> ValueColumn:
    found, members = _members(values)
    base = np.zeros(len(values), bool) if name.startswith(EXCLUDE) else members.base
    return ValueColumn({value: n for n, value in enumerate(found)}, Members(base, members.starts, members.rows))


def _members(groups: Sequence[Sequence[V]]) -> tuple[list[V], Members]:
    """The distinct values, as they come, and their members; a flight without values is of the base."""
    rows_of: dict[V, list[int]] = {}
    for row, values in enumerate(groups) if any(groups) else ():
        for value in values:
            rows_of.setdefault(value, []).append(row)
    starts = np.cumsum([0, *map(len, rows_of.values())])
    rows = np.fromiter((row for found in rows_of.values() for row in found), np.int32)
    return list(rows_of), Members(np.array([not values for values in groups], bool), starts, rows)


def _bits(numbers: Sequence[int], of: int) -> int:
    """A bit for each number; all of them where none is named."""
    return sum(1 << number for number in numbers) if numbers else (1 << of) - 1


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
