"""What a history keeps of a run: what may become the standard that others are held against."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.model.cut import Cut
from harness.model.event import Ending
from harness.model.finding import (
    Happening,
    RootCause,
    Severity,
    Sighting,
    State,
    What,
    findings_of,
)
from harness.model.scenario import Owner
from harness.model.sla import Formula, Progression
from harness.model.verdict import Aspect, Decision, Verdict
from harness.record.kept import baseline_of, in_short
from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from tests.fakes import (
    FakeEvidence,
    abandoned,
    answered,
    calls_of,
    facts,
    objective,
    phase_run,
    scenario,
    sla,
    spread,
)


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    """Return an open, empty record."""
    with RunRecord.create(tmp_path) as record:
        yield record


def lived(record: RunRecord, *, good: int, ending: Ending = Ending.COMPLETE, **of: Any) -> Verdict:
    """Put a run into *record* in which *good* of 600 callers were answered in time; judge it."""
    record.put_plan(scenario(), sla(), FakeEvidence().target, facts(**of))
    record.put_phase(phase_run())
    record.put_contacts(calls_of(spread(good, 600)))
    record.put_ending(ending)
    return judge(record, sla(), about="")


def test_a_baseline_holds_every_figure_with_its_interval(record: RunRecord):
    """As sure as the verdict was: what is compared later has two errors."""
    verdict = lived(record, good=480)
    found = baseline_of(record, verdict, name="in-house")
    value = found.value("service_level", "", "peak", 20.0)

    assert value is not None
    assert (value.value, value.n) == (0.8, 600)
    assert value.low is not None
    assert value.low < 0.8
    assert (found.run, found.scenario_sha256) == (record.facts.run, record.facts.scenario_sha256)


def test_a_figure_that_the_verdict_left_open_without_an_interval_is_no_standard(record: RunRecord):
    """A mean of three calls has none; kept like that it would be taken as exact."""
    asked = sla(objective("asa", 28.0, 30.8, threshold_s=None), objective())
    record.put_plan(scenario(), asked, FakeEvidence().target, facts())
    record.put_phase(phase_run())
    record.put_contacts([answered(f"peak/calls/{n}", due_s=9.0 * n, wait_s=n) for n in range(3)])
    record.put_ending(Ending.COMPLETE)
    verdict = judge(record, asked, about="")
    found = baseline_of(record, verdict, name="in-house")

    assert [value.kpi for value in found.values] == ["service_level"]


def test_two_formulas_of_one_goal_have_a_standard_each(record: RunRecord):
    """Of 600 callers 400 in time and 100 hung up: 67 % of all, 80 % of those who were answered."""
    asked = sla(objective(), objective(formula=Formula.ANSWERED))
    record.put_plan(scenario(), asked, FakeEvidence().target, facts())
    record.put_phase(phase_run())
    record.put_contacts(
        [
            *(answered(f"in time/{n}", due_s=n, wait_s=5.0) for n in range(400)),
            *(answered(f"late/{n}", due_s=n, wait_s=40.0) for n in range(100)),
            *(abandoned(f"gone/{n}", due_s=n) for n in range(100)),
        ]
    )
    record.put_ending(Ending.COMPLETE)
    found = baseline_of(record, judge(record, asked, about=""), name="in-house")
    year = Progression("in-house", 0.05, 6, 0.05, 12)
    later = judge(record, replace(asked, progression=year, baseline=found), about="")
    against = [each for each in later.results if each.aspect is Aspect.BASELINE]

    assert [(each.formula, each.value) for each in found.values] == [
        (Formula.OFFERED, pytest.approx(2 / 3)),
        (Formula.ANSWERED, pytest.approx(0.8)),
    ]
    assert [each.goal for each in against] == [each.value for each in against]


def test_a_run_that_fails_the_contract_may_be_ones_own_standard(record: RunRecord):
    """Asking a supplier for more than one delivered oneself is what the baseline shall show."""
    verdict = lived(record, good=300)

    assert verdict.decision is Decision.NO_GO
    assert baseline_of(record, verdict, name="in-house").values


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({"ending": Ending.INTERRUPTED}, "a run that did not come to its end (interrupted)"),
        ({"ending": Ending.HALTED}, "a run that did not come to its end (halted)"),
        ({"ending": Ending.GATE}, "a run that did not come to its end (gate)"),
        ({"explored": True}, "a run that only explored"),
        ({"control": True}, "a control run, without the scenario's faults"),
    ],
)
def test_half_a_run_is_nobodys_standard(record: RunRecord, how: dict[str, Any], found: str):
    """Its figures would be of half a phase, and every later run would be held against them."""
    verdict = lived(record, good=590, **how)

    with pytest.raises(UsageError) as refused:
        baseline_of(record, verdict, name="in-house")
    assert found in " ".join(str(refused.value).split())


def test_what_moved_a_finding_is_kept_in_short_and_not_every_night_that_saw_it():
    """A run carries it along: a year of nights would be megabytes, and the causes must be there."""
    sighting = Sighting("soak", "asa in night", Severity.CRITICAL, "40 s", Owner("A", ""))
    last = replace(sighting, evidence="45 s")

    def seen(at: float, what: Sighting = sighting) -> Happening:
        return Happening(sighting.id, What.SEEN, at, run=f"run {at:g}", sighting=what)

    mended = Happening(
        sighting.id, What.SET, 10.0, by="A", state=State.FIXED, cause=RootCause("why", "what")
    )
    closed = Happening(sighting.id, What.PASSED, 11.0, run="run 11")
    moved = (seen(1.0), mended, closed, seen(20.0), seen(30.0, last))
    (whole,) = findings_of([*moved, *map(seen, (2.0, 3.0, 21.0, 22.0))]).values()

    assert in_short(whole) == replace(whole, happened=moved)
    (told,) = findings_of(in_short(whole).happened).values()
    assert replace(told, seen=whole.seen, happened=()) == replace(whole, happened=())


def test_a_run_in_pieces_is_no_standard(record: RunRecord):
    """No later run would have the phases that it is to be held against."""
    verdict = lived(record, good=480)
    record.put_cut(Cut(300.0, 360.0, 60.0, "first", Ending.BROKEN))

    with pytest.raises(UsageError, match="which was cut"):
        baseline_of(record, verdict, name="in-house")
