"""Runs the app under gunicorn until it is told to stop, and says once when it is ready, and until then why not."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from service import gunicorn_conf
from service.listening import Claim

ANNOUNCE_POLL_S = 0.02
LACKS_TOLD_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What of gunicorn's settings comes from the configuration."""

    claim: Claim
    workers: int
    threads: int
    log_level: str
    worker_tmp_dir: str | None


# Of a segment of TCP: its flags; those of SYN and ACK; drop it where it is SYN alone, else take it.
ONLY_OLD = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF))
SO_ATTACH_FILTER = 26


def refuse_new(listening: socket.socket) -> None:
    """Lets no connection begin any more, where Linux can: one that came between the last look and the end was reset."""
    if sys.platform == "linux":
        code = b"".join(struct.pack("HBBI", *step) for step in ONLY_OLD)
        kept = ctypes.create_string_buffer(code)
        program = struct.pack("HL", len(ONLY_OLD), ctypes.addressof(kept))
        with suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


class DrainingWorker(ThreadWorker):  # type: ignore[misc] # gunicorn ships no types
    """A thread worker that, told to stop, still answers the connections which wait to be accepted.

    Of a request that cannot be read it logs why, and not from which address it came.
    """

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 # gunicorn's
        """Answers the fault and logs it; gunicorn would name the sender's whole address."""
        super().handle_error(req, client, ("(not kept)", -1), exc)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begins or ends accepting; at the end of its life it takes what is queued and lets go of the port."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                refuse_new(listener.sock)
                while select.select([listener.sock], [], [], 0)[0]:
                    self.accept(listener)
                listener.close()


class GracefulArbiter(Arbiter):  # type: ignore[misc] # gunicorn ships no types
    """A master process that answers Ctrl-C and a closed terminal as it does SIGTERM; a second Ctrl-C hurries."""

    handle_int = Arbiter.handle_term
    handle_hup = Arbiter.handle_term


class Server(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """The app with its settings, as gunicorn wants them; reads no settings file of the current folder."""

    def __init__(
        self, app: Flask, settings: ServerSettings, ready: Callable[[], None], not_yet: Callable[[str], None]
    ) -> None:
        """`ready` is called once, in a process of its own, when every worker can fill pages and one answers.

        Until then `not_yet` is called now and then with what is lacking.
        """
        self._app = app
        self._settings = settings
        self._ready, self._not_yet = ready, not_yet
        self._ready_read, self._ready_write = os.pipe()
        super().__init__(prog="standfirst")

    def load_config(self) -> None:
        """Sets gunicorn's settings: those of the settings module, then those of the configuration."""
        names = [name for name in vars(gunicorn_conf) if name in self.cfg.settings]
        chosen = {name: getattr(gunicorn_conf, name) for name in names} | {
            "bind": self._settings.claim.bind,
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "loglevel": self._settings.log_level,
            "worker_tmp_dir": self._settings.worker_tmp_dir,
            "proc_name": "standfirst",
            "when_ready": self._announce_when_ready,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Returns the app."""
        return self._app

    def tell_when(self, is_ready: Callable[[], bool]) -> None:
        """Notes, from a worker process and beside its requests, when it has become ready."""

        def wait() -> None:
            while not is_ready():
                time.sleep(ANNOUNCE_POLL_S)
            os.write(self._ready_write, b".")

        threading.Thread(target=wait, name="readiness", daemon=True).start()

    def run(self) -> NoReturn:
        """Serves until SIGTERM, SIGINT or SIGHUP; requests in flight are finished; exits 0 unless it failed."""
        GracefulArbiter(self).run()
        raise SystemExit(0)

    def _announce_when_ready(self, _: Any) -> None:
        if os.fork():
            return
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._ready_write)
            if self._all_ready() and self._answers():
                self._ready()
        finally:
            os._exit(0)

    def _all_ready(self) -> bool:
        """Waits for every worker's word; False when the master is gone first."""
        master, missing, told_at = os.getppid(), self._settings.workers, time.monotonic()
        while missing > 0 and os.getppid() == master:
            if select.select([self._ready_read], [], [], 0.5)[0]:
                words = os.read(self._ready_read, missing)
                if not words:
                    return False
                missing -= len(words)
            elif time.monotonic() - told_at > LACKS_TOLD_EVERY_S:
                self._not_yet(self._lacks())
                told_at = time.monotonic()
        return missing == 0

    def _lacks(self) -> str:
        """Returns what the worker that answers lacks, or that none answers."""
        status, body = self._asked("/readyz")
        if status not in (200, 503):
            return "no worker answers"
        return "; ".join(f"{part}: {lack}" for part, lack in json.loads(body)["checks"].items() if lack)

    def _answers(self) -> bool:
        """Waits until the server answers a probe; False when the master is gone first."""
        master = os.getppid()
        while os.getppid() == master:
            if self._asked("/livez")[0] == 200:
                return True
            time.sleep(ANNOUNCE_POLL_S)
        return False

    def _asked(self, path: str) -> tuple[int, bytes]:
        """Returns status and body of an answer of this server; status 0 where none came."""
        connection = http.client.HTTPConnection(
            self._settings.claim.reachable_host, self._settings.claim.port, timeout=5
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()
