"""Reads from a request all that validity looks at: of its address the network, of its agent whose it is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from flask import request

from service.config import Config
from service.domain.events.validity.agents import Agent, AgentOf, device_of
from service.domain.events.validity.network import network_of
from service.domain.events.validity.rules import Arrival
from service.domain.identity import hash64
from service.web.prefetch import is_prefetch

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ARRIVALS_KEPT = 2_048
"""Arrivals that are kept, 1 kB each: a reader's requests come one upon the other."""


def arrival_of_request(environ: WSGIEnvironment, config: Config, agent_of: AgentOf) -> Arrival:
    """Returns how a WSGI request came, sent by a reader's own browser."""
    address = client_address(environ, config.proxies)
    return _arrival_of(environ, config, agent_of, environ.get("HTTP_USER_AGENT", ""), address)


class ToldReader(Protocol):
    """A reader of whom a renderer may tell agent and address."""

    user_agent: str | None
    address: str | None


def arrival_of_told(environ: WSGIEnvironment, config: Config, agent_of: AgentOf, reader: ToldReader | None) -> Arrival:
    """Returns how a renderer's request came for its reader: by what it tells of them, else as from any browser."""
    user_agent, address = (reader.user_agent, reader.address) if reader else (None, None)
    return _arrival_of(environ, config, agent_of, user_agent, address)


def _arrival_of(
    environ: WSGIEnvironment, config: Config, agent_of: AgentOf, user_agent: str | None, address: str | None
) -> Arrival:
    """How the request came for a reader of this agent and address; neither is in it. No agent: a browser's."""
    refuses = config.programs == "refuse"
    return _arrival(environ["REQUEST_METHOD"], is_prefetch(environ), refuses, agent_of, user_agent, address)


@lru_cache(maxsize=ARRIVALS_KEPT)
def _arrival(
    method: str, ahead_of_need: bool, refuses: bool, agent_of: AgentOf, user_agent: str | None, address: str | None
) -> Arrival:
    network = network_of(address)
    return Arrival(
        method=method,
        ahead_of_need=ahead_of_need,
        agent=Agent.BROWSER if user_agent is None else agent_of(user_agent),
        device=device_of(user_agent or ""),
        network=network,
        reader=hash64(f"{network} {user_agent}") if network else 0,
        refuses_programs=refuses,
    )


def refuses_tracking() -> bool:
    """Returns whether the present request came with Global Privacy Control (`Sec-GPC: 1`)."""
    return request.headers.get("Sec-GPC", "").strip() == "1"


def client_address(environ: WSGIEnvironment, proxies: int) -> str | None:
    """Returns the address that the outermost of so many trusted proxies saw; with none, the connection's.

    Each proxy adds to the right of X-Forwarded-For whom it saw, so what a client wrote there itself is never reached.
    """
    if proxies == 0:
        address: str | None = environ.get("REMOTE_ADDR")
        return address
    seen = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    return _without_port(seen[-proxies]) if len(seen) >= proxies else None


def _without_port(seen: str) -> str:
    """The address of `192.0.2.1:4711` or `[2001:db8::1]:4711`, as some proxies write it."""
    if seen.startswith("["):
        return seen[1:].partition("]")[0]
    return seen.partition(":")[0] if seen.count(":") == 1 else seen
