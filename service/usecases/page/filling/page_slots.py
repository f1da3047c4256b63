"""What a page's slots are asked with: all that is known of the page, its widgets and its reader."""

from __future__ import annotations

from service.domain.ads.reader.consent import Consent
from service.domain.call.page_call import PageRequest
from service.domain.page.ranking.pool import PageContext
from service.domain.sites.site import Site
from service.usecases.ads.delivery.similar_pages import WeighedPage
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.page.filling.decisions import DecidedWidgets


def slots_of_page(
    site: Site, request: PageRequest, context: PageContext, decided: DecidedWidgets, consent: Consent, base_url: str
) -> SlotsRequest:
    """Returns the slots of a page call; of its reader only what their consent lets ads be chosen by."""
    language = context.language or site.language
    return SlotsRequest(
        site=site,
        page_view=request.page_view,
        slots=request.slots,
        section=context.section,
        language=language,
        term_ids=context.terms,
        weighed=WeighedPage(context.vector, language, decided.index.model_version),
        risk=context.risk,
        beside=decided.beside_each(),
        country=request.reader.country,
        device=request.reader.device,
        tags=context.tags,
        region=request.reader.region,
        key_values=request.key_values,
        reader_id=request.reader.id if consent.identifier else None,
        session=request.reader.session,
        third_parties=consent.third_parties,
        base_url=base_url,
        billable=request.billable,
        explain=request.explain,
        explain_flight=request.explain_flight,
    )
