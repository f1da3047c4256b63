"""Reads from a row of an inventory sheet how often a reader is shown something."""

from __future__ import annotations

from service.domain.ads.reader.frequency import frequency_cap, repeats_window
from service.domain.sheet.reading.row_reader import RowReader


def frequency_caps(reader: RowReader, column: str) -> tuple[str, ...]:
    """Returns a column's frequency caps, one of a window at most."""
    caps = reader.items(column, frequency_cap)
    if repeats_window(caps):
        reader.fault(column, "has two caps of one window; keep one")
    return caps
