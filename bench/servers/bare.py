"""The reference of page calls: a bare Flask route that answers fixed bytes, under the service's gunicorn settings."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, Response

from service.cli.running.serve import announce, heartbeat_dir
from service.listening import claim_port
from service.server import Server, ServerSettings

BARE_WORKERS = 2


class NoWork:
    """Stands where the service keeps its services, so that the very same hooks run."""

    def disconnect(self) -> None:
        """Has nothing to disconnect."""

    start_background = close = disconnect
    may_serve = True

    @property
    def readiness(self) -> NoWork:
        """What tells whether it is ready: it itself, for it always is."""
        return self

    def look(self) -> NoWork:
        """Returns what it finds: that it may serve."""
        return self


def bare_app(body: bytes) -> Flask:
    """Returns an app of one route, POST /v1/page, that reads its body and answers these bytes, and /livez."""
    app = Flask("bare", static_folder=None)
    app.extensions["standfirst"] = NoWork()

    @app.post("/v1/page")
    def page() -> Response:
        return Response(body, content_type="application/json")

    @app.get("/livez")
    def livez() -> Response:
        return Response(b"{}", content_type="application/json")

    return app


if __name__ == "__main__":
    claim = claim_port("127.0.0.1", 0)
    app = bare_app(Path(sys.argv[1]).read_bytes())
    settings = ServerSettings(claim, BARE_WORKERS, 4, "warning", heartbeat_dir())
    Server(app, settings, lambda: announce(claim.url), lambda _: None).run()
