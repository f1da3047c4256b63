"""Does a management write once for each `Idempotency-Key`, and answers whoever repeats it as the first time."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from flask import Response, request

from service.domain.errors import Conflict, InvalidInput, StoreUnavailable
from service.domain.sites.answered_calls import GivenAnswer
from service.web.endpoints.call import Call

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEPT_HEADERS = ("Content-Type", "ETag", "Cache-Control", "Content-Disposition")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def wants_once() -> bool:
    """True if the present call came with a key."""
    return "HTTP_IDEMPOTENCY_KEY" in request.environ


def answered_once(call: Call[Any], view: Callable[[], Response]) -> Response:
    """Returns the view's answer, or the one that the first call with this key got; the body must be cached by now.

    A call that fails is forgotten, so that it may be mended and sent again. Raises InvalidInput for a key that is
    none or was another call's, and Conflict while the first is at work.
    """
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise InvalidInput.one(HEADER, "is 1 to 128 letters, digits or signs, without spaces")
    answers, site_id = call.services.answered_calls, call.site.id
    digest = _digest(20, call.principal.token_id or "", key).hex()
    told = _digest(16, request.method, request.full_path, request.content_type or "", request.get_data())
    given = answers.claim(site_id, digest, told)
    if given is not None:
        return _again(given)
    try:
        answer = view()
    except BaseException:
        with suppress(StoreUnavailable):
            answers.release(site_id, digest)
        raise
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    with suppress(StoreUnavailable):  # it was done: an error would tell the caller that it was not
        answers.keep(site_id, digest, told, GivenAnswer(answer.status_code, headers, answer.get_data()))
    return answer


def _again(given: GivenAnswer) -> Response:
    if given.body is None:
        raise Conflict("This call was done; its answer was too large to be kept. Read what it made instead.")
    answer = Response(given.body, status=given.status)
    for name, value in given.headers.items():
        answer.headers[name] = value
    answer.headers[REPLAYED] = "true"
    return answer


def _digest(size: int, *parts: str | bytes) -> bytes:
    """Returns a digest of the parts, of which no two lists have the same."""
    whole = blake2b(digest_size=size)
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode()
        whole.update(len(raw).to_bytes(8, "big") + raw)
    return whole.digest()
