"""Reads from a request all that validity looks at: of its address the network, of its agent whose it is."""

from __future__ import annotations

from functools import lru_cache

from flask import request

from service.config import Config
from service.domain.events.agents import Agent, AgentOf, device_of
from service.domain.events.network import network_of
from service.domain.events.validity import Arrival
from service.domain.identity import hash64
from service.web.prefetch import is_prefetch

_device_of = lru_cache(maxsize=4_096)(device_of)


def arrival_of_request(config: Config, agent_of: AgentOf) -> Arrival:
    """Returns how the present request came, sent by a reader's own browser."""
    return arrival(config, agent_of, request.headers.get("User-Agent", ""), client_address(config.proxies))


def arrival(config: Config, agent_of: AgentOf, user_agent: str | None, address: str | None) -> Arrival:
    """Returns how the request came for a reader of this agent and address; neither is in it. No agent: a browser's."""
    network = network_of(address)
    return Arrival(
        method=request.method,
        ahead_of_need=is_prefetch(request.environ),
        agent=Agent.BROWSER if user_agent is None else agent_of(user_agent),
        device=_device_of(user_agent or ""),
        network=network,
        reader=hash64(f"{network} {user_agent}") if network else 0,
        refuses_programs=config.programs == "refuse",
    )


def refuses_tracking() -> bool:
    """Returns whether the present request came with Global Privacy Control (`Sec-GPC: 1`)."""
    return request.headers.get("Sec-GPC", "").strip() == "1"


def client_address(proxies: int) -> str | None:
    """Returns the address that the outermost of so many trusted proxies saw; with none, the connection's.

    Each proxy adds to the right of X-Forwarded-For whom it saw, so what a client wrote there itself is never reached.
    """
    if proxies == 0:
        return request.remote_addr
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return seen[-proxies] if len(seen) >= proxies else None
