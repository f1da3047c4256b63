"""From a page call's JSON to values: unknown fields are left in `raw`, missing or misshapen ones get their default."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from standfirst_client.answers import Creative, Image, Json, Model, Page, Reason, Slot, Teaser, Widget


class MalformedAnswerError(ValueError):
    """The answer is JSON, but not a page."""


def parse_page(answer: object, base_url: str) -> Page:
    """Returns the page that a decoded answer holds; raises MalformedAnswerError when it has not the shape of one.

    Addresses relative to the service become absolute. A teaser without a title or an address is left out, a slot
    without a creative is empty: half a teaser helps no reader.
    """
    if not isinstance(answer, dict):
        raise MalformedAnswerError("the answer is not an object")
    widgets, slots = answer.get("widgets", {}), answer.get("slots", {})
    if not isinstance(widgets, dict) or not isinstance(slots, dict):
        raise MalformedAnswerError("widgets and slots must be objects")
    model = _object(answer, "model")
    return Page(
        request_id=_text(answer, "request_id"),
        page_view=_text(answer, "page_view"),
        widgets=MappingProxyType({key: _widget(value, base_url) for key, value in widgets.items() if value}),
        slots=MappingProxyType({key: _slot(value, base_url) for key, value in slots.items()}),
        model=Model(_text(model, "version"), _text(model, "variant")),
        warnings=tuple(_warning(each) for each in _list(answer, "warnings")),
        events_url=_address(answer, "events_url", base_url),
        took_ms=_number(answer, "took_ms"),
        raw=MappingProxyType(answer),
    )


def _widget(value: object, base_url: str) -> Widget:
    if not isinstance(value, dict):
        raise MalformedAnswerError("a widget is not an object")
    teasers = (_teaser(item, place, base_url) for place, item in enumerate(_list(value, "items"), start=1))
    return Widget(
        kind=_text(value, "kind") or "",
        fallback=_text(value, "fallback"),
        items=tuple(teaser for teaser in teasers if teaser),
        raw=MappingProxyType(value),
    )


def _teaser(item: object, place: int, base_url: str) -> Teaser | None:
    if not isinstance(item, dict):
        return None
    title, url = _text(item, "title"), _text(item, "url")
    click_url = _address(item, "click_url", base_url) or url
    if not title or not click_url:
        return None
    reason = _object(item, "reason")
    position = _whole(item, "position")
    return Teaser(
        position=place if position is None else position,
        article_id=_text(item, "article_id") or "",
        url=url or click_url,
        click_url=click_url,
        title=title,
        excerpt=_text(item, "excerpt") or "",
        section=_text(item, "section"),
        byline=_text(item, "byline"),
        published_at=_moment(item, "published_at"),
        comment_count=_whole(item, "comment_count"),
        image=_image(item.get("image")),
        score=_number(item, "score"),
        source=_text(item, "source") or "model",
        reason=Reason(_text(reason, "code") or "", _text(reason, "text") or ""),
        raw=MappingProxyType(item),
    )


def _slot(value: object, base_url: str) -> Slot | None:
    if not isinstance(value, dict):
        return None
    creative = _creative(value.get("creative"))
    click_url = _address(value, "click_url", base_url)
    if creative is None or not click_url:
        return None
    return Slot(
        label=_text(value, "label") or "Advertisement",
        advertiser=_text(value, "advertiser") or "",
        creative=creative,
        click_url=click_url,
        impression_url=_address(value, "impression_url", base_url),
        view_url=_address(value, "view_url", base_url),
        decision_id=_text(value, "decision_id"),
        campaign_id=_text(value, "campaign_id"),
        flight_id=_text(value, "flight_id"),
        raw=MappingProxyType(value),
    )


def _creative(value: object) -> Creative | None:
    if not isinstance(value, dict) or not _text(value, "format"):
        return None
    return Creative(
        id=_text(value, "id") or "",
        format=_text(value, "format") or "",
        width=_whole(value, "width"),
        height=_whole(value, "height"),
        html=_text(value, "html"),
        image=_image(value.get("image")),
        headline=_text(value, "headline"),
        body=_text(value, "body"),
        cta=_text(value, "cta"),
        landing_domain=_text(value, "landing_domain"),
    )


def _image(value: object) -> Image | None:
    if not isinstance(value, dict):
        return None
    url = _text(value, "url")
    return Image(url, _text(value, "alt") or "", _whole(value, "width"), _whole(value, "height")) if url else None


def _warning(value: object) -> str:
    if isinstance(value, dict):
        return _text(value, "message") or _text(value, "detail") or _clean(str(value))
    return _clean(str(value))


def _object(parent: Json, key: str) -> Json:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(parent: Json, key: str) -> list[Any]:
    value = parent.get(key)
    return value if isinstance(value, list) else []


def _text(parent: Json, key: str) -> str | None:
    value = parent.get(key)
    return _clean(value) if isinstance(value, str) else None


def _clean(text: str) -> str:
    """Returns the text without lone surrogates: JSON can carry them, a page in UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _whole(parent: Json, key: str) -> int | None:
    value = parent.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _number(parent: Json, key: str) -> float | None:
    value = parent.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _moment(parent: Json, key: str) -> datetime | None:
    value = parent.get(key)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _address(parent: Json, key: str, base_url: str) -> str | None:
    value = _text(parent, key)
    if not value:
        return None
    try:
        return urljoin(base_url, value)
    except ValueError:
        return None
