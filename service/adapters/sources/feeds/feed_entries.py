"""Turns one entry of a feed, as its parser gives it, into an article's values by the contract's names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin, urlsplit

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.articles.pictures import first_picture, is_mark, picture_values, pixels
from service.adapters.sources.feeds.feed_dates import feed_date
from service.domain.content.article_record import rfc3339
from service.domain.content.plain import plain_line

LONGEST_EXCERPT_CHARS = 1_000
LONGEST_SECTION_CHARS = 100
MOST_TAGS, LONGEST_TAG_CHARS = 100, 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")
_WHOLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class EntryReading:
    """What holds for all entries of a feed: where relative addresses begin, its language, the section given."""

    base: str
    language: str = ""
    section: str | None = None


def entry_values(entry: Mapping[str, Any], reading: EntryReading) -> dict[str, Any]:
    """Returns what the entry says of an article; what it does not say is left out."""
    url = _url(entry, reading.base)
    body, kind = _body(entry)
    tags = _tags(entry)
    published, updated = _dates(entry)
    values = {
        "id": entry_id(str(entry.get("id") or ""), url),
        "url": url or None,
        "title": str(entry.get("title") or ""),
        kind: body,
        "excerpt": _excerpt(entry, body),
        "published_at": _moment(published),
        "updated_at": _later(updated, published),
        "section": reading.section or section_of(tags),
        "tags": tags,
        "authors": _authors(entry),
        "language": _language(entry, reading.language),
        "comment_count": _comments(entry),
        "image": _image(entry, body, reading.base),
    }
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def entry_id(guid: str, url: str) -> str:
    """Returns an article's id, the same wherever the entry was read: its guid's hash, which another newsroom's number
    can never equal, for a guid that is no address counts together with the article's host."""
    whole = bool(re.match(r"[a-z][a-z0-9+.-]*:\S", guid, re.IGNORECASE))
    name = guid if whole else f"{urlsplit(url).netloc} {guid}" if guid else url
    return f"rss-{blake2b(name.encode(errors='replace'), digest_size=12).hexdigest()}"


def clean_tags(names: Iterable[str]) -> list[str]:
    """Returns the names that can be tags, each once."""
    lines = (plain_line(name) for name in names)
    return list(dict.fromkeys(line for line in lines if 0 < len(line) <= LONGEST_TAG_CHARS))[:MOST_TAGS]


def language_tag(text: str) -> str | None:
    """Returns a language tag as the contract has it, or None."""
    named = text.strip().replace("_", "-")
    return named if _LANGUAGE.fullmatch(named) else None


def section_of(names: Iterable[str]) -> str | None:
    """Returns the first name that can be a section, or None."""
    return next((name for name in names if len(name) <= LONGEST_SECTION_CHARS), None)


def _url(entry: Mapping[str, Any], base: str) -> str:
    """Returns the article's own address rather than that of a service that counts clicks on the way."""
    link = str(entry.get("feedburner_origlink") or entry.get("link") or "").strip()
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return link


def _body(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the longest of the entry's texts, and by which name of the contract it goes."""
    contents = [item for item in entry.get("content") or () if str(item.get("type", "")).startswith(("text/", "appl"))]
    best = max(contents, key=lambda item: len(str(item.get("value") or "")), default=None)
    if best is not None and str(best.get("value") or "").strip():
        return str(best["value"]), "text" if best.get("type") == "text/plain" else "html"
    plain = (entry.get("summary_detail") or {}).get("type") == "text/plain"
    return str(entry.get("summary") or ""), "text" if plain else "html"


def _excerpt(entry: Mapping[str, Any], body: str) -> str | None:
    """Returns the summary where the entry has a text besides; the parser repeats the text where it has none."""
    summary = str(entry.get("summary") or "")
    if "summary_detail" not in entry or summary == body:
        return None
    line = plain_line(html_text(summary))
    return line if 0 < len(line) <= LONGEST_EXCERPT_CHARS else None


def _dates(entry: Mapping[str, Any]) -> tuple[datetime | str | None, datetime | str | None]:
    """Returns when the entry was published and updated; the one stands in for the other."""
    published, updated = (
        # Asked for what is not there, the parser's entry answers with the other date.
        feed_date(str(entry[name]), entry.get(f"{name}_parsed")) if name in entry else None
        for name in ("published", "updated")
    )
    return published or updated, updated


def _moment(moment: datetime | str | None) -> str | None:
    return rfc3339(moment) if isinstance(moment, datetime) else moment


def _later(updated: datetime | str | None, published: datetime | str | None) -> str | None:
    both = isinstance(updated, datetime) and isinstance(published, datetime)
    return _moment(updated) if both and updated > published else None  # type: ignore[operator]


def _tags(entry: Mapping[str, Any]) -> list[str]:
    return clean_tags(str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ())


def _authors(entry: Mapping[str, Any]) -> list[str]:
    """Returns the names; an address alone is nobody's to publish."""
    return clean_tags(
        name for author in entry.get("authors") or () if "@" not in (name := str(author.get("name") or ""))
    )


def _language(entry: Mapping[str, Any], of_feed: str) -> str | None:
    of_entry = (entry.get("title_detail") or {}).get("language") or entry.get("language")
    return language_tag(str(of_entry or of_feed))


def _comments(entry: Mapping[str, Any]) -> int | None:
    told = str(entry.get("slash_comments") or entry.get("thr_total") or "").strip()
    return int(told) if _WHOLE.fullmatch(told) else None


def _image(entry: Mapping[str, Any], body: str, base: str) -> dict[str, Any] | None:
    """Returns the largest picture that the entry names, else one that it only shows, else the first of its text."""
    named = [
        item for item in (*(entry.get("media_content") or ()), *(entry.get("enclosures") or ())) if _is_picture(item)
    ]
    named.sort(key=lambda item: pixels(item.get("width")) or 0, reverse=True)
    shown = [item for item in (entry.get("enc_enclosure"), entry.get("image")) if isinstance(item, Mapping)]
    for item in (*named, *(entry.get("media_thumbnail") or ()), *shown):
        url = item.get("url") or item.get("href") or item.get("resource")
        found = picture_values(url, base, width=item.get("width"), height=item.get("height"))
        if found and not is_mark(found):
            return found
    return first_picture(body, base)


def _is_picture(item: Mapping[str, Any]) -> bool:
    kind = str(item.get("type") or "")
    path = str(item.get("url") or "").partition("?")[0].lower()
    return kind.startswith("image/") if kind else item.get("medium") == "image" or path.endswith(_PICTURES)
