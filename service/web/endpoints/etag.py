"""Tags of entities: an answer carries one, and a `PUT` with `If-Match` replaces what has that tag and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeVar

import orjson
from flask import Response, request

from service.domain.errors import PreconditionFailed
from service.domain.guard import Guard
from service.web.endpoints.json_wire import json_answer

E = TypeVar("E")


def tagged(answer: Any, plain: Any, status: int = 200) -> Response:
    """Returns a JSON answer with the tag of an entity, told by its plain values."""
    response = json_answer(answer, status)
    response.set_etag(tag_of(plain))
    return response


def tag_of(plain: Any) -> str:
    """Returns the tag of plain values: the same for the same values."""
    return blake2b(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def if_match(plain_of: Callable[[E], Any]) -> Guard[E] | None:
    """Returns what refuses to replace an entity whose tag the caller did not name; None where no tag is asked for."""
    wanted = request.if_match
    if not wanted:
        return None

    def guard(current: E | None) -> None:
        if current is None:
            raise PreconditionFailed("There is nothing here yet; leave If-Match out to create it.")
        if not wanted.star_tag and not wanted.contains(tag_of(plain_of(current))):
            raise PreconditionFailed("It was changed since you read it; read it again, then change it.")

    return guard
