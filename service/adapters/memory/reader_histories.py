"""Keeps readers' histories in this process: the twin of the Redis store."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.events.reader_history import KEPT_S, MOST_KEPT, SESSION_S, Whose


class MemoryReaderHistories:
    """ReaderHistories in memory; time is what each call says."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str, bool], dict[int, float]] = {}

    def recall(self, site_id: str, whose: Whose, article: int | None, at: float) -> list[int]:
        """Returns what was read, the last one last, without `article`, which is noted then."""
        found: list[int] = []
        for digest in (whose.before, whose.digest):
            kept = self._read.get((site_id, digest or "", whose.is_session), {})
            if not whose.is_session or max(kept.values(), default=0) > at - SESSION_S:
                found += [each for each in sorted(kept, key=lambda one: kept[one]) if kept[each] > at - KEPT_S]
        if article is not None:
            self.note(site_id, whose, [article], at)
        return found

    def note(self, site_id: str, whose: Whose, articles: Sequence[int], at: float) -> None:
        """Notes articles as read now."""
        kept = self._read.setdefault((site_id, whose.digest, whose.is_session), {})
        kept.update(dict.fromkeys(articles, at))
        for old in sorted(kept, key=lambda one: kept[one])[:-MOST_KEPT]:
            del kept[old]

    def erase(self, site_id: str, whose: Whose) -> int:
        """Forgets the reader; returns how many records there were."""
        names = [(site_id, digest, whose.is_session) for digest in (whose.digest, whose.before) if digest]
        return sum(self._read.pop(name, None) is not None for name in names)
