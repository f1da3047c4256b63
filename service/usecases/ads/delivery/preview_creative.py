"""Shows a creative to who looks at it before it runs: as a slot would, without a decision, so that nothing bills."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from service.domain.ads.inventory import (
    Creative,
)
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.ads.third_party import tag_frame
from service.domain.errors import Conflict, NotFound
from service.domain.sites.site import Site
from service.usecases.ads.delivery.creative_json import creative_json


class PreviewCreative:
    """Previews of a site's creatives, as its inventory has them now."""

    def __init__(self, store: InventoryStore) -> None:
        self._store = store

    def __call__(self, site: Site, creative_id: str, base_url: str) -> dict[str, Any]:
        """Returns a slot in the contract's fields whose click leads straight on and which has no addresses of events.

        Nobody else's counter is loaded. Raises NotFound, and Conflict for a creative that is killed.
        """
        inventory = self._store.load(site.id)
        creative = inventory.creatives.get(creative_id)
        if creative is None:
            raise NotFound("creative", creative_id)
        if creative.killed:
            raise Conflict(f"The creative '{creative_id}' is killed and is not shown any more; preview another.")
        advertiser = inventory.advertisers[creative.advertiser]
        return {
            "decision_id": "preview",
            "preview": True,
            "label": site.advertisement_label,
            "advertiser": advertiser.name or advertiser.id,
            "campaign_id": None,
            "flight_id": None,
            "creative": _shown(creative, base_url),
            "click_url": creative.landing_url,
            "impression_url": None,
            "view_url": None,
        }


def _shown(creative: Creative, base_url: str) -> dict[str, Any]:
    if creative.image_url.startswith("/"):
        creative = replace(creative, image_url=base_url + creative.image_url)
    plain = creative_json(creative)
    if creative.format == "tag":
        plain["html"] = tag_frame(creative, creative.landing_url, "0")
    return {**plain, "impression_trackers": []}
