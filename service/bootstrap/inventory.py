"""Wires the inventory's snapshots in files, and nothing else: the process that builds one shall begin at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import redis

from models.text import distinct_term_ids
from service.adapters.files.inventory.inventory_files import InventoryFiles
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.connection import connect
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.config import Config, child_environment
from service.domain.ports import Analyzer


def analyzer_of(language: str) -> Analyzer:
    """Returns how keywords, and the pages that they are looked for in, are read in a language."""
    return partial(distinct_term_ids, language=language)


def inventory_files(config: Config, environment: Mapping[str, str], client: redis.Redis) -> InventoryFiles:
    """Returns this host's snapshots of inventories; `environment` is that of a process which builds one."""
    stored_of, site_of = RedisInventoryStore(client).stored, RedisSiteStore(client).get
    return InventoryFiles(config.inventory_folder, environment, stored_of, site_of, analyzer_of)


def sole_inventory_files(config: Config, store_url: str) -> InventoryFiles:
    """Returns the same for a process that does nothing else, on a connection of its own."""
    client = connect(store_url, config.store_timeout_ms)
    return inventory_files(config, child_environment(config, store_url), client)
