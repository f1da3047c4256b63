"""`standfirst ads`: plan, load and export inventory, upload images, report and check what was delivered."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import click
from click.formatting import wrap_text

from service.cli.ads.accounts import credit, statement
from service.cli.ads.entities import SITE, kill, pause, placement, placements, resume
from service.cli.ads.explain import explain
from service.cli.ads.forecast import avails, traffic
from service.cli.ads.reconcile import reconcile
from service.cli.ads.unreadable import unreadable
from service.cli.terminal.progress import Progress
from service.cli.terminal.report_options import OUTPUT, report_options
from service.cli.terminal.session import ExitCode, Invocation, Output, pass_invocation, pass_services
from service.cli.terminal.written_file import write_file
from service.domain.errors import TooLarge
from service.domain.events.sums.period import DIMENSIONS
from service.domain.sheet.columns import ALWAYS, BY_NAME, Column
from service.domain.sheet.export import TEMPLATE_ROWS, SheetFormat

if TYPE_CHECKING:
    from service.domain.sheet.reading.cells import CellFault, SheetRow
    from service.services import Services
    from service.usecases.ads.loading.load_inventory import SheetPlan

SHOWN = 20
_NAME_WIDTH = max(map(len, BY_NAME))
FORMATS = ("csv", "xlsx", "json", "ndjson")
SHEET = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
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


@click.group()
def ads() -> None:
    """Load advertising inventory and report its delivery.

    A sheet is CSV, XLSX (up to 20,000 rows), JSON or NDJSON, also gzip: one row is one creative of one flight.
    `standfirst ads template` writes one to begin with; its --help tells what each column is for.
    """


for command in (
    avails, credit, explain, kill, pause, placement, placements, reconcile, resume, statement, traffic, unreadable,
):  # fmt: skip
    ads.add_command(command)


@ads.command()
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


@ads.command()
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


@ads.command(epilog=_columns_help())
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
    _write(write_sheet(TEMPLATE_ROWS, cast("SheetFormat", form)), form, output_file)


@ads.command()
@SITE
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: as FILE ends, else csv]")
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
    _write(services.write_sheet(rows, chosen), chosen, output_file)
    output.note(f"Exported {next(written):,} rows.")


@ads.command()
@SHEET
@SITE
@pass_services
def upload(services: Services, output: Output, file: Path, site_id: str) -> None:
    """Keep the picture FILE (PNG, JPEG, GIF or WebP) and print what to write into a sheet's image_url.

    \b
    standfirst ads upload banner.png --site courier
    """
    from service.domain.ads.image import image_path

    site = services.site_records.get(site_id)
    if file.stat().st_size > services.config.max_image_bytes:
        raise TooLarge(f"{file} is over {services.config.max_image_bytes:,} bytes.")
    image, _ = services.ads.images.upload(site.id, file.read_bytes())
    url = services.config.public_url.rstrip("/") + image_path(site.id, image)
    output.note(f"{image.type}, {image.width} x {image.height} pixels, {image.size_bytes:,} bytes")
    answer = {"id": image.id, "url": url, "width": image.width, "height": image.height, "type": image.type}
    output.result(answer, url)


@ads.command()
@SITE
@report_options(first="First day of a period, as 2026-11-01.", by="flight", dimensions=DIMENSIONS)
@pass_services
def report(
    services: Services,
    output: Output,
    site_id: str,
    first: datetime | None,
    last: datetime | None,
    by: str,
    form: str | None,
    output_file: Path | None,
) -> None:
    """Show what was delivered: by each flight since its first load, or in a period by what --by names.

    \b
    standfirst ads report --site courier
    standfirst ads report --site courier --from 2026-11-01 --by day,flight
    """
    from service.cli.ads.report import show_delivery, show_period

    site = services.site_records.get(site_id)
    if first or last or by != "flight":
        show_period(services, output, site, (first, last, by), form, output_file)
    else:
        show_delivery(services, output, site, form, output_file)


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
    if file.stat().st_size > limit:
        raise TooLarge(f"{file} is over {limit:,} bytes.")
    own_urls = [services.config.public_url] if services.config.public_url else []
    with file.open("rb") as raw, Progress(output, file.stat().st_size) as progress:
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
    lines = [f"{'':<12}" + "".join(f"{kind + 's':>13}" for kind in kinds)]
    for outcome, rows in plan.summary.items():
        counts = "".join(f"{sum(row['kind'] == kind for row in rows):>13,}" for kind in kinds)
        lines.append(f"{outcome:<12}{counts}")
    new = [row["id"] for row in plan.summary["create"] if row["kind"] == "flight"]
    lines += [f"new flights: {_some(new)}"] if new else []
    lines += [f"{row['kind']} {row['id']}: {', '.join(_change(row))}" for row in plan.summary["update"][:SHOWN]]
    return [*lines, *_retire_lines(plan)]


def _change(row: Mapping[str, Any]) -> Iterator[str]:
    """What an update changes: from what to what, where a cell can say it."""
    for name in row["changed"]:
        told = name in row["before"]
        yield f"{name} {row['before'][name] or 'empty'} -> {row['after'][name] or 'empty'}" if told else name


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")


def _retire_lines(plan: SheetPlan) -> list[str]:
    if plan.retire_missing is None:
        return []
    named = _some([row["id"] for row in plan.summary["retire"]])
    return [f"retire: flights of {plan.retire_missing} that the sheet does not name: {named or 'none'}"]


def _write(content: bytes, form: str, output_file: Path | None) -> None:
    if output_file is not None:
        write_file(output_file, content)
        return
    if form == "xlsx" and sys.stdout.isatty():
        raise click.UsageError("A workbook is no text for a terminal: name a file with --output.")
    sys.stdout.buffer.write(content)
