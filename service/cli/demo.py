"""`standfirst demo`: The Harbour Courier, a newspaper that the service fills."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from service.cli.session import CommandFailed, ExitCode, Invocation, pass_invocation
from service.config import Config, child_environment
from service.domain.access import Scope
from service.domain.site import Site

if TYPE_CHECKING:
    from service.bootstrap import Services
    from service.demo.edition import Story
    from service.demo.processes import ChildProcesses

SITE = "courier"
TOKEN_NAME = "demo renderer"  # noqa: S105 - the name that the token is listed under
START_TIMEOUT_S = 60.0
WATCH_S = 0.5


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the newspaper listens on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
@pass_invocation
def demo(invocation: Invocation, host: str, port: int) -> None:
    """Run The Harbour Courier: store, service, worker and, knowing only HTTP, a page renderer.

    Everything is kept in the folder `demo` of the data folder. Ctrl-C ends all of it.
    """
    from service.demo.edition import stories
    from service.demo.processes import ChildProcesses, ProcessEnded

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    own_folder = {"data_dir": invocation.config.data_dir / "demo", "bundle_dir": None}
    config = invocation.config.model_copy(update=own_folder)
    _check_port(host, port)
    address, start = f"http://{host}:{port}", datetime.now(UTC)
    edition = stories(start)
    with Invocation(config, invocation.output).store() as (store_url, _), _on(store_url, config) as services:
        token = _prepare(services, invocation, edition, start, address)
        processes = ChildProcesses(config.data_dir / "logs", child_environment(config, store_url))
        try:
            service_url = _start(processes, config, edition, token, host, port)
            invocation.output.note(f"The service is at {service_url}, its API at {service_url}/docs.")
            click.echo(f"The Harbour Courier is at {address}/ (Ctrl-C ends it)")
            while not stop.wait(WATCH_S):
                processes.check()
        except ProcessEnded as error:
            raise CommandFailed(error, ExitCode.FAILED, invocation.output.json) from error
        finally:
            processes.stop()
            services.access.revoke(token.split("_")[1])


@contextmanager
def _on(store_url: str, config: Config) -> Iterator[Services]:
    from service.bootstrap import build_services

    services = build_services(config, store_url)
    try:
        yield services
    finally:
        services.close()


def _check_port(host: str, port: int) -> None:
    from service.listening import claim_port

    claim_port(host, port).socket.close()


def _prepare(services: Services, invocation: Invocation, edition: list[Story], start: datetime, address: str) -> str:
    """Loads the edition, trains a model on it if it is new, and returns a token for the renderer."""
    from service.adapters.sources.sheets import read_rows
    from service.demo.edition import articles, inventory_sheet

    note = invocation.output.note
    site = Site(
        SITE, "The Harbour Courier", domains=(address.split("//")[1].split(":", maxsplit=1)[0],), origins=(address,)
    )
    services.site_records.put(site)
    outcomes = services.articles.put(SITE, articles(edition, address))
    note(f"Loaded {len(outcomes)} articles.")
    if "loaded" in outcomes:
        row = services.models.train(SITE)
        note(f"Trained {row.version} on {row.articles} articles.")
    rows, faults = read_rows(inventory_sheet(start, address), "csv", invocation.config.max_sheet_bytes)
    services.ads.load.apply(site, rows, faults)
    token, _ = services.access.create(SITE, [Scope.RENDER], TOKEN_NAME)
    return token


def _start(processes: ChildProcesses, config: Config, edition: list[Story], token: str, host: str, port: int) -> str:
    """Starts the service, the worker and the renderer; returns the service's address once the paper is up."""
    content = config.data_dir / "edition.ndjson"
    _write(content, edition)
    processes.start("service", "service.cli", ["serve", "--host", host, "--port", "0"])
    processes.start("worker", "service.cli", ["worker"])
    service_url = processes.wait_for_line("service", "Standfirst is ready at", START_TIMEOUT_S)
    words = ["--host", host, "--port", str(port), "--service", service_url, "--site", SITE]
    processes.start(
        "renderer",
        "service.demo.renderer",
        [*words, "--token-env", "STANDFIRST_DEMO_TOKEN", "--content", str(content)],
        STANDFIRST_DEMO_TOKEN=token,
    )
    processes.wait_for_line("renderer", "The Harbour Courier is at", START_TIMEOUT_S)
    return service_url


def _write(path: Path, edition: list[Story]) -> None:
    path.write_bytes(b"".join(orjson.dumps(story) + b"\n" for story in edition))
