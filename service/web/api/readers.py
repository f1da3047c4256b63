"""What is kept of readers: erased when one of them asks for it."""

from __future__ import annotations

from typing import Annotated

from flask import Response
from pydantic import BaseModel, Field

from service.domain.sites.access import Scope
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import WireModel, json_answer

api = Api("readers", __name__)


class ReaderBody(WireModel):
    """A reader, as page calls name them; in a body, for addresses stand in the logs of proxies."""

    id: Annotated[str, Field(min_length=1, max_length=128)]


class ErasedReader(BaseModel):
    """How many records there were of the reader: what they read, and what frequency caps counted."""

    records: int


@api.endpoint("POST", "/v1/readers/erase", scope=Scope.ADMIN, body=ReaderBody, answer=ErasedReader,
              summary="Forget a reader")  # fmt: skip
def erase_reader(call: Call[ReaderBody]) -> Response:
    """Answers how many records were forgotten; none where nothing was kept."""
    return json_answer(ErasedReader(records=call.services.remember.erase(call.site, call.body.id)))
