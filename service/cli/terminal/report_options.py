"""The options that reports share: days, breakdown, and the table that is written instead of shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from service.cli.terminal.session import Command, with_options
from service.domain.report_table import MEDIA

DAY = click.DateTime(["%Y-%m-%d"])
OUTPUT = click.option(
    "--output", "output_file", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE",
    help="[default: stdout]",
)  # fmt: skip

FORM = click.option("--format", "form", type=click.Choice(tuple(MEDIA)), help="Write a table instead of showing one.")


def report_options(*, first: str, by: str, dimensions: Sequence[str]) -> Callable[[Command], Command]:
    """Returns what gives a command `first`, `last`, `by`, `form` and `output_file`.

    `first` is the help of the first day, `by` the breakdown unless told.
    """
    return with_options(
        click.option("--from", "first", type=DAY, metavar="DAY", help=first),
        click.option("--to", "last", type=DAY, metavar="DAY", help="Last day, which is in it.  [default: today]"),
        click.option("--by", default=by, show_default=True, help=f"Breakdown, by commas: {', '.join(dimensions)}."),
        FORM,
        OUTPUT,
    )
