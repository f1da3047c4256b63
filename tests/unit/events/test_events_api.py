"""Events over HTTP: what counts, what is only gross, and that senders cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
import redis as redis_client
from flask.testing import FlaskClient

from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.app import create_app
from service.domain.ads.slot import SlotRequest
from service.domain.engagement.teaser_events import day_of
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.fill_slots import FilledSlot
from service.usecases.ads.delivery.limit_reservations import NETWORK, TOO_MANY
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.events.judge_events import READER_ARTICLE_READS
from service.usecases.upkeep import Upkeep
from service.web.arrival import client_address

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,lifetime_cap,pacing
acme,spring,paid,sidebar,k1,native,Cars,https://acme.example/cars,price,2.00,1.00,asap
courier,own,house,sidebar,k2,native,Subscribe,https://courier.example/subscribe,house,,,asap
"""
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0"
Headers = dict[str, str]


@pytest.fixture(autouse=True)
def courier(services: Services) -> None:
    services.sites.put(Site("courier", origins=("https://courier.example",)))


@pytest.fixture
def ads(bearer: Callable[..., Headers]) -> Headers:
    return bearer("ads", "reports", "render", site="courier")


@pytest.fixture(autouse=True)
def loaded(web: FlaskClient, ads: Headers, services: Services) -> None:
    assert web.post("/v1/inventory?mode=apply", data=SHEET, content_type="text/csv", headers=ads).status_code == 200
    services.ads.snapshots.refresh("courier")


def fill(services: Services, page_view: str = "v") -> FilledSlot:
    """Fills one slot of the sidebar."""
    request = SlotsRequest(Site("courier"), page_view, (SlotRequest("top", "sidebar"),))
    slot = services.ads.slots.fill(request, services.clock()).slots["top"]
    assert slot is not None
    return slot


def token(url: str) -> str:
    """The token at the end of an event's address."""
    return url.rsplit("/", 1)[1]


def report(web: FlaskClient, ads: Headers) -> dict[str, Any]:
    """The delivery of the paid flight."""
    rows = web.get("/v1/reports/delivery?by=flight", headers=ads).json["rows"]
    found: dict[str, Any] = next(row for row in rows if row["flight_id"] == "paid")
    return found


def test_a_crawler_is_answered_like_a_reader_counted_and_not_billed(
    web: FlaskClient, services: Services, ads: Headers
) -> None:
    slot = fill(services)
    crawled = web.get(slot.impression_url, headers={"User-Agent": GOOGLEBOT})
    row = report(web, ads)
    assert (row["gross_impressions"], row["net_impressions"], row["spend"]) == (1, 0, "0.00")
    assert row["invalid"] == {"bot": 1}
    read = web.get(slot.impression_url, headers={"User-Agent": FIREFOX})
    assert (crawled.status_code, crawled.data, crawled.content_type) == (read.status_code, read.data, read.content_type)
    row = report(web, ads)
    assert (row["gross_impressions"], row["net_impressions"], row["spend"]) == (2, 1, "0.002")


def test_a_view_that_its_beacon_denies_is_not_counted_as_one(
    web: FlaskClient, services: Services, ads: Headers
) -> None:
    slot = fill(services)
    claims = [{"visible_ms": 400}, {"visible_ratio": 0.3}, {"focused": False}, {"visible_ms": 1_200, "focused": True}]
    batch = {"events": [{"token": token(slot.view_url), **claim} for claim in claims]}
    assert web.post("/v1/events", json=batch, headers=ads).json["outcomes"] == {"invalid": 3, "counted": 1}
    row = report(web, ads)
    assert (row["views"], row["invalid"]) == (1, {"not-seen": 3})


def test_a_token_counts_at_the_address_of_its_own_kind_alone(
    web: FlaskClient, services: Services, ads: Headers
) -> None:
    slot = fill(services)
    for path, swapped in (("/v/", slot.impression_url), ("/i/", slot.view_url), ("/i/", slot.click_url)):
        assert web.get(path + token(swapped)).status_code == 200
    assert web.get("/c/" + token(slot.impression_url)).status_code == 404
    row = report(web, ads)
    assert (row["gross_impressions"], row["views"], row["clicks"], row["invalid"]) == (0, 0, 0, {})


def test_a_batch_takes_one_round_trip_and_keeps_its_order(
    web: FlaskClient, services: Services, redis: redis_client.Redis, ads: Headers
) -> None:
    slots = [fill(services, f"v{number}") for number in range(20)]
    web.get(slots[0].impression_url)
    tokens = [token(url) for slot in slots[1:] for url in (slot.click_url, slot.impression_url, slot.click_url)]
    before = redis.info("stats")["total_reads_processed"]
    batch = {"events": [{"token": one} for one in tokens]}
    outcomes = web.post("/v1/events", json=batch, headers=ads).json["outcomes"]
    assert outcomes == {"billed": 19, "replay": 38}
    reads = redis.info("stats")["total_reads_processed"] - before
    assert reads <= 1 + len(tokens) // 20


def test_a_batch_survives_a_store_that_forgot_the_ledgers_functions(
    web: FlaskClient, services: Services, redis: redis_client.Redis, ads: Headers
) -> None:
    slots = [fill(services, f"v{number}") for number in range(3)]
    redis.function_flush()
    batch = {"events": [{"token": token(slot.impression_url)} for slot in slots]}
    assert web.post("/v1/events", json=batch, headers=ads).json["outcomes"] == {"billed": 3}


@pytest.mark.parametrize(
    ("beacons", "status", "told"),
    [
        (101, 400, "has 101 entries; 100 at most"),
        (10_000, 400, "has 10000 entries; 100 at most"),
        (30_000, 413, "larger than the 1000000 bytes"),
    ],
)
def test_a_batch_that_is_too_large_is_refused_whole(
    web: FlaskClient, services: Services, ads: Headers, beacons: int, status: int, told: str
) -> None:
    batch = orjson.dumps({"events": [{"token": token(fill(services).impression_url)}] * beacons})
    answer = web.post("/v1/events", data=batch, content_type="text/plain")
    assert answer.status_code == status
    assert told in answer.text
    assert report(web, ads)["gross_impressions"] == 0


def test_a_flood_from_one_network_is_answered_alike_counted_and_not_billed(
    web: FlaskClient, services: Services, ads: Headers
) -> None:
    slots = [fill(services, f"v{number}") for number in range(20)]
    batch = {"events": [{"token": token(slot.click_url)} for slot in slots]}
    answer = web.post(
        "/v1/events", json=batch, environ_base={"REMOTE_ADDR": "8.8.8.8"}, headers={"User-Agent": FIREFOX}
    )
    assert answer.json == {"taken": 20, "refused": 0}
    row = report(web, ads)
    assert (row["clicks"], row["invalid"]) == (5, {"flood": 15})
    web.post("/v1/events", json=batch, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    row = report(web, ads)
    assert (row["clicks"], row["invalid"]) == (20, {"flood": 15, "replay": 5})


def test_a_browser_is_not_told_what_became_of_its_events(web: FlaskClient, services: Services, ads: Headers) -> None:
    slot = fill(services)
    batch = {"events": [{"token": token(slot.impression_url)}]}
    agents = (GOOGLEBOT, FIREFOX, FIREFOX)
    told = [web.post("/v1/events", json=batch, headers=AT_COURIER | {"User-Agent": agent}) for agent in agents]
    assert [answer.json for answer in told] == [{"taken": 1, "refused": 0}] * 3
    row = report(web, ads)
    assert (row["net_impressions"], row["invalid"]) == (1, {"bot": 1, "replay": 1})


def test_a_renderers_events_are_judged_by_what_it_tells_of_its_reader(
    web: FlaskClient, services: Services, ads: Headers
) -> None:
    slots = [fill(services, f"v{number}") for number in range(24)]
    clicks = [{"token": token(slot.click_url)} for slot in slots]
    here = {"environ_base": {"REMOTE_ADDR": "8.8.8.8"}, "headers": ads | {"User-Agent": GOOGLEBOT}}

    def outcomes(events: list[dict[str, str]], reader: dict[str, str] | None) -> dict[str, int]:
        told: dict[str, int] = web.post("/v1/events", json={"events": events, "reader": reader}, **here).json[
            "outcomes"
        ]
        return told

    assert outcomes(clicks[:10], None) == {"billed": 10}
    assert outcomes(clicks[10:18], {"user_agent": FIREFOX, "address": "9.9.9.9"}) == {"billed": 5, "invalid": 3}
    assert outcomes(clicks[18:], {"user_agent": GOOGLEBOT}) == {"invalid": 6}
    assert report(web, ads)["invalid"] == {"flood": 3, "bot": 6}


@pytest.mark.parametrize(
    ("reader", "flight"),
    [({"user_agent": GOOGLEBOT}, "house"), ({"user_agent": FIREFOX}, "paid"), ({}, "paid")],
)
def test_a_renderer_that_tells_of_a_crawler_reserves_nothing(
    web: FlaskClient, ads: Headers, reader: dict[str, str], flight: str
) -> None:
    asked = {"site": "courier", "slots": [{"id": "top", "placement": "sidebar"}], "reader": reader}
    answer = web.post("/v1/page", json=asked, headers={**ads, "User-Agent": GOOGLEBOT})
    assert (answer.json["slots"]["top"]["flight_id"], answer.json["warnings"]) == (flight, [])


def test_a_crawler_that_runs_the_pages_script_reserves_nothing(web: FlaskClient) -> None:
    asked = {"site": "courier", "slots": [{"id": "top", "placement": "sidebar"}]}
    flights = [
        web.post("/v1/page", json=asked, headers={"Origin": "https://courier.example", "User-Agent": agent}).json[
            "slots"
        ]["top"]["flight_id"]
        for agent in (GOOGLEBOT, FIREFOX)
    ]
    assert flights == ["house", "paid"]


def test_the_readers_network_is_the_one_that_trusted_proxies_saw(services: Services, ads: Headers) -> None:
    behind_one = replace(services, config=services.config.model_copy(update={"proxies": 1}))
    web = create_app(behind_one).test_client()
    slots = [fill(services, f"v{number}") for number in range(12)]
    batch = {"events": [{"token": token(slot.click_url)} for slot in slots]}
    forged = {"X-Forwarded-For": "1.1.1.1, 8.8.8.8", "User-Agent": FIREFOX}
    web.post("/v1/events", json=batch, headers=forged)
    assert report(web, ads)["invalid"] == {"flood": 7}
    other = {"X-Forwarded-For": "8.8.8.8, 9.9.9.9", "User-Agent": FIREFOX}
    rest = {"events": batch["events"][-5:]}
    web.post("/v1/events", json=rest, headers=other)
    row = report(web, ads)
    assert (row["clicks"], row["invalid"]) == (10, {"flood": 7})


@pytest.mark.parametrize(
    ("seen", "address"),
    [
        ("1.1.1.1, 8.8.8.8", "8.8.8.8"),
        ("8.8.8.8:4711", "8.8.8.8"),
        ("2a00:1450::1", "2a00:1450::1"),
        ("[2a00:1450::1]:4711", "2a00:1450::1"),
        ("[2a00:1450::1]", "2a00:1450::1"),
        ("", ""),
    ],
)
def test_an_address_is_read_with_and_without_a_port(seen: str, address: str) -> None:
    assert client_address({"HTTP_X_FORWARDED_FOR": seen}, proxies=1) == address


ARTICLES = {
    f"a-{number}": {"url": f"https://courier.example/{number}", "title": f"Ceasefire talks, day {number}",
     "text": "The summit met again over a ceasefire.", "published_at": "2026-11-01T10:00:00+00:00"}
    for number in range(4)
}  # fmt: skip
AT_COURIER = {"Origin": "https://courier.example"}


@pytest.fixture
def published(web: FlaskClient, bearer: Callable[..., Headers], services: Services) -> None:
    """Four articles, taken up by this process."""
    for name, article in ARTICLES.items():
        put = web.put(f"/v1/articles/{name}", json=article, headers=bearer("content", site="courier"))
        assert put.status_code == 201
    services.snapshots.look_around()


def write_tallies(services: Services) -> None:
    """Writes down what this process has counted, as it does every few seconds."""
    for work in services.background:
        if isinstance(work, Upkeep):
            work.write_down()


def counted_today(services: Services) -> dict[tuple[str, str, int, str, str], int]:
    """What is counted of teasers on the day, by act, widget, position, model and variant."""
    write_tallies(services)
    [counts] = RedisTeaserCounter(services.client).days("courier", [day_of(services.clock())])
    return {(act, at.widget, at.position, at.model, at.variant): count for (act, at), count in counts.items()}


@pytest.fixture
def teaser(web: FlaskClient, ads: Headers, published: None) -> dict[str, Any]:
    """A teaser that a page call gave."""
    asked = {"site": "courier", "widgets": [{"id": "w", "kind": "must-read"}]}
    items = web.post("/v1/page", json=asked, headers=ads).json["widgets"]["w"]["items"]
    found: dict[str, Any] = items[0]
    return found


def test_what_is_done_with_a_teaser_is_counted_by_the_place_that_its_beacon_tells(
    web: FlaskClient, services: Services, ads: Headers, teaser: dict[str, Any]
) -> None:
    place = {"widget": "must-read", "position": 1, "model": "m-1", "variant": "b"}
    told = {"token": token(teaser["click_url"]), **place, "unknown": "field"}
    events = [{**told, "kind": "impression"}] * 3 + [{**told, "kind": "view"}, {**told, "kind": "click"}]
    events += [{**told, "kind": "view", "visible_ms": 10}, {**told, "position": 51}]
    answer = web.post("/v1/events", data=orjson.dumps({"events": events}), content_type="text/plain", headers=ads)
    assert answer.json["outcomes"] == {"counted": 5, "invalid": 1, "refused": 1}
    assert counted_today(services) == {
        ("impression", "must-read", 1, "m-1", "b"): 3,
        ("view", "must-read", 1, "m-1", "b"): 1,
        ("click", "must-read", 1, "m-1", "b"): 1,
    }


def test_a_name_may_be_null_as_the_model_of_a_page_answer_is_before_a_site_has_one(
    web: FlaskClient, services: Services, ads: Headers, teaser: dict[str, Any]
) -> None:
    told = {"token": token(teaser["click_url"]), "widget": "must-read", "position": 1, "model": None, "variant": None}
    assert web.post("/v1/events", json={"events": [told]}, headers=ads).json["outcomes"] == {"counted": 1}
    assert counted_today(services) == {("impression", "must-read", 1, "", ""): 1}


def test_a_teasers_address_serves_many_readers_and_no_crawler(
    web: FlaskClient, services: Services, ads: Headers, teaser: dict[str, Any]
) -> None:
    batch = {"events": [{"token": token(teaser["click_url"]), "kind": "view"}]}
    assert [web.post("/v1/events", json=batch, headers=ads).json["outcomes"] for _ in range(2)] == [{"counted": 1}] * 2
    assert web.post("/v1/events", json=batch, headers={"User-Agent": GOOGLEBOT}).json == {"taken": 1, "refused": 0}
    assert web.post("/v1/events?site=herald", json=batch, headers=ads).json["outcomes"] == {"invalid": 1}
    assert sum(counted_today(services).values()) == 2


def test_reads_are_reported_from_the_sites_pages_and_of_its_articles_alone(
    web: FlaskClient, services: Services, ads: Headers, published: None
) -> None:
    read = {"events": [{"kind": "read", "article": "a-1", "dwell_ms": 42_000}, {"kind": "read", "article": "gone"}]}
    refused = [
        web.post(f"/v1/events{query}", json=read, headers=headers).json["refused"]
        for query, headers in (
            ("?site=courier", AT_COURIER),
            ("?site=courier", ads),
            ("?site=courier", {"Origin": "https://elsewhere.example"}),
            ("?site=nowhere", AT_COURIER),
            ("", AT_COURIER),
        )
    ]
    assert refused == [1, 1, 2, 2, 2]
    assert counted_today(services) == {("read", "", 0, "", ""): 2, ("dwell-ms", "", 0, "", ""): 84_000}


def test_an_opened_copy_of_a_cached_page_is_a_read_like_a_page_call(
    web: FlaskClient, services: Services, published: None
) -> None:
    opened = {"events": [{"kind": "page-view", "article": "a-1"}] * 3}
    assert web.post("/v1/events?site=courier", json=opened, headers=AT_COURIER).json["taken"] == 3
    assert counted_today(services) == {}
    assert sum(services.reads.recent("courier", services.clock(), 1).values()) == 3


def test_one_browser_cannot_make_an_article_the_most_read(
    web: FlaskClient, services: Services, published: None
) -> None:
    far = {"environ_base": {"REMOTE_ADDR": "8.8.8.8"}, "headers": AT_COURIER | {"User-Agent": FIREFOX}}
    opened = {"events": [{"kind": "page-view", "article": "a-1"}] * 100}
    assert web.post("/v1/events?site=courier", json=opened, **far).json == {"taken": 100, "refused": 0}
    write_tallies(services)
    assert sum(services.reads.recent("courier", services.clock(), 1).values()) == READER_ARTICLE_READS.most


def widgets_report(web: FlaskClient, ads: Headers, query: str) -> list[dict[str, Any]]:
    """The rows of a report on widgets."""
    answer = web.get(f"/v1/reports/widgets?{query}", headers=ads)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["rows"]
    return found


def test_editors_see_what_each_position_is_worth(
    web: FlaskClient, services: Services, ads: Headers, teaser: dict[str, Any]
) -> None:
    assert widgets_report(web, ads, "by=widget") == []
    told = {"token": token(teaser["click_url"]), "widget": "must-read", "model": "m-1", "variant": "control"}
    events = [{**told, "position": 1}] * 4 + [{**told, "position": 2}, {**told, "position": 1, "kind": "click"}]
    web.post("/v1/events", json={"events": events})
    read = {"events": [{"kind": "read", "article": teaser["article_id"], "dwell_ms": 30_000}]}
    web.post("/v1/events?site=courier", json=read, headers=AT_COURIER)
    write_tallies(services)
    assert widgets_report(web, ads, "") == [
        {"widget": "must-read", "position": 1, "impressions": 4, "views": 0, "clicks": 1, "ctr": 0.25},
        {"widget": "must-read", "position": 2, "impressions": 1, "views": 0, "clicks": 0, "ctr": 0.0},
    ]
    assert widgets_report(web, ads, "by=article") == [
        {"article_id": teaser["article_id"], "title": teaser["title"], "impressions": 5, "views": 0, "clicks": 1,
         "ctr": 0.2, "reads": 1, "mean_dwell_s": 30.0}
    ]  # fmt: skip
    [by_model] = widgets_report(web, ads, "by=model,variant")
    assert (by_model["model"], by_model["variant"], by_model["clicks"]) == ("m-1", "control", 1)
    sheet = web.get("/v1/reports/widgets?by=widget&format=csv", headers=ads)
    assert sheet.text.splitlines() == ["widget,impressions,views,clicks,ctr", "must-read,5,0,1,0.2"]
    for query in ("by=moon", "from=2026-02-01&to=2026-01-01", "from=2020-01-01", "format=pdf"):
        assert web.get(f"/v1/reports/widgets?{query}", headers=ads).status_code == 400


def test_one_network_cannot_tie_the_budgets_up(web: FlaskClient, services: Services, ads: Headers) -> None:
    far = {"environ_base": {"REMOTE_ADDR": "8.8.8.8"}, "headers": AT_COURIER | {"User-Agent": FIREFOX}}
    asked = {"site": "courier", "slots": [{"id": "top", "placement": "sidebar"}]}
    assert services.reservation_limits.admits("courier", None, "8.8.8.0/24", NETWORK.most - 1)
    flights = [web.post("/v1/page", json=asked, **far).json for _ in range(2)]
    assert [page["slots"]["top"]["flight_id"] for page in flights] == ["paid", "house"]
    assert [page["warnings"] for page in flights] == [[], [TOO_MANY]]
    elsewhere = web.post("/v1/page", json=asked, headers=ads).json
    assert (elsewhere["slots"]["top"]["flight_id"], elsewhere["warnings"]) == ("paid", [])
