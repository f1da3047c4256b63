"""What can be wrong with an inventory sheet's columns, in whatever form it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.domain.sheet.columns import COLUMNS, REQUIRED_COLUMNS
from service.domain.sheet.reading.cells import CellFault

_NO_COLUMN = "is not a column of the sheet; check its spelling"


def header_faults(header: Sequence[str]) -> list[CellFault]:
    """Returns the faults of a header: columns that nobody knows, that stand twice, or that are missing."""
    twice = sorted({name for name in header if header.count(name) > 1})
    return [
        *unknown_columns(header, 1),
        *(CellFault(1, name, "stands twice in the header") for name in twice),
        *(CellFault(1, name, "is required, but the sheet has no such column") for name in missing(header)),
    ]


def unknown_columns(names: Iterable[str], line: int) -> list[CellFault]:
    """Returns a fault for each name that is not a column."""
    return [CellFault(line, name, _NO_COLUMN) for name in names if name not in COLUMNS]


def missing(header: Sequence[str]) -> list[str]:
    """Returns the required columns that a header lacks."""
    return [name for name in REQUIRED_COLUMNS if name not in header]


def empty_fault() -> CellFault:
    """Returns the fault of a sheet without rows."""
    return CellFault(1, "", "the sheet has no rows")
