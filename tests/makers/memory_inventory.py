"""A twin of the inventory store that lives in memory; it has no ledger to write to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    KINDS,
    Entity,
    Inventory,
    Kind,
    kind_of,
)
from service.domain.ads.inventory_store import (
    ChangedFlights,
    EntityName,
    FlightsOf,
    InventoryChanges,
    InventoryMark,
    KeptPlan,
)
from service.domain.errors import Conflict, NotFound


class MemoryInventoryStore:
    """Keeps inventory, numbers and plans of every site until the process ends."""

    def __init__(self) -> None:
        self._inventories: dict[str, Inventory] = {}
        self._numbers: dict[tuple[str, Kind, str], int] = {}
        self._plans: dict[tuple[str, str], KeptPlan] = {}

    def version(self, site_id: str) -> int:
        """Returns the version of the site's inventory; 0 when nothing was ever loaded."""
        return self.load(site_id).version

    def mark(self, site_id: str) -> InventoryMark:
        """Returns the mark of the site's inventory as it is now."""
        inventory = self.load(site_id)
        size = sum(len(inventory.of_kind(kind)) for kind in KINDS)
        return InventoryMark(inventory.version, f"memory{inventory.version}" if inventory.version else "", size)

    def load(self, site_id: str) -> Inventory:
        """Returns the whole inventory, the placements that every site has included."""
        return self._inventories.get(site_id, Inventory())

    def part(self, site_id: str, names: Collection[EntityName]) -> Inventory:
        """Returns the inventory with no entities but these, if there are any, and the placements of every site."""
        whole = self.load(site_id)
        kinds: dict[Kind, dict[str, Entity]] = {kind: {} for kind in KINDS}
        kinds["placements"].update(DEFAULT_PLACEMENTS)
        for kind, entity_id in names:
            if (found := whole.of_kind(kind).get(entity_id)) is not None:
                kinds[kind][entity_id] = found
        return Inventory(whole.version, **kinds)  # type: ignore[arg-type]

    def ids(self, site_id: str, kind: Kind) -> list[str]:
        """Returns the ids of a kind's entities, in order; of placements those that every site has too."""
        return sorted(self.load(site_id).of_kind(kind))

    def ids_by_number(self, site_id: str, kinds: Collection[Kind]) -> Mapping[Kind, Mapping[int, str]]:
        """Returns of each of these kinds the id of each number that there is or was."""
        ids: dict[Kind, dict[int, str]] = {kind: {} for kind in kinds}
        for (site, kind, entity_id), number in self._numbers.items():
            if site == site_id and kind in ids:
                ids[kind][number] = entity_id
        if "placements" in ids:
            ids["placements"] |= {one.number: one.id for one in DEFAULT_PLACEMENTS.values()}
        return ids

    def changed_flights(self, site_id: str, since: str, flights_of: FlightsOf) -> ChangedFlights | None:  # noqa: ARG002
        """Returns None: what changed is not kept."""
        return None

    def apply(self, site_id: str, changes: InventoryChanges, expected_version: int) -> int:
        """Writes all changes or none and returns the new version. Raises Conflict."""
        current = self.load(site_id)
        if current.version != expected_version:
            raise Conflict("The inventory changed meanwhile: make a new plan and apply that.")
        kinds: dict[Kind, dict[str, Entity]] = {kind: dict(current.of_kind(kind)) for kind in KINDS}
        for entity in changes.put:
            number = self._number(site_id, kind_of(entity), entity.id)
            kinds[kind_of(entity)][entity.id] = replace(entity, number=number)
        for kind, entity_id in changes.remove:
            kinds[kind].pop(entity_id, None)
        kinds["placements"] = {**DEFAULT_PLACEMENTS, **kinds["placements"]}
        self._inventories[site_id] = Inventory(current.version + 1, **kinds)  # type: ignore[arg-type]
        return current.version + 1

    def keep_plan(self, site_id: str, plan_id: str, plan: KeptPlan) -> None:
        """Keeps a plan."""
        self._plans[site_id, plan_id] = plan

    def plan_summary(self, site_id: str, plan_id: str) -> Mapping[str, object]:
        """Returns the summary of a kept plan. Raises NotFound."""
        return self._plan(site_id, plan_id).summary

    def apply_plan(self, site_id: str, plan_id: str) -> int:
        """Writes what a kept plan changes, and returns the version after it. Raises NotFound, Conflict."""
        plan = self._plan(site_id, plan_id)
        if not plan.changes.put and not plan.changes.remove:
            return plan.version
        return self.apply(site_id, plan.changes, plan.version)

    def _plan(self, site_id: str, plan_id: str) -> KeptPlan:
        if (site_id, plan_id) not in self._plans:
            raise NotFound("plan", plan_id)
        return self._plans[site_id, plan_id]

    def _number(self, site_id: str, kind: Kind, entity_id: str) -> int:
        fixed = DEFAULT_PLACEMENTS.get(entity_id) if kind == "placements" else None
        taken = sum(1 for site, of_kind, _ in self._numbers if (site, of_kind) == (site_id, kind))
        first = len(DEFAULT_PLACEMENTS) + 1 if kind == "placements" else 1
        return self._numbers.setdefault((site_id, kind, entity_id), fixed.number if fixed else first + taken)
