"""A gap in a run that was cut and went on later: when, why, and what it cost."""

from dataclasses import dataclass, field

from harness.model.event import Ending, FaultRun, GeneratorHealth, PhaseRun


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one run ended and another went on with it; the centre's clock stood still meanwhile.

    ``at_s`` is the last centre second that is known of, ``goes_on_s`` the first of the other run;
    ``away_wall_s`` is for how many wall seconds nothing was measured. ``run`` is the run that ended
    there and ``ending`` how; ``why`` says it in words where a stop rule ended it. ``left_out`` are
    phases that it was in the middle of and that were begun again, ``faults`` those that were not
    over: what was measured of either is in the record and not judged. ``health`` is how the
    generator did until then. Tickets due in ``unread_s`` stood in a store that nobody can read any
    more; None if there are none.
    """

    at_s: float
    goes_on_s: float
    away_wall_s: float
    run: str
    ending: Ending
    why: str = ""
    phase: str = ""
    left_out: tuple[PhaseRun, ...] = ()
    faults: tuple[FaultRun, ...] = ()
    health: GeneratorHealth = field(default_factory=GeneratorHealth)
    unread_s: tuple[float, float] | None = None
