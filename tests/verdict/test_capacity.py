"""What the verdict of a search rests on, and what it says."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.model.event import Ending, Trial
from harness.model.scenario import Load, PhaseKind
from harness.model.search import Purpose, Search
from harness.model.verdict import Decision, Doubt, ObjectiveResult, Status
from harness.verdict.capacity import (
    Found,
    beyond_us,
    counted,
    decision_on,
    expected_text,
    found_by,
    headroom_text,
    knee_text,
    status_of_trial,
    volume_text,
)
from harness.verdict.items import LATE
from harness.verdict.judge import decide, judge
from tests.fakes import FakeEvidence, phase, phase_run, scenario, sla
from tests.reports.made_up_verdicts import objective

PASS, FAIL, OPEN = Status.PASS, Status.FAIL, Status.INCONCLUSIVE
SEARCH = Search(growth=1.3, resolution=0.1, most=3.0, trials=8, expected=1.4)
VALUES = {PASS: 0.9, FAIL: 0.6, OPEN: 0.8}


def trial(number: int, multiple: float, status: Status, **changes) -> Trial:
    made = Trial(f"trial-{number}", multiple, Purpose.NARROW, status)
    return replace(made, **changes)


def run_of(trials: Sequence[Trial], **changes) -> FakeEvidence:
    """Return a search of *trials*, each with its warm-up before it."""
    runs = [phase_run("lines", PhaseKind.LINES, start_s=0.0)]
    plans = [phase("lines", PhaseKind.LINES)]
    for number, each in enumerate(trials, 1):
        load = Load(each.multiple, each.multiple)
        for name, kind in ((f"warm-up-{number}", PhaseKind.RAMP), (each.phase, PhaseKind.STEADY)):
            runs.append(phase_run(name, kind, start_s=1000.0 * len(runs), load=load))
            plans.append(phase(name, kind, load=load))
    made = FakeEvidence(
        scenario=scenario(*plans, search=SEARCH), phase_runs=tuple(runs), tries=tuple(trials)
    )
    return replace(made, **changes)


def results_of(trials: Sequence[Trial]) -> list[ObjectiveResult]:
    """Return a service level for each of *trials* by which it has its status, and one more."""
    found = []
    for each in trials:
        found.append(
            objective(
                phase=each.phase,
                status=each.status,
                value=VALUES[each.status],
                decisive_here=False,
            )
        )
        found.append(objective(kpi="blocked", scope="", phase=each.phase, value=1.0))
    return [*found, objective(kpi="lost_tickets", scope="", phase="run", kind=None)]


def searched(*trials: Trial, doubts: Sequence[Doubt] = (), **changes) -> Found:
    found = found_by(run_of(trials, **changes), results_of(trials), doubts)
    assert found is not None
    return found


ROOM = (trial(1, 1.0, PASS), trial(2, 1.3, PASS), trial(3, 1.6, FAIL), trial(4, 1.5, PASS))
SHORT = (trial(1, 1.0, PASS), trial(2, 1.3, FAIL), trial(3, 1.15, FAIL))
OVER = (trial(1, 1.0, FAIL), trial(2, 0.5, PASS), trial(3, 0.75, PASS))


@pytest.mark.parametrize(
    ("trials", "decision", "knee", "volumes"),
    [
        (ROOM, Decision.GO, "meets the SLA at 1.5 ×, fails at 1.6 ×", ["met", "met"]),
        (SHORT, Decision.NO_GO, "meets the SLA at 1 ×, fails at 1.15 ×", ["met", "not met"]),
        (OVER, Decision.NO_GO, "meets the SLA at 0.75 ×, fails at 1 ×", ["not met", "not met"]),
    ],
    ids=["room for both", "no room for the future", "too much already"],
)
def test_the_answer_is_about_the_volumes_and_not_about_the_loads_that_fail_on_purpose(
    trials: tuple[Trial, ...], decision: Decision, knee: str, volumes: list[str]
):
    """A search that finds no load that fails has found no knee."""
    found = searched(*trials)

    assert decision_on(found.capacity, decide(found.results, found.doubts)) is decision
    assert knee_text(found.capacity) == f"{knee}; limiting: service_level[billing]"
    assert [volume_text(each).rpartition(": ")[2] for each in found.capacity.volumes] == volumes


def test_results_of_loads_that_decide_nothing_are_no_findings():
    """Else every search would fill the issue log with what it did on purpose."""
    found = searched(*ROOM)

    assert {each.phase for each in found.results} == {"trial-1", "trial-2", "run"}
    assert all(each.decisive_here for each in found.results if each.phase == "trial-1")
    assert [each.phase for each in found.capacity.tried] == [each.phase for each in ROOM]


def test_a_future_volume_is_not_met_by_what_fails_below_it():
    """It is not even tried: who fails at 1.15 × fails at 1.3 ×, and the failed trial is shown."""
    found = searched(trial(1, 1.0, PASS), trial(2, 1.15, FAIL))
    future = found.capacity.volumes[1]

    assert future.status is FAIL
    assert future.tried is not None
    assert future.tried.phase == "trial-2"


def test_an_open_volume_is_a_doubt():
    """INCONCLUSIVE is an answer of a search as well, and never GO."""
    found = searched(trial(1, 1.0, PASS), trial(2, 1.3, OPEN), trial(3, 1.6, FAIL))

    assert [doubt.what for doubt in found.doubts] == ["future volume (1.3 ×): not decided"]
    assert decide(found.results, found.doubts) is Decision.INCONCLUSIVE


@pytest.mark.parametrize(
    ("status", "changes", "counts", "because"),
    [
        (FAIL, {}, FAIL, "plainly"),
        (FAIL, {"doubt": "dropped"}, OPEN, "it was we who failed"),
        (PASS, {"doubt": "dropped"}, OPEN, "less load came than was meant"),
        (OPEN, {"stopped": "blocked > 20%"}, FAIL, "a stop rule is sure of it"),
        (FAIL, {"unsettled": "12 callers"}, OPEN, "it may be the trial before that failed"),
        (PASS, {"unsettled": "12 callers"}, PASS, "with even more to do than was meant"),
    ],
)
def test_what_a_trial_counts_for(status: Status, changes: dict, counts: Status, because: str):
    """Our own limits are not the target's, and one trial's queue is not the next one's."""
    assert counted(trial(1, 1.0, status, **changes), status) is counts, because


def test_every_trial_has_to_decide_whatever_the_others_load():
    """The highest load of all is no reason to leave this one open."""
    unsure = objective(status=OPEN, decisive_here=False)

    assert status_of_trial([objective(), unsure]) is OPEN
    assert status_of_trial([objective(), replace(unsure, must_pass=False)]) is PASS
    assert status_of_trial([objective(status=Status.WARN)]) is PASS
    assert status_of_trial([unsure, objective(status=FAIL)]) is FAIL
    assert status_of_trial([]) is OPEN, "nothing asked is nothing met"


def test_a_generator_that_gave_out_in_one_trial_leaves_the_others_as_they_are():
    """Below its limit it was fit; the knee may lie higher, and that is said."""
    own = Doubt("the generator could not start 900 contacts", of_generator=True)
    trials = (
        *ROOM[:2],
        trial(3, 1.6, FAIL, doubt=LATE),
        trial(4, 2.2, FAIL, doubt="the generator could not start 412 contacts"),
    )
    found = searched(*trials, doubts=[own])

    assert found.doubts == ()
    assert found.capacity.bracket.fails is None
    assert "our own generator" in found.capacity.ended
    assert decide(found.results, found.doubts) is Decision.GO


def test_a_generator_that_gave_out_for_the_whole_run_leaves_all_in_doubt():
    """No trial owns up to it, so none is spared."""
    own = Doubt("4 contacts could not be ended in time", of_generator=True)

    assert searched(*ROOM, doubts=[own]).doubts == (own,)


@pytest.mark.parametrize(
    "counts_for_nothing", [{"unsettled": "12 callers"}, {"doubt": LATE}], ids=["unsettled", "ours"]
)
def test_a_trial_that_counts_for_nothing_is_no_no_go(counts_for_nothing: dict):
    """Its volume is open; what failed in it may be the trial before, or we."""
    trials = (trial(1, 1.0, PASS), trial(2, 1.6, FAIL), trial(3, 1.3, FAIL, **counts_for_nothing))
    found = searched(*trials)
    otherwise = decide(found.results, found.doubts)

    assert [each.status for each in found.capacity.volumes] == [PASS, OPEN]
    assert decision_on(found.capacity, otherwise) is Decision.INCONCLUSIVE
    assert {each.phase for each in found.results} == {"trial-1", "run"}
    assert "future volume (1.3 ×): not decided" in found.doubts[0].what


def test_a_doubt_of_a_trial_keeps_it_from_passing_and_not_from_failing():
    """Metrics that were missing prove nothing good; callers who waited have waited."""
    gap = Doubt("edge answered 3 of 20 scrapes", "trial-2")
    passed = searched(*ROOM[:2], doubts=[gap]).capacity.tried[1]
    failed = searched(*SHORT[:2], doubts=[gap]).capacity.tried[1]

    assert (passed.status, failed.status) == (OPEN, FAIL)
    assert "3 of 20 scrapes" in passed.why


@pytest.mark.parametrize(
    ("doubts", "over", "because"),
    [
        (["", ""], False, "nothing was wrong"),
        (["", LATE], False, "once may be anybody's"),
        ([LATE, LATE], True, "twice in a row is the machine"),
        (["dropped 3", LATE], True, "whatever it is"),
        ([LATE], False, "that was the first"),
        ([LATE, ""], False, "it has caught up"),
    ],
)
def test_when_our_own_generator_ends_a_search(doubts: list[str], over: bool, because: str):
    """To go on would find our own knee, and call it the provider's."""
    trials = [trial(n, 1.0, OPEN, doubt=each) for n, each in enumerate(doubts)]

    assert beyond_us(trials) is over, because


def test_an_inversion_is_said_of_the_whole_and_of_each_objective():
    """A queue is never easier under more load: then something else than the load decided."""
    odd = searched(trial(1, 1.0, FAIL), trial(2, 1.3, PASS))

    assert [text.partition(":")[0] for text in odd.capacity.inversions] == [
        "failed at 1 × (trial-1) and met at 1.3 × (trial-2)",
        "service_level[billing] (callers) failed at 1 × and is met at 1.3 ×",
    ]


@pytest.mark.parametrize(
    ("expected", "words"),
    [(1.55, "as found"), (1.1, "more was found"), (2.4, "less was found"), (None, "")],
)
def test_what_theory_expects_stands_beside_what_was_found(expected: float | None, words: str):
    """Within a resolution they agree; nobody claims more."""
    capacity = searched(*ROOM).capacity
    text = expected_text(replace(capacity, search=replace(SEARCH, expected=expected)))

    assert text.endswith(words)
    assert bool(text) is (expected is not None)


def test_headroom_is_told_over_both_volumes():
    """How much more may come, before somebody has to be hired."""
    assert headroom_text(searched(*ROOM).capacity) == (
        "50 % over the present volume; 15 % over the future volume"
    )
    assert "23 % short of the future volume" in headroom_text(searched(*SHORT).capacity)


def test_a_search_that_was_cut_short_says_so():
    """Its bracket is as wide as it is for another reason than the target."""
    halted = searched(*ROOM[:2], ending=Ending.HALTED)
    few = replace(SEARCH, trials=2)
    over = run_of(ROOM[:2])
    over = replace(over, scenario=replace(over.scenario, search=few))
    spent = found_by(over, results_of(ROOM[:2]), [])

    assert halted.capacity.ended == "the run ended before the search did"
    assert spent is not None
    assert spent.capacity.ended.startswith("2 trials were allowed")


def test_a_run_that_is_no_search_has_no_capacity():
    """Whatever else is judged stays as it was."""
    assert judge(FakeEvidence(), sla(), about="").capacity is None
