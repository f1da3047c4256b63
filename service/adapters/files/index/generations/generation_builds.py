"""Starts processes of their own that bring index generations, one a site on each host."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from service.adapters.files.index.generations.generations import Generations
from service.domain.ports import Clock

LEAST_PAUSE_S = 2.0
"""Between two builds of a site: a build that fails at once must not be tried in a loop."""


class GenerationBuilds:
    """The builds that this process started. Not for several threads at once."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], clock: Clock, has_news: Callable[[str], bool]
    ) -> None:
        """`folder` holds the generations; `environment` is that of the building process.

        `has_news` is False for a site whose next generation another host must publish first.
        """
        self._folder = folder
        self._has_news = has_news
        self._environment = environment
        self._clock = clock
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._began_at: dict[str, float] = {}

    def start(self) -> None:
        """Begins nothing: builds begin when they are asked for."""

    def ask(self, site_id: str) -> None:
        """Starts a build of the site's next generation unless one runs on this host or began a moment ago."""
        self.reap()
        now = self._clock()
        if site_id in self._running or now - self._began_at.get(site_id, 0.0) < LEAST_PAUSE_S:
            return
        if not self._has_news(site_id) or Generations(self._folder / site_id).is_building():
            return
        self._began_at[site_id] = now
        self._running[site_id] = subprocess.Popen(
            [sys.executable, "-P", "-m", "service.worker.build_index", "--site", site_id],
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def reap(self) -> None:
        """Takes note of builds that ended."""
        self._running = {site_id: build for site_id, build in self._running.items() if build.poll() is None}

    def stop(self) -> None:
        """Ends the builds that still run; the last good generation stays."""
        for build in self._running.values():
            build.terminate()
        for build in self._running.values():
            build.wait(timeout=10)
