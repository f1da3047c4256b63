"""A file that a command was asked for: whole under its name, or an error that says what is wrong with the place."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import click

from service.domain.errors import InvalidInput

_NO_TEXT = ("xlsx", "parquet")


def write_file(path: Path, content: bytes) -> None:
    """Writes a file; where that fails, what stood there stays. Raises InvalidInput, which names the file."""
    with whole_file(path) as file:
        file.write(content)


def write_out(content: bytes, form: str, path: Path | None) -> None:
    """Writes a file, or to stdout without one. Raises UsageError for a `form` that is no text for a terminal."""
    if path is not None:
        write_file(path, content)
    elif form in _NO_TEXT and sys.stdout.isatty():
        raise click.UsageError(f"{form.upper()} is no text for a terminal: name a file with --output.")
    else:
        sys.stdout.buffer.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Gives a file to write, which takes the place of what stood there when all of it is written.

    Raises InvalidInput, which names the file.
    """
    target = path.resolve()
    is_stream = target.exists() and not target.is_file()  # a pipe or a device
    written = target if is_stream else target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with written.open("wb") as file:
            yield file
        if not is_stream:
            written.replace(target)
    except OSError as error:
        raise _unwritten(path, error) from error
    finally:
        if not is_stream:
            with suppress(OSError):
                written.unlink()


class WrittenLines:
    """Lines of a long work, written as they come: where one cannot be, the work goes on and the fault is kept."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where there is no such place."""
        self._file = path.open("w", encoding="utf-8")
        self.fault: OSError | None = None

    def write(self, line: str) -> None:
        """Adds a line, unless an earlier one could not be written."""
        if self.fault is None:
            try:
                self._file.write(f"{line}\n")
            except OSError as error:
                self.fault = error

    def close(self) -> None:
        """Writes what still waits."""
        try:
            self._file.close()
        except OSError as error:
            self.fault = self.fault or error


@contextmanager
def written_lines(path: Path | None) -> Iterator[WrittenLines | None]:
    """Gives what takes a file's lines, None without a path. Raises InvalidInput at once where there is no such place.

    Of one that could not be written to its end it is raised when the work is done.
    """
    if path is None:
        yield None
        return
    try:
        lines = WrittenLines(path)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        yield lines
    finally:
        lines.close()
    if lines.fault is not None:
        raise _unwritten(path, lines.fault) from lines.fault


def _unwritten(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput.one(str(path), f"cannot be written: {error.strerror}; make room, or name another")
