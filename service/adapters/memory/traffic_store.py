"""Keeps what was learnt of each site's traffic in this process: the twin of the store on Redis."""

from __future__ import annotations

from service.domain.ads.forecast.traffic import Traffic


class MemoryTrafficStore:
    """A TrafficStore in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, Traffic] = {}

    def read(self, site_id: str) -> Traffic | None:
        """Returns what was learnt last; None before anything was."""
        return self._kept.get(site_id)

    def keep(self, site_id: str, traffic: Traffic) -> None:
        """Keeps what was learnt, in place of what was before."""
        self._kept[site_id] = traffic
