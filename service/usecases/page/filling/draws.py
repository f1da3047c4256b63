"""Says for which day and for whom a page's new articles are drawn, so that one reader sees one order all day."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from zoneinfo import ZoneInfo

from service.domain.call.page_call import PageRequest
from service.domain.identity import hash64
from service.domain.sites.site import Site
from service.usecases.page.filling.known_kinds import Kinds

DrawnFor = tuple[int, Hashable] | None

COHORTS = 8
"""Groups that readers fall into by their id; each sees new articles in an order of its own."""


def drawn_for_page(site: Site, request: PageRequest, kinds: Kinds, now: float, named: Hashable) -> DrawnFor:
    """Returns for which day, in the site's zone, and for whom new articles are drawn; None where no widget explores.

    A reader shares draws with those of the same cohort, so that their pages are remembered together.
    """
    if not any(widget.kind in kinds and kinds[widget.kind].exploration for widget in request.widgets):
        return None
    day = datetime.fromtimestamp(now, ZoneInfo(site.timezone)).toordinal()
    return day, named if request.reader.id is None else f"cohort {hash64(request.reader.id) % COHORTS}"
