"""A sheet is read as a stream: line by line, each text once, and no differently than row by row."""

from __future__ import annotations

import gzip
import io
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.sources.sheets.reading import SheetFormat, sheet_lines
from service.domain.errors import InvalidInput, TooLarge
from service.domain.sheet.reading.cells import CellFault, SheetRow
from service.domain.sheet.reading.row_reader import KnownCells
from service.domain.sheet.reading.rows import read_row
from service.domain.sites.site import Site

SITE = Site("s", timezone="Europe/Madrid")
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f1", "placements": "sidebar", "creative": "k1",
    "format": "native", "headline": "Cars", "landing_url": "https://acme.example/", "price": "2.50",
}  # fmt: skip
# Texts that mean one thing in one column or beside one cell, and another elsewhere.
TEXTS = st.sampled_from(["", "1", "50", "2.50", "news", "news|sport", "money", "clicks", "2026-03-29T02:30", "=1"])
COLUMNS = (
    "goal", "goal_type", "cap_unit", "daily_cap", "lifetime_cap", "price", "sections", "keywords", "days", "starts_at",
    "headline", "weight", "timezone",
)  # fmt: skip


class Watched(io.BytesIO):
    """Bytes that know how far they were read."""

    furthest = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        """Reads a line."""
        content = super().readline(size)
        self.furthest = max(self.furthest, self.tell())
        return content


def sheet(rows: int) -> bytes:
    """A CSV sheet."""
    return b"flight,creative\n" + b"".join(b"f%d,k%d\n" % (row, row) for row in range(rows))


def test_no_more_of_a_sheet_is_read_than_was_asked_for() -> None:
    raw = Watched(sheet(1_000))
    lines = islice(sheet_lines(raw, "ndjson", 100_000), 3)
    assert len(list(lines)) == 3
    assert 0 < raw.furthest < 100


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_what_stands_before_an_unreadable_line_is_read(form: SheetFormat) -> None:
    row = b'{"flight": "f"}\n' if form == "ndjson" else b"advertiser,campaign,flight,placements,creative,format\n"
    *_, last = sheet_lines(io.BytesIO(row + b"caf\xe9\n" + row), form, 1_000)
    assert last == CellFault(2, "", "is not UTF-8 (byte 0xE9); save the sheet as 'CSV UTF-8'")


def test_lines_may_end_as_those_of_an_old_macintosh() -> None:
    raw = b"advertiser,campaign,flight,placements,creative,format\ra,c,f,p,k,native\ra,c,g,p,k,native\r"
    lines = list(sheet_lines(io.BytesIO(raw), "csv", 1_000))
    assert [(line.line, line.cells["flight"]) for line in lines if isinstance(line, SheetRow)] == [(2, "f"), (3, "g")]


def test_a_sheet_over_the_limit_or_half_unpacked_is_refused_where_that_shows() -> None:
    with pytest.raises(TooLarge):
        list(sheet_lines(io.BytesIO(sheet(100)), "ndjson", 500))
    with pytest.raises(InvalidInput, match="gzip file is broken"):
        list(sheet_lines(io.BytesIO(gzip.compress(sheet(10_000))[:-20]), "ndjson", 1_000_000))


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), TEXTS), max_size=6))
def test_a_text_read_once_for_all_rows_is_read_as_in_each_alone(changes: list[dict[str, str]]) -> None:
    known = KnownCells()
    for line, change in enumerate(changes, 2):
        row = SheetRow(line, {**ROW, **change})
        assert read_row(row, SITE, {"sidebar"}, (), known) == read_row(row, SITE, {"sidebar"})
