"""Checks who calls: the bearer token or the browser's origin, its scopes, and its site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Request, request

from service.domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from service.domain.sites.access import Principal, Scope
from service.domain.sites.site import Site

if TYPE_CHECKING:
    from service.services import Services

NOBODY = Principal(None, frozenset(), None)
BROWSER = Principal(None, frozenset({Scope.RENDER}), None)


def identify(services: Services, request: Request, *, origins: bool) -> Principal:
    """Returns the caller of a request; NOBODY without a token, BROWSER with an origin where those may call.

    Raises Unauthenticated for a token that is malformed, unknown or revoked.
    """
    header = request.environ.get("HTTP_AUTHORIZATION")
    if header:
        return services.access.principal(header)
    if origins and request.environ.get("HTTP_ORIGIN"):
        return BROWSER
    return NOBODY


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raises Unauthenticated for a caller without a token, Forbidden for a token that lacks the scope."""
    if principal.allows(scope):
        return
    if principal.token_id is None:
        raise Unauthenticated(
            "This call needs a token: send 'Authorization: Bearer sf_...'; "
            f"`standfirst tokens create --site SITE --scope {scope}` makes one."
        )
    own = ", ".join(sorted(principal.scopes))
    raise Forbidden(
        f"This call needs a token with the scope '{scope}', and this one has {own}; "
        f"`standfirst tokens create --site SITE --scope {scope}` makes one."
    )


def require_own(principal: Principal, site_id: str) -> None:
    """Raises Forbidden for a token of another site; the site itself need not exist."""
    if principal.site not in (None, site_id):
        raise Forbidden(
            f"This token belongs to the site '{principal.site}'; "
            f"for the site '{site_id}' make one with `standfirst tokens create --site {site_id}`."
        )


def require_site(services: Services, principal: Principal, named: str | None) -> Site:
    """Returns the site that a call is about: the named one, or the token's own.

    Raises InvalidInput where none is named, Forbidden for a token of another site or a browser of an origin that the
    site does not list, NotFound for an unknown site.
    """
    site_id = named or principal.site
    if site_id is None:
        raise InvalidInput.one("site", 'Name the site: ?site=ID, or "site" in a body that has it.')
    require_own(principal, site_id)
    if principal is BROWSER:
        return listing_site(services, site_id, request.headers.get("Origin", ""))
    return services.sites.get(site_id)


def is_listed(services: Services, site_id: str, origin: str) -> bool:
    """Returns whether there is such a site and it lists the browser's origin."""
    try:
        return origin in services.sites.get(site_id).origins
    except NotFound:
        return False


def listing_site(services: Services, site_id: str, origin: str) -> Site:
    """Returns the site if it lists the browser's origin. Raises Forbidden if not, or if there is no such site."""
    if not is_listed(services, site_id, origin):
        raise Forbidden(
            f"The origin '{origin}' is not on the list of the site '{site_id}'; "
            "`standfirst sites change --origin` or PUT /v1/sites puts it there."
        )
    return services.sites.get(site_id)
