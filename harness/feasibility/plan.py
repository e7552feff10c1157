"""What a run would do, without doing it: everything that is known beforehand, in one value. Pure.

It gathers; what it gathers is computed next door, and the same numbers refuse a scenario in
``check`` and stand beside the measured ones in a report.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import Note, Problem
from harness.feasibility.outlook import Expectation, counted_within_s, expectations
from harness.feasibility.prospects import Prospect
from harness.feasibility.room import needed_bytes
from harness.feasibility.trunks import Trunks, busiest_phase, trunks
from harness.feasibility.volume import Breakage, Volume, breakages, longest_hold_s, volumes
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.target import Target

AROUND_WALL_S = 10.0
"""About what it takes to start everything, to call the lines, and to read the stores at the end."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run of *scenario* would do; times in centre seconds unless they say wall.

    ``load_s`` is how long there is load, gates included; ``longest_hold_s`` how much longer gates
    that open on a pass alone may hold it. ``within_s`` is the threshold of the service levels in
    ``expectations``. ``busiest`` is the phase that ``trunks`` are counted for. ``problems`` forbid
    the run; ``notes`` say what is doubtful.
    """

    scenario: Scenario
    target: Target
    sla: Sla
    volumes: tuple[Volume, ...]
    breakages: tuple[Breakage, ...]
    expectations: tuple[Expectation, ...]
    within_s: float
    trunks: tuple[Trunks, ...]
    busiest: str
    prospects: tuple[Prospect, ...]
    longest_hold_s: float
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def load_s(self) -> float:
        """How long there is load, gates included."""
        return sum(each.phase.duration_s + each.hold_s for each in self.volumes)

    @property
    def load_wall_s(self) -> float:
        """The same in seconds of the clock on the wall."""
        return self.load_s / self.scenario.speed

    @property
    def wall_s(self) -> float:
        """About how long the whole run takes, from the command to the verdict."""
        return self.load_wall_s + AROUND_WALL_S

    @property
    def disk_bytes(self) -> int:
        """About how much the run keeps on the disk, its reports too."""
        return needed_bytes(self.target, self.volumes, wall_s=self.wall_s)

    @property
    def weakest(self) -> Prospect | None:
        """Which objective that has to be decided is least likely to be met; None if none has to."""
        have_to = [
            each
            for each in self.prospects
            if each.good is not None and each.decides and each.asked.objective.must_pass
        ]
        return min(
            have_to, key=lambda each: each.good.lets_through if each.good else 1, default=None
        )


def plan_of(
    scenario: Scenario,
    target: Target,
    sla: Sla,
    *,
    decided: Sequence[Prospect],
    notes: Sequence[Note] = (),
    problems: Sequence[Problem] = (),
) -> RunPlan:
    """Return what a run of *scenario* on *target*, judged by *sla*, would do.

    *decided* is what its contacts can decide, *notes* and *problems* what the check of the three
    found.
    """
    phases = tuple(volumes(scenario, target, sla))
    busiest = busiest_phase(scenario)
    return RunPlan(
        scenario,
        target,
        sla,
        volumes=phases,
        breakages=tuple(breakages(scenario, phases)),
        expectations=tuple(expectations(scenario, target, sla)),
        within_s=counted_within_s(sla),
        trunks=tuple(trunks(scenario, target)),
        busiest=busiest.name if busiest else "",
        prospects=tuple(decided),
        longest_hold_s=longest_hold_s(scenario),
        notes=tuple(notes),
        problems=tuple(problems),
    )
