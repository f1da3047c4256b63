"""Reads an RSS or Atom feed that has been fetched or opened: its entries as values by the contract's names."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.adapters.sources.feeds.feed_encoding import as_text
from service.adapters.sources.feeds.feed_entries import EntryReading, entry_values
from service.domain.errors import InvalidInput

_ROOT = re.compile(r"<((?:[\w-]+:)?(?:rss|feed|RDF))[\s>]", re.IGNORECASE)
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
# How far into a text its root is looked for: a prolog, comments included, is never so long.
_PROLOG_CHARS = 100_000
# All that the parser was seen to raise, or may, on texts that are no feeds.
_PARSER_FAULTS = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError)


@dataclass(frozen=True, slots=True)
class FeedReading:
    """How a feed is read: where it came from, the charset its header named, the section that its articles get."""

    url: str = ""
    charset: str | None = None
    section: str | None = None


def read_feed(data: bytes, reading: FeedReading) -> list[Mapping[str, Any]]:
    """Returns the values of each entry, in the feed's order; one whose values have faults is refused later, alone.

    Raises InvalidInput for what is no feed, ends in the middle, or declares entities.
    """
    import feedparser  # only the processes that read feeds need it

    text = as_text(data, reading.charset)
    check_feed(text)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": reading.url}
    try:
        # A stream, for what is not one is taken for an address or the name of a file.
        found = feedparser.parse(io.BytesIO(text.encode(errors="replace")), response_headers=headers)
    except _PARSER_FAULTS as error:
        raise InvalidInput.one("", f"the feed cannot be read: {error}") from error
    if not found.version and not found.entries:
        raise InvalidInput.one("", "is no RSS or Atom feed")
    base = reading.url or str(found.feed.get("link", ""))
    own = EntryReading(base, str(found.feed.get("language") or ""), reading.section)
    return [entry_values(entry, own) for entry in found.entries]


def check_feed(text: str) -> None:
    """Raises InvalidInput for a text that is no feed, that ends before its end, or that declares entities."""
    root = _ROOT.search(text, 0, _PROLOG_CHARS)
    html = _HTML.search(text, 0, root.start() if root else _PROLOG_CHARS)
    if root is None or html is not None:
        raise InvalidInput.one("", f"is no RSS or Atom feed{', but a page of HTML' if html else ''}")
    if "<!ENTITY" in text[: root.start()]:
        raise InvalidInput.one("", "declares entities of its own, which may grow without end")
    if f"</{root[1]}" not in text[root.end() :]:
        raise InvalidInput.one("", f"ends in the middle: its <{root[1]}> is never closed")
