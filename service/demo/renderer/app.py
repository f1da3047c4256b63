"""Makes the renderer: its stories, its line to Standfirst, its pages and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g

from service.demo.renderer import wording
from service.demo.renderer.newsroom import Newsroom
from service.demo.renderer.pages import pages
from service.demo.renderer.pictures import pictures
from standfirst_client import StandfirstClient

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_renderer(
    base_url: str,
    token: str | None,
    site: str,
    articles: Sequence[Mapping[str, Any]],
    *,
    language: str = "en",
    timeout_s: float = 1.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    """Returns the newspaper's web application, which asks the service at `base_url` for every page's side column."""
    app = Flask(__name__)
    app.extensions["newsroom"] = Newsroom(articles)
    app.extensions["standfirst"] = StandfirstClient(base_url, token, site, timeout_s)
    app.extensions["clock"] = clock
    app.register_blueprint(pages)
    app.register_blueprint(pictures)
    app.after_request(_secured)
    _add_wording(app, language)
    return app


def _add_wording(app: Flask, language: str) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        when=lambda moment: wording.when(moment, g.now),
        date=wording.date_line,
        comments=wording.comments,
        deck=wording.deck,
        plain_code=wording.plain_code,
    )
    app.jinja_env.globals.update(language=language, direction=wording.direction(language))
    app.context_processor(lambda: {"date_line": wording.date_line(g.now)})


def _secured(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
