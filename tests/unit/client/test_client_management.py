"""Management calls say what went wrong, with the problem's detail and every faulty field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from standfirst_client import FieldError, StandfirstClient, StandfirstError

PROBLEM = {
    "title": "The input has faults",
    "detail": "2 fields are faulty",
    "errors": [{"path": "title", "message": "is required"}, {"path": "txt", "message": "is not a field here"}],
}


@pytest.fixture
def client(service: Any) -> Iterator[StandfirstClient]:
    with StandfirstClient(service.url, token="sf_1_secret", site="the courier", management_timeout_s=30) as client:
        yield client


def load_all(request: Any) -> None:
    rows = [json.loads(line) for line in request.body.splitlines()]
    answers = [{"id": row["id"], "outcome": "loaded"} for row in rows]
    request.answer(200, "\n".join(json.dumps(answer) for answer in answers).encode(), "application/x-ndjson")


def test_an_article_is_put_at_its_own_address(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json({"id": "a/1 é"}, 201)

    answer = client.put_article("a/1 é", title="Tide", published_at=datetime(2026, 1, 2, tzinfo=UTC))

    (request,) = service.requests
    assert (request.command, request.path) == ("PUT", "/v1/articles/a%2F1%20%C3%A9?site=the+courier")
    assert request.json() == {"title": "Tide", "published_at": "2026-01-02T00:00:00+00:00"}
    assert answer == {"id": "a/1 é"}


def test_a_refused_article_raises_with_detail_status_and_every_faulty_field(
    service: Any, client: StandfirstClient
) -> None:
    service.behaviour = lambda request: request.answer_json(PROBLEM, 400)

    with pytest.raises(StandfirstError) as caught:
        client.put_article("a-1", txt="x")

    assert (caught.value.detail, caught.value.status) == ("2 fields are faulty", 400)
    assert caught.value.errors == (
        FieldError("title", "is required"),
        FieldError("txt", "is not a field here"),
    )
    assert "title: is required" in str(caught.value)


def test_a_time_without_offset_is_a_programming_error(client: StandfirstClient) -> None:
    with pytest.raises(ValueError, match="offset"):
        client.put_article("a-1", published_at=datetime(2026, 1, 2))  # noqa: DTZ001 - the fault under test


def test_a_load_yields_one_numbered_result_per_article(service: Any, client: StandfirstClient) -> None:
    service.behaviour = load_all

    results = list(client.load_articles({"id": f"a-{n}"} for n in range(450)))

    assert [result.line for result in results] == list(range(1, 451))
    assert {result.outcome for result in results} == {"loaded"}
    assert [result.article_id for result in results] == [f"a-{n}" for n in range(450)]
    assert len(service.requests) == 3, "sent in batches, so that neither side waits for the other for ever"


def test_a_load_reads_its_articles_as_they_are_needed(service: Any, client: StandfirstClient) -> None:
    taken = 0

    def articles() -> Iterator[dict[str, str]]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield {"id": f"a-{number}"}

    service.behaviour = load_all

    next(iter(client.load_articles(articles())))

    assert taken < 300


def test_large_articles_travel_in_smaller_batches(service: Any, client: StandfirstClient) -> None:
    service.behaviour = load_all

    results = list(client.load_articles({"id": str(n), "text": "x" * 400_000} for n in range(5)))

    assert len(results) == 5
    assert len(service.requests) == 3


def test_a_refused_row_carries_its_reasons(service: Any, client: StandfirstClient) -> None:
    refusal = {"id": "a-1", "outcome": "refused", "errors": [{"path": "published_at", "message": "is unreadable"}]}
    service.behaviour = lambda request: request.answer_json(refusal)

    (result,) = client.load_articles([{"id": "a-1"}])

    assert result.refused
    assert result.errors == (FieldError("published_at", "is unreadable"),)


@pytest.mark.parametrize("body", [b"", b"garbage\n", b"[]\n"])
def test_a_load_whose_answers_do_not_match_raises(service: Any, client: StandfirstClient, body: bytes) -> None:
    service.behaviour = lambda request: request.answer(200, body)

    with pytest.raises(StandfirstError):
        list(client.load_articles([{"id": "a-1"}]))


def test_a_load_refused_as_a_whole_raises_its_problem(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json({"detail": "no such site"}, 404)

    with pytest.raises(StandfirstError, match="no such site"):
        list(client.load_articles([{"id": "a-1"}]))


def test_loading_nothing_asks_nothing(service: Any, client: StandfirstClient) -> None:
    assert list(client.load_articles([])) == []
    assert service.requests == []


def test_waiting_ends_when_the_service_is_ready(service: Any, client: StandfirstClient) -> None:
    def ready_at_the_third_call(request: Any) -> None:
        ready = len(service.requests) >= 3
        request.answer_json({"detail": "no model yet"}, 200 if ready else 503)

    service.behaviour = ready_at_the_third_call

    client.wait_ready(5, sleep=lambda _: None)

    assert [request.path for request in service.requests] == ["/readyz"] * 3


def test_waiting_in_vain_says_why(service: Any, client: StandfirstClient) -> None:
    service.behaviour = lambda request: request.answer_json({"detail": "no model yet"}, 503)

    with pytest.raises(StandfirstError, match=r"not ready within 0\.1 s: no model yet"):
        client.wait_ready(0.1)


def test_an_unreachable_service_raises(service: Any) -> None:
    client = StandfirstClient("http://127.0.0.1:1", management_timeout_s=2)

    with pytest.raises(StandfirstError, match="connection"):
        client.put_article("a-1", title="Tide")
