"""Checks who calls: the bearer token or the browser's origin, its scopes, and its site."""

from __future__ import annotations

from flask import Request

from service.bootstrap import Services
from service.domain.access import Principal, Scope
from service.domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from service.domain.site import Site

NOBODY = Principal(None, frozenset(), None)


def identify(services: Services, request: Request, *, origins: bool) -> Principal:
    """Returns the caller of a request; NOBODY without a token.

    Raises Unauthenticated for a token that is malformed, unknown or revoked.
    """
    header = request.headers.get("Authorization", "")
    if header:
        return services.access.principal(header)
    if origins and request.headers.get("Origin"):
        return Principal(None, frozenset({Scope.RENDER}), None)
    return NOBODY


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raises Unauthenticated for nobody, Forbidden for a caller that lacks the scope."""
    if principal.allows(scope):
        return
    if principal.token_id is None and not principal.scopes:
        raise Unauthenticated("This call needs a token: send 'Authorization: Bearer sf_...'.")
    raise Forbidden(f"This call needs a token with the scope '{scope}'.")


def require_site(services: Services, principal: Principal, named: str | None) -> Site:
    """Returns the site that a call is about: the named one, or the token's own.

    Raises InvalidInput where none is named, Forbidden for a token of another site, NotFound for an unknown one.
    """
    site_id = named or principal.site
    if site_id is None:
        raise InvalidInput.one("?site", "Name the site: ?site=ID.")
    if principal.site is not None and principal.site != site_id:
        raise Forbidden(f"This token belongs to the site '{principal.site}'.")
    if principal.token_id is None:
        raise_unless_listed(services, site_id)
    return services.sites.get(site_id)


def raise_unless_listed(services: Services, site_id: str) -> None:
    """Raises Forbidden unless the browser's origin is on the site's list."""
    from flask import request

    origin = request.headers.get("Origin", "")
    try:
        listed = origin in services.sites.get(site_id).origins
    except NotFound:
        listed = False
    if not listed:
        raise Forbidden(f"The origin '{origin}' is not on the list of the site '{site_id}'.")
