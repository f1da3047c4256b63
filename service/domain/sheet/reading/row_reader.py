"""Reads the cells of an inventory sheet's rows, each text once, and keeps every fault by its line and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar, cast

from service.domain.sheet.reading.cells import CellFault, SheetRow, refuse_formula, refuse_unprintable

T = TypeVar("T")

# Texts of a column that are read once for all rows: enough for what campaigns share, little enough to hold.
MOST_KNOWN = 1_024
MAX_KNOWN_CHARS = 200
# ... and of columns that are read together, such as a campaign's: as many as a large sheet has, some 1 kB each.
MOST_KNOWN_TOGETHER = 8_192
_UNREAD = object()


class KnownCells(defaultdict[str, dict[object, Any]]):
    """What a sheet's cells were read as so far, by column, and by how and of what text they were read.

    Most rows repeat the texts of others, and are read in no time. A column of ids never fills the memory. `readings`
    holds the same of columns that are read together.
    """

    def __init__(self) -> None:
        super().__init__(dict)
        self.readings: defaultdict[tuple[str, ...], dict[tuple[str | None, ...], Any]] = defaultdict(dict)


class RowReader:
    """Reads a row's cells one by one, keeping every fault it meets."""

    def __init__(self, row: SheetRow, known: KnownCells | None = None) -> None:
        """`known` is shared by the rows of a sheet; a reading is found there again if `parse` is the same object."""
        self.row = row
        self.faults: list[CellFault] = []
        self._known = KnownCells() if known is None else known
        self._texts = {column: text for column, cell in row.cells.items() if (text := _one_form(cell))}

    def text_of(self, column: str) -> str:
        """Returns the cell's text, its lines ended by line feeds, without white space around it; empty where absent."""
        return self._texts.get(column, "")

    def fault(self, column: str, message: str) -> None:
        """Notes a fault of the cell."""
        self.faults.append(CellFault(self.row.line, column, message))

    def read(self, column: str, parse: Callable[[str], T], default: T) -> T:
        """Returns the cell's value; the default where it is empty, or faulty, which is noted."""
        text = self._texts.get(column)
        if text is None:
            return default
        found = self._known[column].get((parse, text), _UNREAD)
        return self._parsed(column, parse, (parse, text), default) if found is _UNREAD else cast("T", found)

    def items(self, column: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """Returns the values of a cell's list, which `|` separates, each once, in order."""
        text = self._texts.get(column)
        if text is None:
            return ()
        key = (tuple, parse, text)
        found = self._known[column].get(key, _UNREAD)
        if found is not _UNREAD:
            return cast("tuple[T, ...]", found)

        def parse_all(text: str) -> tuple[T, ...]:
            return tuple(dict.fromkeys(parse(item.strip()) for item in text.split("|") if item.strip()))

        return self._parsed(column, parse_all, key, ())

    def together(self, columns: tuple[str, ...], read: Callable[[RowReader], T]) -> T:
        """Returns what is read of these columns and no others, which rows of the same texts in them share.

        `columns` name the reading: one of its kind for all rows of a sheet.
        """
        texts = tuple(map(self._texts.get, columns))
        known = self._known.readings[columns]
        if (found := known.get(texts, _UNREAD)) is not _UNREAD:
            return cast("T", found)
        named = {column: text for column, text in zip(columns, texts, strict=True) if text is not None}
        part = RowReader(SheetRow(self.row.line, named), self._known)
        read_now = read(part)
        self.faults += part.faults
        if len(known) < MOST_KNOWN_TOGETHER and not part.faults:
            known[texts] = read_now
        return read_now

    def _parsed(self, column: str, parse: Callable[[str], T], key: object, default: T) -> T:
        text = self._texts[column]
        try:
            refuse_unprintable(text)
            if column not in ("html", "tag"):
                refuse_formula(text)
            found = parse(text)
        except ValueError as error:
            self.fault(column, str(error))
            return default
        known = self._known[column]
        if len(known) < MOST_KNOWN and len(text) <= MAX_KNOWN_CHARS:
            known[key] = found
        return found


def _one_form(text: str) -> str:
    """The text as `text_of` gives it; most hold no carriage return."""
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).strip()
