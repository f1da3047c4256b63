"""The 64-bit hashes by which the index and event addresses name articles, addresses and sections."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit


def hash64(text: str) -> int:
    """Returns the first eight bytes of the text's BLAKE2b digest: two of a million agree once in 37 million."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=4_096)
def section_hash(section: str | None) -> int:
    """Returns the section's hash without regard to case; 0 for none."""
    return hash64(section.strip().casefold()) if section and section.strip() else 0


def tag_hash(tag: str) -> int:
    """Returns the tag's hash without regard to case."""
    return section_hash(tag)


def url_hash(url: str) -> int:
    """Returns the hash by which an article's address is found, whatever its scheme, fragment, host's case or end."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return hash64(f"{parts.netloc.casefold()}{parts.path.rstrip('/')}{query}")
