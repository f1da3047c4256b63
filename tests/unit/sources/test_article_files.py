"""A file of articles is read row by row; what is broken is refused by its line, and swallows nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from service.adapters.sources.articles.article_files import ArticleFile, check_article_file
from service.adapters.sources.articles.article_values import FIELDS, CellReading, article_values
from service.adapters.sources.articles.dates import DayOrder
from service.adapters.sources.articles.row import Row
from service.adapters.sources.fetching.source_file import open_source
from service.domain.errors import InvalidInput

LIMIT = 10_000
READING = CellReading(UTC)
HEADER = "id,url,title,published_at,text"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: str | bytes, name: str = "articles.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def read(path: Path, reading: CellReading = READING) -> list[Row]:
    check_article_file(path, reading, LIMIT)
    with open_source(path) as source:
        return list(ArticleFile(source, reading, LIMIT).rows())


def line(number: int, text: str = "Text.") -> str:
    return f"a-{number},https://courier.example/{number},Title {number},2026/3/{number},{text}"


def table(*lines: str) -> str:
    return "\n".join((HEADER, *lines)) + "\n"


def outline(rows: list[Row]) -> list[tuple[int, str | None]]:
    return [(row.line, None if row.fault else row.cells["id"]) for row in rows]


def test_a_table_is_read_by_its_header(write: Write) -> None:
    rows = read(write(table(line(1), line(2, '"Two, ""quoted"", parts."'))))
    assert outline(rows) == [(2, "a-1"), (3, "a-2")]
    assert rows[1].cells["text"] == 'Two, "quoted", parts.'


def test_semicolons_and_tabs_part_cells_too(write: Write) -> None:
    for mark in (";", "\t"):
        rows = read(write(table(line(1)).replace(",", mark)))
        assert rows[0].cells["url"] == "https://courier.example/1"


def test_a_row_is_named_by_the_line_it_begins_on(write: Write) -> None:
    rows = read(write(table(line(1, '"One.\n\nTwo."'), line(2))))
    assert outline(rows) == [(2, "a-1"), (5, "a-2")]
    assert rows[0].cells["text"].split() == ["One.", "Two."]


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_the_cells(write: Write) -> None:
    rows = read(write(b"\xef\xbb\xbf" + table(line(1)).replace("\n", "\r\n").encode()))
    assert (rows[0].cells["id"], rows[0].cells["text"]) == ("a-1", "Text.")


def test_a_quotation_mark_that_is_never_closed_refuses_its_row_and_no_other(write: Write) -> None:
    rows = read(write(table(line(1), line(2, '"open'), line(3), line(4))))
    assert outline(rows) == [(2, "a-1"), (3, None), (4, "a-3"), (5, "a-4")]
    assert rows[1].fault == "a quotation mark opened here is not closed before line 4"


def test_a_quotation_mark_opened_before_the_title_does_not_swallow_rows_either(write: Write) -> None:
    broken = 'a-2,https://courier.example/2,"Title,2026/3/2,Text'
    rows = read(write(table(line(1), broken, line(3, '"Quoted."'), line(4))))
    assert outline(rows) == [(2, "a-1"), (3, None), (4, "a-3"), (5, "a-4")]


def test_a_quotation_mark_open_to_the_end_of_the_file_refuses_its_row(write: Write) -> None:
    rows = read(write(table(line(1), line(2, '"open'), "and on", "and on")))
    assert outline(rows) == [(2, "a-1"), (3, None)]
    assert "before the end of the file" in str(rows[1].fault)


def test_a_quoted_text_may_hold_lines_with_addresses(write: Write) -> None:
    text = '"See\nhttps://courier.example/x\nfor, more, https://courier.example/y, and, so on"'
    assert outline(read(write(table(line(1, text), line(2))))) == [(2, "a-1"), (5, "a-2")]


def test_a_row_with_too_many_or_too_few_cells_is_refused(write: Write) -> None:
    rows = read(write(table(line(1, "a, b"), "a-2,https://courier.example/2", line(3))))
    assert [row.fault for row in rows] == [
        "has 6 cells where the header names 5",
        "has 2 cells where the header names 5",
        None,
    ]


def test_empty_cells_after_the_last_column_are_nothing(write: Write) -> None:
    assert outline(read(write(table(line(1) + ",,")))) == [(2, "a-1")]


def test_a_nul_character_refuses_its_row(write: Write) -> None:
    rows = read(write(table(line(1, "nu\0l"), line(2))))
    assert [row.fault for row in rows] == ["holds a NUL character", None]


def test_a_line_longer_than_allowed_refuses_its_row(write: Write) -> None:
    rows = read(write(table(line(1, "x" * LIMIT), line(2))))
    assert outline(rows) == [(2, None), (3, "a-2")]
    assert rows[0].fault == f"the line is longer than {LIMIT} bytes"


def test_a_long_quoted_cell_of_many_lines_is_bounded(write: Write) -> None:
    lines = "\n".join("x" * 100 for _ in range(300))
    rows = read(write(table(line(1, f'"{lines}"'), line(2))))
    assert rows[0].fault is not None
    assert outline(rows)[-1][1] == "a-2"


def test_a_cell_longer_than_the_csv_modules_default_is_read(write: Write) -> None:
    path = write(table(line(1, "x" * 200_000)))
    with open_source(path) as source:
        (row,) = ArticleFile(source, READING, 300_000).rows()
    assert len(row.cells["text"]) == 200_000


def test_a_missing_column_refuses_the_file_and_says_which_there_are(write: Write) -> None:
    path = write("id,link,title,date,text\n")
    with pytest.raises(InvalidInput, match="there are: id, link, title, date, text") as caught:
        read(path)
    assert [fault.path for fault in caught.value.faults] == ["url", "published_at"]
    assert "--map url=COLUMN" in caught.value.faults[0].message


def test_foreign_columns_are_mapped_and_the_rest_is_named_as_unused(write: Write) -> None:
    path = write("id,link,title,date,text,mood\na-1,https://courier.example/1,T,2026/3/1,Text.,good\n")
    reading = CellReading(UTC, columns={"url": "link", "published_at": "date"})
    with open_source(path) as source:
        file = ArticleFile(source, reading, LIMIT)
        (row,) = file.rows()
        assert file.unused_columns(FIELDS) == ["mood"]
    values, faults = article_values(row.cells, reading)
    assert faults == []
    assert values["url"] == "https://courier.example/1"
    assert values["published_at"] == "2026-03-01T00:00:00Z"


def test_a_mapped_column_that_is_not_there_refuses_the_file(write: Write) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(write(table(line(1))), CellReading(UTC, columns={"section": "channel"}))
    assert caught.value.faults[0].message == "there is no column 'channel' to take 'section' from"


def test_a_column_that_is_there_twice_refuses_the_file(write: Write) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(write(f"{HEADER},text\n"))
    assert caught.value.faults[0].message == "the column 'text' is there twice"


def test_broken_encoding_names_line_and_byte(write: Write) -> None:
    content = table(line(1), line(2, "Caf@ noir")).encode().replace(b"@", b"\xe9")
    with pytest.raises(InvalidInput, match=r"articles\.csv:3 byte \d+ of the line \(0xe9\) is no UTF-8"):
        read(write(content))


def test_utf_16_is_told_by_its_mark(write: Write) -> None:
    with pytest.raises(InvalidInput, match="is UTF-16; save it as UTF-8"):
        read(write(table(line(1)).encode("utf-16")))


def test_a_packed_file_is_read_whatever_its_name(write: Write) -> None:
    assert outline(read(write(gzip.compress(table(line(1)).encode())))) == [(2, "a-1")]


def test_a_packed_file_that_was_cut_off_is_refused(write: Write) -> None:
    packed = gzip.compress(table(*(line(number) for number in range(1, 20))).encode())
    with pytest.raises(InvalidInput, match="the packed file is broken"):
        read(write(packed[:-12]))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "content", ['[{"id": "a-1"},\n {"id": "a-2"}]', '{"articles": [{"id": "a-1"},\n{"id": "a-2"}], "more": 1}']
)
def test_a_list_of_objects_is_read_with_lines(write: Write, content: str) -> None:
    assert outline(read(write(content, "articles.json"))) == [(1, "a-1"), (2, "a-2")]


@pytest.mark.parametrize("content", ["\n [ ]", '{"articles":[]}', HEADER])
def test_a_file_may_hold_no_article(write: Write, content: str) -> None:
    assert read(write(content)) == []


def test_a_list_far_longer_than_the_window_is_read_whole(write: Write) -> None:
    entries = ",\n".join(f'{{"id": "a-{number}", "text": "{"é" * 500}"}}' for number in range(1_000))
    rows = read(write(f"[\n{entries}\n]"))
    assert outline(rows) == [(number + 2, f"a-{number}") for number in range(1_000)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"id": "a-1"},\n{"id" "a-2"}]', "line 2 is not JSON: column 7: Expecting ':' delimiter"),
        ('[{"id": "a-1"}\n', "line 2 is not JSON: the list is not closed"),
        ('[{"id": "a-1"} {"id": "a-2"}]', "line 1 is not JSON: expected ',' or ']'"),
        ("[" * 50_000, "is not JSON"),
    ],
)
def test_a_list_that_is_not_json_is_refused_as_a_whole(write: Write, content: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(write(content))
    assert message in caught.value.detail


def test_a_member_of_a_list_that_is_no_object_is_refused_alone(write: Write) -> None:
    assert outline(read(write('[7, {"id": "a-2"}]'))) == [(1, None), (1, "a-2")]


def test_each_line_of_ndjson_stands_alone(write: Write) -> None:
    long = '{"id": "' + "x" * LIMIT + '"}'
    rows = read(write(f'{{"id": "a-1"}}\n\n{{broken\n7\n{long}\n{{"id": "a-6"}}'))
    assert outline(rows) == [(1, "a-1"), (3, None), (4, None), (5, None), (6, "a-6")]
    assert str(rows[1].fault).startswith("is not JSON: column 2")


def test_cells_become_the_contracts_values() -> None:
    cells = {
        "id": 7,
        "url": " https://courier.example/7 ",
        "title": "T",
        "published_at": "07/02/2017",
        "text": "Text.",
        "tags": "war| talks |",
        "comment_count": "12",
        "evergreen": "yes",
        "sensitive": "0",
        "image_url": "https://courier.example/7.jpg",
        "image_width": "324",
        "image_alt": "",
        "section": " ",
    }
    values, faults = article_values(
        cells, CellReading(UTC, defaults={"section": "World"}, day_order=DayOrder.DAY_FIRST)
    )
    assert faults == []
    assert values == {
        "id": "7",
        "url": "https://courier.example/7",
        "title": "T",
        "published_at": "2017-02-07T00:00:00Z",
        "text": "Text.",
        "tags": ["war", "talks"],
        "comment_count": 12,
        "evergreen": True,
        "sensitive": False,
        "section": "World",
        "image": {"url": "https://courier.example/7.jpg", "width": 324},
    }


def test_each_cell_that_cannot_be_read_is_a_fault_of_its_own() -> None:
    cells = {"published_at": "soon", "comment_count": "-1", "evergreen": "maybe", "expires_at": True}
    values, faults = article_values(cells, READING)
    assert [fault.path for fault in faults] == ["published_at", "expires_at", "comment_count", "evergreen"]
    assert values == {}


def test_html_is_taken_where_there_is_some_and_text_where_there_is_none() -> None:
    assert "text" not in article_values({"html": "<p>x", "text": ""}, READING)[0]
    assert "html" not in article_values({"html": " ", "text": "x"}, READING)[0]
