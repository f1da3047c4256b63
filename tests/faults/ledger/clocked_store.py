"""An empty store whose ledger has a clock that the test moves."""

from __future__ import annotations

import redis as redis_client

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger


class ClockedStore:
    """Inventory and ledger of site `s`; the ledger's clock begins five seconds into an hour."""

    def __init__(self, client: redis_client.Redis) -> None:
        self.client = client
        self.store, self.ledger = RedisInventoryStore(client), RedisLedger(client)
        self.views = 0
        now = int(client.time()[0])
        self.offset = 3_605 - now % 3_600
        self.start = now + self.offset
        self.pass_minutes(0)

    def pass_minutes(self, minutes: int) -> None:
        """Moves the ledger's clock."""
        self.offset += 60 * minutes
        self.client.hset("sf:{s}:ledger", "test_offset_s", self.offset)
