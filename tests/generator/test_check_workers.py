"""More workers than contacts are refused before anything is started."""

import pytest

from harness.errors import UsageError
from harness.model.scenario import PhaseKind
from harness.preflight import check_workers
from tests.fakes import phase, scenario

BRIEF = scenario(phase("lines", PhaseKind.LINES, duration_s=0.0), phase(duration_s=10.0))


def test_as_many_workers_as_contacts_are_enough():
    """Contact i goes to worker i modulo their number: with one each, all have something to do."""
    check_workers(scenario(phase()), 64)


def test_a_worker_too_many_is_told_how_many_would_do():
    """Its process would only be one more that can get lost."""
    with pytest.raises(UsageError) as wrong:
        check_workers(BRIEF, 60)

    assert "more than the" in str(wrong.value)
    most = int(str(wrong.value).split("--workers ")[2].split()[0])
    check_workers(BRIEF, most)
    with pytest.raises(UsageError):
        check_workers(BRIEF, most + 1)
