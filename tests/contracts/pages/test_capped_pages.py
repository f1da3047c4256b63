"""Frequency caps over HTTP: who is counted is told by consent, and nothing of the others is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis as redis_client

from service.domain.ads.reader.consent import UNREADABLE
from service.domain.sites.site import Site

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,price,placements,creative,format,headline,landing_url,frequency_cap
acme,spring,boats,2.50,sidebar,k,native,Boats,https://acme.example/,2/day|9/week
"""
ALLOWS_ALL = "CAAAAAAAAAAAAAAAAAAAAAAAAPAAAAAAAAAAAAAAAAAA"  # of version 2: consent to purposes 1 to 4, no vendors

Call = Callable[..., Any]


@pytest.fixture
def call(web: Any, services: Any, bearer: Any) -> Call:
    """Calls a page of one slot, for a reader of whom a body tells; returns the answer."""
    services.site_records.put(Site("s"))
    loaded = web.post(
        "/v1/inventory?mode=apply&site=s", data=SHEET, headers={**bearer("ads", site="s"), "Content-Type": "text/csv"}
    )
    assert loaded.status_code == 200, loaded.json
    headers = bearer("render", "reports", site="s")

    def page(sent: dict[str, str] | None = None, **reader: Any) -> Any:
        body = {"slots": [{"id": "top", "placement": "sidebar"}], "reader": reader, "explain": True}
        answer = web.post("/v1/page", headers=headers | (sent or {}), json=body)
        assert answer.status_code == 200, answer.json
        return answer.json

    return page


def shown(call: Call, pages: int = 3, **said: Any) -> list[bool]:
    return [call(**said)["slots"]["top"] is not None for _ in range(pages)]


def kept_of_readers(redis: redis_client.Redis) -> list[bytes]:
    return [*redis.keys("*:reader:*"), *redis.keys("*:session:*")]


def test_a_reader_who_consents_is_counted_from_page_to_page(call: Call, redis: redis_client.Redis) -> None:
    assert shown(call, id="r", consent={"tcf": ALLOWS_ALL}) == [True, True, False]
    assert shown(call, id="q", consent={"tcf": ALLOWS_ALL}) == [True, True, False]
    told = call(id="r", consent={"tcf": ALLOWS_ALL})["explain"]["consent"]
    assert told == {
        "rule": "tcf",
        "identifier": True,
        "personalised": True,
        "counted_by": "reader",
        "third_parties": True,
    }
    assert len(kept_of_readers(redis)) == 2


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"consent": {"tcf": ALLOWS_ALL, "gpc": True}}, "gpc"),
        ({"consent": {"tcf": ALLOWS_ALL}, "sent": {"Sec-GPC": "1"}}, "gpc"),
        ({"consent": {"tcf": ALLOWS_ALL[:20]}}, "unreadable-tcf"),
        ({}, "site-default"),
    ],
)
def test_without_consent_nothing_is_kept_of_a_reader(
    call: Call, redis: redis_client.Redis, said: dict[str, Any], rule: str
) -> None:
    assert shown(call, id="r", **said) == [True, True, True]
    answer = call(id="r", **said)
    told = {"rule": rule, "identifier": False, "personalised": False, "counted_by": "page_view", "third_parties": False}
    assert answer["explain"]["consent"] == told
    assert (UNREADABLE in answer["warnings"]) == (rule == "unreadable-tcf")
    assert kept_of_readers(redis) == []


def test_without_consent_a_session_is_counted_and_its_reader_is_not(call: Call, redis: redis_client.Redis) -> None:
    assert shown(call, id="r", session="x") == [True, True, False]
    assert shown(call, id="r", session="y") == [True, True, False]
    assert call(session="x")["explain"]["consent"]["counted_by"] == "session"
    assert all(b":session:" in key for key in kept_of_readers(redis))


def test_a_site_may_take_consent_for_granted(call: Call, services: Any) -> None:
    services.site_records.put(Site("s", consent_default="granted"))
    services.sites.put(Site("s", consent_default="granted"))
    assert shown(call, id="r") == [True, True, False]
