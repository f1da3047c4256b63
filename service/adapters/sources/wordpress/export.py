"""Reads a WordPress export file (WXR): its published posts as values by the contract's names, one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from service.adapters.sources.fetching.source_file import SourceFile, open_source
from service.adapters.sources.wordpress.post import ExportedPost, Picture, post_values
from service.domain.errors import InvalidInput

# Names are told apart by these words in their namespaces, whose versions and schemes differ.
_SPACES = (("/excerpt/", "excerpt:"), ("/export/", "wp:"), ("/content/", "content:"), ("/dc/", "dc:"))


@dataclass(slots=True)
class Export:
    """What a first reading found: how many items there are, who wrote, the pictures that posts refer to."""

    items: int = 0
    is_export: bool = False
    language: str | None = None
    authors: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)


def read_export(path: Path) -> Export:
    """Returns what posts refer to, after reading the whole file without loading any of it.

    Raises InvalidInput, naming the file, where it is missing, cut, no WordPress export, or declares entities.
    """
    export = Export()
    with open_source(path) as source:
        for element in _children(source):
            _note(element, export)
    if not export.is_export:
        raise InvalidInput.one(str(path), f"{path}: is no WordPress export")
    return export


def exported_posts(path: Path, export: Export, prefix: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yields for each item its number, from 1, and its values, or the reason for which it is no published post.

    Raises InvalidInput where the file cannot be read.
    """
    number = 0
    with open_source(path) as source:
        for element in _children(source):
            if element.tag != "item":
                continue
            number += 1
            post = _post(element)
            reason = skip_reason(post)
            yield number, reason or post_values(post, export.authors, export.pictures, export.language, prefix)


def skip_reason(post: ExportedPost) -> str | None:
    """Returns why an item is not loaded: what it is instead of a post, or its status; None for a published post."""
    if post.kind != "post":
        return post.kind or "unknown"
    if post.status != "publish":
        return post.status or "unknown"
    return "protected by a password" if post.is_protected else None


def _children(source: SourceFile) -> Iterator[Element]:
    """Yields each element below the channel once it is whole, its names shortened, and forgets it afterwards."""
    open_elements: list[Element] = []
    try:
        for event, element in iterparse(source.stream, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                open_elements.append(element)
                continue
            element.tag = _short(str(element.tag))
            open_elements.pop()
            if len(open_elements) == 2:
                yield element
                open_elements[-1].clear()
    except ParseError as error:
        line, column = error.position
        what = "is cut or broken XML" if open_elements else "is not XML"
        why = str(error).partition(": line")[0]
        raise _fault(source, f"{what}: line {line}, column {column + 1}: {why}; nothing was loaded") from error
    except DefusedXmlException as error:
        raise _fault(source, "declares a document type or entities, which a WordPress export never does") from error
    except (ValueError, LookupError, UnicodeError) as error:
        raise _fault(source, f"cannot be read: {error}") from error


def _fault(source: SourceFile, what: str) -> InvalidInput:
    return InvalidInput.one(str(source.path), f"{source.path}: {what}")


def _short(tag: str) -> str:
    """Returns a name with a short mark of its namespace: `wp:post_id`."""
    space, _, name = tag.rpartition("}")
    return next((mark for word, mark in _SPACES if word in space), "") + name


def _note(element: Element, export: Export) -> None:
    if element.tag == "language":
        export.language = (element.text or "").strip() or None
    elif element.tag == "wp:wxr_version":
        export.is_export = True
    elif element.tag == "wp:author":
        login, name = _text(element, "wp:author_login"), _text(element, "wp:author_display_name")
        export.authors[login] = name or login
    elif element.tag == "item":
        export.items += 1
        if _text(element, "wp:post_type") == "attachment":
            alt = _meta(element).get("_wp_attachment_image_alt", "")
            export.pictures[_text(element, "wp:post_id")] = Picture(_text(element, "wp:attachment_url"), alt)


def _post(item: Element) -> ExportedPost:
    comments = Counter(
        _text(comment, "wp:comment_approved")
        for comment in item.findall("wp:comment")
        if _text(comment, "wp:comment_type") in ("", "comment")
    )
    terms = [(term.get("domain", ""), term.get("nicename", ""), term.text or "") for term in item.findall("category")]
    return ExportedPost(
        id=_text(item, "wp:post_id"),
        kind=_text(item, "wp:post_type"),
        status=_text(item, "wp:status"),
        is_protected=bool(_text(item, "wp:post_password")),
        url=_text(item, "link"),
        title=_text(item, "title"),
        content=_text(item, "content:encoded"),
        excerpt=_text(item, "excerpt:encoded"),
        author=_text(item, "dc:creator"),
        published_gmt=_text(item, "wp:post_date_gmt"),
        published_text=_text(item, "pubDate"),
        modified_gmt=_text(item, "wp:post_modified_gmt"),
        categories=tuple(name for domain, nice, name in terms if domain == "category" and nice != "uncategorized"),
        tags=tuple(name for domain, _, name in terms if domain == "post_tag"),
        comments=comments["1"],
        picture_id=_meta(item).get("_thumbnail_id", ""),
    )


def _meta(item: Element) -> dict[str, str]:
    return {_text(meta, "wp:meta_key"): _text(meta, "wp:meta_value") for meta in item.findall("wp:postmeta")}


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
