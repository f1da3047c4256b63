"""Reads a table row by row, and notices where a broken quotation mark makes a row swallow the next."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from service.adapters.sources.articles.row import Row

DELIMITERS = (",", ";", "\t")

NumberedLine = tuple[int, str | None]
StartsRow = Callable[[list[str]], bool]
"""Says of the cells of one line, read by itself, whether a row begins there."""


@dataclass(slots=True)
class _Feed:
    """The lines of one row for csv.reader, which takes one more while a quotation mark is open."""

    lines: Iterator[NumberedLine]
    waiting: deque[NumberedLine]
    delimiter: str
    starts_row: StartsRow
    limit: int
    taken: list[int] = field(default_factory=list)
    chars: int = 0
    broken_at: int | None = None
    ran_out: bool = False

    def __iter__(self) -> Iterator[str]:
        while (line := self._next_line()) is not None:
            number, text = line
            if text is None or self.chars > self.limit or (self.taken and self._begins_row(text)):
                self.broken_at = number
                if self.taken and text is not None:
                    self.waiting.append((number, text))
                elif not self.taken:
                    self.taken.append(number)
                return
            self.taken.append(number)
            self.chars += len(text)
            yield text + "\n"
        self.ran_out = True

    def _next_line(self) -> NumberedLine | None:
        return self.waiting.popleft() if self.waiting else next(self.lines, None)

    def _begins_row(self, text: str) -> bool:
        return self.delimiter in text and self.starts_row(_cells(text, self.delimiter))


class CsvTable:
    """A table whose first line names its columns; `rows` may be read once."""

    def __init__(self, lines: Iterator[NumberedLine], limit: int) -> None:
        """Reads the header; `limit` is the most characters of a row."""
        csv.field_size_limit(max(csv.field_size_limit(), limit * 2))
        self._lines = lines
        self._limit = limit
        header = next(lines, (1, ""))[1] or ""
        self._delimiter = max(DELIMITERS, key=header.count)
        self.columns = [cell.strip() for cell in _cells(header, self._delimiter)] if header else []

    def rows(self, starts_row: StartsRow) -> Iterator[Row]:
        """Yields the rows; each that is broken has its fault, and reading goes on at the next line that begins one."""
        waiting: deque[NumberedLine] = deque()
        while True:
            feed = _Feed(self._lines, waiting, self._delimiter, starts_row, self._limit)
            reader = csv.reader(iter(feed), delimiter=self._delimiter, strict=False)
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Row(feed.taken[0], fault=f"is no row of separated cells: {error}")
                continue
            if not feed.taken:
                return
            yield self._row(feed, cells or [])

    def _row(self, feed: _Feed, cells: list[str]) -> Row:
        line = feed.taken[0]
        fault = self._fault(feed, cells)
        if fault:
            return Row(line, fault=fault)
        return Row(line, dict(zip(self.columns, cells, strict=False)))

    def _fault(self, feed: _Feed, cells: list[str]) -> str | None:
        if feed.broken_at == feed.taken[0]:
            return f"the line is longer than {self._limit} bytes"
        if feed.broken_at is not None:
            return f"a quotation mark opened here is not closed before line {feed.broken_at}"
        if feed.ran_out:
            return "a quotation mark opened here is not closed before the end of the file"
        while len(cells) > len(self.columns) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(self.columns):
            return f"has {len(cells)} cells where the header names {len(self.columns)}"
        return "holds a NUL character" if any("\0" in cell for cell in cells) else None


def _cells(text: str, delimiter: str) -> list[str]:
    """Returns the cells of one line read by itself; none where csv cannot read it."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=False), [])
    except csv.Error:
        return []
