"""Days of traffic on the real ledger: flights meet the bar of pacing whatever the traffic does."""

from __future__ import annotations

import pytest
import redis as redis_client

from service.simulation.run import Simulation
from service.simulation.scenario import SCENARIOS

pytestmark = [pytest.mark.redis, pytest.mark.timeout(540)]
NAMES = [pytest.param(name, marks=[pytest.mark.slow] if one.slow else []) for name, one in SCENARIOS.items()]


@pytest.mark.parametrize("name", NAMES)
def test_flights_meet_the_bar_of_pacing(redis: redis_client.Redis, name: str) -> None:
    scenario = SCENARIOS[name]
    outcomes = Simulation(scenario, redis).run()
    assert {one.flight: one.faults(scenario.loss_ratio) for one in outcomes if one.faults(scenario.loss_ratio)} == {}
    assert all(one.delivered > 0 for one in outcomes)
