"""What advertisers are billed by: deleted flights and credits are in every report, and a statement is of one alone."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import python_calamine
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.adapters.redis.ads.credit_store import RedisCreditStore
from service.adapters.redis.redis_keys import POISONED
from service.cli import main
from service.domain.ads.slot import SlotRequest
from service.domain.durations import HOUR_S
from service.domain.events.sums.credit import Credit, Withdrawn
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.reports import report_delivery, sold_flights
from service.usecases.events.roll_up_events import RollUpEvents

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,currency,pacing,labels
acme,spring,boots,sidebar,k1,native,Boots,https://acme.example/boots,price,2.00,EUR,asap,
zeta,autumn,books,article-foot,k2,native,Books,https://zeta.example/books,price,5.00,USD,asap,
zeta,autumn,never,sidebar,k3,native,Never,https://zeta.example/never,price,0.01,USD,asap,
"""
Headers = dict[str, str]
ZONE = "Asia/Karachi"
EVERY_REPORT = (
    "by=flight", "by=day,flight&from={}", "by=month,advertiser&from={}", "by=creative&from={}",
    "by=placement,section&from={}", "by=device,country&from={}", "by=widget&from={}",
)  # fmt: skip


@pytest.fixture
def ads(bearer: Callable[..., Headers]) -> Headers:
    return bearer("ads", "reports", site="courier")


@pytest.fixture
def delivered(web: FlaskClient, services: Services, ads: Headers) -> None:
    """Ten pages, on each of which boots and books are begun to be shown; and added up."""
    services.sites.put(Site("courier", timezone=ZONE, rates={"USD": "0.92"}))
    assert web.post("/v1/inventory?mode=apply", data=SHEET, content_type="text/csv", headers=ads).status_code == 200
    services.ads.snapshots.refresh("courier")
    slots = (SlotRequest("top", "sidebar"), SlotRequest("foot", "article-foot"))
    for page in range(10):
        filled = services.ads.slots.fill(SlotsRequest(Site("courier"), f"v{page}", slots), services.clock()).slots
        for slot in filled.values():
            assert slot is not None
            web.get(slot.impression_url, headers={"User-Agent": "Mozilla/5.0"})
    RollUpEvents(services.event_stream, services.site_records, "test").work_off()


def yesterday() -> str:
    """A day before which nothing was delivered, in any zone."""
    return date.fromordinal(datetime.now(UTC).toordinal() - 1).isoformat()


def reports(web: FlaskClient, ads: Headers) -> dict[str, Any]:
    """Each report of EVERY_REPORT, by its query."""
    found = {}
    for query in EVERY_REPORT:
        answer = web.get(f"/v1/reports/delivery?{query.format(yesterday())}", headers=ads)
        assert answer.status_code == 200, answer.json
        found[query] = answer.json
    return found


def test_what_a_deleted_flight_delivered_stays_in_every_report_in_its_currency(
    web: FlaskClient, ads: Headers, delivered: None
) -> None:
    before = reports(web, ads)
    for kind, one in (("flights", "books"), ("flights", "never"), ("campaigns", "autumn"), ("creatives", "k2")):
        assert web.delete(f"/v1/{kind}/{one}?site=courier", headers=ads).status_code == 204
    after = reports(web, ads)
    for query in EVERY_REPORT[1:]:
        assert after[query] == before[query]
    rows = {row["flight_id"]: row for row in after["by=flight"]["rows"]}
    assert rows.keys() == {"boots", "books"}
    assert [rows["books"][name] for name in ("status", "advertiser_id", "campaign_id", "spend", "currency")] == [
        "deleted", "zeta", "autumn", "0.05", "USD",
    ]  # fmt: skip
    assert after["by=flight"]["totals"] == before["by=flight"]["totals"]
    assert after["by=flight"]["totals"]["spend_by_currency"] == {"EUR": "0.02", "USD": "0.05"}


def test_reports_that_are_read_in_pieces_are_the_same(
    web: FlaskClient, ads: Headers, credited: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    caps = {"name": "Autumn", "advertiser": "zeta", "lifetime_cap": "900.00"}
    assert web.put("/v1/campaigns/autumn?site=courier", json=caps, headers=ads).status_code == 200
    assert web.delete("/v1/flights/boots?site=courier", headers=ads).status_code == 204
    statement = f"/v1/reports/statement?advertiser=zeta&month={datetime.now(UTC):%Y-%m}"
    whole = {**reports(web, ads), statement: web.get(statement, headers=ads).json}
    assert [budget["id"] for budget in whole["by=flight"]["budgets"]] == ["autumn"]
    for module in (sold_flights, report_delivery):
        monkeypatch.setattr(module, "READ_AT_ONCE", 1)
    assert {**reports(web, ads), statement: web.get(statement, headers=ads).json} == whole


def test_an_advertiser_that_was_billed_stays(web: FlaskClient, ads: Headers, delivered: None) -> None:
    for kind, one in (("flights", "books"), ("flights", "never"), ("campaigns", "autumn")):
        assert web.delete(f"/v1/{kind}/{one}?site=courier", headers=ads).status_code == 204
    refused = web.delete("/v1/advertisers/zeta?site=courier", headers=ads)
    assert refused.status_code == 409
    assert "was billed" in refused.json["detail"]
    own = {"name": "New"}
    assert web.put("/v1/advertisers/new?site=courier", json=own, headers=ads).status_code == 201
    assert web.delete("/v1/advertisers/new?site=courier", headers=ads).status_code == 204


@pytest.fixture
def credited(
    web: FlaskClient, services: Services, ads: Headers, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """All that boots delivered is withdrawn."""
    end = int(services.clock() // HOUR_S + 1) * HOUR_S
    span = {name: datetime.fromtimestamp(at, UTC).isoformat() for name, at in (("from", end - 7_200), ("to", end))}
    monkeypatch.setattr(services.ads.credits, "_clock", lambda: services.clock() + HOUR_S)
    body = {"flight": "boots", **span, "reason": "Beside a disaster."}
    given = web.post("/v1/credits", json=body, headers=ads)
    assert given.status_code == 201, given.json
    answer: dict[str, Any] = given.json
    return answer


def test_a_credit_is_in_every_report(web: FlaskClient, ads: Headers, credited: dict[str, Any]) -> None:
    for report in reports(web, ads).values():
        totals = report["totals"]
        assert totals["credited_by_currency"] == {"EUR": "0.02", "USD": "0.00"}
        assert totals["due_by_currency"] == {"EUR": "0.00", "USD": "0.05"}
        assert sum(row["credited_impressions"] for row in report["rows"]) == totals["credited_impressions"] == 10
        assert sum(Decimal(row["due"]) for row in report["rows"]) == Decimal("0.05")


def test_a_credit_that_was_a_mistake_is_reversed_once_and_its_events_may_be_credited_again(
    web: FlaskClient, ads: Headers, credited: dict[str, Any]
) -> None:
    path, why = f"/v1/credits/{credited['id']}/reversal?site=courier", {"reason": "Meant for books."}
    given = web.post(path, json=why, headers=ads)
    assert given.status_code == 201, given.json
    below = {name: -credited[name] for name in ("impressions", "views", "clicks")}
    own = {name: given.json[name] for name in ("id", "created_at")}
    assert given.json == {**credited, **below, **own, **why, "amount": "-0.02", "reverses": credited["id"]}
    for report in reports(web, ads).values():
        assert report["totals"]["credited_by_currency"] == {"EUR": "0.00", "USD": "0.00"}
        assert sum(row["credited_impressions"] for row in report["rows"]) == 0
    acme = stated(web, ads, "acme").json
    assert (acme["totals"]["due"], acme["credits"]) == ("0.02", [credited, given.json])
    for credit, said in ((credited, "is reversed already"), (given.json, "reverses another")):
        again = web.post(f"/v1/credits/{credit['id']}/reversal?site=courier", json=why, headers=ads)
        assert (again.status_code, said in again.json["detail"]) == (409, True)
    unknown = web.post("/v1/credits/none/reversal?site=courier", json=why, headers=ads)
    assert (unknown.status_code, "GET /v1/credits" in unknown.json["detail"]) == (404, True)
    assert web.post(path, json={}, headers=ads).status_code == 400
    span = {name: credited[name] for name in ("from", "to", "reason")}
    anew = web.post("/v1/credits?site=courier", json={"flight": "boots", **span}, headers=ads)
    assert (anew.status_code, anew.json["amount"], anew.json["reverses"]) == (201, "0.02", None)


def test_what_a_deleted_flight_delivered_is_credited_and_what_came_later_too(
    web: FlaskClient, services: Services, ads: Headers, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten impressions are withdrawn, then the eleventh, which was not yet added up; then nothing is left."""
    asked = SlotsRequest(Site("courier"), "late", (SlotRequest("foot", "article-foot"),))
    slot = services.ads.slots.fill(asked, services.clock()).slots["foot"]
    assert slot is not None
    web.get(slot.impression_url, headers={"User-Agent": "Mozilla/5.0"})
    assert web.delete("/v1/flights/books?site=courier", headers=ads).status_code == 204
    end = int(services.clock() // HOUR_S + 1) * HOUR_S
    span = {name: datetime.fromtimestamp(at, UTC).isoformat() for name, at in (("from", end - 7_200), ("to", end))}
    monkeypatch.setattr(services.ads.credits, "_clock", lambda: services.clock() + HOUR_S)
    body = {"flight": "books", **span, "reason": "Beside a disaster."}
    first = web.post("/v1/credits", json=body, headers=ads)
    none = web.post("/v1/credits", json=body, headers=ads)
    RollUpEvents(services.event_stream, services.site_records, "test").work_off()
    second = web.post("/v1/credits", json=body, headers=ads)
    assert [(one.status_code, one.json.get("impressions")) for one in (first, none, second)] == [
        (201, 10), (409, None), (201, 1),
    ]  # fmt: skip
    assert second.json["currency"] == "USD"
    totals = web.get("/v1/reports/delivery?by=flight&site=courier", headers=ads).json["totals"]
    assert (totals["credited_by_currency"]["USD"], totals["due_by_currency"]["USD"]) == ("0.055", "0.00")
    never = web.post("/v1/credits", json={**body, "flight": "never"}, headers=ads)
    assert (never.status_code, "standfirst worker" in never.json["detail"]) == (409, True)


def stated(web: FlaskClient, ads: Headers, advertiser: str, more: str = "") -> Any:
    """The answer with an advertiser's statement of this month."""
    month = f"{datetime.now(ZoneInfo(ZONE)):%Y-%m}"
    return web.get(f"/v1/reports/statement?site=courier&advertiser={advertiser}&month={month}{more}", headers=ads)


def test_a_statement_is_of_one_advertiser_and_says_what_is_due(
    web: FlaskClient, ads: Headers, credited: dict[str, Any]
) -> None:
    acme, zeta = stated(web, ads, "acme").json, stated(web, ads, "zeta").json
    assert [(row["campaign_id"], row["flight_id"], row["spend"], row["due"]) for row in acme["rows"]] == [
        ("spring", "boots", "0.02", "0.00")
    ]
    assert acme["credits"] == [credited]
    assert [(row["flight_id"], row["net_impressions"], row["due"]) for row in zeta["rows"]] == [("books", 10, "0.05")]
    assert (zeta["totals"]["due"], zeta["totals"]["currency"], zeta["credits"]) == ("0.05", "USD", [])
    assert zeta["timezone"] == ZONE
    assert zeta["is_final"] is False
    table = stated(web, ads, "zeta", "&format=csv")
    assert 'filename="statement-zeta-' in table.headers["Content-Disposition"]
    assert [row["due"] for row in csv.DictReader(io.StringIO(table.text))] == ["0.05"]


def test_a_statement_of_another_month_is_empty_and_of_nobody_refused(
    web: FlaskClient, ads: Headers, credited: dict[str, Any]
) -> None:
    half_a_year_ago = f"{datetime.now(UTC) - timedelta(days=180):%Y-%m}"
    address = "/v1/reports/statement?site=courier&advertiser=acme&month="
    empty = web.get(address + half_a_year_ago, headers=ads).json
    assert (empty["rows"], empty["credits"], empty["totals"]["due"]) == ([], [], "0.00")
    gone = web.get(address + f"{datetime.now(UTC) - timedelta(days=440):%Y-%m}", headers=ads)
    assert (gone.status_code, "kept no longer" in gone.json["errors"][0]["message"]) == (400, True)
    assert stated(web, ads, "nobody").status_code == 404
    for month in ("2026", "2026-13", "9999-12", "november"):
        wrong = web.get(address + month, headers=ads)
        assert (wrong.status_code, wrong.json["errors"][0]["path"]) == (400, "?month")


def test_a_credit_over_two_months_stands_in_each_statement_with_its_own_hours(
    web: FlaskClient, services: Services, ads: Headers, delivered: None
) -> None:
    first = datetime.now(ZoneInfo(ZONE)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begins = int(first.timestamp()) // HOUR_S
    hours = {begins - 1: Withdrawn(9, spend_micros=9_000), begins: Withdrawn(1, spend_micros=2_000)}
    credit = Credit("c", 1, "boots", begins - 1, begins + 1, "Wrong page.", first.timestamp(), hours, "EUR")
    RedisCreditStore(services.client).add("courier", lambda _: credit)
    told = stated(web, ads, "acme").json
    assert [(one["impressions"], one["amount"]) for one in told["credits"]] == [(1, "0.002")]
    assert (told["totals"]["credited"], told["totals"]["due"]) == ("0.002", "0.018")


def test_a_statement_is_final_when_no_event_may_come_any_more_and_all_are_added_up(
    web: FlaskClient, services: Services, ads: Headers, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events of a journal are taken for 26 hours after the month; one that waits for the worker keeps it open, and so
    does one that was set aside unread.
    """
    ends = datetime.now(ZoneInfo(ZONE)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = (ends + timedelta(days=32)).replace(day=1)
    settled = ends + timedelta(hours=26)
    now, reached = settled.timestamp(), math.inf
    monkeypatch.setattr(services.ads.statements, "_clock", lambda: now)
    monkeypatch.setattr(services.ads.statements, "_added_up_to", lambda _: reached)
    month = f"{ends - timedelta(days=1):%Y-%m}"

    def told() -> tuple[bool, datetime]:
        found = services.ads.statements.of_month(services.sites.get("courier"), "acme", month)
        return found.is_final, datetime.fromisoformat(found.final_from)

    assert told() == (True, settled)
    now -= 1
    assert told() == (False, settled)
    now, reached = now + 100, settled.timestamp() - 1
    assert told() == (False, settled)

    reached = math.inf
    for at, is_final in ((settled.timestamp(), True), (settled.timestamp() - 1, False)):
        services.client.xadd(POISONED.name(site="courier"), {"id": f"{int(at)}000-0", "reason": "form 9", "e": b""})
        assert told() == (is_final, settled)
    assert services.unreadable_events.drop("courier") == 2
    assert told() == (True, settled)


def test_a_statement_as_a_workbook_has_its_credits_beside_it(
    web: FlaskClient, ads: Headers, credited: dict[str, Any]
) -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stated(web, ads, "acme", "&format=xlsx").data))
    [head, row], [heads, given] = (book.get_sheet_by_name(name).to_python() for name in ("report", "credits"))
    told = dict(zip(head, row, strict=True))
    assert [told[name] for name in ("advertiser_id", "flight_id", "spend", "credited", "due")] == [
        "acme", "boots", 0.02, 0.02, 0.0,
    ]  # fmt: skip
    shown = dict(zip(heads, given, strict=True))
    assert (shown["id"], shown["amount"], shown["reason"]) == (credited["id"], 0.02, "Beside a disaster.")


@pytest.fixture
def run(redis_url: str, tmp_path: Path) -> Callable[..., Result]:
    """Runs `standfirst ads ... --site courier`."""

    def call(*words: str) -> Result:
        shared = ("--site", "courier", "--redis-url", redis_url, "--data-dir", str(tmp_path))
        return CliRunner().invoke(main, ["ads", *words, *shared])

    return call


def test_the_command_states_and_credits(
    services: Services, run: Callable[..., Result], delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = int(services.clock() // HOUR_S + 1) * HOUR_S
    begins, ends = (f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H}" for at in (end - HOUR_S, end))
    asked = ("credit", "boots", "--from", begins, "--to", ends, "--reason", "Wrong page.")
    early = run(*asked)
    assert early.exit_code == 1
    assert "is not over yet" in early.stderr
    monkeypatch.setattr("service.usecases.ads.reports.give_credit._faults", lambda *_: [])
    given = run(*asked, "--json")
    assert (given.exit_code, json.loads(given.stdout)["amount"]) == (0, "0.02")
    back = run("uncredit", json.loads(given.stdout)["id"], "--reason", "Right page.")
    assert back.exit_code == 0
    assert f"which reverses {json.loads(given.stdout)['id']}" in back.stdout
    assert run(*asked).exit_code == 0
    month = f"{datetime.now(ZoneInfo(ZONE)):%Y-%m}"
    shown = run("statement", "--advertiser", "acme", "--month", month)
    assert shown.exit_code == 0
    assert "boots" in shown.stdout
    assert "Wrong page." in shown.stdout
    assert "books" not in shown.stdout
    assert "Not final" in shown.stdout
    table = run("statement", "--advertiser", "acme", "--month", month, "--format", "csv")
    assert next(csv.DictReader(io.StringIO(table.stdout)))["due"] == "0.00"
    whole = run("report")
    assert "0.02 EUR, 0.05 USD" in whole.stdout
    heads = whole.stdout.splitlines()[0].split()
    assert {"credited", "due"} < set(heads)
    assert "unbilled_impressions" not in heads


def test_a_report_that_cannot_be_written_says_so_and_leaves_what_stood_there(
    services: Services, run: Callable[..., Result], delivered: None, tmp_path: Path
) -> None:
    for place, reason in ((tmp_path / "nowhere" / "x.csv", "No such file"), (Path("/dev/full"), "No space left")):
        refused = run("report", "--format", "csv", "--output", str(place))
        assert refused.exit_code == 1
        assert f"{place}: cannot be written: {reason}" in refused.stderr
    file = tmp_path / "report.csv"
    file.write_text("of yesterday")
    assert run("report", "--format", "csv", "--output", str(file)).exit_code == 0
    assert file.read_text().startswith("flight_id,")
    assert [path.name for path in tmp_path.glob(".report*")] == []
