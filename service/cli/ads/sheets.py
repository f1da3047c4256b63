"""`standfirst ads` of sheets: plan and load one, write one to begin with, and export the inventory as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast, get_args

import click
from click.formatting import wrap_text

from service.cli.ads.entities import SITE
from service.cli.terminal.given_file import GIVEN_FILE, size_within
from service.cli.terminal.progress import Progress
from service.cli.terminal.report_options import OUTPUT
from service.cli.terminal.session import ExitCode, Invocation, Output, pass_invocation, pass_services
from service.cli.terminal.table import first_of, table_text
from service.cli.terminal.written_file import write_out
from service.domain.sheet.columns import ALWAYS, BY_NAME, Column
from service.domain.sheet.export import TEMPLATE_ROWS, SheetFormat

if TYPE_CHECKING:
    from service.domain.sheet.reading.cells import CellFault, SheetRow
    from service.services import Services
    from service.usecases.ads.loading.load_inventory import SheetPlan

SHOWN = 20
_NAME_WIDTH = max(map(len, BY_NAME))
SHEET = click.argument("file", type=GIVEN_FILE, metavar="FILE")
RETIRE = click.option(
    "--retire-missing", is_flag=True, help="Retire the flights of --advertiser that FILE does not name."
)
ADVERTISER = click.option("--advertiser", metavar="ADVERTISER", help="With --retire-missing: whose flights to retire.")


def _columns_help() -> str:
    """What each column is for, as `--help` shows it."""
    return "\b\nColumns:\n" + "\n".join(_column_line(column) for column in BY_NAME.values())


def _column_line(column: Column) -> str:
    when = column.required if column.required != ALWAYS else ""
    notes = [f"required {when}".strip()] if column.required else []
    notes += [f"empty: {column.default}"] if column.default else []
    told = column.holds + (f"  [{'; '.join(notes)}]" if notes else "")
    return wrap_text(told, 78, f"  {column.name:<{_NAME_WIDTH}} ", " " * (_NAME_WIDTH + 3))


@click.command()
@SHEET
@SITE
@click.option(
    "--mode", type=click.Choice(("plan", "apply")), default="apply", show_default=True, help="Only look, or act."
)
@RETIRE
@ADVERTISER
@pass_services
def load(
    services: Services,
    output: Output,
    file: Path,
    site_id: str,
    mode: str,
    retire_missing: bool,
    advertiser: str | None,
) -> None:
    """Load the sheet FILE: all of it, or nothing where a row is faulty.

    `standfirst ads template --help` tells what each column holds, and what an empty cell means.

    \b
    standfirst ads load ads.xlsx --site courier
    standfirst ads load ads.xlsx --site courier --retire-missing --advertiser acme
    """
    plan = _plan(services, output, file, site_id, _retired(retire_missing, advertiser))
    if plan.faults or mode == "plan":
        _tell(output, plan, "Nothing was changed." if plan.faults else "Nothing was changed: this is the plan.")
        return
    output.note("Applying the plan ...")
    done = services.ads.load.apply_planned(services.sites.get(site_id), plan)
    _tell(output, done, f"Applied as version {done.version} of the inventory.")


@click.command()
@SHEET
@SITE
@RETIRE
@ADVERTISER
@pass_services
def plan(
    services: Services, output: Output, file: Path, site_id: str, retire_missing: bool, advertiser: str | None
) -> None:
    """Show what loading the sheet FILE would change, and every faulty cell.

    `standfirst ads template --help` tells what each column holds, and what an empty cell means.

    \b
    standfirst ads plan ads.xlsx --site courier
    """
    planned = _plan(services, output, file, site_id, _retired(retire_missing, advertiser))
    _tell(output, planned, "Nothing was changed: this is the plan.")


@click.command(epilog=_columns_help())
@click.option("--format", "form", type=click.Choice(("csv", "xlsx")), help="[default: as FILE ends, else csv]")
@OUTPUT
@pass_invocation
def template(_: Invocation, form: str | None, output_file: Path | None) -> None:
    """Write a sheet to begin with: the columns, and an example row for each format of creative.

    \b
    standfirst ads template --output ads.xlsx
    """
    from service.adapters.sources.sheets.reading import write_sheet

    form = form or ("xlsx" if output_file and output_file.suffix.lower() == ".xlsx" else "csv")
    write_out(write_sheet(TEMPLATE_ROWS, cast("SheetFormat", form)), form, output_file)


@click.command()
@SITE
@click.option("--format", "form", type=click.Choice(get_args(SheetFormat)), help="[default: as FILE ends, else csv]")
@OUTPUT
@pass_services
def export(services: Services, output: Output, site_id: str, form: str | None, output_file: Path | None) -> None:
    """Write the site's inventory as a sheet, which loaded again is unchanged.

    \b
    standfirst ads export --site courier --output ads.xlsx
    """
    from service.adapters.sources.sheets.reading import sheet_format

    site = services.site_records.get(site_id)
    chosen = cast("SheetFormat", form) if form else sheet_format(output_file.name) if output_file else "csv"
    written = count()
    rows = (row for row, _ in zip(services.ads.export.rows(site.id), written, strict=False))
    write_out(services.write_sheet(rows, chosen), chosen, output_file)
    output.note(f"Exported {next(written):,} rows.")


def _retired(retire_missing: bool, advertiser: str | None) -> str | None:
    """The advertiser whose missing flights are retired; each of the two options is wrong without the other."""
    if retire_missing and not advertiser:
        raise click.UsageError("--retire-missing needs --advertiser: it retires the flights of one advertiser.")
    if advertiser and not retire_missing:
        raise click.UsageError("--advertiser goes with --retire-missing.")
    return advertiser


def _plan(services: Services, output: Output, file: Path, site_id: str, retired: str | None) -> SheetPlan:
    site = services.site_records.get(site_id)
    limit = services.config.max_sheet_bytes
    own_urls = [services.config.public_url] if services.config.public_url else []
    with file.open("rb") as raw, Progress(output, size_within(file, limit)) as progress:
        lines = _watched(services.sheet_lines(raw, file.name, limit), raw, progress)
        return services.ads.load.plan(site, lines, (), retired, own_urls)


def _watched(
    lines: Iterable[SheetRow | CellFault], raw: IO[bytes], progress: Progress
) -> Iterator[SheetRow | CellFault]:
    """The lines as they are, while progress shows how far the file is read."""
    for line in lines:
        progress.advance(raw.tell())
        yield line


def _tell(output: Output, plan: SheetPlan, last: str) -> None:
    lines = _fault_lines(plan) if plan.faults else _difference_lines(plan)
    lines += [f"warning: {warning}" for warning in plan.warnings[:SHOWN]]
    output.result(plan.to_json(), "\n".join([*lines, last]))
    if plan.faults:
        raise click.exceptions.Exit(ExitCode.SOME_REFUSED)


def _fault_lines(plan: SheetPlan) -> list[str]:
    faults = plan.faults
    lines = [f"line {fault.line}, {fault.column or 'row'}: {fault.message}" for fault in faults[:SHOWN]]
    hidden = len(faults) - SHOWN
    lines += [f"... and {hidden:,} more faults (--json shows all)"] if hidden > 0 else []
    return [*lines, f"Faults: {len(faults):,}; faulty lines: {len({fault.line for fault in faults}):,}."]


def _difference_lines(plan: SheetPlan) -> list[str]:
    kinds = ("advertiser", "campaign", "flight", "creative")
    counts = [
        (outcome, *(f"{sum(row['kind'] == kind for row in rows):,}" for kind in kinds))
        for outcome, rows in plan.summary.items()
    ]
    lines = [table_text(("", *(f"{kind}s" for kind in kinds)), counts)]
    new = [row["id"] for row in plan.summary["create"] if row["kind"] == "flight"]
    lines += [f"new flights: {first_of(new, SHOWN)}"] if new else []
    lines += [f"{row['kind']} {row['id']}: {', '.join(_change(row))}" for row in plan.summary["update"][:SHOWN]]
    return [*lines, *_retire_lines(plan)]


def _change(row: Mapping[str, Any]) -> Iterator[str]:
    """What an update changes: from what to what, where a cell can say it."""
    for name in row["changed"]:
        told = name in row["before"]
        yield f"{name} {row['before'][name] or 'empty'} -> {row['after'][name] or 'empty'}" if told else name


def _retire_lines(plan: SheetPlan) -> list[str]:
    if plan.retire_missing is None:
        return []
    named = first_of([row["id"] for row in plan.summary["retire"]], SHOWN)
    return [f"retire: flights of {plan.retire_missing} that the sheet does not name: {named or 'none'}"]
