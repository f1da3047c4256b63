"""A write with an `Idempotency-Key` is done once, however often it is sent, and answered as the first time."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from flask.testing import FlaskClient

from service.adapters.redis.sites.answered_calls import RedisAnsweredCalls
from service.domain.errors import Conflict, InvalidInput
from service.domain.sites.answered_calls import KEPT_S, MOST_BYTES, GivenAnswer
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

PICTURE = Path(__file__).parents[2] / "ads" / "inventory" / "images" / "plain.png"
BLOCK = {"kind": "block", "section": "Ads"}
CALL = b"a call, 16 bytes"
Send = Callable[..., Any]


@pytest.fixture
def send(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]) -> Send:
    services.sites.put(Site("courier"))
    tokens = [bearer("ads", "content", site="courier") for _ in range(2)]

    def call(method: str, path: str, key: str | None = None, caller: int = 0, **sent: Any) -> Any:
        keyed = {"Idempotency-Key": key} if key is not None else {}
        return web.open(f"/v1/{path}", method=method, headers={**tokens[caller], **keyed}, **sent)

    return call


def test_a_repeated_write_is_answered_as_the_first_and_changes_nothing(send: Send) -> None:
    first = send("PUT", "rules/r", "k1", json=BLOCK)
    send("PUT", "rules/r", json={**BLOCK, "section": "Sport"})
    again = send("PUT", "rules/r", "k1", json=BLOCK)
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert (again.headers["ETag"], again.content_type) == (first.headers["ETag"], first.content_type)
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert send("GET", "rules/r").json["section"] == "Sport"


def test_a_write_without_a_body_is_repeated_too(send: Send) -> None:
    send("PUT", "rules/r", json=BLOCK)
    assert [send("DELETE", "rules/r", "gone").status_code for _ in range(2)] == [204, 204]
    assert send("DELETE", "rules/r").status_code == 404


def test_a_file_is_taken_as_without_a_key(send: Send) -> None:
    for sent in ({"data": PICTURE.read_bytes(), "content_type": "image/png"}, {"data": {"file": PICTURE.open("rb")}}):
        assert send("POST", "images", f"picture{len(sent)}", **sent).status_code in (200, 201)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "rules/r", {**BLOCK, "section": "Sport"}), ("PUT", "rules/other", BLOCK), ("DELETE", "rules/r", None)],
)
def test_a_key_belongs_to_one_call(send: Send, method: str, path: str, body: Any) -> None:
    send("PUT", "rules/r", "k1", json=BLOCK)
    refused = send(method, path, "k1", json=body)
    assert refused.status_code == 400
    assert [fault["path"] for fault in refused.json["errors"]] == ["Idempotency-Key"]
    assert send("GET", "rules/r").json["section"] == "Ads"


def test_a_key_belongs_to_one_caller(send: Send) -> None:
    assert send("PUT", "rules/r", "k1", json=BLOCK).status_code == 201
    assert send("PUT", "rules/r", "k1", caller=1, json={**BLOCK, "section": "Sport"}).status_code == 200


def test_a_call_that_failed_is_mended_and_sent_again(send: Send) -> None:
    assert send("DELETE", "rules/r", "k1").status_code == 404
    send("PUT", "rules/r", json=BLOCK)
    assert send("DELETE", "rules/r", "k1").status_code == 204


@pytest.mark.parametrize("key", ["", "two words", "x" * 129])
def test_a_key_that_is_none_is_refused(send: Send, key: str) -> None:
    refused = send("PUT", "rules/r", key, json=BLOCK)
    assert (refused.status_code, refused.json["errors"][0]["path"]) == (400, "Idempotency-Key")


def test_of_calls_sent_at_once_one_is_done(redis: redis_client.Redis) -> None:
    calls = RedisAnsweredCalls(redis)

    def claimed(_: int) -> bool:
        try:
            return calls.claim("courier", "d", CALL) is None
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claimed, range(24))) == 1
    calls.release("courier", "d")
    assert calls.claim("courier", "d", CALL) is None


def test_what_was_answered_is_kept_for_a_day(redis: redis_client.Redis) -> None:
    calls, answer = RedisAnsweredCalls(redis), GivenAnswer(200, {"ETag": '"x"'}, b'{"a":1}\n\x00')
    assert calls.claim("courier", "d", CALL) is None
    calls.keep("courier", "d", CALL, answer)
    assert calls.claim("courier", "d", CALL) == answer
    assert calls.claim("herald", "d", CALL) is None
    with pytest.raises(InvalidInput):
        calls.claim("courier", "d", CALL[::-1])
    [key] = redis.keys("sf:{courier}:answered:*")
    assert KEPT_S - 300 < redis.ttl(key) <= KEPT_S


def test_an_answer_too_large_to_keep_is_not_given_again_as_an_empty_one(redis: redis_client.Redis) -> None:
    calls = RedisAnsweredCalls(redis)
    calls.keep("courier", "d", CALL, GivenAnswer(200, {}, random.Random(7).randbytes(MOST_BYTES + 9)))
    assert calls.claim("courier", "d", CALL) == GivenAnswer(200, {}, None)
