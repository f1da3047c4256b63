"""Keeps credits in this process: the twin of the Redis store."""

from __future__ import annotations

from collections import defaultdict

from service.domain.errors import Conflict
from service.domain.events.credit import Credit


class MemoryCreditStore:
    """A CreditStore in memory."""

    def __init__(self) -> None:
        self._sites: defaultdict[str, list[Credit]] = defaultdict(list)

    def put(self, site_id: str, credit: Credit) -> None:
        """Keeps a credit. Raises Conflict where one that is kept overlaps it."""
        for other in self._sites[site_id]:
            if other.overlaps(credit):
                raise Conflict(f"The credit '{other.id}' withdraws some of these hours already.")
        self._sites[site_id].append(credit)

    def all(self, site_id: str) -> list[Credit]:
        """Returns every credit, the oldest first."""
        return sorted(self._sites[site_id], key=lambda credit: (credit.created_at, credit.id))
