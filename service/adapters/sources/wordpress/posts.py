"""Turns a post of WordPress's REST API into an article's values by the contract's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.adapters.sources.articles.pictures import first_picture, picture_values
from service.adapters.sources.feeds.feed_entries import clean_tags, section_of
from service.adapters.sources.wordpress.post import excerpt_line, gmt, later
from service.adapters.sources.wordpress.shortcodes import without_shortcodes

LONGEST_ID_DIGITS = 18


def post_id(post: Any) -> int | None:
    """Returns the post's number, or None for what is no post."""
    number = post.get("id") if isinstance(post, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 0 < number < 10**LONGEST_ID_DIGITS else None


def json_values(post: Mapping[str, Any], section: str | None, prefix: str) -> dict[str, Any]:
    """Returns what the post says of an article; what it does not say is left out."""
    html = without_shortcodes(_rendered(post, "content"))
    url = _text(post.get("link"))
    published, modified = gmt(_text(post.get("date_gmt"))), gmt(_text(post.get("modified_gmt")))
    categories, tags = (clean_tags(_terms(post, taxonomy)) for taxonomy in ("category", "post_tag"))
    values = {
        "id": f"{prefix}-{post['id']}",
        "url": url,
        "title": _rendered(post, "title"),
        "html": html,
        "excerpt": excerpt_line(_rendered(post, "excerpt")),
        "published_at": published,
        "updated_at": later(modified, published),
        "section": section or section_of(categories),
        "tags": clean_tags((*categories, *tags)),
        "authors": clean_tags(_text(author.get("name")) for author in _embedded(post, "author")),
        "image": _picture(post, url) or first_picture(html, url),
    }
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def is_protected(post: Mapping[str, Any]) -> bool:
    """True for a post that readers must know a password for."""
    content = post.get("content")
    return isinstance(content, dict) and content.get("protected") is True


def _rendered(post: Mapping[str, Any], name: str) -> str:
    field = post.get(name)
    return _text(field.get("rendered")) if isinstance(field, dict) else _text(field)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _embedded(post: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yields the objects that the answer holds beside the post; one that may not be seen is an error object there."""
    beside = post.get("_embedded")
    found = beside.get(name) if isinstance(beside, dict) else None
    for item in found if isinstance(found, list) else ():
        yield from (each for each in (item if isinstance(item, list) else [item]) if isinstance(each, dict))


def _terms(post: Mapping[str, Any], taxonomy: str) -> Iterator[str]:
    for term in _embedded(post, "wp:term"):
        if term.get("taxonomy") == taxonomy and term.get("slug") != "uncategorized":
            yield _text(term.get("name"))


def _picture(post: Mapping[str, Any], base: str) -> dict[str, Any] | None:
    for media in _embedded(post, "wp:featuredmedia"):
        details = media.get("media_details")
        size = details if isinstance(details, dict) else {}
        alt, width, height = media.get("alt_text"), size.get("width"), size.get("height")
        return picture_values(media.get("source_url"), base, alt, width, height)
    return None
