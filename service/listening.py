"""Claims a port for this server alone, although its worker processes will share it."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from service.domain.errors import Conflict, InvalidInput

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (where to reach a server that listens everywhere)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed port: kept by holding the socket, which is bound but does not listen."""

    host: str
    port: int
    socket: socket.socket

    @property
    def bind(self) -> str:
        """The address as gunicorn takes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reachable_host(self) -> str:
        """The host to reach this server by from this machine."""
        return WILDCARDS.get(self.host, self.host)

    @property
    def url(self) -> str:
        """The address to reach this server by from this machine."""
        host = self.reachable_host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def claim_port(host: str, port: int) -> Claim:
    """Returns the claimed port; 0 picks a free one. Raises Conflict where another server has it.

    Sockets with SO_REUSEPORT share a port with any other of the same user, so a second server would start silently.
    Hence the claim binds without it, which fails where anyone has the port, and allows sharing only afterwards.
    SO_REUSEADDR lets a restart pass the last server's closed connections; kept on, it would let in a second claim.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise InvalidInput.one("--host", f"The host '{host}' is not known here: {error.strerror}.") from error
    claim = socket.socket(family, kind, protocol)
    try:
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        claim.bind(address)
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError as error:
        claim.close()
        raise Conflict(_refusal(host, port, error)) from error
    return Claim(str(address[0]), claim.getsockname()[1], claim)


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another server. Stop that one, or choose another port with --port "
            "(0 picks a free one)."
        )
    return f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --host and --port."
