"""What keeps paid ads off pages while it lasts: told in the page's warnings, and counted."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Hindrance(StrEnum):
    """Why a page call gets no paid ads, though there may be some for it."""

    STORE_AWAY = "store away"
    NO_ANSWER = "store did not answer in time"
    EVENTS_WAIT = "events wait to be booked"

    @property
    def warning(self) -> str:
        """What a page's answer says of it."""
        return f"ads: {self}, house ads only"


def _count_nothing(_: str) -> None:
    """Counts no page call."""


class Hindrances:
    """Knows without asking the store what hinders a reservation, so that no page waits for a store that is away."""

    def __init__(
        self,
        store_is_away: Callable[[], bool] = lambda: False,
        may_reserve: Callable[[], bool] = lambda: True,
        count: Callable[[str], None] = _count_nothing,
    ) -> None:
        """`may_reserve` is False while events of this host wait to be booked; `count` is told of each page call."""
        self._store_is_away = store_is_away
        self._may_reserve = may_reserve
        self._count = count

    def known(self) -> Hindrance | None:
        """Returns what hinders a reservation now; None where it should be tried."""
        if self._store_is_away():
            return Hindrance.STORE_AWAY
        return None if self._may_reserve() else Hindrance.EVENTS_WAIT

    def note(self, hindrance: Hindrance) -> None:
        """Counts a page call that got no paid ads for this reason."""
        self._count(hindrance)
