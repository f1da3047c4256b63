"""Inventory over HTTP one entity at a time: put, changed as a whole, refused, and never moved nor revived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.domain.sites.site import Site
from service.services import Services
from service.web.api.ads.entity_bodies import AdvertiserBody, CampaignBody, CreativeBody, FlightBody

pytestmark = pytest.mark.redis

NATIVE = {"advertiser": "acme", "format": "native", "headline": "Cars", "landing_url": "https://acme.example/cars"}
FLIGHT = {
    "campaign": "spring", "placements": ["sidebar"], "price": "2.00", "price_model": "cpm", "lifetime_cap": 40.5,
    "sections": ["World", "City"], "days": ["mon", "fri"], "hours": "8-10", "starts_at": "2026-03-01",
    "ends_at": "2026-03-31", "creatives": [{"id": "k1", "weight": 2}],
}  # fmt: skip
SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,lifetime_cap,daily_cap
acme,spring,f1,sidebar,k1,native,Cars,https://acme.example/cars,price,2.00,40.50,10
acme,spring,f1,sidebar,k2,native,Vans,https://acme.example/vans,price,2.00,40.50,10
"""
Send = Callable[..., Any]


@pytest.fixture
def send(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]) -> Send:
    services.sites.put(Site("courier", timezone="Europe/Berlin"))
    headers = bearer("ads", site="courier")

    def call(method: str, path: str, **sent: Any) -> Any:
        return web.open(f"/v1/{path}", method=method, headers=headers, **sent)

    return call


@pytest.fixture
def booked(send: Send) -> Send:
    """An advertiser with a campaign, a creative and a flight, each put by itself."""
    for path, body in (("advertisers/acme", {"name": "Acme"}), ("campaigns/spring", {"advertiser": "acme"}),
                       ("creatives/k1", NATIVE), ("flights/f1", FLIGHT)):  # fmt: skip
        assert send("PUT", path, json=body).status_code == 201, path
    return send


def faults(answer: Any) -> dict[str, str]:
    """The messages of a refusal by path."""
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json"), answer.data
    return {fault["path"]: fault["message"] for fault in answer.json["errors"]}


def test_a_flight_is_booked_piece_by_piece(booked: Send) -> None:
    flight = booked("GET", "flights/f1").json
    assert (flight["advertiser"], flight["status"], flight["tier"]) == ("acme", "active", "price")
    assert (flight["lifetime_cap"], flight["sections"], flight["hours"]) == ("40.50", ["world", "city"], [8, 9])
    assert (flight["starts_at"], flight["ends_at"]) == ("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00")
    assert flight["creatives"] == [{"id": "k1", "weight": 2}]


@pytest.mark.parametrize("path", ["advertisers/acme", "campaigns/spring", "creatives/k1", "flights/f1"])
def test_what_was_read_is_put_back_without_a_change(booked: Send, path: str) -> None:
    read = booked("GET", path)
    again = booked("PUT", path, json=read.json)
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, read.json, read.headers["ETag"])


def test_what_a_sheet_loaded_is_read_and_put_in_the_same_words(send: Send) -> None:
    assert send("POST", "inventory?mode=apply", data=SHEET, content_type="text/csv").status_code == 200
    for path in ("advertisers/acme", "campaigns/spring", "creatives/k2", "flights/f1"):
        assert send("PUT", path, json=send("GET", path).json).status_code == 200
    plan = send("POST", "inventory?mode=plan", data=SHEET, content_type="text/csv").json
    assert (plan["create"], plan["update"], len(plan["unchanged"])) == ([], [], 5)


def test_a_flight_is_replaced_as_a_whole_but_for_its_status(booked: Send) -> None:
    booked("PUT", "creatives/k2", json={**NATIVE, "headline": "Vans"})
    booked("POST", "flights/f1/pause")
    lean = {"campaign": "spring", "placements": "sidebar|article-foot", "price": 3, "creatives": [{"id": "k2"}]}
    flight = booked("PUT", "flights/f1", json=lean).json
    assert (flight["status"], flight["price"], flight["lifetime_cap"], flight["sections"]) == (
        "paused",
        "3.00",
        None,
        [],
    )
    assert (flight["placements"], flight["creatives"]) == (["sidebar", "article-foot"], [{"id": "k2", "weight": 1}])
    assert booked("PUT", "flights/f1", json={**lean, "status": "active"}).json["status"] == "active"


def test_every_fault_is_named_by_its_field(booked: Send) -> None:
    assert set(faults(booked("PUT", "flights/f1", json={**FLIGHT, "goal": True, "bogus": 1}))) == {"goal", "bogus"}
    wrong = {"price": "-1", "timezone": "Mars/One", "placements": ["nowhere"], "goal": 0}
    told = faults(booked("PUT", "flights/f1", json=FLIGHT | wrong))
    assert set(told) == {"price", "timezone", "placements", "goal"}
    assert told["price"] == "must not be negative"
    assert set(faults(booked("PUT", "creatives/k9", json={"advertiser": "acme"}))) == {"format"}
    assert set(faults(booked("PUT", "creatives/k9", json={**NATIVE, "landing_url": "javascript:1"}))) == {"landing_url"}
    assert set(faults(booked("PUT", "advertisers/a%20b", json={}))) == {"id"}
    assert set(faults(booked("PUT", "advertisers/acme", json={"id": "other"}))) == {"id"}


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("campaigns/c", {"advertiser": "nobody"}, {"advertiser": "there is no advertiser 'nobody'; put it first"}),
        ("campaigns/c", {}, {"advertiser": "is required"}),
        ("creatives/k", {**NATIVE, "advertiser": "nobody"},
         {"advertiser": "there is no advertiser 'nobody'; put it first"}),
        ("flights/f", {**FLIGHT, "campaign": "none"}, {"campaign": "there is no campaign 'none'; put it first"}),
        ("flights/f", {**FLIGHT, "creatives": []}, {"creatives": "names none; name at least one that is there"}),
        ("flights/f", {**FLIGHT, "creatives": [{"id": "k7"}]},
         {"creatives": "there is no creative 'k7'; put it first"}),
        ("flights/f", {**FLIGHT, "advertiser": "rival"},
         {"advertiser": "the campaign 'spring' belongs to the advertiser 'acme'",
          "creatives": "the creative 'k1' belongs to the advertiser 'acme'"}),
        ("creatives/k1", {**NATIVE, "advertiser": "rival"},
         {"advertiser": "the creative 'k1' belongs to the advertiser 'acme'"}),
        ("creatives/k", {**NATIVE, "image_url": f"/images/courier/{'0' * 64}.png"},
         {"image_url": "is not among the site's images; upload it first"}),
        ("advertisers/acme", {"daily_cap": 5, "cap_unit": "clicks"},
         {"cap_unit": "the caps of the advertiser 'acme' must count money, as its flight 'f1'"}),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_refused(
    booked: Send, path: str, body: dict[str, Any], fault: dict[str, str]
) -> None:
    booked("PUT", "advertisers/rival", json={})
    before = booked("GET", path)
    assert faults(booked("PUT", path, json=body)) == fault
    assert booked("GET", path).json == before.json or before.status_code == 404


def test_caps_of_a_flight_count_as_its_campaigns_do(booked: Send) -> None:
    booked("PUT", "campaigns/spring", json={"advertiser": "acme", "lifetime_cap": "90"})
    told = faults(booked("PUT", "flights/f1", json={**FLIGHT, "cap_unit": "views", "lifetime_cap": 10}))
    assert told == {"cap_unit": "the caps of the campaign 'spring' count money; caps of its flights count the same"}


def test_a_list_is_filtered_and_an_unknown_status_is_no_filter(booked: Send) -> None:
    booked("POST", "flights/f1/pause")
    for query, found in (("status=paused", ["f1"]), ("status=active", []), ("campaign=spring", ["f1"])):
        assert [one["id"] for one in booked("GET", f"flights?{query}").json["items"]] == found
    assert set(faults(booked("GET", "flights?status=weird"))) == {"?status"}


def test_a_killed_creative_is_never_revived(booked: Send) -> None:
    assert booked("PUT", "creatives/k1", json={**NATIVE, "status": "killed"}).json["status"] == "killed"
    assert booked("PUT", "creatives/k1", json={**NATIVE, "headline": "Again"}).json["status"] == "killed"
    told = faults(booked("PUT", "creatives/k1", json={**NATIVE, "status": "active"}))
    assert told == {"status": "is killed for good; make another creative in its place"}


def test_bodies_have_the_fields_that_are_answered(booked: Send) -> None:
    bodies = {"advertisers/acme": AdvertiserBody, "campaigns/spring": CampaignBody, "creatives/k1": CreativeBody,
              "flights/f1": FlightBody}  # fmt: skip
    for path, body in bodies.items():
        assert set(body.model_fields) == set(booked("GET", path).json), path


def test_what_is_in_use_is_not_forgotten_and_who_uses_it_is_named(booked: Send) -> None:
    for path, user in (("advertisers/acme", "campaign 'spring'"), ("campaigns/spring", "flight 'f1'"),
                       ("creatives/k1", "flight 'f1'")):  # fmt: skip
        refused = booked("DELETE", path)
        assert refused.status_code == 409, path
        assert f"in use by the {user}" in refused.json["detail"]
    for path in ("flights/f1", "campaigns/spring", "creatives/k1", "advertisers/acme"):
        assert booked("DELETE", path).status_code == 204, path
    assert booked("DELETE", "placements/sidebar").status_code == 409


def test_caps_that_an_owner_begins_to_have_suit_the_flights_that_it_has(booked: Send) -> None:
    other = {"advertiser": "acme", "cap_unit": "clicks", "daily_cap": "10"}
    assert "cap_unit" in faults(booked("PUT", "campaigns/spring", json=other))
    assert booked("PUT", "campaigns/spring", json={"advertiser": "acme", "daily_cap": "10"}).status_code == 200
    assert booked("PUT", "campaigns/spring", json={"advertiser": "acme", "daily_cap": "12"}).status_code == 200
    assert "cap_unit" in faults(booked("PUT", "campaigns/spring", json=other))


def test_a_long_list_is_answered_a_part_at_a_time_whatever_is_left_out(booked: Send) -> None:
    for number in range(3):
        booked("PUT", f"flights/g{number}", json=FLIGHT)
    booked("POST", "flights/g1/pause")
    first = booked("GET", "flights?status=active&limit=2").json
    rest = booked("GET", f"flights?status=active&limit=2&cursor={first['cursor']}").json
    assert [one["id"] for one in (*first["items"], *rest["items"])] == ["f1", "g0", "g2"]
    assert rest["cursor"] is None
