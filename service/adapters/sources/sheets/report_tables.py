"""Reports as tables: CSV, an XLSX workbook, or Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import orjson

from service.domain.errors import InvalidInput
from service.domain.report_table import AMOUNTS, COUNTS, RATIOS, Rows, TableFormat

MAX_SHEET_ROWS = 1_000_000
"""A workbook's sheet has 1,048,576 rows, one of them the header."""

WRITTEN_AT_ONCE = 5_000
"""Rows that are in memory at a time: some 10 MB."""

_RISKY = ("=", "+", "-", "@", "\t", "\r")


AMOUNT_DIGITS, AMOUNT_DECIMALS = 20, 6

Lines = Iterator[list[Any]]
"""The cells of each row."""

T = TypeVar("T")


def write_rows(rows: Rows) -> bytes:
    """Returns the rows as a JSON list."""
    return b"[%b]" % b",".join([orjson.dumps(piece)[1:-1] for piece in _pieces(rows)])


def write_table(columns: Sequence[str], rows: Rows, form: TableFormat, more: Mapping[str, Rows] | None = None) -> bytes:
    """Returns the rows as a table, as WriteTable says."""
    if form == "xlsx":
        return _xlsx({"report": (columns, rows), **{name: _own(each) for name, each in (more or {}).items()}})
    return {"csv": _csv, "parquet": _parquet}[form](columns, _lines(columns, rows))


def _own(rows: Rows) -> tuple[Sequence[str], Rows]:
    """Rows with their own columns."""
    known = list(rows)
    return tuple(known[0]) if known else (), known


def _lines(columns: Sequence[str], rows: Rows) -> Lines:
    return ([_cell(column, row[column]) for column in columns] for row in rows)


def _pieces(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while piece := list(islice(left, WRITTEN_AT_ONCE)):
        yield piece


def _cell(column: str, value: Any) -> Any:
    if column in AMOUNTS and value is not None:
        return Decimal(value)
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _csv(columns: Sequence[str], lines: Lines) -> bytes:
    out = io.BytesIO()
    text = io.TextIOWrapper(out, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(["" if cell is None else _guarded(cell) for cell in line] for line in lines)
    text.flush()
    return out.getvalue()


def _guarded(cell: Any) -> Any:
    """An apostrophe goes before a text that a spreadsheet would run."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def _xlsx(sheets: Mapping[str, tuple[Sequence[str], Rows]]) -> bytes:
    """Sheets with anything in them, and the first; each row is put on disk when the next one comes."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with TemporaryDirectory(prefix="standfirst-") as folder:
        book = Workbook(out, {"constant_memory": True, "tmpdir": folder})
        bold = book.add_format({"bold": True})
        decimals = [book.add_format({"num_format": f"0.{'0' * n}".rstrip(".")}) for n in range(AMOUNT_DECIMALS + 1)]
        for name, (columns, rows) in sheets.items():
            if columns:
                sheet = book.add_worksheet(name)
                sheet.freeze_panes(1, 0)
                sheet.write_row(0, 0, columns, bold)
                _write_lines(sheet, _lines(columns, rows), decimals)
        book.close()
    return out.getvalue()


def _write_lines(sheet: Any, lines: Lines, decimals: Sequence[Any]) -> None:
    for number, line in enumerate(lines, 1):
        if number > MAX_SHEET_ROWS:
            raise InvalidInput.one("?format", f"There are over {MAX_SHEET_ROWS:,} rows; ask for csv.")
        for place, cell in enumerate(line):
            if isinstance(cell, Decimal):
                sheet.write_number(number, place, cell, decimals[_decimals(cell)])
            elif isinstance(cell, str):
                sheet.write_string(number, place, cell)
            elif cell is not None:
                sheet.write_number(number, place, cell)


def _decimals(amount: Decimal) -> int:
    """With how many decimals an amount is written."""
    return -int(amount.as_tuple().exponent)


def _parquet(columns: Sequence[str], lines: Lines) -> bytes:
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
    pieces = [_columnar(columns, piece, kinds) for piece in _pieces(lines)] or [_columnar(columns, [], kinds)]
    whole = pa.concat_tables(pieces, promote_options="permissive").combine_chunks()
    # A column without any value is of text, so that files of all periods have the same columns.
    text = [pa.field(own.name, pa.string()) if pa.types.is_null(own.type) else own for own in whole.schema]
    out = io.BytesIO()
    parquet.write_table(whole.cast(pa.schema(text)), out)
    return out.getvalue()


def _columnar(columns: Sequence[str], lines: list[list[Any]], kinds: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    return pa.table({name: pa.array([line[at] for line in lines], kinds.get(name)) for at, name in enumerate(columns)})
