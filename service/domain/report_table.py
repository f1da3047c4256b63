"""The forms in which a report is written as a table, and which of its columns hold numbers of which kind."""

from __future__ import annotations

from typing import Literal

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
