"""Loads inventory: plans what a sheet would change, and applies that whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.domain.ads.image import image_id_of
from service.domain.ads.inventory import (
    Flight,
    Inventory,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
    InventoryStore,
    KeptPlan,
)
from service.domain.errors import InvalidInput
from service.domain.sheet.inventory_plan import Difference, contradictions, difference
from service.domain.sheet.reading.cells import CellFault, SheetRow, cell_fault
from service.domain.sheet.sheet import SheetEntities, read_sheet
from service.domain.sites.site import Site
from service.usecases.ads.loading.foresee_goals import Foresee, foresee_nothing
from service.usecases.ads.loading.manage_entities import ImageIds, no_images
from service.usecases.ads.loading.replan_flights import Replan, as_planned


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What a sheet would change, every fault of it, and the id by which it can be applied (empty with faults)."""

    plan_id: str
    faults: tuple[CellFault, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {"create": [], "update": [], "unchanged": [], "retire": []}
    )
    retire_missing: str | None = None
    version: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Returns the plan in the contract's fields; `version` is set once it is applied."""
        faults = [{"line": one.line, "column": one.column, "message": one.message} for one in self.faults]
        return {
            **self.summary,
            "faults": faults,
            "warnings": list(self.warnings),
            "retire_missing": self.retire_missing,
            "plan_id": self.plan_id or None,
            "version": self.version,
        }


class LoadInventory:
    """Loads sheets into a site's inventory. `make_id` gives unguessable ids for plans, `image_ids` a site's images."""

    def __init__(
        self,
        store: InventoryStore,
        make_id: Callable[[], str],
        image_ids: ImageIds = no_images,
        replan: Replan = as_planned,
        foresee: Foresee = foresee_nothing,
    ) -> None:
        self._store = store
        self._make_id = make_id
        self._image_ids = image_ids
        self._replan = replan
        self._foresee = foresee

    def plan(
        self,
        site: Site,
        rows: Iterable[SheetRow | CellFault],
        faults: Sequence[CellFault] = (),
        retire_missing: str | None = None,
        own_urls: Collection[str] = (),
    ) -> SheetPlan:
        """Returns what a sheet would change and keeps that for an hour; `faults` are those of its form.

        `retire_missing` names an advertiser whose flights are retired where the sheet does not name them; `own_urls`
        are addresses of this service.
        """
        inventory = self._store.load(site.id)
        found = self._difference(site, inventory, rows, faults, retire_missing, own_urls)
        if isinstance(found, list):
            return SheetPlan("", tuple(sorted(found, key=lambda fault: fault.line)), retire_missing=retire_missing)
        return self._kept(site, inventory, found, retire_missing)

    def _difference(
        self,
        site: Site,
        inventory: Inventory,
        rows: Iterable[SheetRow | CellFault],
        faults: Sequence[CellFault],
        retire_missing: str | None,
        own_urls: Collection[str],
    ) -> Difference | list[CellFault]:
        """What the sheet changes, or its faults; the sheet itself, which may be large, is let go of."""
        sheet, row_faults = read_sheet(rows, site, inventory.placements, own_urls)
        found = [*faults, *row_faults, *self._missing_images(site, sheet)]
        if retire_missing is not None and retire_missing not in {*inventory.advertisers, *sheet.advertisers}:
            message = f"there is no advertiser '{retire_missing}', neither here nor in the sheet; check the id"
            raise InvalidInput.one("?retire_missing", message)
        return found or contradictions(inventory, sheet) or difference(inventory, sheet, retire_missing)

    def _kept(self, site: Site, inventory: Inventory, change: Difference, retire_missing: str | None) -> SheetPlan:
        """Keeps a plan, with flights planned anew whose course it changes, and returns it with what to know of it."""
        changes = InventoryChanges(self._replan(site.id, inventory, change.put))
        warnings = (*change.warnings, *self._foresee(site.id, [one for one in changes.put if isinstance(one, Flight)]))
        summary = {**change.summary, "warnings": list(warnings), "retire_missing": retire_missing}
        plan_id = self._make_id()
        self._store.keep_plan(site.id, plan_id, KeptPlan(changes, inventory.version, summary))
        return SheetPlan(plan_id, (), warnings, dict(change.summary), retire_missing)

    def apply_plan(self, site: Site, plan_id: str) -> SheetPlan:
        """Applies a kept plan, whole or not at all. Raises NotFound, and Conflict if the inventory changed since."""
        summary: dict[str, Any] = dict(self._store.plan_summary(site.id, plan_id))
        warnings, retire_missing = tuple(summary.pop("warnings", ())), summary.pop("retire_missing", None)
        return self.apply_planned(site, SheetPlan(plan_id, (), warnings, summary, retire_missing))

    def apply_planned(self, site: Site, plan: SheetPlan) -> SheetPlan:
        """Applies a plan that was just made, as `apply_plan` does, and returns it with its version."""
        return replace(plan, version=self._store.apply_plan(site.id, plan.plan_id))

    def apply(
        self,
        site: Site,
        rows: Iterable[SheetRow | CellFault],
        faults: Sequence[CellFault] = (),
        retire_missing: str | None = None,
        own_urls: Collection[str] = (),
    ) -> SheetPlan:
        """Applies a sheet, whole or not at all. Raises InvalidInput with every faulty cell, Conflict."""
        plan = self.plan(site, rows, faults, retire_missing, own_urls)
        if plan.faults:
            raise InvalidInput(
                [cell_fault(fault) for fault in plan.faults], "The sheet has faults; nothing was changed."
            )
        return self.apply_planned(site, plan)

    def _missing_images(self, site: Site, sheet: SheetEntities) -> Iterator[CellFault]:
        asked = {one.id: found for one in sheet.creatives.values() if (found := image_id_of(one.image_url, site.id))}
        kept = self._image_ids(site.id) if asked else ()
        for creative_id, image_id in asked.items():
            if image_id not in kept:
                line = sheet.line("creative", creative_id)
                yield CellFault(line, "image_url", "is not among the site's images; upload it first")
