"""A claimed port belongs to one server alone, though that server's own processes share it."""

from __future__ import annotations

import socket

import pytest

from service.domain.errors import Conflict, InvalidInput
from service.listening import claim_port

EVERYWHERE = "0.0.0.0"  # noqa: S104 (a container listens so)


def shared_listener(port: int) -> socket.socket:
    """Returns what a worker process opens: a listener that shares its port."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def test_a_port_is_claimed_once() -> None:
    first = claim_port("127.0.0.1", 0)
    with first.socket, pytest.raises(Conflict, match="is taken"):
        claim_port("127.0.0.1", first.port)


def test_the_claimers_own_processes_share_the_port_and_keep_others_out() -> None:
    claim = claim_port("127.0.0.1", 0)
    with claim.socket, shared_listener(claim.port), shared_listener(claim.port), pytest.raises(Conflict):
        claim_port("127.0.0.1", claim.port)


@pytest.mark.parametrize("host", ["127.0.0.1", EVERYWHERE])
def test_a_port_on_which_anyone_listens_cannot_be_claimed(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other, pytest.raises(Conflict):
        claim_port(host, other.getsockname()[1])


def test_a_claim_does_not_answer_by_itself() -> None:
    claim = claim_port("127.0.0.1", 0)
    with claim.socket, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", claim.port), timeout=2)


def test_connections_of_the_last_server_do_not_hold_a_port() -> None:
    claim = claim_port("127.0.0.1", 0)
    with claim.socket, shared_listener(claim.port) as listener:
        client = socket.create_connection(("127.0.0.1", claim.port))
        accepted, _ = listener.accept()
        accepted.close()  # the server closes first, so its side lingers
        client.close()
    claim_port("127.0.0.1", claim.port).socket.close()


def test_an_address_names_where_to_reach_the_server() -> None:
    everywhere = claim_port(EVERYWHERE, 0)
    with everywhere.socket:
        assert everywhere.url == f"http://127.0.0.1:{everywhere.port}"
        assert everywhere.bind == f"{EVERYWHERE}:{everywhere.port}"


def test_an_unknown_host_is_wrong_input() -> None:
    with pytest.raises(InvalidInput, match="not known"):
        claim_port("no-such-host.invalid", 0)
