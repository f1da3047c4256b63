"""The forms in which a report is written as a table."""

from __future__ import annotations

from typing import Literal

TableFormat = Literal["csv", "xlsx", "parquet"]

MEDIA: dict[TableFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
