"""Advertising over HTTP, from the sheet to the report, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from flask.testing import FlaskClient

from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.ads.slot import SlotRequest
from service.domain.events.tokens import TeaserToken, sign
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.fill_slots import FilledSlot
from service.usecases.ads.delivery.slots_request import SlotsRequest
from tests.faults.killed_store import stalled

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,lifetime_cap,pacing
acme,spring,paid,sidebar,k1,native,Cars,https://acme.example/cars?a=1,price,2.00,0.004,asap
courier,own,house,sidebar|article-foot,k2,native,Subscribe,https://courier.example/subscribe,house,,,asap
"""
Headers = dict[str, str]


@pytest.fixture(autouse=True)
def courier(services: Services) -> None:
    services.sites.put(Site("courier"))
    services.sites.put(Site("herald"))


@pytest.fixture
def ads(bearer: Callable[..., Headers]) -> Headers:
    return bearer("ads", "reports", site="courier")


@pytest.fixture
def load(web: FlaskClient, ads: Headers, services: Services) -> Callable[..., Any]:
    def post(sheet: str = SHEET, query: str = "mode=apply", media: str = "text/csv") -> Any:
        answer = web.post(f"/v1/inventory?{query}", data=sheet.encode(), content_type=media, headers=ads)
        services.ads.snapshots.refresh("courier")
        return answer

    return post


def fill(services: Services, page_view: str = "v", **asked: Any) -> FilledSlot:
    """Fills one slot of the sidebar."""
    request = SlotsRequest(Site("courier"), page_view, (SlotRequest("top", "sidebar"),), **asked)
    slot = services.ads.slots.fill(request, services.clock()).slots["top"]
    assert slot is not None
    return slot


def report(web: FlaskClient, ads: Headers, flight: str = "paid") -> dict[str, Any]:
    """The delivery of a flight."""
    rows = web.get("/v1/reports/delivery?by=flight", headers=ads).json["rows"]
    found: dict[str, Any] = next(row for row in rows if row["flight_id"] == flight)
    return found


def test_a_plan_changes_nothing_and_is_applied_by_its_id(
    web: FlaskClient, load: Callable[..., Any], ads: Headers
) -> None:
    plan = load(query="mode=plan").json
    assert {row["id"] for row in plan["create"] if row["kind"] == "flight"} == {"paid", "house"}
    assert (plan["faults"], plan["warnings"], plan["version"]) == ([], [], None)
    assert web.get("/v1/flights", headers=ads).json["items"] == []
    applied = web.post(f"/v1/inventory?mode=apply&plan_id={plan['plan_id']}", headers=ads)
    assert (applied.status_code, applied.json["version"]) == (200, 1)
    again = web.post(f"/v1/inventory?mode=apply&plan_id={plan['plan_id']}", headers=ads)
    assert again.status_code == 409


def test_a_faulty_sheet_is_refused_with_every_cell(web: FlaskClient, load: Callable[..., Any], ads: Headers) -> None:
    faulty = SHEET.replace("2.00", "-2").replace("https://courier.example/subscribe", "javascript:1")
    answer = load(faulty)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert [error["path"] for error in answer.json["errors"]] == ["line 2, column price", "line 3, column landing_url"]
    assert [fault["line"] for fault in load(faulty, "mode=plan").json["faults"]] == [2, 3]
    assert web.get("/v1/flights", headers=ads).json["items"] == []


@pytest.mark.parametrize(
    ("query", "media", "status"), [("mode=aply", "text/csv", 400), ("mode=apply", "image/png", 400),
                                   ("mode=plan&plan_id=x", "text/csv", 400), ("mode=apply&plan_id=x", "text/csv", 404)]
)  # fmt: skip
def test_a_load_asked_for_wrongly_is_refused(load: Callable[..., Any], query: str, media: str, status: int) -> None:
    assert load(SHEET, query, media).status_code == status


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("form", "media"),
    [("csv", "text/csv; charset=utf-8"), ("xlsx", XLSX), ("json", "application/json"),
     ("ndjson", "application/x-ndjson")],
)  # fmt: skip
def test_what_is_exported_loads_again_as_unchanged(
    web: FlaskClient, load: Callable[..., Any], ads: Headers, form: str, media: str
) -> None:
    load()
    sheet = web.get(f"/v1/inventory?format={form}", headers=ads)
    assert (sheet.status_code, sheet.content_type) == (200, media)
    assert sheet.headers["Content-Disposition"] == f'attachment; filename="inventory-courier.{form}"'
    plan = web.post("/v1/inventory?mode=plan", data=sheet.data, content_type=media, headers=ads).json
    assert (plan["create"], plan["update"], plan["retire"], plan["faults"]) == ([], [], [], [])
    assert len(plan["unchanged"]) == 8
    assert web.get("/v1/inventory?format=pdf", headers=ads).status_code == 400


@pytest.mark.parametrize("raw", [b"PK\x03\x04 no workbook", b"", SHEET.encode()])
def test_a_workbook_that_is_none_is_refused(web: FlaskClient, ads: Headers, raw: bytes) -> None:
    answer = web.post("/v1/inventory?mode=apply", data=raw, content_type=XLSX, headers=ads)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_retiring_is_asked_for_by_advertiser_and_told_by_the_plan(load: Callable[..., Any], web: FlaskClient) -> None:
    load()
    without = SHEET.splitlines(keepends=True)
    sheet = without[0] + without[2]
    assert load(sheet, "mode=plan").json["retire_missing"] is None
    plan = load(sheet, "mode=plan&retire_missing=acme").json
    assert (plan["retire_missing"], plan["retire"]) == ("acme", [{"kind": "flight", "id": "paid"}])
    both = load(sheet, f"mode=apply&plan_id={plan['plan_id']}&retire_missing=acme")
    assert (both.status_code, both.json["errors"][0]["path"]) == (400, "?retire_missing")
    done = load("", f"mode=apply&plan_id={plan['plan_id']}").json
    assert (done["retire_missing"], done["retire"]) == ("acme", [{"kind": "flight", "id": "paid"}])


def test_entities_are_read_in_the_sheets_words(web: FlaskClient, load: Callable[..., Any], ads: Headers) -> None:
    load()
    flight = web.get("/v1/flights/paid", headers=ads).json
    assert (flight["price"], flight["lifetime_cap"], flight["tier"], flight["status"]) == (
        "2.00",
        "0.004",
        "price",
        "active",
    )
    assert [one["id"] for one in web.get("/v1/creatives?advertiser=acme", headers=ads).json["items"]] == ["k1"]
    first = web.get("/v1/placements?limit=1", headers=ads).json
    assert [one["id"] for one in first["items"]] == ["article-foot"]
    rest = web.get(f"/v1/placements?cursor={first['cursor']}", headers=ads).json
    assert ([one["id"] for one in rest["items"]], rest["cursor"]) == (["sidebar"], None)
    assert web.get("/v1/flights/nobody", headers=ads).status_code == 404
    assert web.delete("/v1/creatives/k1", headers=ads).status_code == 409
    assert web.delete("/v1/flights/paid", headers=ads).status_code == 204
    assert web.get("/v1/flights/paid", headers=ads).status_code == 404


def test_a_placement_is_put_and_sold(web: FlaskClient, load: Callable[..., Any], ads: Headers) -> None:
    body = {"sizes": [[728, 90]], "formats": ["native"], "floor": "0.8"}
    assert web.put("/v1/placements/top", json=body, headers=ads).status_code == 201
    answer = web.put("/v1/placements/top", json=body, headers=ads)
    assert (answer.status_code, answer.json["floor"]) == (200, "0.80")
    assert load(SHEET.replace("sidebar|article-foot", "top")).status_code == 200
    wrong = web.put("/v1/placements/top", json={"sizes": [[0, 90]], "floor": "-1", "flor": 1}, headers=ads)
    assert {error["path"] for error in wrong.json["errors"]} == {"sizes[0][0]", "floor", "flor"}


def test_an_impression_is_billed_once_and_reported(
    web: FlaskClient, load: Callable[..., Any], services: Services, ads: Headers
) -> None:
    load()
    slot = fill(services)
    assert slot.choice.candidate.flight.id == "paid"
    for _ in range(3):
        answer = web.get(slot.impression_url)
        assert (answer.status_code, answer.content_type) == (200, "image/gif")
        assert answer.headers["Cache-Control"] == "no-store"
    row = report(web, ads)
    assert (row["gross_impressions"], row["net_impressions"], row["spend"]) == (3, 1, "0.002")
    assert (row["invalid"], row["currency"], row["ecpm"]) == ({"replay": 2}, "EUR", "2.00")


@pytest.mark.parametrize(
    ("method", "headers", "reason"),
    [("HEAD", {}, "head"), ("GET", {"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
     ("GET", {"Purpose": "prefetch"}, "prefetch"), ("GET", {"X-Moz": "prefetch"}, "prefetch")],
)  # fmt: skip
@pytest.mark.parametrize("letter", ["impression_url", "click_url"])
def test_what_no_reader_caused_is_not_billed(
    web: FlaskClient, load: Callable[..., Any], services: Services, ads: Headers, method: str, headers: Headers,
    reason: str, letter: str,
) -> None:  # fmt: skip
    load()
    url = getattr(fill(services), letter)
    assert web.open(url, method=method, headers=headers).status_code in (200, 302)
    row = report(web, ads)
    assert (row["spend"], row["net_impressions"], row["invalid"]) == ("0.00", 0, {reason: 1})
    web.get(url)
    assert report(web, ads)["spend"] == "0.002"


def test_a_click_leads_only_to_the_stored_address(
    web: FlaskClient, load: Callable[..., Any], services: Services
) -> None:
    load()
    slot = fill(services)
    answer = web.get(f"{slot.click_url}?url=https://evil.example/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://acme.example/cars?a=1")
    assert web.get(slot.click_url[:-1]).status_code == 404
    assert web.get(slot.impression_url.replace("/i/", "/c/")).status_code == 404
    assert web.get(slot.click_url.replace("/c/", "/i/")).status_code == 200
    assert web.get("/i/garbage").status_code == 200


def test_a_teaser_whose_article_is_gone_leads_nowhere(web: FlaskClient, services: Services) -> None:
    assert web.get(f"/c/{sign(TeaserToken('courier', 5), services.secret)}").status_code == 404


def test_the_budget_ends_and_the_house_takes_over(load: Callable[..., Any], services: Services) -> None:
    load()
    chosen = [fill(services, f"view-{n}").choice.candidate.flight.id for n in range(3)]
    assert chosen == ["paid", "paid", "house"]


def test_a_house_ads_events_count_and_bill_nothing(
    web: FlaskClient, load: Callable[..., Any], services: Services, ads: Headers
) -> None:
    load()
    slot = fill(services, billable=False)
    assert web.get(slot.impression_url).status_code == 200
    assert web.get(slot.click_url).headers["Location"] == "https://courier.example/subscribe"
    row = report(web, ads, "house")
    assert (row["net_impressions"], row["clicks"], row["spend"]) == (1, 1, "0.00")


def test_beacons_come_in_batches_also_as_plain_text(
    web: FlaskClient, load: Callable[..., Any], services: Services, ads: Headers, bearer: Callable[..., Headers]
) -> None:
    load()
    slot = fill(services)
    tokens = [slot.impression_url.split("/")[-1], slot.view_url.split("/")[-1], "garbage"]
    batch = {"events": [{"token": token, "position": 1} for token in tokens]}
    renderer = bearer("render", site="courier")
    answer = web.post("/v1/events", json=batch, headers=renderer)
    assert answer.json == {"taken": 2, "refused": 1, "outcomes": {"billed": 1, "counted": 1, "refused": 1}}
    again = web.post("/v1/events?site=herald", data=answer.data, content_type="text/plain")
    assert again.status_code == 400
    foreign = web.post("/v1/events?site=herald", json={"events": [{"token": tokens[1]}]})
    assert foreign.json == {"taken": 1, "refused": 0}
    assert report(web, ads)["invalid"] == {"other-site": 1}
    assert web.post("/v1/events", json={"events": [{"token": "x"}] * 101}).status_code == 400
    assert web.post(slot.view_url).status_code == 204
    assert web.post("/v1/events", data="not json", content_type="text/plain").status_code == 400


def test_pause_and_kill_bind_before_any_snapshot_moves(
    web: FlaskClient, load: Callable[..., Any], services: Services, ads: Headers
) -> None:
    load()
    assert web.post("/v1/flights/paid/pause", headers=ads).json["status"] == "paused"
    assert fill(services, "one").choice.candidate.flight.id == "house"
    assert web.post("/v1/flights/paid/resume", headers=ads).json["status"] == "active"
    slot = fill(services, "two")
    assert slot.choice.candidate.flight.id == "paid"
    assert web.post("/v1/creatives/k1/kill", headers=ads).json["status"] == "killed"
    assert fill(services, "three").choice.candidate.flight.id == "house"
    services.ads.snapshots.refresh("courier")
    assert web.get(slot.click_url).status_code == 404


def test_while_the_store_stalls_events_are_taken_and_clicks_still_lead(
    load: Callable[..., Any], services: Services, redis: redis_client.Redis, redis_url: str, tmp_path: Path
) -> None:
    load()
    slot = fill(services)
    hasty = build_services(load_config(data_dir=tmp_path / "hasty", secret_key=services.secret.decode()), redis_url)
    hasty.ads.snapshots.refresh("courier")
    web = create_app(hasty).test_client()
    with stalled(redis):
        assert web.get(slot.impression_url).status_code == 200
        assert web.get(slot.click_url).headers["Location"] == "https://acme.example/cars?a=1"
        assert fill(hasty, "other").choice.candidate.flight.id == "house"
    hasty.close()


def test_a_report_is_csv_too_and_refuses_what_it_does_not_know(
    web: FlaskClient, load: Callable[..., Any], ads: Headers
) -> None:
    load()
    sheet = web.get("/v1/reports/delivery?format=csv", headers=ads)
    assert sheet.content_type.startswith("text/csv")
    assert [line.split(",")[0] for line in sheet.text.splitlines()] == ["flight_id", "house", "paid"]
    for query in ("by=moon", "from=yesterday", "format=pdf"):
        assert web.get(f"/v1/reports/delivery?{query}", headers=ads).status_code == 400
    assert web.get("/v1/reports/delivery", headers=ads).json["totals"]["spend"] == "0.00"
