"""What preflight knows of the catalogue, and what it refuses to ask."""

from dataclasses import replace

import pytest

from harness.feasibility import unaskable
from harness.known import KNOWN
from harness.kpi.catalogue import CATALOGUE
from tests.fakes import objective, sla


def test_an_objective_that_nobody_measures_is_refused(monkeypatch: pytest.MonkeyPatch):
    """It would never be judged, and a verdict without it would look complete."""
    unmeasured = replace(CATALOGUE["detection"], by_verdict=False, unseen="nobody looks")
    monkeypatch.setitem(CATALOGUE, "detection", unmeasured)

    problems = list(unaskable(sla(objective(), objective("detection", 10.0, 11.0))))

    assert [problem.found for problem in problems] == ["nobody looks"]


def test_what_can_be_measured_is_not_refused():
    """The usual contract."""
    assert not list(unaskable(sla()))


def test_files_know_every_kpi():
    """So that a misspelt one gets its suggestion."""
    assert set(KNOWN.kpis) == set(CATALOGUE)
