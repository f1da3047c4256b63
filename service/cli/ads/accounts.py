"""What an advertiser owes for a month and what is withdrawn of it: `standfirst ads statement` and its credits."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from service.cli.ads.entities import SITE
from service.cli.terminal.report_options import table_options
from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.table import table_text
from service.cli.terminal.written_file import write_out

if TYPE_CHECKING:
    from service.domain.report_table import TableFormat
    from service.services import Services
    from service.usecases.ads.reports.state_account import Statement

SHOWN = (
    "campaign_id", "flight_id", "net_impressions", "views", "clicks", "spend", "credited", "due", "currency",
)  # fmt: skip
_ALL = {"campaign_id": "all"}
_NOT_FINAL = "Not final: events of the month may come until {}, and the worker has to add up all that came by then."
HOUR = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H"])


@click.command()
@SITE
@click.option("--advertiser", required=True, metavar="ADVERTISER", help="Whose statement.")
@click.option("--month", required=True, metavar="MONTH", help="Such as 2026-11, in the site's time zone.")
@table_options
@pass_services
def statement(
    services: Services,
    output: Output,
    site_id: str,
    advertiser: str,
    month: str,
    form: str | None,
    output_file: Path | None,
) -> None:
    """Show what an advertiser's flights delivered in a month, what was withdrawn of it and why, and what is due.

    \b
    standfirst ads statement --site courier --advertiser acme --month 2026-11
    """
    from service.usecases.ads.reports.state_account import TABLE_COLUMNS

    site = services.site_records.get(site_id)
    found = services.ads.statements.of_month(site, advertiser, month)
    if form:
        kind = cast("TableFormat", form)
        table = services.write_table(TABLE_COLUMNS, found.table(), kind, {"credits": found.credits})
        write_out(table, form, output_file)
    else:
        output.result(asdict(found), _statement_text(found))


@click.command()
@SITE
@click.argument("flight", metavar="FLIGHT")
@click.option("--from", "begins", type=HOUR, required=True, metavar="HOUR", help="First hour, in UTC: 2026-11-20T14.")
@click.option("--to", "ends", type=HOUR, required=True, metavar="HOUR", help="The hour up to which, itself not.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for the advertiser.")
@pass_services
def credit(
    services: Services, output: Output, site_id: str, flight: str, begins: datetime, ends: datetime, reason: str
) -> None:
    """Withdraw the net events of FLIGHT in hours that are over: reports show it, and no budget reopens.

    \b
    standfirst ads credit f1 --site courier --reason "Wrong page" \\
        --from 2026-11-20T14 --to 2026-11-20T16
    """
    from service.usecases.ads.reports.give_credit import credit_told

    site = services.site_records.get(site_id)
    first, last = (at.replace(tzinfo=UTC).timestamp() for at in (begins, ends))
    told = credit_told(services.ads.credits.give(site, flight, first, last, reason))
    output.result(told, _credit_line(told))


@click.command("uncredit")
@SITE
@click.argument("credit_id", metavar="CREDIT")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for the advertiser.")
@pass_services
def uncredit(services: Services, output: Output, site_id: str, credit_id: str, reason: str) -> None:
    """Take CREDIT back by one of the same hours below zero: reports show both, and no budget closes.

    \b
    standfirst ads uncredit c-4711 --site courier --reason "The hours were right"
    """
    from service.usecases.ads.reports.give_credit import credit_told

    site = services.site_records.get(site_id)
    told = credit_told(services.ads.credits.reverse(site.id, credit_id, reason))
    output.result(told, _credit_line(told))


def _statement_text(found: Statement) -> str:
    lines = [tuple(str(row.get(name, "")) for name in SHOWN) for row in (*found.rows, _ALL | found.totals)]
    head = f"{found.advertiser_id}, {found.month} ({found.timezone})"
    state = "Final." if found.is_final else _NOT_FINAL.format(found.final_from)
    return "\n".join([head, table_text(SHOWN, lines), *map(_credit_line, found.credits), state])


def _credit_line(told: dict[str, Any]) -> str:
    counts = f"{told['impressions']:,} impressions, {told['views']:,} views, {told['clicks']:,} clicks"
    span = f"from {told['from']} to {told['to']}"
    amount = f"{told['amount']} {told['currency'] or ''}"
    name = f"credit {told['id']}" + (f", which reverses {told['reverses']}," if told["reverses"] else "")
    return f"{name} of {told['flight_id']} {span}: {counts}, {amount}. {told['reason']}"
