"""Writes why an article stands on a page, or why it does not, as `standfirst articles explain` shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from service.domain.call.page_call import WidgetRequest
from service.usecases.page.explaining.asked_page import AskedPage
from service.usecases.page.explaining.explain_article import ExplainedPlace, explain_article
from service.web.api.page.page_json import explained_json

if TYPE_CHECKING:
    from service.services import Services


def explain_on_page(
    services: Services, site_id: str, page: str, article_id: str, widgets: Sequence[WidgetRequest]
) -> tuple[Mapping[str, Any], str]:
    """Returns the explanation as values and as lines. Raises InvalidInput naming what is not known."""
    site = services.site_records.get(site_id)
    services.snapshots.look_around()
    places = explain_article(AskedPage(services.pages, services.articles), site, page, article_id, widgets)
    index = services.snapshots.snapshot(site.id).index
    rows = {place.widget: {"position": place.position, **explained_json(index, place.teaser)} for place in places}
    lines = [f"'{next(iter(rows.values()))['title']}' on the page {page}"]
    for place in places:
        lines += ["", f"{place.widget}: {place.teaser.text}", f"  {_sum(place)}"]
    return {"page": page, "article": article_id, "widgets": rows}, "\n".join(lines)


def _sum(place: ExplainedPlace) -> str:
    parts = " ".join(f"{'+' if part >= 0 else '-'} {name} {abs(part):.3f}" for name, part in place.teaser.parts.items())
    return f"score {place.teaser.score:.3f} = {parts.removeprefix('+ ') or '0'}"
