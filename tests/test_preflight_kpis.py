"""What preflight knows of the catalogue, and what it refuses to ask."""

import pytest

from harness.kpi.catalogue import CATALOGUE
from harness.preflight import KNOWN, unaskable
from tests.fakes import objective, sla

NAMED_ONLY = [kpi.name for kpi in CATALOGUE.values() if not kpi.measurable]


def test_the_failover_figures_to_come_are_named_only():
    """Their measurement is the business of the failovers; their names are spoken for."""
    assert set(NAMED_ONLY) == {"detection", "blocked_time", "fault_losses"}


@pytest.mark.parametrize("name", NAMED_ONLY)
def test_an_objective_that_nobody_measures_is_refused(name: str):
    """It would never be judged, and a verdict without it would look complete."""
    problems = list(unaskable(sla(objective(), objective(name, 10.0, 11.0))))

    assert [problem.found for problem in problems] == [CATALOGUE[name].unseen]


def test_what_can_be_measured_is_not_refused():
    """The usual contract."""
    assert not list(unaskable(sla()))


def test_files_know_every_kpi():
    """So that a misspelt one gets its suggestion."""
    assert set(KNOWN.kpis) == set(CATALOGUE)
