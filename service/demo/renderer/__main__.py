"""Runs the renderer as a process of its own: `python -m service.demo.renderer`."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from service.demo.renderer.app import create_renderer
from service.demo.renderer.content_file import ContentFile

ASKING_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class QuietRequestHandler(WSGIRequestHandler):
    """Serves without a line per request: the service's log is the one to watch."""

    def log_request(self, *_: object) -> None:
        """Says nothing."""


def serve_until_told(server: Any) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP, then stops listening and returns."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING_TO_STOP)  # they wait for sigwait, however many come at once
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="renderer")
    thread.start()
    signal.sigwait(ASKING_TO_STOP)
    server.shutdown()
    thread.join()
    server.server_close()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, required=True, help="Port to listen on; 0 takes a free one.")
@click.option("--service", "service_url", required=True, help="Address of the Standfirst service.")
@click.option("--site", default="courier", show_default=True, help="Site to ask pages for.")
@click.option("--token-env", help="Name of the environment variable that holds the token.")
@click.option("--content", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="NDJSON.")
def main(host: str, port: int, service_url: str, site: str, token_env: str | None, content: Path) -> None:
    """Serve The Harbour Courier, its side column filled by Standfirst."""
    token = os.environ.get(token_env) if token_env else None
    stories = ContentFile(content)
    try:
        app = create_renderer(service_url, token, site, stories.read(), arrivals=stories.arrivals)
    except (KeyError, ValueError, TypeError) as error:
        raise click.ClickException(f"{content}: {error!r}") from error
    server = make_server(host, port, app, threaded=True, request_handler=QuietRequestHandler)
    click.echo(f"The Harbour Courier is at http://{host}:{server.server_port}/")
    serve_until_told(server)


if __name__ == "__main__":
    main()
