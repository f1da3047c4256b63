"""Where a site's next index generation comes from: built on this host, or taken from where another published it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from service.adapters.files.index.generations.builder import IndexBuilder
from service.adapters.files.index.generations.generations import GenerationInfo, Generations

Sharing = Literal["none", "publish", "take"]

SHARED_FOLDER = ".generations"
"""Beside the sites' bundles, in the folder that hosts share; the point keeps it apart from the ids of sites."""


class GenerationSupply:
    """The supply of one site's generations under the rule of sharing that this host follows."""

    def __init__(
        self, own: Generations, shared: Generations, sharing: Sharing, builder: Callable[[], IndexBuilder]
    ) -> None:
        """`own` are this host's, `shared` what is published; `builder` gives what builds into the former."""
        self._own = own
        self._shared = shared
        self._sharing = sharing
        self._builder = builder

    def has_news(self) -> bool:
        """False where the next generation must come from another host, which has not published it yet."""
        return self._sharing != "take" or self._published() is not None

    def bring(self) -> GenerationInfo | None:
        """Installs and returns the next generation; None where there is none, or another process sees to it.

        Raises OSError or ValueError where a published one is damaged: what was there before stays.
        """
        if self._sharing == "take":
            return self._take()
        info = self._builder().build()
        if info is not None and self._sharing == "publish" and self._shared.current() != info:
            self._shared.copy_from(self._own, info)
        return info

    def _published(self) -> GenerationInfo | None:
        """Returns what is published and not what this host has."""
        info = self._shared.current()
        return None if info == self._own.current() else info

    def _take(self) -> GenerationInfo | None:
        with self._own.building() as mine:
            info = self._published() if mine else None
            if info is not None:
                self._own.copy_from(self._shared, info)
            return info
