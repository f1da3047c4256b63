"""Reads from a row of an inventory sheet who owns its flight: the advertiser and the campaign, with their caps."""

from __future__ import annotations

from typing import Any

from service.domain.ads.inventory import Advertiser, Campaign, Unit
from service.domain.ads.slot import MAX_SLOTS
from service.domain.sheet.reading import cells
from service.domain.sheet.reading.reader_caps import frequency_caps
from service.domain.sheet.reading.row_reader import RowReader
from service.domain.sites.site import Site

_COLUMNS = (
    "currency", "cap_unit",
    *(f"{owner}{column}" for owner in ("advertiser", "campaign") for column in (
        "", "_name", "_limit", "_frequency_cap", "_daily_cap", "_lifetime_cap",
    )),
)  # fmt: skip
_UNIT = cells.one_of(*Unit)


def read_owners(reader: RowReader, site: Site) -> tuple[Advertiser, Campaign]:
    """Returns the row's advertiser and campaign; their caps are of the row's `cap_unit`."""
    return reader.together(_COLUMNS, lambda part: _owners(part, site))


def _owners(reader: RowReader, site: Site) -> tuple[Advertiser, Campaign]:
    currency = reader.read("currency", cells.currency, site.currency)
    if currency != site.currency and currency not in site.rates:
        known = ", ".join([site.currency, *sorted(site.rates)])
        reader.fault("currency", f"the site has no rate for {currency} (only {known}); put one into its rates first")
    advertiser = Advertiser(
        reader.read("advertiser", cells.entity_id, ""),
        reader.read("advertiser_name", cells.plain, ""),
        currency,
        page_limit=reader.read("advertiser_limit", _page_limit, None),
        frequency_cap=frequency_caps(reader, "advertiser_frequency_cap"),
        **_caps(reader, "advertiser", currency),
    )
    campaign = Campaign(
        reader.read("campaign", cells.entity_id, ""),
        advertiser.id,
        reader.read("campaign_name", cells.plain, ""),
        frequency_cap=frequency_caps(reader, "campaign_frequency_cap"),
        **_caps(reader, "campaign", currency),
    )
    return advertiser, campaign


def _page_limit(text: str) -> int:
    if cells.whole(text) > MAX_SLOTS:
        raise ValueError(f"is over {MAX_SLOTS}, the most slots that a page may have")
    return int(text)


def cap_unit(reader: RowReader) -> Unit:
    """Returns what the row's caps count."""
    return Unit(reader.read("cap_unit", _UNIT, "money"))


def _caps(reader: RowReader, owner: str, currency: str) -> dict[str, Any]:
    """The caps of an owner; one without caps has the default's unit, so that rows may differ in theirs."""
    unit = cap_unit(reader)
    amount = cells.money(currency) if unit is Unit.MONEY else cells.whole
    daily = reader.read(f"{owner}_daily_cap", amount, None)
    lifetime = reader.read(f"{owner}_lifetime_cap", amount, None)
    counted = Unit.MONEY if daily is None and lifetime is None else unit
    return {"cap_unit": counted, "daily_cap": daily, "lifetime_cap": lifetime}
