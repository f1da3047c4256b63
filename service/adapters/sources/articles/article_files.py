"""Reads articles from a file: JSON, a JSON object a line, or a table; each may be packed with gzip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from service.adapters.sources.articles.article_values import BODIES, REQUIRED, CellReading
from service.adapters.sources.articles.csv_rows import CsvTable, StartsRow
from service.adapters.sources.articles.json_rows import is_list, list_rows, ndjson_rows
from service.adapters.sources.articles.row import Row
from service.adapters.sources.fetching.source_file import SourceFile, check_encoding, open_source, text_lines
from service.domain.errors import Fault, InvalidInput

Format = Literal["list", "ndjson", "table"]

SNIFFED_BYTES = 4_096
_ADDRESS = re.compile(r"https?://\S+")
_DATE_LIKE = re.compile(r"(?=.*\d).{4,40}")


class ArticleFile:
    """One open file of articles: its rows, and afterwards the columns that no field took."""

    def __init__(self, source: SourceFile, reading: CellReading, limit: int) -> None:
        self._source = source
        self._reading = reading
        self._limit = limit
        self._names: set[str] = set()

    @property
    def position_bytes(self) -> int:
        """How far reading has come, in bytes as the file lies on the disk."""
        return self._source.position_bytes

    def unused_columns(self, fields: tuple[str, ...]) -> list[str]:
        """Returns the names seen so far, in order, that are the column of none of the fields."""
        return sorted(self._names - {self._reading.column(name) for name in fields})

    def rows(self) -> Iterator[Row]:
        """Yields the rows. Raises InvalidInput where a column is missing, or at a fault of a JSON list."""
        for row in self._rows():
            self._names.update(row.cells)
            yield row

    def _rows(self) -> Iterator[Row]:
        kind = _format(self._source)
        if kind == "ndjson":
            return ndjson_rows(self._source.stream, self._limit)
        if kind == "list":
            return list_rows(self._source.stream, self._limit)
        table = CsvTable(text_lines(self._source.stream, self._limit), self._limit)
        check_columns(self._source.path, table.columns, self._reading)
        return table.rows(_row_start(table.columns, self._reading))


def check_article_file(path: Path, reading: CellReading, limit: int) -> int:
    """Returns the file's size on the disk, in bytes, after reading all of it without using any of it.

    Raises InvalidInput where it is missing, packed wrongly, no UTF-8, no JSON, or a table without a needed column.
    """
    with open_source(path) as source:
        check_encoding(source, limit)
    with open_source(path) as source:
        rows = ArticleFile(source, reading, limit).rows()
        if _format(source) == "list":
            for _ in _at(path, rows):
                pass
        else:
            next(rows, None)
        return source.size_bytes


def check_columns(path: Path, columns: list[str], reading: CellReading) -> None:
    """Raises InvalidInput naming every column that is needed or mapped and is not there, or is there twice."""
    known = set(columns)
    faults = [Fault(name, f"the column '{name}' is there twice") for name in sorted(known) if columns.count(name) > 1]
    faults += [
        Fault(name, f"there is no column '{column}' to take '{name}' from")
        for name, column in reading.columns.items()
        if column not in known
    ]
    needed = [name for name in REQUIRED if name not in reading.columns]
    faults += [
        Fault(name, f"there is no column '{name}'; name the one that holds it: --map {name}=COLUMN")
        for name in needed
        if name not in known and name not in reading.defaults
    ]
    if not any(reading.column(name) in known for name in BODIES):
        faults.append(Fault("text", "there is no column 'text' or 'html'; name one: --map text=COLUMN"))
    if faults:
        raise InvalidInput(faults, f"{path}: the columns do not fit; there are: {', '.join(columns) or 'none'}")


def _format(source: SourceFile) -> Format:
    start = source.stream.peek(SNIFFED_BYTES)
    if is_list(start):
        return "list"
    return "ndjson" if start.lstrip().startswith(b"{") else "table"


def _row_start(columns: list[str], reading: CellReading) -> StartsRow:
    """Returns the test for a line in which a row begins: an address and a date stand where the header says."""
    url, published = (columns.index(reading.column(name)) if reading.column(name) in columns else None
                      for name in ("url", "published_at"))  # fmt: skip

    def starts_row(cells: list[str]) -> bool:
        if url is None or published is None or not max(url, published) < len(cells) <= len(columns):
            return False
        return bool(_ADDRESS.fullmatch(cells[url].strip()) and _DATE_LIKE.fullmatch(cells[published].strip()))

    return starts_row


def _at(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """Yields the rows; an error names the file too."""
    try:
        yield from rows
    except InvalidInput as error:
        raise InvalidInput.one(str(path), f"{path}: {error.detail}") from error
