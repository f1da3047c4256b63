"""gunicorn's settings and hooks, which `standfirst serve` names; what depends on the configuration it sets itself."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from service.observability import forget_process

if TYPE_CHECKING:
    from service.services import Services

worker_class = "service.server.DrainingWorker"
preload_app = True
# Each worker listens by itself; with one shared socket, long connections pile onto one worker.
reuse_port = True
keepalive = 75
worker_connections = 1000
# A page renderer waits tens of milliseconds, a load minutes: gunicorn counts a thread worker's heartbeat, not requests.
timeout = 60
# Kubernetes kills 30 seconds after it asks; a request in flight has ended long before.
graceful_timeout = 20
control_socket_disable = True
accesslog = None
errorlog = "-"


def pre_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Closes the master's connections to the store, so that no two processes ever share one.

    What the master has loaded is kept from garbage collection for good: collecting writes to every object that it
    looks at, and each worker would get a copy of its own of nearly all of them.
    """
    services_of(server.app.wsgi()).disconnect()
    gc.freeze()


# Objects made between two collections of each generation of garbage. A whole collection looks at every page that is
# remembered, and the process stands still meanwhile: with Python's own limits one request in a hundred would meet one.
GARBAGE_LIMITS = (20_000, 50, 500)


def post_worker_init(worker: Any) -> None:
    """Starts the work beside the requests, and tells the master once pages can be filled.

    Ctrl-C and a closed terminal reach every process of the group; the master alone answers them, gracefully.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gc.set_threshold(*GARBAGE_LIMITS)
    services = services_of(worker.wsgi)
    services.start_background()
    worker.app.tell_when(lambda: services.readiness.look().may_serve)


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Ends the work beside the requests, in the worker that ends.

    A worker that was told to stop then leaves at once: taking numba and the rest apart takes up to a second.
    """
    services_of(worker.wsgi).close()
    if worker.booted and not worker.alive:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Forgets the ended worker's part of the metrics of the moment."""
    forget_process(worker.pid)


def services_of(app: Any) -> Services:
    """Returns the services of the Flask app."""
    services: Services = app.extensions["standfirst"]
    return services
