"""`standfirst ads`: plan, load and export inventory, upload images, report and check what was delivered."""

from __future__ import annotations

import click

from service.cli.ads.accounts import credit, statement, uncredit
from service.cli.ads.entities import kill, pause, placement, placements, resume, upload
from service.cli.ads.explain import explain
from service.cli.ads.forecast import avails, traffic
from service.cli.ads.reconcile import reconcile
from service.cli.ads.report import report
from service.cli.ads.sheets import export, load, plan, template
from service.cli.ads.unreadable import unreadable


@click.group()
def ads() -> None:
    """Load advertising inventory and report its delivery.

    A sheet is CSV, XLSX (up to 20,000 rows), JSON or NDJSON, also gzip: one row is one creative of one flight.
    `standfirst ads template` writes one to begin with; its --help tells what each column is for.
    """


for command in (
    avails, credit, explain, export, kill, load, pause, placement, placements,
    plan, reconcile, report, resume, statement, template, traffic, uncredit, unreadable, upload,
):  # fmt: skip
    ads.add_command(command)
