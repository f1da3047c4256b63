"""What was delivered in a period: totals are the ledger's to the unit, breakdowns add up, credits are shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import python_calamine
from flask.testing import FlaskClient

from service.domain.ads.slot import SlotRequest
from service.domain.durations import HOUR_S
from service.domain.errors import InvalidInput
from service.domain.events.sums.credit import Credit, Withdrawn
from service.domain.events.sums.period import period
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.reports import report_period
from service.usecases.events.roll_up_events import RollUpEvents

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,lifetime_cap,pacing
acme,spring,paid,sidebar|article-foot,k1,native,Cars,https://acme.example/cars,price,2.00,0.03,asap
acme,spring,paid,sidebar|article-foot,k2,native,Vans,https://acme.example/vans,price,2.00,0.03,asap
courier,own,house,sidebar|article-foot,k3,native,Subscribe,https://courier.example/subscribe,house,,,asap
"""
Headers = dict[str, str]
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"}
GOOGLEBOT = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
SUMMED = ("gross_impressions", "net_impressions", "views", "clicks", "unbilled_impressions")
COUNTED = (
    "gross_impressions", "net_impressions", "views", "clicks", "spend", "ecpm", "ctr", "unbilled_impressions",
    "unbilled_views", "unbilled_clicks", "invalid", "currency",
)  # fmt: skip


@pytest.fixture
def ads(bearer: Callable[..., Headers]) -> Headers:
    return bearer("ads", "reports", site="courier")


@pytest.fixture
def delivered(web: FlaskClient, services: Services, ads: Headers) -> None:
    """Forty pages of two placements and sections, some read by a crawler, some twice, past the cap; and added up."""
    services.sites.put(Site("courier", timezone="Asia/Karachi"))
    assert web.post("/v1/inventory?mode=apply", data=SHEET, content_type="text/csv", headers=ads).status_code == 200
    services.ads.snapshots.refresh("courier")
    for page in range(40):
        placement, section = ("sidebar", "World") if page % 3 else ("article-foot", "")
        asked = SlotsRequest(
            Site("courier"), f"v{page}", (SlotRequest("top", placement),), section=section or None,
            country=("FR", "GB", None)[page % 3],
        )  # fmt: skip
        slot = services.ads.slots.fill(asked, services.clock()).slots["top"]
        assert slot is not None
        web.get(slot.impression_url, headers=GOOGLEBOT if page % 7 == 0 else {})
        for url in (slot.view_url, slot.click_url, slot.impression_url)[page % 4 :]:
            web.get(url, headers=PHONE if page % 2 else {})
    RollUpEvents(services.event_stream, services.site_records, "test").work_off()


def asked(web: FlaskClient, ads: Headers, query: str) -> dict[str, Any]:
    """The report that a query asks for."""
    answer = web.get(f"/v1/reports/delivery?{query}", headers=ads)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.redis
@pytest.mark.parametrize(
    "by", ["day", "hour", "month", "flight", "campaign,advertiser", "month,advertiser", "day,flight"]
)
def test_totals_are_the_ledgers_to_the_unit(web: FlaskClient, ads: Headers, delivered: None, by: str) -> None:
    ledger = asked(web, ads, "by=flight")["totals"]
    report = asked(web, ads, f"by={by}&from={today_of('Asia/Karachi')}")
    assert {name: report["totals"][name] for name in COUNTED} == {name: ledger[name] for name in COUNTED}
    assert float(report["totals"]["spend"]) > 0.01
    assert report["timezone"] == "Asia/Karachi"
    assert sum(row["net_impressions"] for row in report["rows"]) == ledger["net_impressions"]


@pytest.mark.redis
@pytest.mark.parametrize(
    "part",
    [
        "creative",
        "placement",
        "section",
        "device",
        "country",
        "widget",
        "device,country",
        "creative,device",
        "widget,device",
    ],
)
def test_the_parts_of_a_flight_add_up_to_it(web: FlaskClient, ads: Headers, delivered: None, part: str) -> None:
    ledger = asked(web, ads, "by=flight")
    report = asked(web, ads, f"by=flight,{part}&from={today_of('UTC')}")
    assert report["timezone"] == "UTC"
    for flight in ledger["rows"]:
        own = [row for row in report["rows"] if row["flight_id"] == flight["flight_id"]]
        for name in ("gross_impressions", "net_impressions", "views", "clicks", "unbilled_impressions"):
            assert sum(row[name] for row in own) == flight[name]
        assert sum(sum(row["invalid"].values()) for row in own) == sum(flight["invalid"].values())
    assert report["totals"]["spend"] == ledger["totals"]["spend"]


@pytest.mark.redis
def test_parts_are_called_by_their_ids_and_what_has_none_by_nothing(
    web: FlaskClient, ads: Headers, delivered: None
) -> None:
    def values(part: str, column: str) -> set[str]:
        rows = asked(web, ads, f"by={part}&from={today_of('UTC')}")["rows"]
        return {row[column] for row in rows}

    assert values("placement", "placement") == {"sidebar", "article-foot"}
    assert values("section", "section") == {"World", ""} or values("section", "section") == {"world", ""}
    assert values("creative", "creative_id") >= {"k3"}
    assert values("creative", "creative_id") <= {"k1", "k2", "k3"}


@pytest.mark.redis
def test_creative_placement_and_section_are_told_together(web: FlaskClient, ads: Headers, delivered: None) -> None:
    """Any two of them and all three; each adds up to the whole, and a placement of it to that placement alone."""
    day = today_of("UTC")
    whole = asked(web, ads, f"by=flight&from={day}")["totals"]
    alone = {row["placement"]: row for row in asked(web, ads, f"by=placement&from={day}")["rows"]}
    for by in ("creative,placement", "placement,section", "day,flight,creative,placement,section"):
        report = asked(web, ads, f"by={by}&from={day}")
        assert report["totals"]["gross_impressions"] == whole["gross_impressions"]
        assert report["totals"]["spend"] == whole["spend"]
        for placement, row in alone.items():
            own = [one for one in report["rows"] if one["placement"] == placement]
            assert sum(one["net_impressions"] for one in own) == row["net_impressions"]
            assert sum(one["clicks"] for one in own) == row["clicks"]
    found = {(row["creative_id"], row["placement"], row["section"]) for row in report["rows"]}
    assert {creative for creative, _, _ in found} <= {"k1", "k2", "k3"}
    assert len({(placement, section) for _, placement, section in found}) == 2


@pytest.mark.redis
@pytest.mark.parametrize(
    "by", ["device,country", "creative,device", "day,flight,creative,placement,section,device,country"]
)
def test_device_and_country_are_told_with_all_else(web: FlaskClient, ads: Headers, delivered: None, by: str) -> None:
    """Each report adds up to the ledger, and what it says of a device is what devices alone say."""
    day = today_of("UTC")
    ledger = asked(web, ads, "by=flight")["totals"]
    report = asked(web, ads, f"by={by}&from={day}")
    assert {name: report["totals"][name] for name in SUMMED} == {name: ledger[name] for name in SUMMED}
    alone = asked(web, ads, f"by=device&from={day}")["rows"]
    assert {row["device"] for row in alone} >= {"mobile", "other"}
    for device in alone:
        own = [row for row in report["rows"] if row["device"] == device["device"]]
        assert [sum(row[name] for row in own) for name in SUMMED] == [device[name] for name in SUMMED]
    if "country" in by:
        assert {row["country"] for row in report["rows"]} == {"FR", "GB", ""}


@pytest.mark.redis
def test_a_widget_is_the_one_that_the_ad_stood_beside_when_it_was_shown(
    web: FlaskClient, services: Services, ads: Headers, delivered: None
) -> None:
    """As the call says, else as the placement said then; nothing where the ad stood beside all of the page."""
    foot = {"formats": ["native"], "near": ["must-read", "recent-news"]}
    assert web.put("/v1/placements/article-foot?site=courier", json=foot, headers=ads).status_code == 200
    services.ads.snapshots.refresh("courier")
    for view, near in (("one", ("related",)), ("two", None), ("three", None)):
        wanted = SlotsRequest(Site("courier"), view, (SlotRequest("foot", "article-foot", near),), section="World")
        slot = services.ads.slots.fill(wanted, services.clock()).slots["foot"]
        assert slot is not None
        assert len(slot.impression_url.rsplit("/", 1)[1]) < 200
        web.get(slot.impression_url)
    changed = {"formats": ["native"], "near": ["most-read"]}
    assert web.put("/v1/placements/article-foot?site=courier", json=changed, headers=ads).status_code == 200
    RollUpEvents(services.event_stream, services.site_records, "test").work_off()
    day = today_of("UTC")
    whole = asked(web, ads, f"by=flight&from={day}")["totals"]
    for by in ("widget", "widget,section", "widget,device"):
        report = asked(web, ads, f"by={by}&from={day}")
        told = dict.fromkeys(("must-read|recent-news", "related", ""), 0)
        for row in report["rows"]:
            told[row["widget"]] += row["gross_impressions"]
        assert (told["must-read|recent-news"], told["related"]) == (2, 1)
        assert sum(told.values()) == whole["gross_impressions"]


@pytest.mark.redis
@pytest.mark.parametrize("part", ["creative", "section", "device", "country", "widget", "creative,placement,section",
                                  "device,country"])  # fmt: skip
def test_invalid_events_are_told_by_their_reasons_in_every_breakdown(
    web: FlaskClient, ads: Headers, delivered: None, part: str
) -> None:
    whole = asked(web, ads, "by=flight")["totals"]["invalid"]
    assert whole.keys() == {"bot", "replay"}
    report = asked(web, ads, f"by={part}&from={today_of('UTC')}")
    assert report["totals"]["invalid"] == whole
    assert all(min(row["invalid"].values(), default=1) > 0 for row in report["rows"])


@pytest.mark.redis
@pytest.mark.parametrize("part", ["creative", "placement", "section", "device", "country", "widget"])
def test_the_last_days_are_told_by_hour_and_one_part(
    web: FlaskClient, ads: Headers, delivered: None, part: str
) -> None:
    first = today_of("Asia/Karachi", -7)
    whole = asked(web, ads, f"by=hour&from={first}")
    report = asked(web, ads, f"by=hour,{part}&from={first}")
    assert (report["timezone"], report["totals"]["spend"]) == ("Asia/Karachi", whole["totals"]["spend"])
    for row in whole["rows"]:
        own = [one for one in report["rows"] if one["hour"] == row["hour"]]
        for name in SUMMED:
            assert sum(one[name] for one in own) == row[name]
    early = web.get(f"/v1/reports/delivery?by=hour,{part}&from={today_of('Asia/Karachi', -8)}", headers=ads)
    assert (early.status_code, early.json["errors"][0]["path"]) == (400, "?from")


@pytest.mark.redis
def test_a_report_of_too_many_rows_says_what_to_ask_instead(
    web: FlaskClient, ads: Headers, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_period, "MOST_ROWS", 1)
    answer = web.get(f"/v1/reports/delivery?by=flight&from={today_of('UTC')}", headers=ads)
    assert answer.status_code == 400
    assert answer.json["errors"] == [
        {"path": "?by", "message": "makes over 1 rows; ask for fewer days or a coarser breakdown"}
    ]


@pytest.mark.redis
def test_a_day_without_events_has_no_rows(web: FlaskClient, ads: Headers, delivered: None) -> None:
    report = asked(web, ads, f"by=day&from={today_of('UTC', -300)}&to={today_of('UTC', -270)}")
    assert (report["rows"], report["totals"]["gross_impressions"]) == ([], 0)


@pytest.mark.redis
@pytest.mark.parametrize(
    ("query", "path"),
    [("by=moon", "?by"), ("by=day,hour", "?by"), ("by=hour,device,country", "?by"),
     ("by=day&from=2026-02-01&to=2026-01-01", "?from"), ("by=day&from=2024-01-01&to=2026-01-01", "?from"),
     ("by=day&from=9999-12-31&to=9999-12-31", "?to"), ("by=day&from=yesterday", "?from"), ("format=pdf", "?format")],
)  # fmt: skip
def test_a_report_asked_for_wrongly_is_refused_by_its_place(
    web: FlaskClient, services: Services, ads: Headers, query: str, path: str
) -> None:
    services.sites.put(Site("courier"))
    answer = web.get(f"/v1/reports/delivery?{query}", headers=ads)
    assert (answer.status_code, answer.json["errors"][0]["path"]) == (400, path)


@pytest.mark.redis
@pytest.mark.parametrize("query", ["by=flight", "by=day,flight"])
def test_a_table_has_the_rows_of_the_answer(web: FlaskClient, ads: Headers, delivered: None, query: str) -> None:
    rows = asked(web, ads, query)["rows"]
    sheet = web.get(f"/v1/reports/delivery?{query}&format=csv", headers=ads)
    read = list(csv.DictReader(io.StringIO(sheet.text)))
    assert [row["spend"] for row in read] == [row["spend"] for row in rows]
    assert list(read[0]) == list(rows[0])
    book = web.get(f"/v1/reports/delivery?{query}&format=xlsx", headers=ads)
    cells = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_name("report").to_python()
    )
    assert cells[0] == list(rows[0])
    assert [line[cells[0].index("net_impressions")] for line in cells[1:]] == [row["net_impressions"] for row in rows]
    assert [line[cells[0].index("spend")] for line in cells[1:]] == [float(row["spend"]) for row in rows]


@pytest.mark.redis
def test_a_report_is_parquet_too(web: FlaskClient, ads: Headers, delivered: None) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = asked(web, ads, "by=day,flight")["rows"]
    sheet = web.get("/v1/reports/delivery?by=day,flight&format=parquet", headers=ads)
    table = parquet.read_table(io.BytesIO(sheet.data))
    assert table.column("spend").to_pylist() == [Decimal(row["spend"]) for row in rows]
    assert table.column("net_impressions").to_pylist() == [row["net_impressions"] for row in rows]


def hours_of_today(services: Services) -> tuple[str, str]:
    """A span of whole hours that ends with the present one, and the moment at which that is over."""
    end = int(services.clock() // HOUR_S + 1) * HOUR_S
    utc = ZoneInfo("UTC")
    return datetime.fromtimestamp(end - 2 * HOUR_S, utc).isoformat(), datetime.fromtimestamp(end, utc).isoformat()


@pytest.mark.redis
def test_a_credit_is_shown_and_opens_no_budget(
    web: FlaskClient, services: Services, ads: Headers, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asked(web, ads, "by=flight")
    begins, ends = hours_of_today(services)
    body = {"flight": "paid", "from": begins, "to": ends, "reason": "Shown on a page that was withdrawn."}
    early = web.post("/v1/credits", json=body, headers=ads)
    assert (early.status_code, early.json["errors"][0]["path"]) == (400, "to")
    monkeypatch.setattr(services.ads.credits, "_clock", lambda: services.clock() + HOUR_S)
    given = web.post("/v1/credits", json=body, headers=ads)
    assert (given.status_code, given.json["amount"]) == (201, before["totals"]["spend"])
    again = web.post("/v1/credits", json=body, headers=ads)
    assert again.status_code == 409
    report = asked(web, ads, f"by=flight,day&from={today_of('Asia/Karachi', -1)}")
    assert report["totals"]["credited"] == report["totals"]["spend"] == before["totals"]["spend"]
    assert sum(row["credited_impressions"] for row in report["rows"] if row["flight_id"] == "paid") == next(
        row["net_impressions"] for row in before["rows"] if row["flight_id"] == "paid"
    )
    assert asked(web, ads, "by=flight")["totals"]["spend"] == before["totals"]["spend"]
    assert [credit["id"] for credit in web.get("/v1/credits", headers=ads).json["items"]] == [given.json["id"]]
    wanted = SlotsRequest(Site("courier"), "after", (SlotRequest("top", "sidebar"),))
    slot = services.ads.slots.fill(wanted, services.clock()).slots["top"]
    assert slot is not None
    assert slot.choice.candidate.flight.id == "house"


@pytest.mark.redis
@pytest.mark.parametrize(
    ("changed", "status"),
    [({"flight": "nobody"}, 404), ({"from": "2026-01-01T10:30:00Z"}, 400), ({"to": "2025-01-01T00:00:00Z"}, 400),
     ({"to": "2026-06-01T00:00:00Z"}, 400), ({"reason": ""}, 400), ({"amount": "5"}, 400)],
)  # fmt: skip
def test_a_credit_asked_for_wrongly_is_refused(
    web: FlaskClient, ads: Headers, delivered: None, changed: dict[str, str], status: int
) -> None:
    body = {"flight": "paid", "from": "2026-01-01T10:00:00Z", "to": "2026-01-01T12:00:00Z", "reason": "x"} | changed
    assert web.post("/v1/credits", json=body, headers=ads).status_code == status


def today_of(zone: str, offset: int = 0) -> str:
    """The date in a time zone, so many days on."""
    now = datetime.now(ZoneInfo(zone))
    return date.fromordinal(now.date().toordinal() + offset).isoformat()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("UTC", date(2026, 11, 25), 24), ("Europe/Paris", date(2026, 3, 29), 23), ("Europe/Paris", date(2026, 10, 25), 25),
     ("Asia/Kolkata", date(2026, 11, 25), 24)],
)  # fmt: skip
def test_a_day_has_the_hours_of_its_time_zone(zone: str, day: date, hours: int) -> None:
    asked_for = period(day, day, "day,flight", zone, day)
    assert len(asked_for.hours()) == hours
    assert {asked_for.time_of(hour) for hour in asked_for.hours()} == {day.isoformat()}


@pytest.mark.parametrize(
    ("by", "kept"), [("day,flight", 400), ("month,campaign", 400), ("creative", 100), ("day,placement,section", 100),
                     ("device", 100), ("device,country", 35), ("creative,device", 35), ("hour,creative", 8)],
)  # fmt: skip
def test_a_day_whose_sums_are_gone_is_refused_where_it_would_have_been_told_as_empty(by: str, kept: int) -> None:
    today = date(2026, 11, 25)
    oldest = date.fromordinal(today.toordinal() - kept + 1)
    assert period(oldest, oldest, by, "UTC", today).first == oldest
    with pytest.raises(InvalidInput, match=r"\?from.*days ago"):
        period(date.fromordinal(oldest.toordinal() - 1), oldest, by, "UTC", today)


@pytest.mark.redis
def test_the_hour_that_a_clock_gives_twice_is_told_twice_in_its_order(services: Services) -> None:
    """On 25 October 2026 two o'clock comes twice in Berlin, an hour apart; a report by hour has a row for each."""
    services.sites.put(Site("courier", timezone="Europe/Berlin"))
    night = period(date(2026, 10, 25), date(2026, 10, 25), "hour", "Europe/Berlin", date(2026, 10, 25))
    hours = night.hours()[1:5]
    services.ads.credits._credits.add("courier", lambda _: Credit(
        "c", 1, "gone", hours.start, hours.stop, "x", 0.0, {hour: Withdrawn(1) for hour in hours}
    ))  # fmt: skip
    rows = services.ads.periods.report("courier", "EUR", night).rows
    assert [row["hour"][11:] for row in rows] == [
        "01:00:00+02:00", "02:00:00+02:00", "02:00:00+01:00", "03:00:00+01:00",
    ]  # fmt: skip


def test_a_period_ends_today_and_begins_at_its_end_unless_told() -> None:
    today = date(2026, 11, 25)
    assert (period(None, None, "day", "UTC", today).first, period(None, None, "day", "UTC", today).last) == (
        today,
        today,
    )
    with pytest.raises(InvalidInput):
        period(today, date(2026, 1, 1), "day", "UTC", today)
