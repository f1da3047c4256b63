"""An inventory as the rows of a sheet, which loaded again change nothing; and the rows of an empty template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from service.domain.ads.inventory import Advertiser, Campaign, Creative, Entity, Flight, Inventory, Unit
from service.domain.ads.targeting.slot_facts import VALUE_COLUMNS
from service.domain.money.money import amount_text
from service.domain.sheet.reading.cells import DAYS, moment
from service.domain.sites.time_zones import zone

ExportedRow = Mapping[str, str]
SheetFormat = Literal["csv", "xlsx", "json", "ndjson"]

LISTS = (
    "placements", *VALUE_COLUMNS, "keywords", "exclude_keywords", "labels", "exclude_labels", "companions",
    "suitability", "frequency_cap",
)  # fmt: skip

_EXAMPLE = {"advertiser": "acme", "campaign": "spring", "placements": "sidebar", "landing_url": "https://example.com/"}
# One row for each format; a template loads as it stands.
TEMPLATE_ROWS: tuple[ExportedRow, ...] = (
    {
        **_EXAMPLE, "flight": "spring-banner", "status": "paused", "starts_at": "2027-03-01", "ends_at": "2027-03-31",
        "tier": "standard", "goal_type": "impressions", "goal": "50000", "price_model": "cpm", "price": "2.50",
        "daily_cap": "20.00", "lifetime_cap": "125.00", "countries": "ES|PT", "devices": "desktop|tablet",
        "creative": "spring-300x250", "format": "image", "width": "300", "height": "250",
        "image_url": "https://example.com/spring.png", "image_alt": "Two people repair a boat",
        "advertiser_name": "Acme Boats",
    },
    {
        **_EXAMPLE, "flight": "spring-native", "status": "paused", "tier": "price", "price_model": "cpc",
        "price": "0.30", "lifetime_cap": "60.00", "keywords": "harbour|ferry", "days": "mon|tue|wed|thu|fri",
        "hours": "7-10|17-20", "creative": "spring-native", "format": "native", "headline": "Boats for the spring",
        "body": "Repaired, painted, insured.", "cta": "Look at them", "advertiser_name": "Acme Boats",
    },
    {
        **_EXAMPLE, "flight": "own-newsletter", "status": "paused", "tier": "house", "campaign": "own",
        "creative": "newsletter-300x250", "format": "html", "width": "300", "height": "250",
        "html": "<p>Our newsletter, every morning</p>", "advertiser_name": "Acme Boats",
    },
)  # fmt: skip


def exported_rows(inventory: Inventory) -> Iterator[ExportedRow]:
    """Yields a row for each creative of each flight, by flight id; what no flight runs has no row."""
    for _, flight in sorted(inventory.flights.items()):
        advertiser, campaign = inventory.advertisers[flight.advertiser], inventory.campaigns[flight.campaign]
        common = {**_advertiser(advertiser), **_campaign(campaign, advertiser.currency), **_flight(flight)}
        for link in flight.creatives:
            yield {**common, **_creative(inventory.creatives[link.id]), "weight": str(link.weight)}


def cell_texts(entity: Entity, currency: str) -> Mapping[str, str]:
    """Returns what a sheet's cells say of one entity, by the columns' names without its kind before them.

    `currency` is what its advertiser pays in.
    """
    match entity:
        case Advertiser():
            kind, cells = "advertiser", _advertiser(entity)
        case Campaign():
            kind, cells = "campaign", _campaign(entity, currency)
        case Flight():
            kind, cells = "flight", _flight(entity)
        case Creative():
            kind, cells = "creative", _creative(entity)
        case _:
            return {}
    return {name.removeprefix(f"{kind}_"): text for name, text in cells.items()}


def _advertiser(advertiser: Advertiser) -> ExportedRow:
    return {
        "advertiser": advertiser.id,
        "advertiser_name": advertiser.name,
        "currency": advertiser.currency,
        "advertiser_daily_cap": _amount(advertiser.daily_cap, advertiser.cap_unit, advertiser.currency),
        "advertiser_lifetime_cap": _amount(advertiser.lifetime_cap, advertiser.cap_unit, advertiser.currency),
        "advertiser_limit": str(advertiser.page_limit or ""),
        "advertiser_frequency_cap": "|".join(advertiser.frequency_cap),
    }


def _campaign(campaign: Campaign, currency: str) -> ExportedRow:
    return {
        "campaign": campaign.id,
        "campaign_name": campaign.name,
        "campaign_daily_cap": _amount(campaign.daily_cap, campaign.cap_unit, currency),
        "campaign_lifetime_cap": _amount(campaign.lifetime_cap, campaign.cap_unit, currency),
        "campaign_frequency_cap": "|".join(campaign.frequency_cap),
    }


def _flight(flight: Flight) -> ExportedRow:
    goal_unit = Unit.MONEY if flight.goal_type == "budget" else Unit.IMPRESSIONS
    return {
        "flight": flight.id,
        "flight_name": flight.name,
        "status": str(flight.status),
        "starts_at": _moment(flight.starts_at, flight.timezone, end=False),
        "ends_at": _moment(flight.ends_at, flight.timezone, end=True),
        "timezone": flight.timezone,
        "tier": str(flight.tier),
        "goal_type": flight.goal_type or "",
        "goal": _amount(flight.goal, goal_unit, flight.currency),
        "price_model": str(flight.price_model or ""),
        "price": amount_text(flight.price_micros, flight.currency) if flight.price_micros else "",
        "auction": "" if flight.auction == "first" else flight.auction,
        "cap_unit": str(flight.cap_unit),
        "daily_cap": _amount(flight.daily_cap, flight.cap_unit, flight.currency),
        "lifetime_cap": _amount(flight.lifetime_cap, flight.cap_unit, flight.currency),
        "cap_timezone": flight.cap_timezone,
        "pacing": flight.pacing,
        "roadblock": flight.roadblock,
        "days": "|".join(DAYS[day] for day in flight.days),
        "hours": "|".join(_ranges(flight.hours)),
        **{name: "|".join(getattr(flight, name)) for name in LISTS},
    }


def _creative(creative: Creative) -> ExportedRow:
    texts = (
        "format", "headline", "body", "image_url", "image_alt", "cta", "html", "tag", "click_tracker", "landing_url",
    )  # fmt: skip
    return {
        "creative": creative.id,
        "creative_name": creative.name,
        "width": str(creative.width or ""),
        "height": str(creative.height or ""),
        "impression_trackers": "|".join(creative.impression_trackers),
        "creative_frequency_cap": "|".join(creative.frequency_cap),
        **{name: getattr(creative, name) for name in texts},
    }


def _amount(amount: int | None, unit: Unit, currency: str) -> str:
    if amount is None:
        return ""
    return amount_text(amount, currency) if unit is Unit.MONEY else str(amount)


def _moment(at: int | None, timezone: str, *, end: bool) -> str:
    """The shortest text that a sheet reads as this second: a day, a local time, or a time with its offset."""
    if at is None:
        return ""
    local = datetime.fromtimestamp(at, UTC).astimezone(zone(timezone))
    naive = local.replace(tzinfo=None)
    day = (naive - timedelta(days=1) if end else naive).date().isoformat()
    shown = naive.isoformat(timespec="seconds" if naive.second else "minutes")
    return next(text for text in (day, shown, local.isoformat()) if _read(text, timezone, end) == at)


def _read(text: str, timezone: str, end: bool) -> int | None:
    try:
        return moment(text, timezone, end=end)
    except ValueError:
        return None


def _ranges(hours: Sequence[int]) -> Iterable[str]:
    starts = [hour for hour in hours if hour - 1 not in hours]
    return (f"{first}-{_end(hours, first)}" for first in starts)


def _end(hours: Sequence[int], first: int) -> int:
    return next(hour for hour in range(first, 25) if hour not in hours)
