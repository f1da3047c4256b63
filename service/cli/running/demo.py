"""`standfirst demo`: The Harbour Courier, a newspaper that the service fills."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.adapters.files.file_lock import try_lock
from service.cli.terminal.session import COMPILING, CommandFailed, ExitCode, Invocation, pass_invocation
from service.config import child_environment
from service.domain.errors import Conflict

if TYPE_CHECKING:
    from service.demo.edition import Story
    from service.demo.processes import ChildProcesses
    from service.listening import Claim
    from service.services import Services

START_TIMEOUT_S = 180.0
NEWSROOM_TIMEOUT_S = 5.0
CONTENT_NAME = "edition.ndjson"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the newspaper listens on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free port.")
@pass_invocation
def demo(invocation: Invocation, host: str, port: int) -> None:
    """Run The Harbour Courier: store, service, worker and, knowing only HTTP, a page renderer.

    Everything is kept in the folder `demo` of the data folder. Ctrl-C ends all of it.

    \b
    standfirst demo --port 8080
    """
    from service.demo.processes import ChildProcesses, ProcessEnded, StoppedEarly
    from service.stopping import StopSignals

    stop = StopSignals()
    paper = _free_place(host, port)
    own_folder = {"data_dir": invocation.config.data_dir / "demo", "bundle_dir": None}
    own = Invocation(invocation.config.model_copy(update=own_folder), invocation.output)
    with _alone_in(own.config.data_dir), _services(own) as (services, store_url):
        processes = ChildProcesses(own.config.data_dir / "logs", child_environment(own.config, store_url), stop.wait)
        try:
            _run(services, processes, paper, own)
        except ProcessEnded as error:
            raise CommandFailed(error, ExitCode.FAILED, own.output.json) from error
        except StoppedEarly:
            own.output.note("Stopped before the newspaper was up.")


def _run(services: Services, processes: ChildProcesses, paper: Claim, own: Invocation) -> None:
    """Publishes the edition and keeps its processes until told to stop; ends them however it is left."""
    from service.demo.breaking import write_stories
    from service.demo.edition import stories
    from service.demo.publishing import NEWSROOM, RENDERER, publish, token_for

    start = datetime.now(UTC)
    edition = stories(start)
    publish(services, edition, start, paper.url, own.output.note)
    content = own.config.data_dir / CONTENT_NAME
    write_stories(content, edition)
    with token_for(services, RENDERER) as token, token_for(services, NEWSROOM) as newsroom_token:
        try:
            with own.output.note_if_slow(COMPILING, after_s=8.0):
                service_url = _start(processes, content, token, paper)
            services.store_watch.start()
            own.output.note(f"The service is at {service_url}, its API at {service_url}/docs.")
            own.output.note("At the end of each story a drawer tells what was asked, what came back, and why.")
            click.echo(f"The Harbour Courier is at {paper.url}/ (Ctrl-C ends it)")
            with _breaking_news(service_url, newsroom_token, content, edition, paper.url):
                processes.watch()
        finally:
            processes.stop()


@contextmanager
def _breaking_news(service_url: str, token: str, content: Path, edition: list[Story], address: str) -> Iterator[None]:
    """Lets news break, over HTTP, for as long as the demonstration runs."""
    from service.demo.breaking import BreakingNews, write_stories
    from service.demo.edition import breaking_stories
    from service.demo.publishing import SITE
    from standfirst_client import StandfirstClient

    client = StandfirstClient(service_url, token, SITE, management_timeout_s=NEWSROOM_TIMEOUT_S)
    news = BreakingNews(
        client, breaking_stories(), lambda arrived: write_stories(content, [*edition, *arrived]), address
    )
    news.start()
    try:
        yield
    finally:
        news.stop()


def _start(processes: ChildProcesses, content: Path, token: str, paper: Claim) -> str:
    """Starts the service, the worker and the renderer; returns the service's address once the paper is up."""
    from service.demo.publishing import SITE

    processes.start("service", "service.cli", ["serve", "--host", paper.host, "--port", "0"])
    service_url = processes.wait_for_line("service", "Standfirst is ready at", START_TIMEOUT_S)
    words = ["--host", paper.host, "--port", str(paper.port), "--service", service_url, "--site", SITE]
    processes.start(
        "renderer",
        "service.demo.renderer",
        [*words, "--token-env", "STANDFIRST_DEMO_TOKEN", "--content", str(content)],
        STANDFIRST_DEMO_TOKEN=token,
    )
    processes.wait_for_line("renderer", "The Harbour Courier is at", START_TIMEOUT_S)
    processes.start("worker", "service.cli", ["worker"])  # last: the first page does not wait for it
    return service_url


@contextmanager
def _services(own: Invocation) -> Iterator[tuple[Services, str]]:
    """Yields the services and the address of their store."""
    from service.bootstrap.services import build_services

    with own.store() as (store_url, embedded):
        services = build_services(own.config, store_url, embedded.ensure if embedded else None)
        try:
            yield services, store_url
        finally:
            services.close()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keeps a second demonstration out of the folder, whose articles lead to the port of one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        if not try_lock(lock):
            raise Conflict(f"A demonstration runs in {folder}. End it, or give this one another --data-dir.")
        yield


def _free_place(host: str, port: int) -> Claim:
    """Returns where the newspaper will be, free at this moment. Raises Conflict where another server has the port."""
    from service.listening import claim_port

    claim = claim_port(host, port)
    claim.socket.close()
    return claim
