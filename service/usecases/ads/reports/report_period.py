"""Reports what was delivered in a period, from the sums that the worker added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.ads.inventory import (
    Flight,
    Inventory,
)
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.ads.money import amount_text
from service.domain.errors import InvalidInput
from service.domain.events.credit import NOTHING, CreditStore, Withdrawn
from service.domain.events.period import PARTS, TIMES, Period
from service.domain.events.rollup import CROSSED, CROSSED_SEP, HOURS_A_DAY, OTHER, Cell, Dimension, Rollups, Sums
from service.usecases.ads.reports.report_pace import ReportPace

FIGURES = (
    "gross_impressions", "net_impressions", "views", "clicks", "ctr", "spend", "currency", "ecpm", "fill_rate",
    "pacing", "unbilled_impressions", "unbilled_views", "unbilled_clicks", "invalid", "credited_impressions",
    "credited_views", "credited_clicks", "credited",
)  # fmt: skip
ANY_REASON = "any"
"""The reason under which a breakdown that is not kept by reasons tells of invalid events."""

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


@dataclass(slots=True)
class _Row:
    """What one row sums up."""

    sums: Sums = field(default_factory=Sums)
    invalid: dict[str, int] = field(default_factory=dict)
    credited: Withdrawn = NOTHING

    def add(self, other: _Row) -> None:
        self.sums.add(other.sums)
        for reason, count in other.invalid.items():
            self.invalid[reason] = self.invalid.get(reason, 0) + count
        self.credited = self.credited.plus(other.credited)


class ReportPeriod:
    """Reads reports of periods; what the worker has not yet added up is not in them."""

    def __init__(self, store: InventoryStore, rollups: Rollups, given: CreditStore, pace: ReportPace) -> None:
        self._pace = pace
        self._store = store
        self._rollups = rollups
        self._credits = given

    def report(self, site_id: str, currency: str, period: Period) -> PeriodReport:
        """Returns the report, its rows by their dimensions. `currency` is that of flights no longer known.

        Raises InvalidInput where it has over MOST_ROWS, and StoreUnavailable.
        """
        inventory = self._store.load(site_id)
        names = _Names(inventory, currency, period)
        rows: dict[Key, _Row] = {}
        for hour, cells in self._cells(site_id, period):
            for key, row in _rows_of(cells, hour, names, period):
                rows.setdefault(key, _Row()).add(row)
            if len(rows) > MOST_ROWS:
                raise InvalidInput.one(
                    "?by", f"makes over {MOST_ROWS:,} rows; ask for fewer days or a coarser breakdown"
                )
        if period.part is None:
            self._add_credits(site_id, rows, names, period)
        columns = (*map(_column, period.by), *FIGURES)
        pace = self._pace.of_period(site_id, period, inventory)
        written = tuple(
            {**_written(columns, key, row), "fill_rate": pace.fill_rate(key), "pacing": pace.pacing(key, row.sums)}
            for key, row in sorted(rows.items(), key=lambda one: one[0])
        )
        totals = {**_totals(rows, currency), "fill_rate": pace.filled_of_all()}
        return PeriodReport(columns, written, totals, str(period.zone))

    def _cells(self, site_id: str, period: Period) -> Iterable[tuple[int, Mapping[Cell, Sums]]]:
        """Yields the sums of each hour, or where they are by a part of a flight of each day, under its first hour.

        A day is read at a time, so that no more of a long period is held.
        """
        if period.part is None:
            hours = period.hours()
            for place in range(0, len(hours), HOURS_A_DAY):
                of_day = hours[place : place + HOURS_A_DAY]
                yield from zip(of_day, self._rollups.flight_hours(site_id, of_day), strict=True)
            return
        for day in period.days():
            [cells] = self._rollups.days(site_id, [day])
            if period.part in CROSSED:
                whole = {cell: sums for cell, sums in cells.items() if cell.dimension is Dimension.FLIGHT}
                [crossed] = self._rollups.crossed(site_id, [day], period.part)
                cells = {**whole, **crossed}
            yield day * HOURS_A_DAY, cells

    def _add_credits(self, site_id: str, rows: dict[Key, _Row], names: _Names, period: Period) -> None:
        hours = period.hours()
        for credit in self._credits.all(site_id):
            for hour, withdrawn in credit.hours.items():
                if hour in hours:
                    rows.setdefault(names.key(hour, credit.flight), _Row()).add(_Row(credited=withdrawn))


class _Names:
    """What a row is called: its dimensions by ids, and its currency last."""

    def __init__(self, inventory: Inventory, currency: str, period: Period) -> None:
        self._currency = currency
        self._by = period.by
        self._time_of = period.time_of
        self._flights = {flight.number: flight for flight in inventory.flights.values()}
        self._parts = {
            "creative": {str(one.number): one.id for one in inventory.creatives.values()},
            "placement": {str(one.number): one.id for one in inventory.placements.values()},
            "widget": {str(one.number): "|".join(one.near) for one in inventory.placements.values()},
        }

    def key(self, hour: int, flight_number: int, dimension: Dimension | None = None, value: str = "") -> Key:
        """Returns the key of a row. What is no longer in the inventory is called by its number, `#7`."""
        flight = self._flights.get(flight_number)
        time = self._time_of(hour) or ""
        names = [time if name in TIMES else self._name(name, flight, flight_number, value, dimension)
                 for name in self._by]  # fmt: skip
        return (*names, flight.currency if flight else self._currency)

    def _name(self, name: str, flight: Flight | None, number: int, value: str, dimension: Dimension | None) -> str:
        if name in PARTS:
            own = _own_value(name, value, CROSSED[dimension]) if dimension in CROSSED else value
            known = self._parts.get(name)
            return known.get(own, f"#{own}") if known is not None and own not in ("", OTHER) else own
        if flight is None:
            return f"#{number}"
        return flight.id if name == "flight" else str(getattr(flight, name))


def _own_value(name: str, value: str, crossed: tuple[Dimension, ...]) -> str:
    """One part's value of several; what is summed as OTHER, or has none, is so for each."""
    values = value.split(CROSSED_SEP)
    return values[crossed.index(PARTS[name])] if len(values) == len(crossed) else value


def _rows_of(cells: Mapping[Cell, Sums], hour: int, names: _Names, period: Period) -> Iterable[tuple[Key, _Row]]:
    """Yields what cells add to rows; of a flight's sums what none of its parts has, under the empty name."""
    part = period.part
    whole = {cell.flight: sums for cell, sums in cells.items() if cell.dimension is Dimension.FLIGHT}
    if part is None:
        yield from ((names.key(hour, flight), _Row(sums)) for flight, sums in whole.items())
        for cell, sums in cells.items():
            if cell.dimension is Dimension.REASON:
                yield names.key(hour, cell.flight), _Row(invalid={cell.value: sum(sums.gross)})
        return
    for cell, sums in cells.items():
        if cell.dimension is part:
            whole[cell.flight] = _less(whole.get(cell.flight, Sums()), sums)
            yield names.key(hour, cell.flight, part, cell.value), _Row(sums, _invalid(sums))
    for flight, rest in whole.items():
        if any((*rest.gross, rest.spend_micros)):
            yield names.key(hour, flight, part), _Row(rest, _invalid(rest))


def _less(sums: Sums, other: Sums) -> Sums:
    pairs = ((sums.gross, other.gross), (sums.net, other.net), (sums.unbilled, other.unbilled))
    gross, net, unbilled = ([a - b for a, b in zip(mine, others, strict=True)] for mine, others in pairs)
    return Sums(gross, net, unbilled, sums.spend_micros - other.spend_micros)


def _invalid(sums: Sums) -> dict[str, int]:
    count = sum(sums.gross) - sum(sums.net)
    return {ANY_REASON: count} if count else {}


def _column(name: str) -> str:
    return name if name in _CALLED_BY_NAME else f"{name}_id"


def _written(columns: tuple[str, ...], key: Key, row: _Row) -> dict[str, Any]:
    *named, currency = key
    values = {**dict(zip(columns, named, strict=False)), **_figures(row, currency)}
    return {column: values[column] for column in columns}


def _totals(rows: Mapping[Key, _Row], currency: str) -> dict[str, Any]:
    """The sums of all rows; money in more than one currency is not added up, but told by currency."""
    by_currency: dict[str, _Row] = {}
    for key, row in rows.items():
        by_currency.setdefault(key[-1], _Row()).add(row)
    total = _Row()
    for row in by_currency.values():
        total.add(row)
    if len(by_currency) <= 1:
        return _figures(total, next(iter(by_currency), currency))
    told = {name: _figures(row, name) for name, row in sorted(by_currency.items())}
    apart = {f"{what}_by_currency": {name: one[what] for name, one in told.items()} for what in ("spend", "credited")}
    return {**_figures(total, currency), **dict.fromkeys(("spend", "ecpm", "credited", "currency")), **apart}


def _figures(row: _Row, currency: str) -> dict[str, Any]:
    net, clicks, spend = row.sums.net[0], row.sums.net[2], row.sums.spend_micros
    unbilled, credited = row.sums.unbilled, row.credited
    return {
        "gross_impressions": row.sums.gross[0],
        "net_impressions": net,
        "views": row.sums.net[1],
        "clicks": clicks,
        "ctr": round(clicks / net, 6) if net else None,
        "spend": amount_text(spend, currency),
        "currency": currency,
        "ecpm": amount_text(spend * 1000 // net, currency) if net else None,
        "fill_rate": None,
        "pacing": None,
        "unbilled_impressions": unbilled[0],
        "unbilled_views": unbilled[1],
        "unbilled_clicks": unbilled[2],
        "invalid": dict(sorted(row.invalid.items())),
        "credited_impressions": credited.impressions,
        "credited_views": credited.views,
        "credited_clicks": credited.clicks,
        "credited": amount_text(credited.spend_micros, currency),
    }
