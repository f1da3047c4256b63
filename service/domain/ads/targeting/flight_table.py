"""Many flights by column, each value held once: what follows from a value is told once, whoever has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from service.domain.ads.inventory import Creative, Flight, FlightStatus
from service.domain.ads.targeting.checklist import LOTS, TargetedFlight, share_of
from service.domain.ads.targeting.slot_facts import EXCLUDE, VALUE_COLUMNS

Rows = npt.NDArray[np.int64]

# Fields of a flight that a table has as they are.
FIELDS = (
    "status", "tier", "starts_at", "ends_at", "timezone", "days", "hours", "goal_type", "goal", "price_model",
    "price_micros", "currency", "auction", "pacing", "cap_unit", "daily_cap", "lifetime_cap", "placements",
    "suitability", "roadblock", "companions", *VALUE_COLUMNS,
)  # fmt: skip
KEYWORDS = ("keywords", "exclude_keywords")


class Shape(NamedTuple):
    """What of a creative decides where it fits."""

    format: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column by its distinct values: flight n has `values[codes[n]]`."""

    codes: npt.NDArray[np.int32]
    values: Sequence[Any]

    def array(self, kind: npt.DTypeLike, tell: Callable[[Any], Any] | None = None) -> npt.NDArray[Any]:
        """Returns a number for each flight: its value, or what `tell` says of that."""
        told = list(self.values if tell is None else map(tell, self.values))
        found: npt.NDArray[Any] = np.array(told, kind)[self.codes]
        return found


def coded(values: Iterable[Any]) -> Coded:
    """Returns a column of these values, one for each flight."""
    known: dict[Any, int] = {}
    codes = [known.setdefault(value, len(known)) for value in values]
    return Coded(np.array(codes, np.int32), list(known))


@dataclass(frozen=True, slots=True, eq=False)
class FlightTable:
    """Flights by number: FIELDS as they are, KEYWORDS as terms, and `shapes`, those of the creatives to be shown."""

    number: npt.NDArray[np.uint32]
    columns: Mapping[str, Coded]

    def __getitem__(self, name: str) -> Coded:
        return self.columns[name]

    def told(self, names: Sequence[str], tell: Callable[[Flight], Any], kind: npt.DTypeLike) -> npt.NDArray[Any]:
        """Returns what `tell` says of each flight, which may read no other fields than these; once for all alike."""
        joint = np.zeros(self.number.size, np.int64)
        first = np.zeros(min(1, joint.size), np.int64)
        for name in names:
            column = self[name]
            if len(column.values) > 1:
                _, first, joint = np.unique(joint * len(column.values) + column.codes, True, True)
        kinds = ({name: self[name].values[self[name].codes[row]] for name in names} for row in first.tolist())
        told = [tell(cast("Flight", SimpleNamespace(**one))) for one in kinds]
        return np.array(told, kind)[joint]

    def active(self) -> npt.NDArray[np.bool_]:
        """Returns which flights are active."""
        return self["status"].array(bool, lambda status: status is FlightStatus.ACTIVE)


def table_of(candidates: Sequence[TargetedFlight]) -> FlightTable:
    """Returns the table of flights."""
    flights = [one.flight for one in candidates]
    columns = {name: coded(map(attrgetter(name), flights)) for name in FIELDS}
    columns |= {name: coded(map(attrgetter(name), candidates)) for name in KEYWORDS}
    columns["shapes"] = coded(shapes_of(one.creatives) for one in candidates)
    return FlightTable(np.array([flight.number for flight in flights], np.uint32), columns)


def shapes_of(creatives: Iterable[Creative]) -> tuple[Shape, ...]:
    """Returns the shapes of creatives."""
    return tuple(Shape(one.format, one.width, one.height) for one in creatives)


def descriptions_in(table: FlightTable) -> tuple[str, ...]:
    """Returns what active flights describe, each item of `similar_to` once."""
    active, found = table.active(), dict[str, None]()
    for column in (table["similar_to"], table[f"{EXCLUDE}similar_to"]):
        for code in np.unique(column.codes[active]).tolist():
            found |= dict.fromkeys(column.values[code])
    return tuple(found)


def lots_of(table: FlightTable) -> npt.NDArray[np.int16]:
    """Returns how many lots each flight has: all of them, if it is not of those with a share."""

    def lots(flight: Flight) -> int:
        share = share_of(flight)
        return LOTS if share is None else share

    return table.told(("goal_type", "goal"), lots, np.int16)


def lots_begin(table: FlightTable) -> npt.NDArray[np.int16]:
    """Returns where each share's lots begin, side by side: those of the same placements meet only past a hundred."""
    lots, placements = lots_of(table), table["placements"]
    sharing = np.flatnonzero(table.active() & table["goal_type"].array(bool, lambda kind: kind == "share"))
    begins, lot = np.zeros(table.number.size, np.int16), 0
    for row in sorted(sharing.tolist(), key=lambda row: sorted(placements.values[int(placements.codes[row])])):
        begins[row] = lot % LOTS
        lot += int(lots[row])
    return begins
