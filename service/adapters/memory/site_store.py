"""Keeps sites in memory."""

from __future__ import annotations

from service.domain.errors import NotFound
from service.domain.ports import Guard
from service.domain.site import Site


class MemorySiteStore:
    """A SiteStore of this process alone."""

    def __init__(self) -> None:
        self._sites: dict[str, Site] = {}

    def get(self, site_id: str) -> Site:
        """Returns the site. Raises NotFound."""
        if site_id not in self._sites:
            raise NotFound("site", site_id)
        return self._sites[site_id]

    def put(self, site: Site, guard: Guard[Site] | None = None) -> bool:
        """Keeps the site; True if it is new."""
        if guard is not None:
            guard(self._sites.get(site.id))
        new = site.id not in self._sites
        self._sites[site.id] = site
        return new

    def remove(self, site_id: str) -> bool:
        """Forgets the site's record alone; False if there was none."""
        return self._sites.pop(site_id, None) is not None

    def all(self) -> list[Site]:
        """Returns every site, by id."""
        return [self._sites[site_id] for site_id in sorted(self._sites)]
