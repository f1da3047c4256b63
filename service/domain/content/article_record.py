"""An article as plain values under the contract's field names: what is stored, exported, answered and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from service.domain.content.article import Article, Image

_TIMES = ("published_at", "updated_at", "expires_at", "embargo_until")
_LISTS = ("tags", "authors")
DIGEST_BYTES = 16


def article_record(article: Article) -> dict[str, Any]:
    """Returns the article's fields as JSON values, times as RFC 3339 in UTC; fields not given are left out."""
    record: dict[str, Any] = {}
    for name in (field.name for field in fields(Article)):
        value = getattr(article, name)
        if value is None or value is False or value == ():
            continue
        record[name] = _plain(value)
    return record


def article_from_record(record: Mapping[str, Any]) -> Article:
    """Returns the article of a record. Raises KeyError or ValueError for one that this code did not write."""
    values: dict[str, Any] = dict(record)
    for name in _TIMES:
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name in _LISTS:
        values[name] = tuple(values.get(name, ()))
    if "image" in values:
        values["image"] = Image(**values["image"])
    return Article(**values)


def rfc3339(moment: datetime) -> str:
    """Returns an aware time in UTC, ending in Z; fractions of a second only where there are some."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def article_digest(article: Article) -> bytes:
    """Returns 16 bytes that are the same for the same content, whatever the order or the offset it came in."""
    return _digest(article_record(article))


def text_digest(article: Article) -> bytes:
    """Returns 16 bytes that change only with what the text index reads: title, text and language."""
    return _digest([article.title, article.text, article.language])


def _digest(value: Any) -> bytes:
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blake2b(canonical.encode(), digest_size=DIGEST_BYTES).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Image):
        return _image(value)
    return value


def _image(image: Image) -> dict[str, Any]:
    parts = {"url": image.url, "alt": image.alt, "width": image.width, "height": image.height}
    return {name: part for name, part in parts.items() if part is not None}
