"""Looks through a worksheet's XML before a reader lays it out: far cells, formulas, errors and times of day.

The reader lays out a table as wide and long as its farthest cell, and ends the process where the memory is not enough:
a sheet whose last cell is far off must never reach it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from service.domain.errors import InvalidInput, TooLarge

MAX_ROWS = 20_000
MAX_COLUMNS = 256
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_FILLINGS = frozenset({"v", "is", "f"})

Place = tuple[int, int]
"""Row and column of a cell, from 1."""


@dataclass(slots=True)
class WorksheetScan:
    """What a worksheet holds that its values do not tell; `timed` are cells that show a time of day."""

    timed_styles: frozenset[str]
    formulas: list[Place] = field(default_factory=list)
    errors: list[Place] = field(default_factory=list)
    timed: set[Place] = field(default_factory=set)
    _at: Place = (0, 0)
    _style: str = ""

    def read(self, content: bytes) -> None:
        """Looks through a part. Raises InvalidInput for what is no plain XML, TooLarge for too many rows or columns."""
        parse(content, self._begin)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if "uniqueCount" in attributes:  # the reader sets that much memory aside at once
            _number(attributes["uniqueCount"], 0)
        if local == "c":
            self._cell(attributes)
        elif local in _FILLINGS:
            self._filled(local)
        elif local == "row":
            self._at = (_number(attributes.get("r"), self._at[0] + 1), 0)

    def _cell(self, attributes: dict[str, str]) -> None:
        reference, kind = attributes.get("r"), attributes.get("t")
        self._at = _place(reference) if reference else (self._at[0], self._at[1] + 1)
        self._style = attributes.get("s", "")
        if kind is not None:
            self._filled("t")
        if kind == "e":
            self.errors.append(self._at)

    def _filled(self, what: str) -> None:
        row, column = self._at
        if row > MAX_ROWS + 1:
            raise TooLarge(f"The sheet has cells below row {MAX_ROWS + 1:,}; send so many rows as CSV.")
        if column > MAX_COLUMNS:
            raise TooLarge(f"Row {row} of the sheet has cells beyond its {MAX_COLUMNS} first columns; remove them.")
        if what == "f":
            self.formulas.append(self._at)
        elif self._style in self.timed_styles:
            self.timed.add(self._at)


def parse(content: bytes, begin: Callable[[str, dict[str, str]], None]) -> None:
    """Calls `begin` with each element of a part. Raises InvalidInput unless it is XML in UTF-8 without entities."""
    if b"\0" in content:
        # UTF-16, which this parser would read as such, and the sheet's reader byte by byte: as something else.
        raise InvalidInput.one("", "The workbook is not in UTF-8; save it anew.")
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise InvalidInput.one("", f"The workbook is damaged: {error}.") from error


def _refuse_doctype(*_: object) -> None:
    raise InvalidInput.one("", "The workbook declares entities of its own, which no spreadsheet does.")


def _place(reference: str) -> Place:
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise InvalidInput.one("", f"The workbook is damaged: '{reference[:20]}' is no cell.")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise InvalidInput.one("", f"The workbook is damaged: '{text[:20]}' is no row.")
    return int(text)
