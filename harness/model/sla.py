"""The SLA: the contract's objectives, as checked values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from harness.model.scenario import Owner, PhaseKind

WARN_MARGIN_POINTS = 0.02
WARN_MARGIN = 0.1


class Direction(StrEnum):
    """Which way a KPI is better."""

    MORE = "more"
    LESS = "less"

    def is_at_least(self, value: float, bound: float) -> bool:
        """Whether *value* is as good as *bound* or better."""
        return value >= bound if self is Direction.MORE else value <= bound


class Unit(StrEnum):
    """What a KPI's value is counted in."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"
    SCORE = "score"


WORST_SCORE, BEST_SCORE = 1.0, 5.0
"""Of speech, as people rate it (the mean opinion score of ITU-T P.800)."""


class Each(StrEnum):
    """What an objective is judged for, one by one."""

    ALL = "all"
    QUEUE = "queue"
    LINE = "line"
    SITE = "site"


class Formula(StrEnum):
    """The field's formulas of service level, each with its name in SLA files.

    T is the threshold, ta the one below which an abandon is short. On ICMI's vector (1,000
    answered, 860 of them within 20 s; 60 abandoned, 20 within 20 s, 10 within 5 s) they give from
    81.1 % to 86.0 %: which one is meant has to be said.
    """

    OFFERED = "offered"
    CREDIT_ALL = "credit_all"
    ANSWERED = "answered"
    EXCL_T = "excl_T"
    CREDIT_SHORT = "credit_short"
    EXCL_SHORT = "excl_short"
    GENESYS = "genesys"
    DEQUEUED = "dequeued"

    @property
    def needs_short(self) -> bool:
        """Whether it tells short abandons from others."""
        return self in (Formula.CREDIT_SHORT, Formula.EXCL_SHORT)


DIP, DIP_MONTHS, YEARLY = 0.05, 6, 0.05
"""Outsourcing practice, where a contract does not say otherwise: how much worse a provider may be
in its first months, for how many, and by what share failures shrink with each later year."""
SHORT_ABANDON_S = 5.0
"""Below this an abandon is "short" unless the contract says otherwise (ICMI's example has 5 s)."""


class Hours(StrEnum):
    """Which hours a ticket's clock counts."""

    AROUND_THE_CLOCK = "around_the_clock"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Bound:
    """A required value and the one below which it is no longer a mere warning.

    For a KPI of which more is better, ``warn`` is not above ``goal``; else not below it.
    """

    goal: float
    warn: float

    @classmethod
    def around(cls, goal: float, unit: Unit, direction: Direction) -> "Bound":
        """Return the bound for *goal* whose warning range is 2 points of a share, else 10 %."""
        margin = WARN_MARGIN_POINTS if unit is Unit.SHARE else goal * WARN_MARGIN
        warn = goal - margin if direction is Direction.MORE else goal + margin
        return cls(goal, min(max(warn, 0.0), 1.0) if unit is Unit.SHARE else warn)


@dataclass(frozen=True, slots=True)
class Clock:
    """Within how long a ticket of one priority has to be served (seconds), and in which hours."""

    within_s: float
    hours: Hours = Hours.AROUND_THE_CLOCK


@dataclass(frozen=True, slots=True)
class IntervalsMet:
    """The share (0..1) of the intervals of a phase that must have met the goal by themselves.

    A good day hides bad half-hours. Only whole intervals of ``every_s`` centre seconds count.
    """

    bound: Bound
    every_s: float

    def needs(self, kind: PhaseKind) -> bool:
        """Whether a phase of *kind* is judged by its intervals: only where the load is steady."""
        return kind in (PhaseKind.STEADY, PhaseKind.SOAK)


@dataclass(frozen=True, slots=True)
class Objective:
    """A KPI's required value in each kind of phase. ``threshold_s`` is the 20 of 80/20.

    ``each`` says for what it is judged one by one; ``only`` names some of those, empty for all.
    ``formula`` and ``short_abandon_s`` are the contract's counting rules. ``clocks`` are by the
    name of the priority, each judged by itself; ``threshold_s`` is then None. ``min_contacts``:
    with fewer it is not decided. ``tolerance`` is by how much (share, 0..1) the provider's own
    figure may be prettier than what callers experienced; None: a gap is told and no more.
    ``restored_share`` belongs to recovery alone: the share answered within ``threshold_s`` from
    which service counts as restored. ``goal`` is the number in ``goal_text``, None if it is not
    known. ``line`` is where it stands in the file, 0 if nowhere.
    """

    kpi: str
    goal_text: str
    each: Each
    gates: Mapping[PhaseKind, Bound]
    owner: Owner
    must_pass: bool = True
    threshold_s: float | None = None
    restored_share: float | None = None
    only: tuple[str, ...] = ()
    formula: Formula = Formula.OFFERED
    short_abandon_s: float = SHORT_ABANDON_S
    clocks: Mapping[str, Clock] | None = None
    min_contacts: int = 0
    intervals_met: IntervalsMet | None = None
    tolerance: float | None = None
    why: str = ""
    line: int = 0
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody answers for an objective that is not met, for a while.

    ``scope`` is the queue, line, site or priority, empty for every one of the objective's;
    ``kind`` is the kind of phase, None for all. It holds on the day ``until`` and no longer.
    ``line`` is where it stands in the file, 0 if nowhere.
    """

    kpi: str
    until: date
    approved_by: Owner
    why: str
    scope: str = ""
    kind: PhaseKind | None = None
    line: int = 0

    def covers(self, kpi: str, scope: str, kind: PhaseKind | None, day: date) -> bool:
        """Whether it excuses the objective *kpi* of *scope* in a phase of *kind* on *day*."""
        named = self.kpi == kpi and self.scope in ("", scope)
        return named and self.kind in (None, kind) and day <= self.until


@dataclass(frozen=True, slots=True)
class StopRule:
    """When to end a run early: a KPI that over the last ``for_s`` centre seconds is beyond a limit.

    Worse than ``limit`` is meant, in the KPI's own direction; ``kinds`` are the kinds of phase in
    which it is watched. ``text`` is the condition as it was written, ``line`` where; 0 if nowhere.
    """

    kpi: str
    limit: float
    for_s: float
    text: str
    kinds: frozenset[PhaseKind]
    scope: str = ""
    threshold_s: float | None = None
    formula: Formula = Formula.OFFERED
    short_abandon_s: float = SHORT_ABANDON_S
    line: int = 0


@dataclass(frozen=True, slots=True)
class Progression:
    """How what is required moves with the months since go-live, starting at an in-house baseline.

    Shares are 0..1: ``dip`` is allowed in the first ``dip_months``; from the first year on the
    failures shrink by ``yearly`` a year. ``months`` is where the contract stands now.
    """

    baseline: str
    dip: float
    dip_months: int
    yearly: float
    months: int


@dataclass(frozen=True, slots=True)
class BaselineValue:
    """One figure of a baseline: callers' view, of one phase of the run it was taken from.

    ``low`` to ``high`` is where the truth behind it lies, as sure as the verdict of that run was;
    one of them is None where the interval has no such end, both where the figure is exact, or of an
    earlier version, and taken as exact. One of a version that kept no ``formula`` is read as
    ``offered``.
    """

    kpi: str
    scope: str
    phase: str
    value: float
    n: int
    threshold_s: float | None = None
    low: float | None = None
    high: float | None = None
    formula: Formula = Formula.OFFERED


@dataclass(frozen=True, slots=True)
class Baseline:
    """The standard one keeps oneself: the figures of one run of one scenario, under a name."""

    name: str
    run: str
    scenario: str
    scenario_sha256: str
    values: tuple[BaselineValue, ...]

    def value(
        self,
        kpi: str,
        scope: str,
        phase: str,
        threshold_s: float | None,
        formula: Formula = Formula.OFFERED,
    ) -> BaselineValue | None:
        """Return the figure of *kpi* for *scope* in *phase*; None if it was not measured."""
        wanted = (kpi, scope, phase, threshold_s, formula)
        for each in self.values:
            if (each.kpi, each.scope, each.phase, each.threshold_s, each.formula) == wanted:
                return each
        return None


@dataclass(frozen=True, slots=True)
class Sla:
    """The objectives of one contract, and how sure one has to be of each (0..1).

    ``sha256`` is of the file as it was read. ``baseline`` is what ``progression`` starts from, as
    it stood in the history when the run was made.
    """

    name: str
    confidence: float
    objectives: tuple[Objective, ...]
    path: Path
    sha256: str = ""
    waivers: tuple[Waiver, ...] = ()
    stop_early: tuple[StopRule, ...] = ()
    progression: Progression | None = None
    baseline: Baseline | None = None
    release_rule: str = ""
