"""Tokens: what is kept of them, who they belong to, and when they stop working."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.adapters.redis.sites.token_store import RedisTokenStore
from service.domain.errors import InvalidInput, NotFound, StoreUnavailable, Unauthenticated
from service.domain.sites.access import Scope, Token
from service.usecases.sites.manage_access import Access


class Desk:
    """Access over an empty store, with a clock of the test's own."""

    def __init__(self, redis: redis_client.Redis) -> None:
        self.now = 1_700_000_000.0
        self.tokens = RedisTokenStore(redis)
        self.is_away = False
        self.access = Access(self.tokens, lambda: self.now, lookup=self.looked_up)

    def looked_up(self, token_id: str) -> Token | None:
        """The token, unless the store is away."""
        if self.is_away:
            raise StoreUnavailable("away")
        return self.tokens.get(token_id)


@pytest.fixture
def desk(redis: redis_client.Redis) -> Desk:
    return Desk(redis)


def test_a_token_names_its_scopes_and_its_site(desk: Desk) -> None:
    text, token = desk.access.create("courier", [Scope.RENDER, Scope.ADS], "renderer")
    caller = desk.access.principal(f"Bearer {text}")
    assert caller.token_id == token.id
    assert caller.site == "courier"
    assert caller.allows(Scope.ADS)
    assert not caller.allows(Scope.CONTENT)


def test_an_administrator_may_do_everything(desk: Desk) -> None:
    text, _ = desk.access.create(None, [Scope.ADMIN])
    assert all(desk.access.principal(f"Bearer {text}").allows(scope) for scope in Scope)


def test_the_secret_is_not_kept(desk: Desk) -> None:
    text, token = desk.access.create(None, [Scope.ADMIN])
    secret = text.rpartition("_")[2]
    assert len(secret) == 64
    assert secret not in repr(desk.tokens.all())
    assert token.secret_hash != secret


def test_two_tokens_are_never_the_same(desk: Desk) -> None:
    assert len({desk.access.create(None, [Scope.ADMIN])[0] for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer sf_", "Basic {token}", "Bearer {token}x", "Bearer x{token}", "{token}",
     "Bearer sf_aaaaaaaaaaaa_" + "0" * 64, "Bearer {token} {token}", "Bearer {swapped}", "Bearer {upper}",
     "Bearer " + "x" * 100_000],
)  # fmt: skip
def test_a_header_that_is_not_a_tokens_own_is_refused(desk: Desk, header: str) -> None:
    text, _ = desk.access.create(None, [Scope.ADMIN])
    last = "0" if text[-1] != "0" else "1"
    with pytest.raises(Unauthenticated):
        desk.access.principal(header.format(token=text, swapped=text[:-1] + last, upper=text.upper()))


def test_the_scheme_is_read_in_any_case(desk: Desk) -> None:
    text, _ = desk.access.create(None, [Scope.ADMIN])
    assert desk.access.principal(f"bearer {text}").token_id


def test_a_token_revoked_elsewhere_stops_working_within_a_second(desk: Desk) -> None:
    text, token = desk.access.create(None, [Scope.ADMIN])
    desk.access.principal(f"Bearer {text}")
    desk.tokens.revoke(token.id)
    desk.now += 1
    with pytest.raises(Unauthenticated):
        desk.access.principal(f"Bearer {text}")


def test_a_token_revoked_here_stops_working_at_once(desk: Desk) -> None:
    text, token = desk.access.create(None, [Scope.ADMIN])
    desk.access.principal(f"Bearer {text}")
    desk.access.revoke(token.id)
    with pytest.raises(Unauthenticated):
        desk.access.principal(f"Bearer {text}")


def test_a_known_token_is_taken_for_as_long_as_the_store_is_away(desk: Desk) -> None:
    known, _ = desk.access.create("courier", [Scope.RENDER])
    unknown, _ = desk.access.create("courier", [Scope.RENDER])
    desk.access.principal(f"Bearer {known}")
    desk.is_away = True
    desk.now += 3 * 3_600
    assert desk.access.principal(f"Bearer {known}").allows(Scope.RENDER)
    with pytest.raises(StoreUnavailable):
        desk.access.principal(f"Bearer {unknown}")


def test_an_unknown_token_cannot_be_revoked(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.access.revoke("aaaaaaaaaaaa")


def test_a_token_that_allows_nothing_is_not_made(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        desk.access.create("courier", [])
    assert desk.access.all() == []
