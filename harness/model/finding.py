"""A finding: a failed or open objective, from when it was first seen until a run has passed it.

What is known of one is the sum of what happened to it (``Happening``), in the order of time. So two
copies of a history can be put together, and nobody's word overwrites another's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256

from harness.model.scenario import Owner


class Severity(StrEnum):
    """How much a finding matters to a go-live."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Source(StrEnum):
    """What a finding came from, and with that, what closes it.

    A failed, open or waived objective, a doubt and an outage that nobody had planned need a root
    cause and a run that passes; a milestone, an evidence and a runbook that is overdue end with
    what made them.
    """

    OBJECTIVE = "objective"
    DOUBT = "doubt"
    OUTAGE = "outage"
    MILESTONE = "milestone"
    EVIDENCE = "evidence"
    RUNBOOK = "runbook"

    @property
    def needs_cause(self) -> bool:
        """Whether somebody has to say why it happened before it can be closed."""
        return self in (Source.OBJECTIVE, Source.DOUBT, Source.OUTAGE)


class State(StrEnum):
    """Where a finding stands: ``fixed`` is somebody's word, ``closed`` is a run's."""

    OPEN = "open"
    FIXED = "fixed"
    CLOSED = "closed"


class What(StrEnum):
    """What can happen to a finding."""

    SEEN = "seen"
    PASSED = "passed"
    SET = "set"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class RootCause:
    """Why it happened, what was done about it, and what will notice if it ever happens again.

    ``regression`` names the scenario that stays in the suite for it. Empty: not said yet.
    """

    cause: str = ""
    correction: str = ""
    regression: str = ""

    @property
    def complete(self) -> bool:
        """Whether cause and correction are both said: a cause alone mends nothing."""
        return bool(self.cause and self.correction)

    def updated(self, newer: "RootCause") -> "RootCause":
        """Return this with what *newer* says, where it says something."""
        return RootCause(
            newer.cause or self.cause,
            newer.correction or self.correction,
            newer.regression or self.regression,
        )


@dataclass(frozen=True, slots=True)
class Sighting:
    """A finding as one run, or one decision, saw it.

    ``scenario`` is the scenario's name, or that of the cutover. ``title`` is short and stable:
    ``service_level[billing] in peak``; ``evidence`` has the numbers of this one time.
    """

    scenario: str
    title: str
    severity: Severity
    evidence: str
    owner: Owner
    source: Source = Source.OBJECTIVE

    @property
    def id(self) -> str:
        """Eight letters and digits, the same whenever the same thing goes wrong."""
        return finding_id(self.scenario, self.title)


def finding_id(scenario: str, title: str) -> str:
    """Return the stable id of the finding *title* of *scenario*: what it says, not when."""
    return sha256(f"{scenario}\n{title}".encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to one finding: a run saw it or passed it, or a person said so.

    ``at`` is epoch seconds: when the run began, or when the person spoke. ``run`` is empty for a
    person, ``by`` for a run. Of ``sighting``, ``owner``, ``state``, ``cause`` and ``note`` those
    are set that this happening changes.
    """

    finding: str
    what: What
    at: float
    run: str = ""
    by: str = ""
    sighting: Sighting | None = None
    owner: Owner | None = None
    state: State | None = None
    cause: RootCause | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one finding. Times are epoch seconds.

    ``passed_by`` is the run that passed it after it was last seen; empty if none did. ``reopened``
    counts how often it came back after it had been called fixed or closed.
    """

    id: str
    last: Sighting
    state: State
    owner: Owner
    first_run: str
    first_at: float
    last_run: str
    last_at: float
    seen: int = 1
    reopened: int = 0
    passed_by: str = ""
    cause: RootCause = field(default_factory=RootCause)
    happened: tuple[Happening, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it still waits for something: a mend, or the run that proves it."""
        return self.state is not State.CLOSED

    @property
    def moved_on(self) -> date:
        """The day, in UTC, on which something last happened to it: seen, passed, said or closed."""
        return datetime.fromtimestamp(self.happened[-1].at, UTC).date()

    @property
    def hinders(self) -> bool:
        """Whether a go-live has to wait: critical, not closed, and nobody can say why it was."""
        return self.is_open and self.last.severity is Severity.CRITICAL and not self.cause.complete


def findings_of(happenings: Iterable[Happening]) -> dict[str, Finding]:
    """Return the findings that *happenings*, in any order, add up to; by id, first seen first.

    What is said of a finding that was never seen is left out. Of two things at the same moment the
    sighting counts first, so that the order in which they were read changes nothing.
    """
    order = list(What)
    found: dict[str, Finding] = {}
    in_time = sorted(happenings, key=lambda h: (h.at, order.index(h.what), h.run, h.by, h.note))
    for each in in_time:
        known = found.get(each.finding)
        if known is not None:
            found[each.finding] = _after(known, each)
        elif each.sighting is not None:
            found[each.finding] = _first(each, each.sighting)
    return found


def course(finding: Finding) -> Iterator[tuple[Happening, State]]:
    """Yield what happened to *finding*, in order of time, each with the state that it led to."""
    now: Finding | None = None
    for each in finding.happened:
        if now is not None:
            now = _after(now, each)
        elif each.sighting is not None:
            now = _first(each, each.sighting)
        if now is not None:
            yield each, now.state


def _first(happening: Happening, sighting: Sighting) -> Finding:
    return Finding(
        id=happening.finding,
        last=sighting,
        state=State.OPEN,
        owner=sighting.owner,
        first_run=happening.run,
        first_at=happening.at,
        last_run=happening.run,
        last_at=happening.at,
        happened=(happening,),
    )


def _after(finding: Finding, happening: Happening) -> Finding:
    """Return *finding* after *happening*."""
    now = replace(finding, happened=(*finding.happened, happening))
    match happening.what:
        case What.SEEN if happening.sighting is not None:
            return _seen_again(now, happening, happening.sighting)
        case What.PASSED:
            return _passed(now, happening.run)
        case What.SET:
            return _told(now, happening)
        case What.CLOSED:
            return replace(now, state=State.CLOSED)
        case _:
            return finding


def _seen_again(finding: Finding, happening: Happening, sighting: Sighting) -> Finding:
    came_back = finding.state is not State.OPEN
    # The contract names the owner, unless somebody has handed the finding on.
    handed_on = finding.owner != finding.last.owner
    return replace(
        finding,
        last=sighting,
        owner=finding.owner if handed_on else sighting.owner,
        state=State.OPEN,
        last_run=happening.run,
        last_at=happening.at,
        seen=finding.seen + 1,
        reopened=finding.reopened + came_back,
        passed_by="",
    )


def _passed(finding: Finding, run: str) -> Finding:
    passed = replace(finding, passed_by=finding.passed_by or run)
    if not finding.last.source.needs_cause:
        return replace(passed, state=State.CLOSED)
    if finding.state is State.FIXED and finding.cause.complete:
        return replace(passed, state=State.CLOSED)
    return passed


def _told(finding: Finding, happening: Happening) -> Finding:
    return replace(
        finding,
        owner=happening.owner or finding.owner,
        state=happening.state or finding.state,
        cause=finding.cause.updated(happening.cause) if happening.cause else finding.cause,
    )
