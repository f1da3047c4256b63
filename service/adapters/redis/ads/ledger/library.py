"""The ledger's functions in the store: one library, sent once to a server, again when it does not know it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import redis
from redis.exceptions import ResponseError

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.plain_calls import PlainCalls
from service.adapters.redis.scripts import lua_text

_SHARED = ("ledger/record", "ledger/holds")
# The files of each function: their locals are its own.
_FUNCTIONS = (
    ("ledger/reader", "ledger/ask", "ledger/room", "ledger/reserve"),
    ("ledger/sums", "ledger/book"),
    ("inventory/inventory_changes", "inventory/apply_inventory", "inventory/stage_inventory"),
    ("ledger/bring_over",),
)


class LedgerLibrary:
    """Calls the ledger's functions. A function is compiled once, where a script builds its closures at every call.

    The names of library and functions end in a `digest` of the text, so that workers of two versions do not meet.
    """

    def __init__(self, client: redis.Redis, patient: redis.Redis | None = None) -> None:
        """`client` makes the calls; `patient` what they may need first: the library, a ledger of the first form."""
        self._call = PlainCalls(client)
        self._patient = patient or client
        body = _body()
        self.digest = hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()[:16]
        self._suffix = f"_{self.digest}"
        self._text = f"#!lua name=standfirst{self._suffix}\nlocal SUFFIX = '{self._suffix}'\n{body}"

    def __call__(self, function: str, site_id: str, names: list[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Returns a function's answer; the first of `names`, its keys, is the ledger's.

        A server that lacks the function, or a ledger of the first form, did nothing: that is mended, then it is called
        again.
        """
        words = ("FCALL", function + self._suffix, len(names), *names, *arguments)
        for _ in range(2):
            try:
                return self._call(*words)
            except ResponseError as error:
                self._mend(error, site_id)
        return self._call(*words)

    def bring_over(self, site_id: str) -> None:
        """Brings a ledger of the first form over, in one step; one that has been brought over is left as it is."""
        names = [family.name(site=site_id) for family in (keys.LEDGER, keys.NUMBERS, keys.INVENTORY)]
        function = f"bring_over{self._suffix}"
        try:
            self._patient.fcall(function, len(names), *names)
        except ResponseError as error:
            self._mend(error, site_id)
            self._patient.fcall(function, len(names), *names)

    def _mend(self, error: ResponseError, site_id: str) -> None:
        if str(error).startswith("Function not found"):
            self._load()
        elif str(error).startswith("OLDLEDGER"):
            self.bring_over(site_id)
        else:
            raise error

    def _load(self) -> None:
        try:
            self._patient.function_load(self._text)
        except ResponseError as error:
            if "already exists" not in str(error):
                raise


def _body() -> str:
    return lua_text(_SHARED) + "".join(f"do\n{lua_text(names)}end\n" for names in _FUNCTIONS)
