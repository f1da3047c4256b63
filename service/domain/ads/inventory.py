"""What a site sells and to whom: advertiser > campaign > flight > creative, and the placements they run in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, get_args

Kind = Literal["advertisers", "campaigns", "flights", "creatives", "placements"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Format = Literal["image", "native", "html", "tag"]
FORMATS: tuple[Format, ...] = get_args(Format)
USUAL_FORMATS: tuple[Format, ...] = ("image", "native", "html")
"""What a placement takes unless it is told: an advertiser's own script only where it is named."""


class Tier(StrEnum):
    """The order in which flights are asked, the first first."""

    SPONSORSHIP = "sponsorship"
    STANDARD = "standard"
    PRICE = "price"
    HOUSE = "house"


class PriceModel(StrEnum):
    """What an advertiser pays for: 1,000 impressions, 1,000 views, a click, or nothing per event."""

    CPM = "cpm"
    VCPM = "vcpm"
    CPC = "cpc"
    FLAT = "flat"


class Unit(StrEnum):
    """What a cap counts."""

    MONEY = "money"
    IMPRESSIONS = "impressions"
    VIEWS = "views"
    CLICKS = "clicks"


class FlightStatus(StrEnum):
    """Whether a flight may deliver; a retired one is kept for its reports."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Advertiser:
    """A buyer, who pays in one currency. `number` is given at its first load and never again to another; 0 before.

    Caps, as those of a flight, bind all its flights together; `page_limit` is the most ads it has on one page,
    `frequency_cap` the most per reader and window, such as `3/day`.
    """

    id: str
    name: str = ""
    currency: str = "EUR"
    cap_unit: Unit = Unit.MONEY
    daily_cap: int | None = None
    lifetime_cap: int | None = None
    page_limit: int | None = None
    frequency_cap: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class Campaign:
    """A grouping of flights of one advertiser; its caps bind them together."""

    id: str
    advertiser: str
    name: str = ""
    cap_unit: Unit = Unit.MONEY
    daily_cap: int | None = None
    lifetime_cap: int | None = None
    frequency_cap: tuple[str, ...] = ()
    number: int = 0


def is_capped(owner: Advertiser | Campaign) -> bool:
    """Returns whether the owner's flights are bound together by a cap."""
    return owner.daily_cap is not None or owner.lifetime_cap is not None


@dataclass(frozen=True, slots=True)
class FlightCreative:
    """A creative that runs in a flight, and its share of the flight's choices."""

    id: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Flight:
    """Dates, budget, price and targeting. Times are seconds since 1970; an empty tuple targets everything.

    `goal`, `daily_cap` and `lifetime_cap` are micros of money where their unit is money (goal type `budget`), else
    counts; the goal of type `share` is a percentage of the page views that the flight could be shown on. `days` are 0
    (Monday) to 6, `hours` 0 to 23, both in the flight's `timezone`. Delivery is planned from `planned_from` on,
    where that is after its start, and from what it had by then, `planned_after`, in micros of money or of units.
    A `roadblock` has all slots of a page that the flight, or the campaign's flights of that kind, can take, or none;
    `companions` are sizes such as `300x250`, of which the flight has one slot each, or none. With the `auction`
    `second` an auctioned flight pays what keeps its place, at most its price.
    """

    id: str
    campaign: str
    advertiser: str
    tier: Tier
    name: str = ""
    status: FlightStatus = FlightStatus.ACTIVE
    starts_at: int | None = None
    ends_at: int | None = None
    timezone: str = "UTC"
    goal_type: Literal["impressions", "views", "clicks", "budget", "share"] | None = None
    goal: int | None = None
    price_model: PriceModel | None = None
    price_micros: int = 0
    auction: Literal["first", "second"] = "first"
    currency: str = "EUR"
    cap_unit: Unit = Unit.MONEY
    daily_cap: int | None = None
    lifetime_cap: int | None = None
    cap_timezone: str = "UTC"
    pacing: Literal["even", "front", "asap", "traffic"] = "even"
    frequency_cap: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    key_values: tuple[str, ...] = ()
    similar_to: tuple[str, ...] = ()
    exclude_sections: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    exclude_countries: tuple[str, ...] = ()
    exclude_regions: tuple[str, ...] = ()
    exclude_devices: tuple[str, ...] = ()
    exclude_languages: tuple[str, ...] = ()
    exclude_key_values: tuple[str, ...] = ()
    exclude_similar_to: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    exclude_keywords: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    exclude_labels: tuple[str, ...] = ()
    suitability: tuple[str, ...] = ()
    roadblock: Literal["", "flight", "campaign"] = ""
    companions: tuple[str, ...] = ()
    creatives: tuple[FlightCreative, ...] = ()
    planned_from: int | None = None
    planned_after: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Creative:
    """What is shown: a picture, a native ad of text, an HTML fragment, or an advertiser's own script (`tag`).

    A killed one is never shown again. `impression_trackers` and `click_tracker` are addresses of others who count too.
    """

    id: str
    advertiser: str
    format: Format
    landing_url: str
    name: str = ""
    width: int | None = None
    height: int | None = None
    headline: str = ""
    body: str = ""
    cta: str = ""
    image_url: str = ""
    image_alt: str = ""
    html: str = ""
    tag: str = ""
    impression_trackers: tuple[str, ...] = ()
    click_tracker: str = ""
    frequency_cap: tuple[str, ...] = ()
    killed: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """A named kind of ad position: its sizes, formats and least eCPM, in micros of the site's currency.

    An impression is waited for `window_s` seconds, two minutes where it is None.
    """

    id: str
    sizes: tuple[tuple[int, int], ...] = ()
    formats: tuple[Format, ...] = USUAL_FORMATS
    floor_micros: int | None = None
    near: tuple[str, ...] = ()
    window_s: int | None = None
    number: int = 0


Entity = Advertiser | Campaign | Flight | Creative | Placement

# Every site has these two from the start; their numbers are fixed, those of others follow.
DEFAULT_PLACEMENTS: Mapping[str, Placement] = {
    "sidebar": Placement("sidebar", sizes=((300, 250), (300, 600)), number=1),
    "article-foot": Placement("article-foot", sizes=((300, 250), (728, 90), (970, 250)), number=2),
}


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that a site sells at one version, by id."""

    version: int = 0
    advertisers: Mapping[str, Advertiser] = field(default_factory=dict)
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    flights: Mapping[str, Flight] = field(default_factory=dict)
    creatives: Mapping[str, Creative] = field(default_factory=dict)
    placements: Mapping[str, Placement] = field(default_factory=lambda: dict(DEFAULT_PLACEMENTS))

    def of_kind(self, kind: Kind) -> Mapping[str, Entity]:
        """Returns the entities of one kind, by id."""
        entities: Mapping[str, Entity] = getattr(self, kind)
        return entities


KIND_OF: Mapping[type, Kind] = {
    Advertiser: "advertisers",
    Campaign: "campaigns",
    Flight: "flights",
    Creative: "creatives",
    Placement: "placements",
}


def kind_of(entity: Entity) -> Kind:
    """Returns the kind that an entity is listed under."""
    return KIND_OF[type(entity)]
