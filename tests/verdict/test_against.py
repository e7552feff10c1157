"""A run beside its control: what the faults made of each KPI."""

from dataclasses import replace

import pytest

from harness.model.scenario import PhaseKind
from harness.model.sla import Unit
from harness.model.verdict import Aspect, Status
from harness.verdict.against import (
    Difference,
    differences,
    not_a_control,
    set_beside,
    told,
    unlike,
)
from harness.verdict.judge import judge
from tests.fakes import (
    FakeEvidence,
    calls_of,
    facts,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
)

Ends = tuple[float | None, float | None, float | None]
"""A value, and the ends of its interval."""
LOSS = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))
CALM = replace(LOSS, faults=())
SLA = sla(objective(kinds=(PhaseKind.FAULT,)))


def run(served: int, *, broken: bool) -> FakeEvidence:
    """Return a run of 600 calls, of which the first *served* were answered in time."""
    return FakeEvidence(
        scenario=scenario(LOSS if broken else CALM),
        phase_runs=(phase_run("loss", kind=PhaseKind.FAULT),),
        fault_runs=(fault_run(),) if broken else (),
        contacts=calls_of([True] * served + [False] * (600 - served), phase="loss"),
    )


def test_the_difference_is_what_the_faults_made_of_a_kpi():
    """Half of the customers were answered in time, 540 of 600 without the fault."""
    broken, calm = (
        judge(each, SLA, about="") for each in (run(300, broken=True), run(540, broken=False))
    )
    found = [each for each in differences(broken, calm) if each.with_faults.view == "callers"]

    assert [each.apart for each in found] == [True]
    assert list(told(found)) == [
        "service_level in loss (callers): with 50 %, without 90 %, difference -40.0 points"
    ]


def test_two_goals_of_one_kpi_are_set_beside_each_other_one_by_one():
    """Half were answered within 20 s and all within two minutes: in each run, so nothing moved."""
    asked = sla(
        objective(kinds=(PhaseKind.FAULT,)),
        objective(kinds=(PhaseKind.FAULT,), goal_text="95/120", threshold_s=120.0),
    )
    broken, calm = (judge(run(300, broken=each), asked, about="") for each in (True, False))
    found = [each for each in differences(broken, calm) if each.with_faults.view == "callers"]

    assert [each.with_faults.value for each in found] == [0.5, 1.0]
    assert [each.value for each in found] == [0.0, 0.0]


def test_a_run_against_itself_differs_by_nothing():
    """And nothing is made of it."""
    verdict = judge(run(300, broken=True), SLA, about="")
    found = [each for each in differences(verdict, verdict) if each.value is not None]

    assert found
    assert all(each.value == 0 and not each.apart for each in found)


def test_an_exact_figure_needs_no_interval_to_differ():
    """Three lost tickets with the fault and none without are three, not chance."""
    verdict = judge(run(300, broken=True), SLA, about="")
    exact = replace(verdict.results[0], value=3.0, low=None, high=None, unit=Unit.COUNT)
    found = Difference(exact, replace(exact, value=0.0))

    assert found.apart
    assert next(told([found])).endswith("with 3, without 0, difference +3")


@pytest.mark.parametrize(
    ("one", "other", "apart", "because"),
    [
        ((0.5, 0.4, 0.6), (0.8, 0.7, 0.9), True, "the whole of one lies below the other"),
        ((0.5, 0.4, 0.7), (0.8, 0.7, 0.9), False, "they touch"),
        ((0.5, 0.4, 0.75), (0.8, 0.7, 0.9), False, "they overlap, though the values lie apart"),
        ((0.5, 0.2, 0.9), (0.6, 0.5, 0.7), False, "one lies inside the other"),
        ((0.5, None, None), (0.6, 0.55, 0.7), True, "an exact figure outside an interval"),
        ((0.6, None, None), (0.6, 0.55, 0.7), False, "an exact figure inside one"),
        ((0.5, 0.4, None), (0.8, 0.7, 0.9), False, "a bucket that has no end"),
        ((None, None, None), (0.6, 0.5, 0.7), False, "not measured, and so not known to differ"),
    ],
)
def test_two_figures_are_apart_where_their_intervals_do_not_touch(
    one: Ends, other: Ends, apart: bool, because: str
):
    """Whichever of them is the one with the faults."""
    made = judge(run(300, broken=True), SLA, about="").results[0]
    first, second = (
        replace(made, value=value, low=low, high=high) for value, low, high in (one, other)
    )

    for found in (Difference(first, second), Difference(second, first)):
        assert found.apart is apart, because
        assert (found.value is None) is (one[0] is None)


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.WAIVED])
def test_a_figure_that_nobody_is_sure_of_is_not_apart_from_another(status: Status):
    """The mean of three calls has no interval, which does not make it exact."""
    verdict = judge(run(300, broken=True), SLA, about="")
    few = replace(verdict.results[0], value=2.0, low=None, high=None, status=status)
    sure = replace(few, value=9.0, low=8.0, high=10.0, status=Status.PASS)

    assert not Difference(sure, few).apart
    assert not Difference(few, sure).apart


def test_only_what_both_runs_measured_by_itself_is_set_side_by_side():
    """The share of good quarter-hours goes by the same name as the KPI: it is no difference."""
    verdict = judge(run(300, broken=True), SLA, about="")
    quarters = tuple(replace(each, aspect=Aspect.INTERVALS, value=0.1) for each in verdict.results)
    more = replace(verdict, results=(*verdict.results, *quarters))

    assert differences(verdict, verdict)
    assert differences(more, more) == differences(verdict, verdict)
    assert differences(verdict, replace(verdict, results=())) == ()


def test_what_chance_may_explain_is_said_to_be_so():
    """560 and 565 of 600."""
    more, less = (judge(run(n, broken=False), SLA, about="") for n in (565, 560))
    lines = list(told(differences(less, more)))

    assert lines[0].endswith("; chance may explain it")


def test_only_a_control_of_the_same_run_may_stand_beside_it():
    """All that is wrong is named at once."""
    other = facts(seed="7", speed=20.0, scenario_sha256="other")

    assert not list(not_a_control(facts(), facts(), where="c", scenario=scenario(CALM)))
    assert [p.found for p in not_a_control(facts(), other, where="c", scenario=scenario(LOSS))] == [
        "a run of another scenario",
        "seed 7",
        "speed 20",
        "a run with faults",
    ]
    partly = scenario(CALM, replace(LOSS, name="later"))
    assert [p.found for p in not_a_control(facts(), facts(), where="c", scenario=partly)] == [
        "a run with faults"
    ]


def test_two_runs_side_by_side_tell_what_moved_and_what_chance_may_explain():
    """Monday's run, then Tuesday's: what is marked ``=`` is no news."""
    monday, tuesday = (judge(run(n, broken=False), SLA, about="") for n in (540, 300))
    moved = list(set_beside(differences(tuesday, monday)))
    same = list(set_beside(differences(monday, monday)))

    assert moved[0] == "  service_level in loss (callers): 90 % → 50 %, -40.0 points"
    assert same[0] == "= service_level in loss (callers): 90 % → 90 %, +0.0 points"


def test_what_two_runs_differ_in_is_said_before_their_figures():
    """Another load, another seed, a control run: no comparison without these words."""
    other = facts(seed="7", speed=20.0, scenario_sha256="other", control=True)

    assert list(unlike(facts(), facts())) == []
    assert [note.partition(":")[0] for note in unlike(facts(), other)] == [
        "the scenario is another, or another version of it",
        "seed",
        "speed",
        "the second is a control run, without faults",
    ]
