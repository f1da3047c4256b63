"""A file that a command is given: there, and no larger than the setting allows."""

from __future__ import annotations

from pathlib import Path

import click

from service.domain.errors import TooLarge

GIVEN_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def size_within(file: Path, limit: int) -> int:
    """Returns the file's size in bytes. Raises TooLarge above the limit."""
    size = file.stat().st_size
    if size > limit:
        raise TooLarge(f"{file} is over {limit:,} bytes.")
    return size
