"""Keeps answers of the store for a second, so that requests need no round trip, and longer while it is away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.domain.errors import StoreUnavailable
from service.domain.ports import Clock

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V | None
    fetched_at: float


class BriefCache(Generic[V]):
    """Answers from memory what was fetched less than `life_s` ago; absence is remembered as well, in bounds.

    One thread at a time fetches a value anew; another that asks meanwhile gets the value known before. While the
    store is away a known value is given for up to `grace_s`, and the store is asked again once per `life_s`; one that
    this process has not met is the one that `last_known` tells of.
    """

    def __init__(
        self,
        fetch: Callable[[str], V | None],
        clock: Clock,
        *,
        life_s: float = 0.9,
        grace_s: float = 60.0,
        capacity: int = 10_000,
        last_known: Callable[[str], V | None] = lambda _: None,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._life_s = life_s
        self._grace_s = grace_s
        self._capacity = capacity
        self._last_known = last_known
        self._known: dict[str, _Entry[V]] = {}
        self._unknown: dict[str, _Entry[V]] = {}
        self._refreshing = threading.Lock()
        self._away_since: float | None = None

    def get(self, key: str) -> V | None:
        """Returns the value, None where the store has none.

        Raises StoreUnavailable when the store is away and no value younger than `grace_s` is known.
        """
        now = self._clock()
        entry = self._entry(key)
        if entry is not None and 0 <= now - entry.fetched_at < self._life_s:
            return entry.value
        if entry is not None and entry.value is not None and self._may_stand(entry, now):
            return entry.value
        return self._refresh(key, entry, now)

    def forget(self, key: str) -> None:
        """Makes the next `get` of this key ask the store."""
        self._known.pop(key, None)
        self._unknown.pop(key, None)

    def _entry(self, key: str) -> _Entry[V] | None:
        return self._known.get(key) or self._unknown.get(key)

    def _may_stand(self, entry: _Entry[V], now: float) -> bool:
        """True where asking again must not hold this request up: the store is away, or another thread is asking."""
        age_s = now - entry.fetched_at
        if self._away_since is None:
            return self._refreshing.locked() and 0 <= age_s < 2 * self._life_s
        just_tried = 0 <= now - self._away_since < self._life_s
        return age_s < self._grace_s and (just_tried or self._refreshing.locked())

    def _refresh(self, key: str, seen: _Entry[V] | None, asked_at: float) -> V | None:
        with self._refreshing:
            entry = self._entry(key)
            if entry is not None and entry is not seen:  # another thread fetched it meanwhile
                return entry.value
            try:
                value = self._fetch(key)
            except StoreUnavailable:
                self._away_since = asked_at
                known = self._standing(key, entry, asked_at)
                if known is None:
                    raise
                return known
            self._away_since = None
            self._keep(key, _Entry(value, asked_at))
            return value

    def _standing(self, key: str, entry: _Entry[V] | None, now: float) -> V | None:
        """What may be given for a key while the store is away."""
        if entry is None:
            known = self._last_known(key)
            if known is not None:
                self._keep(key, _Entry(known, now))
            return known
        return entry.value if now - entry.fetched_at < self._grace_s else None

    def _keep(self, key: str, entry: _Entry[V]) -> None:
        self.forget(key)
        kept = self._unknown if entry.value is None else self._known
        while len(kept) >= self._capacity:
            kept.pop(next(iter(kept)), None)
        kept[key] = entry
