"""A service review: what the runs of a period say of the service, for those who meet once a month.

It decides nothing: each run has its verdict, and a cutover its decision. Shares are 0..1, times
centre seconds, days are in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from harness.model.cutover import Release
from harness.model.finding import Finding
from harness.model.sla import Direction, Formula, Progression, Unit
from harness.model.verdict import Status


@dataclass(frozen=True, slots=True)
class Period:
    """The days from *first* to *last*, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def end_wall(self) -> float:
        """Epoch seconds at which it is over."""
        return _midnight(self.last + timedelta(days=1))

    def holds(self, wall: float) -> bool:
        """Whether the epoch second *wall* lies within it."""
        return _midnight(self.first) <= wall < self.end_wall


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def day_of(wall: float) -> date:
    """Return the day of the epoch second *wall*."""
    return datetime.fromtimestamp(wall, UTC).date()


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a scenario was run in the period, and what became of it.

    ``explored`` and ``controls`` are runs that decide nothing by intent.
    """

    scenario: str
    go: int = 0
    no_go: int = 0
    inconclusive: int = 0
    explored: int = 0
    controls: int = 0

    @property
    def judged(self) -> int:
        """How many of its runs had a verdict."""
        return self.go + self.no_go + self.inconclusive


@dataclass(frozen=True, slots=True)
class Nights:
    """The days of the period on which something that runs every night was not run.

    ``scenario`` is empty for "anything at all". ``of`` is how many days were looked at: those
    before the first run that the history knows say nothing.
    """

    scenario: str
    missed: tuple[date, ...]
    of: int


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One figure of one run. ``asked`` is what the progression asked of it then, None if nothing.

    ``alike``: of the same version of the scenario, at the same target, speed and goal as the newest
    run; only such figures can be compared. ``left_open``: undecided where the load was too low to
    have to decide it.
    """

    run: str
    at_wall: float
    value: float
    low: float | None
    high: float | None
    n: int
    status: Status
    goal: float
    asked: float | None
    alike: bool
    in_period: bool
    left_open: bool = False


class Moved(StrEnum):
    """Where a figure has gone over runs that are alike."""

    BETTER = "better"
    WORSE = "worse"
    STEADY = "no trend"
    TOO_FEW = "too few runs"


@dataclass(frozen=True, slots=True)
class KpiTrend:
    """One objective in one phase of one scenario, run after run, up to the end of the period.

    ``before`` and ``now`` are the medians of alike runs before the period and in it; None where
    there are none. ``met``, ``failed``, ``undecided`` and ``waived`` count runs of the period;
    those in which it was merely left open, in a phase that need not decide, are in none of them.
    ``looked_at`` is how many alike runs the trend rests on, ``change`` what it comes to from the
    first to the last. ``threshold_s``, ``restored_share`` and ``formula`` tell two of one name
    apart.
    """

    scenario: str
    name: str
    phase: str
    view: str
    unit: Unit
    direction: Direction
    owner: str
    must_pass: bool
    points: tuple[TrendPoint, ...]
    before: float | None
    now: float | None
    before_n: int
    now_n: int
    met: int
    failed: int
    undecided: int
    waived: int
    moved: Moved
    looked_at: int
    change: float | None = None
    threshold_s: float | None = None
    restored_share: float | None = None
    formula: Formula = Formula.OFFERED

    @property
    def last(self) -> TrendPoint:
        """The newest figure."""
        return self.points[-1]

    @property
    def judged(self) -> int:
        """In how many runs of the period it was judged."""
        return self.met + self.failed + self.undecided + self.waived


@dataclass(frozen=True, slots=True)
class IntervalsKept:
    """How many intervals of an objective met its goal, in all runs of the period together.

    ``threshold_s`` and ``formula`` tell two of one name apart.
    """

    scenario: str
    name: str
    phase: str
    met: int
    of: int
    goal: float
    runs: int
    owner: str
    threshold_s: float | None = None
    formula: Formula = Formula.OFFERED

    @property
    def share(self) -> float:
        """The share of them that did."""
        return self.met / self.of


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that is open at the end of the period, and for how many days it has been known."""

    finding: Finding
    age_days: int


@dataclass(frozen=True, slots=True)
class FindingsMoved:
    """What the issue log came to: first seen, come back, and closed in the period; still open."""

    opened: tuple[Finding, ...] = ()
    came_back: tuple[Finding, ...] = ()
    closed: tuple[Finding, ...] = ()
    still_open: tuple[OpenFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class RecoveredIn:
    """How long one rehearsal took until customers were served again, and how well that is known."""

    run: str
    recovered_s: float
    error_s: float
    speed: float


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A kind of failure, as it was rehearsed. ``last`` is the day on which it was last.

    ``times``, ``unproven``, ``unhealed``, ``unrecovered`` and ``recoveries`` are of the period: how
    often it was broken, how often that was not shown, or not mended, or no recovery was seen.
    """

    kind: str
    place: str
    last: date
    last_run: str
    times: int
    unproven: int
    unhealed: int
    unrecovered: int
    recoveries: tuple[RecoveredIn, ...]


@dataclass(frozen=True, slots=True)
class Aged:
    """The newest evidence that a scenario has given; ``last_go`` is None if it never was a GO."""

    scenario: str
    run: str
    decision: str
    last: date
    last_go: date | None
    age_days: int
    is_old: bool


@dataclass(frozen=True, slots=True)
class Stands:
    """Where the contract of a scenario stood on its progression when it was last run."""

    scenario: str
    day: date
    progression: Progression


@dataclass(frozen=True, slots=True)
class Review:
    """A period, summed up. ``runs`` is how many were looked at, ``first_run`` the oldest's day.

    ``old_after_days`` is from what age on evidence is called old. ``release`` is the decision about
    a cutover on the last day, if one was asked about.
    """

    period: Period
    runs: int
    first_run: date
    counted: tuple[Counted, ...]
    nights: tuple[Nights, ...]
    trends: tuple[KpiTrend, ...]
    intervals: tuple[IntervalsKept, ...]
    findings: FindingsMoved
    rehearsed: tuple[Rehearsed, ...]
    aged: tuple[Aged, ...]
    stands: tuple[Stands, ...]
    old_after_days: int
    release: Release | None = None

    def trends_of(self, scenario: str) -> Sequence[KpiTrend]:
        """Return the trends of *scenario*."""
        return [each for each in self.trends if each.scenario == scenario]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios of which anything is known, in order."""
        return tuple(each.scenario for each in self.aged)
