"""How far each site's export has come, in the store: a group of its stream stands for it, so that trimming heeds it."""

from __future__ import annotations

import time
from typing import cast

import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.adapters.redis.events.event_stream import EXPORTS, Entry, batch_of
from service.adapters.redis.scripts import Script
from service.domain.events.export import ExportState, ExportTurn
from service.domain.events.sums.rollup import Batch

TURN_MS = 10_000
"""An exporter that was not heard of for so long is dead. No event rests on it: two at once write the same file."""

AWAY_MS = 600_000
"""A worker that exports nothing leaves the watermark to others for so long, as when a new version is rolled out."""

CHUNK = 2_000
"""Entries read in one call: some 2 ms of the store's time."""


class RedisExportLog:
    """An ExportLog on Redis."""

    def __init__(self, client: redis.Redis, turn_ms: int = TURN_MS, away_ms: int = AWAY_MS) -> None:
        self._client = client
        self._turn_ms = turn_ms
        self._away_ms = away_ms
        self._begin = Script(client, "events/begin_export")
        self._move = Script(client, "events/move_export")
        self._leave = Script(client, "events/leave_export")

    def begin(self, site_id: str, exporter: str) -> ExportTurn | None:
        """Returns this exporter's turn; None where another has it, or the site never had an event."""
        with translate():
            told = self._begin(_names(site_id), [EXPORTS, exporter, self._turn_ms])
        if told is None:
            return None
        until = told[2].decode() if len(told) > 2 and told[2] else None
        return ExportTurn(told[0].decode(), int(told[1]), until)

    def read(self, site_id: str, after: str, until: str, most: int) -> Batch | None:
        """Returns the oldest entries behind `after`, until `until` at the latest; None where there are none."""
        stream, found = keys.EVENTS.name(site=site_id), list[Entry]()
        while len(found) < most:
            count = min(CHUNK, most - len(found))
            behind = found[-1][0].decode() if found else after
            with translate():
                chunk = cast("list[Entry]", self._client.xrange(stream, f"({behind}", until, count))
            found += chunk
            if len(chunk) < count:
                break
        return batch_of(found)

    def pin(self, site_id: str, after: str, until: str) -> bool:
        """Decides what the next file holds, before it is written; False where that was decided otherwise meanwhile."""
        with translate():
            return bool(self._move(_names(site_id), [EXPORTS, after, until, ""]))

    def finish(self, site_id: str, after: str, until: str, events: int) -> bool:
        """Says that the file is written: the watermark moves to `until`. False where another has said so."""
        with translate():
            return bool(self._move(_names(site_id), [EXPORTS, after, until, events]))

    def note_fault(self, site_id: str, reason: str) -> None:
        """Keeps why no file could be written, until one is."""
        key = keys.EXPORT.name(site=site_id)
        with translate():
            self._client.hset(key, "fault", reason)
            self._client.hsetnx(key, "fault_ms", str(int(time.time() * 1_000)))

    def leave(self, site_id: str) -> bool:
        """Takes the watermark away if no exporter was there for some time; what comes after need not wait for one."""
        with translate():
            return bool(self._leave(_names(site_id), [EXPORTS, self._away_ms]))

    def state(self, site_id: str) -> ExportState | None:
        """Returns what is known; None where nothing exports the site."""
        stream, key = _names(site_id)
        with translate():
            kept = cast("dict[bytes, bytes]", self._client.hgetall(key))
            if b"held_until" not in kept:
                return None
            after = kept.get(b"watermark", b"0-0").decode()
            waiting = cast("list[Entry]", self._client.xrange(stream, f"({after}", count=1))
        fault = kept.get(b"fault")
        return ExportState(
            events=int(kept.get(b"events", 0)),
            now_ms=int(time.time() * 1_000),
            oldest_ms=_ms(waiting[0][0].decode()) if waiting else None,
            fault=fault.decode() if fault else None,
            fault_ms=int(kept.get(b"fault_ms", 0)),
            left_out=int(kept.get(b"left_out", 0)),
            left_out_ms=int(kept.get(b"left_out_ms", 0)),
        )


def _names(site_id: str) -> list[str]:
    return [keys.EVENTS.name(site=site_id), keys.EXPORT.name(site=site_id)]


def _ms(entry_id: str) -> int:
    """When an entry came, in milliseconds since 1970."""
    return int(entry_id.partition("-")[0])
