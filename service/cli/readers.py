"""`standfirst readers`: forget what is kept of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.site_option import site_option

if TYPE_CHECKING:
    from service.services import Services


@click.group()
def readers() -> None:
    """Forget readers, of whom something is kept with their consent."""


@readers.command()
@click.argument("reader_id", metavar="ID")
@site_option("The site that the reader reads.")
@pass_services
def erase(services: Services, output: Output, site_id: str, reader_id: str) -> None:
    """Forget the reader whom page calls name ID: what they read, and what frequency caps counted.

    \b
    standfirst readers erase r-4711 --site courier
    """
    records = services.remember.erase(services.site_records.get(site_id), reader_id)
    output.result({"records": records}, f"Forgot the reader: {records} records.")
