"""Changes a site's inventory one entity at a time: reads, puts, removes, pauses, resumes and kills."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from service.domain.ads.image import image_id_of
from service.domain.ads.inventory import (
    DEFAULT_PLACEMENTS,
    Campaign,
    Creative,
    Entity,
    Flight,
    FlightStatus,
    Inventory,
    Kind,
    Placement,
    kind_of,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
    InventoryStore,
)
from service.domain.errors import Conflict, Fault, InvalidInput, NotFound
from service.domain.guard import Guard
from service.domain.sheet.entity import EntityFields, read_entity
from service.domain.sites.site import Site
from service.usecases.ads.loading.read_around import read_for
from service.usecases.ads.loading.replan_flights import Replan, as_planned

ImageIds = Callable[[str], Collection[str]]
_TRIES = 5
_READ_AT_ONCE = 500


def no_images(_: str) -> tuple[str, ...]:
    """Returns the ids of a site's images where none are kept."""
    return ()


def billed_nothing(_: str, __: int) -> bool:
    """Returns False: no advertiser owes anything where there is no ledger."""
    return False


class ManageEntities:
    """Single changes of a site's inventory, each whole or not at all; `image_ids` gives a site's images.

    `is_billed` tells whether an advertiser, by its number, was ever billed.
    """

    def __init__(
        self,
        store: InventoryStore,
        image_ids: ImageIds = no_images,
        replan: Replan = as_planned,
        is_billed: Callable[[str, int], bool] = billed_nothing,
    ) -> None:
        self._store = store
        self._is_billed = is_billed
        self._image_ids = image_ids
        self._replan = replan

    def get(self, site_id: str, kind: Kind, entity_id: str) -> Entity:
        """Returns one entity. Raises NotFound."""
        return _entity(self._store.part(site_id, [(kind, entity_id)]), kind, entity_id)

    def all(self, site_id: str, kind: Kind, after: str | None = None) -> Iterator[Entity]:
        """Yields every entity of a kind by id, from behind `after` on; they are read as they are asked for."""
        ids = [one for one in self._store.ids(site_id, kind) if after is None or one > after]
        for at in range(0, len(ids), _READ_AT_ONCE):
            some = ids[at : at + _READ_AT_ONCE]
            found = self._store.part(site_id, [(kind, one) for one in some]).of_kind(kind)
            yield from (found[one] for one in some if one in found)

    def put(
        self,
        site: Site,
        asked: EntityFields,
        own_urls: Collection[str] = (),
        guard: Guard[Entity] | None = None,
    ) -> tuple[Entity, bool]:
        """Keeps an entity as its fields say and returns it, with True if it is new; what runs of it goes on.

        A flight's status and a creative's life stay as they are where nothing is said of them; a flight whose course
        changes is planned anew. Raises InvalidInput with every faulty field, and what the guard of the one before
        raises.
        """
        kept: list[tuple[Entity, bool]] = []

        def changes(inventory: Inventory) -> InventoryChanges:
            before = inventory.of_kind(asked.kind).get(asked.id)
            if guard is not None:
                guard(before)
            entity = read_entity(asked, site, inventory, own_urls)
            self._refuse_unknown_image(site.id, entity)
            kept.append((entity, before is None))
            return InventoryChanges(self._replan(site.id, inventory, [entity]))

        self._change(site.id, changes, lambda: read_for(self._store, site.id, asked))
        return kept[-1]

    def put_placement(self, site_id: str, placement: Placement, guard: Guard[Placement] | None = None) -> bool:
        """Keeps a placement and returns True if it is new. Raises what the guard of the one before raises."""
        known: list[bool] = []

        def changes(inventory: Inventory) -> InventoryChanges:
            before = inventory.placements.get(placement.id)
            if guard is not None:
                guard(before)
            known.append(before is not None)
            return InventoryChanges((placement,))

        self._change(site_id, changes, lambda: self._store.part(site_id, [("placements", placement.id)]))
        return not known[-1]

    def remove(self, site_id: str, kind: Kind, entity_id: str) -> None:
        """Forgets an entity that nothing else needs. Raises NotFound, and Conflict where something does.

        An advertiser that was billed stays: reports and statements need its currency.
        """

        def changes(inventory: Inventory) -> InventoryChanges:
            entity = _entity(inventory, kind, entity_id)
            if kind == "advertisers" and self._is_billed(site_id, entity.number):
                raise Conflict(f"The advertiser '{entity_id}' was billed: it stays, for its statements.")
            self._refuse_needed(site_id, kind, entity_id)
            return InventoryChanges(remove=((kind, entity_id),))

        self._change(site_id, changes, lambda: self._store.part(site_id, [(kind, entity_id)]))

    def set_status(self, site_id: str, flight_id: str, status: FlightStatus) -> Flight:
        """Pauses or resumes a flight and returns it; the ledger refuses a paused one from the next call on."""

        def changes(inventory: Inventory) -> InventoryChanges:
            flight = cast("Flight", _entity(inventory, "flights", flight_id))
            return InventoryChanges(self._replan(site_id, inventory, [replace(flight, status=status)]))

        self._change(site_id, changes, lambda: self._store.part(site_id, [("flights", flight_id)]))
        return cast("Flight", self.get(site_id, "flights", flight_id))

    def kill(self, site_id: str, creative_id: str) -> Creative:
        """Kills a creative for good and returns it; no later call shows it, no click on it leads anywhere."""

        def changes(inventory: Inventory) -> InventoryChanges:
            creative = cast("Creative", _entity(inventory, "creatives", creative_id))
            return InventoryChanges((replace(creative, killed=True),))

        self._change(site_id, changes, lambda: self._store.part(site_id, [("creatives", creative_id)]))
        return cast("Creative", self.get(site_id, "creatives", creative_id))

    def _refuse_needed(self, site_id: str, kind: Kind, entity_id: str) -> None:
        """Raises Conflict where something needs the entity; looks no further than the first that does."""
        if kind == "placements" and entity_id in DEFAULT_PLACEMENTS:
            raise Conflict(
                f"Every site has the placement '{entity_id}'; flights that are not to run in it leave it out."
            )
        users = (one for other, needs in _NEEDED_BY[kind] for one in self.all(site_id, other) if needs(one, entity_id))
        if user := next(users, None):
            needed_by = f"{kind_of(user).removesuffix('s')} '{user.id}'"
            raise Conflict(
                f"The {kind.removesuffix('s')} '{entity_id}' is in use by the {needed_by}; change that first."
            )

    def _refuse_unknown_image(self, site_id: str, entity: Entity) -> None:
        asked = image_id_of(entity.image_url, site_id) if isinstance(entity, Creative) else None
        if asked is not None and asked not in self._image_ids(site_id):
            raise InvalidInput([Fault("image_url", "is not among the site's images; upload it first")])

    def _change(
        self, site_id: str, changes: Callable[[Inventory], InventoryChanges], read: Callable[[], Inventory]
    ) -> None:
        """Writes what `changes` tells of the inventory, or of the part of it that `read` returns."""
        for attempt in range(_TRIES):
            inventory = read()
            wanted = changes(inventory)
            try:
                self._store.apply(site_id, wanted, inventory.version)
                return
            except Conflict:
                if attempt == _TRIES - 1:
                    raise


def _entity(inventory: Inventory, kind: Kind, entity_id: str) -> Entity:
    found = inventory.of_kind(kind).get(entity_id)
    if found is None:
        raise NotFound(kind.removesuffix("s"), entity_id)
    return found


def _is_of(entity: Entity, advertiser: str) -> bool:
    return cast("Campaign | Creative", entity).advertiser == advertiser


# Of each kind, whose entities may need one, and which of them do.
_NEEDED_BY: Mapping[Kind, Sequence[tuple[Kind, Callable[[Entity, str], bool]]]] = {
    "advertisers": [("campaigns", _is_of), ("creatives", _is_of)],
    "campaigns": [("flights", lambda one, campaign: cast("Flight", one).campaign == campaign)],
    "flights": [],
    "creatives": [("flights", lambda one, named: any(link.id == named for link in cast("Flight", one).creatives))],
    "placements": [("flights", lambda one, placement: placement in cast("Flight", one).placements)],
}
