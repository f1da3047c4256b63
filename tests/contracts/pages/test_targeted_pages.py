"""Targeting over HTTP: what a page call tells of its article and reader decides which flights may run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.domain.sites.site import Site

pytestmark = pytest.mark.redis

HEADER = "advertiser,campaign,flight,tier,placements,creative,format,headline,landing_url"

Outcomes = Callable[..., dict[str, str]]


@pytest.fixture
def outcomes(web: Any, services: Any, bearer: Any) -> Outcomes:
    """Loads a house flight that has a value in a column; returns what a page call's explanation says of it."""
    services.site_records.put(Site("s"))

    def ask(column: str, value: str, **body: Any) -> dict[str, str]:
        sheet = f"{HEADER},{column}\nown,c,f,house,sidebar,k,native,Boats,https://acme.example/,{value}\n"
        headers = {**bearer("ads", site="s"), "Content-Type": "text/csv"}
        loaded = web.post("/v1/inventory?mode=apply&site=s", data=sheet, headers=headers)
        assert loaded.status_code == 200, loaded.json
        page = {"slots": [{"id": "top", "placement": "sidebar"}], "explain": True, **body}
        answer = web.post("/v1/page", headers=bearer("render", "reports", site="s"), json=page)
        assert answer.status_code == 200, answer.json
        assert answer.json["warnings"] == []
        return {one["flight_id"]: one["outcome"] for one in answer.json["explain"]["slots"]["top"]}

    return ask


STORY = {"title": "Ferries", "text": "The ferry left.", "tags": ["Sea"]}


@pytest.mark.parametrize(
    ("column", "value", "body", "outcome"),
    [
        ("tags", "sea|port", {"article": STORY}, "chosen"),
        ("tags", "port", {"article": STORY}, "tags"),
        ("exclude_tags", "sea", {"article": STORY}, "exclude_tags"),
        ("regions", "es-md", {"reader": {"region": "ES-MD"}}, "chosen"),
        ("regions", "ES-MD", {"reader": {"region": "ES-CT"}}, "regions"),
        ("key_values", "team=reds", {"key_values": {"Team": ["blues", "Reds"]}}, "chosen"),
        ("key_values", "team=reds", {"reader": {"key_values": {"team": "reds"}}}, "chosen"),
        ("exclude_key_values", "login=no", {"reader": {"key_values": {"login": "no"}}}, "exclude_key_values"),
        ("exclude_countries", "ES", {"reader": {"country": "es"}}, "exclude_countries"),
        ("exclude_devices", "tv", {"reader": {"device": "mobile"}}, "chosen"),
    ],
)
def test_a_page_call_tells_what_flights_are_targeted_by(
    outcomes: Outcomes, column: str, value: str, body: dict[str, Any], outcome: str
) -> None:
    assert outcomes(column, value, **body) == {"f": outcome}
