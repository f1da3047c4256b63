"""An inventory snapshot as arrays and the records it is made from: flights and creatives are made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache, lru_cache, partial
from typing import Any, cast
from zlib import crc32

import numpy as np

from service.adapters.files.arrays.array_file import Array
from service.adapters.files.inventory.packed_columns import pack_columns, unpack_columns
from service.adapters.files.inventory.packed_records import MOST_HELD, Packed, record_arrays
from service.adapters.files.inventory.record_table import read_flights
from service.adapters.redis.ads.inventory.records import StoredInventory, StoredKind, entity_of, record_of
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Advertiser,
    Campaign,
    Creative,
    Entity,
    Flight,
    Kind,
    Placement,
)
from service.domain.ads.inventory_snapshot import InventorySnapshot, ready, rows_in
from service.domain.ads.pacing.watched import Watched, watched_of
from service.domain.ads.plan.placement_columns import PlacementColumns, columns_of, taken
from service.domain.ads.plan.shortlist import PlacementFlights
from service.domain.ads.targeting.checklist import TargetedFlight, readings
from service.domain.ads.targeting.flight_table import descriptions_in
from service.domain.ads.targeting.numbered_flights import NumberedFlights
from service.domain.money.exchange import OWN_CURRENCY, Exchange
from service.domain.ports import Analyzer

# Kinds whose entities are made when they are asked for; of the others there are few.
_PACKED: tuple[Kind, ...] = ("campaigns", "flights", "creatives")

# What is packed; a process whose code packs otherwise does not take it.
FORM = crc32(
    " ".join(one.name for kind in (Flight, Creative, Campaign, PlacementColumns) for one in fields(kind)).encode()
)


def pack(
    stored: StoredInventory, *analyzers: Analyzer, exchange: Exchange = OWN_CURRENCY
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Returns the arrays of an inventory's snapshot, and what is no array of it as JSON has it.

    Its flights' keywords are analysed as the pages of the site's languages are, and auctions compare them by the rates
    of `exchange`. Raises ValueError or KeyError for what is no record of ours.
    """
    analyzers = tuple(map(cache, analyzers))  # flights share their keywords
    flights = read_flights(stored, lambda keywords: tuple(readings(keywords, analyzers)))
    columns = columns_of(flights.table, exchange)
    arrays: dict[str, Array] = {}
    for kind in _PACKED:
        arrays |= record_arrays(stored.kinds[kind])
    for name in ("campaign", "advertiser", "shown", "shown_starts"):
        arrays[f"flights.{name}"] = getattr(flights, name)
    arrays["flights.lots_from"] = columns.lots_from
    arrays |= {f"watched.{one.name}": getattr(watched_of(flights.table), one.name) for one in fields(Watched)}
    placements: list[dict[str, Any]] = []
    for record, number in _placements(stored.kinds["placements"]):
        placement = cast("Placement", entity_of("placements", record, number))
        rows = rows_in(flights.table, placement, exchange)
        taken_arrays, told = pack_columns(taken(columns, rows), f"{len(placements)}.")
        arrays |= taken_arrays
        placements.append({"record": record.decode(), "number": number, **told})
    buyers = stored.kinds["advertisers"]
    advertisers = zip(buyers.numbers.tolist(), (record.decode() for record in buyers.records), strict=True)
    plain = {"version": stored.version, "placements": placements, "advertisers": list(advertisers)}
    return arrays, {**plain, "descriptions": descriptions_in(flights.table)}


def unpack(
    arrays: Mapping[str, Array], plain: Mapping[str, Any], *analyzers: Analyzer, exchange: Exchange = OWN_CURRENCY
) -> InventorySnapshot:
    """Returns the snapshot that was packed; `analyzers` and `exchange` are those that it was packed with."""
    advertisers = [cast("Advertiser", entity_of("advertisers", raw, number)) for number, raw in plain["advertisers"]]
    creatives = cast("Packed[Creative]", _packed(arrays, "creatives"))
    plain_flights = cast("Packed[Flight]", _packed(arrays, "flights"))
    read = partial(ready, analyzers=[lru_cache(MOST_HELD)(one) for one in analyzers], exchange=exchange)
    flights = _flights(arrays, plain_flights, creatives, {one.number: one for one in advertisers}, read)
    placements: dict[str, PlacementFlights] = {}
    for place, told in enumerate(plain["placements"]):
        placement = cast("Placement", entity_of("placements", told["record"], told["number"]))
        columns = unpack_columns(arrays, f"{place}.", told)
        placements[placement.id] = PlacementFlights(placement, NumberedFlights(flights, columns.number), columns)
    buyers, descriptions = {one.id: one for one in advertisers}, tuple(plain["descriptions"])
    watched = Watched(*(arrays[f"watched.{one.name}"] for one in fields(Watched)))
    return InventorySnapshot(
        plain["version"], True, placements, buyers, flights, creatives, plain_flights, watched, descriptions, exchange,
        numbers_of=partial(_numbers_of, arrays),
    )  # fmt: skip


def _numbers_of(arrays: Mapping[str, Array], kind: Kind, number: int) -> list[int]:
    """The numbers of the flights of a campaign, an advertiser or a creative that may be shown."""
    if kind == "creatives":
        links = np.flatnonzero(arrays["flights.shown"] == number)
        rows = np.unique(np.searchsorted(arrays["flights.shown_starts"], links, side="right") - 1)
    else:
        rows = np.flatnonzero(arrays[f"flights.{kind.removesuffix('s')}"] == number)
    found: list[int] = arrays["flights.numbers"][rows].tolist()
    return found


def _placements(stored: StoredKind) -> list[tuple[bytes, int]]:
    """The records and numbers of all placements, those that every site has first."""
    by_id = {one.id: (record_of(one).encode(), one.number) for one in DEFAULT_PLACEMENTS.values()}
    own = zip(stored.ids(), stored.records, stored.numbers.tolist(), strict=True)
    return list((by_id | {name: (record, number) for name, record, number in sorted(own)}).values())


def _packed(arrays: Mapping[str, Array], kind: Kind) -> Packed[Entity]:
    starts, records = arrays[f"{kind}.starts"], arrays[f"{kind}.records"]

    def make(row: int, number: int) -> Entity:
        return entity_of(kind, records[starts[row] : starts[row + 1]].tobytes(), number)

    return Packed(arrays[f"{kind}.numbers"], make)


def _flights(
    arrays: Mapping[str, Array],
    plain_flights: Mapping[int, Flight],
    creatives: Mapping[int, Creative],
    advertisers: Mapping[int, Advertiser],
    read: Callable[..., TargetedFlight],
) -> Packed[TargetedFlight]:
    campaigns = cast("Packed[Campaign]", _packed(arrays, "campaigns"))
    parts = ("campaign", "advertiser", "shown", "shown_starts", "lots_from")
    campaign, advertiser, shown, starts, lots_from = (arrays[f"flights.{name}"] for name in parts)

    def make(row: int, number: int) -> TargetedFlight:
        own = [creatives[one] for one in shown[starts[row] : starts[row + 1]].tolist()]
        owners = campaigns.get(int(campaign[row])), advertisers.get(int(advertiser[row]))
        made = read(plain_flights[number], {one.id: one for one in own}, *owners)
        return replace(made, share_from=int(lots_from[row])) if lots_from[row] else made

    return Packed(arrays["flights.numbers"], make)
