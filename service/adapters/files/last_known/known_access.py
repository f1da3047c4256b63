"""The tokens and sites that the store last had: who may ask for a page while it is away, and for which site."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from service.adapters.files.last_known.whole_file import replace_file
from service.adapters.redis.sites.site_store import unpack_site
from service.adapters.redis.sites.token_store import pack_token, unpack_token
from service.domain.sites.access import Token
from service.domain.sites.site import Site

COMPARED_EVERY_S = 5.0
"""Seconds after which one process of the host compares the file with the store: a revoked token is in it no longer."""


class KnownAccess:
    """One file of this host, for its owner alone; of a token's secret it holds the hash, as the store does."""

    def __init__(self, file: Path, tokens: Callable[[], Sequence[Token]], sites: Callable[[], Sequence[Site]]) -> None:
        """`tokens` and `sites` tell all that the store has."""
        self._file = file
        self._tokens = tokens
        self._sites = sites

    def write_down(self, at: float) -> None:
        """Writes down what the store has, unless a process of the host just did. Raises StoreUnavailable, OSError."""
        if 0 <= at - self._compared_at() < COMPARED_EVERY_S:
            return
        content = orjson.dumps(
            {
                "tokens": [orjson.Fragment(pack_token(token)) for token in self._tokens()],
                "sites": [orjson.Fragment(orjson.dumps(site)) for site in self._sites()],
            }
        )
        if self._read_bytes() != content:
            replace_file(self._file, content)
        os.utime(self._file, (at, at))

    def token(self, token_id: str) -> Token | None:
        """Returns the token as the store last had it, or None."""
        found = (record for record in self._records("tokens") if record["id"] == token_id)
        return next((unpack_token(orjson.dumps(record)) for record in found), None)

    def sites(self) -> list[Site]:
        """Returns every site that the store last had, by id."""
        return [unpack_site(orjson.dumps(record)) for record in self._records("sites")]

    def _records(self, kind: str) -> list[dict[str, Any]]:
        try:
            records: list[dict[str, Any]] = orjson.loads(self._read_bytes())[kind]
        except (ValueError, KeyError):  # none yet, or not what this code writes
            return []
        return records

    def _compared_at(self) -> float:
        try:
            return self._file.stat().st_mtime
        except OSError:
            return float("-inf")

    def _read_bytes(self) -> bytes:
        try:
            return self._file.read_bytes()
        except OSError:
            return b""
