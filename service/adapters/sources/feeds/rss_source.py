"""Reads an RSS or Atom feed from its address, when it is another than the last time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from service.adapters.sources.feeds.feeds import FeedReading, read_feed
from service.adapters.sources.fetching.answers import NOT_MODIFIED, charset_of, check_status, conditions, validators
from service.adapters.sources.fetching.fetcher import Fetcher
from service.domain.content.feed import Batch, Cursor, Feed
from service.domain.ports import Clock


class RssSource:
    """A FeedSource of RSS and Atom. Such a feed is a window: what leaves it is not gone."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock

    def batches(self, feed: Feed, cursor: Cursor) -> Iterator[Batch]:
        """Yields all entries as one batch, or nothing where the feed is the same as before.

        Raises SourceUnavailable where it cannot be fetched, InvalidInput where what comes is no feed.
        """
        answer = self._fetcher.get(feed.url, conditions(cursor))
        check_status(answer, self._clock())
        if answer.status == NOT_MODIFIED:
            return
        entries = read_feed(answer.body, FeedReading(answer.url, charset_of(answer.headers), feed.section))
        etag, last_modified = validators(answer.headers)
        yield Batch(tuple(entries), replace(cursor, etag=etag, last_modified=last_modified), whole=True)

    def gone(
        self,
        feed: Feed,  # noqa: ARG002
        known: Collection[str],  # noqa: ARG002
        listed_at: float | None,  # noqa: ARG002
        between: Callable[[], None],  # noqa: ARG002
    ) -> set[str] | None:
        """Returns None: a feed does not tell what its newsroom no longer has."""
        return None
