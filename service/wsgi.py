"""The app for any other WSGI server, one that imports `service.wsgi:app` in each of its worker processes."""

from __future__ import annotations

import atexit

from flask import Flask

from service.adapters.redis.embedded.joining import join_embedded_store
from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.observability import configure_logging


def assemble() -> Flask:
    """Returns the app on the store of the environment's settings, with its background work running."""
    config = load_config()
    configure_logging(config.log_level)
    embedded = None if config.redis_url else join_embedded_store(config.data_dir, appendfsync=config.appendfsync)
    store_url = embedded.url if embedded else str(config.redis_url)
    services = build_services(config, store_url, embedded.ensure if embedded else None)
    services.start_background()
    atexit.register(services.close)
    return create_app(services)


app = assemble()
