"""`standfirst ads avails` and `ads traffic`: what a draft flight may have, and the week that this is counted from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.ads.entities import SITE
from service.cli.terminal.given_file import GIVEN_FILE, size_within
from service.cli.terminal.session import Output, pass_services
from service.domain.sheet.reading.cells import DAYS
from service.usecases.ads.forecast.forecast_avails import NOTHING_LEARNT

if TYPE_CHECKING:
    from service.domain.ads.forecast.traffic import Traffic
    from service.services import Services

SHOWN = 10


@click.command()
@click.argument("file", type=GIVEN_FILE, metavar="FILE")
@SITE
@pass_services
def avails(services: Services, output: Output, file: Path, site_id: str) -> None:
    """Forecast what the flights of FILE may have if they were booked; nothing is changed.

    FILE is a sheet as `ads load` takes it. In JSON and NDJSON a flight need not have ids or a creative: then every
    size and format fits.

    \b
    standfirst ads avails draft.csv --site courier
    """
    site, limit = services.site_records.get(site_id), services.config.max_sheet_bytes
    size_within(file, limit)
    rows, faults = services.read_sheet(file.read_bytes(), file.name, limit)
    found = [one.to_json() for one in services.ads.avails.of_rows(site, rows, faults)]
    output.result(found, "\n\n".join(map(_told, found)))


@click.command()
@SITE
@pass_services
def traffic(services: Services, output: Output, site_id: str) -> None:
    """Show the slots that pages ask for in each hour of a week, as learnt so far, and how sure that is.

    \b
    standfirst ads traffic --site courier
    """
    site = services.site_records.get(site_id)
    found = services.ads.forecasting.traffic.read(site.id)
    if found is None:
        output.result(None, NOTHING_LEARNT)
        return
    output.result(_week_json(found), "\n".join(_week_lines(found)))


def _told(row: dict[str, Any]) -> str:
    lines = [
        f"{row['flight_id']}: {row['starts_at']} to {row['ends_at']}",
        f"  slots      {_interval(row['slots'])}",
        f"  booked     {row['booked']:>12,}",
        f"  available  {_interval(row['available'])}",
        f"  needed     {'all it can get' if row['needed'] is None else format(row['needed'], '>12,')}",
    ]
    lines += [
        f"  {one['tier']} flight {one['flight_id']} takes {one['takes']:,} of {one['slots']:,} slots in common"
        for one in row["contenders"][:SHOWN]
    ]
    hidden = len(row["contenders"]) + row["contenders_left_off"] - SHOWN
    lines += [f"  ... and {hidden:,} more"] if hidden > 0 else []
    ratio = row["looked_at_ratio"]
    lines += (
        [f"  looked at {ratio:.1%} of the flights before it; the others are taken to be like these"]
        if ratio < 1
        else []
    )
    lines += [f"  not counted: {', '.join(row['not_counted'])}"] if row["not_counted"] else []
    return "\n".join([*lines, f"  learnt from {row['weeks_seen']:g} weeks"])


def _interval(told: dict[str, int]) -> str:
    return f"{told['expected']:>12,}  (four times of five {told['low']:,} to {told['high']:,})"


def _week_json(found: Traffic) -> dict[str, Any]:
    hours = [found.in_hour(hour) for hour in range(len(found.weights))]
    return {
        "timezone": found.timezone,
        "weeks_seen": round(found.weeks, 2),
        "level_spread": round(found.level_spread, 4),
        "slots_a_week": {name: round(level * len(hours)) for name, level in found.levels.items()},
        "hours": [
            {"day": DAYS[at // 24], "hour": at % 24, "expected": round(one.expected, 1), "low": round(one.low, 1),
             "high": round(one.high, 1)}
            for at, one in enumerate(hours)
        ],
    }  # fmt: skip


def _week_lines(found: Traffic) -> list[str]:
    """A line for each hour of the day, a column for each day."""
    learnt = f"learnt from {found.weeks:.1f} weeks, which lie {found.level_spread:.0%} apart"
    lines = [
        f"Slots an hour in {found.timezone}, four times of five within the brackets, {learnt}",
        "hour " + "".join(f"{day:>18}" for day in DAYS),
    ]
    for hour in range(24):
        cells = (found.in_hour(day * 24 + hour) for day in range(7))
        told = (f"{one.expected:,.0f} ({one.low:,.0f}-{one.high:,.0f})" for one in cells)
        lines.append(f"{hour:>4} " + "".join(f"{cell:>18}" for cell in told))
    return lines
