"""Trackers and scripts of others: what a sheet may hold, where a script runs, and where a click goes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from service.domain.ads.inventory import Creative
from service.domain.ads.third_party import followed_url, tag_frame
from service.domain.sheet.export import exported_rows
from service.domain.sheet.reading.cells import SheetRow
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.loading.load_inventory import LoadInventory
from tests.makers.memory_inventory import MemoryInventoryStore

SITE = Site("courier")
TAG = '<script src="https://acme.example/ad.js?{cachebuster}"></script><a href="{click_url}">"go" & </iframe> on</a>'
ROW = {
    "advertiser": "acme", "campaign": "spring", "flight": "f", "placements": "sidebar", "creative": "k",
    "format": "tag", "width": "300", "height": "250", "tag": TAG, "tier": "house",
    "landing_url": "https://acme.example/?a=1&b=2",
    "impression_trackers": "https://one.example/i?r={cachebuster}|https://two.example/i",
    "click_tracker": "https://one.example/c?to={landing_url}&r={cachebuster}",
}  # fmt: skip


def plan(**cells: str) -> list[tuple[str, str]]:
    """The faults of a sheet of one row."""
    load = LoadInventory(MemoryInventoryStore(), lambda: "plan")
    found = load.plan(SITE, [SheetRow(2, {**ROW, **cells})]).faults
    return [(fault.column, fault.message) for fault in found]


def test_the_columns_load_and_export_as_unchanged() -> None:
    store = MemoryInventoryStore()
    load = LoadInventory(store, lambda: "plan")
    load.apply(SITE, [SheetRow(2, ROW)])
    creative = store.load("courier").creatives["k"]
    assert (creative.tag, len(creative.impression_trackers)) == (TAG, 2)
    again = load.plan(SITE, [SheetRow(2, dict(row)) for row in exported_rows(store.load("courier"))])
    assert (again.faults, again.summary["update"]) == ((), [])


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("impression_trackers", "http://one.example/i", "https://"),
        ("impression_trackers", "https://one.example/i|https://10.0.0.1/i", "private"),
        ("impression_trackers", "javascript:alert(1)", "https://"),
        ("impression_trackers", "https://printer.local/i", "private"),
        ("click_tracker", "https://one.example/c", "{landing_url}"),
        ("click_tracker", "http://one.example/c?{landing_url}", "https://"),
        ("click_tracker", "https://169.254.169.254/?{landing_url}", "private"),
        ("click_tracker", "{landing_url}", "https://"),
        ("click_tracker", "https://{landing_url}/", "private"),
        ("tag", "", "required"),
        ("tag", "x" * 200_001, "characters"),
        ("width", "", "required"),
    ],
)  # fmt: skip
def test_what_may_not_be_is_named(column: str, cell: str, message: str) -> None:
    faults = plan(**{column: cell})
    assert [name for name, _ in faults] == [column]
    assert message in faults[0][1]


def test_a_click_goes_through_the_tracker_and_on_to_its_landing_address() -> None:
    creative = Creative("k", "a", "tag", ROW["landing_url"], click_tracker=ROW["click_tracker"])
    told = followed_url(creative, "7", third_parties=True)
    assert told == "https://one.example/c?to=https%3A%2F%2Facme.example%2F%3Fa%3D1%26b%3D2&r=7"
    assert followed_url(replace(creative, click_tracker=""), "7", third_parties=True) == ROW["landing_url"]
    assert followed_url(creative, "7", third_parties=False) == ROW["landing_url"]


def test_a_script_stands_in_a_sandboxed_frame_whatever_it_holds() -> None:
    creative = Creative("k", "a", "tag", ROW["landing_url"], width=300, height=250, tag=TAG)
    page = HTMLParser(f"<body>{tag_frame(creative, 'https://ads.example/c/t', '7')}</body>")
    assert [node.tag for node in page.body.iter()] == ["iframe"]
    frame = page.css_first("iframe")
    sandbox = set((frame.attributes["sandbox"] or "").split())
    assert "allow-scripts" in sandbox
    assert sandbox.isdisjoint({"allow-same-origin", "allow-top-navigation", "allow-forms", "allow-modals"})
    inside = frame.attributes["srcdoc"] or ""
    assert '<a href="https://ads.example/c/t">"go" & </iframe> on</a>' in inside
    assert "ad.js?7" in inside
    assert page.css_first("script") is None


@pytest.mark.redis
def test_a_page_shows_a_script_only_where_the_placement_names_it(
    web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]
) -> None:
    services.sites.put(replace(SITE, consent_default="granted"))
    headers = bearer("render", "ads", site="courier")
    sheet = {"rows": [ROW]}
    loaded = web.post("/v1/inventory?mode=apply", json=sheet["rows"], headers=headers)
    assert loaded.status_code == 200, loaded.json

    def shown(form: str = "json") -> Any:
        services.ads.snapshots.refresh("courier")
        asked = {"slots": [{"id": "a", "placement": "sidebar"}], "page_view": "v"}
        return web.post(f"/v1/page?format={form}", json=asked, headers=headers).json["slots"]["a"]

    assert shown() is None
    formats = {"sizes": [[300, 250]], "formats": ["image", "tag"]}
    assert web.put("/v1/placements/sidebar", json=formats, headers=headers).status_code == 200
    slot = shown()
    one, two = slot["creative"]["impression_trackers"]
    assert (one.rpartition("=")[2].isdigit(), two) == (True, "https://two.example/i")
    assert slot["creative"]["html"].startswith("<iframe ")
    page = HTMLParser(shown("html"))
    assert page.css_first("script") is None
    assert slot["click_url"] in (page.css_first("iframe").attributes["srcdoc"] or "")
    assert {one, two} <= {node.attributes["src"] for node in page.css("img")}
    followed = web.get(slot["click_url"].removeprefix("http://localhost"))
    assert followed.status_code == 302
    assert followed.headers["Location"].startswith("https://one.example/c?to=https%3A%2F%2Facme.example%2F")


@pytest.mark.redis
@pytest.mark.parametrize(
    ("consent", "allowed"), [({}, True), ({"gpc": True}, False), ({"tcf": "no consent string"}, False)]
)
def test_others_count_follow_and_run_scripts_only_where_the_reader_lets_them(
    web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]], consent: dict[str, Any], allowed: bool
) -> None:
    services.sites.put(replace(SITE, consent_default="granted"))
    headers = bearer("render", "ads", "reports", site="courier")
    native = {
        **ROW,
        "flight": "plain",
        "creative": "n",
        "format": "native",
        "headline": "Boats",
        "placements": "article-foot",
    }
    for cell in ("tag", "width", "height"):
        native.pop(cell, None)
    assert web.post("/v1/inventory?mode=apply", json=[ROW, native], headers=headers).status_code == 200
    formats = {"sizes": [[300, 250]], "formats": ["image", "tag"]}
    assert web.put("/v1/placements/sidebar", json=formats, headers=headers).status_code == 200
    services.ads.snapshots.refresh("courier")
    slots = [{"id": "script", "placement": "sidebar"}, {"id": "plain", "placement": "article-foot"}]
    asked = {"slots": slots, "page_view": "v", "reader": {"consent": consent}, "explain": True}
    answer = web.post("/v1/page", json=asked, headers=headers).json
    assert (answer["slots"]["script"] is not None) is allowed
    assert bool(answer["slots"]["plain"]["creative"]["impression_trackers"]) is allowed
    told = {one["flight_id"]: one["outcome"] for one in answer["explain"]["slots"]["script"]}
    assert told[ROW["flight"]] == ("chosen" if allowed else "consent")
    assert answer["explain"]["consent"]["third_parties"] is allowed
    followed = web.get(answer["slots"]["plain"]["click_url"].removeprefix("http://localhost"))
    assert followed.headers["Location"].startswith("https://one.example/c?" if allowed else ROW["landing_url"])
