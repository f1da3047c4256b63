"""Reports what was delivered in a period, from the sums that the worker added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.entity_ids import unknown_id
from service.domain.ads.inventory import Inventory
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.errors import InvalidInput, NotFound
from service.domain.events.sums.credit import CreditStore
from service.domain.events.sums.period import PARTS, TIMES, Period
from service.domain.events.sums.rollup import CROSSED, CROSSED_SEP, HOURS_A_DAY, OTHER, Cell, Dimension, Rollups, Sums
from service.usecases.ads.reports.figures import FIGURES, Delivered, total_figures
from service.usecases.ads.reports.report_pace import ReportPace
from service.usecases.ads.reports.sold_flights import GoneFlight, SoldFlight, sold_flights

ANY_REASON = "any"
"""The reason under which invalid events are told whose reasons a breakdown does not have."""

MOST_ROWS = 50_000
"""Rows of one report: some 60 MB while it is made."""

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
        inventory = self._store.load(site_id)
        if advertiser is not None and advertiser not in inventory.ids("advertisers").values():
            raise NotFound("advertiser", advertiser)
        sold = sold_flights(site_id, currency, inventory, self._ledger)
        names = _Names(inventory, sold, currency, period, advertiser)
        rows = self._rows(site_id, names, period)
        self._add_credits(site_id, rows, names, period)
        columns = (*map(_column, period.by), *FIGURES)
        pace = self._pace.of_period(site_id, period, inventory)
        written = []
        for key, row in sorted(rows.items(), key=lambda one: _order(one[0], period.by)):
            told = {"fill_rate": None if advertiser else pace.fill_rate(key), "pacing": pace.pacing(key, row.sums)}
            figures = {**row.figures(key[-1]), **told}
            written.append(dict(zip(columns, (*key[:-1], *(figures[name] for name in FIGURES)), strict=True)))
        totals = total_figures(((key[-1], row) for key, row in rows.items()), currency)
        if not advertiser:
            totals["fill_rate"] = pace.filled_of_all()
        return PeriodReport(columns, tuple(written), totals, str(period.zone))

    def _rows(self, site_id: str, names: _Names, period: Period) -> dict[Key, Delivered]:
        rows: dict[Key, Delivered] = {}
        for hour, cells in self._cells(site_id, period):
            own = {cell: sums for cell, sums in cells.items() if names.tells_of(cell.flight)}
            for key, row in _rows_of(own, hour, names, period):
                rows.setdefault(key, Delivered()).add(row)
            if len(rows) > MOST_ROWS:
                raise InvalidInput.one(
                    "?by", f"makes over {MOST_ROWS:,} rows; ask for fewer days or a coarser breakdown"
                )
        return rows

    def _cells(self, site_id: str, period: Period) -> Iterable[tuple[int, Mapping[Cell, Sums]]]:
        """Yields the sums of each hour, or where they are by a part of a flight of each day, under its first hour.

        A day is read at a time, so that no more of a long period is held.
        """
        if period.part is None or period.is_hourly:
            read = self._rollups.flight_hours if period.part is None else self._rollups.hours
            hours = period.hours()
            for place in range(0, len(hours), HOURS_A_DAY):
                of_day = hours[place : place + HOURS_A_DAY]
                yield from zip(of_day, read(site_id, of_day), strict=True)
            return
        for day in period.days():
            [cells] = self._rollups.days(site_id, [day])
            if period.part in CROSSED:
                whole = {cell: sums for cell, sums in cells.items() if cell.dimension is Dimension.FLIGHT}
                [crossed] = self._rollups.crossed(site_id, [day], period.part)
                cells = {**whole, **crossed}
            [invalid] = self._rollups.crossed(site_id, [day], Dimension.INVALID)
            yield day * HOURS_A_DAY, {**cells, **invalid}

    def _add_credits(self, site_id: str, rows: dict[Key, Delivered], names: _Names, period: Period) -> None:
        """Adds what was withdrawn of whole flights; by a part of a flight to what has none, under the empty name."""
        hours = period.hours()
        for credit in self._credits.all(site_id):
            for hour, withdrawn in credit.hours.items():
                if hour in hours and names.tells_of(credit.flight):
                    key = names.key(hour, credit.flight, period.part)
                    rows.setdefault(key, Delivered()).add(Delivered(credited=withdrawn))


class _Names:
    """What a row is called: its dimensions by ids, and its currency last; and of which flights there are rows."""

    def __init__(
        self,
        inventory: Inventory,
        sold: Mapping[int, SoldFlight],
        currency: str,
        period: Period,
        advertiser: str | None,
    ) -> None:
        self._currency = currency
        self._by = period.by
        self._time_of = period.time_of
        self._flights = sold
        self._advertiser = advertiser
        self._parts = {
            "creative": {str(number): name for number, name in inventory.ids("creatives").items()},
            "placement": {str(number): name for number, name in inventory.ids("placements").items()},
        }

    def tells_of(self, flight_number: int) -> bool:
        """Returns whether the report has rows of the flight."""
        return self._advertiser is None or self._flight(flight_number).advertiser == self._advertiser

    def key(self, hour: int, flight_number: int, dimension: Dimension | None = None, value: str = "") -> Key:
        """Returns the key of a row. What the site never gave a name is called by its number, `#7`."""
        flight = self._flight(flight_number)
        time = self._time_of(hour) or ""
        names = [time if name in TIMES else self._name(name, flight, value, dimension) for name in self._by]
        return (*names, flight.currency)

    def _flight(self, number: int) -> SoldFlight:
        return self._flights.get(number) or GoneFlight(unknown_id(number), "", "", self._currency, number)

    def _name(self, name: str, flight: SoldFlight, value: str, dimension: Dimension | None) -> str:
        if name in PARTS:
            own = _own_value(PARTS[name], value, CROSSED[dimension]) if dimension in CROSSED else value
            known = self._parts.get(name)
            return known.get(own, f"#{own}") if known is not None and own not in ("", OTHER) else own
        return flight.id if name == "flight" else str(getattr(flight, name))


def _own_value(part: Dimension, value: str, crossed: tuple[Dimension, ...]) -> str:
    """One part's value of several; what is summed as OTHER is so for each, and a sum of an earlier version has less."""
    values, place = value.split(CROSSED_SEP), crossed.index(part)
    if value == OTHER:
        return OTHER
    return values[place] if place < len(values) else ""


def _rows_of(cells: Mapping[Cell, Sums], hour: int, names: _Names, period: Period) -> Iterable[tuple[Key, Delivered]]:
    """Yields what cells add to rows; of a flight's sums what none of its parts has, under the empty name."""
    part = period.part
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
