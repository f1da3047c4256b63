"""Writes a filled page as JSON by joining teasers that were serialised when their articles arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
import orjson

from service.domain.call.explanation import ExplainedFlight, ExplainedTeaser, Explanation, SharedWord
from service.domain.call.page_call import ChosenTeaser, FilledWidget, WidgetRequest
from service.domain.content.excerpt import EXCERPT_WORDS, cut_excerpt
from service.domain.events.tokens import TeaserToken, sign
from service.domain.index.article_index import ArticleIndex
from service.domain.sites.site import Site
from service.usecases.page.filling.decisions import DecidedWidgets, Piece

ClickUrl = Callable[[int], str]
"""Returns the address that a click on the article with this id hash goes through."""


def widgets_json(site: Site, decided: DecidedWidgets, base_url: str, secret: bytes) -> bytes:
    """Returns the page answer's `widgets` object, keyed by the widgets' ids; written once for every decision."""
    form = (base_url, secret, site.hide_zero_comments)
    written = decided.written.get(form)
    if written is None:
        click_url = teaser_click_url(base_url, site.id, secret)
        written = decided.written[form] = _merged(_pieces_of_page(site, decided, click_url))
    return _read_out(decided.index, written)


def teaser_click_url(base_url: str, site_id: str, secret: bytes) -> ClickUrl:
    """Returns the maker of teasers' click addresses: the same for every reader, so that caches may keep them."""
    prefix = f"{base_url}/c/"
    return lambda id_hash: prefix + _teaser_token(site_id, id_hash, secret)


@lru_cache(maxsize=16_384)
def _teaser_token(site_id: str, id_hash: int, secret: bytes) -> str:
    return sign(TeaserToken(site_id, id_hash), secret)


def widget_json(site: Site, index: ArticleIndex, filled: FilledWidget, click_url: ClickUrl) -> bytes:
    """Returns one widget: its kind, its fallback and its items in order."""
    return _read_out(index, _pieces(site, index, filled, click_url))


def _read_out(index: ArticleIndex, pieces: Iterable[Piece]) -> bytes:
    return b"".join([index.teaser(piece) if isinstance(piece, int) else piece for piece in pieces])


def _merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Returns the pieces with neighbours that are JSON joined."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, bytes) and isinstance(last := merged[-1], bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return tuple(merged)


def _pieces_of_page(site: Site, decided: DecidedWidgets, click_url: ClickUrl) -> Iterator[Piece]:
    before = b"{"
    for filled in decided.widgets:
        yield b"%b%b:" % (before, orjson.dumps(filled.request.id))
        yield from _pieces(site, decided.index, filled, click_url)
        before = b","
    yield b"}" if decided.widgets else b"{}"


def _pieces(site: Site, index: ArticleIndex, filled: FilledWidget, click_url: ClickUrl) -> Iterator[Piece]:
    columns = index.columns(np.array([teaser.row for teaser in filled.teasers], np.int64))
    counts, id_hashes = columns.comment_count.tolist(), columns.id_hash.tolist()
    yield orjson.dumps({"kind": filled.request.kind, "fallback": filled.fallback})[:-1] + b',"items":['
    before = b"{"
    for teaser, comment_count, id_hash in zip(filled.teasers, counts, id_hashes, strict=True):
        yield b"%b%b," % (before, _own_fields(teaser, shown_count(site, comment_count), click_url(id_hash)))
        yield _fields(index, filled.request, teaser.row)
        before = b"},{"
    yield b"}]}" if filled.teasers else b"]}"


def _own_fields(teaser: ChosenTeaser, comment_count: int | None, click_url: str) -> bytes:
    """Returns what an item has beside its article's own fields."""
    own: dict[str, Any] = {
        "position": teaser.position,
        "click_url": click_url,
        "comment_count": comment_count,
        "score": teaser.score,
        "source": teaser.source,
        "reason": {"code": teaser.reason.code, "text": teaser.reason.text},
    }
    return orjson.dumps(own)[1:-1]


def shown_count(site: Site, comment_count: int) -> int | None:
    """Returns the comment count as readers see it: None where it is unknown (-1), or 0 and the site hides zeros."""
    if comment_count < 0 or (comment_count == 0 and site.hide_zero_comments):
        return None
    return comment_count


def _fields(index: ArticleIndex, request: WidgetRequest, row: int) -> Piece:
    """Returns the row of an article whose fields stand as they are, else the fields with an excerpt of its own."""
    if request.excerpt_words is None and request.excerpt_chars is None:
        return row
    fields = orjson.loads(b"{%b}" % index.teaser(row))
    words = request.excerpt_words or EXCERPT_WORDS
    fields["excerpt"] = cut_excerpt(index.lead(row), words=words, chars=request.excerpt_chars)
    return orjson.dumps(fields)[1:-1]


def explanation_json(index: ArticleIndex, explanation: Explanation) -> dict[str, Any]:
    """Returns an explanation as JSON values: for each widget its candidates, for each slot its flights, the consent."""
    return {
        "widgets": {
            widget_id: [explained_json(index, teaser) for teaser in teasers]
            for widget_id, teasers in explanation.widgets.items()
        },
        "slots": {slot_id: [_flight_json(one) for one in flights] for slot_id, flights in explanation.slots.items()},
        "consent": asdict(explanation.consent) if explanation.consent else None,
    }


def article_id_of(index: ArticleIndex, row: int) -> str:
    """Returns the id of the article of this row."""
    return str(orjson.loads(b"{%b}" % index.teaser(row))["article_id"])


def explained_json(index: ArticleIndex, teaser: ExplainedTeaser) -> dict[str, Any]:
    """Returns what became of one candidate, as JSON values."""
    fields = orjson.loads(b"{%b}" % index.teaser(teaser.row))
    return {
        "article_id": fields["article_id"],
        "title": fields["title"],
        "outcome": teaser.outcome,
        "score": teaser.score,
        "cosine": teaser.cosine,
        "parts": dict(teaser.parts),
        "text": teaser.text,
        "shared": _shared_json(teaser.shared),
        "rules": list(teaser.rules),
        "rival": None if teaser.rival is None else article_id_of(index, teaser.rival),
        "lost_by": teaser.lost_by,
    }


def _flight_json(flight: ExplainedFlight) -> dict[str, Any]:
    similarity = [{**asdict(one), "shared": _shared_json(one.shared)} for one in flight.similarity]
    return {**asdict(flight), "similarity": similarity}


def _shared_json(shared: Iterable[SharedWord]) -> list[dict[str, Any]]:
    return [{"word": word, "weight": weight} for word, weight in shared]
