"""Probes, and the description of the interface."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis

from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.errors import StoreUnavailable
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.events.watch_events import WARNED_FOR_S
from service.usecases.readiness import WatchReadiness
from service.usecases.upkeep import Upkeep
from service.web.endpoints.openapi import declared_routes, path_of
from tests.conftest import PATIENCE

pytestmark = pytest.mark.redis


def test_the_process_is_alive_without_asking_anyone(tmp_path: Path) -> None:
    away = build_services(load_config(data_dir=tmp_path), f"unix://{tmp_path}/nobody")
    answer = create_app(away).test_client().get("/livez")
    assert answer.status_code == 200
    assert answer.json == {"status": "alive"}
    away.close()


def test_it_is_not_ready_before_the_store_answered_once(tmp_path: Path) -> None:
    away = build_services(load_config(data_dir=tmp_path), f"unix://{tmp_path}/nobody")
    answer = create_app(away).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "starting"
    assert answer.json["checks"]["store"] == "does not answer"
    assert str(tmp_path) not in answer.text
    away.close()


def test_it_stays_ready_but_degraded_when_a_part_goes_away(services: Services) -> None:
    lacks = {"part": "is not there yet"}
    web = create_app(
        replace(services, readiness=WatchReadiness({"part": lambda: lacks.get("part")}, lambda: False))
    ).test_client()
    starting = web.get("/readyz")
    assert (starting.status_code, starting.json["status"], starting.json["checks"]) == (503, "starting", lacks)
    del lacks["part"]
    ready = web.get("/readyz").json
    assert (ready["status"], ready["checks"]) == ("ready", {"part": None})
    lacks["part"] = "is gone"
    answer = web.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["checks"]) == ("degraded", {"part": "is gone"})


def test_it_tells_how_old_what_it_serves_from_is(web: FlaskClient, services: Services) -> None:
    assert web.get("/readyz").json["ages_s"] == {"snapshots": None, "model": None}
    ages: dict[str, Callable[[], float | None]] = {"snapshots": lambda: 0.26, "model": lambda: 86_400.0}
    older = create_app(replace(services, ages_s=ages)).test_client()
    assert older.get("/readyz").json["ages_s"] == {"snapshots": 0.3, "model": 86_400.0}


def test_the_age_of_snapshots_counts_from_the_last_whole_look() -> None:
    now, faults = [1_000.0], [StoreUnavailable("away")]

    def look_around() -> None:
        if faults:
            raise faults.pop()

    upkeep = Upkeep(look_around, [], 1.0, lambda: now[0])
    upkeep.look()
    assert upkeep.age_s() is None
    upkeep.look()
    now[0] += 7
    assert upkeep.age_s() == 7
    faults.append(StoreUnavailable("away"))
    upkeep.look()
    assert upkeep.age_s() == 7


def test_a_stream_that_fills_is_told_of_before_paid_ads_stop(redis_url: str, redis: Redis, tmp_path: Path) -> None:
    """What cannot be written to files fills it too; a process that starts then takes requests all the same."""
    now = 0.0
    services = build_services(
        load_config(data_dir=tmp_path, max_waiting_events=1_000, **PATIENCE), redis_url, clock=lambda: now
    )
    services.site_records.put(Site("s"))
    web = create_app(services).test_client()
    assert web.get("/readyz").json["checks"]["events"] is None
    for _ in range(600):
        redis.xadd("sf:{s}:events", {"e": b""})
    now += WARNED_FOR_S
    answer = web.get("/readyz")
    assert answer.json["checks"]["events"] == "events of s that wait for the worker fill 60% of their room"
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert 'standfirst_stream_filled_ratio{site="s"} 0.6' in web.get("/metrics").text
    assert services.export_log.begin("s", "one") is not None
    services.export_log.note_fault("s", "/out cannot be written: No space left on device.")
    now += WARNED_FOR_S
    told = web.get("/readyz").json["checks"]["events"]
    assert told == "files of s cannot be written, and what waits for them fills 60% of its room"
    services.close()


def test_every_declared_route_is_described(web: FlaskClient) -> None:
    described = {
        (method.upper(), path)
        for path, operations in web.get("/openapi.json").json["paths"].items()
        for method in operations
    }
    declared = {(found.method, path_of(rule)) for rule, found in declared_routes(web.application)}
    assert declared
    assert described == declared


def test_the_description_says_what_each_write_takes(web: FlaskClient) -> None:
    paths = web.get("/openapi.json").json["paths"]
    writes = {
        path: operation.get("requestBody", {}).get("content", {})
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in ("post", "put", "patch")
    }
    assert {path for path, content in writes.items() if not content} == {
        "/i/{token}", "/v/{token}", "/v1/creatives/{creative_id}/kill", "/v1/flights/{flight_id}/{act}",
        "/v1/models/rollback", "/v1/models/clicks/rollback", "/v1/models/{version}/promote",
    }  # fmt: skip
    assert set(writes["/v1/inventory"]) > {"text/csv; charset=utf-8", "application/x-ndjson"}
    assert "image/png" in writes["/v1/images"]
    for media in ("application/json", "text/plain"):
        assert writes["/v1/events"][media]["schema"] == {"$ref": "#/components/schemas/EventsBody"}
    assert "EventsBody" in web.get("/docs").text


def test_a_fault_is_described_as_the_problem_that_it_is(web: FlaskClient) -> None:
    document = web.get("/openapi.json").json
    told = {
        (path, status): answer
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    }
    assert {place for place, answer in told.items() if answer != {"$ref": "#/components/responses/Problem"}} == {
        ("/readyz", "503")
    }
    fault = web.get("/c/nothing")
    assert fault.content_type in document["components"]["responses"]["Problem"]["content"]
    assert ("/c/{token}", str(fault.status_code)) in told
    assert 'application/problem+json <a href="#ProblemBody">' in " ".join(web.get("/docs").text.split())


def test_an_empty_slot_is_described_as_it_is_answered(web: FlaskClient) -> None:
    document = web.get("/openapi.json").json
    answer = document["paths"]["/v1/slots/{placement}"]["get"]["responses"]["200"]["content"]["application/json"]
    named = document["components"]["schemas"][answer["schema"]["$ref"].rpartition("/")[2]]
    assert named["anyOf"] == [{"$ref": "#/components/schemas/SlotAnswer"}, {"type": "null"}]
    assert '<a href="#SlotAnswer"><code>SlotAnswer</code></a> or null' in " ".join(web.get("/docs").text.split())


def test_every_reference_of_the_description_leads_somewhere(web: FlaskClient) -> None:
    document = web.get("/openapi.json")
    references = set(re.findall(r'"\$ref":"#/([^"]+)"', document.text))
    assert len(references) > 5
    for reference in references:
        place = document.json
        for step in reference.split("/"):
            place = place[step]


def test_the_description_names_scopes_parameters_and_problems(web: FlaskClient) -> None:
    document = web.get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    page = document["paths"]["/v1/page"]["post"]
    assert page["x-scope"] == "render"
    assert page["security"] == [{"token": []}, {"origin": []}]
    assert page["responses"]["400"] == {"$ref": "#/components/responses/Problem"}
    site = document["paths"]["/v1/sites/{site_id}"]["put"]
    in_path, in_header = site["parameters"]
    assert in_path == {"name": "site_id", "in": "path", "required": True, "schema": {"type": "string"}}
    assert (in_header["name"], in_header["in"], in_header["required"]) == ("If-Match", "header", False)
    assert document["paths"]["/livez"]["get"]["security"] == []
    ids = [operation["operationId"] for paths in document["paths"].values() for operation in paths.values()]
    assert len(ids) == len(set(ids))


class Page(HTMLParser):
    """Collects what a page links to and loads, and whether its elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_description_can_be_read_without_scripts_or_other_hosts(web: FlaskClient) -> None:
    answer = web.get("/docs")
    page = Page()
    page.feed(answer.text)
    assert page.open == []
    assert "script" not in page.tags
    assert all(link == "/openapi.json" or link.removeprefix("#") in page.ids for link in page.links)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for rule, _ in declared_routes(web.application):
        assert path_of(rule) in answer.text


def test_the_description_begins_with_what_a_page_renderer_calls(web: FlaskClient) -> None:
    text = web.get("/docs").text
    places = [text.index(words) for words in ("Page renderers", "/v1/page<", "Advertising", "/v1/avails<")]
    assert places == sorted(places)
    assert 'list of <a href="#WidgetWire">' in text
