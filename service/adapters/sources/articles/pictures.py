"""Makes an article's picture of what a source says of it, or finds the first one that its text shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from service.domain.content.plain import plain_line
from service.domain.web_address import LONGEST_URL_CHARS, is_web_address

LONGEST_ALT_CHARS, MOST_PIXELS = 1_000, 100_000
LEAST_PIXELS = 80
_PIXELS = re.compile(r"(\d{1,6})(?:px)?")
_COUNTERS = re.compile(r"^https?://feeds\.feedburner\.com/~")


def picture_values(url: Any, base: str = "", alt: Any = None, width: Any = None, height: Any = None) -> dict[str, Any]:
    """Returns the picture's values; none where it has no http or https address."""
    address = _address(url, base)
    if address is None:
        return {}
    line = plain_line(alt) if isinstance(alt, str) else ""
    values = {"url": address, "alt": line[:LONGEST_ALT_CHARS] or None, "width": pixels(width), "height": pixels(height)}
    return {name: value for name, value in values.items() if value is not None}


def first_picture(html: str, base: str) -> dict[str, Any] | None:
    """Returns the first picture of the HTML that is no mere mark, or None."""
    if "<img" not in html.lower():
        return None
    for node in LexborHTMLParser(html).css("img"):
        given = node.attributes
        found = picture_values(given.get("src"), base, given.get("alt"), given.get("width"), given.get("height"))
        if found and not is_mark(found):
            return found
    return None


def is_mark(picture: Mapping[str, Any]) -> bool:
    """True for a picture that nobody shall look at: one that counts visits, a button's, a small face."""
    sides = [picture[side] for side in ("width", "height") if side in picture]
    return any(side < LEAST_PIXELS for side in sides) or bool(_COUNTERS.search(picture["url"]))


def pixels(value: Any) -> int | None:
    """Returns the side's length, from 1 to MOST_PIXELS, or None."""
    found = _PIXELS.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    return int(found[1]) if found and 1 <= int(found[1]) <= MOST_PIXELS else None


def _address(url: Any, base: str) -> str | None:
    try:
        joined = urljoin(base, url.strip()) if isinstance(url, str) and url.strip() else ""
    except ValueError:
        return None
    return joined if len(joined) <= LONGEST_URL_CHARS and is_web_address(joined) else None
