"""Writes a filled page as JSON by joining teasers that were serialised when their articles arrived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
import orjson

from service.domain.content.excerpt import EXCERPT_WORDS, cut_excerpt
from service.domain.events.tokens import TeaserToken, sign
from service.domain.explanation.explanation import ExplainedTeaser, Explanation
from service.domain.page.article_index import ArticleIndex
from service.domain.page.call import ChosenTeaser, FilledWidget, WidgetRequest
from service.domain.site import Site
from service.usecases.page.decisions import DecidedWidgets

ClickUrl = Callable[[int], str]
"""Returns the address that a click on the article with this id hash goes through."""


def widgets_json(site: Site, decided: DecidedWidgets, base_url: str, secret: bytes) -> bytes:
    """Returns the page answer's `widgets` object, keyed by the widgets' ids; written once for every decision."""
    form = (base_url, secret, site.hide_zero_comments)
    written = decided.written.get(form)
    if written is None:
        click_url = teaser_click_url(base_url, site.id, secret)
        parts = (
            b"%b:%b" % (orjson.dumps(filled.request.id), widget_json(site, decided.index, filled, click_url))
            for filled in decided.widgets
        )
        written = decided.written[form] = b"{%b}" % b",".join(parts)
    return written


def teaser_click_url(base_url: str, site_id: str, secret: bytes) -> ClickUrl:
    """Returns the maker of teasers' click addresses: the same for every reader, so that caches may keep them."""
    prefix = f"{base_url}/c/"
    return lambda id_hash: prefix + _teaser_token(site_id, id_hash, secret)


@lru_cache(maxsize=16_384)
def _teaser_token(site_id: str, id_hash: int, secret: bytes) -> str:
    return sign(TeaserToken(site_id, id_hash), secret)


def widget_json(site: Site, index: ArticleIndex, filled: FilledWidget, click_url: ClickUrl) -> bytes:
    """Returns one widget: its kind, its fallback and its items in order."""
    columns = index.columns(np.array([teaser.row for teaser in filled.teasers], np.int64))
    items = b",".join(
        _item(site, index, filled.request, teaser, comment_count, click_url(id_hash))
        for teaser, comment_count, id_hash in zip(
            filled.teasers, columns.comment_count.tolist(), columns.id_hash.tolist(), strict=True
        )
    )
    head = orjson.dumps({"kind": filled.request.kind, "fallback": filled.fallback})
    return b'%b,"items":[%b]}' % (head[:-1], items)


def _item(
    site: Site, index: ArticleIndex, request: WidgetRequest, teaser: ChosenTeaser, comment_count: int, click_url: str
) -> bytes:
    own: dict[str, Any] = {
        "position": teaser.position,
        "click_url": click_url,
        "comment_count": shown_count(site, comment_count),
        "score": teaser.score,
        "source": teaser.source,
        "reason": {"code": teaser.reason.code, "text": teaser.reason.text},
    }
    return b"{%b,%b}" % (orjson.dumps(own)[1:-1], _fields(index, request, teaser.row))


def shown_count(site: Site, comment_count: int) -> int | None:
    """Returns the comment count as readers see it: None where it is unknown (-1), or 0 and the site hides zeros."""
    if comment_count < 0 or (comment_count == 0 and site.hide_zero_comments):
        return None
    return comment_count


def _fields(index: ArticleIndex, request: WidgetRequest, row: int) -> bytes:
    ready = index.teaser(row)
    if request.excerpt_words is None and request.excerpt_chars is None:
        return ready
    fields = orjson.loads(b"{%b}" % ready)
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
        "slots": {slot_id: [asdict(flight) for flight in flights] for slot_id, flights in explanation.slots.items()},
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
        "shared": [{"word": word, "weight": weight} for word, weight in teaser.shared],
        "rules": list(teaser.rules),
        "rival": None if teaser.rival is None else article_id_of(index, teaser.rival),
        "lost_by": teaser.lost_by,
    }
