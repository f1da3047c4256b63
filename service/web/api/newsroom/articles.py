"""Articles over HTTP: put, change, read, unpublish, list, and a stream of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson
from flask import Response, request
from pydantic import BaseModel, Field

from service.domain.content.article import Article
from service.domain.content.article_record import article_record
from service.domain.errors import Fault, InvalidInput, NotFound
from service.domain.guard import Guard
from service.domain.ports import ArticleStore, Outcome
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.usecases.content.bounded_lines import bounded_lines
from service.usecases.content.ingest_articles import Draft, Ingested, ingest_articles
from service.web.api.newsroom.article_answers import ArticleAnswer, ArticleList, WrittenAnswer, article_answer
from service.web.api.newsroom.article_wire import (
    ArticleBody,
    ArticlePatch,
    HtmlText,
    amendment,
    checked_id,
    read_article,
    to_article,
)
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api, one_article, unlimited
from service.web.endpoints.etag import if_match, tag_of, tagged
from service.web.endpoints.json_wire import json_answer, json_fault
from service.web.endpoints.paging import ListQuery, cursor_at, place_at

api = Api("articles", __name__)

NDJSON = "application/x-ndjson"
ANSWERS_IN_MEMORY_BYTES = 1_000_000
CHUNK_BYTES = 65_536


class FaultAnswer(BaseModel):
    """Why a line was refused."""

    path: str
    message: str


class LineAnswer(BaseModel):
    """What became of one line."""

    line: int
    id: str | None
    outcome: str = Field(description="`loaded`, `updated`, `unchanged` or `refused`.")
    errors: list[FaultAnswer]


@api.endpoint(
    "PUT",
    "/v1/articles/<article_id>",
    scope=Scope.CONTENT,
    summary="Publish an article, or replace it as a whole.",
    body=ArticleBody,
    answer=WrittenAnswer,
    statuses=(200, 201, 412),
    body_limit=one_article,
)
def put_article(call: Call[ArticleBody], article_id: str) -> Response:
    """Answers 201 for a new article, else 200; the same article again changes nothing."""
    article = to_article(checked_id(article_id), call.body, call.services.html_text)
    outcome = _put_or_replace(call, article, if_match(article_record))
    answer = _written(call, article_id, outcome, 201 if outcome == "loaded" else 200)
    answer.set_etag(tag_of(article_record(article)))
    return answer


@api.endpoint(
    "PATCH",
    "/v1/articles/<article_id>",
    scope=Scope.CONTENT,
    summary="Change some fields of an article.",
    body=ArticlePatch,
    answer=WrittenAnswer,
    statuses=(200, 404, 409),
    body_limit=one_article,
)
def patch_article(call: Call[ArticlePatch], article_id: str) -> Response:
    """Answers what became of the article; fields that are not given stay."""
    change = amendment(call.body, call.services.html_text)
    _, outcome = call.services.articles.amend(call.site.id, article_id, change)
    return _written(call, article_id, outcome, 200)


@api.endpoint(
    "GET",
    "/v1/articles/<article_id>",
    scope=Scope.CONTENT,
    summary="Every field of an article.",
    answer=ArticleAnswer,
    statuses=(200, 404),
)
def get_article(call: Call[None], article_id: str) -> Response:
    """Answers the article as it is kept, its text free of markup."""
    article = call.services.articles.get(call.site.id, article_id)
    return tagged(article_answer(article), article_record(article))


@api.endpoint(
    "DELETE",
    "/v1/articles/<article_id>",
    scope=Scope.CONTENT,
    summary="Unpublish an article.",
    statuses=(204, 404),
)
def delete_article(call: Call[None], article_id: str) -> Response:
    """Answers 204 without a body; no page shows the article from then on."""
    if not call.services.articles.remove(call.site.id, article_id):
        raise NotFound("article", article_id)
    return Response(status=204)


@api.endpoint(
    "GET",
    "/v1/articles",
    scope=Scope.CONTENT,
    summary="The site's articles without their texts, the longest unchanged first.",
    query=ListQuery,
    answer=ArticleList,
)
def list_articles(call: Call[None]) -> Response:
    """Answers at most `limit` articles; one that changes meanwhile comes again, none is missed."""
    query: ListQuery = call.query
    since = _version_at(query.cursor)
    found, last = _changed_articles(call.services.articles, call.site.id, since, query.limit)
    items = [article_answer(article, with_text=False) for article in found]
    return json_answer(ArticleList(items=items, cursor=None if last is None else cursor_at(str(last))))


@api.endpoint(
    "POST",
    "/v1/articles",
    scope=Scope.CONTENT,
    summary="Publish many articles: a line of JSON with an `id` each, answered line by line.",
    answer=LineAnswer,
    media=NDJSON,
    body_limit=unlimited,
    takes={NDJSON: ArticleBody},
)
def post_articles(call: Call[None]) -> Response:
    """Answers a line for each line, in their order, once the whole stream has been read.

    The answers wait in a file meanwhile: a caller that reads nothing until it has sent everything would otherwise stand
    still together with us as soon as the buffers between are full.
    """
    drafts = _drafts(request.stream, call.site, call.services.html_text, call.services.config.max_article_bytes)
    answers = SpooledTemporaryFile(max_size=ANSWERS_IN_MEMORY_BYTES)  # noqa: SIM115 # closed with the response
    try:
        for ingested in ingest_articles(call.services.articles, call.site.id, drafts):
            answers.write(_line(ingested))
    except BaseException:
        answers.close()
        raise
    answers.seek(0)
    response = Response(_chunks(answers), content_type=NDJSON)
    response.call_on_close(answers.close)  # also where nobody reads the answer
    return response


def _put_or_replace(call: Call[Any], article: Article, guard: Guard[Article] | None) -> Outcome:
    """Puts the article; with a guard only in the place of one that it lets be replaced."""
    if guard is None:
        (outcome,) = call.services.articles.put(call.site.id, [article])
        return outcome

    def replace_seen(current: Article) -> Article:
        guard(current)
        return article

    try:
        return call.services.articles.amend(call.site.id, article.id, replace_seen)[1]
    except NotFound:
        guard(None)
        raise


def _written(call: Call[Any], article_id: str, outcome: str, status: int) -> Response:
    version = call.services.articles.version(call.site.id)
    return json_answer(WrittenAnswer(id=article_id, outcome=outcome, version=version), status)


def _drafts(stream: IO[bytes], site: Site, html_text: HtmlText, limit: int) -> Iterator[Draft]:
    for number, content in bounded_lines(stream, limit):
        if content is None:
            yield Draft(number, None, faults=(Fault("", f"The line is longer than {limit} bytes."),))
        else:
            yield _draft(number, content, site, html_text)


def _draft(number: int, content: bytes, site: Site, html_text: HtmlText) -> Draft:
    try:
        raw = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        return Draft(number, None, faults=(Fault("", f"The line {json_fault(content, error)}."),))
    if not isinstance(raw, dict):
        return Draft(number, None, faults=(Fault("", "The line is JSON, but no object."),))
    named = raw.get("id") if isinstance(raw.get("id"), str) else None
    try:
        return Draft(number, named, read_article(raw, site, html_text))
    except InvalidInput as error:
        return Draft(number, named, faults=error.faults)


def _line(ingested: Ingested) -> bytes:
    answer = LineAnswer(
        line=ingested.line,
        id=ingested.article_id,
        outcome=ingested.outcome,
        errors=[FaultAnswer(path=fault.path, message=fault.message) for fault in ingested.faults],
    )
    return answer.model_dump_json().encode() + b"\n"


def _chunks(answers: IO[bytes]) -> Iterator[bytes]:
    with answers:
        while chunk := answers.read(CHUNK_BYTES):
            yield chunk


def _changed_articles(store: ArticleStore, site_id: str, since: int, limit: int) -> tuple[list[Article], int | None]:
    """Returns at most `limit` articles changed after `since`, and the version to go on from; None at the end."""
    found: list[Article] = []
    while len(found) < limit:
        wanted = limit - len(found)
        changes = store.changed(site_id, since, wanted)
        found += _present(store.fetch(site_id, [article_id for article_id, _ in changes]))
        if len(changes) < wanted:
            return found, None
        since = changes[-1][1]
    return found, since


def _present(articles: Iterable[Article | None]) -> list[Article]:
    return [article for article in articles if article is not None]


def _version_at(cursor: str | None) -> int:
    place = place_at(cursor) or "0"
    if not (place.isascii() and place.isdigit()):
        raise InvalidInput.one("?cursor", "is no cursor of an answer of this list")
    return int(place)
