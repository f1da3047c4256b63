"""Inventory sheets as CSV, both ways, so that no cell of ours runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Protocol

from service.adapters.sources.sheets.sheet_header import column_name, empty_fault, header_faults, missing
from service.domain.sheet.columns import COLUMNS
from service.domain.sheet.reading.cells import CellFault, SheetRow

# What a spreadsheet takes for a formula, and what looks as if an apostrophe of ours stood before it.
_RISKY = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


class _Reader(Protocol):
    """What csv.reader makes."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""

    def __next__(self) -> list[str]:
        """The next record."""


def csv_lines(lines: Iterator[str]) -> Iterator[SheetRow | CellFault]:
    """Yields the rows of a CSV sheet and every fault of its form; `,`, `;` or a tab separates its cells."""
    first = next(lines, "")
    if not first:
        yield empty_fault()
        return
    reader = csv.reader(chain([first], lines), delimiter=_delimiter(first), strict=True)
    header: list[str] = []
    is_empty = True
    while (record := _record(reader)) is not None:
        if isinstance(record, CellFault):
            yield record
            return
        line, cells = record
        if not header:
            header = [column_name(name) for name in cells]
            faults = header_faults(header)
            yield from faults
            # Without a required column every row is faulty in the same way: the header's fault says it once.
            if missing(header):
                return
            is_empty = not faults
        elif len(cells) != len(header) and cells:
            is_empty = False
            yield CellFault(line, "", f"has {len(cells)} cells, but the header has {len(header)}")
        elif any(cell.strip() for cell in cells):
            is_empty = False
            yield SheetRow(line, _cells(header, cells))
    if is_empty:
        yield empty_fault()


def _cells(header: list[str], cells: list[str]) -> dict[str, str]:
    return {name: _bared(cell) if cell[0] == "'" else cell for name, cell in zip(header, cells, strict=True) if cell}


def _record(reader: _Reader) -> tuple[int, list[str]] | CellFault | None:
    """The next record with the line it begins on; the fault that ends reading; None after the last."""
    line = reader.line_num + 1
    try:
        record = next(reader, None)
    except csv.Error as error:
        return CellFault(line, "", f"cannot be read as CSV: {error}")
    return None if record is None else (line, record)


def csv_text(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as CSV in UTF-8; an apostrophe goes before what a spreadsheet would run, and is taken off again."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_guarded(row.get(column, "")) for column in COLUMNS] for row in rows)
    # Excel takes a file for UTF-8 by this mark alone.
    return out.getvalue().encode("utf-8-sig")


def _guarded(text: str) -> str:
    return f"'{text}" if _RISKY.match(text) else text


def _bared(text: str) -> str:
    return text[1:] if _RISKY.match(text) else text


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)
