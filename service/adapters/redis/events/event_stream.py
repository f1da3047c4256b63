"""A site's stream of events in the store, shared by consumers of one group, and the sums that they add up."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

import redis
from redis.exceptions import ResponseError

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.adapters.redis.events.event_form import UnreadableEvent, read_event
from service.adapters.redis.scripts import Script
from service.domain.events.recorded import RecordedEvent
from service.domain.events.sums.rollup import Batch, BudgetSums, Cell, Dimension, Rollup, StreamState, Sums
from service.domain.events.unreadable import Unreadable

GROUP = "rollups"
EXPORTS = "exports"
"""Stands for the export, which reads by itself and moves this group behind what is in files."""

MAX_CELLS = 20_000
"""Cells of one hour, or of one day: some 3 MB. What finds no room is summed as OTHER; a flight's own sums always do."""

LEFT_OUT_AT_ONCE = 10_000
"""Entries that files go without in one call, as many as a batch of the worker brings: 10 ms of the store's time."""

MAX_POISONED = 1_000
FORGOTTEN_AFTER_MS = 3_600_000
"""A consumer that has nothing open and was not heard of for so long is forgotten."""

# Counts of an hour fit four bytes; those of a budget's life need not.
_SUMS, _SUMS_FORM = struct.Struct("<9Id"), "<IIIIIIIIId"
_BUDGET, _BUDGET_FORM = struct.Struct("<7d"), "<ddddddd"

_KEPT_LONGEST = (Dimension.FLIGHT, Dimension.REASON)
_CROSSED = {
    Dimension.TOGETHER: keys.ROLLUP_TOGETHER,
    Dimension.AUDIENCE: keys.ROLLUP_AUDIENCE,
    Dimension.INVALID: keys.ROLLUP_INVALID,
}
_DIMENSIONS = {one.value: one for one in Dimension}
"""A tenth of the time of the enumeration's own look-up."""

Entry = tuple[bytes, dict[bytes, bytes] | None]


class RedisEventStream:
    """An EventStream on Redis: consumer groups, and one script that sums and acknowledges."""

    def __init__(self, client: redis.Redis, *, is_exported: bool = False, full_at: int = 0) -> None:
        """With `is_exported` nothing is forgotten of a site before its export has begun.

        Above `full_at` entries files go without those that wait for nothing but the export; 0: never.
        """
        self._client = client
        self._full_at = full_at
        self._needed = [GROUP, EXPORTS] if is_exported else [GROUP]
        self._apply = Script(client, "events/apply_rollup")
        self._trim = Script(client, "events/trim_events")

    def take(self, site_id: str, consumer: str, most: int) -> Batch | None:
        """Returns entries that no consumer was given yet; None where there are none."""
        key = keys.EVENTS.name(site=site_id)

        def read() -> list[Entry]:
            found: Any = self._client.xreadgroup(GROUP, consumer, {key: ">"}, count=most)
            return found[0][1] if found else []

        return batch_of(self._in_group(key, read))

    def claim(self, site_id: str, consumer: str, most: int, idle_ms: int) -> Batch | None:
        """Returns entries that a dead consumer left open; forgets dead consumers that left none."""
        key = keys.EVENTS.name(site=site_id)

        def read() -> list[Entry]:
            found: Any = self._client.xautoclaim(key, GROUP, consumer, idle_ms, count=most)
            self._forget_dead(key)
            return cast("list[Entry]", found[1])

        return batch_of(self._in_group(key, read))

    def apply(self, site_id: str, consumer: str, batch: Batch, rollup: Rollup) -> bool:
        """Adds the sums and acknowledges the batch, both or neither; False where it is no longer this consumer's."""
        names = [keys.EVENTS.name(site=site_id), keys.POISONED.name(site=site_id)]
        words: list[str | int | bytes] = [
            GROUP, consumer, batch.first_id, batch.last_id, batch.count, MAX_POISONED, len(batch.unreadable),
        ]  # fmt: skip
        for one in batch.unreadable:
            words += [one.id, one.reason, one.raw]
        for name, family, form, fields in _hashes(site_id, rollup):
            names.append(name)
            words += [family.ttl_s or 0, MAX_CELLS, form, len(fields)]
            for field, raw in fields.items():
                words += [field, raw]
        with translate():
            return bool(self._apply(names, words))

    def trim(self, site_id: str) -> int:
        """Forgets entries that every group has taken."""
        names = [keys.EVENTS.name(site=site_id), keys.EXPORT.name(site=site_id)]
        with translate():
            return int(self._trim(names, [EXPORTS, self._full_at, LEFT_OUT_AT_ONCE, *self._needed]))

    def state(self, site_id: str) -> StreamState:
        """Returns what the stream holds, and of what was set aside the last."""
        poisoned = keys.POISONED.name(site=site_id)
        with translate():
            last = cast("list[tuple[bytes, dict[bytes, bytes]]]", self._client.xrevrange(poisoned, count=1))
            entries = int(self._client.xlen(keys.EVENTS.name(site=site_id)))
            aside = int(self._client.xlen(poisoned))
        told = [(fields[b"id"].decode(), fields[b"reason"].decode()) for _, fields in last]
        return StreamState(entries, aside, told[0] if told else None)

    def added_up_to(self, site_id: str) -> float:
        """Returns until when (seconds since 1970) all events that came are in the sums; infinity where none waits."""
        key = keys.EVENTS.name(site=site_id)
        with translate():
            if not self._client.exists(key):
                return math.inf
            # What is written down behind the group's reading meanwhile waits as well: so the group is asked first.
            groups = self._client.xinfo_groups(key)
            group = next((one for one in groups if one["name"].decode() == GROUP), None)
            oldest = self._client.xpending(key, GROUP)["min"] if group and group["pending"] else None
            last = self._client.xinfo_stream(key)["last-generated-id"]
        if oldest is None and group is not None and group["last-delivered-id"] == last:
            return math.inf
        reached = oldest or (group["last-delivered-id"] if group else b"0-0")
        return int(reached.partition(b"-")[0]) / 1_000

    def _in_group(self, key: str, read: Callable[[], list[Entry]]) -> list[Entry]:
        """What `read` finds; where there is no group yet, it is made from the stream's start."""
        with translate():
            try:
                return read()
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
            if not self._client.exists(key):
                return []
            ensure_group(self._client, key)
            return read()

    def _forget_dead(self, key: str) -> None:
        for told in self._client.xinfo_consumers(key, GROUP):
            if told["pending"] == 0 and told["idle"] > FORGOTTEN_AFTER_MS:
                self._client.xgroup_delconsumer(key, GROUP, told["name"])


class RedisRollups:
    """Rollups on Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def hours(self, site_id: str, hours: Sequence[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each hour since 1970, of one round trip."""
        return self._read([keys.ROLLUP_HOUR.name(site=site_id, hour=hour) for hour in hours])

    def days(self, site_id: str, days: Sequence[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each UTC day since 1970, of one round trip."""
        return self._read([keys.ROLLUP_DAY.name(site=site_id, day=day) for day in days])

    def flight_hours(self, site_id: str, hours: Sequence[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each hour by flight, and by flight and reason, of one round trip."""
        return self._read([keys.ROLLUP_FLIGHTS.name(site=site_id, hour=hour) for hour in hours])

    def hours_of(self, site_id: str, hours: Sequence[int], flights: Collection[int]) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each hour by these flights alone, of one round trip."""
        cells = [Cell(Dimension.FLIGHT, flight) for flight in flights]
        fields = [*map(_field, cells), ""]  # a list that is empty is refused
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for hour in hours:
                pipe.hmget(keys.ROLLUP_FLIGHTS.name(site=site_id, hour=hour), fields)
            answers = cast("list[list[bytes | None]]", pipe.execute())
        for answer in answers:
            yield {cell: _sums(raw) for cell, raw in zip(cells, answer, strict=False) if raw is not None}

    def crossed(self, site_id: str, days: Sequence[int], dimension: Dimension) -> Iterator[dict[Cell, Sums]]:
        """Yields the sums of each UTC day by several dimensions at once, of one round trip."""
        return self._read([_CROSSED[dimension].name(site=site_id, day=day) for day in days])

    def _read(self, names: Sequence[str]) -> Iterator[dict[Cell, Sums]]:
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for name in names:
                pipe.hgetall(name)
            answers = cast("list[dict[bytes, bytes]]", pipe.execute())
        for answer in answers:
            yield dict(_taken_out(answer))


def ensure_group(client: redis.Redis, key: str) -> None:
    """Makes the group of those that add up, from the stream's start, where there is none."""
    try:
        client.xgroup_create(key, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def read_entries(entries: Sequence[Entry]) -> tuple[list[RecordedEvent], list[Unreadable]]:
    """Returns the events of entries of the stream, and those that cannot be read."""
    events: list[RecordedEvent] = []
    unreadable: list[Unreadable] = []
    for entry_id, fields in entries:
        raw, own_id = (fields or {}).get(b"e", b""), (fields or {}).get(b"of", entry_id)
        try:
            events.append(read_event(own_id, raw))
        except UnreadableEvent as error:
            unreadable.append(Unreadable(own_id.decode(), raw, str(error)))
    return events, unreadable


def packed_budget(sums: BudgetSums) -> bytes:
    """Returns a budget's sums as they stand in the checkpoint."""
    return _BUDGET.pack(*sums.net, *sums.booked, sums.spend_micros)


def read_budget(raw: bytes) -> BudgetSums:
    """Returns a budget's sums of the checkpoint."""
    numbers = [int(number) for number in _BUDGET.unpack(raw)]
    return BudgetSums(numbers[:3], numbers[3:6], numbers[6])


def batch_of(entries: list[Entry]) -> Batch | None:
    """Returns entries of the stream, in their order, as a batch; None where there are none."""
    if not entries:
        return None
    events, unreadable = read_entries(entries)
    return Batch(entries[0][0].decode(), entries[-1][0].decode(), len(entries), events, unreadable)


Fields = Mapping[str, bytes]


def _hashes(site_id: str, rollup: Rollup) -> Iterator[tuple[str, keys.KeySpec, str, Fields]]:
    """Every hash that a rollup adds to: its name, its family, how its values are packed, and what is added."""
    packed: dict[int, Fields] = {}  # by the object's id: a day of one hour shares its sums
    for hour, cells in rollup.hours.items():
        fields = packed[id(cells)] = _packed_cells(cells)
        yield keys.ROLLUP_HOUR.name(site=site_id, hour=hour), keys.ROLLUP_HOUR, _SUMS_FORM, fields
        flights = {name: raw for name, raw in fields.items() if name[0] in _KEPT_LONGEST}
        yield keys.ROLLUP_FLIGHTS.name(site=site_id, hour=hour), keys.ROLLUP_FLIGHTS, _SUMS_FORM, flights
    for day, cells in rollup.days().items():
        of_day = packed.get(id(cells)) or _packed_cells(cells)
        yield keys.ROLLUP_DAY.name(site=site_id, day=day), keys.ROLLUP_DAY, _SUMS_FORM, of_day
    for dimension, of_days in rollup.crossed.items():
        family = _CROSSED[dimension]
        for day, cells in of_days.items():
            yield family.name(site=site_id, day=day), family, _SUMS_FORM, _packed_cells(cells)
    budgets = {name: packed_budget(sums) for name, sums in rollup.budgets.items()}
    yield keys.CHECKPOINT.name(site=site_id), keys.CHECKPOINT, _BUDGET_FORM, budgets


def _packed_cells(cells: Mapping[Cell, Sums]) -> dict[str, bytes]:
    return {_field(cell): _packed_sums(sums) for cell, sums in cells.items()}


def _field(cell: Cell) -> str:
    name = f"{cell.dimension}{cell.flight}"
    return name if cell.dimension is Dimension.FLIGHT else f"{name}:{cell.value}"


def _cell(field: bytes) -> Cell:
    name, _, value = field.decode().partition(":")
    return Cell(_DIMENSIONS[name[0]], int(name[1:]), value)


def _taken_out(answer: dict[bytes, bytes]) -> Iterator[tuple[Cell, Sums]]:
    """What a hash holds, of which nothing is left: an hour may have 20 MB of it."""
    while answer:
        field, raw = answer.popitem()
        yield _cell(field), _sums(raw)


def _packed_sums(sums: Sums) -> bytes:
    return _SUMS.pack(*sums.gross, *sums.net, *sums.unbilled, sums.spend_micros)


def _sums(raw: bytes) -> Sums:
    *counts, spend = _SUMS.unpack(raw)
    return Sums(counts[:3], counts[3:6], counts[6:], int(spend))
