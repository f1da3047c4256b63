"""Lua scripts by their digest: sent once to a server, again when it has forgotten them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

import redis
from redis.exceptions import NoScriptError


def lua_text(names: Sequence[str]) -> str:
    """Returns the text of these `.lua` files, each named as below `lua`, one after the other."""
    folder = resources.files(__package__) / "lua"
    return "".join((folder / f"{name}.lua").read_text("utf-8") for name in names)


class Script:
    """One operation of the store, put together from `.lua` files in the order given."""

    def __init__(self, client: redis.Redis, *names: str) -> None:
        self._client = client
        self._text = lua_text(names)
        self._digest = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, keys: list[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Returns the script's answer; a server that forgot the script did nothing, so it is sent the text then."""
        words = [*keys, *arguments]
        try:
            return self._client.evalsha(self._digest, len(keys), *words)
        except NoScriptError:
            return self._client.eval(self._text, len(keys), *words)
