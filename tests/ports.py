"""Ports of this machine for programs that cannot choose one by themselves."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Returns a free port below those that the system gives to whoever asks for any, so it stays free until it is used."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
