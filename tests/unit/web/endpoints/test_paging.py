"""Lists are answered a part at a time: every entry once, whatever comes and goes meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

NAMES = [f"e{number}" for number in range(7)]
# A list, what its entries stand under, and the body that makes one.
LISTS = [
    ("rules", "rules", {"kind": "block", "section": "Ads"}),
    ("feeds", "feeds", {"url": "https://c.example/feed.xml", "kind": "rss"}),
    ("advertisers", "items", {}),
    ("sites", "sites", {"name": "A site"}),
]
Send = Callable[..., Any]


@pytest.fixture
def send(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]) -> Send:
    services.sites.put(Site("courier"))
    headers = bearer("admin", "ads", "content", "reports")

    def call(method: str, path: str, **sent: Any) -> Any:
        return web.open(f"/v1/{path}", method=method, headers=headers, query_string={"site": "courier"} | sent.pop(
            "query", {}), **sent)  # fmt: skip

    return call


def walk(send: Send, path: str, entries: str, between: Callable[[], object] = lambda: None) -> list[str]:
    """The ids of a list in parts of three."""
    found, cursor = [], None
    while True:
        answer = send("GET", path, query={"limit": 3} | ({"cursor": cursor} if cursor else {})).json
        assert len(answer[entries]) <= 3
        found += [entry["id"] for entry in answer[entries]]
        cursor = answer["cursor"]
        if cursor is None:
            return found
        between()


@pytest.mark.parametrize(("path", "entries", "body"), LISTS)
def test_the_parts_of_a_list_are_the_whole(send: Send, path: str, entries: str, body: dict[str, Any]) -> None:
    for name in NAMES:
        assert send("PUT", f"{path}/{name}", json=body).status_code == 201
    assert [name for name in walk(send, path, entries) if name != "courier"] == NAMES
    assert len(send("GET", path).json[entries]) == len(NAMES) + (path == "sites")


def test_what_is_removed_meanwhile_hides_no_other(send: Send) -> None:
    for name in NAMES:
        send("PUT", f"rules/{name}", json=LISTS[0][2])
    gone = iter(NAMES)
    assert walk(send, "rules", "rules", lambda: send("DELETE", f"rules/{next(gone)}")) == NAMES


@pytest.mark.parametrize("path", ["rules", "feeds", "images", "credits", "sites", "flights", "articles"])
@pytest.mark.parametrize("cursor", ["e1", "%00", "djEu", "djIuZTE", "é"])
def test_what_is_no_cursor_is_refused(send: Send, path: str, cursor: str) -> None:
    refused = send("GET", path, query={"cursor": cursor})
    assert (refused.status_code, refused.json["errors"][0]["path"]) == (400, "?cursor")


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
def test_a_part_has_a_bounded_size(send: Send, limit: str) -> None:
    assert send("GET", "rules", query={"limit": limit}).status_code == 400
