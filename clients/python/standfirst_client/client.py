"""The client: a page call that never breaks the page, and the management calls that say what went wrong."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from standfirst_client.answers import Page, RowResult
from standfirst_client.breaker import CircuitBreaker
from standfirst_client.errors import StandfirstError, field_errors
from standfirst_client.loading import batches, row_results
from standfirst_client.parsing import MalformedAnswerError, parse_page
from standfirst_client.transport import Answer, Call, Transport, TransportError

log = logging.getLogger(__name__)

USER_AGENT = "standfirst-client/0.1"

MAX_EVENTS = 100
"""Events that the service takes in one batch."""


class StandfirstClient:
    """One site's line to Standfirst; make one per process and share it between threads."""

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        site: str | None = None,
        timeout_s: float = 0.3,
        pool_size: int = 10,
        *,
        management_timeout_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if timeout_s <= 0 or management_timeout_s <= 0 or pool_size < 1:
            raise ValueError("timeouts and pool_size must be positive")
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise ValueError("the token has characters that no header can carry")
        self.base_url = base_url.rstrip("/") + "/"
        self.site = site
        self._timeout_s = timeout_s
        self._management_timeout_s = management_timeout_s
        self._headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._transport = Transport(base_url, pool_size)
        self._breaker = CircuitBreaker(clock=clock)

    def page(
        self,
        *,
        article: str | Mapping[str, Any] | None = None,
        widgets: Sequence[str | Mapping[str, Any]] = (),
        slots: Sequence[str | Mapping[str, Any]] = (),
        reader: Mapping[str, Any] | None = None,
        page_view: object = None,
        exclude: Iterable[str] = (),
        explain: bool = False,
        page_is_cached: bool = True,
    ) -> Page:
        """Returns the decision for a whole page within the client's timeout; empty, with `error` set, on any fault.

        `article` is an id, or the contract's object, or None for a front page. A widget or slot given as a word stands
        for the kind or placement of that name. Slots are for a page that is made for one reader: say so with
        `page_is_cached=False`, for an ad that a cache keeps is counted once, whoever sees it. Only arguments that are
        no JSON, and slots on a cached page, raise (TypeError, ValueError).
        """
        if slots and page_is_cached:
            raise ValueError(
                "slots are for pages that no cache keeps: give page_is_cached=False, or let embed.js fill them"
            )
        asked = {
            "site": self.site,
            "article": {"id": article} if isinstance(article, str) else article and dict(article),
            "widgets": [_named(each, "kind") for each in widgets],
            "slots": [_named(each, "placement") for each in slots],
            "reader": reader and dict(reader),
            "page_view": None if page_view is None else str(page_view),
            "exclude": list(exclude),
            "explain": explain,
        }
        body = _json_bytes({key: value for key, value in asked.items() if value not in (None, [], False)})
        return self._page(Call("POST", "/v1/page", self._json_headers(), body))

    def report(self, events: Sequence[Mapping[str, Any]]) -> bool:
        """Returns whether every batch of these events was taken, within the client's timeout each; never raises for it.

        For renderers whose readers' browsers run no script: what they show is an impression, and nobody knows of views.
        A page that a cache keeps reports its first reader alone.
        """
        batches = [events[at : at + MAX_EVENTS] for at in range(0, len(events), MAX_EVENTS)]
        taken = [self._reported(batch) for batch in batches]
        return all(taken)

    def put_article(self, article_id: str, **fields: Any) -> Mapping[str, Any]:
        """Returns the service's answer to creating or replacing one article; raises StandfirstError."""
        path = f"/v1/articles/{quote(article_id, safe='')}{self._site_query()}"
        answer = self._managed(Call("PUT", path, self._json_headers(), _json_bytes(fields)))
        return _decoded_object(answer)

    def load_articles(self, articles: Iterable[Mapping[str, Any]]) -> Iterator[RowResult]:
        """Yields what became of each article, in order; raises StandfirstError when a whole call is refused.

        The articles are read as they are needed and sent in batches: sending all before reading any answer would
        stop dead once both sides' buffers are full.
        """
        lines = (_json_bytes(article) for article in articles)
        sent = 0
        for batch in batches(lines):
            headers = self._json_headers() | {"Content-Type": "application/x-ndjson"}
            call = Call("POST", f"/v1/articles{self._site_query()}", headers, b"\n".join(batch) + b"\n")
            yield from self._loaded(call, first_line=sent + 1, expected=len(batch))
            sent += len(batch)

    def wait_ready(self, timeout_s: float, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Returns once the service is ready to answer; raises StandfirstError after `timeout_s` seconds without it."""
        deadline = time.monotonic() + timeout_s
        for attempt in itertools.count():
            left_s = deadline - time.monotonic()
            detail = self._unreadiness(max(0.05, min(1.0, left_s)))
            if detail is None:
                return
            if left_s <= 0:
                raise StandfirstError(f"the service was not ready within {timeout_s:g} s: {detail}")
            sleep(min(max(left_s, 0.0), 0.02 * 2 ** min(attempt, 4)))

    def close(self) -> None:
        """Closes the idle connections; the client can still be used."""
        self._transport.close()

    def __enter__(self) -> StandfirstClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _page(self, call: Call) -> Page:
        if not self._breaker.allows():
            log.debug("no page call: the circuit is open")
            return Page(error="circuit-open")
        try:
            answer = self._transport.send(call, self._timeout_s)
        except TransportError as error:
            return self._failed(error.reason, str(error))
        if answer.status >= 500:
            return self._failed(f"http-{answer.status}", _problem(answer).detail)
        if answer.status != 200:
            self._breaker.record_success()  # it is alive and refuses this one call
            log.warning("no widgets: %s", _problem(answer))
            return Page(error=f"http-{answer.status}")
        try:
            page = parse_page(_decoded(answer.body), self.base_url)
        except MalformedAnswerError as error:
            return self._failed("malformed", str(error))
        self._breaker.record_success()
        return page

    def _reported(self, batch: Sequence[Mapping[str, Any]]) -> bool:
        if not self._breaker.allows():
            return False
        call = Call("POST", f"/v1/events{self._site_query()}", self._json_headers(), _json_bytes({"events": batch}))
        try:
            answer = self._transport.send(call, self._timeout_s)
        except TransportError as error:
            log.warning("events not reported: %s", error)
            self._breaker.record_failure()
            return False
        if answer.status != 200:
            log.warning("events not reported: %s", _problem(answer))
        return answer.status == 200

    def _failed(self, reason: str, detail: str) -> Page:
        self._breaker.record_failure()
        log.warning("no widgets: %s: %s", reason, detail)
        return Page(error=reason)

    def _managed(self, call: Call) -> Answer:
        try:
            answer = self._transport.send(call, self._management_timeout_s)
        except TransportError as error:
            raise StandfirstError(f"{error.reason}: {error}") from error
        if not 200 <= answer.status < 300:
            raise _problem(answer)
        return answer

    def _loaded(self, call: Call, first_line: int, expected: int) -> Iterator[RowResult]:
        try:
            status, pieces = self._transport.stream(call, self._management_timeout_s)
            if not 200 <= status < 300:
                raise _problem(Answer(status, b"".join(pieces)))
            yield from row_results(pieces, first_line, expected)
        except TransportError as error:
            raise StandfirstError(f"{error.reason}: {error}") from error

    def _unreadiness(self, timeout_s: float) -> str | None:
        try:
            answer = self._transport.send(Call("GET", "/readyz", self._headers), timeout_s)
        except TransportError as error:
            return str(error)
        return None if answer.status == 200 else _problem(answer).detail

    def _json_headers(self) -> dict[str, str]:
        return self._headers | {"Content-Type": "application/json"}

    def _site_query(self) -> str:
        return f"?{urlencode({'site': self.site})}" if self.site else ""


def _named(asked: str | Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return {"id": asked, key: asked} if isinstance(asked, str) else dict(asked)


def _json_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_as_text).encode("utf-8", "replace")


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs its offset")
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError(f"the answer is no JSON: {error}") from error


def _decoded_object(answer: Answer) -> Mapping[str, Any]:
    if not answer.body:
        return {}
    try:
        decoded = _decoded(answer.body)
    except MalformedAnswerError as error:
        raise StandfirstError(str(error), status=answer.status) from error
    return decoded if isinstance(decoded, dict) else {}


def _problem(answer: Answer) -> StandfirstError:
    """Returns a refused answer's problem+json as an error; an answer of another kind is named by its status."""
    try:
        problem = _decoded(answer.body)
    except MalformedAnswerError:
        problem = None
    if not isinstance(problem, dict):
        return StandfirstError(f"the service answered {answer.status}", status=answer.status)
    detail = problem.get("detail") or problem.get("title") or f"the service answered {answer.status}"
    return StandfirstError(str(detail), status=answer.status, errors=field_errors(problem))
