"""Inventory sheets as people have them, CSV, XLSX, JSON or NDJSON, also gzip: to rows with their lines, and back."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Mapping

from service.adapters.sources.sheet_csv import csv_rows, csv_text
from service.adapters.sources.sheet_json import json_rows, json_text, ndjson_rows, ndjson_text
from service.domain.errors import InvalidInput, TooLarge
from service.domain.sheet.cells import CellFault, SheetRow
from service.domain.sheet.export import SheetFormat

_GZIP = b"\x1f\x8b"
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
_TEXT_READERS: Mapping[SheetFormat, Callable[[str], tuple[list[SheetRow], list[CellFault]]]] = {
    "csv": csv_rows,
    "json": json_rows,
    "ndjson": ndjson_rows,
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


def read_sheet(raw: bytes, name: str, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns what `read_rows` does of a sheet in the format that a file's name or a media type stands for."""
    return read_rows(raw, sheet_format(name), max_bytes)


def read_rows(raw: bytes, form: SheetFormat, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the sheet's rows and every fault of its form. Raises TooLarge, also for what unpacks to too much."""
    raw = _unpacked(raw, max_bytes)
    if raw.startswith(_OLE):
        raise InvalidInput.one("", "This is an old .xls, or protected by a password; save it as .xlsx or CSV.")
    if form == "xlsx":
        from service.adapters.sources.spreadsheets import xlsx_rows

        return xlsx_rows(raw, max_bytes)
    if raw.startswith(_ZIP):
        raise InvalidInput.one("", f"This is a workbook or another archive, not {form.upper()}; name it .xlsx.")
    text, faults = _text(raw)
    return ([], faults) if faults else _TEXT_READERS[form](text)


def write_sheet(rows: Iterable[Mapping[str, str]], form: SheetFormat) -> bytes:
    """Returns rows as a sheet that `read_rows` reads back as they are.

    Raises InvalidInput for what an XLSX cannot hold.
    """
    if form == "xlsx":
        from service.adapters.sources.workbook_writing import xlsx_bytes

        return xlsx_bytes(rows)
    return _TEXT_WRITERS[form](rows)


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
