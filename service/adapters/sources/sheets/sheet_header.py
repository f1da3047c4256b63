"""What can be wrong with an inventory sheet's columns, in whatever form it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from service.domain.sheet.columns import COLUMNS, REQUIRED_COLUMNS
from service.domain.sheet.reading.cells import CellFault

_BETWEEN_WORDS = re.compile(r"[\s\-]+")


def column_name(cell: object) -> str:
    """Returns what a header's cell names: `Landing URL` is landing_url."""
    return _BETWEEN_WORDS.sub("_", str(cell).strip().lower())


def header_faults(header: Sequence[str]) -> list[CellFault]:
    """Returns the faults of a header: columns that nobody knows, that stand twice, or that are missing.

    What names no required column at all is no header, and has this one fault.
    """
    if not set(header) & set(REQUIRED_COLUMNS):
        return [CellFault(1, "", "does not name the columns; delete what stands above the line that does")]
    twice = sorted({name for name in header if header.count(name) > 1})
    return [
        *unknown_columns(header, 1),
        *(CellFault(1, name, "stands twice in the header") for name in twice),
        *(CellFault(1, name, "is required, but the sheet has no such column") for name in missing(header)),
    ]


def unknown_columns(names: Iterable[str], line: int) -> list[CellFault]:
    """Returns a fault for each name that is not a column."""
    return [CellFault(line, name, _no_column(name)) for name in names if name not in COLUMNS]


def _no_column(name: str) -> str:
    begun = [column for column in COLUMNS if name and column.startswith(name)]
    near = begun or get_close_matches(name, COLUMNS, 1)
    meant = f"did you mean {near[0]}?" if near else "check its spelling"
    return f"is not a column of the sheet; {meant}"


def missing(header: Sequence[str]) -> list[str]:
    """Returns the required columns that a header lacks."""
    return [name for name in REQUIRED_COLUMNS if name not in header]


def empty_fault() -> CellFault:
    """Returns the fault of a sheet without rows."""
    return CellFault(1, "", "the sheet has no rows")
