"""Expected beside measured: a remark where they are far apart, and never a verdict."""

from dataclasses import replace

import pytest

from harness.model.event import Ending
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit
from harness.model.staffing import StaffedBy, Staffing
from harness.model.verdict import ObjectiveResult, Status, View
from harness.verdict.expectations import comfort_notes, surprise
from harness.verdict.findings import sightings
from harness.verdict.judge import judge
from tests.fakes import (
    OWNER,
    FakeEvidence,
    calls_of,
    every_second,
    objective,
    phase,
    phase_run,
    scenario,
    series,
    sla,
    spread,
)
from tests.feasibility.plans import target
from tests.reports.made_up_verdicts import objective as result

PLAN = scenario(phase("peak", duration_s=600.0))


def run(*, good: int = 600, **declared: int) -> FakeEvidence:
    """Return a run in which *good* of 600 billing calls were answered in time."""
    return FakeEvidence(
        scenario=PLAN, target=target(**declared), contacts=calls_of(spread(good, 600))
    )


def judged(evidence: FakeEvidence, *, kpi: str = "service_level") -> ObjectiveResult:
    """Return the callers' result for billing."""
    asked = replace(objective(kpi), each=Each.QUEUE)
    return next(
        each
        for each in judge(evidence, sla(asked), about="mock only").results
        if each.scope == "billing" and each.view is View.CALLERS
    )


def test_what_theory_expects_stands_beside_what_was_measured():
    """From the declared heads, not from the run."""
    found = judged(run())

    assert found.value == 1.0
    assert found.expected == pytest.approx(1.0, abs=1e-6)
    assert found.note == ""


def test_half_the_agents_are_a_surprise_and_the_verdict_is_as_it_was():
    """Declared were a hundred heads; the run looks like forty. A remark, no more."""
    found = judged(run(good=360))
    without = judged(replace(run(good=360), target=replace(target(), handle_s={})))

    assert "theory expects 100 % of the declared staffing" in found.note
    assert "fewer agents, than declared" in found.note
    assert without.expected is None
    assert without.note == ""
    assert found.status is without.status is Status.FAIL


def test_better_than_expected_is_a_surprise_too():
    """Whoever beats a formula by far was not measured under the load that was meant."""
    found = judged(run(good=600, north=18, south=18))

    assert "or more agents, than declared" in found.note
    assert found.status is Status.PASS


def test_on_a_real_target_nothing_is_remarked():
    """What a provider really has at work we do not know; the two figures stand side by side."""
    plan = replace(PLAN, staffed_by=Staffing(StaffedBy.TARGET))
    real = replace(run(good=360), scenario=plan, target=replace(target(), mock=None))

    assert judged(real).note == ""
    assert judged(real).expected is not None


@pytest.mark.parametrize(
    ("measured", "expected", "low", "high", "kind", "remarkable", "why"),
    [
        (0.90, 0.97, 0.87, 0.93, PhaseKind.STEADY, False, "within five points of the interval"),
        (0.90, 0.99, 0.87, 0.93, PhaseKind.STEADY, True, "beyond them"),
        (0.60, 0.99, 0.57, 0.63, PhaseKind.FAULT, False, "a fault is no lasting state"),
        (0.60, None, 0.57, 0.63, PhaseKind.STEADY, False, "nothing was expected"),
        (None, 0.99, None, None, PhaseKind.STEADY, False, "nothing was measured"),
        (0.60, 0.99, None, None, PhaseKind.SOAK, True, "an exact value has no interval"),
    ],
)
def test_what_is_a_surprise(
    measured: float | None,
    expected: float | None,
    low: float | None,
    high: float | None,
    kind: PhaseKind,
    remarkable: bool,
    why: str,
):
    """Far outside what chance and the formula's own error explain."""
    found = result(value=measured, expected=expected, low=low, high=high, kind=kind)

    assert bool(surprise(found)) is remarkable, why


@pytest.mark.parametrize(("expected_s", "remarkable"), [(16.0, False), (30.0, True)])
def test_waits_may_differ_by_seconds(expected_s: float, remarkable: bool):
    """Five seconds, or half of what is expected."""
    wait = result(
        kpi="asa",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        value=10.0,
        low=9.0,
        high=11.0,
        expected=expected_s,
    )

    assert bool(surprise(wait)) is remarkable
    assert not remarkable or "fewer or shorter calls" in surprise(wait)


def test_agents_who_had_to_be_too_busy_are_remarked_after_the_run():
    """Even where the contract does not ask for occupancy."""
    verdict = judge(run(north=24, south=24), sla(), about="mock only")

    assert len(verdict.notes) == 1
    assert verdict.notes[0].startswith("billing in peak, expected: 86.2 % of the agents' time")


def test_a_measured_occupancy_is_believed_rather_than_theory():
    """Where the contract asks for it, what was measured counts."""
    busy = result(
        kpi="occupancy", scope="", direction=Direction.LESS, value=0.93, view=View.PROVIDER
    )
    calm = replace(busy, value=0.7)
    evidence = run(north=24, south=24)

    assert "hard limit of 90 %" in next(comfort_notes(evidence, [busy]))
    assert list(comfort_notes(evidence, [calm])) == []


def at_work(*, north: float, south: float, kind: PhaseKind = PhaseKind.STEADY) -> FakeEvidence:
    """Return a run in which agents of each site were busy for that share of their time."""
    phases = (phase_run(kind=kind),)
    seconds = "cc_agent_state_seconds_total"
    return FakeEvidence(
        scenario=scenario(phase("peak", kind)),
        target=target(north=100, south=100),
        phase_runs=phases,
        scraped={
            site: every_second(
                phases,
                {
                    series(seconds, site=site, state="busy"): 1000 * share,
                    series(seconds, site=site, state="available"): 1000 * (1 - share),
                },
                source=site,
            )
            for site, share in (("north", north), ("south", south))
        },
    )


@pytest.mark.parametrize(
    ("north", "south", "kind", "notes", "because"),
    [
        (0.80, 0.84, PhaseKind.STEADY, [], "people can work like that"),
        (0.88, 0.88, PhaseKind.STEADY, ["occupancy in peak, measured: 88 %"], "all of them"),
        (0.97, 0.60, PhaseKind.SOAK, ["occupancy[north] in peak, measured: 97 %"], "one site"),
        (0.97, 0.97, PhaseKind.FAULT, [], "a fault is no shift"),
    ],
)
def test_agents_who_were_too_busy_are_remarked_though_nobody_asked(
    north: float, south: float, kind: PhaseKind, notes: list[str], because: str
):
    """A provider with fewer people than it declared keeps its service level for a day, not a year."""
    found = judge(at_work(north=north, south=south, kind=kind), sla(objective()), about="").notes

    assert [note.partition(" of the agents")[0] for note in found] == notes, because


@pytest.mark.parametrize(
    ("busy", "good", "status", "over"),
    [
        (0.80, 588, Status.PASS, False),
        (0.88, 588, Status.WARN, True),
        (0.94, 588, Status.FAIL, True),
        (0.94, 300, Status.FAIL, False),
    ],
    ids=["people can last", "fast, and too few", "far too few", "slow as well"],
)
def test_a_kept_service_level_is_not_to_be_bought_with_worn_out_people(
    busy: float, good: int, status: Status, over: bool
):
    """A centre of 100 that is short of people, yet fast: customers are content until people leave.

    It is the one warning that belongs into the issue log, since it fails after the go-live.
    """
    contract = sla(
        objective(),
        objective("occupancy", goal=0.85, warn=0.90, threshold_s=None),
    )
    planted = replace(at_work(north=busy, south=busy), contacts=calls_of(spread(good, 600)))
    verdict = judge(planted, contract, about="")
    found = next(each for each in verdict.results if each.kpi == "occupancy")
    logged = sightings(verdict, scenario="s", owner=OWNER, ending=Ending.COMPLETE)

    assert found.status is status
    assert found.over_delivery is over
    assert ("bought with agents who cannot keep this up" in found.note) is over
    assert any("cannot keep this up" in each.evidence for each in logged) is over
    assert any("cannot keep this up" in note for note in verdict.notes) is over


def test_a_phase_that_did_not_run_is_not_remarked():
    """The run stopped before it."""
    evidence = replace(run(north=24, south=24), phase_runs=())

    assert list(comfort_notes(evidence, [])) == []
