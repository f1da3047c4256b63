"""Keeps click models in this process: the twin of the Redis store."""

from __future__ import annotations

from service.domain.errors import Conflict
from service.domain.events.click_model import MOST_CLICK_MODELS, NONE_BEFORE, ClickModel, ClickModelInUse


class MemoryClickModels:
    """ClickModels in memory."""

    def __init__(self) -> None:
        self._sites: dict[str, list[ClickModelInUse]] = {}

    def get(self, site_id: str) -> ClickModel | None:
        """Returns the model in use; None for the default."""
        used = self._sites.get(site_id)
        return used[-1].model if used else None

    def put(self, site_id: str, used: ClickModelInUse) -> None:
        """Has it used from now on."""
        self._sites[site_id] = [*self._sites.get(site_id, ()), used][-MOST_CLICK_MODELS:]

    def history(self, site_id: str) -> list[ClickModelInUse]:
        """Returns those that were put in use, the present one last."""
        return list(self._sites.get(site_id, ()))

    def rollback(self, site_id: str) -> ClickModelInUse:
        """Has the one before the present one used again, and returns it. Raises Conflict."""
        used = self._sites.get(site_id, [])
        if len(used) < 2:
            raise Conflict(NONE_BEFORE)
        used.pop()
        return used[-1]
