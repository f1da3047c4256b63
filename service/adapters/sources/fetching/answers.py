"""What an answer's status and headers tell: whether it is one, how to ask for less next time, when to come back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from service.adapters.sources.fetching.fetcher import Fetched
from service.domain.content.feed import Cursor
from service.domain.errors import SourceUnavailable

NOT_MODIFIED = 304
_SECONDS = re.compile(r"\d{1,9}")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# A validator is sent back as it came, so it must fit on one header line.
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,500}")


def check_status(answer: Fetched, now: float) -> None:
    """Raises SourceUnavailable for an answer other than 200 and 304, with what it says of when to come back."""
    if answer.status not in (200, NOT_MODIFIED):
        raise SourceUnavailable(f"it answered {answer.status}", retry_after_s(answer.headers, now))


def conditions(cursor: Cursor) -> dict[str, str]:
    """Returns the headers that ask for an answer only if it is another than the one before."""
    given = {"If-None-Match": cursor.etag, "If-Modified-Since": cursor.last_modified}
    return {name: value for name, value in given.items() if value}


def validators(headers: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Returns an answer's ETag and Last-Modified, to be sent back; None where it has none that can be."""
    etag, last_modified = headers.get("etag", ""), headers.get("last-modified", "")
    return tuple(value if _VALIDATOR.fullmatch(value) else None for value in (etag, last_modified))  # type: ignore[return-value]


def charset_of(headers: Mapping[str, str]) -> str | None:
    """Returns the charset that an answer's header names, or None."""
    found = _CHARSET.search(headers.get("content-type", ""))
    return found[1] if found else None


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Returns in how many seconds the answer asks to come back, whether it says so in seconds or as a date."""
    told = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(told):
        return float(told)
    try:
        return max(parsedate_to_datetime(told).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
