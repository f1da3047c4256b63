"""Erases a site: its record first, so that nobody is served or counted any more, then all that was kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.errors import NotFound
from service.domain.ports import SiteStore, TokenStore

SETTLED_S = 8.0
"""Seconds until no process writes for a site that is gone: it is remembered for one, reads are written every five."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: access tokens of the site alone, keys of the store, files of this host and of shared storage."""

    tokens: int
    keys: int
    files: int


class EraseSite:
    """Erases sites for good."""

    def __init__(
        self,
        sites: SiteStore,
        tokens: TokenStore,
        erase_keys: Callable[[str], int],
        erase_files: Callable[[str], int],
        wait: Callable[[float], object],
    ) -> None:
        """`erase_keys` and `erase_files` return how many there were; `wait` waits so many seconds."""
        self._sites = sites
        self._tokens = tokens
        self._erase_keys = erase_keys
        self._erase_files = erase_files
        self._wait = wait

    def erase(self, site_id: str) -> Erased:
        """Erases the site. Raises NotFound where there is neither a site nor a key of it, StoreUnavailable on the way.

        Begun and not ended, it is called again: what a first call has left is erased then.
        """
        known = self._sites.remove(site_id)
        own = [token.id for token in self._tokens.all() if token.site == site_id]
        for token_id in own:
            self._tokens.revoke(token_id)
        if known:
            self._wait(SETTLED_S)
        keys = self._erase_keys(site_id)
        if not known and not keys:
            raise NotFound("site", site_id)
        return Erased(len(own), keys, self._erase_files(site_id))
