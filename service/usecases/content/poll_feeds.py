"""Asks feeds that are due for their articles, takes in what is new, and unpublishes what is gone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import structlog

from service.domain.content.feed import Batch, Feed, FeedKind, FeedRecord, FeedSource, FeedState, FeedStore, Tally
from service.domain.errors import InvalidInput, NotFound, SourceUnavailable
from service.domain.ports import ArticleStore, Clock, SiteStore
from service.domain.sites.site import Site
from service.usecases.content.take_entries import ReadArticle, TakeEntries

log = structlog.get_logger(__name__)

# Longer than any one answer may take; a poller that died gives a feed free after so many seconds.
LEASE_S = 120
# Of so many known articles, more than half never go at once: rather something is wrong with the source.
FEW_ARTICLES = 10


class LeaseLost(Exception):
    """The feed was changed or removed, or another poller took it over: what this one has found no longer counts."""


class LookStopped(Exception):
    """The process ends: the next look goes on where this one was."""


@dataclass(frozen=True, slots=True)
class FeedPorts:
    """What polling works with; `sources` by kind of feed."""

    sites: SiteStore
    feeds: FeedStore
    articles: ArticleStore
    sources: Mapping[FeedKind, FeedSource]


class PollFeeds:
    """Polls feeds of all sites; several may do so at once, each feed is one poller's at a time."""

    def __init__(self, ports: FeedPorts, read: ReadArticle, clock: Clock, chance: Callable[[], float]) -> None:
        """`chance` gives a number in [0, 1) that spreads the next looks."""
        self._ports = ports
        self._take = TakeEntries(ports.articles, read)
        self._clock = clock
        self._chance = chance

    def due(self) -> Iterator[tuple[Site, FeedRecord]]:
        """Yields each feed that may be asked now, with its site. Raises StoreUnavailable."""
        for site in self._ports.sites.all():
            for record in self._ports.feeds.all(site.id):
                if record.feed.enabled and record.state.is_due(self._clock()):
                    yield site, record

    def poll(self, site: Site, feed_id: str, go_on: Callable[[], bool] = lambda: True) -> FeedState | None:
        """Returns the feed's state after one look at it; None where another polls it, or it is gone or not due.

        `go_on` is asked between batches; False ends the look, and the next one goes on from there.
        Raises StoreUnavailable.
        """
        token = secrets.token_hex(8)
        if not self._ports.feeds.lease(site.id, feed_id, token, LEASE_S):
            return None
        try:
            record = self._ports.feeds.get(site.id, feed_id)
            if not record.feed.enabled or not record.state.is_due(self._clock()):
                return None  # another poller was faster
            return _Look(self._ports, self._take, site, record, token).state_after(self._clock, self._chance, go_on)
        except (NotFound, LeaseLost):
            return None
        finally:
            self._ports.feeds.release(site.id, feed_id, token)

    def note_failure(self, site: Site, feed_id: str, error: str) -> None:
        """Keeps that a look at the feed failed for a reason of ours, so that it is asked again later, not at once.

        Raises StoreUnavailable.
        """
        token = secrets.token_hex(8)
        if self._ports.feeds.lease(site.id, feed_id, token, LEASE_S):
            try:
                state = self._ports.feeds.get(site.id, feed_id).state.failed(error, self._clock(), self._chance())
                self._ports.feeds.keep(site.id, feed_id, token, state, {})
            except NotFound:
                return
            finally:
                self._ports.feeds.release(site.id, feed_id, token)


class _Look:
    """One look at one feed."""

    def __init__(self, ports: FeedPorts, take: TakeEntries, site: Site, record: FeedRecord, token: str) -> None:
        self._ports = ports
        self._take = take
        self._site = site
        self._feed: Feed = record.feed
        self._state = replace(record.state, last=Tally())
        self._token = token
        self._seen = dict(ports.feeds.seen(site.id, record.feed.id))

    def state_after(self, clock: Clock, chance: Callable[[], float], go_on: Callable[[], bool]) -> FeedState:
        """Returns the state, which is kept. Raises LeaseLost, StoreUnavailable."""

        def between() -> None:
            self._renew()
            if not go_on():
                raise LookStopped

        try:
            self._read_on(between)
            self._unpublish_gone(clock, between)
            self._state = self._state.succeeded(self._feed, clock(), chance())
        except LookStopped:
            return self._state
        except SourceUnavailable as error:
            self._state = self._state.failed(str(error), clock(), chance(), error.retry_after_s)
        except InvalidInput as error:
            self._state = self._state.failed(str(error), clock(), chance())
        self._keep({})
        log.info("feed polled", site=self._site.id, feed=self._feed.id, error=self._state.last_error,
                 loaded=self._state.last.loaded, updated=self._state.last.updated)  # fmt: skip
        return self._state

    def _read_on(self, between: Callable[[], None]) -> None:
        """Takes in batch after batch, each kept before the next is asked for."""
        for batch in self._ports.sources[self._feed.kind].batches(self._feed, self._state.cursor):
            self._take_in(batch)
            between()

    def _take_in(self, batch: Batch) -> None:
        self._renew()
        tally, seen = self._take(self._site, batch.entries, self._seen)
        tally += self._unpublish([article_id for article_id in batch.withdrawn if self._seen.get(article_id)])
        seen |= dict.fromkeys(batch.withdrawn, b"")
        # What was refused may be taken once the site's settings change, so the whole feed must come again.
        cursor = replace(batch.cursor, etag=None, last_modified=None) if tally.refused else batch.cursor
        self._state = replace(
            self._state,
            cursor=cursor,
            last=self._state.last + tally,
            articles_loaded=self._state.articles_loaded + tally.loaded,
        )
        shown = {str(entry.get("id")) for entry in batch.entries}
        self._keep(seen, [article_id for article_id in self._seen if article_id not in shown] if batch.whole else [])

    def _unpublish_gone(self, clock: Clock, between: Callable[[], None]) -> None:
        source, known = self._ports.sources[self._feed.kind], self._seen.keys()
        gone = source.gone(self._feed, known, self._state.cursor.listed_at, between)
        if gone is None:
            return
        if len(gone) > max(FEW_ARTICLES, len(known) / 2):
            raise SourceUnavailable(f"{len(gone)} of {len(known)} posts are gone at once; none was unpublished")
        tally = self._unpublish(sorted(gone))
        cursor = replace(self._state.cursor, listed_at=clock())
        self._state = replace(self._state, cursor=cursor, last=self._state.last + tally)
        self._keep({}, sorted(gone))

    def _unpublish(self, article_ids: list[str]) -> Tally:
        self._renew()
        return Tally(unpublished=sum(self._ports.articles.remove(self._site.id, each) for each in article_ids))

    def _renew(self) -> None:
        if not self._ports.feeds.renew(self._site.id, self._feed.id, self._token, LEASE_S):
            raise LeaseLost

    def _keep(self, seen: Mapping[str, bytes], forget: list[str] | None = None) -> None:
        forget = forget or []
        if not self._ports.feeds.keep(self._site.id, self._feed.id, self._token, self._state, seen, forget):
            raise LeaseLost
        self._seen = {name: digest for name, digest in self._seen.items() if name not in set(forget)} | dict(seen)
