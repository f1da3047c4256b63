"""Which of a workbook's cell styles show a time of day: midnight on one of them is a moment, not a day."""

from __future__ import annotations

import re

from service.adapters.sources.sheets.workbook.worksheet_scan import parse

# Formats that every workbook has: times, and day with time.
_BUILT_IN = frozenset({"18", "19", "20", "21", "22", "45", "46", "47"})
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def timed_styles(content: bytes) -> frozenset[str]:
    """Returns the numbers of the styles, as cells name them, whose number format has hours."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    inside: list[bool] = [False]

    def begin(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif local in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside[0] = local == "cellXfs"
        elif local == "xf" and inside[0]:
            styles.append(attributes.get("numFmtId", ""))

    parse(content, begin)
    return frozenset(
        str(number)
        for number, format_id in enumerate(styles)
        if format_id in _BUILT_IN or "h" in _LITERAL.sub("", formats.get(format_id, "")).lower()
    )
