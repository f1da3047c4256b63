"""The Courier's pages: front page, sections and articles, each with its side column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Request, Response, abort, current_app, g, make_response, render_template, request

from service.demo.renderer.newsroom import Newsroom, Story
from service.demo.renderer.side_column.column import Reader, SideColumn, Subject, side_column
from service.demo.renderer.side_column.policy import page_policy
from service.demo.renderer.side_column.trial import Trial, trial_of
from service.demo.renderer.wording import language_name
from standfirst_client import StandfirstClient

pages = Blueprint("pages", __name__)


@pages.get("/")
def front() -> Response:
    """Returns the front page; its side column repeats nothing that stands on it."""
    front_page = _newsroom().front_page(_now())
    trial = trial_of(request.args)
    listing = _listing(front_page.story_ids, trial, _newsroom().language)
    column = _column(replace(listing, is_front=True), trial)
    return _page("front.html", column, trial=trial, front=front_page)


@pages.get("/section/<name>")
def section(name: str) -> Response:
    """Returns a section's page, or 404 for a section without stories."""
    stories = _newsroom().section_page(name)
    if not stories:
        abort(404)
    return _list_page(stories, section=stories[0].section, heading=stories[0].section)


@pages.get("/language/<code>")
def language(code: str) -> Response:
    """Returns the stories in one of the languages beside the paper's own, or 404."""
    stories = _newsroom().language_page(code)
    if not stories:
        abort(404)
    return _list_page(stories, section=code, heading=language_name(code), heading_language=code)


@pages.get("/article/<story_id>")
def article(story_id: str) -> Response:
    """Returns a story with its side column, or 404."""
    story = _newsroom().story(story_id)
    if story is None:
        abort(404)
    trial = trial_of(request.args, story.title, story.text)
    column = _column(_subject(story, trial), trial)
    more = _newsroom().more_after(story, column.article_ids)
    return _page("article.html", column, trial=trial, story=story, section=story.section, more=more)


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


def _now() -> datetime:
    now: datetime = current_app.extensions["clock"]()
    return now


def _column(subject: Subject, trial: Trial) -> SideColumn:
    client: StandfirstClient = current_app.extensions["standfirst"]
    return side_column(client, reader_of(request), subject, trial)


def _listing(story_ids: Iterable[str], trial: Trial, language: str) -> Subject:
    """Returns the subject of a page that has no story of its own, unless a visitor tries some words for it."""
    words = {"title": trial.title, "text": trial.text} if trial.has_words else None
    newsroom = _newsroom()
    exclude = [*newsroom.with_retellings(story_ids), *newsroom.in_other_languages(language)]
    return Subject(words, tuple(dict.fromkeys(exclude)))


def _subject(story: Story, trial: Trial) -> Subject:
    """Returns a story's page as the page call names it: by its id, or by the words that a visitor tries instead."""
    other = _newsroom().language_of(story.id)
    language = {"language": other} if other else {}
    exclude = _newsroom().in_other_languages(story.language)
    if not trial.has_words:
        return Subject({"id": story.id, **language}, tuple(exclude), has_foot=True)
    words = {"title": trial.title, "text": trial.text, "section": story.section, **language}
    return Subject(words, (story.id, *exclude), has_foot=True)


def _list_page(stories: Sequence[Story], **context: Any) -> Response:
    trial = trial_of(request.args)
    column = _column(_listing((story.id for story in stories), trial, stories[0].language), trial)
    return _page("section.html", column, trial=trial, stories=stories, **context)


def _page(template: str, column: SideColumn | None, **context: Any) -> Response:
    """Returns a rendered page with its policy; a page with ads in it is nobody else's to keep."""
    g.now = _now()
    newsroom = _newsroom()
    paper = {"sections": newsroom.sections, "languages": newsroom.languages, "language_of": newsroom.language_of}
    response = make_response(render_template(template, column=column, **paper, **context))
    response.headers["Content-Security-Policy"] = page_policy(column)
    response.headers["Cache-Control"] = "private, no-store"
    return response
