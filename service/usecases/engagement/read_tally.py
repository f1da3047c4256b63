"""Counts reads of articles in this process until they are written down together."""

from __future__ import annotations

from collections import Counter

from service.domain.ports import ReadCounter
from service.usecases.tally import Tally


class ReadTally(Tally[str, Counter[str]]):
    """Counts reads by site and article."""

    def note(self, site_id: str, id_hash: int) -> None:
        """Counts one read of the article whose id has this hash."""
        with self._lock:
            self._part(site_id)[str(id_hash)] += 1

    def write_down(self, reads: ReadCounter, at: float) -> None:
        """Adds what was counted to the store, under the hour of `at`; what it cannot take is kept for the next time."""
        self._write(lambda site_id, counted: reads.add(site_id, counted, at))

    def _begin(self) -> Counter[str]:
        return Counter()

    def _join(self, part: Counter[str], earlier: Counter[str]) -> None:
        part.update(earlier)
