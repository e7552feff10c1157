"""A cutover: its day, what has to be shown before it, and the answer that many runs give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from harness.model.finding import Sighting
from harness.model.guard import Level
from harness.model.scenario import Owner


class Proof(StrEnum):
    """What has to be shown before customers are handed over; each by a run of its scenario."""

    LINES = "lines"
    LOAD_NOW = "load_now"
    LOAD_FUTURE = "load_future"
    FAILOVERS = "failovers"
    FAILOVER_IN_REAL_TIME = "failover_in_real_time"
    SOAK = "soak"
    ROLLBACK = "rollback"
    BACKUP_STAFF = "backup_staff"


@dataclass(frozen=True, slots=True)
class NamedScenario:
    """A scenario's file as it stands now: a run of another version of it proves nothing."""

    path: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Required:
    """One proof that is required, or who answers for going without it.

    ``load`` is the least share (1 is 100 %) that the run must have held, ``for_s`` the least centre
    seconds of soak, ``max_age_days`` how old the run may be on the day of the decision.
    """

    proof: Proof
    scenarios: tuple[NamedScenario, ...] = ()
    max_age_days: float = 0.0
    load: float = 0.0
    for_s: float = 0.0
    owner: Owner | None = None
    waived_by: Owner | None = None
    why: str = ""

    def due(self, go_live: date) -> date:
        """Return the first day whose run is still young enough on the day of the *go_live*."""
        return go_live - timedelta(days=min(int(self.max_age_days), (go_live - date.min).days))


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that has to be done by a day; ``done`` is the day on which it was."""

    name: str
    due: date
    owner: Owner
    done: date | None = None

    def is_done(self, day: date) -> bool:
        """Whether it has been done by *day*: a day that is yet to come is no proof."""
        return self.done is not None and self.done <= day

    def is_late(self, day: date) -> bool:
        """Whether it was due before *day* and has not been done by then."""
        return self.due < day and not self.is_done(day)


@dataclass(frozen=True, slots=True)
class Cutover:
    """A go-live on its day, by its contract, with all that is required before it."""

    name: str
    owner: Owner
    go_live: date
    sla_name: str
    sla_sha256: str
    attested: Level
    required: tuple[Required, ...]
    milestones: tuple[Milestone, ...] = ()


class Standing(StrEnum):
    """How one proof stands."""

    THERE = "there"
    WAIVED = "waived"
    MISSING = "missing"
    STALE = "stale"
    FAILING = "failing"
    INSUFFICIENT = "insufficient"


def no_run_of(scenario: str) -> str:
    """Return what is wrong with the evidence of a *scenario* that nobody has ever run."""
    return f"no run of {scenario}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one proof stands by one scenario: which run says so, and what is wrong with it.

    ``remedy`` is what to do next, empty if nothing is. ``remarks`` are what a GO was given with.
    """

    proof: Proof
    standing: Standing
    scenario: str
    owner: Owner
    run: str = ""
    what: str = ""
    remedy: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def never_run(self) -> bool:
        """Whether its scenario has never been run at all."""
        return self.standing is Standing.MISSING and self.what == no_run_of(self.scenario)

    @property
    def hinders(self) -> bool:
        """Whether customers cannot be handed over as it stands."""
        return self.standing not in (Standing.THERE, Standing.WAIVED)


class Answer(StrEnum):
    """The answer to "may we go live?"."""

    GO = "GO"
    WITH_CONDITIONS = "GO with conditions"
    NO_GO = "NO-GO"


@dataclass(frozen=True, slots=True)
class Release:
    """The decision about a cutover: the answer, everything it rests on, what may be done next.

    ``reasons`` speak against going, ``conditions`` have to be kept by those who go; ``next_steps``
    are things to do, in order. ``noted`` belongs into the issue log.
    """

    cutover: Cutover
    day: date
    answer: Answer
    evidence: tuple[Evidence, ...]
    reasons: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    noted: tuple[Sighting, ...] = ()

    def of(self, proof: Proof) -> tuple[Evidence, ...]:
        """Return how *proof* stands, by each of its scenarios."""
        return tuple(each for each in self.evidence if each.proof is proof)


PROOFS: Mapping[Proof, str] = {
    Proof.LINES: "every line that is handed over reaches its queue and is answered",
    Proof.LOAD_NOW: "today's full volume is carried",
    Proof.LOAD_FUTURE: "the volume that is expected in future is carried",
    Proof.FAILOVERS: "every failure that was agreed on is survived",
    Proof.FAILOVER_IN_REAL_TIME: "a failover is survived at speed 1, where nothing is scaled",
    Proof.SOAK: "the service of the last day is the service of the first",
    Proof.ROLLBACK: "everything can be taken back in house in time",
    Proof.BACKUP_STAFF: "the people for a spike in demand are there and can work",
}
"""What each proof shows, in words."""
