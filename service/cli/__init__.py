"""The `standfirst` command: its groups, each loaded only when it is used."""

from __future__ import annotations

import importlib

import click

from service import __version__
from service.cli.terminal.session import ExitCode, Invocation, Output, pass_invocation, pass_services

__all__ = ["ExitCode", "Invocation", "Output", "main", "pass_invocation", "pass_services"]

# The module below service.cli that holds the command of this name, and what `--help` says of it.
COMMANDS = {
    "demo": ("running.demo", "Run The Harbour Courier, a newspaper that the service fills."),
    "serve": ("running.serve", "Serve pages, teasers and ads over HTTP."),
    "worker": ("running.worker", "Run the background work: index, feeds, rollups."),
    "doctor": ("running.doctor", "Check settings, store, clock and model, and say what to do."),
    "sites": ("sites", "Create, change and list sites."),
    "tokens": ("tokens", "Create, list and revoke access tokens."),
    "articles": ("articles.commands", "Load, export and explain articles."),
    "rules": ("rules", "Pin, boost and block articles."),
    "widgets": ("widgets", "Report what readers do with teasers."),
    "readers": ("readers", "Forget what is kept of a reader."),
    "ads": ("ads.commands", "Load advertising inventory and report its delivery."),
    "simulate": ("running.simulate", "Run days of traffic in seconds, to see how flights are paced."),
    "models": ("models.commands", "Train, evaluate, compare and roll back models."),
}


_WHOLE = 500
"""Characters of a first sentence."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is called, so that `--help` and `serve` start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Returns the names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Returns the command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"service.cli.{module}"), cmd_name)
        for one in command.commands.values() if isinstance(command, click.Group) else ():
            one.short_help = one.get_short_help_str(_WHOLE)  # a list of commands that is cut teaches nothing
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Writes the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="standfirst")
def main() -> None:
    """Fills a news page's side column in one call: teasers and advertisement, decided together.

    Exit codes: 0 done, 1 failed, 2 wrong use, 3 some rows refused.
    """
