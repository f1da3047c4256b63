"""What the use cases need of the outside world, as protocols; each has one contract suite in tests/contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from service.domain.content.article import Article
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import Counts
from service.domain.engagement.reader_history import Whose
from service.domain.engagement.teaser_events import TeaserCounts
from service.domain.guard import Guard
from service.domain.sites.access import Token
from service.domain.sites.site import Site

Clock = Callable[[], float]
"""Seconds since 1970; injected, so that tests own the time."""

TermIds = npt.NDArray[np.uint64]
"""Hashes of a text's terms under the site's analyzer, sorted, each once."""

Analyzer = Callable[[str], TermIds]
"""Returns the terms of a text; the same words give the same ids in articles, queries and keywords."""


T = TypeVar("T")


class SiteStore(Protocol):
    """Keeps sites."""

    def get(self, site_id: str) -> Site:
        """Returns the site. Raises NotFound."""

    def put(self, site: Site, guard: Guard[Site] | None = None) -> bool:
        """Keeps the site; True if it is new."""

    def remove(self, site_id: str) -> bool:
        """Forgets the site's record alone; False if there was none."""

    def all(self) -> list[Site]:
        """Returns every site, by id."""


class TokenStore(Protocol):
    """Keeps access tokens."""

    def get(self, token_id: str) -> Token | None:
        """Returns the token, or None if unknown or revoked."""

    def put(self, token: Token) -> None:
        """Keeps the token."""

    def all(self) -> list[Token]:
        """Returns every token, by id."""

    def revoke(self, token_id: str) -> bool:
        """Forgets the token; False if it was not there."""


Outcome = Literal["loaded", "updated", "unchanged"]


class ArticleStore(Protocol):
    """Keeps articles and the order in which they last changed. A removed article is a change too."""

    def get(self, site_id: str, article_id: str) -> Article:
        """Returns the article. Raises NotFound."""

    def fetch(self, site_id: str, article_ids: Sequence[str]) -> list[Article | None]:
        """Returns the articles in the order asked; None for each that is gone."""

    def put(self, site_id: str, articles: Sequence[Article]) -> list[Outcome]:
        """Keeps the articles and says for each whether it is new, changed or the same; the same changes nothing."""

    def amend(self, site_id: str, article_id: str, change: Callable[[Article], Article]) -> tuple[Article, Outcome]:
        """Keeps `change` of the article as it stands, and nothing else written meanwhile is lost.

        Raises NotFound, also when it is removed meanwhile; Conflict when others keep changing it.
        """

    def remove(self, site_id: str, article_id: str) -> bool:
        """Unpublishes the article; False if it was not there."""

    def count(self, site_id: str) -> int:
        """Returns how many articles the site has."""

    def version(self, site_id: str) -> int:
        """Returns the version of the newest change; 0 when nothing ever changed."""

    def changed(self, site_id: str, since: int, limit: int) -> list[tuple[str, int]]:
        """Returns ids and versions of articles changed after `since`, oldest first, at most `limit`."""

    def ids(self, site_id: str) -> Iterable[str]:
        """Yields the id of every article that the site has, in no order."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The counters a poller compares: each grows by one or more at every change of its kind."""

    site: int = 0
    articles: int = 0
    inventory: int = 0
    model: int = 0
    rules: int = 0


class VersionStore(Protocol):
    """Tells what has changed, in one round trip for all sites."""

    def all(self) -> Mapping[str, Versions]:
        """Returns the versions of every site, by site id."""


class ReadCounter(Protocol):
    """Counts how often each article was read, by the hour."""

    def add(self, site_id: str, reads: Mapping[str, int], at: float) -> None:
        """Adds reads by article id to the hour of `at` (seconds since 1970)."""

    def recent(self, site_id: str, at: float, hours: int) -> Mapping[str, float]:
        """Returns reads by article id over the last hours, each hour's weight halved every six hours."""


class TeaserCounter(Protocol):
    """Counts what readers do with teasers, by day and by the place in which one stood."""

    def add(self, site_id: str, counts: TeaserCounts, at: float) -> None:
        """Adds counts to the day of `at` (seconds since 1970). Raises StoreUnavailable."""

    def days(self, site_id: str, days: Sequence[int]) -> list[TeaserCounts]:
        """Returns the counts of each day since 1970 that is asked for. Raises StoreUnavailable."""


class EngagementCounter(Protocol):
    """Counts how often each article's teaser was offered and followed, by the hour."""

    def add(self, site_id: str, counts: Counts, at: float) -> None:
        """Adds whole counts to the hour of `at` (seconds since 1970); of an hour that is full, only to those in it."""

    def hours(self, site_id: str, hours: Sequence[int]) -> list[Counts]:
        """Returns the counts of each hour since 1970 that is asked for."""


class ReaderHistories(Protocol):
    """Keeps what readers and sessions read, MOST_KEPT articles each, for KEPT_S or SESSION_S seconds."""

    def recall(self, site_id: str, whose: Whose, article: int | None, at: float) -> list[int]:
        """Returns hashes of the ids of what was read, the last one last, as it was before `article`, noted then.

        `at` is the time in seconds since 1970. Raises StoreUnavailable.
        """

    def note(self, site_id: str, whose: Whose, articles: Sequence[int], at: float) -> None:
        """Notes one or more articles as read now. Raises StoreUnavailable."""

    def erase(self, site_id: str, whose: Whose) -> int:
        """Forgets the reader; returns how many records there were. Raises StoreUnavailable."""


class LearntStore(Protocol[T]):
    """Keeps what was learnt of each site: of its traffic, its placements, or where its readers look."""

    def read(self, site_id: str) -> T:
        """Returns what was learnt last, and before that what is known of any site. Raises StoreUnavailable."""

    def keep(self, site_id: str, learnt: T) -> None:
        """Keeps what was learnt in place of what was before. Raises StoreUnavailable."""


class RuleStore(Protocol):
    """Keeps a site's editorial rules; every change moves the version that pollers look at."""

    def get(self, site_id: str, rule_id: str) -> Rule:
        """Returns the rule. Raises NotFound."""

    def put(self, site_id: str, rule: Rule, guard: Guard[Rule] | None = None) -> bool:
        """Keeps the rule; True if it is new. Raises Conflict where the site has as many as it may."""

    def remove(self, site_id: str, rule_id: str) -> bool:
        """Forgets the rule; False if it was not there."""

    def all(self, site_id: str) -> list[Rule]:
        """Returns every rule of the site, by id."""


@dataclass(frozen=True, slots=True)
class ModelPointer:
    """Which bundle a site serves from: its version, the digest of its manifest, and since when (seconds)."""

    version: str
    digest: str
    since: int


class ModelPointers(Protocol):
    """Keeps which model each site serves from, and which it served from before."""

    def history(self, site_id: str) -> list[ModelPointer]:
        """Returns the models promoted so far, the serving one last; empty before the first."""

    def promote(self, site_id: str, pointer: ModelPointer) -> None:
        """Makes this the serving model."""

    def rollback(self, site_id: str) -> ModelPointer:
        """Drops the serving model; returns the one before, which serves again. Raises Conflict if there is none."""
