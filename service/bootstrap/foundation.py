"""What every room stands on: settings, clock, metrics, and the connections to the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from service.adapters.redis.connection import connect
from service.adapters.redis.secret import SharedSecret
from service.adapters.redis.store_watch import StoreWatch
from service.config import Config, child_environment
from service.domain.ports import Clock
from service.observability import Metrics


@dataclass(frozen=True, slots=True)
class Foundation:
    """One process's settings, clock and connections: those that requests wait for give up sooner than `client`.

    `child_environment` is that of a process which builds an index or a snapshot for this one.
    """

    config: Config
    child_environment: Mapping[str, str]
    clock: Clock
    metrics: Metrics
    client: redis.Redis
    lookup_client: redis.Redis
    history_client: redis.Redis
    ledger_client: redis.Redis
    booking_client: redis.Redis
    store_watch: StoreWatch
    shared_secret: SharedSecret

    @property
    def clients(self) -> tuple[redis.Redis, ...]:
        """All that connect to the store."""
        return self.client, self.lookup_client, self.history_client, self.ledger_client, self.booking_client


def lay_foundation(
    config: Config,
    store_url: str,
    revive_store: Callable[[], None] | None = None,
    metrics_dir: Path | None = None,
    clock: Clock = time.time,
) -> Foundation:
    """Returns connections to the store at `store_url`, which open when first used, and what goes with them."""
    booking_client = connect(store_url, config.booking_timeout_ms)
    lookup_client = connect(store_url, config.lookup_timeout_ms)
    return Foundation(
        config=config,
        child_environment=child_environment(config, store_url),
        clock=clock,
        metrics=Metrics(metrics_dir),
        client=connect(store_url, config.store_timeout_ms),
        lookup_client=lookup_client,
        history_client=connect(store_url, config.history_timeout_ms),
        ledger_client=connect(store_url, config.ledger_timeout_ms),
        booking_client=booking_client,
        store_watch=StoreWatch(booking_client, revive_store),
        shared_secret=SharedSecret(lookup_client, config.secret_key),
    )
