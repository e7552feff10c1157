"""How many calls come again because of how the first ones went. Pure.

What theory expects to hang up, and what a lost site cuts off, set off redials by the scenario's
habits. They add to the load that is expected without them, and many come after the phase, or after
the run: all are counted where they are set off. Nobody knows beforehand whom a talk does not help,
or whom a busy trunk turns away, so repeats and redials after a busy tone are not in it.
"""

from dataclasses import replace

from harness.feasibility.asked import DEFAULT_THRESHOLD_S
from harness.feasibility.busiest import in_progress
from harness.model.callers import CallAgain
from harness.model.contact import Stream, Why
from harness.model.scenario import Phase, Scenario
from harness.model.target import Target
from harness.traffic.schedule import expected_contacts
from harness.verdict.forecast import TAKE_A_SITE, forecast


def redials(scenario: Scenario, target: Target, phase: Phase) -> float | None:
    """Return how many redials the calls of *phase* set off, their own redials among them.

    0 where the scenario asks for none; None where theory cannot tell who hangs up.
    """
    if scenario.calls is None or not phase.load.peak:
        return 0.0
    again = scenario.calls.callers.again
    give_up, cut_off = again.get(Why.ABANDONED), again.get(Why.DROPPED)
    if give_up is None and cut_off is None:
        return 0.0
    found = forecast(scenario, target, phase, threshold_s=DEFAULT_THRESHOLD_S)
    if found is None or found.abandonment is None:
        return None
    calls = expected_contacts(scenario, phase, Stream.CALLS)
    expected = calls * _chain(give_up, found.abandonment)
    for fault in phase.faults:
        if fault.kind in TAKE_A_SITE:
            lost = in_progress(scenario, target, replace(phase, faults=()), fault.site) or 0.0
            expected += lost * (cut_off.share if cut_off else 0.0)
    return expected


def _chain(habit: CallAgain | None, cause: float) -> float:
    """Return the redials that one call sets off if each call has *cause* (0..1) to call again.

    Each of them may be cause for the next, as often as the habit allows.
    """
    if habit is None:
        return 0.0
    return sum((cause * habit.share) ** number for number in range(1, habit.at_most + 1))
