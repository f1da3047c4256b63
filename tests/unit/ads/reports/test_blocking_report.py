"""The blocking report: what block words and topics cost, from page calls to the answer over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.blocking import Blocked
from service.domain.ads.targeting.suitability import TOPIC_NAMES, risk_of
from service.domain.errors import StoreUnavailable
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.slots_request import SlotsRequest
from service.usecases.ads.reports.report_blocking import BlockingTally

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,price,exclude_keywords,suitability
acme,spring,careful,sidebar,k1,native,Cars,https://acme.example/,2.00,bank robbery|fraud,standard
acme,spring,other,sidebar,k2,native,Boats,https://acme.example/,2.00,,
"""
GRAVE = risk_of([0.2 if name == "violence" else 0.0 for name in TOPIC_NAMES])


@pytest.fixture
def headers(
    web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]
) -> dict[str, str]:  # fmt: skip
    """A token, with the sheet loaded."""
    services.sites.put(Site("courier"))
    token = bearer("ads", "reports", site="courier")
    answer = web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=token)
    assert answer.status_code == 200
    services.ads.snapshots.refresh("courier")
    return token


def call(services: Services, view: str, words: str = "", **asked: Any) -> None:
    """A page call with a text and one slot."""
    analyzer = services.ads.snapshots._analyzers_of("courier")[0]
    request = SlotsRequest(Site("courier"), view, (SlotRequest("a", "sidebar"),), term_ids=analyzer(words), **asked)
    services.ads.slots.fill(request, services.clock())


def rows(web: FlaskClient, services: Services, headers: dict[str, str], query: str = "") -> list[tuple[Any, ...]]:
    """What the report says, once the tallies are written down."""
    for work in services.background:
        work.stop()
    answer = web.get(f"/v1/reports/blocking{query}", headers=headers).json
    return [(row["kind"], row["name"], row["flight_id"], row["impressions"]) for row in answer["rows"]]


def test_each_cause_is_counted_for_the_flight_that_it_kept_off(
    web: FlaskClient, services: Services, headers: dict[str, str]
) -> None:
    services.start_background()
    call(services, "v1", "A fraud and a robbery at the bank")
    call(services, "v2", "A fraud", risk=GRAVE)
    call(services, "v3", "The bank")
    call(services, "v4", "A fraud", billable=False)
    assert rows(web, services, headers) == [
        ("word", "fraud", "careful", 2),
        ("topic", "violence", "careful", 1),
        ("word", "bank robbery", "careful", 1),
    ]
    assert rows(web, services, headers, "?from=2001-01-01&to=2001-02-01") == []


@pytest.mark.parametrize("query", ["?from=2027-03-02&to=2027-03-01", "?from=2020-01-01&to=2027-01-01", "?from=soon"])
def test_days_that_are_none_are_refused(web: FlaskClient, headers: dict[str, str], query: str) -> None:
    assert web.get(f"/v1/reports/blocking{query}", headers=headers).status_code == 400


@pytest.mark.parametrize("query", ["?to=0001-01-05", "?to=9999-12-31"])
def test_the_calendars_ends_are_days_without_causes(
    web: FlaskClient, services: Services, headers: dict[str, str], query: str
) -> None:
    assert rows(web, services, headers, query) == []


def test_what_the_store_could_not_take_is_counted_on() -> None:
    class Away:
        def add(self, *_: object) -> None:
            raise StoreUnavailable("away")

    class There:
        added: Any = None

        def add(self, _: str, counts: Any, __: float) -> None:
            self.added = dict(counts)

    tally, there, cause = BlockingTally(), There(), Blocked(1, "word", "bank")
    tally.note("s", {cause})
    with pytest.raises(StoreUnavailable):
        tally.write_down(Away(), 0.0)  # type: ignore[arg-type]
    tally.note("s", {cause})
    tally.write_down(there, 0.0)  # type: ignore[arg-type]
    assert there.added == {cause: 2}


def test_an_empty_page_blocks_nothing(web: FlaskClient, services: Services, headers: dict[str, str]) -> None:
    services.start_background()
    request = SlotsRequest(Site("courier"), "v", (SlotRequest("a", "sidebar"),), term_ids=np.empty(0, np.uint64))
    services.ads.slots.fill(request, services.clock())
    assert rows(web, services, headers) == []
