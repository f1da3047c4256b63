"""The Content-Security-Policy of a page: nothing but what this very page holds."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html.parser import HTMLParser

from service.demo.renderer.side_column.column import SideColumn, origin_of

FRAMED = ("html", "tag")
"""Formats that stand in a frame of their own."""


def page_policy(column: SideColumn | None) -> str:
    """Returns the policy: own styles, own pictures, the origins of the column's pictures and pixels; no scripts.

    A creative in HTML sits in a frame that inherits this policy, so its inline styles and https pictures are allowed,
    on pages that hold one; and of an advertiser's tag the very scripts that it has, by their digests: they run in its
    frame alone.
    """
    images, styles, scripts = {"'self'"}, ["'self'"], list[str]()
    if column:
        images |= _image_origins(column)
        framed = [slot.creative for slot in column.slots.values() if slot.creative.format in FRAMED]
        if framed:
            images.add("https:")
            styles.append("'unsafe-inline'")
        scripts = [_digest(text) for one in framed if one.format == "tag" for text in scripts_of(one.html or "")]
    directives = {
        "default-src": "'none'",
        "img-src": " ".join(sorted(images)),
        "style-src": " ".join(styles),
        **({"script-src": " ".join(scripts)} if scripts else {}),
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def scripts_of(html: str) -> Iterator[str]:
    """Yields the inline scripts of some markup, and of the documents in its frames."""
    reader = _Scripts()
    reader.feed(html)
    reader.close()
    yield from reader.scripts
    for document in reader.documents:
        yield from scripts_of(document)


class _Scripts(HTMLParser):
    """Collects inline scripts and the documents of frames."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.documents: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append("")
        self.documents += [value for name, value in attrs if tag == "iframe" and name == "srcdoc" and value]

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _image_origins(column: SideColumn) -> set[str]:
    addresses = [teaser.image.url for teaser in (*column.must_read, *column.recent_news) if teaser.image]
    for slot in column.slots.values():
        addresses += [slot.impression_url] if slot.impression_url else []
        addresses += [slot.creative.image.url] if slot.creative.image else []
    return {origin for address in addresses if (origin := origin_of(address))}
