"""Which model each site serves from, in memory."""

from __future__ import annotations

from collections import defaultdict

from service.domain.errors import Conflict
from service.domain.ports import ModelPointer


class MemoryModelPointers:
    """Implements ModelPointers for one process."""

    def __init__(self) -> None:
        self._history: dict[str, list[ModelPointer]] = defaultdict(list)

    def history(self, site_id: str) -> list[ModelPointer]:
        """Returns the models promoted so far, the serving one last."""
        return list(self._history[site_id])

    def promote(self, site_id: str, pointer: ModelPointer) -> None:
        """Makes this the serving model."""
        self._history[site_id].append(pointer)

    def rollback(self, site_id: str) -> ModelPointer:
        """Drops the serving model and returns the one before it. Raises Conflict if there is none."""
        history = self._history[site_id]
        if len(history) < 2:
            raise Conflict("There is no earlier model to roll back to; `standfirst models train` makes one.")
        history.pop()
        return history[-1]
