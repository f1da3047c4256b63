"""What a server's master does for the worker processes that it forks."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from service import gunicorn_conf


class Line:
    """Stands for the services, of which the hook closes the connections."""

    def __init__(self) -> None:
        self.is_open = True

    def disconnect(self) -> None:
        """Closes the line."""
        self.is_open = False


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_the_master_loaded_is_neither_collected_nor_copied_in_its_workers() -> None:
    line = Line()
    loaded = [{"a": "part of the app"}]
    app = SimpleNamespace(wsgi=lambda: SimpleNamespace(extensions={"standfirst": line}))
    gunicorn_conf.pre_fork(SimpleNamespace(app=app), None)
    assert not line.is_open
    assert not any(each is loaded for each in gc.get_objects())
