"""The file that the newsroom writes its stories to: read once, and again whenever it has moved."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Stories = list[Mapping[str, Any]]


class ContentFile:
    """An NDJSON file of stories. Whoever writes it must put a whole new one in its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def read(self) -> Stories:
        """Returns the stories; raises ValueError naming the line that is no JSON, OSError where there is no file."""
        self._seen = self._mark()
        return read_content(self._path)

    def arrivals(self) -> Stories | None:
        """Returns all stories if the file has moved since it was read last, else None; also for a faulty file."""
        try:
            with self._lock:
                return self.read() if self._mark() != self._seen else None
        except (OSError, ValueError) as error:
            log.warning("the stories stay as they are: %s", error)
            return None

    def _mark(self) -> tuple[int, int]:
        at = self._path.stat()
        return at.st_mtime_ns, at.st_size


def read_content(path: Path) -> Stories:
    """Returns the stories of an NDJSON file; raises ValueError naming the line that is no JSON."""
    stories: Stories = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            stories.append(json.loads(line))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    return stories
