"""A site store that answers from memory for a second, and from the last answer while the store is away."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from service.domain.errors import NotFound
from service.domain.guard import Guard
from service.domain.ports import Clock, SiteStore
from service.domain.sites.site import Site
from service.usecases.sites.brief_cache import BriefCache

EVERY_SITE = "*"


class CachedSites:
    """A SiteStore over another; what it answers is at most a second old, older only while the store is away."""

    def __init__(
        self,
        inner: SiteStore,
        clock: Clock,
        *,
        lookup: Callable[[str], Site] | None = None,
        last_known: Callable[[], Sequence[Site]] = lambda: (),
    ) -> None:
        """Keeps sites in `inner`; `lookup`, where given, reads them on the request path (with a shorter timeout).

        `last_known` tells the sites that this host knew before the process began, for while the store is away.
        """
        self._inner = inner
        self._lookup = lookup or inner.get
        self._last_known = last_known
        self._sites: BriefCache[Site] = BriefCache(
            self._find, clock, grace_s=math.inf, last_known=self._last_known_site
        )
        self._origins: BriefCache[frozenset[str]] = BriefCache(
            self._listed_origins, clock, grace_s=math.inf, last_known=lambda _: _origins_of(last_known()) or None
        )

    def get(self, site_id: str) -> Site:
        """Returns the site. Raises NotFound."""
        site = self._sites.get(site_id)
        if site is None:
            raise NotFound("site", site_id)
        return site

    def put(self, site: Site, guard: Guard[Site] | None = None) -> bool:
        """Keeps the site; True if it is new."""
        new = self._inner.put(site, guard)
        self._sites.forget(site.id)
        self._origins.forget(EVERY_SITE)
        return new

    def remove(self, site_id: str) -> bool:
        """Forgets the site's record alone; False if there was none."""
        known = self._inner.remove(site_id)
        self._sites.forget(site_id)
        self._origins.forget(EVERY_SITE)
        return known

    def all(self) -> list[Site]:
        """Returns every site, by id, from the store itself."""
        return self._inner.all()

    def lists_origin(self, origin: str) -> bool:
        """Returns whether any site lists this origin: what a browser's preflight, which names no site, asks."""
        return origin in (self._origins.get(EVERY_SITE) or ())

    def _find(self, site_id: str) -> Site | None:
        try:
            return self._lookup(site_id)
        except NotFound:
            return None

    def _last_known_site(self, site_id: str) -> Site | None:
        return next((site for site in self._last_known() if site.id == site_id), None)

    def _listed_origins(self, _: str) -> frozenset[str]:
        return _origins_of(self._inner.all())


def _origins_of(sites: Sequence[Site]) -> frozenset[str]:
    return frozenset(origin for site in sites for origin in site.origins)
