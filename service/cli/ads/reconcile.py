"""`standfirst ads reconcile`: are the ledger's counters what its events say?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from service.cli.terminal.session import ExitCode, Output, pass_services
from service.cli.terminal.site_option import site_option

if TYPE_CHECKING:
    from service.domain.events.sums.reconciliation import Difference
    from service.services import Services


@click.command()
@site_option("The site whose ledger is looked at.")
@click.option("--accept", is_flag=True, help="Take the counters as they are for right, and compare from here on.")
@pass_services
def reconcile(services: Services, output: Output, site_id: str, accept: bool) -> None:
    """Recompute every counter of flights, campaigns and advertisers from their events; exit 1 where one differs.

    What was booked before this version, or by a store that then lost part of its events, has no event: look at the
    differences once, then --accept them.

    \b
    standfirst ads reconcile --site courier
    """
    site = services.site_records.get(site_id)
    found = services.reconcile.look(site.id)
    lines = [_line(one, found.names) for one in found.differences]
    lines = lines or [f"{found.budgets:,} budgets agree with their events."]
    if accept:
        services.reconcile.accept(site.id)
        lines.append("Accepted: compared from here on.")
    told = [{"id": found.names.get(one.budget, one.budget), **asdict(one)} for one in found.differences]
    output.result({"budgets": found.budgets, "differences": told, "accepted": accept}, "\n".join(lines))
    if found.differences and not accept:
        raise click.exceptions.Exit(ExitCode.FAILED)


def _line(one: Difference, names: dict[str, str]) -> str:
    name = names.get(one.budget, one.budget)
    return f"{name}: {one.measure} {one.in_ledger:,} in the ledger, {one.from_events:,} by its events"
