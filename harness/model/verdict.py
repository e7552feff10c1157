"""What a run is judged to be: measurements, statuses, and one verdict.

A status is about one objective in one phase; the verdict is about the run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from harness.model.runbook import Mishap
from harness.model.scenario import Owner, PhaseKind
from harness.model.search import Purpose, Search
from harness.model.sla import BEST_SCORE, Direction, Formula, Sla, Unit

RUN = "run"
"""The phase of what is judged once for the whole run; no phase of a scenario is called so."""


class Status(StrEnum):
    """What became of one objective."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"


class Decision(StrEnum):
    """The answer of a run."""

    GO = "GO"
    NO_GO = "NO-GO"
    INCONCLUSIVE = "INCONCLUSIVE"


class View(StrEnum):
    """Whose truth a measurement is."""

    CALLERS = "callers"
    PROVIDER = "provider"


class Aspect(StrEnum):
    """Which side of an objective a result is about."""

    VALUE = "value"
    INTERVALS = "intervals met"
    GAP = "gap"
    BASELINE = "against baseline"


_BEST = {Unit.SHARE: 1.0, Unit.SCORE: BEST_SCORE}
"""The best value, where more is better. A unit that has none: twice the goal counts as perfect."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The range in which the true value lies, at the confidence that was asked for."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """One KPI as measured: a value, how sure we are, and from how much.

    ``value`` is None if nothing could be measured. ``interval_at`` gives the interval for any
    confidence (0..1); None if the value is exact, such as a count of lost tickets. ``proof_at``
    gives a wider one whose bad end counts where something is to be passed; None: the same.
    ``needed_at`` estimates from how many contacts in all an interval of that confidence would no
    longer hold a bound (bound, confidence). ``censored`` counts contacts left out because their
    clock was still running. ``weakness`` says why the value must not decide. ``by_chance`` is False
    where the interval is an error of measurement, the same at any confidence.
    """

    value: float | None
    n: int
    interval_at: Callable[[float], Interval] | None = None
    proof_at: Callable[[float], Interval] | None = None
    needed_at: Callable[[float, float], int | None] | None = None
    censored: int = 0
    ids: tuple[str, ...] = ()
    note: str = ""
    weakness: str = ""
    by_chance: bool = True


Subject = tuple[str, float | None, float | None, Formula, str, str]
"""A KPI, its threshold, restored share and formula; of whom it was asked, and in which phase."""


@dataclass(frozen=True, slots=True)
class ObjectiveResult:
    """One objective in one phase, judged.

    ``scope`` is the queue, line, site or priority, or empty for all; ``kind`` is None for what is
    judged once for the whole run, whose ``phase`` is then ``RUN``. ``more_contacts`` and ``more_s``
    say what an INCONCLUSIVE one still needs (contacts; centre seconds at this phase's rate).
    ``decisive_here``: this phase carries its kind's highest load, so it is here that the objective
    must be decided.
    ``aspect`` says which side of the objective was judged. ``waiver`` says who answers for a WAIVED
    one, until when and why.
    ``expected`` is what queueing theory makes of the declared staffing, None if it has no answer.
    ``over_delivery``: agents were busier than they can stay while the service level was kept.
    ``threshold_s``, ``restored_share`` and ``formula`` tell two objectives of one KPI apart.
    """

    kpi: str
    scope: str
    view: View
    phase: str
    kind: PhaseKind | None
    status: Status
    goal: float
    warn: float
    goal_text: str
    unit: Unit
    direction: Direction
    owner: Owner
    must_pass: bool
    decisive_here: bool
    value: float | None
    low: float | None
    high: float | None
    n: int
    censored: int = 0
    more_contacts: int | None = None
    more_s: float | None = None
    ids: tuple[str, ...] = ()
    note: str = ""
    expected: float | None = None
    aspect: Aspect = Aspect.VALUE
    waiver: str = ""
    over_delivery: bool = False
    threshold_s: float | None = None
    restored_share: float | None = None
    formula: Formula = Formula.OFFERED

    @property
    def subject(self) -> Subject:
        """What was asked, of whom and in which phase: the same for either view, and each aspect."""
        asked = self.kpi, self.threshold_s, self.restored_share, self.formula
        return *asked, self.scope, self.phase

    @property
    def name(self) -> str:
        """The objective as people name it: ``service_level[billing]``, ``asa against baseline``."""
        name = f"{self.kpi}[{self.scope}]" if self.scope else self.kpi
        return name if self.aspect is Aspect.VALUE else f"{name} {self.aspect}"

    @property
    def unsure(self) -> bool:
        """Whether nobody knows how sure the value is; an exact one has no interval either.

        An exact value is never left open, so what is open without an interval is of too few
        contacts to have one, or must not decide. One that was waived may have been either.
        """
        is_open = self.status in (Status.INCONCLUSIVE, Status.WAIVED)
        return is_open and self.low is None and self.high is None

    @property
    def room_left(self) -> float:
        """How much of the room between goal and perfection is left; negative if it is missed.

        So that points, seconds and counts can be laid side by side: 1 is as good as can be.
        """
        if self.value is None:
            return 1.0
        if self.direction is Direction.MORE:
            room = _BEST.get(self.unit, 2 * self.goal) - self.goal
            better_by = self.value - self.goal
        else:
            room, better_by = self.goal, self.goal - self.value
        if room <= 0:  # a goal of none lost: there is nothing between met and missed
            return 1.0 if better_by >= 0 else -1.0
        return better_by / room


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that makes the whole run undecided, whatever its numbers say.

    ``of_generator``: it is our own generator that was not fit to judge by.
    """

    what: str
    phase: str = ""
    of_generator: bool = False


@dataclass(frozen=True, slots=True)
class InProgress:
    """The talks that went on at one site when a fault struck, and how many of them it dropped.

    Of ``unknown`` of them it is not known how they ended.
    """

    site: str
    talking: int
    dropped: int
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Failback:
    """The return after a fault was healed, as an event of its own: it can hurt once more.

    ``restored_s`` is centre seconds from the start of the healing to the first of the attempts that
    were served for good, 0 if none was hurt any more; None if that was not seen. ``dropped`` were
    talking, ``cut_off`` were waiting, ``turned_away`` never got in of ``attempts`` that were due.
    Of ``unknown`` calls nobody knows whether they were lost.
    """

    restored_s: float | None
    turned_away: tuple[str, ...]
    attempts: int
    dropped: tuple[str, ...] = ()
    cut_off: tuple[str, ...] = ()
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """What one fault did to new calls and to those in progress, from its injection to its healing.

    An attempt failed if it never got in or was cut off. All ``_s`` are centre seconds; a None was
    not seen. ``first_failure_s`` is from the injection until a call first failed, or was lost,
    whenever it came, ``site_told_s`` until the edge first said that the site is down, give or take
    ``site_told_error_s``. ``by_arrival_s`` lies between the first and the last
    failed attempt as they were due, ``by_completion_s`` as they ended. ``blocked_s`` is for how
    long fewer than half of the new calls got in. ``extra_wait_s`` is by how much the mean wait was
    longer than in the minutes before, ``extra_wait_total_s`` the same of all callers together.
    ``budget_burnt`` is the share of the misses that the run was allowed after the injection: 1 is
    all. Of ``unknown`` calls nobody knows whether they were lost meanwhile.
    """

    attempts: int
    failed: int
    first_failure_s: float | None = None
    site_told_s: float | None = None
    site_told_error_s: float = 0.0
    by_arrival_s: float | None = None
    by_completion_s: float | None = None
    blocked_s: float = 0.0
    blocked_error_s: float = 0.0
    extra_wait_s: float | None = None
    extra_wait_total_s: float | None = None
    budget_burnt: float | None = None
    in_progress: tuple[InProgress, ...] = ()
    unknown: int = 0
    failback: Failback | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long customers suffered from one fault, and which of them; ids are contact ids.

    ``recovered_s`` is centre seconds from the injection to the first of the attempts that were
    served again for good, give or take ``error_s``; None if that was not seen before ``watched_s``
    ran out. It took ``at_least_s`` in any case, counted from when the fault was surely in force:
    until then customers were still being hurt. ``dropped`` were talking, ``cut_off`` were waiting,
    ``turned_away`` never got in; ``lost_elsewhere`` were dropped or cut off at another site than
    the fault's, or at none that is known.

    ``fault`` is the id of the fault, ``overlaps`` those of the faults that were in force together
    with it, ``struck`` the sites of all of these. ``flaps`` counts how often service was good
    again and fell once more. ``proven``: it was shown to have taken effect.
    """

    kind: str
    site: str
    phase: str
    recovered_s: float | None
    at_least_s: float
    error_s: float
    wall_error_s: float
    watched_s: float
    dropped: tuple[str, ...] = ()
    cut_off: tuple[str, ...] = ()
    turned_away: tuple[str, ...] = ()
    lost_elsewhere: tuple[str, ...] = ()
    fault: str = ""
    flaps: int = 0
    overlaps: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()
    outage: Outage | None = None
    proven: bool = True

    @property
    def told_s(self) -> float | None:
        """``recovered_s``, but None of a fault that was not proven: nothing came back from it."""
        return self.recovered_s if self.proven else None

    @property
    def unstable(self) -> bool:
        """Whether service went to and fro: it fell more than once after it had been good again."""
        return self.flaps > 1

    @property
    def lost(self) -> tuple[str, ...]:
        """Every call that was lost while the fault was in force, at whichever site."""
        return (*self.dropped, *self.cut_off, *self.turned_away, *self.lost_elsewhere)


@dataclass(frozen=True, slots=True)
class TicketAudit:
    """Acknowledged writes against what every site returned at the end; ids are our references.

    ``lost`` were acknowledged and are in no store that had to hold them, ``duplicated`` stand in a
    store more than once, ``phantom`` are in a store but were never sent, ``divergent`` are in some
    stores only. ``recovered`` got no answer yet are there, which harms nobody; ``resurrected`` were
    refused, or never left us, and are there all the same. ``stale`` were acknowledged, absent when
    a store was first read, and there in the end. Of those that were ``never_read``, acknowledged
    and in no store that was read while another one was not, nobody knows.

    ``updates`` counts the comments, reopenings and requests for the second line that were
    acknowledged, None if a listing does not count them. ``lost_updates`` are the tickets of which
    one is in no store, ``duplicated_updates`` hold more comments than were sent.

    ``compared`` counts the acknowledged tickets that were read again for what they say: a sample of
    ``sampled`` (0..1) of them, or None if the listings told it of all. ``wrong`` say something else
    than was written, by the fields in ``wrong_in`` (so many tickets each); ``unreadable`` of the
    sample could not be read.

    ``at_risk`` counts the tickets that were acknowledged while a fault could still have cost them;
    None if nothing was broken. ``recovery_point_s`` is how far back the losses reach: centre
    seconds from the acknowledgement of the oldest lost ticket to the fault after it, 0 if one was
    in force; None if none was lost so, or no fault explains it.
    """

    attempted: int
    acknowledged: int
    unknown: int
    sites_read: tuple[str, ...]
    sites_unread: tuple[str, ...]
    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    phantom: tuple[str, ...] = ()
    divergent: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    updates: int | None = None
    lost_updates: tuple[str, ...] = ()
    duplicated_updates: tuple[str, ...] = ()
    at_risk: int | None = None
    recovery_point_s: float | None = None
    resurrected: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    never_read: tuple[str, ...] = ()
    compared: int = 0
    sampled: float | None = None
    wrong: tuple[str, ...] = ()
    wrong_in: tuple[tuple[str, int], ...] = ()
    unreadable: int = 0

    @property
    def could_be_lost(self) -> int:
        """Of how many the bound of what may be lost unseen is taken: those at risk, if known."""
        return self.acknowledged if self.at_risk is None else self.at_risk

    @property
    def complete(self) -> bool:
        """Whether every site's store was read; if not, nothing can be said of losses."""
        return bool(self.sites_read) and not self.sites_unread


@dataclass(frozen=True, slots=True)
class Surprise:
    """Contacts of one phase to which something happened that no runbook in force foresees."""

    phase: str
    mishap: Mishap
    ids: tuple[str, ...]


class Away(StrEnum):
    """What was away while a run went on, by no plan of ours."""

    NETWORK = "network"
    TARGET = "target"
    DOOR = "door"
    PROCESS = "process"
    METRICS = "metrics"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Interruption:
    """Something that was away for a time; ``of`` are the sources of metrics that tell of it.

    Centre seconds: it was well at ``start_s`` still, and at ``end_s`` again; None: not any more.
    ``what`` and ``effect`` are words for people, without the times: what it was, and what that does
    to the verdict.
    """

    kind: Away
    of: tuple[str, ...]
    start_s: float
    end_s: float | None
    what: str
    effect: str

    def overlaps(self, start_s: float, end_s: float) -> bool:
        """Whether it has some time in common with [start_s, end_s]."""
        return self.start_s < end_s and (self.end_s is None or start_s < self.end_s)


@dataclass(frozen=True, slots=True)
class Bracket:
    """Where the knee lies, in multiples of the planned volume.

    The SLA is met at the one and failed at the other; None: no load that was tried does.
    """

    meets: float | None
    fails: float | None

    @property
    def width(self) -> float | None:
        """How much lies between the two; None where one of them is not known."""
        if self.meets is None or self.fails is None:
            return None
        return self.fails - self.meets


@dataclass(frozen=True, slots=True)
class Tried:
    """One load that a search tried, judged: what became of the SLA, and by which objectives.

    ``calls_per_hour`` and ``tickets_per_hour`` as planned. ``limiting`` are those that failed; else
    those that stayed open; else the one that came closest to failing. ``why`` says what else
    decided: a stop rule, a doubt, what was left of the trial before.
    """

    phase: str
    multiple: float
    purpose: Purpose
    status: Status
    calls_per_hour: float
    tickets_per_hour: float
    limiting: tuple[ObjectiveResult, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """Whether a volume that had to be decided is carried, and by which trial that was decided."""

    multiple: float
    status: Status
    tried: Tried | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a search found: each load in the order it was tried, and the knee between them.

    ``limiting`` names the objectives that failed at the upper end of the bracket. ``confirmed``:
    the best load was met once more after an overload; None if that was not tried. ``inversions``
    say what speaks against the assumption that more load is never easier. ``ended`` says why the
    search went no further.
    """

    search: Search
    tried: tuple[Tried, ...]
    bracket: Bracket
    volumes: tuple[Volume, ...]
    limiting: tuple[str, ...] = ()
    confirmed: bool | None = None
    inversions: tuple[str, ...] = ()
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a run by one SLA, with everything that led to it.

    ``notes`` are remarks that decide nothing: what cannot last, what theory did not expect.
    ``surprises`` are listed even if the SLA does not ask for them; ``overdue`` are runbooks that
    were to be looked at again before the run. ``interruptions`` are what was away meanwhile,
    ``capacity`` what a search for the knee found.
    """

    decision: Decision
    about: str
    sentence: str
    sla: Sla
    results: tuple[ObjectiveResult, ...]
    doubts: tuple[Doubt, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    audit: TicketAudit | None = None
    explored: bool = False
    subject: str = ""
    notes: tuple[str, ...] = ()
    surprises: tuple[Surprise, ...] = ()
    overdue: tuple[str, ...] = ()
    capacity: Capacity | None = None
    interruptions: tuple[Interruption, ...] = ()

    @property
    def text(self) -> str:
        """The decision and what it is about: ``GO (mock only)``; no decision if only explored."""
        if self.explored:
            return "EXPLORED"
        return f"{self.decision} ({self.about})" if self.about else str(self.decision)

    def of_phase(self, phase: str) -> tuple[ObjectiveResult, ...]:
        """Return the results of one phase."""
        return tuple(result for result in self.results if result.phase == phase)
