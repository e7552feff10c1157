"""Why callers must not wait for each other: the same freeze, seen by two kinds of load."""

import os
import signal
import time

import pytest

from bench.sides import generator, provider

pytestmark = pytest.mark.e2e

PER_S = 30.0
SECONDS = 8.0
FROZEN_S = 3.0


@pytest.mark.nightly
def test_a_freeze_hides_from_users_who_wait_and_shows_to_customers_who_do_not():
    """Same rate, same target, frozen for three seconds: Locust's own idiom calls it a good day."""
    with (
        provider(answered_after_s=0.0, ended_after_s=0.0) as target,
        generator(port := target.answer()) as ours,
        generator(port) as closed,
    ):
        closed.begin("closed", per_s=PER_S, seconds=SECONDS, users=5)
        ours.begin("journeys", per_s=PER_S, seconds=SECONDS)
        time.sleep(SECONDS / 4)  # both have seen it well
        os.kill(target.pid, signal.SIGSTOP)
        try:
            time.sleep(FROZEN_S)
        finally:
            os.kill(target.pid, signal.SIGCONT)
        users, customers = closed.answer(), ours.answer()

    assert users["slow"] < 0.05  # at most one request of each of the five users
    assert users["p95_s"] < 1.0
    assert customers["slow"] > 0.10  # all who came in the first two seconds of it
    assert customers["dropped"] == 0
    assert customers["done"] > users["done"] * 1.1  # who waits, calls less
