"""What a history keeps of a run: enough to decide, to compare and to review without its record."""

from dataclasses import dataclass

from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Formula, Progression, Unit
from harness.model.verdict import Aspect, Status, Subject

EXPLORED = "EXPLORED"
"""In the place of a decision: the run gave numbers only."""


@dataclass(frozen=True, slots=True)
class JudgedObjective:
    """One objective in one phase, as one run judged it; shares are 0..1, times centre seconds.

    ``threshold_s``, ``restored_share`` and ``formula`` are as in ``ObjectiveResult``; an earlier
    version did not keep them, and its trends end where these begin.
    """

    name: str
    kpi: str
    scope: str
    view: str
    phase: str
    kind: PhaseKind | None
    status: Status
    value: float | None
    low: float | None
    high: float | None
    n: int
    goal: float
    unit: Unit
    direction: Direction
    owner: str
    must_pass: bool
    decisive: bool
    threshold_s: float | None = None
    restored_share: float | None = None
    formula: Formula = Formula.OFFERED

    @property
    def subject(self) -> Subject:
        """What was asked, of whom and in which phase, as ``ObjectiveResult`` has it."""
        asked = self.kpi, self.threshold_s, self.restored_share, self.formula
        return *asked, self.scope, self.phase

    @property
    def aspect(self) -> Aspect:
        """Which side of the objective it is about; the name ends with any but the value."""
        for each in Aspect:
            if each is not Aspect.VALUE and self.name.endswith(f" {each}"):
                return each
        return Aspect.VALUE


@dataclass(frozen=True, slots=True)
class RehearsedFault:
    """One fault as one run rehearsed it.

    ``recovered_s`` is None if recovery was not seen, or the fault was not proven.
    """

    kind: str
    place: str
    proven: bool
    healed: bool
    recovered_s: float | None = None
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RehearsedPhase:
    """A phase that ran to its end: its kind, its highest load (1 is 100 %), and how long it was.

    ``duration_s`` is centre seconds.
    """

    name: str
    kind: PhaseKind
    load: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run, summed up when it ended. ``started_wall`` is epoch seconds.

    ``scenario_sha256`` and ``sla_sha256`` are of the files as they were read; ``about`` says what
    kind of target it was, as the verdict does: empty only for one that proved what it is.
    ``control``: made without the faults that the scenario asks for, to compare others with.
    ``progression`` is where the contract stood then; None if it stands still.
    """

    run: str
    scenario: str
    scenario_sha256: str
    sla: str
    sla_sha256: str
    target: str
    about: str
    started_wall: float
    speed: float
    seed: str
    decision: str
    sentence: str
    ending: str
    control: bool
    lines_probed: int
    lines_ok: int
    lines_handed_over: int
    calls_per_hour: float
    tickets_per_hour: float
    phases: tuple[RehearsedPhase, ...]
    faults: tuple[RehearsedFault, ...]
    objectives: tuple[JudgedObjective, ...]
    waived: int = 0
    progression: Progression | None = None

    @property
    def is_go(self) -> bool:
        """Whether its verdict was GO."""
        return self.decision == "GO"

    @property
    def judges(self) -> bool:
        """Whether it was to decide something: it did not only explore, and was no control run."""
        return not self.control and self.decision != EXPLORED

    def highest_load(self) -> float:
        """Return the highest load of a phase that held it: 1 is 100 %; 0 if there was none."""
        held = (PhaseKind.STEADY, PhaseKind.SOAK, PhaseKind.FAULT, PhaseKind.RECOVERY)
        return max((each.load for each in self.phases if each.kind in held), default=0.0)

    def most_load(self) -> float:
        """Return the highest load that any phase touched, held or not; 0 if there was none."""
        return max((each.load for each in self.phases), default=0.0)

    def longest_s(self, kind: PhaseKind) -> float:
        """Return the centre seconds of its phases of *kind* together."""
        return sum(each.duration_s for each in self.phases if each.kind is kind)
