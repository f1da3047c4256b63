"""Inventory sheets as CSV, both ways, so that no cell of ours runs in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping

from service.adapters.sources.sheet_header import empty_fault, header_faults, missing
from service.domain.sheet.cells import CellFault, SheetRow
from service.domain.sheet.columns import WRITTEN_COLUMNS

# What a spreadsheet takes for a formula, and what looks as if an apostrophe of ours stood before it.
_RISKY = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def csv_rows(text: str) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the rows of a CSV sheet and every fault of its form; `,`, `;` or a tab separates its cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[SheetRow] = []
    faults: list[CellFault] = []
    header: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            faults.append(CellFault(line, "", f"cannot be read as CSV: {error}"))
            break
        if not header:
            header = [name.strip().lower() for name in record]
            faults += header_faults(header)
        elif len(record) != len(header) and record:
            faults.append(CellFault(line, "", f"has {len(record)} cells, but the header has {len(header)}"))
        elif any(cell.strip() for cell in record):
            rows.append(SheetRow(line, dict(zip(header, map(_bared, record), strict=True))))
    if not header and not faults:
        return [], empty_fault(rows)
    # Without a required column every row is faulty in the same way: the header's fault says it once.
    return ([], faults) if missing(header) else (rows, faults or empty_fault(rows))


def csv_text(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as CSV in UTF-8; an apostrophe goes before what a spreadsheet would run, and is taken off again."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(WRITTEN_COLUMNS)
    writer.writerows([_guarded(row.get(column, "")) for column in WRITTEN_COLUMNS] for row in rows)
    # Excel takes a file for UTF-8 by this mark alone.
    return out.getvalue().encode("utf-8-sig")


def _guarded(text: str) -> str:
    return f"'{text}" if _RISKY.match(text) else text


def _bared(text: str) -> str:
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)
