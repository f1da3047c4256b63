"""The background process's loop: keeps its services at work until it is told to stop."""

from __future__ import annotations

import threading

import structlog

from service.bootstrap import Services

log = structlog.get_logger(__name__)


def run(services: Services, stop: threading.Event) -> None:
    """Runs the background work of these services until `stop` is set."""
    services.start_background()
    log.info("worker started")
    stop.wait()
    log.info("worker stops")
