"""Previews of creatives, alone and in a page: they look as they will, and nothing of them reserves, counts or bills."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

SHEET = """advertiser,advertiser_name,campaign,flight,placements,creative,format,width,height,headline,tag,landing_url,price,lifetime_cap,pacing,impression_trackers
acme,Acme,spring,f1,sidebar,cars,native,,,Cars,,https://acme.example/cars,2.00,0.002,asap,https://count.example/i
acme,Acme,spring,f1,sidebar,script,tag,300,250,,<a href="{click_url}">go</a>,https://acme.example/go,2.00,0.002,asap,
"""  # noqa: E501
Send = Callable[..., Any]


@pytest.fixture
def send(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]) -> Send:
    services.sites.put(Site("courier"))
    everything, render = bearer("ads", "render", "reports", site="courier"), bearer("render", site="courier")

    def call(method: str, path: str, *, may_ask: bool = True, **sent: Any) -> Any:
        return web.open(f"/v1/{path}", method=method, headers=everything if may_ask else render, **sent)

    assert call("POST", "inventory?mode=apply", data=SHEET, content_type="text/csv").status_code == 200
    services.ads.snapshots.refresh("courier")
    return call


def page(send: Send, *slots: dict[str, str], **asked: Any) -> Any:
    """A page call with these slots."""
    return send("POST", "page", json={"site": "courier", "page_view": "v", "slots": slots}, **asked)


def addresses_of_events(answer: Any) -> list[str]:
    """What of an answer could be called to count something."""
    return re.findall(r"/[civ]/[A-Za-z0-9_-]{20,}|https://count[^\"]*", answer.get_data(as_text=True))


def test_a_creative_looks_as_its_slot_will(send: Send) -> None:
    slot = page(send, {"id": "top", "placement": "sidebar"}).json["slots"]["top"]
    preview = send("GET", "creatives/cars/preview")
    assert (preview.status_code, preview.headers["Cache-Control"], preview.json["preview"]) == (200, "no-store", True)
    assert set(slot) == set(preview.json) - {"preview"}
    assert preview.json["creative"] == {**slot["creative"], "impression_trackers": []}
    assert (preview.json["label"], preview.json["advertiser"]) == (slot["label"], slot["advertiser"])
    assert preview.json["click_url"] == "https://acme.example/cars"


@pytest.mark.parametrize("creative", ["cars", "script"])
@pytest.mark.parametrize("form", ["json", "html"])
def test_a_preview_has_no_address_that_counts(send: Send, creative: str, form: str) -> None:
    preview = send("GET", f"creatives/{creative}/preview?format={form}")
    assert addresses_of_events(preview) == []
    assert "https://acme.example/" in preview.get_data(as_text=True)
    assert ("sf-ad-label" in preview.get_data(as_text=True)) is (form == "html")


@pytest.mark.parametrize("form", ["json", "html"])
def test_a_creative_that_a_page_names_reserves_nothing(send: Send, form: str) -> None:
    """The flight's money is for one impression; it is all there afterwards."""
    named = {"id": "top", "placement": "sidebar", "creative": "cars"}
    answer = send("POST", f"page?format={form}", json={"site": "courier", "slots": [named]})
    assert (answer.status_code, answer.json["warnings"]) == (200, [])
    assert "Cars" in str(answer.json["slots"]["top"])
    assert addresses_of_events(answer) == []
    assert page(send, {"id": "top", "placement": "sidebar"}).json["slots"]["top"]["flight_id"] == "f1"


def test_other_slots_of_the_page_are_filled_as_ever(send: Send) -> None:
    answer = page(send, {"id": "a", "placement": "sidebar", "creative": "script"}, {"id": "b", "placement": "sidebar"})
    slots = answer.json["slots"]
    assert (slots["a"]["preview"], "preview" in slots["b"], slots["b"]["flight_id"]) == (True, False, "f1")


def test_a_renderer_s_token_asks_for_no_creative(send: Send) -> None:
    answer = page(send, {"id": "top", "placement": "sidebar", "creative": "script"}, may_ask=False)
    [warning] = answer.json["warnings"]
    assert warning.startswith("slots[0].creative: needs a token with the scope 'ads'")
    assert answer.json["slots"]["top"]["creative"]["id"] == "cars"
    assert send("GET", "creatives/cars/preview", may_ask=False).status_code == 403


def test_what_is_not_there_or_killed_is_not_shown(send: Send) -> None:
    send("POST", "creatives/script/kill")
    assert send("GET", "creatives/none/preview").status_code == 404
    assert send("GET", "creatives/script/preview").status_code == 409
    refused = page(send, *({"id": name, "placement": "sidebar", "creative": name} for name in ("none", "script")))
    assert refused.status_code == 400
    assert [fault["path"] for fault in refused.json["errors"]] == ["slots[0].creative", "slots[1].creative"]
