"""What reports share: days, breakdown, and the table that is written instead of shown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from service.cli.terminal.session import Command, with_options
from service.cli.terminal.written_file import write_out
from service.domain.report_table import MEDIA, Rows, TableFormat

if TYPE_CHECKING:
    from service.services import Services

DAY = click.DateTime(["%Y-%m-%d"])
OUTPUT = click.option(
    "--output", "output_file", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE",
    help="[default: stdout]",
)  # fmt: skip

FORM = click.option(
    "--format", "form", type=click.Choice(tuple(MEDIA)),
    help="Write a table instead of showing one.  [default: as FILE ends]",
)  # fmt: skip


def table_options(command: Command) -> Command:
    """Gives a command `form`, None where a table is shown, and `output_file`."""

    @functools.wraps(command)
    def call(*args: Any, form: str | None, output_file: Path | None, **kwargs: Any) -> Any:
        return command(*args, form=_written_form(form, output_file), output_file=output_file, **kwargs)

    return with_options(FORM, OUTPUT)(call)


def _written_form(form: str | None, output_file: Path | None) -> str | None:
    if form or output_file is None:
        return form
    ending = output_file.suffix[1:].lower()
    if ending not in MEDIA:
        raise click.UsageError(f"{output_file}: say --format {' or '.join(MEDIA)}, or end the name so.")
    return ending


@dataclass(frozen=True, slots=True)
class AskedReport:
    """First and last day, breakdown, and the form and the file of the table to write; without a form it is shown."""

    first: date | None
    last: date | None
    by: str
    form: str | None
    output_file: Path | None


def report_options(*, first: str, by: str, dimensions: Sequence[str]) -> Callable[[Command], Command]:
    """Returns what gives a command `asked`, an AskedReport.

    `first` is the help of the first day, `by` the breakdown unless told.
    """
    options = with_options(
        click.option("--from", "first", type=DAY, metavar="DAY", help=first),
        click.option("--to", "last", type=DAY, metavar="DAY", help="Last day, which is in it.  [default: today]"),
        click.option("--by", default=by, show_default=True, help=f"Breakdown, by commas: {', '.join(dimensions)}."),
        table_options,
    )

    def given(command: Command) -> Command:
        @functools.wraps(command)
        def gathered(
            *args: Any, first: datetime | None, last: datetime | None, by: str, form: str | None,
            output_file: Path | None, **others: Any,
        ) -> None:  # fmt: skip
            asked = AskedReport(first and first.date(), last and last.date(), by, form, output_file)
            command(*args, asked=asked, **others)

        return options(gathered)

    return given


def write_report(services: Services, columns: Sequence[str], rows: Rows, asked: AskedReport) -> None:
    """Writes rows as the table that is asked for, to a file or to stdout."""
    form = cast("TableFormat", asked.form)
    write_out(services.write_table(columns, rows, form), form, asked.output_file)
