"""A report as a table: amounts are numbers that add up to the unit, and files of all periods have the same columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import python_calamine

from service.adapters.sources.sheets import report_tables
from service.adapters.sources.sheets.report_tables import write_rows, write_table
from service.domain.report_table import AMOUNTS, COUNTS, RATIOS, TableFormat
from service.usecases.ads.reports.figures import FIGURES, Delivered

COLUMNS = ("day", *FIGURES)


def row(**changed: Any) -> dict[str, Any]:
    """A row of a day in which nothing was delivered, but for what is changed."""
    return {"day": "2026-11-01", **Delivered().figures("USD"), **changed}


def sheets(book: bytes) -> dict[str, list[list[Any]]]:
    """The cells of a workbook's sheets, by their names."""
    read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book))
    return {name: read.get_sheet_by_name(name).to_python() for name in read.sheet_names}


def test_an_amount_below_nothing_is_a_number_and_a_text_that_would_run_is_none() -> None:
    """What is due is negative in the row that has a credit and no spend; a section may be called anything."""
    rows = [row(day="=1+1", spend="0.00", credited="5.000001", due="-5.000001")]
    [read] = csv.DictReader(io.StringIO(write_table(COLUMNS, rows, "csv").decode()))
    assert (read["day"], read["spend"], read["due"]) == ("'=1+1", "0.00", "-5.000001")


def test_amounts_of_a_workbook_add_up() -> None:
    rows = [row(spend="0.10"), row(spend="12345678.000001", due="-1.50"), row(spend="7")]
    [head, *lines] = sheets(write_table(COLUMNS, rows, "xlsx"))["report"]
    assert sum(Decimal(str(line[head.index("spend")])) for line in lines) == Decimal("12345685.100001")
    assert lines[1][head.index("due")] == -1.5


def test_parquet_has_exact_amounts_and_the_same_columns_where_nothing_was_delivered() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    full, empty = (
        parquet.read_table(io.BytesIO(write_table(COLUMNS, rows, "parquet")))
        for rows in ([row(spend="9000000000.000001", ctr=0.5)], [])
    )
    assert full.column("spend").to_pylist() == [Decimal("9000000000.000001")]
    assert full.schema.equals(empty.schema)
    assert all(pyarrow.types.is_decimal(full.schema.field(name).type) for name in AMOUNTS & set(COLUMNS))


def many(count: int) -> Iterator[dict[str, Any]]:
    """Rows that are made as they are read; the first has no rate, and none but the last a fill rate."""
    return (
        row(spend=f"{n}.10", ctr=n / 8 if n else None, fill_rate=0.5 if n == count - 1 else None, invalid={"bot": n})
        for n in range(count)
    )


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_a_table_is_the_same_however_many_rows_are_written_at_a_time(
    form: TableFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    at_once = write_table(COLUMNS, many(7), form)
    monkeypatch.setattr(report_tables, "WRITTEN_AT_ONCE", 2)
    in_pieces = write_table(COLUMNS, many(7), form)
    assert sheets(in_pieces) == sheets(at_once) if form == "xlsx" else in_pieces == at_once


def test_rows_are_a_list_in_json_however_many_are_written_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_tables, "WRITTEN_AT_ONCE", 2)
    for count in (0, 1, 2, 5):
        assert json.loads(write_rows(many(count))) == list(many(count))


def test_a_workbook_has_a_sheet_for_rows_of_each_kind() -> None:
    more = {"credits": [{"id": "c1", "amount": "2.50"}], "none": []}
    assert sheets(write_table(("day",), [row()], "xlsx", more)) == {
        "report": [["day"], ["2026-11-01"]],
        "credits": [["id", "amount"], ["c1", 2.5]],
    }


def test_each_figure_of_a_report_is_of_a_kind() -> None:
    assert set(FIGURES) - AMOUNTS - COUNTS - RATIOS == {"currency", "invalid"}
