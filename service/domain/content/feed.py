"""A source of articles that is asked again and again, what is known of its last answers, and who keeps and asks it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from service.domain.guard import Guard

FeedKind = Literal["rss", "wordpress"]

LEAST_EVERY_S = 60
PRIVATE_REMEDY = "an operator may allow its host by STANDFIRST_FEED_PRIVATE_HOSTS"
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3_600.0
# A source may ask for more patience than our own back-off has, but not to be forgotten.
LONGEST_RETRY_AFTER_S = 86_400.0
# So many refusals are kept with a feed's state, to be looked at.
REFUSALS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Feed:
    """One source of a site: where it is, what it speaks, how often it is asked (seconds), and its defaults.

    `id_prefix` begins the ids of WordPress posts: one for each WordPress of a site.
    """

    id: str
    url: str
    kind: FeedKind = "rss"
    section: str | None = None
    every_s: int = 900
    enabled: bool = True
    id_prefix: str = "wp"

    def reads_as(self, other: Feed) -> bool:
        """True if both bring the same articles, however often they are asked."""
        return replace(self, every_s=other.every_s, enabled=other.enabled) == other


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a source has been read: what it is told, so that it answers only what is new.

    `modified_after` is a WordPress's own local time; `unfinished` says that its pages were not read to the last.
    `listed_at` is when its posts were last counted one by one (seconds since 1970).
    """

    etag: str | None = None
    last_modified: str | None = None
    modified_after: str | None = None
    unfinished: bool = False
    listed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the entries that one look at a feed brought; `refusals` are the first ones, `id: reason`."""

    loaded: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    unpublished: int = 0
    refusals: tuple[str, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Returns both together."""
        return Tally(
            self.loaded + other.loaded,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
            self.unpublished + other.unpublished,
            (self.refusals + other.refusals)[:REFUSALS_KEPT],
        )


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of a feed's looks so far; times in seconds since 1970; `next_attempt_at` None is at once."""

    last_attempt_at: float | None = None
    last_success_at: float | None = None
    last_error: str | None = None
    failures: int = 0
    next_attempt_at: float | None = None
    articles_loaded: int = 0
    last: Tally = Tally()
    cursor: Cursor = Cursor()

    def is_due(self, now: float) -> bool:
        """True if the feed may be asked again."""
        return self.next_attempt_at is None or self.next_attempt_at <= now

    def succeeded(self, feed: Feed, now: float, chance: float) -> FeedState:
        """Returns the state after a look that reached the end; `chance` in [0, 1) spreads the next ones."""
        return replace(
            self,
            last_attempt_at=now,
            last_success_at=now,
            last_error=None,
            failures=0,
            next_attempt_at=now + feed.every_s * (1 + chance / 20),
        )

    def failed(self, error: str, now: float, chance: float, retry_after_s: float | None = None) -> FeedState:
        """Returns the state after a look that failed: the next one is later each time, or when the source says."""
        pause_s = max(pause_after(self.failures + 1, chance), min(retry_after_s or 0, LONGEST_RETRY_AFTER_S))
        return replace(
            self, last_attempt_at=now, last_error=error, failures=self.failures + 1, next_attempt_at=now + pause_s
        )


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed with its state."""

    feed: Feed
    state: FeedState = FeedState()


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries that belong together, as values by the contract's names, and how far the source is then read.

    `whole` says that these are all that the source now shows. `withdrawn` are ids of articles that it still has, but
    no longer for everyone.
    """

    entries: tuple[Mapping[str, Any], ...]
    cursor: Cursor
    whole: bool = False
    withdrawn: tuple[str, ...] = ()


def pause_after(failures: int, chance: float) -> float:
    """Returns seconds to wait after so many failures in a row: doubled each time, an hour at most, up to a quarter
    less by `chance` in [0, 1), so that feeds of one failed host do not all come back at one moment."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))
    return longest * (1 - chance / 4)


class FeedStore(Protocol):
    """Keeps feeds with their states, and lets one poller at a time work on each.

    What was seen is the digest of each article that a feed brought, by id; empty bytes for one that was refused.
    """

    def get(self, site_id: str, feed_id: str) -> FeedRecord:
        """Returns the feed with its state. Raises NotFound."""

    def put(self, site_id: str, feed: Feed, guard: Guard[Feed] | None = None) -> bool:
        """Keeps the feed, which is due at once; True if it is new.

        One that now reads otherwise is read anew from its start, and who polls it loses the lease.
        """

    def remove(self, site_id: str, feed_id: str) -> bool:
        """Forgets the feed and all about it; False if it was not there."""

    def all(self, site_id: str) -> list[FeedRecord]:
        """Returns every feed of the site, by id."""

    def seen(self, site_id: str, feed_id: str) -> Mapping[str, bytes]:
        """Returns the digest of each article that the feed brought, by id."""

    def lease(self, site_id: str, feed_id: str, token: str, for_s: int) -> bool:
        """Gives the feed to the poller of this token for some seconds; False if it is another's."""

    def renew(self, site_id: str, feed_id: str, token: str, for_s: int) -> bool:
        """Makes the lease last some seconds from now; False if it is no longer this token's."""

    def release(self, site_id: str, feed_id: str, token: str) -> None:
        """Ends the lease of this token, if it still holds."""

    def keep(
        self,
        site_id: str,
        feed_id: str,
        token: str,
        state: FeedState,
        seen: Mapping[str, bytes],
        forget: Sequence[str] = (),
    ) -> bool:
        """Keeps the state and adds to and takes from what was seen, all at once.

        False, and nothing is kept, if the lease is no longer this token's or the feed is gone.
        """


class FeedSource(Protocol):
    """Reads one kind of feed."""

    def batches(self, feed: Feed, cursor: Cursor) -> Iterable[Batch]:
        """Yields what is new since the cursor, oldest first; nothing where nothing is.

        Raises SourceUnavailable where the source cannot be reached or read to its end; what was yielded stands.
        """

    def gone(
        self, feed: Feed, known: Collection[str], listed_at: float | None, between: Callable[[], None]
    ) -> set[str] | None:
        """Returns the ids of known articles that the source certainly no longer has; None where it did not look.

        `listed_at` is when it last did, in seconds since 1970. `between` is called between answers, and may raise.
        Raises SourceUnavailable.
        """
