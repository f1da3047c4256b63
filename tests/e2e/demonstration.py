"""A running `standfirst demo`, its newspaper as a browser gets it, and every process that belongs to it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

COMMAND = Path(sys.executable).with_name("standfirst")
MARK = "HARBOUR_COURIER_TEST"
"""A variable that all processes of one demonstration inherit; it holds its folder."""


@dataclass(frozen=True)
class Answer:
    """What an address answered, redirects not followed."""

    status: int
    headers: Mapping[str, str]
    text: str

    def links(self, selector: str) -> list[str]:
        """Returns where the links that match lead to."""
        return [str(node.attributes["href"]) for node in LexborHTMLParser(self.text).css(selector)]

    def texts(self, selector: str) -> list[str]:
        """Returns the texts of the elements that match."""
        return [node.text(strip=True) for node in LexborHTMLParser(self.text).css(selector)]


def ask(url: str) -> Answer:
    """Returns the answer to a GET on a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/")
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())


@dataclass
class Demonstration:
    """One `standfirst demo`, the leader of a process group as it is in a terminal."""

    process: subprocess.Popen[bytes]
    folder: Path
    began_s: float
    took_s: float = 0.0

    @property
    def said(self) -> list[str]:
        """The lines that it wrote to stdout so far."""
        return (self.folder / "stdout").read_text().splitlines()

    @property
    def grumbled(self) -> str:
        """What it wrote to stderr so far."""
        return (self.folder / "stderr").read_text()

    @property
    def url(self) -> str:
        """The newspaper's address, without a slash at its end."""
        return next(word for word in self.said[0].split() if word.startswith("http")).rstrip("/")

    @property
    def store(self) -> Path:
        """The folder of its embedded store."""
        return self.folder / "var" / "demo" / "store"

    @property
    def family(self) -> set[int]:
        """The ids of all living processes that belong to this demonstration, itself and its store among them."""
        return set(marked(self.folder)) | store_server(self.store)

    def end(self, number: int, timeout_s: float = 45) -> int:
        """Returns the exit code after the signal went to the whole process group, as Ctrl-C in a terminal does."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        """Kills this process alone, as the system does where memory runs short."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)


def begin(folder: Path, environment: Mapping[str, str], *words: str, command: tuple[object, ...] = ()) -> Demonstration:
    """Starts a demonstration in a folder, on a free port unless words name one."""
    argv = [*(command or (COMMAND,)), "demo", *(words or ("--port", "0"))]
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [str(word) for word in argv],
            cwd=folder,
            env={**environment, MARK: str(folder)},
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    return Demonstration(process, folder, time.monotonic())


def until_up(demonstration: Demonstration, timeout_s: float = 200) -> Demonstration:
    """Returns the demonstration once its address answers; fails when it ends before."""
    while not demonstration.said:
        assert demonstration.process.poll() is None, demonstration.grumbled
        assert time.monotonic() - demonstration.began_s < timeout_s, demonstration.grumbled
        time.sleep(0.02)
    demonstration.took_s = time.monotonic() - demonstration.began_s
    return demonstration


def alive(pid: int) -> bool:
    """Returns whether the process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def marked(folder: Path) -> Iterator[int]:
    """Yields the ids of the living processes that carry the folder's mark, whoever is their parent by now."""
    mark = f"{MARK}={folder}\0".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes() and alive(int(path.parent.name)):
                yield int(path.parent.name)


def store_server(store: Path) -> set[int]:
    """Returns the id of the embedded store's server, if it runs: it writes over its environment, and the mark."""
    with contextlib.suppress(OSError, ValueError):
        server = int((store / "server.pid").read_text())
        if Path(f"/proc/{server}/cwd").readlink() == store.resolve():
            return {server}
    return set()
