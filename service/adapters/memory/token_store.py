"""Keeps access tokens in memory."""

from __future__ import annotations

from service.domain.access import Token


class MemoryTokenStore:
    """A TokenStore of this process alone."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def get(self, token_id: str) -> Token | None:
        """Returns the token, or None if unknown or revoked."""
        return self._tokens.get(token_id)

    def put(self, token: Token) -> None:
        """Keeps the token."""
        self._tokens[token.id] = token

    def all(self) -> list[Token]:
        """Returns every token, by id."""
        return [self._tokens[token_id] for token_id in sorted(self._tokens)]

    def revoke(self, token_id: str) -> bool:
        """Forgets the token; False if it was not there."""
        return self._tokens.pop(token_id, None) is not None
