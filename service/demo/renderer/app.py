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

PATIENCE_S = 5.0
"""What a page waits for its column: a newspaper would rather do without it, a demonstration would not."""
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
    arrivals: Callable[[], Sequence[Mapping[str, Any]] | None] = lambda: None,
    language: str = "en",
    timeout_s: float = PATIENCE_S,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Flask:
    """Returns the newspaper's web application, which asks the service at `base_url` for every page's side column.

    `arrivals` is asked before every page: it returns all stories anew where there are others, else None.
    """
    app = Flask(__name__)
    app.extensions["newsroom"] = Newsroom(articles, language)
    app.before_request(lambda: _take_in(app, arrivals(), language))
    app.extensions["standfirst"] = StandfirstClient(base_url, token, site, timeout_s)
    app.extensions["clock"] = clock
    app.register_blueprint(pages)
    app.register_blueprint(pictures)
    app.after_request(_secured)
    _add_wording(app, language)
    return app


def _take_in(app: Flask, articles: Sequence[Mapping[str, Any]] | None, language: str) -> None:
    """Lays out new stories; those that cannot be read leave the paper as it is."""
    if articles is None:
        return
    try:
        app.extensions["newsroom"] = Newsroom(articles, language)
    except (KeyError, TypeError, ValueError) as error:
        app.logger.warning("new stories were left out: %r", error)


def _add_wording(app: Flask, language: str) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        when=lambda moment, tongue=language: wording.when(moment, g.now, tongue),
        date=wording.date_line,
        comments=wording.comments,
        deck=wording.deck,
        plain_code=wording.plain_code,
        direction=wording.direction,
        language_name=wording.language_name,
        written_in=wording.written_in,
        figure=wording.figure,
        as_json=wording.as_json,
    )
    app.jinja_env.globals.update(language=language)
    app.context_processor(lambda: {"date_line": wording.date_line(g.now)})


def _secured(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
