"""`standfirst widgets`: what readers do with teasers, for editors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from service.cli.terminal.report_options import AskedReport, report_options, write_report
from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.site_option import site_option
from service.usecases.engagement.report_widgets import DIMENSIONS, widgets_asked

if TYPE_CHECKING:
    from service.services import Services


@click.group()
def widgets() -> None:
    """Report what readers do with teasers."""


@widgets.command()
@site_option("The site whose widgets they are.")
@report_options(
    first="First day, in UTC, as 2026-11-01.  [default: the last]", by="widget,position", dimensions=DIMENSIONS
)
@pass_services
def report(services: Services, output: Output, site_id: str, asked: AskedReport) -> None:
    """Show impressions, views, clicks and CTR of teasers by what --by names, those seen most first.

    \b
    standfirst widgets report --site courier --from 2026-11-01 --by day,widget
    """
    from service.cli.terminal.table import table_text

    site = services.site_records.get(site_id)
    today = datetime.fromtimestamp(services.clock(), UTC).date()
    wanted = widgets_asked(asked.first, asked.last, asked.by, today)
    if "article" in wanted.by:
        services.snapshots.look_around()  # for the titles
    found = services.widget_reports.report(site.id, wanted)
    if asked.form:
        write_report(services, found.columns, found.rows, asked)
        return
    lines = [tuple("" if row[name] is None else str(row[name]) for name in found.columns) for row in found.rows]
    more = [f"... and {found.left_off:,} more"] if found.left_off else []
    text = "\n".join([table_text(found.columns, lines), *more]) if lines else "Nothing was counted then."
    output.result({"rows": found.rows, "left_off": found.left_off}, text)
