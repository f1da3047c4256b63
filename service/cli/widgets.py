"""`standfirst widgets`: what readers do with teasers, for editors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.terminal.report_options import report_options
from service.cli.terminal.session import Output, pass_services
from service.usecases.engagement.report_widgets import DIMENSIONS, widgets_asked

if TYPE_CHECKING:
    from service.services import Services


@click.group()
def widgets() -> None:
    """Report what readers do with teasers."""


@widgets.command()
@click.option("--site", "site_id", required=True, metavar="S", help="The site whose widgets they are.")
@report_options(
    first="First day, in UTC, as 2026-11-01.  [default: the last]", by="widget,position", dimensions=DIMENSIONS
)
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
    """Show impressions, views, clicks and CTR of teasers by what --by names, those seen most first.

    \b
    standfirst widgets report --site courier --from 2026-11-01 --by day,widget
    """
    from service.cli.ads.report import write_report
    from service.cli.terminal.table import table_text

    site = services.site_records.get(site_id)
    today = datetime.fromtimestamp(services.clock(), UTC).date()
    asked = widgets_asked(first and first.date(), last and last.date(), by, today)
    if "article" in asked.by:
        services.snapshots.look_around()  # for the titles
    found = services.widget_reports.report(site.id, asked)
    if form:
        write_report(services, found.columns, found.rows, form, output_file)
        return
    lines = [tuple("" if row[name] is None else str(row[name]) for name in found.columns) for row in found.rows]
    more = [f"... and {found.left_off:,} more"] if found.left_off else []
    text = "\n".join([table_text(found.columns, lines), *more]) if lines else "Nothing was counted then."
    output.result({"rows": found.rows, "left_off": found.left_off}, text)
