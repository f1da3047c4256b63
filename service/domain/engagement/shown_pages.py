"""What a page view showed and what was followed of it: logged of a share of views, to learn from, of no reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from service.domain.identity import hash64


class ShownTeaser(NamedTuple):
    """A teaser as it was chosen: where it stood, the score its kind of widget gave it, and its features.

    `features` are in the order of widgets.kind.PARTS, in [0, 1].
    """

    article_hash: int
    widget: str
    position: int
    score: float
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """One page view, by the hash of its id, and its teasers; `at` is in seconds since 1970."""

    view: int
    at: int
    teasers: tuple[ShownTeaser, ...]


class FollowedTeaser(NamedTuple):
    """An article that was followed from a page view."""

    view: int
    article_hash: int


ShownEvent = ShownPage | FollowedTeaser


class ShownLog(Protocol):
    """Keeps the last of a site's logged page views and of what was followed, in order. Raises StoreUnavailable."""

    def add(self, site_id: str, events: list[ShownEvent]) -> None:
        """Adds events; the oldest go when there are too many."""

    def events(self, site_id: str) -> Iterator[ShownEvent]:
        """Yields what is kept, the oldest first."""


def is_logged(page_view: str, share: float) -> bool:
    """Returns whether this page view is one of the share that is logged: the same for every process and beacon."""
    return hash64(f"shown\0{page_view}") < share * 2**64
