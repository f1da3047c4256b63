"""Keeps what page views showed in a stream of the store, packed: some 35 bytes a teaser."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import SHOWN
from service.domain.engagement.shown_pages import FollowedTeaser, ShownEvent, ShownPage, ShownTeaser
from service.domain.widgets.kind import PARTS

MOST_EVENTS = 40_000
"""Events of a site that are kept, some 15 MB with ten teasers a page; the oldest go first."""

CHUNK = 1_000

_PAGE = struct.Struct("<QI")
_FOLLOWED = struct.Struct("<QQ")
_TEASER = struct.Struct(f"<QBf{len(PARTS)}e")
"""Article, position, score in single precision, features in half: three digits, for numbers in [0, 1]."""


class RedisShownLog:
    """A ShownLog on Redis; it lapses SHOWN.ttl_s seconds after its last event."""

    def __init__(self, client: redis.Redis, most_events: int = MOST_EVENTS) -> None:
        self._client = client
        self._most_events = most_events

    def add(self, site_id: str, events: list[ShownEvent]) -> None:
        """Adds events; the oldest go when there are too many, a hundred at a time."""
        name = SHOWN.name(site=site_id)
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for event in events:
                pipe.xadd(name, _fields(event), maxlen=self._most_events, approximate=True)
            pipe.expire(name, cast("int", SHOWN.ttl_s))
            pipe.execute()

    def events(self, site_id: str) -> Iterator[ShownEvent]:
        """Yields what is kept, the oldest first."""
        name, after = SHOWN.name(site=site_id), "-"
        while True:
            with translate():
                found = cast("list[tuple[bytes, dict[bytes, bytes]]]", self._client.xrange(name, after, "+", CHUNK))
            for _, fields in found:
                yield _event(fields)
            if len(found) < CHUNK:
                return
            after = f"({found[-1][0].decode()}"


def _fields(event: ShownEvent) -> dict[Any, Any]:
    if isinstance(event, FollowedTeaser):
        return {"f": _FOLLOWED.pack(*event)}
    packed = b"".join(map(_packed, event.teasers))
    return {"p": _PAGE.pack(event.view, event.at) + packed}


def _packed(teaser: ShownTeaser) -> bytes:
    widget = teaser.widget.encode()
    numbers = _TEASER.pack(teaser.article_hash, teaser.position, teaser.score, *teaser.features)
    return bytes((len(widget),)) + widget + numbers


def _event(fields: dict[bytes, bytes]) -> ShownEvent:
    if b"f" in fields:
        return FollowedTeaser(*_FOLLOWED.unpack(fields[b"f"]))
    raw = fields[b"p"]
    view, at = _PAGE.unpack_from(raw)
    return ShownPage(view, at, tuple(_teasers(raw, _PAGE.size)))


def _teasers(raw: bytes, place: int) -> Iterator[ShownTeaser]:
    while place < len(raw):
        begin = place + 1
        end = begin + raw[place]
        article, position, score, *features = _TEASER.unpack_from(raw, end)
        yield ShownTeaser(article, raw[begin:end].decode(), position, score, tuple(features))
        place = end + _TEASER.size
