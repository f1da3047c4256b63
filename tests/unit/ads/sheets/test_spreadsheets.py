"""XLSX sheets: what their cells mean, which rows faults name, and workbooks that are none, or traps."""

from __future__ import annotations

import gzip
import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

import pytest
from xlsxwriter import Workbook

from service.adapters.sources.sheets.reading import read_rows, read_sheet
from service.adapters.sources.sheets.workbook.worksheet_scan import WorksheetScan
from service.domain.errors import InvalidInput, TooLarge
from service.domain.sheet.export import SheetFormat
from service.domain.sheet.reading.cells import CellFault, SheetRow

LIMIT = 20_000_000
HEADER = ("advertiser", "campaign", "flight", "placements", "creative", "format")
ROW = ("acme", "spring", "f1", "sidebar", "k1", "native")
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(fill: Callable[[Any, Any], None], name: str = "inventory") -> bytes:
    """A workbook whose sheet of this name is filled by `fill(book, sheet)`."""
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    fill(book, book.add_worksheet(name))
    book.close()
    return out.getvalue()


def table(*rows: tuple[object, ...], header: tuple[str, ...] = HEADER) -> bytes:
    """A workbook of a header and these rows."""

    def fill(book: Any, sheet: Any) -> None:
        for line, row in enumerate((header, *rows)):
            sheet.write_row(line, 0, row)

    return workbook(fill)


def altered(raw: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def day(*parts: int) -> datetime:
    """A time as cells hold it: without a zone."""
    return datetime(*parts)  # type: ignore[arg-type,misc]  # noqa: DTZ001


def read(raw: bytes, limit: int = LIMIT) -> tuple[list[SheetRow], list[CellFault]]:
    return read_rows(raw, "xlsx", limit)


def cells(raw: bytes) -> Mapping[str, str]:
    """The cells of a workbook's one row, which has no fault."""
    rows, faults = read(raw)
    assert faults == []
    assert len(rows) == 1
    return rows[0].cells


SHEET_PART = "xl/worksheets/sheet1.xml"


def test_a_workbook_is_known_by_its_name_and_its_media_type() -> None:
    raw = table(ROW)
    for name in ("Inventory.XLSX", MEDIA, f"{MEDIA}; charset=x"):
        rows, faults = read_sheet(raw, name, LIMIT)
        assert (rows[0].cells["flight"], faults) == ("f1", [])
    assert read_sheet(gzip.compress(raw), "inventory.xlsx.gz", LIMIT)[0][0].cells["flight"] == "f1"


def test_cells_mean_what_the_sheet_shows() -> None:
    header = (*HEADER, "goal", "price", "headline", "cta", "starts_at", "ends_at", "body")

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, (*ROW, 50_000, 0.1 + 0.2, True, "007"))
        sheet.write_datetime(1, 10, day(2027, 3, 1), book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_datetime(1, 11, day(2027, 3, 31, 18, 30), book.add_format({"num_format": "d mmm yyyy hh:mm"}))
        sheet.write_string(1, 12, "two\nlines, _x000D_ and \u0627\u0631\u062f\u0648 \U0001f600")

    found = cells(workbook(fill))
    assert (found["goal"], found["price"], found["headline"], found["cta"]) == ("50000", "0.3", "TRUE", "007")
    assert (found["starts_at"], found["ends_at"]) == ("2027-03-01", "2027-03-31T18:30:00")
    assert found["body"] == "two\nlines, _x000D_ and \u0627\u0631\u062f\u0648 \U0001f600"


@pytest.mark.parametrize(
    ("shown_as", "text"),
    [("yyyy-mm-dd", "2027-03-31"), ("yyyy-mm-dd hh:mm", "2027-03-31T00:00"), ("m/d/yy h:mm", "2027-03-31T00:00"),
     ('yyyy "o\'clock h"', "2027-03-31"), ("[$-409]d mmm yyyy", "2027-03-31")],
)  # fmt: skip
def test_midnight_is_a_day_or_a_moment_as_the_cell_shows_it(shown_as: str, text: str) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, (*HEADER, "ends_at"))
        sheet.write_row(1, 0, ROW)
        sheet.write_datetime(1, 6, day(2027, 3, 31), book.add_format({"num_format": shown_as}))

    assert cells(workbook(fill))["ends_at"] == text


def test_a_date_where_none_belongs_is_named() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, (*HEADER, "hours", "starts_at"))
        sheet.write_row(1, 0, ROW)
        sheet.write_datetime(1, 6, day(2026, 8, 12), book.add_format({"num_format": "d-mmm"}))
        sheet.write_datetime(1, 7, time(9, 30), book.add_format({"num_format": "hh:mm"}))

    _, faults = read(workbook(fill))
    assert [(fault.line, fault.column) for fault in faults] == [(2, "hours"), (2, "starts_at")]
    assert "as text" in faults[0].message


def test_rows_are_counted_as_the_spreadsheet_counts_them() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(4, 0, ROW)
        sheet.write_row(9, 0, (*ROW, "", "too far"))

    rows, faults = read(workbook(fill))
    assert [row.line for row in rows] == [5, 10]
    assert [(fault.line, fault.column) for fault in faults] == [(10, "")]


def test_the_sheet_is_the_one_named_inventory_else_the_first_that_shows() -> None:
    def several(*names: str, hidden: str = "") -> bytes:
        out = io.BytesIO()
        book = Workbook(out, {"in_memory": True})
        for name in names:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, (*ROW[:2], name, *ROW[3:]))
            if name == hidden:
                sheet.hide()
            else:
                sheet.activate()
                sheet.set_first_sheet()
        book.close()
        return out.getvalue()

    assert cells(several("Notes", "Inventory"))["flight"] == "Inventory"
    assert cells(several("May", "June"))["flight"] == "May"
    assert cells(several("May", "June", hidden="May"))["flight"] == "June"


def test_formulas_and_errors_are_named_by_their_cells() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, (*HEADER, "price", "goal"))
        sheet.write_row(1, 0, ROW)
        sheet.write_formula(1, 6, "=1+1", value=2)
        sheet.write_row(2, 0, ROW)
        sheet.write_formula(2, 7, "=1/0", value="#DIV/0!")
        sheet.write_formula(30, 20, '=HYPERLINK("https://evil.example")', value="")

    _, faults = read(workbook(fill))
    assert {(fault.line, fault.column) for fault in faults} == {(2, "price"), (3, "goal"), (31, "")}
    assert any("error" in fault.message for fault in faults if fault.line == 3)
    assert all("formula" in fault.message for fault in faults if fault.line != 3)


def test_formulas_of_other_sheets_do_not_matter() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        book.add_worksheet("sums").write_formula(0, 0, "=1+1")

    assert cells(workbook(fill))["flight"] == "f1"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_columns_may_be_written_with_spaces_and_capitals_and_a_near_name_is_told(form: SheetFormat) -> None:
    header = (*HEADER, "Landing URL", "cap-unit", "start", "zzz")
    row = (*ROW, "https://acme.example/", "money", day(2026, 11, 20), "1")
    lines = (",".join(map(str, line)) for line in (header, row))
    raw = table(row, header=header) if form == "xlsx" else "\n".join(lines).encode()

    rows, faults = read_rows(raw, form, LIMIT)

    assert (rows[0].cells["landing_url"], rows[0].cells["cap_unit"]) == ("https://acme.example/", "money")
    assert faults == [
        CellFault(1, "start", "is not a column of the sheet; did you mean starts_at?"),
        CellFault(1, "zzz", "is not a column of the sheet; check its spelling"),
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_title_above_the_names_of_the_columns_is_one_fault(form: SheetFormat) -> None:
    lines = (("Media plan",), (), HEADER, ROW)
    raw = table(*lines[1:], header=lines[0]) if form == "xlsx" else "\n".join(map(",".join, lines)).encode()

    rows, faults = read_rows(raw, form, LIMIT)

    assert rows == []
    assert [(fault.line, "delete what stands above" in fault.message) for fault in faults] == [(1, True)]


def test_columns_are_checked_as_those_of_csv_are() -> None:
    rows, faults = read(table(ROW, header=("advertiser", "Campaign", "flight", "placements", "creative", "buget")))
    assert rows == []
    assert {(fault.line, fault.column) for fault in faults} == {(1, "buget"), (1, "format")}
    assert [fault.message for fault in read(table())[1]] == ["the sheet has no rows"]
    assert [fault.message for fault in read(workbook(lambda *_: None))[1]] == ["the sheet has no rows"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"advertiser,campaign\n",
        b"PK\x03\x04" + b"\x00" * 40,
        table(ROW)[:-30],
        altered(table(ROW), "xl/workbook.xml", lambda _: b"<html/>"),
        altered(table(ROW), "xl/workbook.xml", lambda _: b"not xml"),
        altered(table(ROW), "xl/workbook.xml", lambda part: part.replace(b"UTF-8", b"klingon")),
        altered(table(ROW), SHEET_PART, lambda part: part[:200]),
        altered(table(ROW), SHEET_PART, lambda part: part.decode().encode("utf-16")),
        altered(table(ROW), SHEET_PART, lambda part: part.replace(b'r="A2"', b'r="A-2"')),
        altered(table(ROW), "xl/sharedStrings.xml", lambda part: part[:-20]),
    ],
    ids=[
        "empty",
        "csv",
        "a zip's head",
        "cut off",
        "html",
        "no xml",
        "no encoding",
        "cut sheet",
        "utf-16",
        "a bad cell",
        "cut texts",
    ],
)
def test_what_is_no_workbook_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(raw)


def test_a_zip_of_something_else_and_old_formats_are_refused() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<office/>")
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(InvalidInput):
        read(other.getvalue())
    with pytest.raises(InvalidInput, match=r"old \.xls"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500)
    with pytest.raises(InvalidInput, match="workbook"):
        read_rows(table(ROW), "csv", LIMIT)


def test_entities_of_a_workbooks_own_are_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    for part in (SHEET_PART, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"):
        raw = altered(table(ROW), part, lambda content: content.replace(b"?>", b"?>" + laughs, 1))
        with pytest.raises(InvalidInput):
            read(raw)


@pytest.mark.parametrize("size", [2_000_000, 30_000_000])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(size: int) -> None:
    bomb = altered(table(ROW), "xl/sharedStrings.xml", lambda part: part + b" " * size)
    limit = 1_000_000 if size < 10_000_000 else 1_000_000_000
    tracemalloc.start()
    with pytest.raises(TooLarge, match="unpacks"):
        read(bomb, limit)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    raw = bytearray(altered(table(ROW), SHEET_PART, lambda part: part + b" " * 5_000_000))
    entry = next(at for at in range(len(raw)) if raw[at : at + 4] == b"PK\x01\x02" and
                 raw[at + 46 : at + 46 + len(SHEET_PART)] == SHEET_PART.encode())  # fmt: skip
    raw[entry + 24 : entry + 28] = (1_000).to_bytes(4, "little")
    with pytest.raises(InvalidInput):
        read(bytes(raw))


def test_a_workbook_of_a_thousand_parts_is_refused() -> None:
    out = io.BytesIO(table(ROW))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(1_000):
            archive.writestr(f"xl/media/{number}.png", b"")
    with pytest.raises(TooLarge, match="parts"):
        read(out.getvalue())


def test_a_protected_workbook_is_refused() -> None:
    raw = bytearray(table(ROW))
    for found in re.finditer(b"PK\x01\x02", bytes(raw)):
        raw[found.start() + 8] |= 1
    with pytest.raises(InvalidInput, match="password"):
        read(bytes(raw))


@pytest.mark.parametrize(("line", "place", "named"), [(1_048_575, 0, "CSV"), (1, 16_383, "columns")])
def test_a_cell_far_off_is_refused_before_a_table_as_large_is_laid_out(line: int, place: int, named: str) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        sheet.write_string(line, place, "far")

    with pytest.raises(TooLarge, match=named):
        read(workbook(fill))


@pytest.mark.parametrize(
    "cell",
    [b'<x:c xmlns:x="urn:x" r="XFD1048576"><x:v>1</x:v></x:c>', b"<c r='xfd1048576' t='str'><v>z</v></c>",
     b'<c r="&#88;FD1048576"><v>1</v></c>', b'<c a=">" r="XFD1048576"><is><t>z</t></is></c>'],
)  # fmt: skip
def test_a_far_cell_is_found_however_it_is_written(cell: bytes) -> None:
    raw = altered(
        table(ROW), SHEET_PART, lambda part: part.replace(b"</sheetData>", b"<row>" + cell + b"</row></sheetData>")
    )
    with pytest.raises((TooLarge, InvalidInput)):
        read(raw)


def test_a_count_that_no_memory_holds_is_refused() -> None:
    raw = altered(
        table(ROW), "xl/sharedStrings.xml", lambda part: re.sub(rb'Count="\d+"', b'Count="99999999999"', part)
    )
    with pytest.raises(InvalidInput, match="damaged"):
        read(raw)


def test_a_reader_that_ends_its_process_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WorksheetScan, "read", lambda *_: None)

    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_string(1_048_575, 16_383, "far")

    with pytest.raises(InvalidInput, match="too much memory"):
        read(workbook(fill))


def test_formatted_cells_without_a_value_do_not_count() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert cells(workbook(fill))["flight"] == "f1"


def test_cells_without_references_are_read_in_their_order() -> None:
    raw = altered(table(ROW), SHEET_PART, lambda part: re.sub(rb'(<c) r="[A-Z]+\d+"', rb"\1", part))
    assert cells(raw)["format"] == "native"
