"""Inventory sheets as people have them, CSV, XLSX, JSON or NDJSON, also gzip: to rows with their lines, and back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import IO

from service.adapters.sources.sheets.sheet_csv import csv_lines, csv_text
from service.adapters.sources.sheets.sheet_json import json_lines, json_text, ndjson_lines, ndjson_text
from service.adapters.sources.sheets.sheet_stream import SheetStream, UnreadableText, text_lines
from service.domain.errors import InvalidInput
from service.domain.sheet.export import SheetFormat
from service.domain.sheet.reading.cells import CellFault, SheetRow

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_ENDINGS: Mapping[str, SheetFormat] = {
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "json-lines": "ndjson",
    "json": "json",
    "csv": "csv",
    "xlsx": "xlsx",
    "spreadsheetml.sheet": "xlsx",
}
_TEXT_READERS: Mapping[SheetFormat, Callable[[Iterator[str]], Iterator[SheetRow | CellFault]]] = {
    "csv": csv_lines,
    "json": json_lines,
    "ndjson": ndjson_lines,
}
_TEXT_WRITERS: Mapping[SheetFormat, Callable[[Iterable[Mapping[str, str]]], bytes]] = {
    "csv": csv_text,
    "json": json_text,
    "ndjson": ndjson_text,
}


def sheet_format(name: str) -> SheetFormat:
    """Returns the format that a file's name or a media type stands for. Raises InvalidInput."""
    text = name.split(";", maxsplit=1)[0].strip().lower().removesuffix(".gz")
    for ending, form in _ENDINGS.items():
        if text.endswith(ending):
            return form
    raise InvalidInput.one("", f"'{name}' is no sheet we read; give CSV (text/csv), XLSX, JSON or NDJSON.")


def named_lines(raw: IO[bytes], name: str, max_bytes: int) -> Iterator[SheetRow | CellFault]:
    """Yields what `sheet_lines` does of a sheet in the format that a file's name or a media type stands for."""
    return sheet_lines(raw, sheet_format(name), max_bytes)


def read_sheet(raw: bytes, name: str, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns what `read_rows` does of a sheet in the format that a file's name or a media type stands for."""
    return read_rows(raw, sheet_format(name), max_bytes)


def read_rows(raw: bytes, form: SheetFormat, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the sheet's rows and every fault of its form, as `sheet_lines` yields them."""
    lines = list(sheet_lines(io.BytesIO(raw), form, max_bytes))
    rows = [line for line in lines if isinstance(line, SheetRow)]
    return rows, [line for line in lines if isinstance(line, CellFault)]


def sheet_lines(raw: IO[bytes], form: SheetFormat, max_bytes: int) -> Iterator[SheetRow | CellFault]:
    """Yields the sheet's rows and the faults of its form; CSV and NDJSON are never in memory as a whole.

    Raises TooLarge, also for what unpacks to too much, and InvalidInput for what is no sheet of this form.
    """
    stream = SheetStream(raw, max_bytes)
    if stream.head.startswith(_OLE):
        raise InvalidInput.one("", "This is an old .xls, or protected by a password; save it as .xlsx or CSV.")
    if form == "xlsx":
        return _xlsx_lines(stream.read(), max_bytes)
    if stream.head.startswith(_ZIP):
        raise InvalidInput.one("", f"This is a workbook or another archive, not {form.upper()}; name it .xlsx.")
    return _until_unreadable(_TEXT_READERS[form](text_lines(stream)))


def _until_unreadable(lines: Iterator[SheetRow | CellFault]) -> Iterator[SheetRow | CellFault]:
    try:
        yield from lines
    except UnreadableText as error:
        yield error.fault


def _xlsx_lines(raw: bytes, max_bytes: int) -> Iterator[SheetRow | CellFault]:
    from service.adapters.sources.sheets.workbook.spreadsheets import xlsx_rows

    rows, faults = xlsx_rows(raw, max_bytes)
    return chain(faults, rows)


def write_sheet(rows: Iterable[Mapping[str, str]], form: SheetFormat) -> bytes:
    """Returns rows as a sheet that `read_rows` reads back as they are.

    Raises InvalidInput for what an XLSX cannot hold.
    """
    if form == "xlsx":
        from service.adapters.sources.sheets.workbook.workbook_writing import xlsx_bytes

        return xlsx_bytes(rows)
    return _TEXT_WRITERS[form](rows)
