"""Inventory sheets from XLSX workbooks: their values as text, by the rows that a spreadsheet shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal

import orjson

from service.adapters.sources.sheets.sheet_header import column_name, empty_fault, header_faults, missing
from service.adapters.sources.sheets.workbook import workbook_child
from service.adapters.sources.sheets.workbook.workbook_archive import Workbook, open_workbook
from service.adapters.sources.sheets.workbook.workbook_styles import timed_styles
from service.adapters.sources.sheets.workbook.worksheet_scan import Place, WorksheetScan
from service.domain.errors import InvalidInput
from service.domain.sheet.columns import COLUMNS
from service.domain.sheet.reading.cells import CellFault, SheetRow

SHEET = "inventory"
_TIMES = ("starts_at", "ends_at")

TIMEOUT_S = 60

Value = str | int | float | bool | dict[str, str] | None
"""A cell's value; a date or time under `day`, `moment` or `time`, as ISO 8601 has it."""


def xlsx_rows(raw: bytes, max_bytes: int) -> tuple[list[SheetRow], list[CellFault]]:
    """Returns the rows of the sheet named `inventory`, else of the first that shows, and every fault of its form.

    Raises InvalidInput for what is no workbook, TooLarge for over `max_bytes` unpacked, 20,000 rows or 256 columns.
    """
    scan = WorksheetScan(frozenset())

    def check(part: str, content: bytes) -> None:
        if part == "xl/styles.xml":
            scan.timed_styles = timed_styles(content)
        scan.read(content)

    table = _table(open_workbook(raw, max_bytes, SHEET, check))
    header = [column_name(name) for name in table[0]] if table else []
    while header and not header[-1]:
        header.pop()
    if not header:
        return [], [empty_fault()]
    faults = [*header_faults(header), *_refused(scan, header)]
    # Without a required column every row is faulty in the same way: the header's fault says it once.
    if missing(header):
        return [], faults
    rows = []
    for line, values in enumerate(table[1:], 2):
        row, row_faults = _row(line, values, header, scan.timed)
        faults += row_faults
        rows += [row] if any(row.cells.values()) else []
    return rows, faults if faults or rows else [empty_fault()]


def _table(workbook: Workbook) -> list[list[Value]]:
    """The sheet's values from its first row and column on."""
    words = [sys.executable, "-P", "-m", workbook_child.__name__, workbook.sheet]
    try:
        told = subprocess.run(words, input=workbook.archive, capture_output=True, timeout=TIMEOUT_S)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise InvalidInput.one("", "The workbook cannot be read in time; send it as CSV.") from error
    if told.returncode:
        why = told.stderr.decode(errors="replace")[:200]
        if told.returncode != workbook_child.UNREADABLE:
            why = "it asks for too much memory"
        raise InvalidInput.one("", f"The workbook is damaged: {why}.")
    table: list[list[Value]] = orjson.loads(told.stdout)
    return table


def _refused(scan: WorksheetScan, header: Sequence[str]) -> Iterator[CellFault]:
    for (line, place), message in (
        *((at, "holds a formula; put its value in its place") for at in scan.formulas),
        *((at, "holds a spreadsheet's error; put a value in its place") for at in scan.errors),
    ):
        yield CellFault(line, _column(header, place), message)


def _row(
    line: int, values: Sequence[Value], header: Sequence[str], timed: set[Place]
) -> tuple[SheetRow, list[CellFault]]:
    cells, faults = {}, []
    for place, value in enumerate(values, 1):
        column = _column(header, place)
        if column and column not in COLUMNS:
            continue  # the header's fault
        try:
            text = _text(value, column, (line, place) in timed)
        except ValueError as error:
            faults.append(CellFault(line, column, str(error)))
            continue
        if place <= len(header):
            cells[column] = text
        elif text.strip():
            faults.append(CellFault(line, "", f"has {place} cells, but the header has {len(header)}"))
            break
    return SheetRow(line, cells), faults


def _column(header: Sequence[str], place: int) -> str:
    return header[place - 1] if place <= len(header) else ""


def _text(value: Value, column: str, timed: bool) -> str:
    """A value as the sheet shows it. Raises ValueError for a date where none belongs."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            # Spreadsheets count with 15 digits: 0.1 + 0.2 is 0.3 in a cell.
            return format(Decimal(f"{value:.15g}"), "f")
        case None:
            raise ValueError("holds what is no number")
        case _ if column not in _TIMES:
            raise ValueError("holds a date or time; format the column as text and write the cell anew")
        case {"moment": moment}:
            return moment
        case {"day": day}:
            return f"{day}T00:00" if timed else day
        case _:
            raise ValueError("holds a time without its day")
