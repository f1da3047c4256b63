"""`standfirst ads`: load inventory, see what a sheet would change, report what was delivered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.session import ExitCode, Output, pass_services
from service.domain.errors import TooLarge

if TYPE_CHECKING:
    from service.bootstrap import Services
    from service.usecases.load_inventory import SheetPlan

SHOWN = 20
SITE = click.option("--site", "site_id", required=True, metavar="SITE", help="The site that sells it.")
SHEET = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
RETIRE = click.option(
    "--retire-missing", metavar="ADVERTISER", help="Retire this advertiser's flights that FILE does not name."
)


@click.group()
def ads() -> None:
    """Load advertising inventory and report its delivery.

    A sheet is CSV, JSON or NDJSON, also gzip: one row is one creative of one flight. Required columns: advertiser,
    campaign, flight, placements, creative, format. Defaults: status active (a known flight keeps its own), starts at
    once, no end, the site's time zone and currency, tier standard with a goal and price with a price, cap unit money,
    weight 1.
    """


@ads.command()
@SHEET
@SITE
@click.option(
    "--mode", type=click.Choice(("plan", "apply")), default="apply", show_default=True, help="Only look, or act."
)
@RETIRE
@pass_services
def load(services: Services, output: Output, file: Path, site_id: str, mode: str, retire_missing: str | None) -> None:
    """Load the sheet FILE: all of it, or nothing where a row is faulty."""
    plan = _plan(services, output, file, site_id, retire_missing)
    if plan.faults or mode == "plan":
        _tell(output, plan, "Nothing was changed." if plan.faults else "Nothing was changed: this is the plan.")
        return
    done = services.ads.load.apply_plan(services.sites.get(site_id), plan.plan_id)
    _tell(output, done, f"Applied as version {done.version} of the inventory.")


@ads.command()
@SHEET
@SITE
@RETIRE
@pass_services
def plan(services: Services, output: Output, file: Path, site_id: str, retire_missing: str | None) -> None:
    """Show what loading the sheet FILE would change, and every faulty cell."""
    _tell(output, _plan(services, output, file, site_id, retire_missing), "Nothing was changed: this is the plan.")


@ads.command()
@SITE
@pass_services
def report(services: Services, output: Output, site_id: str) -> None:
    """Show what each flight of the site has delivered since its first load."""
    site = services.site_records.get(site_id)
    found = services.ads.reports.by_flight(site.id, site.currency)
    rows = [_report_line(row["flight_id"], row) for row in found.rows]
    header = f"{'flight':<32}{'impressions':>12}{'views':>9}{'clicks':>8}{'unbilled':>10}{'spend':>14}"
    table = "\n".join([header, *rows, _report_line("all", found.totals)])
    output.result({"rows": found.rows, "totals": found.totals}, table if rows else "There is no flight yet.")


def _plan(services: Services, output: Output, file: Path, site_id: str, retire_missing: str | None) -> SheetPlan:
    from service.adapters.sources.sheets import read_rows, sheet_format

    site = services.site_records.get(site_id)
    limit = services.config.max_sheet_bytes
    if file.stat().st_size > limit:
        raise TooLarge(f"{file} is over {limit:,} bytes.")
    form = sheet_format(file.name)
    output.note(f"Reading {file} ...")
    rows, faults = read_rows(file.read_bytes(), form, limit)
    output.note(f"Read {len(rows):,} rows; comparing them with the inventory ...")
    return services.ads.load.plan(site, rows, faults, retire_missing)


def _tell(output: Output, plan: SheetPlan, last: str) -> None:
    kinds = ("advertiser", "campaign", "flight", "creative")
    lines = [f"{'':<12}" + "".join(f"{kind + 's':>13}" for kind in kinds)]
    for outcome, rows in plan.summary.items():
        counts = "".join(f"{sum(row['kind'] == kind for row in rows):>13,}" for kind in kinds)
        lines.append(f"{outcome:<12}{counts}")
    lines += [f"{row['kind']} {row['id']}: {', '.join(row['changed'])}" for row in plan.summary["update"][:SHOWN]]
    lines += [f"warning: {warning}" for warning in plan.warnings[:SHOWN]]
    lines += [f"line {fault.line}, {fault.column or 'row'}: {fault.message}" for fault in plan.faults[:SHOWN]]
    hidden = len(plan.faults) - SHOWN
    lines += [f"... and {hidden:,} more faults (--json shows all)"] if hidden > 0 else []
    output.result(plan.to_json(), "\n".join([*lines, last]))
    if plan.faults:
        raise click.exceptions.Exit(ExitCode.SOME_REFUSED)


def _report_line(name: str, row: dict[str, Any]) -> str:
    spend = f"{row['spend']} {row['currency']}"
    counts = f"{row['net_impressions']:>12,}{row['views']:>9,}{row['clicks']:>8,}{row['unbilled_impressions']:>10,}"
    return f"{name:<32}{counts}{spend:>14}"
