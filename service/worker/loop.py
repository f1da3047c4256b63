"""What `standfirst worker` does until it is told to stop: keeps this host's index generations up to date."""

from __future__ import annotations

from collections.abc import Callable

from service.bootstrap import Services


def run(services: Services, told_to_stop: Callable[[], object]) -> None:
    """Runs the background work of a process until `told_to_stop` returns: it looks for changes, asks for builds."""
    services.start_background()
    told_to_stop()
