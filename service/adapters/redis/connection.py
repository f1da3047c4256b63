"""Opens clients of the store that never retry by themselves, and names the store's absence in our own words."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from service.domain.errors import StoreUnavailable

# Each of these means that the store cannot serve anyone now; any other refusal of a command is a bug of ours,
# but for those that the library has no class for: a full or failing disk, too few replicas, a function that runs long.
AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.ClusterDownError,
    exceptions.TryAgainError,
)
_REFUSALS = re.compile(r"(?:.* caused error: )?(?:MISCONF|NOREPLICAS|BUSY) ", re.DOTALL)


def connect(url: str, timeout_ms: int) -> redis.Redis:
    """Returns a client of the store at the address; it connects at its first command.

    A connection and each answer are waited for `timeout_ms`; a failed command is not tried again. A pooled
    connection that the server closed is replaced before it is used, without counting as a try. Answers are bytes.
    """
    client: redis.Redis = redis.Redis.from_url(
        url,
        socket_timeout=timeout_ms / 1000,
        socket_connect_timeout=timeout_ms / 1000,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        client_name="standfirst",
        # What the library calls itself would cost each new connection two round trips, on a slow store within a page.
        driver_info=None,
        # A managed service's announcements of its maintenance; asking for them costs each new connection a round trip.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return client


class _Translating:
    """Holds nothing, so that one stands for all calls: each request makes some."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, AWAY):
            raise StoreUnavailable(f"The store did not answer: {error}") from error
        if isinstance(error, exceptions.ResponseError) and _REFUSALS.match(str(error)):
            raise StoreUnavailable(f"The store takes nothing now: {error}") from error


_TRANSLATING = _Translating()


def translate() -> AbstractContextManager[None, None]:
    """Turns the client library's errors of a store that is away into StoreUnavailable, within a `with`."""
    return _TRANSLATING


def close(client: redis.Redis) -> None:
    """Closes every connection of the client, those in use by other threads too; it reconnects if used again."""
    client.connection_pool.disconnect()
