"""The forms in which a report is written as a table, and which of its columns hold numbers of which kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

TableFormat = Literal["csv", "xlsx", "parquet"]

MEDIA: dict[TableFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}

AMOUNTS = frozenset({"spend", "ecpm", "credited", "due", "amount"})
"""Columns of money in the row's currency: decimal text on the wire, exact decimal numbers in a table."""

RATIOS = frozenset({"ctr", "fill_rate", "pacing", "mean_dwell_s"})
"""Columns of numbers with a fraction, empty where there is nothing to divide by."""

COUNTS = frozenset({
    "gross_impressions", "net_impressions", "impressions", "views", "clicks", "reads", "position",
    "unbilled_impressions", "unbilled_views", "unbilled_clicks", "credited_impressions", "credited_views",
    "credited_clicks",
})  # fmt: skip
"""Columns of whole numbers."""

Rows = Iterable[Mapping[str, Any]]
"""Rows, which may be made as they are read, and are read once."""

WriteRows = Callable[[Rows], bytes]
"""Writes rows as a JSON list; a part of them is in memory at a time."""


class WriteTable(Protocol):
    """Writes rows as a table; a part of them is in memory at a time."""

    def __call__(
        self, columns: Sequence[str], rows: Rows, form: TableFormat, more: Mapping[str, Rows] | None = None
    ) -> bytes:
        """Returns the columns of the rows: amounts as exact decimals, None an empty cell, what is nested JSON in one.

        `more` are rows of other kinds by their name, each with its own columns: a workbook has a sheet for each, and
        the other forms leave them out. Raises InvalidInput for a form that is not installed or has no room for so many.
        """
