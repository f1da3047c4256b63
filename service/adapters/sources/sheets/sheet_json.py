"""Inventory sheets as JSON and NDJSON, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from service.adapters.sources.sheets.sheet_header import empty_fault, unknown_columns
from service.domain.sheet.reading.cells import CellFault, SheetRow, cell_text


def json_lines(lines: Iterator[str]) -> Iterator[SheetRow | CellFault]:
    """Yields the rows of a JSON list (or of an object's `rows`) and every fault of its form."""
    try:
        rows = json.loads("".join(lines), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        yield CellFault(getattr(error, "lineno", 1), "", f"is not JSON: {error}")
        return
    if isinstance(rows, dict) and isinstance(rows.get("rows"), list):
        rows = rows["rows"]
    if not isinstance(rows, list):
        yield CellFault(1, "", "must be a list of rows")
        return
    yield from _or_empty(chain.from_iterable(_object_lines(line, record) for line, record in enumerate(rows, 1)))


def ndjson_lines(lines: Iterator[str]) -> Iterator[SheetRow | CellFault]:
    """Yields the rows of NDJSON, an object a line, and every fault of its form."""
    filled = ((line, text) for line, text in enumerate(lines, 1) if text.strip())
    yield from _or_empty(chain.from_iterable(_ndjson_line(line, text) for line, text in filled))


def _ndjson_line(line: int, text: str) -> Iterator[SheetRow | CellFault]:
    try:
        record = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        yield CellFault(line, "", f"is not JSON: {error}")
        return
    yield from _object_lines(line, record)


def _or_empty(lines: Iterator[SheetRow | CellFault]) -> Iterator[SheetRow | CellFault]:
    """The lines as they are, or the fault of a sheet without any."""
    yield next(lines, empty_fault())
    yield from lines


def json_text(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as a JSON list of objects, without their empty cells."""
    return b"[%b]\n" % b",\n".join(_written(rows))


def ndjson_text(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as NDJSON, without their empty cells."""
    return b"".join(line + b"\n" for line in _written(rows))


def _written(rows: Iterable[Mapping[str, str]]) -> Iterable[bytes]:
    for row in rows:
        cells = {column: text for column, text in row.items() if text}
        yield json.dumps(cells, ensure_ascii=False).encode()


def _object_lines(line: int, record: Any) -> Iterator[SheetRow | CellFault]:
    """The row of a JSON object, after its faults; the line of a JSON list's row is its place in the list, from 1."""
    if not isinstance(record, dict):
        yield CellFault(line, "", "must be an object of columns")
        return
    cells = {}
    for column, value in record.items():
        try:
            cells[column] = cell_text(value)
        except ValueError as error:
            yield CellFault(line, column, str(error))
    yield from unknown_columns(cells, line)
    yield SheetRow(line, cells)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number here")
