"""Turns a post of a WordPress export into an article's values by the contract's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.articles.pictures import first_picture, picture_values
from service.adapters.sources.feeds.feed_dates import feed_date
from service.adapters.sources.feeds.feed_entries import LONGEST_EXCERPT_CHARS, clean_tags, language_tag, section_of
from service.adapters.sources.wordpress.shortcodes import post_html
from service.domain.content.article_record import rfc3339
from service.domain.content.plain import plain_line


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of the media library: its address, and the words that stand for it."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class ExportedPost:
    """One item of an export, as it is written there."""

    id: str
    kind: str
    status: str
    is_protected: bool
    url: str
    title: str
    content: str
    excerpt: str
    author: str
    published_gmt: str
    published_text: str
    modified_gmt: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    comments: int
    picture_id: str


def post_values(
    post: ExportedPost,
    authors: Mapping[str, str],
    pictures: Mapping[str, Picture],
    language: str | None,
    prefix: str,
) -> dict[str, Any]:
    """Returns what the post says of an article; what it does not say is left out."""
    html = post_html(post.content)
    published = gmt(post.published_gmt) or post.published_text or None
    values = {
        "id": f"{prefix}-{post.id}",
        "url": post.url,
        "title": post.title,
        "html": html,
        "excerpt": excerpt_line(post.excerpt),
        "published_at": _as_written(published),
        "updated_at": later(gmt(post.modified_gmt), gmt(post.published_gmt)),
        "section": section_of(clean_tags(post.categories)),
        "tags": clean_tags((*post.categories, *post.tags)),
        "authors": clean_tags([authors.get(post.author, post.author)]),
        "language": language_tag(language or ""),
        "comment_count": post.comments,
        "image": _picture(post, pictures, html),
    }
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def gmt(written: str) -> str | None:
    """Returns a time that WordPress writes in UTC as RFC 3339; None for none, which is all zeros."""
    try:
        return rfc3339(datetime.fromisoformat(written).replace(tzinfo=UTC))
    except ValueError:
        return None


def later(updated: str | None, published: str | None) -> str | None:
    """Returns when a post was updated, if that was after it was published; both as RFC 3339 in UTC."""
    return updated if updated and published and updated > published else None


def excerpt_line(html: str) -> str | None:
    """Returns an excerpt that somebody wrote; None for none, for one that was cut by machine, and for a long one."""
    line = plain_line(html_text(post_html(html)))
    cut = line.removesuffix("]").endswith(("…", "..."))
    return line if 0 < len(line) <= LONGEST_EXCERPT_CHARS and not cut else None


def _as_written(published: str | None) -> str | None:
    """Returns the time; one that only the feed's own date tells is read as in feeds."""
    if published is None or published.endswith("Z"):
        return published
    read = feed_date(published, None)
    return rfc3339(read) if isinstance(read, datetime) else read


def _picture(post: ExportedPost, pictures: Mapping[str, Picture], html: str) -> dict[str, Any] | None:
    """Returns the featured picture, else the first one of the text."""
    featured = pictures.get(post.picture_id)
    found = picture_values(featured.url, post.url, featured.alt) if featured else {}
    return found or first_picture(html, post.url)
