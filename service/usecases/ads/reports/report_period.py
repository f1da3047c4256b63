"""Reports what was delivered in a period, from the sums that the worker added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.entity_ids import unknown_id
from service.domain.ads.inventory import Flight, Kind
from service.domain.ads.inventory_store import InventoryStore
from service.domain.errors import InvalidInput, NotFound
from service.domain.events.sums.credit import CreditStore
from service.domain.events.sums.period import PARTS, TIMES, Period
from service.domain.events.sums.rollup import CROSSED, CROSSED_SEP, HOURS_A_DAY, OTHER, Cell, Dimension, Rollups, Sums
from service.usecases.ads.reports.figures import FIGURES, Delivered, Totals
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.sold_flights import SoldFlights, sold_flights

ANY_REASON = "any"
"""The reason under which invalid events are told whose reasons a breakdown does not have."""

MOST_ROWS = 50_000
"""Rows of one report: some 60 MB while it is made."""

_KINDS: Mapping[str, Kind] = {"creative": "creatives", "placement": "placements"}
"""Parts of a flight that are summed by their numbers."""

_CALLED_BY_NAME = (*TIMES, "placement", "section", "device", "country", "widget")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """Rows ready for the wire, their columns and totals, and the time zone of their days."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    totals: dict[str, Any]
    timezone: str


class ReportPeriod:
    """Reads reports of periods; what the worker has not yet added up is not in them."""

    def __init__(
        self, store: InventoryStore, ledger: Ledger, rollups: Rollups, given: CreditStore, pace: ReportPace
    ) -> None:
        self._pace = pace
        self._store = store
        self._ledger = ledger
        self._rollups = rollups
        self._credits = given

    def report(self, site_id: str, currency: str, period: Period, advertiser: str | None = None) -> PeriodReport:
        """Returns the report, its rows by their dimensions, of one advertiser where that is named.

        `currency` is that of flights whose advertiser is no longer known. Raises InvalidInput where it has over
        MOST_ROWS, NotFound for an advertiser that there never was, StoreUnavailable.
        """
        parts: tuple[Kind, ...] = ("creatives", "placements") if "creative" in period.by else ("placements",)
        sold = sold_flights(site_id, currency, self._store, self._ledger, parts)
        pace = self._pace.of_period(site_id, period, sold.placements())
        names = _Names(sold, period, pace.learn)
        flights = None if advertiser is None else _flights_of(sold, advertiser)
        rows = self._rows(site_id, names, period, flights)
        self._add_credits(site_id, rows, names, period, flights)
        columns = (*map(_column, period.by), *FIGURES)
        written, totals = [], Totals()
        for key, row in sorted(rows.items(), key=lambda one: _order(one[0], period.by)):
            told = {"fill_rate": None if advertiser else pace.fill_rate(key), "pacing": pace.pacing(key, row.sums)}
            figures = {**row.figures(key[-1]), **told}
            written.append(dict(zip(columns, (*key[:-1], *(figures[name] for name in FIGURES)), strict=True)))
            totals.add(key[-1], row)
        whole = totals.figures(currency)
        if not advertiser:
            whole["fill_rate"] = pace.filled_of_all()
        return PeriodReport(columns, tuple(written), whole, str(period.zone))

    def _rows(
        self, site_id: str, names: _Names, period: Period, flights: frozenset[int] | None
    ) -> dict[Key, Delivered]:
        rows: dict[Key, Delivered] = {}
        part = period.part
        for hour, cells in self._cells(site_id, period, flights):
            names.learn({cell.flight for cell in cells})
            for key, row in _rows_of(cells, hour, names, part):
                rows.setdefault(key, Delivered()).add(row)
            if len(rows) > MOST_ROWS:
                raise InvalidInput.one(
                    "?by", f"makes over {MOST_ROWS:,} rows; ask for fewer days or a coarser breakdown"
                )
        return rows

    def _cells(
        self, site_id: str, period: Period, flights: frozenset[int] | None
    ) -> Iterable[tuple[int, Mapping[Cell, Sums]]]:
        """Yields the sums of each hour, or where they are by a part of a flight of each day, under its first hour.

        A day is read at a time, so that no more of a long period is held. Where flights are named it is of these alone,
        without their parts and the reasons of what is not valid.
        """
        part = period.part
        if part is None or period.is_hourly:
            read = self._rollups.flight_hours if part is None else self._rollups.hours
            if flights is not None:
                read = partial(self._rollups.hours_of, flights=flights)
            hours = period.hours()
            for place in range(0, len(hours), HOURS_A_DAY):
                of_day = hours[place : place + HOURS_A_DAY]
                yield from zip(of_day, read(site_id, of_day), strict=True)
            return
        for day in period.days():
            [cells] = self._rollups.days(site_id, [day])
            if part in CROSSED:
                whole = {cell: sums for cell, sums in cells.items() if cell.dimension is Dimension.FLIGHT}
                [crossed] = self._rollups.crossed(site_id, [day], part)
                cells = {**whole, **crossed}
            [invalid] = self._rollups.crossed(site_id, [day], Dimension.INVALID)
            yield day * HOURS_A_DAY, {**cells, **invalid}

    def _add_credits(
        self, site_id: str, rows: dict[Key, Delivered], names: _Names, period: Period, flights: frozenset[int] | None
    ) -> None:
        """Adds what was withdrawn of whole flights; by a part of a flight to what has none, under the empty name."""
        hours, part = period.hours(), period.part
        told = [one for one in self._credits.all(site_id) if flights is None or one.flight in flights]
        names.learn({credit.flight for credit in told})
        for credit in told:
            for hour, withdrawn in credit.hours.items():
                if hour in hours:
                    key = names.key(hour, credit.flight, part)
                    rows.setdefault(key, Delivered()).add(Delivered(credited=withdrawn))


def _flights_of(sold: SoldFlights, advertiser: str) -> frozenset[int]:
    """The numbers of an advertiser's flights. Raises NotFound for one that there never was."""
    if advertiser not in sold.ids["advertisers"].values():
        raise NotFound("advertiser", advertiser)
    pieces = sold.in_pieces(sold.numbers())
    return frozenset(one.number for flights in pieces for one in flights if one.advertiser == advertiser)


class _Owned(NamedTuple):
    """What rows are called by of a flight, and in which currency it pays."""

    flight: str
    campaign: str
    advertiser: str
    currency: str


class _Names:
    """What a row is called: its dimensions by ids, and its currency last."""

    def __init__(self, sold: SoldFlights, period: Period, tell: Callable[[Flight], None]) -> None:
        """`tell` is told of each flight that is learnt of and was not deleted."""
        self._sold = sold
        self._tell = tell
        self._by = period.by
        self._time_of = cache(period.time_of)
        self._flights: dict[int, _Owned] = {}
        self._parts = {name: sold.ids[kind] for name, kind in _KINDS.items() if kind in sold.ids}

    def learn(self, numbers: Set[int]) -> None:
        """Reads the flights of these numbers, as far as they are not known yet."""
        for flights in self._sold.in_pieces(sorted(numbers - self._flights.keys())):
            for one in flights:
                self._flights[one.number] = _Owned(one.id, one.campaign, one.advertiser, one.currency)
                if isinstance(one, Flight):
                    self._tell(one)

    def key(self, hour: int, number: int, dimension: Dimension | None = None, value: str = "") -> Key:
        """Returns the key of a row of a learnt flight. What never had a name is called by its number, `#7`."""
        flight, time = self._flights[number], self._time_of(hour) or ""
        names = [time if name in TIMES else self._name(name, flight, value, dimension) for name in self._by]
        return (*names, flight.currency)

    def _name(self, name: str, flight: _Owned, value: str, dimension: Dimension | None) -> str:
        if name not in PARTS:
            return str(getattr(flight, name))
        own = _own_value(PARTS[name], value, CROSSED[dimension]) if dimension in CROSSED else value
        known = self._parts.get(name)
        return known.get(int(own), unknown_id(int(own))) if known is not None and own not in ("", OTHER) else own


def _own_value(part: Dimension, value: str, crossed: tuple[Dimension, ...]) -> str:
    """One part's value of several; what is summed as OTHER is so for each, and a sum of an earlier version has less."""
    values, place = value.split(CROSSED_SEP), crossed.index(part)
    if value == OTHER:
        return OTHER
    return values[place] if place < len(values) else ""


def _rows_of(
    cells: Mapping[Cell, Sums], hour: int, names: _Names, part: Dimension | None
) -> Iterable[tuple[Key, Delivered]]:
    """Yields what cells add to rows; of a flight's sums what none of its parts has, under the empty name."""
    whole = {cell.flight: sums for cell, sums in cells.items() if cell.dimension is Dimension.FLIGHT}
    if part is None:
        yield from ((names.key(hour, flight), Delivered(sums)) for flight, sums in whole.items())
        for cell, sums in cells.items():
            if cell.dimension is Dimension.REASON:
                yield names.key(hour, cell.flight), Delivered(invalid={cell.value: sum(sums.gross)})
        return
    has_room = True
    for cell, sums in cells.items():
        if cell.dimension is part:
            has_room = has_room and cell.value != OTHER
            whole[cell.flight] = _less(whole.get(cell.flight, Sums()), sums)
            yield names.key(hour, cell.flight, part, cell.value), Delivered(sums, _invalid(sums))
    for flight, rest in whole.items():
        if any((*rest.gross, rest.spend_micros)):
            yield names.key(hour, flight, part), Delivered(rest, _invalid(rest))
    if has_room:
        yield from _reasons_of(cells, hour, names)


def _reasons_of(cells: Mapping[Cell, Sums], hour: int, names: _Names) -> Iterable[tuple[Key, Delivered]]:
    """Yields of invalid events, which rows have under ANY_REASON, the reasons in the place of that."""
    for cell, sums in cells.items():
        if cell.dimension is Dimension.INVALID and cell.value != OTHER:
            reason = _own_value(Dimension.REASON, cell.value, CROSSED[Dimension.INVALID])
            count = sum(sums.gross)
            named = names.key(hour, cell.flight, Dimension.INVALID, cell.value)
            yield named, Delivered(invalid={reason: count, ANY_REASON: -count})


def _less(sums: Sums, other: Sums) -> Sums:
    pairs = ((sums.gross, other.gross), (sums.net, other.net), (sums.unbilled, other.unbilled))
    gross, net, unbilled = ([a - b for a, b in zip(mine, others, strict=True)] for mine, others in pairs)
    return Sums(gross, net, unbilled, sums.spend_micros - other.spend_micros)


def _invalid(sums: Sums) -> dict[str, int]:
    count = sum(sums.gross) - sum(sums.net)
    return {ANY_REASON: count} if count else {}


def _order(key: Key, by: tuple[str, ...]) -> tuple[Any, ...]:
    """Rows stand by their dimensions; hours as they came, also where a clock is put back and one is named twice."""
    return (*(datetime.fromisoformat(own) if name == "hour" else own for name, own in zip(by, key, strict=False)), key)


def _column(name: str) -> str:
    return name if name in _CALLED_BY_NAME else f"{name}_id"
