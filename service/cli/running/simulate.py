"""`standfirst simulate`: days of traffic in seconds, to see how flights are paced."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.terminal.session import ExitCode, Invocation, pass_invocation
from service.cli.terminal.table import table_text
from service.cli.terminal.written_file import write_file
from service.simulation.scenario import SCENARIOS

if TYPE_CHECKING:
    from service.simulation.outcome import FlightOutcome
    from service.simulation.scenario import Scenario


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(SCENARIOS)), metavar="[SCENARIO]...")
@click.option(
    "--plot", "plot_file", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE.svg",
    help="Draw due and delivered of each flight.",
)  # fmt: skip
@pass_invocation
def simulate(invocation: Invocation, names: Sequence[str], plot_file: Path | None) -> None:
    """Run days of traffic on a clock of their own, on the real ledger in a store that is thrown away.

    SCENARIO is one or more of short, steady, spikes, dead-nights, learnt-nights, nights-at-change, clock-change,
    late-start, paused, outage, lost-beacons, late-beacons, broad-and-narrow, competing, tiny, too-little-supply;
    without one, the short one. Exits 1 if a flight misses the bar of pacing.

    \b
    standfirst simulate steady spikes --plot pacing.svg
    """
    from service.simulation.picture import picture

    runs = []
    for name in names or ("short",):
        scenario = SCENARIOS[name]
        invocation.output.note(f"{name}: {scenario.days} days of {scenario.views_a_day:,} page views ...")
        runs.append((scenario, _run(invocation, scenario)))
    if plot_file is not None:
        shown = [(scenario.name, outcome) for scenario, outcomes in runs for outcome in outcomes]
        write_file(plot_file, picture(shown).encode())
    rows = [_row(scenario, outcome) for scenario, outcomes in runs for outcome in outcomes]
    invocation.output.result(rows, table_text(_HEAD, list(map(_cells, rows))))
    if any(row["faults"] for row in rows):
        click.get_current_context().exit(ExitCode.FAILED)


_HEAD = ("scenario", "flight", "goal", "eligible", "delivered", "of goal", "from line", "burst", "bar")


def _run(invocation: Invocation, scenario: Scenario) -> list[FlightOutcome]:
    """Runs a scenario on a store of its own."""
    from service.adapters.redis.connection import close, connect
    from service.simulation.run import Simulation

    with tempfile.TemporaryDirectory(prefix="standfirst-", ignore_cleanup_errors=True) as folder:
        config = invocation.config.model_copy(update={"data_dir": Path(folder), "redis_url": None})
        with Invocation(config, invocation.output).store() as (store_url, _):
            client = connect(store_url, config.store_timeout_ms)
            try:
                return Simulation(scenario, client).run()
            finally:
                close(client)


def _row(scenario: Scenario, outcome: FlightOutcome) -> dict[str, object]:
    return {
        "scenario": scenario.name,
        **asdict(outcome),
        "delivered": outcome.delivered,
        "delivered_ratio": outcome.delivered_ratio,
        "supply_suffices": outcome.supply_suffices(scenario.loss_ratio),
        "faults": outcome.faults(scenario.loss_ratio),
    }


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    faults = row["faults"]
    bar = "; ".join(faults) if isinstance(faults, list) and faults else "met"
    if not row["supply_suffices"]:
        bar += " (too few pages)"
    return (
        f"{row['scenario']}",
        f"{row['flight']}",
        f"{row['goal']:,}",
        f"{row['eligible']:,}",
        f"{row['delivered']:,.0f}",
        f"{row['delivered_ratio']:.1%}",
        f"{row['distance_ratio']:.2%}",
        f"{row['burst_ratio']:.2%}",
        bar,
    )
