"""Creates, checks, lists and revokes access tokens; only the hash of a token's secret is ever kept."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
from collections.abc import Callable, Iterable

from service.domain.errors import InvalidInput, NotFound, Unauthenticated
from service.domain.ports import Clock, TokenStore
from service.domain.sites.access import Principal, Scope, Token
from service.usecases.sites.brief_cache import BriefCache

TOKEN_PATTERN = re.compile(r"sf_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class Access:
    """Tells who a token belongs to.

    A token is looked up at most once a second in each process, so a revoked one stops working within a second. While
    the store is away a token that was valid stays so, so that pages keep being filled: nobody can revoke one then, and
    whatever else it allows needs the store. A token that neither this process nor this host has known is then refused
    as StoreUnavailable.
    """

    def __init__(
        self,
        tokens: TokenStore,
        clock: Clock,
        *,
        lookup: Callable[[str], Token | None] | None = None,
        last_known: Callable[[str], Token | None] = lambda _: None,
    ) -> None:
        """Keeps tokens in `tokens`; `lookup`, where given, reads them on the request path (with a shorter timeout).

        `last_known` tells of a token that this host knew before the process began, for while the store is away.
        """
        self._tokens = tokens
        self._clock = clock
        self._cache: BriefCache[Token] = BriefCache(
            lookup or tokens.get, clock, grace_s=math.inf, last_known=last_known
        )

    def principal(self, header: str) -> Principal:
        """Returns the caller of an `Authorization` header.

        Raises Unauthenticated for a token that is malformed, unknown or revoked.
        """
        scheme, _, text = header.partition(" ")
        parts = TOKEN_PATTERN.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
        if parts is None:
            raise Unauthenticated("The token is malformed: send 'Authorization: Bearer sf_<id>_<secret>'.")
        token_id, secret = parts.groups()
        token = self._cache.get(token_id)
        if token is None or not hmac.compare_digest(token.secret_hash, hash_secret(secret)):
            raise Unauthenticated("The token is unknown or was revoked; `standfirst tokens create` makes another.")
        return Principal(token.id, token.scopes, token.site)

    def create(self, site: str | None, scopes: Iterable[Scope], name: str = "") -> tuple[str, Token]:
        """Returns a new token's text, which is told this once, and the token; site None is for every site."""
        granted = frozenset(scopes)
        if not granted:
            raise InvalidInput.one("scopes", "A token needs at least one scope.")
        secret = secrets.token_hex(32)
        token = Token(secrets.token_hex(6), hash_secret(secret), granted, site, int(self._clock()), name)
        self._tokens.put(token)
        return f"sf_{token.id}_{secret}", token

    def revoke(self, token_id: str) -> None:
        """Forgets the token. Raises NotFound."""
        self._cache.forget(token_id)
        if not self._tokens.revoke(token_id):
            raise NotFound("token", token_id)

    def all(self) -> list[Token]:
        """Returns every token, by id."""
        return self._tokens.all()


def hash_secret(secret: str) -> str:
    """Returns the SHA-256 of a token's secret in hex; plain, since 256 random bits leave nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
