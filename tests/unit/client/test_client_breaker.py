"""The circuit breaker, on an injected clock."""

from __future__ import annotations

from standfirst_client.breaker import CircuitBreaker


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(failure_limit=3, pause_s=5.0, clock=clock)
    for _ in range(3):
        breaker.record_failure()
    return breaker


def test_only_failures_in_a_row_open_it() -> None:
    breaker = CircuitBreaker(failure_limit=3, clock=Clock())

    for _ in range(4):
        breaker.record_failure()
        breaker.record_failure()
        breaker.record_success()

    assert breaker.allows()


def test_an_open_breaker_refuses_until_the_pause_is_over() -> None:
    clock = Clock()
    breaker = opened(clock)

    clock.now += 4.999
    assert not breaker.allows()
    clock.now += 0.001
    assert breaker.allows()


def test_after_the_pause_one_caller_alone_makes_the_trial() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 5

    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_a_trial_that_never_reports_is_followed_by_another_a_pause_later() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 5
    breaker.allows()

    clock.now += 5

    assert breaker.allows()


def test_a_good_trial_closes_it_and_a_bad_one_starts_a_new_pause() -> None:
    clock = Clock()
    bad, good = opened(clock), opened(clock)
    clock.now += 5

    bad.record_failure()
    good.record_success()

    assert not bad.allows()
    assert [good.allows() for _ in range(3)] == [True] * 3
