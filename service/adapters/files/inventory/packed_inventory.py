"""An inventory snapshot as arrays and packed records: flights and creatives are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar, cast, overload
from zlib import crc32

import numpy as np
import orjson

from service.adapters.files.index.segment import Array
from service.adapters.redis.ads.inventory_records import entity_of, record_of
from service.domain.ads.inventory import Advertiser, Creative, Flight, Placement
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.plan.shortlist import PlacementFlights
from service.domain.ads.targeting.checklist import TargetedFlight
from service.domain.ads.targeting.placement_columns import KeywordColumn, Members, PlacementColumns, ValueColumn

# Flights, and creatives, that are held as objects: a page asks for some hundred of them.
MOST_HELD = 4_096
_KEYWORDS = ("keywords", "exclude_keywords")
_PLAIN = tuple(one.name for one in fields(PlacementColumns) if one.name not in ("zones", "fields", *_KEYWORDS))
# What of a flight's targeting is neither its record, nor its creatives, nor terms.
_REST = tuple(one.name for one in fields(TargetedFlight) if one.name not in ("flight", "creatives", *_KEYWORDS))

# What is packed; a process whose code packs otherwise does not take it.
FORM = crc32(
    " ".join(one.name for kind in (Flight, Creative, TargetedFlight, PlacementColumns) for one in fields(kind)).encode()
)

T = TypeVar("T")


class Packed(Mapping[int, T], Generic[T]):
    """Records by number, each made an object when it is asked for; those that were asked for last are held."""

    def __init__(self, arrays: Mapping[str, Array], prefix: str, make: Callable[[int, bytes], T]) -> None:
        self._numbers = arrays[f"{prefix}.numbers"]
        self._starts = arrays[f"{prefix}.starts"]
        self._records = arrays[f"{prefix}.records"]
        self._make = make
        self._held: dict[int, T] = {}

    def __getitem__(self, number: int) -> T:
        row = int(np.searchsorted(self._numbers, number))
        if row == len(self._numbers) or self._numbers[row] != number:
            raise KeyError(number)
        return self.at(row)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers.tolist())

    def __len__(self) -> int:
        return len(self._numbers)

    def at(self, row: int) -> T:
        """Returns what is in a row; rows are in the order of numbers."""
        found = self._held.get(row)
        if found is None:
            raw = self._records[self._starts[row] : self._starts[row + 1]].tobytes()
            found = self._make(int(self._numbers[row]), raw)
            if len(self._held) >= MOST_HELD:
                self._held.clear()
            self._held[row] = found
        return found


class PackedRows(Sequence[TargetedFlight]):
    """The flights of a placement, by their places."""

    def __init__(self, flights: Packed[TargetedFlight], numbers: Array) -> None:
        self._flights = flights
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> TargetedFlight: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[TargetedFlight]: ...

    def __getitem__(self, at: int | slice) -> TargetedFlight | Sequence[TargetedFlight]:
        if isinstance(at, slice):
            return PackedRows(self._flights, self._numbers[at])
        return self._flights[int(self._numbers[at])]


def pack(snapshot: InventorySnapshot) -> tuple[dict[str, Array], dict[str, Any]]:
    """Returns a snapshot's arrays, and what is no array of it as JSON has it."""
    arrays: dict[str, Array] = {}
    flights = {number: _flight_record(one) for number, one in snapshot.flights_by_number.items()}
    creatives = {number: record_of(one).encode() for number, one in snapshot.creatives_by_number.items()}
    for prefix, records in (("flights", flights), ("creatives", creatives)):
        numbers = sorted(records)
        arrays[f"{prefix}.numbers"] = np.array(numbers, np.uint32)
        arrays[f"{prefix}.starts"] = np.cumsum([0, *(len(records[number]) for number in numbers)])
        arrays[f"{prefix}.records"] = np.frombuffer(b"".join(records[number] for number in numbers), np.uint8)
    placements = []
    for place, of_placement in enumerate(snapshot.placements.values()):
        columns, placement = of_placement.columns, of_placement.placement
        arrays |= {f"{place}.{name}": array for name, array in _column_arrays(columns).items()}
        values = {name: list(column.values) for name, column in columns.fields.items()}
        told = {"record": record_of(placement), "number": placement.number, "zones": columns.zones, "values": values}
        placements.append(told)
    advertisers = [(one.number, record_of(one)) for one in snapshot.advertisers.values()]
    return arrays, {"version": snapshot.version, "placements": placements, "advertisers": advertisers}


def unpack(arrays: Mapping[str, Array], plain: Mapping[str, Any]) -> InventorySnapshot:
    """Returns the snapshot that was packed."""
    creatives = Packed(arrays, "creatives", lambda number, raw: cast("Creative", entity_of("creatives", raw, number)))
    flights = Packed(arrays, "flights", lambda number, raw: _flight(number, raw, creatives))
    advertisers = (cast("Advertiser", entity_of("advertisers", raw, number)) for number, raw in plain["advertisers"])
    placements: dict[str, PlacementFlights] = {}
    for place, told in enumerate(plain["placements"]):
        placement = cast("Placement", entity_of("placements", told["record"], told["number"]))
        columns = _columns(arrays, f"{place}.", told)
        placements[placement.id] = PlacementFlights(placement, PackedRows(flights, columns.number), columns)
    return InventorySnapshot(
        plain["version"], True, placements, {one.id: one for one in advertisers}, flights, creatives
    )


def _flight_record(one: TargetedFlight) -> bytes:
    keywords = [[sorted(terms) for terms in getattr(one, name)] for name in _KEYWORDS]
    rest = {name: getattr(one, name) for name in _REST}
    shown = [creative.number for creative in one.creatives]
    return orjson.dumps([shown, keywords, rest]) + b"\n" + record_of(one.flight).encode()


def _flight(number: int, raw: bytes, creatives: Mapping[int, Creative]) -> TargetedFlight:
    head, _, record = raw.partition(b"\n")
    shown, keywords, rest = orjson.loads(head)
    keywords, excluded = (tuple(frozenset(terms) for terms in each) for each in keywords)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in rest.items()}
    flight = cast("Flight", entity_of("flights", record, number))
    return TargetedFlight(flight, tuple(creatives[each] for each in shown), keywords, excluded, **values)


def _column_arrays(columns: PlacementColumns) -> dict[str, Array]:
    arrays: dict[str, Array] = {name: getattr(columns, name) for name in _PLAIN}
    for name, field in columns.fields.items():
        arrays |= _member_arrays(name, field.members)
    for name in _KEYWORDS:
        column: KeywordColumn = getattr(columns, name)
        arrays |= _member_arrays(name, column.members)
        arrays |= {f"{name}.term_starts": column.starts, f"{name}.terms": column.terms}
    return arrays


def _member_arrays(name: str, members: Members) -> dict[str, Array]:
    return {f"{name}.{part}": getattr(members, part) for part in ("base", "starts", "rows")}


def _columns(arrays: Mapping[str, Array], prefix: str, told: Mapping[str, Any]) -> PlacementColumns:
    def members(name: str) -> Members:
        return Members(*(arrays[f"{prefix}{name}.{part}"] for part in ("base", "starts", "rows")))

    def keywords(name: str) -> KeywordColumn:
        return KeywordColumn(members(name), arrays[f"{prefix}{name}.term_starts"], arrays[f"{prefix}{name}.terms"])

    def field(name: str) -> ValueColumn:
        return ValueColumn({value: number for number, value in enumerate(told["values"][name])}, members(name))

    whole: dict[str, Any] = {name: arrays[prefix + name] for name in _PLAIN}
    whole |= {name: keywords(name) for name in _KEYWORDS}
    return PlacementColumns(**whole, zones=tuple(told["zones"]), fields={name: field(name) for name in told["values"]})
