"""What is told of retention, time limits and caches is what the code does."""

from __future__ import annotations

import re

from service import gunicorn_conf
from service.adapters.files.index.generations import generations
from service.adapters.files.last_known.known_access import COMPARED_EVERY_S
from service.adapters.redis.redis_keys import HISTORY, SESSION_HISTORY, KeySpec, all_keys
from service.config import Config
from service.domain.ads.booking import ledger
from service.domain.engagement.reader_history import KEPT_S, MOST_KEPT, SESSION_S
from service.domain.events.tokens import EventKind
from service.usecases.sites.erase_site import SETTLED_S
from service.usecases.upkeep import WRITTEN_EVERY_S
from service.web.api.page.page import WIDGET_CACHE
from standfirst_client import StandfirstClient
from standfirst_client.breaker import CircuitBreaker
from tests.docs.pages import HOME

UNITS_S = {"day": 86_400, "hour": 3_600, "minute": 60}


def words_of(name: str) -> str:
    """A page of the docs as one line of single-spaced words."""
    return re.sub(r"\s+", " ", (HOME / "docs" / name).read_text("utf-8"))


def told_life(spec: KeySpec) -> str:
    """A family's life time as the page tells it: in the largest unit that divides it."""
    if spec.ttl_s is None:
        return "kept"
    unit, seconds = next((unit, seconds) for unit, seconds in UNITS_S.items() if spec.ttl_s % seconds == 0)
    count = spec.ttl_s // seconds
    return f"{count} {unit}" + ("s" if count > 1 else "")


def test_every_family_of_keys_is_told_of_with_its_life_time_and_its_end_and_no_other() -> None:
    text = (HOME / "docs" / "explanation" / "what-is-kept.md").read_text("utf-8")
    told = re.findall(r"^\| `(sf:[^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert [(pattern, life) for pattern, _, life, _ in told] == [(spec.pattern, told_life(spec)) for spec in all_keys()]
    assert all(of.strip() and end.strip() for _, of, _, end in told)


def test_what_lapses_needs_no_one_to_remove_it() -> None:
    text = (HOME / "docs" / "explanation" / "what-is-kept.md").read_text("utf-8")
    for spec in all_keys():
        assert (spec.ttl_s is not None) == (f"| `{spec.pattern}` |" in text and _end_of(spec, text) == "time")


def _end_of(spec: KeySpec, text: str) -> str:
    row = next(line for line in text.splitlines() if line.startswith(f"| `{spec.pattern}` |"))
    return row.split("|")[4].strip()


def test_the_figures_of_an_erasure_stand_as_they_are() -> None:
    text = words_of("explanation/what-is-kept.md")
    assert f"waits {SETTLED_S:g} seconds" in text
    assert f"more than {Config.model_fields['merge_after'].default} changes" in text
    assert COMPARED_EVERY_S == WRITTEN_EVERY_S == 5
    assert "five seconds after the store's" in text
    assert f"until {('no', 'one', 'two')[generations.KEPT]} more indexes were built" in text
    assert f"the last {MOST_KEPT}, by a hash of the id, each for {KEPT_S // UNITS_S['day']} days" in text
    assert (SESSION_HISTORY.ttl_s, HISTORY.ttl_s) == (SESSION_S, KEPT_S)
    assert f"lapses {ledger.PAGE_VIEW_TTL_S // 60} minutes later" in text


def test_the_time_limits_of_the_guide_are_those_of_service_and_client() -> None:
    text = words_of("how-to/time-limits-and-caches.md")
    client, breaker = StandfirstClient.__init__.__kwdefaults__, CircuitBreaker.__init__.__kwdefaults__
    timeout_s = StandfirstClient.__init__.__defaults__[2]  # type: ignore[index]
    assert client is not None
    assert f"Set {timeout_s * 1_000:.0f} ms in all" in text
    assert f"at most {Config.model_fields['ledger_timeout_ms'].default} ms for the ads' reservation" in text
    assert f"at most {Config.model_fields['history_timeout_ms'].default} ms for what a remembered reader" in text
    assert f"at most {Config.model_fields['lookup_timeout_ms'].default} ms for a token or site" in text
    assert f"After {breaker['failure_limit']} failures in a row" in text
    assert f"every {breaker['pause_s']:g} seconds" in text
    assert f"for {gunicorn_conf.keepalive} seconds" in text


def test_the_life_times_of_the_guide_to_caches_are_those_of_the_answers() -> None:
    text = words_of("how-to/time-limits-and-caches.md")
    minutes = ledger.WINDOW_MINUTES
    assert f"`{WIDGET_CACHE}`" in text
    assert f"for {ledger.PAGE_VIEW_TTL_S // 60} minutes it gets the same ads" in text
    assert (
        f"held for {minutes[EventKind.IMPRESSION]} minutes for the impression, {minutes[EventKind.VIEW]} for the view,"
        f" {minutes[EventKind.CLICK]} for the click" in text
    )
