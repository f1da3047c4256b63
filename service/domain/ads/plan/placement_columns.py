"""What one placement's flights are found by, as arrays: made in memory once, or mapped from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Flight, Tier
from service.domain.ads.plan.asking_order import GUARANTEED, ORDERED_BY, TIERS, Wants, order_of
from service.domain.ads.plan.page_plan import Order
from service.domain.ads.targeting.flight_table import FlightTable, Rows, lots_begin, lots_of
from service.domain.ads.targeting.slot_facts import (
    EXCLUDE,
    TARGETED,
    VALUE_COLUMNS,
    SlotFacts,
    TargetedField,
    Values,
)
from service.domain.ads.targeting.suitability import refused_risks
from service.domain.ads.targeting.value_columns import (
    KeywordColumn,
    Mask,
    Places,
    ValueColumn,
    keyword_column,
    merged_keywords,
    merged_values,
    taken_keywords,
    taken_values,
    value_column,
)
from service.domain.money.exchange import Exchange

UNTIMED = -1
DAYS, HOURS = 7, 24
_FOREVER = np.iinfo(np.int64).max


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


_NOT_BY_ROW = ("together", "zone", "zones", "fields", "keywords", "exclude_keywords")
_BY_ROW = tuple(one.name for one in fields(PlacementColumns) if one.name not in _NOT_BY_ROW)


def columns_of(table: FlightTable, exchange: Exchange) -> PlacementColumns:
    """Returns the columns of flights, in the table's order; `exchange` has the rates by which auctions compare them."""
    timed = table["days"].array(bool, bool) | table["hours"].array(bool, bool)
    zones = tuple(sorted(table["timezone"].values))

    def order(flight: Flight) -> Order:
        return order_of(flight, exchange.rate(flight.currency))

    orders = table.told(ORDERED_BY, order, np.int64).reshape(-1, 2)
    return PlacementColumns(
        starts_at=table["starts_at"].array(np.int64, lambda at: -_FOREVER if at is None else at),
        ends_at=table["ends_at"].array(np.int64, lambda at: _FOREVER if at is None else at),
        tier=orders[:, 0].astype(np.int8),
        want=np.ascontiguousarray(orders[:, 1]),
        number=table.number,
        together=np.flatnonzero(table["roadblock"].array(bool, bool) | table["companions"].array(bool, bool)),
        second_price=table["auction"].array(bool, lambda auction: auction == "second"),
        only_scripts=table["shapes"].array(bool, lambda shapes: all(one.format == "tag" for one in shapes)),
        refused=table["suitability"].array(np.uint64, refused_risks),
        lots=lots_of(table),
        lots_from=lots_begin(table),
        zone=np.where(timed, table["timezone"].array(np.int16, zones.index), UNTIMED).astype(np.int16),
        days=table["days"].array(np.uint8, lambda days: _bits(days, DAYS)),
        hours=table["hours"].array(np.uint32, lambda hours: _bits(hours, HOURS)),
        zones=zones,
        fields={name: value_column(name, table[name]) for name in VALUE_COLUMNS},
        keywords=keyword_column(table["keywords"], when_none=True),
        exclude_keywords=keyword_column(table["exclude_keywords"], when_none=False),
    )


def taken(columns: PlacementColumns, rows: Rows) -> PlacementColumns:
    """Returns the columns of these rows, rising, as these flights alone have them.

    What many placements take is read of the flights once; zones, values and keywords that no row has are left out.
    """
    places = np.full(columns.number.size, -1, np.int32)
    places[rows] = np.arange(rows.size, dtype=np.int32)
    together = places[columns.together]
    used = np.unique(columns.zone[rows])
    return replace(
        columns,
        **{name: getattr(columns, name)[rows] for name in _BY_ROW},
        together=together[together >= 0].astype(np.int64),
        zone=_renumbered(columns.zone[rows], used[used != UNTIMED]),
        zones=tuple(columns.zones[number] for number in used.tolist() if number != UNTIMED),
        fields={name: taken_values(column, rows, places) for name, column in columns.fields.items()},
        keywords=taken_keywords(columns.keywords, rows, places),
        exclude_keywords=taken_keywords(columns.exclude_keywords, rows, places),
    )


def merged(columns: PlacementColumns, added: PlacementColumns) -> PlacementColumns:
    """Returns the columns of the flights of both, of which none is in the other, by their numbers as before."""
    before = np.searchsorted(added.number, columns.number)
    behind = np.searchsorted(columns.number, added.number)
    places = np.concatenate((np.arange(before.size) + before, np.arange(behind.size) + behind)).astype(np.int32)
    zones = tuple(sorted({*columns.zones, *added.zones}))
    numbers = [np.array([*map(zones.index, one.zones), UNTIMED], np.int16)[one.zone] for one in (columns, added)]
    together = np.concatenate((columns.together, added.together + columns.number.size))
    fields_of_both = {
        name: merged_values(column, added.fields[name], places) for name, column in columns.fields.items()
    }
    return replace(
        columns,
        **{name: _placed(places, getattr(columns, name), getattr(added, name)) for name in _BY_ROW},
        together=np.sort(places[together]).astype(np.int64),
        zone=_placed(places, *numbers),
        zones=zones,
        fields=fields_of_both,
        keywords=merged_keywords(columns.keywords, added.keywords, places),
        exclude_keywords=merged_keywords(columns.exclude_keywords, added.exclude_keywords, places),
    )


def _placed(places: Places, *parts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    whole = np.concatenate(parts)
    found = np.empty_like(whole)
    found[places] = whole
    return found


def _renumbered(zone: npt.NDArray[np.int16], used: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    return np.where(zone == UNTIMED, UNTIMED, np.searchsorted(used, zone)).astype(np.int16)


def _bits(numbers: Sequence[int], of: int) -> int:
    """A bit for each number; all of them where none is named."""
    return sum(1 << number for number in numbers) if numbers else (1 << of) - 1
