"""`standfirst ads report`: what was delivered, as a table for people or one for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
import orjson

from service.cli.ads.entities import SITE
from service.cli.terminal.report_options import AskedReport, report_options, write_report
from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.table import table_text
from service.domain.events.sums.period import DIMENSIONS, period
from service.domain.report_table import Rows
from service.domain.sites.site import Site
from service.usecases.ads.reports.report_delivery import COLUMNS, DeliveryReport

if TYPE_CHECKING:
    from service.services import Services

SHOWN = ("net_impressions", "views", "clicks", "unbilled_impressions", "spend", "credited", "due", "currency")
SELDOM = {"unbilled_impressions": "unbilled_impressions", "credited": "credited", "due": "credited"}
"""Columns that are shown where there is any of what stands beside them: without them a table fits a terminal."""


@click.command()
@SITE
@report_options(first="First day of a period, as 2026-11-01.", by="flight", dimensions=DIMENSIONS)
@pass_services
def report(services: Services, output: Output, site_id: str, asked: AskedReport) -> None:
    """Show what was delivered: by each flight since its first load, or in a period by what --by names.

    \b
    standfirst ads report --site courier
    standfirst ads report --site courier --from 2026-11-01 --by day,flight
    """
    site = services.site_records.get(site_id)
    if asked.first or asked.last or asked.by != "flight":
        _show_period(services, output, site, asked)
    else:
        _show_delivery(services, output, site, asked)


def _show_delivery(services: Services, output: Output, site: Site, asked: AskedReport) -> None:
    """Shows or writes what each flight has delivered since its first load, and what stands against shared caps."""
    by_flight = partial(services.ads.reports.by_flight, site.id, site.currency)
    if asked.form:
        by_flight(lambda rows: write_report(services, COLUMNS, rows, asked))
    elif output.json:
        found = by_flight(services.write_rows)
        output.result({"rows": orjson.Fragment(found.rows), "totals": found.totals, "budgets": found.budgets}, "")
    else:
        output.result(None, _delivery_text(by_flight(_shown)))


def _shown(rows: Rows) -> list[dict[str, Any]]:
    """Rows with no more than a table may show."""
    return [{name: row[name] for name in ("flight_id", "status", *SHOWN, "pacing")} for row in rows]


def _delivery_text(found: DeliveryReport[list[dict[str, Any]]]) -> str:
    if not found.rows:
        return "There is no flight yet."
    shown = _columns(found.rows)
    lines = [(row["flight_id"], row["status"], *_cells(row, shown), _pacing(row)) for row in found.rows]
    heads = ("flight_id", "status", *shown, "pacing")
    table = table_text(heads, [*lines, ("all", "", *_cells(found.totals, shown), "")])
    return "\n".join([table, *map(_budget_line, found.budgets)])


def _show_period(services: Services, output: Output, site: Site, asked: AskedReport) -> None:
    """Shows or writes what was delivered in a period."""
    today = datetime.fromtimestamp(services.clock(), ZoneInfo(site.timezone)).date()
    wanted = period(asked.first, asked.last, asked.by, site.timezone, today)
    found = services.ads.periods.report(site.id, site.currency, wanted)
    if asked.form:
        write_report(services, found.columns, found.rows, asked)
        return
    answer = {"rows": found.rows, "totals": found.totals, "timezone": found.timezone}
    named = found.columns[: len(wanted.by)]
    shown = _columns(found.rows)
    lines = [(*(str(row[name]) for name in named), *_cells(row, shown)) for row in found.rows]
    total = ("all", *("",) * (len(named) - 1), *_cells(found.totals, shown))
    output.result(answer, table_text((*named, *shown), [*lines, total]) if lines else "Nothing was delivered then.")


def _columns(rows: Rows) -> tuple[str, ...]:
    """What of SHOWN has anything to say of these rows; an amount in several currencies is None, and is something."""
    said = {name for name in SELDOM.values() if any(row[name] is None or float(row[name]) for row in rows)}
    return tuple(name for name in SHOWN if name not in SELDOM or SELDOM[name] in said)


def _cells(row: Mapping[str, Any], shown: Sequence[str]) -> tuple[str, ...]:
    money = {name: row[name] or _apart(row[f"{name}_by_currency"]) for name in ("spend", "credited", "due")}
    told = {**row, **money}
    return tuple("" if told.get(name) is None else str(told[name]) for name in shown)


def _pacing(row: Mapping[str, Any]) -> str:
    return "" if row["pacing"] is None else f"{row['pacing']:.2f}"


def _apart(by_currency: Mapping[str, str]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in by_currency.items())


def _budget_line(budget: dict[str, Any]) -> str:
    lifetime = f"{budget['booked']} of {budget['lifetime_cap'] or 'no limit'}"
    daily = (
        f"{budget['booked_on_day']} of {budget['daily_cap'] or 'no limit'} on {budget['latest_day'] or 'no day yet'}"
    )
    return f"{budget['kind']} {budget['id']}: {budget['cap_unit']} {lifetime}; {daily}"
