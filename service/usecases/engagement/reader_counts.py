"""What readers of a site did of late, as its pages are filled by it: what they read, were offered and followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from service.domain.engagement.rates import Engagement
from service.domain.ports import ReadCounter

READS_HOURS = 24


class ReaderCounts:
    """Reads the counts of all processes."""

    def __init__(self, reads: ReadCounter, engagement: Callable[[str, float], Engagement]) -> None:
        """`engagement` gives a site's engagement at a time in seconds since 1970."""
        self._reads = reads
        self._engagement = engagement

    def recent(self, site_id: str, at: float) -> tuple[Mapping[int, float], Engagement]:
        """Returns the site's reads and engagement at `at` (seconds since 1970). Raises StoreUnavailable.

        Reads are decayed counts by the hash of an article's id, the most read first.
        """
        reads = self._reads.recent(site_id, at, READS_HOURS)
        most_first = sorted(reads.items(), key=lambda item: -item[1])
        return {int(id_hash): count for id_hash, count in most_first}, self._engagement(site_id, at)
