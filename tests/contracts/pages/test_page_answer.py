"""The description of a page call's answer tells all that is answered, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.content.article import Article, Image
from service.domain.sites.site import Site
from service.web.api.page.page_answer import PageAnswer, SlotAnswer, WidgetAnswer

pytestmark = pytest.mark.redis

SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price
acme,spring,words,sidebar,k1,native,Cars for the quay,https://acme.example/cars,price,2.00
"""


@pytest.fixture
def ask(web: Any, services: Any, bearer: Any) -> Any:
    """Calls a route of a site that has two stories and one ad."""
    services.site_records.put(Site("s"))
    services.articles.put("s", [
        Article("a", "https://s.example/a", "Ferry strike", "Ferry crews strike.", datetime(2026, 3, 1, tzinfo=UTC),
                section="City", byline="Desk", image=Image("https://s.example/a.png", "A ferry", 300, 200)),
        Article("b", "https://s.example/b", "Strike ends", "The ferry strike ends.", datetime(2026, 3, 2, tzinfo=UTC)),
    ])  # fmt: skip
    services.snapshots.look_around()
    loaded = web.post("/v1/inventory?mode=apply", data=SHEET, content_type="text/csv", headers=bearer("ads", site="s"))
    assert loaded.status_code == 200, loaded.json
    services.ads.snapshots.refresh("s")
    headers = bearer("render", "reports", site="s")
    return lambda method, path, body=None: web.open(path, method=method, headers=headers, json=body).json


def told(model: Any, answer: Any) -> Any:
    """The answer as the description knows it: what that does not name is missing."""
    return model.model_validate(answer).model_dump(mode="json", exclude_unset=True)


@pytest.mark.parametrize("form", ["json", "html"])
def test_a_page_is_answered_as_described(ask: Any, form: str) -> None:
    page = ask("POST", f"/v1/page?format={form}", {
        "article": {"id": "b"}, "widgets": [{"id": "w", "kind": "must-read"}], "explain": True,
        "slots": [{"id": "top", "placement": "sidebar"}, {"id": "foot", "placement": "article-foot"}],
    })  # fmt: skip
    assert page["widgets"]["w"]
    assert page["slots"]["top"]
    assert told(PageAnswer, page) == page


def test_one_widget_and_one_slot_are_answered_as_described(ask: Any) -> None:
    widget, slot = ask("GET", "/v1/widgets/must-read?article=b"), ask("GET", "/v1/slots/sidebar?article=b")
    assert [item["article_id"] for item in widget["items"]] == ["a"]
    assert told(WidgetAnswer, widget) == widget
    assert told(SlotAnswer, slot) == slot
