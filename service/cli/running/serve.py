"""`standfirst serve`: the service over HTTP."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from service.cli.terminal.session import COMPILING, Invocation, pass_invocation
from service.config import Config

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (gunicorn's heartbeat files, which must not wait for a disk)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free port.")
@click.option("--workers", type=click.IntRange(1, 64), help="Worker processes.  [default: $STANDFIRST_WORKERS or 2]")
@pass_invocation
def serve(invocation: Invocation, host: str, port: int, workers: int | None) -> None:
    """Serve pages, teasers and ads over HTTP, until SIGTERM or Ctrl-C.

    One line on stdout tells the address once every worker can fill pages; until then stderr says what is lacking. Then
    comes a line of JSON per request.

    \b
    standfirst serve --port 8000 --workers 4
    """
    from service.app import create_app
    from service.bootstrap.services import build_services
    from service.listening import claim_port
    from service.observability import configure_logging
    from service.server import Server, ServerSettings

    config = invocation.config
    claim = claim_port(host, port)
    with ExitStack() as stack:
        store_url, embedded = stack.enter_context(invocation.store())
        store = f"embedded, in {embedded.folder}" if embedded else "as STANDFIRST_REDIS_URL says"
        invocation.output.note(f"Store: {store}. Data: {config.data_dir.resolve()}")
        metrics_dir = fresh_metrics_dir(config.data_dir, claim.port)
        configure_logging(config.log_level)
        services = build_services(config, store_url, embedded.ensure if embedded else None, metrics_dir=metrics_dir)
        stack.callback(services.close)
        with invocation.output.note_if_slow(COMPILING):
            services.snapshots.warm_up()
        # Reads the lists of crawlers before the workers are forked, so that these share them.
        services.agent_of("Mozilla/5.0")
        count = workers or config.workers
        settings = ServerSettings(claim, count, config.threads, gunicorn_log_level(config), heartbeat_dir())
        Server(create_app(services), settings, lambda: announce(claim.url), partial(tell_lacks, invocation)).run()


def announce(url: str) -> None:
    """Writes the one line that scripts wait for, in one piece, since workers write to the same stream."""
    os.write(1, f"Standfirst is ready at {url}\n".encode())


def tell_lacks(invocation: Invocation, lacks: str) -> None:
    """Notes why the server is not ready yet."""
    invocation.output.note(f"Not ready yet: {lacks or 'a worker is still starting'}.")


def gunicorn_log_level(config: Config) -> str:
    """Returns gunicorn's level: what it says below a warning is of use only to someone who debugs."""
    return "warning" if config.log_level == "info" else config.log_level


def heartbeat_dir() -> str | None:
    """Returns a folder in memory for the workers' heartbeats, None where there is none to write to."""
    return str(SHARED_MEMORY) if os.access(SHARED_MEMORY, os.W_OK) else None


def fresh_metrics_dir(data_dir: Path, port: int) -> Path:
    """Returns an empty folder in which this server's processes share their metrics, beside those of other ports."""
    folder = data_dir.resolve() / "metrics" / str(port)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="standfirst-metrics-"))
    return folder
