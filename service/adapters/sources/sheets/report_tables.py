"""Reports as tables: CSV, an XLSX workbook, or Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from service.domain.errors import InvalidInput
from service.domain.report_table import AMOUNTS, COUNTS, RATIOS, Rows, TableFormat

MAX_SHEET_ROWS = 1_000_000
"""A workbook's sheet has 1,048,576 rows, one of them the header."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")


AMOUNT_DIGITS, AMOUNT_DECIMALS = 20, 6

Table = tuple[Sequence[str], list[list[Any]]]
"""Columns, and the cells of each row."""


def write_table(columns: Sequence[str], rows: Rows, form: TableFormat, more: Mapping[str, Rows] | None = None) -> bytes:
    """Returns the rows as a table, as WriteTable says."""
    if form == "xlsx":
        others = {name: _lines(tuple(own[0]), own) for name, own in (more or {}).items() if own}
        return _xlsx({"report": _lines(columns, rows), **others})
    return {"csv": _csv, "parquet": _parquet}[form](*_lines(columns, rows))


def _lines(columns: Sequence[str], rows: Rows) -> Table:
    return columns, [[_cell(column, row[column]) for column in columns] for row in rows]


def _cell(column: str, value: Any) -> Any:
    if column in AMOUNTS and value is not None:
        return Decimal(value)
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


def _xlsx(sheets: Mapping[str, Table]) -> bytes:
    from xlsxwriter import Workbook

    if any(len(lines) > MAX_SHEET_ROWS for _, lines in sheets.values()):
        raise InvalidInput.one("?format", f"There are over {MAX_SHEET_ROWS:,} rows; ask for csv.")
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    with_decimals = [book.add_format({"num_format": f"0.{'0' * n}".rstrip(".")}) for n in range(AMOUNT_DECIMALS + 1)]
    for name, (columns, lines) in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, columns, bold)
        for number, line in enumerate(lines, 1):
            for place, cell in enumerate(line):
                shown = with_decimals[_decimals(cell)] if isinstance(cell, Decimal) else None
                sheet.write(number, place, cell, shown)
    book.close()
    return out.getvalue()


def _decimals(amount: Decimal) -> int:
    """With how many decimals an amount is written."""
    return -int(amount.as_tuple().exponent)


def _parquet(columns: Sequence[str], lines: list[list[Any]]) -> bytes:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InvalidInput.one("?format", "Parquet needs pyarrow: install standfirst[parquet].") from error
    kinds = {
        **dict.fromkeys(AMOUNTS, pa.decimal128(AMOUNT_DIGITS, AMOUNT_DECIMALS)),
        **dict.fromkeys(RATIOS, pa.float64()),
        **dict.fromkeys(COUNTS, pa.int64()),
    }
    table = {}
    for place, name in enumerate(columns):
        cells = pa.array([line[place] for line in lines], kinds.get(name))
        # A column without any value is of text, so that files of all periods have the same columns.
        table[name] = cells.cast(pa.string()) if pa.types.is_null(cells.type) else cells
    out = io.BytesIO()
    parquet.write_table(pa.table(table), out)
    return out.getvalue()
