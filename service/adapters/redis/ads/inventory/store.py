"""Each site's inventory in the store: a hash of records, and functions that write the ledger's terms with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import orjson
import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.inventory import records
from service.adapters.redis.ads.inventory.staging import InventoryStaging, bind_what_is_due, new_mark
from service.adapters.redis.ads.inventory.words import Words, arguments, packed, slices_of, unpacked
from service.adapters.redis.ads.ledger.library import LedgerLibrary
from service.adapters.redis.connection import translate
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    KINDS,
    Entity,
    Flight,
    Inventory,
    Kind,
    Placement,
)
from service.domain.ads.inventory_store import (
    MOST_FOLLOWED,
    ChangedFlights,
    EntityName,
    FlightsOf,
    InventoryChanges,
    InventoryMark,
    KeptPlan,
)
from service.domain.errors import Conflict, NotFound

# Slices of a plan that are in memory at a time; each is some 6 KB packed.
_READ_AT_ONCE = 8
_FLIGHTS, _PLACEMENTS = b"flights:", b"placements:"


class RedisInventoryStore:
    """Keeps inventory, numbers and plans; what it writes binds in the ledger at once."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._call = LedgerLibrary(client)

    def version(self, site_id: str) -> int:
        """Returns the version of the site's inventory; 0 when nothing was ever loaded."""
        with translate():
            return int(self._client.hget(keys.VERSIONS.name(site=site_id), "inventory") or 0)

    def mark(self, site_id: str) -> InventoryMark:
        """Returns the mark of the site's inventory as it is now; what is due takes its place before."""
        with translate():
            version, name, (size,) = self._at_rest(site_id, lambda pipe: pipe.hlen(keys.INVENTORY.name(site=site_id)))
            return InventoryMark(version, name, size)

    def load(self, site_id: str) -> Inventory:
        """Returns the whole inventory at one moment, the placements that every site has included."""
        version, _, found, numbers = self._whole(site_id)
        return _inventory(version, found, numbers)

    def part(self, site_id: str, names: Collection[EntityName]) -> Inventory:
        """Returns the inventory with no entities but these, if there are any, and the placements of every site."""
        return self._marked_part(site_id, names)[1]

    def ids(self, site_id: str, kind: Kind) -> list[str]:
        """Returns the ids of a kind's entities, in order; of placements those that every site has too."""
        with translate():
            _, _, (names,) = self._at_rest(site_id, lambda pipe: pipe.hkeys(keys.INVENTORY.name(site=site_id)))
        begin = f"{kind}:".encode()
        always = DEFAULT_PLACEMENTS if kind == "placements" else ()
        return sorted({*always, *(name[len(begin) :].decode() for name in names if name.startswith(begin))})

    def ids_by_number(self, site_id: str, kinds: Collection[Kind]) -> Mapping[Kind, Mapping[int, str]]:
        """Returns of each of these kinds the id of each number that there is or was, also of what is deleted."""
        with translate():
            _, _, (numbers,) = self._at_rest(site_id, lambda pipe: pipe.hgetall(keys.NUMBERS.name(site=site_id)))
        ids: dict[Kind, dict[int, str]] = {kind: {} for kind in kinds}
        if "placements" in ids:
            ids["placements"] |= {one.number: one.id for one in DEFAULT_PLACEMENTS.values()}
        for name, number in numbers.items():
            kind, _, entity_id = name.decode().partition(":")
            if kind in ids:  # `last` counts numbers
                ids[kind][int(number)] = entity_id
        return ids

    def changed_flights(self, site_id: str, since: str, flights_of: FlightsOf) -> ChangedFlights | None:
        """Returns what changed since a mark, `flights_of` telling whom a change of another entity touches.

        None where that is not known, where a flight or a placement was forgotten, or more than MOST_FOLLOWED changed.
        """
        key = keys.INVENTORY_CHANGES.name(site=site_id)
        with translate():
            _, mark, (entries,) = self._at_rest(site_id, lambda pipe: pipe.lrange(key, 0, -1))
        names = _names_since(entries, since.encode())
        if names is None:
            return None
        _, now, found, numbers = self._some(site_id, names)
        touched = _touched(names, found, numbers, flights_of)
        if now != mark or touched is None or len(touched) > MOST_FOLLOWED:
            return None
        of_flights, flights = self._marked_part(site_id, [("flights", one) for one in touched])
        of_all, inventory = self._marked_part(site_id, _with_owners(flights.flights.values()))
        if {of_flights, of_all} != {mark}:  # it has changed meanwhile
            return None
        alone = all(name.startswith(_FLIGHTS) for name in names)
        return ChangedFlights(mark, inventory, alone, _placements(names, found, numbers))

    def stored(self, site_id: str) -> records.StoredInventory:
        """Returns the whole inventory at one moment as it is stored."""
        version, mark, found, numbers = self._whole(site_id)
        return records.StoredInventory(version, mark, records.stored_kinds(found, numbers))

    def apply(self, site_id: str, changes: InventoryChanges, expected_version: int) -> int:
        """Writes all changes or none, in the ledger's records too, and returns the new version. Raises Conflict."""
        with translate():
            return self._apply(site_id, slices_of(changes), expected_version)

    def keep_plan(self, site_id: str, plan_id: str, plan: KeptPlan) -> None:
        """Keeps a plan for one hour."""
        name = keys.PLAN_CHANGES.name(site=site_id, plan_id=plan_id)
        count = 0
        with translate():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.rpush(name, packed(plan.summary))
            pipeline.expire(name, keys.PLAN_CHANGES.ttl_s or 0)
            pipeline.execute()
            for changes in slices_of(plan.changes):
                count = self._client.rpush(name, packed(changes)) - 1
            head = {"version": plan.version, "slices": count, "form": self._call.digest}
            self._client.set(keys.PLAN.name(site=site_id, plan_id=plan_id), orjson.dumps(head), ex=keys.PLAN.ttl_s)

    def plan_summary(self, site_id: str, plan_id: str) -> Mapping[str, object]:
        """Returns the summary of a kept plan. Raises NotFound when there is none or its hour is over."""
        with translate():
            self._plan_head(site_id, plan_id)
            found = self._client.lindex(keys.PLAN_CHANGES.name(site=site_id, plan_id=plan_id), 0)
        if found is None:
            raise NotFound("plan", plan_id)
        summary: Mapping[str, object] = unpacked(found)  # type: ignore[arg-type]
        return summary

    def apply_plan(self, site_id: str, plan_id: str) -> int:
        """Writes what a kept plan changes, all or none, and returns the version after it. Raises NotFound, Conflict."""
        with translate():
            head = self._plan_head(site_id, plan_id)
            if not head["slices"]:
                return int(head["version"])
            return self._apply(site_id, self._plan_slices(site_id, plan_id, head["slices"]), head["version"])

    def _whole(self, site_id: str) -> tuple[int, str, dict[bytes, bytes], dict[bytes, bytes]]:
        """Version, mark, records and numbers at one moment."""

        def read(pipe: redis.client.Pipeline) -> None:
            for family in (keys.INVENTORY, keys.NUMBERS):
                pipe.hgetall(family.name(site=site_id))

        with translate():
            version, mark, (found, numbers) = self._at_rest(site_id, read)
        return version, mark, found, numbers

    def _marked_part(self, site_id: str, names: Collection[EntityName]) -> tuple[str, Inventory]:
        """The mark, and the inventory with no entities but these and the placements of every site, at one moment."""
        asked = [f"{kind}:{entity_id}".encode() for kind, entity_id in names]
        version, mark, found, numbers = self._some(site_id, asked)
        return mark, _inventory(version, found, numbers)

    def _some(self, site_id: str, names: Sequence[bytes]) -> tuple[int, str, dict[bytes, bytes], dict[bytes, bytes]]:
        """Version, mark, and the records and numbers of these names that there are, at one moment."""

        def read(pipe: redis.client.Pipeline) -> None:
            for family in (keys.INVENTORY, keys.NUMBERS):
                pipe.hmget(family.name(site=site_id), [*names, b""])  # a list that is empty is refused

        with translate():
            version, mark, (found, numbers) = self._at_rest(site_id, read)
        there = [(name, *both) for name, *both in zip(names, found, numbers, strict=False) if both[0] is not None]
        return version, mark, {name: record for name, record, _ in there}, {name: number for name, _, number in there}

    def _at_rest(self, site_id: str, read: Callable[[redis.client.Pipeline], object]) -> tuple[int, str, list[Any]]:
        """Version, mark, and the answers to what `read` asks at that moment; what is due takes its place before."""
        while True:
            pipeline = self._client.pipeline(transaction=True)
            pipeline.exists(keys.DUE_NUMBERS.name(site=site_id))
            pipeline.hmget(keys.VERSIONS.name(site=site_id), "inventory", "inventory_mark")
            read(pipeline)
            is_due, (version, mark), *answers = pipeline.execute()
            if not is_due:
                return int(version or 0), (mark or b"").decode(), answers
            bind_what_is_due(self._call, site_id)

    def _apply(self, site_id: str, slices: Iterator[list[Words]], expected_version: int) -> int:
        first, second = next(slices, []), next(slices, None)
        if second is None:
            return self._apply_few(site_id, first, expected_version)
        staging = InventoryStaging(self._client, self._call, site_id, expected_version)
        version = staging.switch(chain([first, second], slices))
        bind_what_is_due(self._call, site_id)
        return version

    def _apply_few(self, site_id: str, changes: Iterable[Words], expected_version: int) -> int:
        families = (
            keys.LEDGER, keys.VERSIONS, keys.INVENTORY, keys.NUMBERS, keys.DUE_NUMBERS, keys.INVENTORY_CHANGES,
        )  # fmt: skip
        words = [expected_version, len(DEFAULT_PLACEMENTS), new_mark(), *arguments(changes)]
        version = self._call("apply_inventory", site_id, [family.name(site=site_id) for family in families], words)
        if version < 0:
            raise Conflict("The inventory changed meanwhile: make a new plan and apply that.")
        return int(version)

    def _plan_head(self, site_id: str, plan_id: str) -> dict[str, Any]:
        record = self._client.get(keys.PLAN.name(site=site_id, plan_id=plan_id))
        if record is None:
            raise NotFound("plan", plan_id)
        head: dict[str, Any] = orjson.loads(record)
        if head.get("form") != self._call.digest:
            raise Conflict("The plan was made by another version of the service: make a new plan and apply that.")
        return head

    def _plan_slices(self, site_id: str, plan_id: str, count: int) -> Iterator[list[Words]]:
        name = keys.PLAN_CHANGES.name(site=site_id, plan_id=plan_id)
        for first in range(1, count + 1, _READ_AT_ONCE):
            for found in self._client.lrange(name, first, first + _READ_AT_ONCE - 1):
                yield unpacked(found)  # type: ignore[arg-type]


def _inventory(version: int, found: dict[bytes, bytes], numbers: Mapping[bytes, bytes]) -> Inventory:
    """The inventory of these records, of which each is let go of once it is read: there may be 60 MB of them."""
    kinds: dict[Kind, dict[str, Entity]] = {kind: {} for kind in KINDS}
    kinds["placements"].update(DEFAULT_PLACEMENTS)
    for name in sorted(found):
        kind, _, entity_id = name.decode().partition(":")
        kinds[kind][entity_id] = records.entity_of(kind, found.pop(name), int(numbers[name]))  # type: ignore[index, arg-type]
    return Inventory(version, **kinds)  # type: ignore[arg-type]


def _names_since(entries: list[bytes], mark: bytes) -> list[bytes] | None:
    """The names of whom the entries after a mark's name, each once; None where its own is not among them."""
    changes = [entry.split(b" ") for entry in entries]
    at = next((place for place, (own, *_) in enumerate(changes) if own == mark), None)
    return None if at is None else list(dict.fromkeys(name for _, *names in changes[at + 1 :] for name in names))


def _touched(
    names: Iterable[bytes], found: Mapping[bytes, bytes], numbers: Mapping[bytes, bytes], flights_of: FlightsOf
) -> list[str] | None:
    """The ids of the flights that changes of these names touch, each once; None where one, or a placement, is gone.

    Who forgets another entity has changed its flights before, for it is refused while any needs it.
    """
    touched: dict[str, None] = {}
    for name in names:
        kind, _, entity_id = name.decode().partition(":")
        if kind in ("flights", "placements") and name not in found:
            return None
        if kind == "flights":
            touched[entity_id] = None
        elif kind != "placements" and name in found:
            touched |= dict.fromkeys(flights_of(kind, int(numbers[name])))  # type: ignore[arg-type]
    return list(touched)


def _placements(
    names: Iterable[bytes], found: Mapping[bytes, bytes], numbers: Mapping[bytes, bytes]
) -> dict[str, Placement]:
    """The placements among these names, by id."""
    own = (name for name in names if name.startswith(_PLACEMENTS))
    made = (records.entity_of("placements", found[name], int(numbers[name])) for name in own)
    return {one.id: cast("Placement", one) for one in made}


def _with_owners(flights: Iterable[Flight]) -> list[EntityName]:
    """The names of flights, their owners and their creatives."""
    names: list[EntityName] = []
    for flight in flights:
        names += [("flights", flight.id), ("campaigns", flight.campaign), ("advertisers", flight.advertiser)]
        names += [("creatives", link.id) for link in flight.creatives]
    return list(dict.fromkeys(names))
