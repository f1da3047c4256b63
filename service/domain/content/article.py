"""An article: one piece of content, as the newsroom gave it, with its text free of markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: its address, the words that stand for it (or none), and its size in pixels where known."""

    url: str
    alt: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One piece of content of one site; every time is aware; `comment_count` None means unknown."""

    id: str
    url: str
    title: str
    text: str
    published_at: datetime
    excerpt: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    byline: str | None = None
    language: str | None = None
    updated_at: datetime | None = None
    expires_at: datetime | None = None
    embargo_until: datetime | None = None
    image: Image | None = None
    comment_count: int | None = None
    evergreen: bool = False
    sensitive: bool = False
