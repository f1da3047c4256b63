"""Takes impressions and views ahead of Flask, whose routing and responses cost more than all that these need."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from service.domain.events.tokens import EventKind
from service.web.arrival import arrival_of_request
from service.web.request_log import Seen, note, request_id_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from service.services import Services

UNKEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer-when-downgrade"}
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
FAULT = "standfirst.event_fault"
"""Where in the WSGI environment a view finds why the event was not taken."""


class Answer(NamedTuple):
    """What a method is answered where the event was taken, whatever became of it."""

    code: int
    status: str
    headers: tuple[tuple[str, str], ...]
    body: tuple[bytes, ...]


_OF_PIXEL = (("Content-Type", "image/gif"), ("Content-Length", str(len(PIXEL))), *UNKEPT.items())
ANSWERS = {
    "GET": Answer(200, "200 OK", _OF_PIXEL, (PIXEL,)),
    "HEAD": Answer(200, "200 OK", _OF_PIXEL, ()),
    "POST": Answer(204, "204 No Content", tuple(UNKEPT.items()), ()),
}
REPORTED = {"/i/": (EventKind.IMPRESSION, "/i/<token>"), "/v/": (EventKind.VIEW, "/v/<token>")}
"""By what an address begins with: what it reports, and its route."""


class EventGate:
    """A WSGI app before Flask's. It answers events that are taken; all else, and why one is not, Flask tells."""

    def __init__(self, app: WSGIApplication, services: Services) -> None:
        self._app = app
        self._services = services

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a pixel, or 204 to a beacon: the same for every token."""
        path = environ["PATH_INFO"]
        method = environ["REQUEST_METHOD"]
        reported, token, answer = REPORTED.get(path[:3]), path[3:], ANSWERS.get(method)
        if reported is None or answer is None or not token or "/" in token:
            return self._app(environ, start_response)
        kind, route = reported
        seen = Seen(self._services, time.perf_counter(), request_id_of(environ), method, route)
        try:
            self._record(environ, token, kind)
        except Exception as fault:  # noqa: BLE001 # Flask tells every fault: ours, and what is a bug
            environ[FAULT] = fault
            return self._app(environ, start_response)
        start_response(answer.status, [*answer.headers, ("X-Request-Id", seen.request_id)])
        note(seen, answer.code)
        return answer.body

    def _record(self, environ: WSGIEnvironment, token: str, kind: EventKind) -> None:
        services = self._services
        services.ads.events.record(token, kind, arrival_of_request(environ, services.config, services.agent_of))
