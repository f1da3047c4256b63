"""The Courier's pages: front page, sections and articles, each with its side column."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Request, Response, abort, current_app, g, make_response, render_template, request

from service.demo.renderer.column import Reader, SideColumn, side_column
from service.demo.renderer.newsroom import Newsroom
from service.demo.renderer.policy import page_policy
from standfirst_client import StandfirstClient

pages = Blueprint("pages", __name__)


@pages.get("/")
def front() -> Response:
    """Returns the front page; its side column repeats nothing that stands on it."""
    front_page = _newsroom().front_page()
    return _page("front.html", _column(None, _newsroom().with_retellings(front_page.story_ids)), front=front_page)


@pages.get("/section/<name>")
def section(name: str) -> Response:
    """Returns a section's page, or 404 for a section without stories."""
    stories = _newsroom().section_page(name)
    if not stories:
        abort(404)
    return _page(
        "section.html",
        _column(None, _newsroom().with_retellings(story.id for story in stories)),
        section=stories[0].section,
        stories=stories,
    )


@pages.get("/article/<story_id>")
def article(story_id: str) -> Response:
    """Returns a story with its side column, or 404."""
    story = _newsroom().story(story_id)
    if story is None:
        abort(404)
    column = _column(story.id, ())
    more = _newsroom().more_after(story, column.article_ids)
    return _page("article.html", column, story=story, section=story.section, more=more)


@pages.get("/livez")
def livez() -> Response:
    """Returns that this process answers; asks nobody."""
    return Response("ok\n", mimetype="text/plain")


@pages.app_errorhandler(404)
def missing(_: Exception) -> Response:
    """Returns the page for an address that does not exist."""
    response = _page("missing.html", None)
    response.status_code = 404
    return response


def reader_of(sent: Request) -> Reader:
    """Returns what a request tells of its reader: device, privacy signal, and whether somebody will see the page."""
    is_mobile = sent.headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in sent.headers.get("User-Agent", "")
    purpose = sent.headers.get("Sec-Purpose", "") + sent.headers.get("Purpose", "")
    return Reader(
        device="mobile" if is_mobile else "desktop",
        gpc=sent.headers.get("Sec-GPC") == "1",
        is_rendering=sent.method == "GET" and "prefetch" not in purpose,
    )


def _newsroom() -> Newsroom:
    newsroom: Newsroom = current_app.extensions["newsroom"]
    return newsroom


def _column(story_id: str | None, exclude: list[str] | tuple[()]) -> SideColumn:
    client: StandfirstClient = current_app.extensions["standfirst"]
    return side_column(client, reader_of(request), story_id, exclude)


def _page(template: str, column: SideColumn | None, **context: Any) -> Response:
    """Returns a rendered page with its policy; a page with ads in it is nobody else's to keep."""
    g.now = current_app.extensions["clock"]()
    response = make_response(render_template(template, column=column, sections=_newsroom().sections, **context))
    response.headers["Content-Security-Policy"] = page_policy(column)
    response.headers["Cache-Control"] = "private, no-store"
    return response
