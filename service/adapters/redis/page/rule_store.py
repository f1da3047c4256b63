"""Keeps a site's editorial rules in the store, a field of one hash each."""

from __future__ import annotations

from typing import cast

import orjson
import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import RULES, VERSIONS
from service.adapters.redis.scripts import Script
from service.domain.editorial.rule import MAX_RULES, Rule
from service.domain.editorial.rule_record import rule_from_values, rule_values
from service.domain.errors import Conflict, NotFound
from service.domain.guard import Guard

CHANGED = -2
"""What put_rule.lua answers where the rule is no longer the one that was looked at."""


class RedisRuleStore:
    """A RuleStore on Redis; a site has at most `limit` rules."""

    def __init__(self, client: redis.Redis, limit: int = MAX_RULES) -> None:
        self._client = client
        self._limit = limit
        self._put = Script(client, "put_rule")

    def get(self, site_id: str, rule_id: str) -> Rule:
        """Returns the rule. Raises NotFound."""
        with translate():
            record = cast("bytes | None", self._client.hget(RULES.name(site=site_id), rule_id))
        if record is None:
            raise NotFound("rule", rule_id)
        return rule_from_values(orjson.loads(record))

    def put(self, site_id: str, rule: Rule, guard: Guard[Rule] | None = None) -> bool:
        """Keeps the rule; True if it is new. Raises Conflict where the site has as many as it may."""
        record = orjson.dumps(rule_values(rule))
        keys = [RULES.name(site=site_id), VERSIONS.name(site=site_id)]
        with translate():
            done = CHANGED
            while done == CHANGED:
                before = b"" if guard is None else self._seen(site_id, rule.id, guard)
                done = int(self._put(keys, [rule.id, record, self._limit, int(guard is not None), before]))
        if done < 0:
            raise Conflict(f"The site has {self._limit} rules, as many as it may; delete some that have ended.")
        return done == 1

    def _seen(self, site_id: str, rule_id: str, guard: Guard[Rule]) -> bytes:
        """The record that the guard lets be replaced; empty for none."""
        record = cast("bytes | None", self._client.hget(RULES.name(site=site_id), rule_id))
        guard(None if record is None else rule_from_values(orjson.loads(record)))
        return record or b""

    def remove(self, site_id: str, rule_id: str) -> bool:
        """Forgets the rule; False if it was not there."""
        with translate():
            pipe = self._client.pipeline(transaction=True)
            pipe.hdel(RULES.name(site=site_id), rule_id)
            pipe.hincrby(VERSIONS.name(site=site_id), "rules", 1)
            gone, _ = pipe.execute()
        return bool(gone)

    def all(self, site_id: str) -> list[Rule]:
        """Returns every rule of the site, by id."""
        with translate():
            records = cast("dict[bytes, bytes]", self._client.hgetall(RULES.name(site=site_id)))
        return [rule_from_values(orjson.loads(records[rule_id])) for rule_id in sorted(records)]
