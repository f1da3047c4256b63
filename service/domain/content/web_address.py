"""What counts as the address of an article or of its picture."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST_URL_CHARS = 2_048
_BAD_CHARS = re.compile(r"[\s\x00-\x1f\x7f<>\"\\]")


def is_web_address(text: str) -> bool:
    """Returns whether a text is a whole http or https address, without a user name and what ends an address in HTML."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return whole and "@" not in parts.netloc and not _BAD_CHARS.search(text)
