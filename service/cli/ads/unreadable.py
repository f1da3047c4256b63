"""`standfirst ads unreadable`: events that could not be read are listed, put back or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli.ads.entities import SITE
from service.cli.terminal.session import Output, pass_services
from service.cli.terminal.table import table_text

if TYPE_CHECKING:
    from service.services import Services


@click.command()
@SITE
@click.option("--put-back", is_flag=True, help="Have those that can be read now added up, in their own hours.")
@click.option("--drop", is_flag=True, help="Forget them all; the ledger keeps what was booked.")
@pass_services
def unreadable(services: Services, output: Output, site_id: str, put_back: bool, drop: bool) -> None:
    """List events that the worker could not read, each with its reason: they are in the ledger, and in no sums.

    One of a newer version can be read once all workers have that version.

    \b
    standfirst ads unreadable --site courier --put-back
    """
    if put_back and drop:
        raise click.UsageError("--put-back and --drop exclude each other.")
    aside, site = services.unreadable_events, services.site_records.get(site_id)
    if put_back:
        count = aside.put_back(site.id)
        left = len(aside.all(site.id))
        output.result({"put_back": count, "left": left}, f"Put {count:,} back; {left:,} cannot be read.")
    elif drop:
        count = aside.drop(site.id)
        output.result({"dropped": count}, f"Dropped {count:,}.")
    else:
        found = aside.all(site.id)
        rows = [(one.id, f"{len(one.raw)} bytes", one.reason) for one in found]
        told = [{"id": one.id, "reason": one.reason, "bytes": one.raw.hex()} for one in found]
        output.result(told, table_text(("id", "size", "reason"), rows) if rows else "Nothing is set aside.")
