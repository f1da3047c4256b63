"""Where inventories are kept: what changes them, what tells them apart, and the plans that wait for their apply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.domain.ads.inventory import Entity, Inventory, Kind, Placement

EntityName = tuple[Kind, str]
"""A kind and an id of it."""


@dataclass(frozen=True, slots=True)
class InventoryChanges:
    """What one apply writes: entities to keep (their numbers are the store's to give) and those to forget."""

    put: Sequence[Entity] = ()
    remove: tuple[EntityName, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan that waits for its apply: what it would change, and the inventory version it was made against."""

    changes: InventoryChanges
    version: int
    summary: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class InventoryMark:
    """What tells a site's inventory from any that it had or will have, also in a store that lost a change.

    `name` is of letters and digits, empty where nothing tells it; `size` is how many entities there are.
    """

    version: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ChangedFlights:
    """The flights that a few changes of an inventory touched, as they are now, and the mark that it has by them.

    `inventory` has them with their owners and creatives; `alone` is True where nothing else than flights was written.
    `placements` are those that were written, by id.
    """

    mark: str
    inventory: Inventory
    alone: bool = True
    placements: Mapping[str, Placement] = field(default_factory=dict)


FlightsOf = Callable[[Kind, int], Iterable[str]]
"""Returns the ids of the flights that a snapshot has of a campaign, an advertiser or a creative of this number."""

# Flights that are followed beside a snapshot, some 2 kB each: more are a matter for a new one.
MOST_FOLLOWED = 1_000


class InventoryStore(Protocol):
    """Keeps each site's inventory, and the plans that wait for their apply."""

    def version(self, site_id: str) -> int:
        """Returns the version of the site's inventory; 0 when nothing was ever loaded."""

    def mark(self, site_id: str) -> InventoryMark:
        """Returns the mark of the site's inventory as it is now."""

    def load(self, site_id: str) -> Inventory:
        """Returns the whole inventory, the placements that every site has included."""

    def part(self, site_id: str, names: Collection[EntityName]) -> Inventory:
        """Returns the inventory with no entities but these, if there are any, and the placements of every site."""

    def ids(self, site_id: str, kind: Kind) -> list[str]:
        """Returns the ids of a kind's entities, in order; of placements those that every site has too."""

    def ids_by_number(self, site_id: str, kinds: Collection[Kind]) -> Mapping[Kind, Mapping[int, str]]:
        """Returns of each of these kinds the id of each number that there is or was, also of what is deleted."""

    def changed_flights(self, site_id: str, since: str, flights_of: FlightsOf) -> ChangedFlights | None:
        """Returns what changed since a mark, `flights_of` telling whom a change of another entity touches.

        None where that is not known, where a flight or a placement was forgotten, or more than MOST_FOLLOWED changed.
        """

    def apply(self, site_id: str, changes: InventoryChanges, expected_version: int) -> int:
        """Writes all changes or none, in the ledger's records too, and returns the new version.

        Raises Conflict when the inventory is no longer at the expected version.
        """

    def keep_plan(self, site_id: str, plan_id: str, plan: KeptPlan) -> None:
        """Keeps a plan for one hour."""

    def plan_summary(self, site_id: str, plan_id: str) -> Mapping[str, object]:
        """Returns the summary of a kept plan. Raises NotFound when there is none or its hour is over."""

    def apply_plan(self, site_id: str, plan_id: str) -> int:
        """Writes what a kept plan changes, all or none as `apply` does, and returns the version after it.

        A plan that changes nothing leaves the version as it was. Raises NotFound, and Conflict.
        """
