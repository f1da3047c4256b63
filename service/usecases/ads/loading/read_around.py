"""Reads of an inventory what a change of one entity looks at, so that a large one need not be read whole."""

from __future__ import annotations

from service.domain.ads.inventory import Advertiser, Campaign, Inventory, is_capped
from service.domain.ads.inventory_store import EntityName, InventoryStore
from service.domain.sheet.entity import EntityFields


def read_for(store: InventoryStore, site_id: str, asked: EntityFields) -> Inventory:
    """Returns the part of the inventory that putting this entity looks at: itself, its owners, what it names.

    All of it is returned where the caps of an owner begin to count something else, which must suit every flight of it.
    """
    around = store.part(site_id, _around(store, site_id, asked))
    before = around.of_kind(asked.kind).get(asked.id)
    if isinstance(before, Advertiser | Campaign) and _counts_otherwise(before, asked):
        return store.load(site_id)
    return around


def _around(store: InventoryStore, site_id: str, asked: EntityFields) -> list[EntityName]:
    own: list[EntityName] = [(asked.kind, asked.id), ("advertisers", asked.texts.get("advertiser", "").strip())]
    if asked.kind != "flights":
        return own
    name = asked.texts.get("campaign", "").strip()
    campaign = store.part(site_id, [("campaigns", name)]).campaigns.get(name)
    placements = [one.strip() for one in asked.texts.get("placements", "").split("|")]
    known = store.part(site_id, [("placements", one) for one in placements]).placements
    if not set(placements) <= known.keys():  # the fault tells those there are
        placements = store.ids(site_id, "placements")
    own += [("campaigns", name), *(("creatives", link.id) for link in asked.creatives)]
    own += [("placements", one) for one in placements]
    return [*own, ("advertisers", campaign.advertiser)] if campaign else own


def _counts_otherwise(before: Advertiser | Campaign, asked: EntityFields) -> bool:
    """Whether an owner gets caps that do not count what caps of it counted before."""
    if not (asked.texts.get("daily_cap") or asked.texts.get("lifetime_cap")):
        return False
    return not is_capped(before) or str(before.cap_unit) != (asked.texts.get("cap_unit", "").strip() or "money")
