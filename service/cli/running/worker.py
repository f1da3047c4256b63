"""`standfirst worker`: the work that one process does for a whole host."""

from __future__ import annotations

import click

from service.cli.terminal.session import Invocation, pass_invocation


@click.command()
@pass_invocation
def worker(invocation: Invocation) -> None:
    """Run the background work until SIGTERM or Ctrl-C: index generations, feeds, sums and export of events.

    \b
    standfirst worker --redis-url redis://127.0.0.1:6379/0
    """
    from service.observability import configure_logging
    from service.stopping import StopSignals
    from service.web.api.newsroom.article_wire import read_article
    from service.worker.loop import run

    stop = StopSignals()
    configure_logging(invocation.config.log_level)
    with invocation.services() as services:
        invocation.output.note("The worker runs until SIGTERM or Ctrl-C.")
        run(services, lambda values, site: read_article(dict(values), site, services.html_text), stop.wait)
