"""Keeps feeds, their states and their leases in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import FEED_LEASE, FEED_SEEN, FEED_STATES, FEEDS
from service.adapters.redis.scripts import Script
from service.domain.content.feed import Feed, FeedRecord, FeedState
from service.domain.content.feed_record import (
    feed_from_values,
    feed_values,
    state_after_change,
    state_from_values,
    state_values,
)
from service.domain.errors import Conflict, NotFound
from service.domain.guard import Guard

PUT_TRIES = 5


class RedisFeedStore:
    """A FeedStore on Redis. A lease that is not renewed ends by itself; then what its poller writes is refused."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._put = Script(client, "content/put_feed")
        self._keep = Script(client, "content/keep_feed_state")
        self._lease = Script(client, "content/lease_feed")
        self._release = Script(client, "content/release_feed")

    def get(self, site_id: str, feed_id: str) -> FeedRecord:
        """Returns the feed with its state. Raises NotFound."""
        definition, state = self._read(site_id, feed_id)
        if definition is None:
            raise NotFound("feed", feed_id)
        return _record(definition, state)

    def put(self, site_id: str, feed: Feed, guard: Guard[Feed] | None = None) -> bool:
        """Keeps the feed, which is due at once; True if it is new. Raises Conflict where others keep changing it."""
        keys = [FEEDS.name(site=site_id), FEED_STATES.name(site=site_id), _lease_key(site_id, feed.id)]
        for _ in range(PUT_TRIES):
            definition, state = self._read(site_id, feed.id)
            old = _record(definition, state) if definition is not None else None
            if guard is not None:
                guard(old.feed if old else None)
            after = orjson.dumps(state_values(state_after_change(old, feed)))
            with translate():
                done = int(self._put(keys, [feed.id, orjson.dumps(feed_values(feed)), after, definition or b""]))
            if done >= 0:
                return done == 1
        raise Conflict(f"Others keep changing the feed '{feed.id}'; try again.")

    def remove(self, site_id: str, feed_id: str) -> bool:
        """Forgets the feed and all about it; False if it was not there."""
        with translate():
            pipe = self._client.pipeline(transaction=True)
            pipe.hdel(FEEDS.name(site=site_id), feed_id)
            pipe.hdel(FEED_STATES.name(site=site_id), feed_id)
            pipe.delete(FEED_SEEN.name(site=site_id, feed_id=feed_id), _lease_key(site_id, feed_id))
            gone, *_ = pipe.execute()
        return bool(gone)

    def all(self, site_id: str) -> list[FeedRecord]:
        """Returns every feed of the site, by id."""
        with translate():
            pipe = self._client.pipeline(transaction=True)
            pipe.hgetall(FEEDS.name(site=site_id))
            pipe.hgetall(FEED_STATES.name(site=site_id))
            definitions, states = cast("list[dict[bytes, bytes]]", pipe.execute())
        return [_record(definitions[feed_id], states.get(feed_id)) for feed_id in sorted(definitions)]

    def seen(self, site_id: str, feed_id: str) -> Mapping[str, bytes]:
        """Returns the digest of each article that the feed brought, by id."""
        with translate():
            found = cast("dict[bytes, bytes]", self._client.hgetall(FEED_SEEN.name(site=site_id, feed_id=feed_id)))
        return {article_id.decode(): digest for article_id, digest in found.items()}

    def lease(self, site_id: str, feed_id: str, token: str, for_s: int) -> bool:
        """Gives the feed to the poller of this token for some seconds; False if it is another's."""
        with translate():
            return bool(self._lease([_lease_key(site_id, feed_id)], [token, for_s, 0]))

    def renew(self, site_id: str, feed_id: str, token: str, for_s: int) -> bool:
        """Makes the lease last some seconds from now; False if it is no longer this token's."""
        with translate():
            return bool(self._lease([_lease_key(site_id, feed_id)], [token, for_s, 1]))

    def release(self, site_id: str, feed_id: str, token: str) -> None:
        """Ends the lease of this token, if it still holds."""
        with translate():
            self._release([_lease_key(site_id, feed_id)], [token])

    def keep(
        self,
        site_id: str,
        feed_id: str,
        token: str,
        state: FeedState,
        seen: Mapping[str, bytes],
        forget: Sequence[str] = (),
    ) -> bool:
        """Keeps the state and adds to and takes from what was seen; False if the lease or the feed is gone."""
        keys = [
            FEEDS.name(site=site_id),
            FEED_STATES.name(site=site_id),
            _lease_key(site_id, feed_id),
            FEED_SEEN.name(site=site_id, feed_id=feed_id),
        ]
        words: list[str | int | bytes] = [feed_id, token, orjson.dumps(state_values(state)), len(forget), *forget]
        for article_id, digest in seen.items():
            words += [article_id, digest]
        with translate():
            return bool(self._keep(keys, words))

    def _read(self, site_id: str, feed_id: str) -> tuple[bytes | None, bytes | None]:
        with translate():
            pipe = self._client.pipeline(transaction=True)
            pipe.hget(FEEDS.name(site=site_id), feed_id)
            pipe.hget(FEED_STATES.name(site=site_id), feed_id)
            definition, state = pipe.execute()
        return definition, state


def _lease_key(site_id: str, feed_id: str) -> str:
    return FEED_LEASE.name(site=site_id, feed_id=feed_id)


def _record(definition: bytes, state: bytes | None) -> FeedRecord:
    known = state_from_values(orjson.loads(state)) if state is not None else FeedState()
    return FeedRecord(feed_from_values(orjson.loads(definition)), known)
