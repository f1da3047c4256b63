"""A table of flights straight from their stored records: no flight or creative is made an object on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from service.adapters.redis.ads.inventory.records import (
    StoredInventory,
    StoredKind,
    default_of,
    refuse_unknown,
    value_of,
)
from service.domain.ads.inventory import Kind
from service.domain.ads.targeting.checklist import Terms
from service.domain.ads.targeting.flight_table import FIELDS, KEYWORDS, Coded, FlightTable, Shape, coded

# Records that are read at a time: what is made of them is let go of again.
_AT_ONCE = 500
_UNKNOWN = -1
_LISTS = frozenset(name for name in (*FIELDS, *KEYWORDS) if default_of("flights", name) == ())
_OWNERS: Mapping[str, Kind] = {"campaign": "campaigns", "advertiser": "advertisers"}

ReadKeywords = Callable[[Sequence[str]], tuple[Terms, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class StoredFlights:
    """Flights as a table, with the numbers of their owners (0: unknown), and of their creatives that may be shown.

    Those of flight n are `shown[shown_starts[n] : shown_starts[n + 1]]`.
    """

    table: FlightTable
    campaign: npt.NDArray[np.uint32]
    advertiser: npt.NDArray[np.uint32]
    shown: npt.NDArray[np.uint32]
    shown_starts: npt.NDArray[np.int64]


class _Coder:
    """Gives each distinct value of a column a code, as they come."""

    def __init__(self) -> None:
        self._known: defaultdict[Any, int] = defaultdict(count().__next__)
        self._parts = [np.empty(0, np.int32)]

    def take(self, values: Sequence[Any]) -> None:
        """Adds the values of the next rows."""
        self._parts.append(np.fromiter(map(self._known.__getitem__, values), np.int32, len(values)))

    def take_none(self, size: int) -> None:
        """Adds rows that leave the field out."""
        self._parts.append(np.full(size, self._known[None], np.int32))

    def coded(self, tell: Callable[[Any], Any]) -> Coded:
        """Returns the column, its values as `tell` has them."""
        return Coded(np.concatenate(self._parts), list(map(tell, self._known)))


class _Links:
    """The creatives of flights, by their places among all."""

    def __init__(self, creatives: StoredKind) -> None:
        ids, self._shapes = _shapes(creatives)
        self._places = dict(zip(ids, range(len(ids)), strict=True))
        self._numbers = creatives.numbers
        self._counts = [np.empty(0, np.int64)]
        self._linked = [np.empty(0, np.int64)]

    def take(self, links: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """Adds those of the next flights."""
        places = [self._places.get(link["id"], _UNKNOWN) for each in links for link in each]
        self._counts.append(np.fromiter(map(len, links), np.int64, len(links)))
        self._linked.append(np.array(places, np.int64))

    def shown(self) -> tuple[Coded, npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Returns the shapes of the creatives that each flight may show, their numbers, and where each one's begin."""
        counts, linked = np.concatenate(self._counts), np.concatenate(self._linked)
        may_be = self._shapes.array(bool, lambda shape: shape is not None)
        is_shown = np.append(may_be, False)[linked]  # the last for what is unknown
        flight = np.repeat(np.arange(counts.size), counts)[is_shown]
        starts = np.append(0, np.cumsum(np.bincount(flight, minlength=counts.size)))
        linked = linked[is_shown]
        codes, bounds = self._shapes.codes[linked].tolist(), starts.tolist()
        shapes = coded(tuple(codes[begin:end]) for begin, end in pairwise(bounds))
        told = [tuple(self._shapes.values[code] for code in each) for each in shapes.values]
        return Coded(shapes.codes, told), self._numbers[linked], starts


def read_flights(stored: StoredInventory, keywords: ReadKeywords) -> StoredFlights:
    """Returns the flights of an inventory; `keywords` reads a list of them as the site's languages do.

    Raises ValueError or KeyError for what is no record of ours.
    """
    flights, links = stored.kinds["flights"], _Links(stored.kinds["creatives"])
    coders = {name: _Coder() for name in (*FIELDS, *KEYWORDS, *_OWNERS)}
    for rows in _read(flights):
        named = frozenset().union(*rows)
        for name, coder in coders.items():
            if name in named:
                coder.take(_values(name, rows))
            else:
                coder.take_none(len(rows))
        links.take([row.get("creatives", ()) for row in rows])
    columns = {name: coders[name].coded(partial(value_of, "flights", name)) for name in FIELDS}
    columns |= {name: coders[name].coded(lambda words: keywords(words or ())) for name in KEYWORDS}
    columns["shapes"], shown, starts = links.shown()
    campaign, advertiser = (_numbers(coders[name], stored.kinds[kind]) for name, kind in _OWNERS.items())
    return StoredFlights(FlightTable(flights.numbers, columns), campaign, advertiser, shown, starts)


def _read(kind: StoredKind) -> Iterator[list[dict[str, Any]]]:
    for begin in range(0, len(kind.records), _AT_ONCE):
        rows = orjson.loads(b"[%b]" % b",".join(kind.records[begin : begin + _AT_ONCE]))
        refuse_unknown(kind.kind, set().union(*rows))
        yield rows


def _values(name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What each row has in a field; None where it leaves it out."""
    values = [row.get(name) for row in rows]
    return [tuple(value) if value else None for value in values] if name in _LISTS else values


def _numbers(coder: _Coder, owners: StoredKind) -> npt.NDArray[np.uint32]:
    known = dict(zip(owners.ids(), owners.numbers.tolist(), strict=True))
    return coder.coded(lambda owner: known.get(owner, 0)).array(np.uint32)


def _shapes(creatives: StoredKind) -> tuple[list[str], Coded]:
    """The id of each creative, and its shape; None for a killed one."""
    ids: list[str] = []
    coder = _Coder()
    for rows in _read(creatives):
        ids += [row["id"] for row in rows]
        alive = (None if row.get("killed") else (row["format"], row.get("width"), row.get("height")) for row in rows)
        coder.take(list(alive))
    return ids, coder.coded(lambda shape: shape and Shape(*shape))
