"""A search played on a stage that is made up, on a target whose knee is known."""

import asyncio
from dataclasses import dataclass, field

import pytest

from harness.feasibility.searching import Wanted, searching
from harness.model.event import Ending, Trial
from harness.model.scenario import Phase, PhaseKind, Scenario
from harness.model.verdict import ObjectiveResult, Status
from harness.seeking import seek
from harness.verdict.items import LATE
from harness.verdict.knee import bracket
from tests.fakes import objective, phase, scenario, sla
from tests.feasibility.plans import target
from tests.reports.made_up_verdicts import objective as result

PASS, FAIL, OPEN = Status.PASS, Status.FAIL, Status.INCONCLUSIVE


@dataclass
class FakeRecord:
    """Keeps what is put into it."""

    scenario: Scenario
    tries: list[Trial] = field(default_factory=list)

    def put_scenario(self, told: Scenario) -> None:
        self.scenario = told

    def put_trial(self, trial: Trial) -> None:
        self.tries.append(trial)


@dataclass
class FakePlan:
    scenario: Scenario


@dataclass
class FakeStage:
    """Plays phases in no time: a target that meets the SLA up to *knee*, and may break."""

    plan: FakePlan
    knee: float = 1.45
    stops_at: float = 9.0
    drops_at: float = 9.0
    late_at: float = 9.0
    halts_at: float = 9.0
    lines_right: bool = True
    left: str = ""
    late_stop: bool = False
    played: list[Phase] = field(default_factory=list)
    halted_by: str = ""
    stopped_by_rule: bool = False
    decided: tuple[ObjectiveResult, ...] = ()

    def __post_init__(self) -> None:
        self.record = FakeRecord(self.plan.scenario)

    async def lines(self, phase: Phase) -> bool:
        self.played.append(phase)
        return self.lines_right

    async def phase(self, phase: Phase) -> bool:
        self.played.append(phase)
        load = phase.load.peak
        if load >= self.stops_at:
            self.halted_by, self.stopped_by_rule = "blocked > 20% for 5m", True
        if load >= self.halts_at:
            self.halted_by, self.stopped_by_rule = "HALT_MARK", False
        status = PASS if load <= self.knee else FAIL
        note = LATE if load >= self.late_at else ""
        self.decided = (result(status=OPEN if note else status, note=note),)
        return status is PASS

    async def drain(self, phase: Phase, *, at_least_s: float, usual: float | None) -> str:
        self.played.append(phase)
        if self.late_stop:
            self.halted_by, self.stopped_by_rule = "blocked > 20% for 5m", True
        overloaded = self.played[-2].load.peak > self.knee
        return self.left if overloaded else ""

    def told(self, gauge: str) -> float | None:
        return None

    def go_on(self) -> None:
        self.halted_by, self.stopped_by_rule = "", False

    def generator_doubt(self) -> str:
        load = self.played[-1].load.peak
        return "the generator could not start 7 contacts" if load >= self.drops_at else ""

    def tell_trial(self, trial: Trial) -> None:
        assert trial in self.record.tries


def played(wanted: Wanted | None = None, **changes) -> tuple[FakeStage, Ending]:
    """Return the stage on which a search was played, and how that ended."""
    plan = searching(
        scenario(phase("lines", PhaseKind.LINES, duration_s=0.0)),
        target(),
        sla(objective()),
        wanted or Wanted(trials=12),
    )
    stage = FakeStage(FakePlan(plan), **changes)
    ending = asyncio.run(seek(stage, plan.search))  # type: ignore[arg-type]
    return stage, ending


def loads(stage: FakeStage) -> list[float]:
    return [each.multiple for each in stage.record.tries]


@pytest.mark.parametrize("knee", [0.3, 0.8, 1.0, 1.2, 1.45, 2.1])
def test_the_knee_is_found(knee: float):
    """Whatever it is, the bracket holds it, and is as close as was asked."""
    stage, ending = played(knee=knee)
    found = bracket(stage.record.tries)

    assert ending is Ending.COMPLETE
    assert found.meets is not None
    assert found.fails is not None
    assert found.meets <= knee < found.fails
    assert found.width is not None
    assert found.width <= 0.11


def test_each_load_is_warmed_up_judged_and_drained_in_that_order():
    """And the load that was chosen is the one that is played."""
    stage, _ = played()
    names = [each.name.rpartition("-")[0] for each in stage.played[1:]]
    loaded = [each.load.peak for each in stage.played[1:]]

    assert names == ["warm-up", "trial", "drain"] * len(stage.record.tries)
    assert loaded[0::3] == loaded[1::3] == loads(stage)
    assert set(loaded[2::3]) == {0.0}


def test_the_record_keeps_what_was_played_and_nothing_else():
    """Reports, metrics and exports then read of this run as of any other."""
    stage, _ = played()

    assert list(stage.record.scenario.phases) == stage.played


def test_a_target_that_breaks_in_the_warm_up_is_sent_nobody_else_at_that_load():
    """It has failed it already; the search goes on below."""
    stage, ending = played(stops_at=1.6)
    taken = {each.phase: each for each in stage.record.tries}

    assert ending is Ending.COMPLETE
    assert taken["warm-up-3"].stopped == "blocked > 20% for 5m"
    assert taken["warm-up-3"].status is FAIL
    assert "trial-3" not in {each.name for each in stage.played}
    assert bracket(stage.record.tries).meets is not None


def test_a_stop_rule_that_is_noticed_when_its_trial_is_over_ends_no_search():
    """It is looked at beside the phase, and its word may come as the queues empty already."""
    stage, ending = played(late_stop=True)
    undisturbed, _ = played()

    assert ending is Ending.COMPLETE
    assert loads(stage) == loads(undisturbed)


def test_a_halt_of_the_guard_s_ends_the_search_at_once():
    """Whatever is not certain there, one more load is no way to find out."""
    stage, ending = played(halts_at=1.3)

    assert ending is Ending.HALTED
    assert loads(stage) == [1.0]
    assert stage.played[-1].name == "warm-up-2"


def test_a_search_does_not_begin_on_wrong_lines():
    """Their calls would go somewhere else."""
    stage, ending = played(lines_right=False)

    assert ending is Ending.GATE
    assert [each.name for each in stage.played] == ["lines"]


def test_our_own_limit_is_not_taken_for_the_target_s():
    """A generator that goes on dropping contacts ends the search: loads are open, not failed."""
    stage, ending = played(knee=9.0, drops_at=1.6)

    assert ending is Ending.COMPLETE
    assert [each.status for each in stage.record.tries] == [PASS, PASS, OPEN, OPEN]
    assert bracket(stage.record.tries).fails is None


def test_lateness_is_borne_once_and_not_twice():
    """A busy moment of the machine costs a trial; a busy machine ends the search."""
    stage, _ = played(knee=9.0, late_at=1.5)

    assert loads(stage) == [1.0, 1.3, 1.6, 2.2]
    assert [each.status for each in stage.record.tries][2:] == [OPEN, OPEN]


def test_a_failure_on_another_trial_s_queue_is_not_believed():
    """Who could not empty its queues may be failing for what was before."""
    stage, _ = played(left="12 callers of the trial before were still waiting")
    after = [each for each in stage.record.tries if each.unsettled]

    assert after
    assert all(each.status is not FAIL for each in after)


def test_no_more_loads_are_tried_than_were_allowed():
    """The bracket is then wider, and the verdict says why."""
    stage, _ = played(Wanted(trials=4))

    assert len(stage.record.tries) == 4
