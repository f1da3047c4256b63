"""The routes of articles, over the real app on a real store."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.bootstrap.services import build_services
from service.config import Config
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

ADDRESS = "/v1/articles/a-1"
BODY: dict[str, Any] = {
    "url": "https://courier.example/a-1",
    "title": "Arts &amp; Life",
    "html": "<p>One.</p><p>Two.</p>",
    "published_at": "2026-03-01T09:30:00+05:00",
    "section": "World",
}


class Newsroom:
    """A caller with a token of the site `courier`."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, address: str, body: object = None, **options: Any) -> TestResponse:
        """Sends the body as JSON, or bytes as they are."""
        content = body if body is None or isinstance(body, bytes) else orjson.dumps(body)
        return self._client.open(address, method=method, data=content, headers=self._headers, **options)


@pytest.fixture
def services(redis_url: str, redis: object, tmp_path: Path) -> Iterator[Services]:
    built = build_services(Config(data_dir=tmp_path, max_article_bytes=20_000), redis_url)
    built.site_records.put(Site("courier", domains=("courier.example",)))
    yield built
    built.close()


@pytest.fixture
def newsroom(services: Services) -> Newsroom:
    token, _ = services.access.create("courier", [Scope.CONTENT])
    return Newsroom(create_app(services).test_client(), token)


def paths(answer: TestResponse) -> list[str]:
    return [error["path"] for error in answer.json["errors"]]


def lines(answer: TestResponse) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in answer.data.splitlines()]


def test_an_article_is_loaded_unchanged_and_updated(newsroom: Newsroom) -> None:
    new = newsroom.send("PUT", ADDRESS, BODY)
    assert (new.status_code, new.json) == (201, {"id": "a-1", "outcome": "loaded", "version": 1})
    same = newsroom.send("PUT", ADDRESS, BODY)
    assert (same.status_code, same.json) == (200, {"id": "a-1", "outcome": "unchanged", "version": 1})
    other = newsroom.send("PUT", ADDRESS, BODY | {"title": "Other"})
    assert (other.status_code, other.json) == (200, {"id": "a-1", "outcome": "updated", "version": 2})


def test_an_article_is_answered_as_text_in_utc_with_nulls_for_the_unknown(newsroom: Newsroom) -> None:
    newsroom.send("PUT", ADDRESS, BODY)
    article = newsroom.send("GET", ADDRESS).json
    assert (article["title"], article["text"]) == ("Arts & Life", "One.\nTwo.")
    assert article["published_at"] == "2026-03-01T04:30:00Z"
    assert (article["comment_count"], article["image"], article["tags"]) == (None, None, [])


def test_a_patch_of_the_count_leaves_the_rest(newsroom: Newsroom, services: Services) -> None:
    newsroom.send("PUT", ADDRESS, BODY)
    before = services.articles.get("courier", "a-1")
    assert newsroom.send("PATCH", ADDRESS, {"comment_count": 7}).json["outcome"] == "updated"
    after = services.articles.get("courier", "a-1")
    assert (after.comment_count, after.text, after.section) == (7, before.text, before.section)
    assert newsroom.send("PATCH", ADDRESS, {}).json["outcome"] == "unchanged"


def test_an_unpublished_article_is_gone_for_every_method(newsroom: Newsroom) -> None:
    newsroom.send("PUT", ADDRESS, BODY)
    assert newsroom.send("DELETE", ADDRESS).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"comment_count": 1}), ("DELETE", None)):
        gone = newsroom.send(method, ADDRESS, body)
        assert (gone.status_code, gone.content_type) == (404, "application/problem+json")


def test_every_fault_of_an_article_is_named_and_nothing_changes(newsroom: Newsroom, services: Services) -> None:
    faulty = {"url": "https://elsewhere.example/", "titel": "x", "published_at": "soon", "comment_count": -1}
    answer = newsroom.send("PUT", ADDRESS, faulty)
    assert answer.status_code == 400
    assert sorted(paths(answer)) == ["comment_count", "published_at", "text", "titel", "title", "url"]
    assert services.articles.version("courier") == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff"])
def test_what_is_no_object_of_json_is_refused(newsroom: Newsroom, body: bytes) -> None:
    assert newsroom.send("PUT", ADDRESS, body).status_code == 400


def test_what_is_no_utf8_is_refused_with_the_byte(newsroom: Newsroom) -> None:
    for method, path in (("PUT", ADDRESS), ("POST", "/v1/articles")):
        answer = newsroom.send(method, path, b'{"title": "bad \xff"}')
        assert "is not UTF-8: byte 16 is 0xff" in answer.get_data(as_text=True)


def test_a_headline_that_nobody_sees_is_refused(newsroom: Newsroom) -> None:
    answer = newsroom.send("PUT", ADDRESS, BODY | {"title": "\u200f \u202e\u200d"})
    assert (answer.status_code, paths(answer)) == (400, ["title"])
    assert newsroom.send("PUT", ADDRESS, BODY | {"title": "\u200f😀"}).status_code == 201


def test_an_id_that_is_no_id_is_refused(newsroom: Newsroom) -> None:
    answer = newsroom.send("PUT", "/v1/articles/-x", BODY)
    assert (answer.status_code, paths(answer)) == (400, ["id"])


def test_an_article_beyond_the_limit_is_too_large(newsroom: Newsroom, services: Services) -> None:
    answer = newsroom.send("PUT", ADDRESS, BODY | {"html": "x" * 20_000})
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
    assert services.articles.count("courier") == 0


def test_a_stream_is_answered_line_by_line(newsroom: Newsroom) -> None:
    newsroom.send("PUT", ADDRESS, BODY)
    sent = [
        BODY | {"id": "a-1"},
        BODY | {"id": "a-2"},
        {"id": "a-3", "url": "x"},
        BODY | {"id": "a-1", "title": "Other"},
        BODY,
    ]
    content = b"\n".join(map(orjson.dumps, sent)) + b"\n\n{\n" + b"x" * 30_000 + b"\n7"
    answer = newsroom.send("POST", "/v1/articles", content)
    assert (answer.status_code, answer.content_type) == (200, "application/x-ndjson")
    answers = lines(answer)
    assert [(line["line"], line["id"], line["outcome"]) for line in answers] == [
        (1, "a-1", "unchanged"),
        (2, "a-2", "loaded"),
        (3, "a-3", "refused"),
        (4, "a-1", "updated"),
        (5, None, "refused"),
        (7, None, "refused"),
        (8, None, "refused"),
        (9, None, "refused"),
    ]
    assert answers[0]["errors"] == []
    assert [error["path"] for error in answers[2]["errors"]] == ["url", "title", "published_at", "text"]
    assert answers[4]["errors"] == [{"path": "id", "message": "is required"}]


def test_a_stream_of_unknown_length_beyond_every_limit_is_taken(newsroom: Newsroom, services: Services) -> None:
    content = b"".join(orjson.dumps(BODY | {"id": f"a-{n}", "html": "x" * 2_000}) + b"\n" for n in range(700))
    assert len(content) > 1_000_000
    answer = newsroom.send("POST", "/v1/articles", input_stream=io.BytesIO(content), content_length=len(content))
    assert [line["outcome"] for line in lines(answer)] == ["loaded"] * 700
    assert services.articles.count("courier") == 700


def test_an_empty_stream_has_an_empty_answer(newsroom: Newsroom) -> None:
    answer = newsroom.send("POST", "/v1/articles", b"")
    assert (answer.status_code, answer.data) == (200, b"")


def test_a_list_is_paged_by_its_cursor_and_leaves_texts_out(newsroom: Newsroom) -> None:
    for number in range(1, 8):
        newsroom.send("PUT", f"/v1/articles/a-{number}", BODY)
    newsroom.send("DELETE", "/v1/articles/a-3")
    newsroom.send("PATCH", "/v1/articles/a-1", {"comment_count": 1})
    seen: list[str] = []
    address = "/v1/articles?limit=2"
    while True:
        page = newsroom.send("GET", address).json
        assert all(item["text"] is None for item in page["items"])
        seen += [item["id"] for item in page["items"]]
        if page["cursor"] is None:
            break
        address = f"/v1/articles?limit=2&cursor={page['cursor']}"
    assert seen == ["a-2", "a-4", "a-5", "a-6", "a-7", "a-1"]


@pytest.mark.parametrize("query", ["cursor=x", "cursor=djEuLTE", "limit=0", "limit=1001", "limit=x", "order=up"])
def test_a_faulty_query_is_named(newsroom: Newsroom, query: str) -> None:
    answer = newsroom.send("GET", f"/v1/articles?{query}")
    assert (answer.status_code, paths(answer)) == (400, [f"?{query.split('=', maxsplit=1)[0]}"])


def test_a_token_without_the_scope_may_not_write(services: Services, newsroom: Newsroom) -> None:
    token, _ = services.access.create("courier", [Scope.RENDER])
    reader = Newsroom(create_app(services).test_client(), token)
    for method, address in (("PUT", ADDRESS), ("GET", ADDRESS), ("POST", "/v1/articles"), ("GET", "/v1/articles")):
        assert reader.send(method, address, BODY if method == "PUT" else None).status_code == 403
