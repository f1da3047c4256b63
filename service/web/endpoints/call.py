"""One checked call of an endpoint: its caller, its site, its validated input, and the services that answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from flask import current_app

from service.domain.sites.access import Principal
from service.domain.sites.site import Site

if TYPE_CHECKING:
    from service.services import Services

Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Call(Generic[Body]):
    """One checked call: its caller, its site and its validated body and query."""

    services: Services
    principal: Principal
    _site: Site | None
    body: Body
    query: Any

    @property
    def site(self) -> Site:
        """The site this call is about; only where the endpoint names one."""
        assert self._site is not None, "this endpoint declares no site"  # noqa: S101
        return self._site


def services() -> Services:
    """Returns the services of the app that handles this request."""
    return cast("Services", current_app.extensions["standfirst"])
