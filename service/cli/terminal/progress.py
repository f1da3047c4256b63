"""Shows at the terminal, or in a log, how far the rows of files are read."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

import click

from service.cli.terminal.session import Output

ROWS_A_LOG_LINE = 1_000


class Progress:
    """Shows how far a load is: a bar on a terminal, a line for each ROWS_A_LOG_LINE rows in a log."""

    def __init__(self, output: Output, size_bytes: int) -> None:
        self._output = output
        self._rows = 0
        self._shown_bytes = 0
        self._bar = click.progressbar(length=size_bytes, label="Loading", file=sys.stderr) if _on_terminal() else None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)

    def advance(self, position_bytes: int) -> None:
        """Counts one row, after which the files are read up to this position."""
        self._rows += 1
        if self._bar is not None:
            self._bar.update(position_bytes - self._shown_bytes)
            self._shown_bytes = position_bytes
        elif self._rows % ROWS_A_LOG_LINE == 0:
            self._output.note(f"{self._rows:,} rows")


def _on_terminal() -> bool:
    return sys.stderr.isatty()
