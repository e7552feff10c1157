"""The load that a scenario planned for a phase that ran, for those who lay it beside what came."""

from harness.model.contact import Stream
from harness.model.event import PhaseRun
from harness.model.scenario import Scenario
from harness.traffic.schedule import rate_per_s


def planned_per_s(
    scenario: Scenario, stream: Stream, phase: PhaseRun, share_of_phase: float
) -> float:
    """Return the planned contacts of *stream* per second at *share_of_phase* (0..1) of *phase*.

    0 for a phase that *scenario* does not have.
    """
    planned = next((each for each in scenario.phases if each.name == phase.name), None)
    return rate_per_s(scenario, planned, stream, share_of_phase) if planned else 0.0
