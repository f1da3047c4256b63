"""Sites over HTTP: put, changed, read and scoped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.domain.sites.site import Site
from service.usecases.sites.define_site import site_faults

Bearer = Callable[..., dict[str, str]]

WHOLE = {
    "name": "The Harbour Courier",
    "domains": ["courier.example"],
    "origins": ["https://courier.example", "http://localhost:8001", "https://[::1]:8443"],
    "language": "pt-BR",
    "languages": ["pt-BR", "en"],
    "mix_languages": True,
    "timezone": "Europe/Berlin",
    "currency": "USD",
    "rates": {"EUR": "1.0869"},
    "consent_default": "granted",
    "hide_zero_comments": True,
    "widgets": {},
}


@pytest.mark.redis
def test_a_site_is_created_then_changed_as_a_whole(web: FlaskClient, bearer: Bearer) -> None:
    admin = bearer("admin")
    created = web.put("/v1/sites/courier", headers=admin, json=WHOLE)
    assert created.status_code == 201
    assert {name: value for name, value in created.json.items() if name != "kinds"} == {"id": "courier", **WHOLE}
    changed = web.put("/v1/sites/courier", headers=admin, json={"name": "Courier"})
    assert changed.status_code == 200
    assert changed.json["origins"] == []
    assert web.get("/v1/sites/courier", headers=admin).json == changed.json


@pytest.mark.redis
def test_every_fault_of_a_widget_is_named_and_nothing_is_kept(web: FlaskClient, bearer: Bearer) -> None:
    admin = bearer("admin")
    body = {"widgets": {"must-read": {"days": 3}, "weekend": {"like": "must-read", "half_life": 7}}}
    answer = web.put("/v1/sites/courier", headers=admin, json=body)
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json["errors"]] == ["widgets.must-read.days", "widgets.weekend.half_life"]
    assert web.get("/v1/sites/courier", headers=admin).status_code == 404


@pytest.mark.redis
def test_a_site_shows_its_own_kinds_of_widgets_beside_those_that_all_have(web: FlaskClient, bearer: Bearer) -> None:
    admin = bearer("admin")
    widgets = {"weekend": {"like": "must-read", "half_life": "14d", "filters": {"sections": ["Culture"]}}}
    answer = web.put("/v1/sites/courier", headers=admin, json={"widgets": widgets})
    assert answer.status_code == 201
    assert answer.json["widgets"] == widgets
    kinds = web.get("/v1/sites/courier", headers=admin).json["kinds"]
    own = {"half_life": "14d", "filters": {"sections": ["Culture"]}}
    assert kinds["weekend"] == {**kinds["must-read"], **own}


@pytest.mark.redis
@pytest.mark.parametrize(
    ("body", "language", "languages"),
    [
        ({}, "en", ["en"]),
        ({"language": "ur"}, "ur", ["ur"]),
        ({"languages": ["ur", "en"]}, "ur", ["ur", "en"]),
        ({"language": "en", "languages": ["ur", "en"]}, "en", ["ur", "en"]),
    ],
)
def test_a_site_has_its_own_language_and_those_of_its_articles(web, bearer, body, language, languages) -> None:
    answer = web.put("/v1/sites/courier", headers=bearer("admin"), json=body)
    assert (answer.json["language"], answer.json["languages"], answer.json["mix_languages"]) == (
        language,
        languages,
        False,
    )


@pytest.mark.redis
def test_a_language_that_is_none_is_named_by_its_place(web: FlaskClient, bearer: Bearer) -> None:
    answer = web.put("/v1/sites/courier", headers=bearer("admin"), json={"languages": ["en", "no language"]})
    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json["errors"]] == ["languages[1]"]


@pytest.mark.redis
def test_an_unknown_site_is_not_found(web: FlaskClient, bearer: Bearer) -> None:
    answer = web.get("/v1/sites/nowhere", headers=bearer("admin"))
    assert answer.status_code == 404
    assert "nowhere" in answer.json["detail"]


@pytest.mark.redis
def test_a_page_call_for_an_unknown_site_is_not_found(web: FlaskClient, bearer: Bearer) -> None:
    answer = web.post("/v1/page", headers=bearer("render"), json={"site": "nowhere", "widgets": []})
    assert answer.status_code == 404


@pytest.mark.redis
def test_a_call_that_names_no_site_says_how_to(web: FlaskClient, bearer: Bearer) -> None:
    answer = web.post("/v1/page", headers=bearer("render"), json={"widgets": []})
    assert answer.status_code == 400
    assert answer.json["errors"][0]["path"] == "site"


def test_the_defaults_of_a_site_are_sound() -> None:
    assert list(site_faults(Site("courier"))) == []


@pytest.mark.parametrize(
    "origin",
    ["https://a.example/", "https://a.example:443", "http://a.example:80", "ftp://a.example", "a.example", "https://",
     "https://A.example", "https://user@a.example", "https://a.example?x", "https://a.example:99999", "null", "*",
     "https://a..example", "https://a.example\n"],
)  # fmt: skip
def test_an_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    assert [fault.path for fault in site_faults(Site("courier", origins=(origin,)))] == ["origins[0]"]


@pytest.mark.parametrize("domain", ["a.example.", "A.example", "a_b.example", "-a.example", "", "a" * 64 + ".example"])
def test_a_domain_that_is_no_host_name_is_refused(domain: str) -> None:
    assert [fault.path for fault in site_faults(Site("courier", domains=(domain,)))] == ["domains[0]"]


@pytest.mark.parametrize("site_id", ["", "A", "-a", "a_b", "a" * 33, "a/b", "ａ", "a\n"])
def test_an_id_that_no_key_may_hold_is_refused(site_id: str) -> None:
    assert [fault.path for fault in site_faults(Site(site_id))] == ["id"]
