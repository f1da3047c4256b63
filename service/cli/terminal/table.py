"""Lists and reports as people read them on a terminal: columns under headings, names on a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

Row = Sequence[str]

_NUMBER = re.compile(r"[\d.,+-]+( [A-Z]{3}|%)?")


def table_text(heads: Row, rows: Sequence[Row]) -> str:
    """Returns the rows under their headings, in columns as wide as they need, numbers to the right."""
    columns = [_padded(column) for column in zip(heads, *rows, strict=True)]
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def first_of(names: Sequence[str], most: int) -> str:
    """Returns the names on a line, the first `most` of them, and how many more there are."""
    hidden = len(names) - most
    return ", ".join(names[:most]) + (f" and {hidden:,} more" if hidden > 0 else "")


def _padded(column: Row) -> list[str]:
    width = max(map(len, column))
    told = [cell for cell in column[1:] if cell]
    numbers = bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in column]
