"""`--help` of every command: within a terminal's width, with a call to begin from that the command takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.cli import COMMANDS, main

EXAMPLE = re.compile(r"^  (standfirst (?:.*\\\n)*.*)$", re.MULTILINE)
WIDTH = 80


def each_command() -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        yield from ((name, one) for one in command.commands) if isinstance(command, click.Group) else [(name,)]


WORDS = list(each_command())


def help_of(*words: str) -> str:
    told = CliRunner().invoke(main, [*words, "--help"], terminal_width=WIDTH)
    assert told.exit_code == 0, told.output
    return told.output


@pytest.mark.parametrize("words", sorted({(), *((name,) for name in COMMANDS), *WORDS}), ids=" ".join)
def test_help_fits_a_terminal(words: tuple[str, ...]) -> None:
    assert [line for line in help_of(*words).splitlines() if len(line) > WIDTH] == []


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_each_command_shows_a_call_that_it_takes(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = [shlex.split(example.replace("\\\n", " ")) for example in EXAMPLE.findall(help_of(*words))]
    assert examples
    for _, *called in examples:
        assert tuple(called[: len(words)]) == words
        for word in called:
            if "/" not in word and Path(word).suffix in (".csv", ".xlsx", ".xml", ".jsonl", ".png"):
                Path(word).touch()
        command, context = main, click.Context(main)
        for word in words:
            command = command.get_command(context, word)  # type: ignore[attr-defined]
        command.make_context(" ".join(words), called[len(words) :])  # raises UsageError
