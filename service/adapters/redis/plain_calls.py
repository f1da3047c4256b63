"""Makes calls of the store on connections of their own, with half of the work of the client's way."""

from __future__ import annotations

import os
import weakref
from collections import deque
from typing import Any

import redis
from redis.connection import Connection
from redis.exceptions import ConnectionError as Away
from redis.exceptions import TimeoutError as TookTooLong


class PlainCalls:
    """Calls without tries, callbacks or measurements, on connections that are kept from the client's pool.

    Each is looked at before it is used, which takes a microsecond: one that the server closed is replaced. There are as
    many as calls were ever made at once; closing the pool closes them, and they connect anew when used.
    The pool has them back when this object is gone.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._idle: deque[Connection] = deque()
        weakref.finalize(self, _give_back, self._pool, self._idle).atexit = False

    def __call__(self, *words: str | int | bytes) -> Any:
        """Returns the answer to a command. Raises redis' errors; nothing is sent twice."""
        connection = self._taken()
        try:
            connection.send_command(*words, check_health=False)  # type: ignore[no-untyped-call]
            return connection.read_response()
        finally:
            self._idle.append(connection)

    def _taken(self) -> Connection:
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._pool.get_connection()
        if connection.pid != os.getpid():  # of the process that this one was forked from
            return self._taken()
        if connection.is_connected and _is_stale(connection):
            connection.disconnect()  # type: ignore[no-untyped-call]
        return connection


def _give_back(pool: redis.ConnectionPool, idle: deque[Connection]) -> None:
    while idle:
        pool.release(idle.pop())


def _is_stale(connection: Connection) -> bool:
    """Whether the server has closed the connection, or something of an earlier answer is left on it."""
    try:
        return bool(connection.can_read())
    except (Away, TookTooLong, OSError):
        return True
