"""Counts what readers do with teasers in the store, a hash for each day."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from service.adapters.redis.counted_hashes import CountedHashes
from service.adapters.redis.redis_keys import TEASERS
from service.domain.engagement.teaser_events import TeaserAct, TeaserCounts, TeaserPlace, day_of

MAX_ENTRIES = 50_000
"""Entries of a day, of some 100 bytes each: 5 MB at most."""

_SEPARATOR = "\x1f"
_LETTERS = {
    TeaserAct.IMPRESSION: "i",
    TeaserAct.VIEW: "v",
    TeaserAct.CLICK: "c",
    TeaserAct.READ: "r",
    TeaserAct.DWELL_MS: "d",
}
_ACTS = {letter: act for act, letter in _LETTERS.items()}


class RedisTeaserCounter:
    """A TeaserCounter on Redis; a day is kept for TEASERS.ttl_s seconds after its last count."""

    def __init__(self, client: redis.Redis, max_entries: int = MAX_ENTRIES) -> None:
        self._days = CountedHashes(client, TEASERS, max_entries)

    def add(self, site_id: str, counts: TeaserCounts, at: float) -> None:
        """Adds counts to the day of `at`; a place that finds the day full is not counted."""
        self._days.add(site_id, day_of(at), ((_entry(act, place), count) for (act, place), count in counts.items()))

    def days(self, site_id: str, days: Sequence[int]) -> list[TeaserCounts]:
        """Returns the counts of each day since 1970 that is asked for, in one round trip."""
        answers = self._days.read(site_id, days)
        return [{_read(name): int(count) for name, count in answer.items()} for answer in answers]


def _entry(act: TeaserAct, place: TeaserPlace) -> str:
    parts = (_LETTERS[act], f"{place.article_hash:x}", place.widget, str(place.position), place.model, place.variant)
    return _SEPARATOR.join(parts).rstrip(_SEPARATOR)


def _read(name: bytes) -> tuple[TeaserAct, TeaserPlace]:
    letter, article, *rest = name.decode().split(_SEPARATOR)
    widget, position, model, variant = (*rest, "", "", "", "")[:4]
    return _ACTS[letter], TeaserPlace(int(article, 16), widget, int(position or 0), model, variant)
