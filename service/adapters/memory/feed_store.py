"""Keeps feeds in this process: the twin of the Redis store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import RLock

from service.domain.content.feed import Feed, FeedRecord, FeedState
from service.domain.content.feed_record import state_after_change
from service.domain.errors import NotFound
from service.domain.ports import Clock, Guard


class MemoryFeedStore:
    """A FeedStore of this process alone; its leases end by the clock given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = RLock()
        self._feeds: defaultdict[str, dict[str, FeedRecord]] = defaultdict(dict)
        self._seen: defaultdict[tuple[str, str], dict[str, bytes]] = defaultdict(dict)
        self._leases: dict[tuple[str, str], tuple[str, float]] = {}

    def get(self, site_id: str, feed_id: str) -> FeedRecord:
        """Returns the feed with its state. Raises NotFound."""
        with self._lock:
            if feed_id not in self._feeds[site_id]:
                raise NotFound("feed", feed_id)
            return self._feeds[site_id][feed_id]

    def put(self, site_id: str, feed: Feed, guard: Guard[Feed] | None = None) -> bool:
        """Keeps the feed, which is due at once; True if it is new."""
        with self._lock:
            old = self._feeds[site_id].get(feed.id)
            if guard is not None:
                guard(old.feed if old else None)
            self._feeds[site_id][feed.id] = FeedRecord(feed, state_after_change(old, feed))
            self._leases.pop((site_id, feed.id), None)
            return old is None

    def remove(self, site_id: str, feed_id: str) -> bool:
        """Forgets the feed and all about it; False if it was not there."""
        with self._lock:
            self._seen.pop((site_id, feed_id), None)
            self._leases.pop((site_id, feed_id), None)
            return self._feeds[site_id].pop(feed_id, None) is not None

    def all(self, site_id: str) -> list[FeedRecord]:
        """Returns every feed of the site, by id."""
        with self._lock:
            return [self._feeds[site_id][feed_id] for feed_id in sorted(self._feeds[site_id])]

    def seen(self, site_id: str, feed_id: str) -> Mapping[str, bytes]:
        """Returns the digest of each article that the feed brought, by id."""
        with self._lock:
            return dict(self._seen[site_id, feed_id])

    def lease(self, site_id: str, feed_id: str, token: str, for_s: int) -> bool:
        """Gives the feed to the poller of this token for some seconds; False if it is another's."""
        with self._lock:
            if self._holder(site_id, feed_id) not in (None, token):
                return False
            self._leases[site_id, feed_id] = (token, self._clock() + for_s)
            return True

    def renew(self, site_id: str, feed_id: str, token: str, for_s: int) -> bool:
        """Makes the lease last some seconds from now; False if it is no longer this token's."""
        with self._lock:
            return self._holder(site_id, feed_id) == token and self.lease(site_id, feed_id, token, for_s)

    def release(self, site_id: str, feed_id: str, token: str) -> None:
        """Ends the lease of this token, if it still holds."""
        with self._lock:
            if self._holder(site_id, feed_id) == token:
                del self._leases[site_id, feed_id]

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
        with self._lock:
            if self._holder(site_id, feed_id) != token or feed_id not in self._feeds[site_id]:
                return False
            self._feeds[site_id][feed_id] = FeedRecord(self._feeds[site_id][feed_id].feed, state)
            for article_id in forget:
                self._seen[site_id, feed_id].pop(article_id, None)
            self._seen[site_id, feed_id].update(seen)
            return True

    def _holder(self, site_id: str, feed_id: str) -> str | None:
        token, ends_at = self._leases.get((site_id, feed_id), (None, 0.0))
        return token if self._clock() < ends_at else None
