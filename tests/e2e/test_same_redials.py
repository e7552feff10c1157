"""Who calls again, and when, is settled by the seed: on any number of Locust workers."""

from pathlib import Path

import pytest

from harness.model.contact import Call, Outcome, Why
from tests.e2e.small_rehearsal import Outcome as Run
from tests.e2e.small_rehearsal import Rehearsal, run

pytestmark = pytest.mark.e2e

FULL = Rehearsal(
    ("{name: peak, kind: steady, load: 100%, for: 2m}",),
    mock={"channels": "2", "talk": "{mean: 100000s, variation: 0}"},
    speed=40,
    callers="patience: 20s, redials: {blocked: {share: 60%, after: {median: 20s, sigma: 1}}}",
)
"""Two calls at each site and the house is full: everybody else hears a busy tone."""


def calls(outcome: Run) -> dict[str, Call]:
    """Return every call of a finished run by its id."""
    with outcome.record() as record:
        return {call.id: call for call in record.calls()}


def redials(placed: dict[str, Call]) -> dict[str, tuple[object, ...]]:
    """Return who called again, when after the busy tone, and on which line."""
    return {
        call.id: (call.parent, call.customer, call.line, round(call.due_s - tone_s))
        for call in placed.values()
        if call.parent and (tone_s := placed[call.parent].ended_s) is not None
    }


def comparable(ids: dict[str, tuple[object, ...]], *runs: dict[str, Call]) -> set[str]:
    """Return the redials that neither chance nor the run's end can have kept from both runs.

    Not those after a call that got in somewhere: which four calls came first is a race. Not those
    due in the last seconds.
    """
    last_s = min(max(call.due_s for call in placed.values()) for placed in runs) - 10.0
    got_in = {
        call.id.split("/redial")[0]
        for placed in runs
        for call in placed.values()
        if call.outcome is not Outcome.BLOCKED
    }
    late = {c.id for placed in runs for c in placed.values() if c.due_s > last_s}
    return {each for each in ids if each.split("/redial")[0] not in got_in} - late


@pytest.mark.nightly
def test_three_workers_place_the_redials_that_one_does(tmp_path: Path):
    """And each run tells the report how much they added to the load."""
    outcomes = []
    for workers in ("1", "3"):
        folder = tmp_path / workers
        folder.mkdir()
        outcomes.append(run(FULL, folder, "--workers", workers))
    one, three = map(calls, outcomes)
    alone, shared = redials(one), redials(three)
    both = comparable(alone, one, three)

    assert len(both) > 10
    assert both == comparable(shared, one, three)
    assert all(alone[each][:3] == shared[each][:3] for each in both)
    assert all(abs(float(alone[e][3]) - float(shared[e][3])) <= 2 for e in both)  # type: ignore[arg-type]
    for outcome, placed in zip(outcomes, (one, three), strict=True):
        whole = outcome.result["callers"][-1]
        assert whole["attempts"] == len(placed)
        assert whole["by_cause"][Why.BLOCKED.value] == whole["redials"] == len(redials(placed))
        assert whole["amplification"] > 1.1
        assert outcome.result["generator"]["pending"] > 0
