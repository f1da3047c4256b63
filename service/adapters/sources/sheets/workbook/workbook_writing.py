"""Inventory sheets as XLSX workbooks: a sheet of text cells, and one that says what each column is for."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from xlsxwriter import Workbook

from service.adapters.sources.sheets.workbook.spreadsheets import SHEET
from service.adapters.sources.sheets.workbook.worksheet_scan import MAX_ROWS
from service.domain.errors import InvalidInput
from service.domain.sheet.columns import BY_NAME, COLUMNS

MAX_CELL_CHARS = 32_767
_NOTES = ("column", "what it holds", "required", "when empty")


def xlsx_bytes(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Returns rows as a workbook whose cells are all text. Raises InvalidInput for what only CSV can hold."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(SHEET)
    sheet.set_column(0, len(COLUMNS) - 1, 16, text)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(BY_NAME.values()):
        sheet.write_string(0, place, column.name, bold)
    for line, row in enumerate(rows, 1):
        if line > MAX_ROWS:
            raise InvalidInput.one("", f"There are over {MAX_ROWS:,} rows; ask for CSV.")
        _write_row(sheet, line, row, text)
    _write_notes(book, bold)
    book.close()
    return out.getvalue()


def _write_row(sheet: Any, line: int, row: Mapping[str, str], text: Any) -> None:
    for place, column in enumerate(COLUMNS):
        cell = row.get(column, "")
        # A spreadsheet counts a character beyond the first 65,536 twice.
        if len(cell) * 2 > MAX_CELL_CHARS and len(cell.encode("utf-16-le")) // 2 > MAX_CELL_CHARS:
            fault = f"is over {MAX_CELL_CHARS:,} characters, more than a cell of a workbook holds; ask for CSV"
            raise InvalidInput.one(f"line {line + 1}, column {column}", fault)
        if cell:
            sheet.write_string(line, place, cell, text)


def _write_notes(book: Any, bold: Any) -> None:
    sheet = book.add_worksheet("notes")
    sheet.set_column(0, 3, 28)
    sheet.freeze_panes(1, 0)
    rows = [(one.name, one.holds, one.required, one.default) for one in BY_NAME.values()]
    for place, title in enumerate(_NOTES):
        sheet.write_string(0, place, title, bold)
    for line, cells in enumerate(rows, 1):
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell)
