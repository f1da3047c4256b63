"""What `standfirst worker` does until it is told to stop: keeps this host's index generations up to date."""

from __future__ import annotations

from threading import Event

from service.bootstrap import Services


def run(services: Services, stop: Event) -> None:
    """Runs the background work of a process until `stop` is set: it looks for changes, and asks for builds."""
    services.start_background()
    stop.wait()
