"""The columns of an inventory sheet: what each holds, when it is required, and what an empty cell stands for."""

from __future__ import annotations

from dataclasses import dataclass

ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `required` says when (`always`, a condition, or never: empty), `default` what an empty cell means."""

    name: str
    holds: str
    required: str = ""
    default: str = ""


_COLUMNS = (
    Column("advertiser", "id of the buyer: letters, digits and . _ : -", ALWAYS),
    Column("campaign", "id of the grouping of flights", ALWAYS),
    Column("flight", "id of the flight: dates, budget, price, targeting; its rows must agree on them", ALWAYS),
    Column("status", "active, paused or retired", default="active; a known flight keeps its own"),
    Column("starts_at", "date or time, such as 2027-03-01 or 2027-03-01T09:30", default="at once"),
    Column("ends_at", "date, whose whole day counts, or time", default="no end"),
    Column("timezone", "time zone of times, days and hours, such as Europe/Madrid", default="the site's"),
    Column(
        "tier", "sponsorship, standard, price or house", "without goal and price", "standard with a goal, else price"
    ),
    Column("goal_type", "impressions, views, clicks, budget or share", default="impressions where there is a goal"),
    Column(
        "goal",
        "what to deliver: a count, money for budget, or for share a percentage of page views",
        "with a goal_type",
        "no goal",
    ),
    Column("price_model", "cpm, vcpm, cpc or flat", default="cpm where there is a price"),
    Column(
        "price",
        "amount such as 2.50; for cpm and vcpm of 1,000, for flat of a day",
        "unless tier house or price_model flat",
    ),
    Column(
        "auction",
        "what an auctioned flight pays: first, its price; second, what keeps its place, at most its price",
        default="first",
    ),
    Column(
        "currency",
        "what the advertiser pays in, the same in all its rows: the site's or one of its rates",
        default="the site's",
    ),
    Column("cap_unit", "what all caps of the row count: money, impressions, views or clicks", default="money"),
    Column("daily_cap", "most in a day", default="no cap"),
    Column("lifetime_cap", "most in all", default="no cap"),
    Column("campaign_daily_cap", "most of the campaign in a day; each of its rows says the same", default="no cap"),
    Column("campaign_lifetime_cap", "most of the campaign in all", default="no cap"),
    Column("advertiser_daily_cap", "most of the advertiser in a day; each of its rows says the same", default="no cap"),
    Column("advertiser_lifetime_cap", "most of the advertiser in all", default="no cap"),
    Column("cap_timezone", "time zone whose midnight begins a day of caps", default="timezone"),
    Column("pacing", "even, front, asap or traffic", default="even"),
    Column(
        "frequency_cap", "most impressions per reader in an hour, day, week, month: 3/day|10/week", default="no cap"
    ),
    Column("campaign_frequency_cap", "the same of the campaign; each of its rows says the same", default="no cap"),
    Column("advertiser_frequency_cap", "the same of the advertiser; each of its rows says the same", default="no cap"),
    Column("placements", "where it runs, separated by |", ALWAYS),
    Column("sections", "sections it runs beside, separated by |", default="all"),
    Column("tags", "tags of articles it runs beside, separated by |", default="all pages"),
    Column("keywords", "words of pages it runs beside, separated by |", default="all pages"),
    Column("exclude_keywords", "words of pages it keeps away from, separated by |", default="none"),
    Column("countries", "countries' two letters, separated by |", default="all"),
    Column("regions", "regions of ISO 3166-2 such as ES-MD, separated by |", default="all"),
    Column("devices", "mobile, tablet, desktop, tv, separated by |", default="all"),
    Column("languages", "languages such as en, separated by |", default="all"),
    Column("key_values", "any of these that a page call tells, such as team=reds|team=blues", default="all"),
    Column("similar_to", "descriptions of pages it runs beside, separated by |; >= 0.07 last", default="all pages"),
    Column("exclude_similar_to", "descriptions of pages it keeps away from, separated by |", default="none"),
    Column("exclude_sections", "sections it is not shown beside, separated by |", default="none"),
    Column("exclude_tags", "tags of articles it is not shown beside, separated by |", default="none"),
    Column("exclude_countries", "countries it is not shown in, separated by |", default="none"),
    Column("exclude_regions", "regions it is not shown in, separated by |", default="none"),
    Column("exclude_devices", "devices it is not shown on, separated by |", default="none"),
    Column("exclude_languages", "languages it is not shown beside, separated by |", default="none"),
    Column("exclude_key_values", "what a page call may not tell, such as login=no", default="none"),
    Column("days", "mon to sun, separated by |", default="all"),
    Column("hours", "hours such as 8-12|14 (from 8 until 12, and from 14 until 15)", default="all"),
    Column("labels", "words for what it is, separated by |", default="none"),
    Column("exclude_labels", "labels it is not shown beside, separated by |", default="none"),
    Column("advertiser_limit", "most ads of the advertiser on one page; each of its rows says the same", default="any"),
    Column(
        "roadblock",
        "all slots of a page or none: flight, those it can take; campaign, those that flights of its campaign can",
        default="slots one by one",
    ),
    Column("companions", "sizes shown together or not at all, such as 300x250|728x90", default="none"),
    Column(
        "suitability",
        "what it stands beside: open, standard or sensitive, and the most of a topic: violence:medium|crime:none",
        default="all but what the newsroom calls sensitive",
    ),
    Column("creative", "id of what is shown", ALWAYS),
    Column("format", "image, native, html or tag; only placements that say so take tag", ALWAYS),
    Column("width", "pixels", "for image, html and tag"),
    Column("height", "pixels", "for image, html and tag"),
    Column("headline", "headline", "for native"),
    Column("body", "text below the headline"),
    Column("image_url", "address of the picture, or the path of an uploaded one (/images/...)", "for image"),
    Column("image_alt", "what the picture shows, for those who do not see it"),
    Column("cta", "words of the button"),
    Column("html", "markup and styles without scripts", "for html"),
    Column("tag", "an advertiser's own script, which runs in a sandboxed frame; {click_url}, {cachebuster}", "for tag"),
    Column("impression_trackers", "https addresses that count impressions too, separated by |; {cachebuster}"),
    Column("click_tracker", "https address that counts the click and leads on to {landing_url}"),
    Column("landing_url", "address that a click leads to", ALWAYS),
    Column("weight", "share of the flight's choices", default="1"),
    Column("creative_frequency_cap", "most impressions per reader and window of the creative", default="no cap"),
    Column("advertiser_name", "name that readers see", default="the id"),
    Column("campaign_name", "name for reports"),
    Column("flight_name", "name for reports"),
    Column("creative_name", "name for reports"),
)

BY_NAME = {column.name: column for column in _COLUMNS}
COLUMNS = tuple(BY_NAME)
# What a row is refused without whatever else it holds; the header must have them.
REQUIRED_COLUMNS = ("advertiser", "campaign", "flight", "placements", "creative", "format")
