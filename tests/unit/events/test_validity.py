"""Which events count, by how they come and how many come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.domain.engagement.teaser_events import TeaserAct
from service.domain.events.tokens import AdToken, EventKind, TeaserToken
from service.domain.events.validity.agents import Agent, Device, device_of
from service.domain.events.validity.flood import FloodGuard, Limit
from service.domain.events.validity.network import network_of
from service.domain.events.validity.rules import RULES, Arrival, ViewClaim, is_seen, refused_by
from service.usecases.events.judge_events import (
    NETWORK,
    NETWORK_FLIGHT,
    READER,
    READER_FLIGHT_CLICKS,
    READER_TEASER_CLICKS,
    TEASERS_NETWORK,
    TEASERS_READER,
    WINDOW_S,
    JudgeEvents,
)

NOW = 1_700_000_000.0
READERS = Arrival(network="203.0.113.0/24", reader=1)
IMPRESSION = AdToken(EventKind.IMPRESSION, "courier", 1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("arrival", "reason"),
    [
        (Arrival(), None),
        (Arrival(method="POST"), None),
        (Arrival(method="HEAD"), "head"),
        (Arrival(ahead_of_need=True), "prefetch"),
        (Arrival(agent=Agent.CRAWLER), "bot"),
        (Arrival(agent=Agent.PROGRAM), None),
        (Arrival(agent=Agent.PROGRAM, refuses_programs=True), "program"),
        (Arrival(refuses_programs=True), None),
    ],
)
def test_the_way_an_event_came_decides_whether_it_may_bill(arrival: Arrival, reason: str | None) -> None:
    assert refused_by(arrival) == reason


def test_each_rule_names_its_source() -> None:
    assert len({rule.reason for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.source.split(":")[0] in ("MRC IVT", "Impressions", "Clicks"), rule.reason
        assert rule.refuses.__doc__


@pytest.mark.parametrize(
    ("claim", "seen"),
    [
        (ViewClaim(), True),
        (ViewClaim(1.0, 5_000, True), True),
        (ViewClaim(0.49, 1_000, True), False),
        (ViewClaim(0.5, 999, True), False),
        (ViewClaim(1.0, 1_000, focused=False), False),
        (ViewClaim(0.3, 1_000, pixels=970 * 250), True),
        (ViewClaim(0.3, 1_000, pixels=300 * 250), False),
    ],
)
def test_a_view_is_half_the_pixels_for_a_second_in_a_focused_tab(claim: ViewClaim, seen: bool) -> None:
    assert is_seen(claim) is seen
    view = IMPRESSION._replace(kind=EventKind.VIEW)
    assert JudgeEvents(lambda: NOW).reason(view, Arrival(), claim) == (None if seen else "not-seen")


def test_a_claim_of_a_view_says_nothing_of_an_impression() -> None:
    assert JudgeEvents(lambda: NOW).reason(IMPRESSION, Arrival(), ViewClaim(0.0, 0, focused=False)) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.8.77", "8.8.8.0/24"),
        ("::ffff:8.8.8.77", "8.8.8.0/24"),
        ("2a00:1450:4001:82a::200e", "2a00:1450:4001::/48"),
        ("127.0.0.1", None),
        ("10.2.3.4", None),
        ("100.64.1.1", None),
        ("fe80::1%eth0", None),
        ("::1", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_of_an_address_the_network_alone_is_known(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


def counted(judge: JudgeEvents, token: AdToken, arrivals: list[Arrival]) -> int:
    """How many of these arrivals are not a flood."""
    return sum(judge.reason(token, arrival) is None for arrival in arrivals)


def test_one_readers_flood_is_cut_off_and_begins_anew_with_the_window() -> None:
    times = [NOW]
    judge = JudgeEvents(lambda: times[0])
    assert counted(judge, IMPRESSION, [READERS] * (READER.most + 50)) == READER.most
    assert counted(judge, IMPRESSION, [replace(READERS, reader=2)] * 50) == 50
    times[0] += WINDOW_S
    assert counted(judge, IMPRESSION, [READERS]) == 1


def test_a_networks_flood_is_cut_off_by_flight_and_in_all() -> None:
    judge = JudgeEvents(lambda: NOW)
    crowd = [replace(READERS, reader=number) for number in range(10_000)]
    assert counted(judge, IMPRESSION, crowd[:2_000]) == NETWORK_FLIGHT.most
    others = [IMPRESSION._replace(flight=number) for number in range(2, 9)]
    passed = [counted(judge, token, crowd[2_000:4_000]) for token in others]
    sent_within = NETWORK.most // 2_000 - 1
    # What shares its cells with a reader is counted with theirs too: eight events at most.
    assert all(NETWORK_FLIGHT.most - 8 <= each <= NETWORK_FLIGHT.most for each in passed[:sent_within])
    assert passed[sent_within:] == [0] * (len(others) - sent_within)


def test_nobody_follows_one_ad_six_times_a_minute() -> None:
    judge = JudgeEvents(lambda: NOW)
    click = IMPRESSION._replace(kind=EventKind.CLICK)
    assert counted(judge, click, [READERS] * 20) == READER_FLIGHT_CLICKS.most
    assert counted(judge, click._replace(flight=2), [READERS]) == 1


def test_what_one_reader_and_one_network_do_with_teasers_is_bounded() -> None:
    judge = JudgeEvents(lambda: NOW)
    teaser, seen = TeaserToken("courier", 1), TeaserAct.IMPRESSION
    of_one = [judge.teaser_reason(teaser, seen, READERS) for _ in range(TEASERS_READER.most + 50)]
    assert of_one.count(None) == TEASERS_READER.most
    others = TEASERS_NETWORK.most - TEASERS_READER.most
    of_all = [judge.teaser_reason(teaser, seen, replace(READERS, reader=n)) for n in range(2, others + 52)]
    assert of_all.count(None) <= others


def test_nobody_follows_one_teaser_three_times_a_minute() -> None:
    judge = JudgeEvents(lambda: NOW)
    clicks = [judge.teaser_reason(TeaserToken("courier", 1), TeaserAct.CLICK, READERS) for _ in range(5)]
    assert clicks.count(None) == READER_TEASER_CLICKS.most


def test_senders_of_an_unknown_network_are_not_counted_together() -> None:
    assert counted(JudgeEvents(lambda: NOW), IMPRESSION, [Arrival()] * 10_000) == 10_000


def test_many_quiet_senders_are_never_taken_for_a_loud_one() -> None:
    guard, limit = FloodGuard(60), Limit("each", 20, 60)
    refused = sum(not guard.admits(limit, sender, NOW) for _ in range(4) for sender in range(50_000))
    assert refused == 0


def test_a_count_at_once_is_refused_whole() -> None:
    guard, limit = FloodGuard(60), Limit("each", 10, 60)
    assert guard.admits(limit, "a", NOW, 8)
    assert not guard.admits(limit, "a", NOW, 3)
    assert guard.admits(limit, "a", NOW, 2)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120", Device.DESKTOP),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/120", Device.DESKTOP),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148", Device.MOBILE),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120 Mobile Safari", Device.MOBILE),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/120 Safari", Device.TABLET),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148", Device.TABLET),
        ("curl/8.0", Device.OTHER),
        ("", Device.OTHER),
    ],
)
def test_of_an_agent_the_class_of_device_is_kept(agent: str, device: Device) -> None:
    assert device_of(agent) is device
