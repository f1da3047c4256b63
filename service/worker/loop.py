"""What `standfirst worker` does until it is told to stop: indexes, feeds, and what becomes of events."""

from __future__ import annotations

import os
import random
import secrets
import socket
from collections.abc import Callable

from service.services import Services
from service.usecases.ads.forecast.learn_place_effects import LearnPlaceEffects
from service.usecases.content.poll_feeds import FeedPorts, PollFeeds
from service.usecases.content.take_entries import ReadArticle
from service.usecases.events.roll_up_events import RollUpEvents
from service.usecases.upkeep import Upkeep
from service.worker.event_rounds import EventRounds
from service.worker.export_rounds import ExportRounds
from service.worker.feed_rounds import FeedRounds

TRAFFIC_EVERY_S = 60.0
"""Seconds between looks whether an hour more is over that traffic can be learnt from."""

LEARNING_LOOK_S = 5.0
"""Seconds between looks whether it is time to learn anew where readers look: a failed try is made good so soon."""


def run(services: Services, read_article: ReadArticle, told_to_stop: Callable[[], object]) -> None:
    """Runs the background work of a process until `told_to_stop` returns: it looks for changes, asks for builds, and
    polls feeds, whose entries `read_article` turns into articles."""
    consumer = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    ports = FeedPorts(services.site_records, services.feeds, services.articles, services.feed_sources)
    forecasting = services.ads.forecasting
    places = LearnPlaceEffects(services.site_records, services.rollups, forecasting.effects, services.clock)
    services.background.extend(
        [
            FeedRounds(PollFeeds(ports, read_article, services.clock, random.random)),
            EventRounds(RollUpEvents(services.event_stream, services.site_records, consumer)),
            Upkeep(forecasting.learning.look, [], TRAFFIC_EVERY_S, services.clock),
            Upkeep(places.look, [], LEARNING_LOOK_S, services.clock),
            Upkeep(services.learn_examination.look, [], LEARNING_LOOK_S, services.clock),
            ExportRounds(services.exporter_of(consumer)),
        ]
    )
    services.start_background()
    told_to_stop()
