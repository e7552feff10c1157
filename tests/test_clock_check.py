"""A run whose workers' clocks are apart does not begin."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness.conductor import _check_clocks
from harness.errors import UsageError
from harness.model.health import GeneratorLimits, ProcessHealth
from tests.fakes import scenario, sla


def plan(speed: float, **asked: float) -> Any:
    """Return a plan at *speed*, whose scenario asks for these limits."""
    own = scenario(speed=speed, generator=GeneratorLimits(**asked))
    return SimpleNamespace(scenario=own, sla=sla())


NEAR = ProcessHealth("worker 1", "hill", skew_s=0.01, skew_error_s=0.001)
FAR = ProcessHealth("worker 2", "dale", skew_s=-3.0, skew_error_s=0.001)
HAZY = ProcessHealth("worker 3", "moor", skew_s=0.0, skew_error_s=4.0)


def test_clocks_that_agree_may_begin():
    """The master itself was asked by nobody."""
    _check_clocks([ProcessHealth("master", "hill"), NEAR], plan(20.0))


def test_every_clock_that_is_apart_is_named_before_anybody_is_called():
    """An hour's run would be INCONCLUSIVE at its end for what was known at its beginning."""
    with pytest.raises(UsageError) as wrong:
        _check_clocks([NEAR, FAR, HAZY], plan(1.0))

    said = " ".join(str(wrong.value).split())
    assert [problem.where for problem in wrong.value.problems] == [
        "worker 2 on dale",
        "worker 3 on moor",
    ]
    assert "may be 3.0 s off the master's" in said
    assert "set both by the same time server" in said


@pytest.mark.parametrize(("speed", "refused"), [(1.0, False), (20.0, False), (60.0, True)])
def test_the_limit_is_in_centre_time(speed: float, refused: bool):
    """50 ms of the clock are 3 s at speed 60."""
    drift = [ProcessHealth("worker 1", "hill", skew_s=0.049, skew_error_s=0.001)]
    if not refused:
        _check_clocks(drift, plan(speed))
        return
    with pytest.raises(UsageError, match=r"3\.0 s"):
        _check_clocks(drift, plan(speed))
