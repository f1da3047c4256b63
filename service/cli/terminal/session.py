"""What every command shares: its options, its services, its output and its exit codes."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

import click
import orjson

from service.config import Config, load_config
from service.domain.errors import Fault, InvalidInput, NotFound, StandfirstError, StoreUnavailable

if TYPE_CHECKING:
    from service.adapters.redis.embedded.joining import EmbeddedStore
    from service.services import Services

PROGRESS_EVERY = 1_000
COMPILING = "Compiling what pages need, once after each change of the code: half a minute or more ..."
_WHERE_LISTED = {
    "site": "`standfirst sites list` shows those there are, `standfirst sites create` makes one.",
    "model": "`standfirst models list` shows those there are.",
    "token": "`standfirst tokens list` shows those there are.",
    "rule": "`standfirst rules list` shows those there are.",
    "flight": "`standfirst ads report` shows those there are.",
    "creative": "`standfirst ads export` shows those there are.",
    "campaign": "`standfirst ads export` shows those there are.",
    "advertiser": "`standfirst ads export` shows those there are.",
    "credit": "`standfirst ads statement` shows those of an advertiser's month.",
    "placement": "`standfirst ads placements` shows those there are, `standfirst ads placement` makes one.",
}


class ExitCode(IntEnum):
    """What a command's end tells its caller."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    SOME_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Output:
    """Writes a command's result to stdout, as JSON where asked for; notes go to stderr."""

    json: bool

    def result(self, value: object, text: str) -> None:
        """Writes the result: `value` as one line of JSON under `--json`, else `text`."""
        click.echo(orjson.dumps(value, default=str) if self.json else text)

    def note(self, text: str) -> None:
        """Writes a line for the person at the terminal to stderr."""
        click.echo(text, err=True)

    @contextmanager
    def note_if_slow(self, text: str, after_s: float = 3.0) -> Iterator[None]:
        """Writes the line once what is done meanwhile has taken so many seconds."""
        timer = Timer(after_s, self.note, [text])
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Yields a function to be told how many are done: a bar on a terminal, a line each 1,000 elsewhere."""
        if not sys.stderr.isatty():
            yield lambda done: self.note(f"{label}: {done}") if done % PROGRESS_EVERY == 0 else None
            return
        with click.progressbar(length=total or 0, label=label, file=sys.stderr, show_pos=True) as bar:
            yield lambda done: bar.update(done - bar.pos)


class CommandFailed(click.ClickException):
    """One of our own errors, as the command line tells it: every fault on a line, and an exit code."""

    def __init__(self, error: Exception, exit_code: ExitCode, as_json: bool) -> None:
        super().__init__(str(error))
        self.exit_code = int(exit_code)  # type: ignore[misc] # click reads it from the instance
        self.faults: tuple[Fault, ...] = getattr(error, "faults", ())
        self.remedy = _remedy(error)
        self.as_json = as_json

    def show(self, file: Any = None) -> None:  # noqa: ARG002
        """Writes the error to stderr."""
        if self.as_json:
            errors = [{"path": fault.path, "message": fault.message} for fault in self.faults]
            told = {"detail": self.message, "errors": errors} | ({"remedy": self.remedy} if self.remedy else {})
            click.echo(orjson.dumps(told), err=True)
            return
        lines = [_line(fault) for fault in self.faults]
        whole = len(lines) == 1 and self.message.endswith(self.faults[0].message)
        shown = [f"Error: {lines[0]}"] if whole else [f"Error: {self.message}", *(f"  {line}" for line in lines)]
        click.echo("\n".join(shown), err=True)
        if self.remedy:
            click.echo(f"  {self.remedy}", err=True)


def _line(fault: Fault) -> str:
    """A fault with its place, once; what is a parameter of an address is an option here."""
    place = f"--{fault.path[1:].replace('_', '-')}" if fault.path.startswith("?") else fault.path
    return fault.message if fault.message.startswith(fault.path) else f"{place}: {fault.message}"


def _remedy(error: Exception) -> str:
    """What the person at the terminal can do about an error that does not say so itself; empty for any other."""
    if isinstance(error, NotFound):
        return _WHERE_LISTED.get(error.kind, "")
    return "`standfirst doctor` looks at the settings and the store." if isinstance(error, StoreUnavailable) else ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command: its settings and its output; opens the store when asked to."""

    config: Config
    output: Output

    @contextmanager
    def store(self) -> Iterator[tuple[str, EmbeddedStore | None]]:
        """Yields the store's address and, where no address is configured, the embedded store joined meanwhile."""
        if self.config.redis_url:
            yield self.config.redis_url, None
            return
        from service.adapters.redis.embedded.joining import EmbeddedStoreError, join_embedded_store

        try:
            embedded = join_embedded_store(self.config.data_dir, appendfsync=self.config.appendfsync)
        except EmbeddedStoreError as error:
            raise CommandFailed(error, ExitCode.FAILED, self.output.json) from error
        with embedded:
            yield embedded.url, embedded

    @contextmanager
    def services(self) -> Iterator[Services]:
        """Yields the services on the store of this call, and closes both."""
        from service.bootstrap.services import build_services

        with ExitStack() as stack:
            store_url, embedded = stack.enter_context(self.store())
            services = build_services(self.config, store_url, embedded.ensure if embedded else None)
            stack.callback(services.close)
            yield services


OPTIONS = (
    click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
                 help="Folder of the embedded store, bundles and indexes.  [default: $STANDFIRST_DATA_DIR or ./var]"),
    click.option("--redis-url", metavar="URL",
                 help="Address of the store.  [default: $STANDFIRST_REDIS_URL or an embedded one in DIR]"),
    click.option("--json", "as_json", is_flag=True, help="Write the result as JSON."),
)  # fmt: skip


Command = Callable[..., Any]


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Returns what gives a command these options, in the order of its help."""
    return lambda command: functools.reduce(lambda made, option: option(made), reversed(options), command)


def pass_invocation(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the shared options and, as its first argument, its Invocation; errors become exit codes."""

    @functools.wraps(command)
    def invoke(*args: Any, data_dir: Path | None, redis_url: str | None, as_json: bool, **kwargs: Any) -> None:
        try:
            config = load_config(data_dir=data_dir, redis_url=redis_url)
        except InvalidInput as error:
            raise CommandFailed(error, ExitCode.WRONG_USE, as_json) from error
        try:
            command(Invocation(config, Output(as_json)), *args, **kwargs)
        except StandfirstError as error:
            raise CommandFailed(error, ExitCode.FAILED, as_json) from error

    return with_options(*OPTIONS)(invoke)


def pass_services(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the shared options and, as its first arguments, the Services and its Output."""

    @functools.wraps(command)
    def with_services(invocation: Invocation, *args: Any, **kwargs: Any) -> None:
        with invocation.services() as services:
            command(services, invocation.output, *args, **kwargs)

    return pass_invocation(with_services)
