"""Inventory sheets as JSON and NDJSON, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from service.adapters.sources.sheet_header import empty_fault, unknown_columns
from service.domain.sheet.cells import CellFault, SheetRow

_MOST_DIGITS = 40


def json_rows(text: str) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the rows of a JSON list (or of an object's `rows`) and every fault of its form."""
    try:
        rows = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        return [], [CellFault(line, "", f"is not JSON: {error}")]
    if isinstance(rows, dict) and isinstance(rows.get("rows"), list):
        rows = rows["rows"]
    if not isinstance(rows, list):
        return [], [CellFault(1, "", "must be a list of rows")]
    return _object_rows(enumerate(rows, 1))


def ndjson_rows(text: str) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the rows of NDJSON, an object a line, and every fault of its form."""
    parsed: list[tuple[int, Any]] = []
    faults = []
    for line, record in enumerate(text.split("\n"), 1):
        if not record.strip():
            continue
        try:
            parsed.append((line, json.loads(record, parse_float=Decimal, parse_constant=_no_constant)))
        except (ValueError, RecursionError) as error:
            faults.append(CellFault(line, "", f"is not JSON: {error}"))
    rows, row_faults = _object_rows(parsed)
    return rows, sorted([*faults, *row_faults], key=lambda fault: fault.line)


def json_text(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as a JSON list of objects, without their empty cells."""
    return b"[%b]\n" % b",\n".join(_lines(rows))


def ndjson_text(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as NDJSON, without their empty cells."""
    return b"".join(line + b"\n" for line in _lines(rows))


def _lines(rows: Iterable[Mapping[str, str]]) -> Iterable[bytes]:
    for row in rows:
        cells = {column: text for column, text in row.items() if text}
        yield json.dumps(cells, ensure_ascii=False).encode()


def _object_rows(objects: Iterable[tuple[int, Any]]) -> tuple[list[SheetRow], list[CellFault]]:
    """Rows of JSON objects; the line of a JSON list's row is its place in the list, from 1."""
    rows, faults = [], []
    for line, record in objects:
        if not isinstance(record, dict):
            faults.append(CellFault(line, "", "must be an object of columns"))
            continue
        cells = {}
        for column, value in record.items():
            try:
                cells[column] = _cell_text(value)
            except ValueError as error:
                faults.append(CellFault(line, column, str(error)))
        faults += unknown_columns(cells, line)
        rows.append(SheetRow(line, cells))
    return rows, faults or empty_fault(rows)


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(map(_item_text, value))
    return _item_text(value)


def _item_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("must be a text, a number or a list of texts")
    if not isinstance(value, Decimal):
        return str(value)
    if abs(value.adjusted()) > _MOST_DIGITS:  # written out, 1e999999999 would fill the memory
        raise ValueError("is no number of a sheet")
    return format(value, "f")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number here")
