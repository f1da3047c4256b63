"""Reads a feed's dates, also those whose months are named in the language of the newsroom."""

from __future__ import annotations

import re
import time
from calendar import timegm
from datetime import UTC, datetime
from typing import Any

from service.adapters.sources.articles.dates import read_date

# Months of feeds in other languages, by the letters that tell them apart; those spelled as in English are left out.
_MONTHS = {
    1: "ene gen janv jän",
    2: "fev fév févr febbr",
    3: "mär mrz mars marz",
    4: "abr avr",
    5: "mai mag may",
    6: "giu juin juni",
    7: "lug juil juli",
    8: "ago aoû août",
    9: "set sett sept",
    10: "out ott okt",
    11: "novem",
    12: "dez dic déc",
}
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BY_WORD = {word: _ENGLISH[month - 1] for month, words in _MONTHS.items() for word in words.split()}
_DATE = re.compile(r"(?:[^\W\d]+\.?,\s*)?(\d{1,2})\s+(?:de\s+)?([^\W\d]+)\.?\s+(?:de\s+)?(\d{4}\b.*)", re.DOTALL)


def feed_date(written: str, parsed: Any) -> datetime | str | None:
    """Returns the moment; as it is written where it cannot be read, so that it can be shown; None for none.

    `parsed` is what the feed's parser made of it: a time in UTC, or None.
    """
    if isinstance(parsed, time.struct_time):
        try:
            return datetime.fromtimestamp(timegm(parsed), UTC)
        except (ValueError, OverflowError):
            return written
    if not written.strip():
        return None
    try:
        return read_date(_in_english(written), UTC)
    except ValueError:
        return written


def _in_english(written: str) -> str:
    found = _DATE.fullmatch(written.strip())
    if found is None:
        return written
    word = found[2].lower()
    known = next((_BY_WORD[word[:size]] for size in (5, 4, 3) if word[:size] in _BY_WORD), found[2])
    return f"{found[1]} {known} {found[3]}"
