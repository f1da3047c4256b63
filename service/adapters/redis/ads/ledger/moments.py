"""Reads a site's ledger, checkpoint and stream in one transaction."""

from __future__ import annotations

from typing import Any, cast

import redis
from redis.client import Pipeline

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.ledger.form import read_record
from service.adapters.redis.connection import translate
from service.adapters.redis.events.event_stream import (
    GROUP,
    Entry,
    ensure_group,
    packed_budget,
    read_budget,
    read_entries,
)
from service.domain.ads.inventory import Unit
from service.domain.events.sums.reconciliation import LedgerMoment, still_owed
from service.domain.events.sums.rollup import BudgetSums
from service.domain.money.money import MICROS

MOST_OPEN = 10_000_000
"""Entries being added up at the moment: more than a stream can hold."""

_COUNTED = (Unit.IMPRESSIONS, Unit.VIEWS, Unit.CLICKS)


class RedisLedgerMoments:
    """LedgerMoments on Redis. It reads the whole stream: not for a request."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def at_once(self, site_id: str) -> LedgerMoment:
        """Returns one moment, in which nothing was half done."""
        with translate():
            ensure_group(self._client, keys.EVENTS.name(site=site_id))
            pipe = self._client.pipeline(transaction=True)
            _ask(pipe, site_id)
            return _moment(pipe.execute())

    def accept(self, site_id: str) -> None:
        """Makes the ledger as it stands the checkpoint; tried again until nothing changed meanwhile."""
        names = [family.name(site=site_id) for family in (keys.LEDGER, keys.CHECKPOINT, keys.EVENTS)]

        def write(pipe: Pipeline) -> None:
            owed = still_owed(self.at_once(site_id))
            pipe.multi()
            pipe.delete(names[1])
            if owed:
                pipe.hset(names[1], mapping={budget: packed_budget(sums) for budget, sums in owed.items()})

        with translate():
            ensure_group(self._client, names[2])
            self._client.transaction(write, *names)


def _ask(pipe: Pipeline, site_id: str) -> None:
    stream = keys.EVENTS.name(site=site_id)
    pipe.hgetall(keys.LEDGER.name(site=site_id))
    pipe.hgetall(keys.CHECKPOINT.name(site=site_id))
    pipe.xrange(stream)
    pipe.xinfo_groups(stream)
    pipe.xpending_range(stream, GROUP, "-", "+", MOST_OPEN)


def _moment(answers: list[Any]) -> LedgerMoment:
    ledger, checkpoint, entries, groups, pending = answers
    group = next(told for told in groups if told["name"] == GROUP.encode())
    taken_to, opened = _order(group["last-delivered-id"]), {told["message_id"] for told in pending}
    waiting = [entry for entry in cast("list[Entry]", entries) if _order(entry[0]) > taken_to or entry[0] in opened]
    return LedgerMoment(
        {field.decode(): _sums(raw) for field, raw in ledger.items() if _is_budget(field)},
        {field.decode(): read_budget(raw) for field, raw in checkpoint.items()},
        read_entries(waiting)[0],
    )


def _is_budget(field: bytes) -> bool:
    return field[:1] in (b"f", b"c", b"a") and field[1:].isdigit()


def _order(entry_id: bytes) -> tuple[int, int]:
    ms, _, number = entry_id.partition(b"-")
    return int(ms), int(number)


def _sums(raw: bytes) -> BudgetSums:
    record = read_record(raw)
    booked = [record.life[unit] // MICROS for unit in _COUNTED]
    return BudgetSums([record.net_impressions, record.net_views, record.net_clicks], booked, record.life[Unit.MONEY])
