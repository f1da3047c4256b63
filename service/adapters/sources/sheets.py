"""Inventory sheets as people have them: CSV, JSON or NDJSON, plain or gzip, to rows with their line numbers."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal

from service.domain.errors import InvalidInput, TooLarge
from service.domain.sheet_cells import COLUMNS, REQUIRED_COLUMNS, CellFault, SheetRow

SheetFormat = Literal["csv", "json", "ndjson"]
_GZIP = b"\x1f\x8b"
_NO_COLUMN = "is not a column of the sheet; check its spelling"


def sheet_format(name: str) -> SheetFormat:
    """Returns the format that a file's name or a media type stands for. Raises InvalidInput."""
    text = name.lower().removesuffix(".gz").split(";")[0].strip()
    if text.endswith(("ndjson", "jsonl", "json-lines")):
        return "ndjson"
    if text.endswith("json"):
        return "json"
    if text.endswith("csv"):
        return "csv"
    raise InvalidInput.one("", f"'{name}' is no sheet we read; give CSV (text/csv), JSON or NDJSON.")


def read_sheet(raw: bytes, name: str, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns what `read_rows` does of a sheet in the format that a file's name or a media type stands for."""
    return read_rows(raw, sheet_format(name), max_bytes)


def read_rows(raw: bytes, form: SheetFormat, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the sheet's rows and every fault of its form. Raises TooLarge, also for what unpacks to too much."""
    text, faults = _text(_unpacked(raw, max_bytes))
    if faults:
        return [], faults
    readers = {"csv": _csv_rows, "json": _json_rows, "ndjson": _ndjson_rows}
    return readers[form](text)


def _unpacked(raw: bytes, max_bytes: int) -> bytes:
    if raw.startswith(_GZIP):
        try:
            raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(max_bytes + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidInput.one("", f"The gzip file is broken: {error}.") from error
    if len(raw) > max_bytes:
        raise TooLarge(f"The sheet is over {max_bytes:,} bytes.")
    return raw


def _text(raw: bytes) -> tuple[str, list[CellFault]]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", [CellFault(1, "", "the sheet is in UTF-16; save it as 'CSV UTF-8'")]
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        return "", [CellFault(line, "", f"is not UTF-8 (byte 0x{byte:02X}); save the sheet as 'CSV UTF-8'")]


def _csv_rows(text: str) -> tuple[list[SheetRow], list[CellFault]]:
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
            faults += _header_faults(header)
        elif len(record) != len(header) and record:
            faults.append(CellFault(line, "", f"has {len(record)} cells, but the header has {len(header)}"))
        elif any(cell.strip() for cell in record):
            rows.append(SheetRow(line, dict(zip(header, record, strict=True))))
    if not header and not faults:
        return [], _empty_fault(rows)
    # Without a required column every row is faulty in the same way: the header's fault says it once.
    return ([], faults) if _missing(header) else (rows, faults or _empty_fault(rows))


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _header_faults(header: Sequence[str]) -> list[CellFault]:
    twice = sorted({name for name in header if header.count(name) > 1})
    return [
        *(CellFault(1, name, _NO_COLUMN) for name in _unknown(header)),
        *(CellFault(1, name, "stands twice in the header") for name in twice),
        *(CellFault(1, name, "is required, but the sheet has no such column") for name in _missing(header)),
    ]


def _json_rows(text: str) -> tuple[list[SheetRow], list[CellFault]]:
    try:
        rows = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        return [], [CellFault(line, "", f"is not JSON: {error}")]
    if isinstance(rows, dict) and isinstance(rows.get("rows"), list):
        rows = rows["rows"]
    if not isinstance(rows, list):
        return [], [CellFault(1, "", "must be a list of rows")]
    return _object_rows(enumerate(rows, 1))


def _ndjson_rows(text: str) -> tuple[list[SheetRow], list[CellFault]]:
    parsed: list[tuple[int, Any]] = []
    faults = []
    for line, record in enumerate(text.split("\n"), 1):
        if not record.strip():
            continue
        try:
            parsed.append((line, json.loads(record, parse_float=Decimal, parse_constant=_no_constant)))
        except ValueError as error:
            faults.append(CellFault(line, "", f"is not JSON: {error}"))
    rows, row_faults = _object_rows(parsed)
    return rows, sorted([*faults, *row_faults], key=lambda fault: fault.line)


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
        faults += [CellFault(line, name, _NO_COLUMN) for name in _unknown(cells)]
        rows.append(SheetRow(line, cells))
    return rows, faults or _empty_fault(rows)


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(_cell_text(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("must be a text, a number or a list of texts")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number here")


def _unknown(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in COLUMNS]


def _missing(names: Sequence[str]) -> list[str]:
    return [name for name in REQUIRED_COLUMNS if name not in names]


def _empty_fault(rows: Sequence[SheetRow]) -> list[CellFault]:
    return [] if rows else [CellFault(1, "", "the sheet has no rows")]
