"""The routes of editorial rules and `standfirst rules`, over the real app on a real store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.domain.content.article import Article
from service.domain.events.tokens import TeaserToken, sign
from service.domain.identity import hash64
from service.domain.sites.site import Site

pytestmark = pytest.mark.redis

PIN = {"kind": "pin", "article": "a-1", "widget": "must-read", "position": 1}


@pytest.fixture
def call(web: Any, services: Any, bearer: Any) -> Callable[..., Any]:
    """Calls a route of the site `courier`, which has the article `a-1`, with a token for its content."""
    services.site_records.put(Site("courier", timezone="Asia/Karachi"))
    story = Article("a-1", "https://courier.example/a-1", "One", "One.", datetime(2026, 3, 1, tzinfo=UTC))
    services.articles.put("courier", [replace(story, section="Courts", tags=("trial",))])
    headers = bearer("content", site="courier")
    return lambda method, path, body=None: web.open(path, method=method, headers=headers, json=body)


@pytest.fixture
def run(call: Any, redis_url: str, tmp_path: Path) -> Callable[..., Result]:
    """Runs `standfirst rules WORDS... --site courier --json` on the same store."""
    settings = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_DATA_DIR": str(tmp_path / "var")}
    return lambda *words: CliRunner().invoke(main, ["rules", *words, "--site", "courier", "--json"], env=settings)


def test_a_rule_is_put_read_listed_changed_and_deleted(call: Any) -> None:
    put = call("PUT", "/v1/rules/lead", PIN | {"from": "2026-03-01T09:30:00+05:00", "note": "Today's &amp; lead"})
    assert put.status_code == 201
    shown = put.json
    assert (shown["from"], shown["to"], shown["note"]) == ("2026-03-01T04:30:00Z", None, "Today's & lead")
    assert (shown["state"], shown["warnings"], shown["legal"]) == ("active", [], False)
    assert call("GET", "/v1/rules/lead").json == shown
    assert call("GET", "/v1/rules").json == {"rules": [shown], "cursor": None}
    assert call("PUT", "/v1/rules/lead", {"kind": "block", "tag": "oil", "legal": True}).status_code == 200
    assert call("GET", "/v1/rules/lead").json["article"] is None
    assert call("DELETE", "/v1/rules/lead").status_code == 204
    assert call("DELETE", "/v1/rules/lead").status_code == 404
    assert call("GET", "/v1/rules/lead").status_code == 404


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["kind"]),
        ({"kind": "pim"}, ["kind"]),
        ({"kind": "pin"}, ["article", "position", "widget"]),
        (PIN | {"position": 0}, ["position"]),
        (PIN | {"position": "1"}, ["position"]),
        (PIN | {"tag": "oil"}, ["article"]),
        (PIN | {"legal": True, "points": 0.5}, ["legal", "points"]),
        (PIN | {"untill": "2026-03-01T09:30:00Z"}, ["untill"]),
        (PIN | {"from": "2026-03-01"}, ["from"]),
        (PIN | {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, ["to"]),
        ({"kind": "boost", "section": "World", "tag": "oil"}, ["article", "factor"]),
        ({"kind": "boost", "section": "World", "factor": 2, "points": 0.1}, ["factor"]),
        ({"kind": "boost", "section": "World", "factor": 0}, ["factor"]),
        ({"kind": "boost", "section": " ", "points": 2}, ["points", "section"]),
        ({"kind": "block"}, ["article"]),
        ({"kind": "block", "article": "no id", "widget": "w", "position": 3}, ["article", "position", "widget"]),
    ],
)
def test_every_fault_of_a_rule_is_named(call: Any, body: dict[str, Any], paths: list[str]) -> None:
    answer = call("PUT", "/v1/rules/lead", body)

    assert answer.status_code == 400
    assert sorted(fault["path"] for fault in answer.json["errors"]) == paths
    assert call("GET", "/v1/rules").json == {"rules": [], "cursor": None}


def test_an_id_that_is_no_id_is_refused(call: Any) -> None:
    assert call("PUT", "/v1/rules/-lead", PIN).json["errors"][0]["path"] == "id"


def test_a_pin_before_which_an_earlier_one_gives_way_is_warned_of(call: Any) -> None:
    call("PUT", "/v1/rules/lead", PIN)

    assert call("PUT", "/v1/rules/lead", PIN).json["warnings"] == []
    assert call("PUT", "/v1/rules/other", PIN | {"position": 2}).json["warnings"] == []
    [warning] = call("PUT", "/v1/rules/late", PIN).json["warnings"]
    assert warning == "position: the rule 'lead' pins there too; it has no effect while this one holds"


def test_a_rule_about_an_article_that_is_not_there_warns(call: Any) -> None:
    warnings = call("PUT", "/v1/rules/lead", PIN | {"article": "a-9"}).json["warnings"]
    assert "no article 'a-9' here yet" in warnings[0]


@pytest.mark.parametrize(
    ("rule", "warned"),
    [
        ({"kind": "block", "section": "Cuorts"}, "no article is in 'Cuorts'"),
        ({"kind": "block", "section": "courts"}, None),
        ({"kind": "boost", "tag": "trail", "points": 0.5}, "no article has 'trail'"),
        ({"kind": "boost", "tag": "trial", "points": 0.5}, None),
        (PIN | {"widget": "must-raed"}, "'must-raed' is no kind (must-read)"),
        (PIN, None),
    ],
)
def test_a_rule_about_what_nothing_is_called_is_kept_with_a_warning(
    call: Any, services: Any, rule: dict[str, Any], warned: str | None
) -> None:
    services.snapshots.look_around()
    put = call("PUT", "/v1/rules/x", rule)
    assert put.status_code == 201
    assert [warned in warning for warning in put.json["warnings"]] == ([True] if warned else [])


def test_states_follow_the_clock(call: Any) -> None:
    def state(**span: str) -> str:
        return str(call("PUT", "/v1/rules/x", {"kind": "block", "tag": "oil", **span}).json["state"])

    assert state(**{"from": "2100-01-01T00:00:00Z"}) == "scheduled"
    assert state(to="2100-01-01T00:00:00Z") == "active"
    assert state(to="2020-01-01T00:00:00Z") == "ended"


def test_rules_of_other_sites_and_other_scopes_are_out_of_reach(web: Any, services: Any, bearer: Any) -> None:
    for site in ("courier", "herald"):
        services.site_records.put(Site(site))
    own = bearer("content", site="herald")
    assert web.put("/v1/rules/x?site=courier", headers=own, json=PIN).status_code == 403
    assert web.put("/v1/rules/x", headers=bearer("render", site="courier"), json=PIN).status_code == 403


def test_the_command_line_puts_lists_and_deletes(run: Any) -> None:
    pin = run(
        "pin", "lead", "--article", "a-1", "--widget", "must-read", "--position", "2", "--from", "2026-03-01T09:30"
    )
    assert pin.exit_code == 0, pin.output
    assert json.loads(pin.stdout)["from"] == "2026-03-01T04:30:00Z", "a time without a zone is the site's"
    assert run("boost", "harbour", "--tag", "Harbour", "--factor", "1.5").exit_code == 0
    assert run("block", "court", "--section", "Courts", "--legal", "--to", "2100-01-01T00:00Z").exit_code == 0

    listed = json.loads(run("list").stdout)
    assert [(row["id"], row["kind"], row["state"]) for row in listed] == [
        ("court", "block", "active"),
        ("harbour", "boost", "active"),
        ("lead", "pin", "active"),
    ]
    assert run("delete", "lead").exit_code == 0
    assert run("delete", "lead").exit_code == 1


def test_the_command_line_names_every_fault(run: Any) -> None:
    told = run("boost", "x", "--section", "World", "--tag", "oil", "--factor", "99")
    assert told.exit_code == 1
    assert [fault["path"] for fault in json.loads(told.stderr)["errors"]] == ["article", "factor"]
    assert run("block", "x", "--tag", "oil", "--to", "tomorrow").exit_code == 2
    assert "no article 'a-9' here yet" in run("block", "x", "--article", "a-9").stdout


def test_a_legal_block_empties_caches_of_widgets_within_seconds(
    call: Any, web: Any, services: Any, bearer: Any
) -> None:
    def widget(tag: str = "") -> Any:
        services.snapshots.look_around()
        return web.get(
            "/v1/widgets/recent-news?size=5", headers=bearer("render", site="courier") | {"If-None-Match": tag}
        )

    kept = widget()
    says = dict(part.partition("=")[::2] for part in kept.headers["Cache-Control"].split(", "))
    assert "a-1" in kept.text
    assert widget(kept.headers["ETag"]).status_code == 304
    assert int(says.pop("max-age")) <= 5
    assert says.keys() == {"public", "must-revalidate"}, "nothing lets a cache show what is older"

    call("PUT", "/v1/rules/court", {"kind": "block", "article": "a-1", "legal": True})
    asked_anew = widget(kept.headers["ETag"])

    assert asked_anew.status_code == 200
    assert "a-1" not in asked_anew.text


def test_a_legal_block_holds_for_links_that_stand_in_caches_until_it_is_deleted(
    call: Any, web: Any, services: Any
) -> None:
    def follow() -> int:
        services.snapshots.look_around()
        return int(web.get(f"/c/{sign(TeaserToken('courier', hash64('a-1')), services.secret)}").status_code)

    assert follow() == 302
    call("PUT", "/v1/rules/court", {"kind": "block", "section": "courts"})
    assert follow() == 302, "a block of the editors keeps it off pages only"
    for subject in ({"section": "COURTS"}, {"tag": "Trial"}, {"article": "a-1"}):
        call("PUT", "/v1/rules/court", {"kind": "block", "legal": True, **subject})
        assert follow() == 410, subject
    services.articles.remove("courier", "a-1")
    assert follow() == 410, "still, when the article is gone"
    call("DELETE", "/v1/rules/court")
    assert follow() == 404
