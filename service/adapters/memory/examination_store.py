"""Keeps in this process how likely readers look at each place of a site's pages: the twin of the Redis store."""

from __future__ import annotations

from service.domain.events.examination import NOTHING_LEARNT, Examination


class MemoryExaminationStore:
    """An ExaminationStore in memory."""

    def __init__(self) -> None:
        self._sites: dict[str, Examination] = {}

    def get(self, site_id: str) -> Examination:
        """Returns what was last learnt of the site; NOTHING_LEARNT before."""
        return self._sites.get(site_id, NOTHING_LEARNT)

    def put(self, site_id: str, examination: Examination) -> None:
        """Keeps what was learnt in place of what was known."""
        self._sites[site_id] = examination
