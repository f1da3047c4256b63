"""Keeps click models in this process: the twin of the Redis store."""

from __future__ import annotations

from service.domain.events.click_model import ClickModel


class MemoryClickModels:
    """ClickModels in memory."""

    def __init__(self) -> None:
        self._sites: dict[str, ClickModel] = {}

    def get(self, site_id: str) -> ClickModel | None:
        """Returns the model in use; None for none."""
        return self._sites.get(site_id)

    def put(self, site_id: str, model: ClickModel | None) -> None:
        """Has the model used from now on; None: none."""
        self._sites.pop(site_id, None)
        if model is not None:
            self._sites[site_id] = model
