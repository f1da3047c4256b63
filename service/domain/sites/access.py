"""Who may do what: scopes, and the token or origin that a call came with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token allows; `admin` allows everything."""

    RENDER = "render"
    CONTENT = "content"
    ADS = "ads"
    REPORTS = "reports"
    MODELS = "models"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Token:
    """An access token as it is kept: only the hash of its secret; `site` None is valid for every site."""

    id: str
    secret_hash: str
    scopes: frozenset[Scope]
    site: str | None
    created_at: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller of a request: a token's scopes and site, or a browser of a listed origin (render only)."""

    token_id: str | None
    scopes: frozenset[Scope]
    site: str | None

    def allows(self, scope: Scope) -> bool:
        """True if this caller has the scope, or is an administrator."""
        return scope in self.scopes or Scope.ADMIN in self.scopes
