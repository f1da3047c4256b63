"""Wires sites and who may do what: their records, their tokens, and the end of a site."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from service.adapters.files.index.generations.generation_supply import SHARED_FOLDER
from service.adapters.files.last_known.known_access import KnownAccess
from service.adapters.files.site_folders import erase_site_files
from service.adapters.redis.sites.answered_calls import RedisAnsweredCalls
from service.adapters.redis.sites.site_erasure import erase_site_keys
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.adapters.redis.sites.token_store import RedisTokenStore
from service.bootstrap.foundation import Foundation
from service.domain.money.exchange import Exchange
from service.domain.ports import SiteStore, TokenStore
from service.domain.sites.answered_calls import AnsweredCalls
from service.domain.sites.language import languages_of
from service.usecases.sites.cached_sites import CachedSites
from service.usecases.sites.erase_site import EraseSite
from service.usecases.sites.manage_access import Access


@dataclass(frozen=True, slots=True)
class Sites:
    """What is known of sites: `records` from the store itself, `cached` at most a second old."""

    records: SiteStore
    cached: CachedSites
    tokens: TokenStore
    access: Access
    known_access: KnownAccess
    erase: EraseSite
    answered: AnsweredCalls

    def languages(self, site_id: str) -> tuple[str, ...]:
        """Returns the languages in which a site writes, its own first. Raises NotFound, StoreUnavailable."""
        return languages_of(self.records.get(site_id))

    def exchange(self, site_id: str) -> Exchange:
        """Returns a site's rates, by which auctions compare. Raises NotFound, StoreUnavailable."""
        return self.records.get(site_id).exchange


def build_sites(base: Foundation) -> Sites:
    """Returns sites and access to them, on the store."""
    records, tokens = RedisSiteStore(base.client), RedisTokenStore(base.client)
    config, bundles = base.config, base.config.bundles
    folders = (config.index_folder, config.inventory_folder, config.known_folder, bundles, bundles / SHARED_FOLDER)
    known = KnownAccess(config.known_folder / "access.json", tokens.all, records.all)
    find_site, find_token = RedisSiteStore(base.lookup_client).get, RedisTokenStore(base.lookup_client).get
    return Sites(
        records=records,
        cached=CachedSites(records, base.clock, lookup=find_site, last_known=known.sites),
        tokens=tokens,
        access=Access(tokens, base.clock, lookup=find_token, last_known=known.token),
        known_access=known,
        erase=EraseSite(
            records, tokens, partial(erase_site_keys, base.client), partial(erase_site_files, folders), time.sleep
        ),
        answered=RedisAnsweredCalls(base.client),
    )
