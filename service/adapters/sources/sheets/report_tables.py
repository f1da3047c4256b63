"""Reports as tables: CSV, an XLSX workbook, or Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from service.domain.errors import InvalidInput
from service.domain.report_table import TableFormat

MAX_SHEET_ROWS = 1_000_000
"""A workbook's sheet has 1,048,576 rows, one of them the header."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def write_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], form: TableFormat) -> bytes:
    """Returns the rows as a table; what is no number or text is JSON in one cell, None an empty cell.

    Raises InvalidInput for a form that is not installed or cannot hold so many rows.
    """
    lines = [[_cell(row[column]) for column in columns] for row in rows]
    return {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[form](columns, lines)


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _csv(columns: Sequence[str], lines: list[list[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([["" if cell is None else _guarded(cell) for cell in line] for line in lines])
    return out.getvalue().encode()


def _guarded(cell: Any) -> Any:
    """An apostrophe goes before a text that a spreadsheet would run."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def _xlsx(columns: Sequence[str], lines: list[list[Any]]) -> bytes:
    from xlsxwriter import Workbook

    if len(lines) > MAX_SHEET_ROWS:
        raise InvalidInput.one("?format", f"There are over {MAX_SHEET_ROWS:,} rows; ask for csv.")
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("report")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, columns, book.add_format({"bold": True}))
    for number, line in enumerate(lines, 1):
        sheet.write_row(number, 0, line)
    book.close()
    return out.getvalue()


def _parquet(columns: Sequence[str], lines: list[list[Any]]) -> bytes:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InvalidInput.one("?format", "Parquet needs pyarrow: install standfirst[parquet].") from error
    by_column = zip(columns, zip(*lines, strict=True), strict=True) if lines else ((name, ()) for name in columns)
    out = io.BytesIO()
    parquet.write_table(pa.table({name: list(cells) for name, cells in by_column}), out)
    return out.getvalue()
