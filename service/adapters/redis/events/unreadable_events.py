"""What was set aside of a site's stream, in a stream of its own."""

from __future__ import annotations

from typing import cast

import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.adapters.redis.events.event_form import UnreadableEvent, read_event
from service.domain.events.unreadable import Unreadable


class RedisUnreadableEvents:
    """UnreadableEvents on Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def all(self, site_id: str) -> list[Unreadable]:
        """Returns what was set aside, the oldest first."""
        with translate():
            return [one for _, one in _aside(self._client, site_id)]

    def put_back(self, site_id: str) -> int:
        """Puts what was set aside and can be read now back into the stream; returns how many entries that were.

        Each keeps its id of before, and with it the hour in which it counts. None is put back twice.
        """
        stream, poisoned = keys.EVENTS.name(site=site_id), keys.POISONED.name(site=site_id)

        def move(pipe: redis.client.Pipeline) -> None:
            readable = [(place, one) for place, one in _aside(pipe, site_id) if _is_readable(one)]
            pipe.multi()
            for place, one in readable:
                pipe.xadd(stream, {"e": one.raw, "of": one.id})
                pipe.xdel(poisoned, place)

        with translate():
            done = cast("list[object]", self._client.transaction(move, poisoned))
        return len(done) // 2

    def drop(self, site_id: str) -> int:
        """Forgets what was set aside; returns how many entries that were."""
        poisoned = keys.POISONED.name(site=site_id)
        with translate():
            pipe = self._client.pipeline(transaction=True)
            pipe.xlen(poisoned)
            pipe.delete(poisoned)
            return int(pipe.execute()[0])


def _aside(client: redis.Redis, site_id: str) -> list[tuple[bytes, Unreadable]]:
    """What was set aside, each with its place there."""
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(keys.POISONED.name(site=site_id)))
    return [
        (place, Unreadable(fields[b"id"].decode(), fields[b"e"], fields[b"reason"].decode()))
        for place, fields in entries
    ]


def _is_readable(one: Unreadable) -> bool:
    try:
        read_event(one.id.encode(), one.raw)
    except UnreadableEvent:
        return False
    return True
