"""The store answers by its client and by plain calls; neither ever waits long, and its absence is StoreUnavailable."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
import redis as redis_client

from service.adapters.redis.connection import close, connect, translate
from service.adapters.redis.plain_calls import PlainCalls
from service.domain.errors import StoreUnavailable
from tests.faults.killed_store import stalled

Call = Callable[..., Any]
WAYS: list[Callable[[redis_client.Redis], Call]] = [lambda client: client.execute_command, PlainCalls]
TIMEOUT_MS = 100
TRIES = 20  # of which one at least is not held up by a busy machine
each_way = pytest.mark.parametrize("way", WAYS, ids=["client", "plain calls"])


@each_way
@pytest.mark.redis
def test_answers_are_bytes(way: Callable[..., Call], redis: redis_client.Redis) -> None:
    call = way(redis)
    call("SET", "name", "value")
    assert call("GET", "name") == b"value"


@each_way
def test_an_absent_store_is_unavailable_at_once(way: Callable[..., Call], tmp_path: Path) -> None:
    call = way(connect(f"unix://{tmp_path}/nobody", 60_000))
    started_at = time.monotonic()
    with pytest.raises(StoreUnavailable), translate():
        call("PING")
    assert time.monotonic() - started_at < 30


@each_way
@pytest.mark.redis
def test_a_store_that_hangs_is_unavailable_after_one_timeout(
    way: Callable[..., Call], redis: redis_client.Redis, redis_url: str
) -> None:
    call = way(connect(redis_url, TIMEOUT_MS))

    def waited_s() -> float:
        started_at = time.monotonic()
        with pytest.raises(StoreUnavailable), translate():
            call("SET", "name", "value")
        return time.monotonic() - started_at

    with stalled(redis):
        assert any(0.5 * TIMEOUT_MS < 1_000 * waited_s() < 1.9 * TIMEOUT_MS for _ in range(TRIES))
    for _ in range(TRIES):
        with suppress(redis_client.TimeoutError):
            assert call("ECHO", "own") == b"own", "an answer that came too late is no other call's"
            break
    else:
        pytest.fail("no answer when the store was back")


@each_way
@pytest.mark.redis
def test_a_connection_closed_by_the_server_is_replaced_without_a_fault(
    way: Callable[..., Call], redis: redis_client.Redis, redis_url: str
) -> None:
    call = way(connect(redis_url, 30_000))
    call("PING")
    redis.client_kill_filter(_type="normal", skipme=True)
    assert call("PING")


@pytest.mark.redis
def test_a_new_connection_says_who_it_is_in_one_call(redis: redis_client.Redis, redis_url: str) -> None:
    """On a store that syncs slowly each call of the greeting would cost a page another wait."""
    before = cast("dict[str, int]", redis.info("stats"))["total_commands_processed"]
    PlainCalls(connect(redis_url, 30_000))("PING")
    after = cast("dict[str, int]", redis.info("stats"))["total_commands_processed"]
    own, greeting_and_call = 1, 2
    assert after - before == own + greeting_and_call


@each_way
@pytest.mark.redis
def test_a_wrong_command_is_a_bug_and_stays_one(way: Callable[..., Call], redis: redis_client.Redis) -> None:
    call = way(redis)
    with pytest.raises(redis_client.ResponseError), translate():
        call("NOSUCHCOMMAND")
    assert call("PING")


@pytest.mark.redis
def test_calls_one_after_the_other_share_a_connection_and_calls_at_once_have_their_own(
    redis: redis_client.Redis, redis_url: str
) -> None:
    call = PlainCalls(connect(redis_url, 60_000))
    before = len(redis.client_list())

    def waiting() -> set[int]:
        return {int(one["id"]) for one in redis.client_list() if "b" in one["flags"]}

    alone = {call("CLIENT", "ID") for _ in range(5)}
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(call, "BLPOP", "go", 30) for _ in range(3)]
        while len(at_once := waiting()) < 3 and not any(each.done() for each in calls):
            time.sleep(0.01)
        redis.rpush("go", 1, 2, 3)

    assert [each.result()[0] for each in calls] == [b"go"] * 3
    assert len(alone) == 1
    assert alone < at_once
    assert len(redis.client_list()) - before == len(at_once) == 3


@pytest.mark.redis
def test_many_that_come_and_go_leave_no_connection_behind(redis: redis_client.Redis, redis_url: str) -> None:
    client = connect(redis_url, 30_000)

    assert len({PlainCalls(client)("CLIENT", "ID") for _ in range(200)}) == 1


@pytest.mark.redis
def test_a_closed_client_closes_what_plain_calls_hold_and_connects_anew(
    redis: redis_client.Redis, redis_url: str
) -> None:
    client = connect(redis_url, 30_000)
    call = PlainCalls(client)
    first = call("CLIENT", "ID")
    close(client)

    assert first not in {int(one["id"]) for one in redis.client_list()}
    assert call("CLIENT", "ID") != first


@pytest.mark.redis
def test_a_forked_process_never_calls_on_its_parents_connection(redis_url: str) -> None:
    call = PlainCalls(connect(redis_url, 30_000))
    first = call("CLIENT", "ID")
    read, write = os.pipe()
    if not (child := os.fork()):
        os.write(write, b"%d" % call("CLIENT", "ID"))
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(read, 20)) != first
    assert call("CLIENT", "ID") == first
    os.close(read)
    os.close(write)
