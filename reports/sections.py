"""What the sections of a report say, before anybody dresses it: rows joined from the record."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.kpi.evidence import judged_by_stamps
from harness.model.alarm import AlarmRun
from harness.model.contact import Call
from harness.model.event import Ending, FaultRun, LineCheck, PhaseRun
from harness.model.inventory import InterfaceKind, handed_over
from harness.model.scenario import FASTEST_HONEST, Load, Phase, PhaseKind
from harness.model.staffing import StaffedBy, staffing_of
from harness.model.units import exact_share
from harness.model.verdict import ObjectiveResult, Recovery, Status, Verdict
from harness.record.run_record import RunRecord
from reports.standing import WHOLE_RUN, is_open
from reports.words import duration, ending, plural

_WAYS = ("Dropped", "Cut off", "Turned away", "Lost elsewhere")
_WORST_FIRST = (Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.WAIVED, Status.PASS)
_CONCERNS = {
    Status.FAIL: "failed",
    Status.INCONCLUSIVE: "undecided",
    Status.WARN: "warned",
    Status.WAIVED: "waived",
}
"""What has to be looked at before somebody signs, and in which words it is counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A result in the table of objectives; ``id`` is where links find it."""

    id: str
    result: ObjectiveResult

    @property
    def concerns(self) -> bool:
        """Whether it has to be looked at: what passed need not be, nor what is merely open."""
        return self.result.status in _CONCERNS and not is_open(self.result)


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one phase, the worst first, or of the whole run; ``number`` counts them."""

    number: int
    phase: str
    results: tuple[ObjectiveResult, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The results as rows of the table."""
        return tuple(
            Row(f"objective-{self.number}-{place}", result)
            for place, result in enumerate(self.results, 1)
        )

    @property
    def decides(self) -> bool:
        """Whether anything has to be decided here; if not, it can only refute."""
        return any(result.decisive_here for result in self.results)

    @property
    def concerns(self) -> bool:
        """Whether anything has to be looked at here."""
        return any(row.concerns for row in self.rows)


@dataclass(frozen=True, slots=True)
class FaultStory:
    """One fault, how customers recovered from it, and our own alarm; None if nobody can say."""

    fault: FaultRun
    recovery: Recovery | None
    alarm: AlarmRun | None = None

    @property
    def within_s(self) -> float | None:
        """When customers were served again, at the latest; None if not seen, or not told."""
        if self.recovery is None or self.recovery.told_s is None:
            return None
        return self.recovery.told_s + self.recovery.error_s

    @property
    def hurt(self) -> tuple[tuple[str, int | None], ...]:
        """In which ways customers can be hurt, and how many were; None if nobody can say."""
        if self.recovery is None:
            return tuple((how, None) for how in _WAYS)
        hurt = self.recovery
        ids = (hurt.dropped, hurt.cut_off, hurt.turned_away, hurt.lost_elsewhere)
        return tuple(zip(_WAYS, map(len, ids), strict=True))


@dataclass(frozen=True, slots=True)
class Rung:
    """One phase of the ladder as planned, and as it ran; None if it never did."""

    plan: Phase
    ran: PhaseRun | None

    @property
    def held_s(self) -> float | None:
        """How long the load held after the phase for its gate; None if it never ran."""
        return None if self.ran is None else self.ran.held_until_s - self.ran.end_s

    @property
    def reason(self) -> str:
        """Why the gate was not a plain pass.

        A gate decides at the border; what it could not decide then may well be decided by now.
        """
        if self.ran is None or not self.ran.gate_note:
            return ""
        if self.ran.gate is Status.INCONCLUSIVE:
            return f"undecided when the gate had to decide: {self.ran.gate_note}"
        return self.ran.gate_note


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """One interface that is handed over, and its probe; None if it was not probed.

    ``queue`` is the one that a line should reach; of any other, its kind stands there.
    """

    line: str
    queue: str
    check: LineCheck | None
    kind: InterfaceKind = InterfaceKind.LINE


@dataclass(frozen=True, slots=True)
class Hurt:
    """One customer whom a fault hurt: which contact, in which queue, and when.

    Queue and moment are empty if the record does not know the contact.
    """

    id: str
    queue: str = ""
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class HurtGroup:
    """All customers whom a fault hurt in the same way."""

    how: str
    customers: tuple[Hurt, ...]


def results_by_phase(record: RunRecord, verdict: Verdict) -> tuple[Group, ...]:
    """Return every phase that has results, in the order they ran, the worst results first.

    What was judged once for the whole run comes last, under a name that no phase has.
    """
    ran = [phase.name for phase in record.phases()]
    names = dict.fromkeys([*ran, *(result.phase for result in verdict.results)])
    groups = [(name, phase_results(verdict, name)) for name in names]
    groups.append((WHOLE_RUN, run_results(verdict)))
    told = [(name, _worst_first(results)) for name, results in groups if results]
    return tuple(Group(number, name, results) for number, (name, results) in enumerate(told, 1))


def concerns(groups: Sequence[Group], *, most_rows: int) -> tuple[Row, ...]:
    """Return what has to be looked at first, of all *groups*: the gravest first, then as they ran.

    Of each group only the first *most_rows* rows, which are those that the table shows.
    """
    found = [row for group in groups for row in group.rows[:most_rows] if row.concerns]
    return tuple(sorted(found, key=lambda row: gravity(row.result)))


def concerns_text(rows: Sequence[Row]) -> str:
    """Return how many of *rows* are what: ``2 failed, 1 undecided``."""
    counts = Counter(row.result.status for row in rows)
    return ", ".join(
        f"{counts[status]:,} {what}" for status, what in _CONCERNS.items() if counts[status]
    )


def phase_results(verdict: Verdict, phase: str) -> tuple[ObjectiveResult, ...]:
    """Return the results of one phase, without those of the whole run, whatever its name."""
    return tuple(result for result in verdict.of_phase(phase) if result.kind is not None)


def run_results(verdict: Verdict) -> tuple[ObjectiveResult, ...]:
    """Return the results of what is judged once for the whole run."""
    return tuple(result for result in verdict.results if result.kind is None)


def definitions(verdict: Verdict) -> tuple[Kpi, ...]:
    """Return the KPIs that were judged, in the order of the results."""
    names = dict.fromkeys(result.kpi for result in verdict.results)
    return tuple(CATALOGUE[name] for name in names if name in CATALOGUE)


def _worst_first(results: tuple[ObjectiveResult, ...]) -> tuple[ObjectiveResult, ...]:
    """Return *results* by how much they matter: what is merely open does least."""
    return tuple(sorted(results, key=gravity))


def gravity(result: ObjectiveResult) -> int:
    """Return the place of *result* among all sorts of them, 0 for the worst."""
    return len(_WORST_FIRST) if is_open(result) else _WORST_FIRST.index(result.status)


def fault_stories(record: RunRecord, verdict: Verdict) -> tuple[FaultStory, ...]:
    """Return each fault with its recovery, which carries the fault's id."""
    found = {recovery.fault: recovery for recovery in verdict.recoveries}
    alarms = {alarm.fault: alarm for alarm in record.alarms()}
    return tuple(
        FaultStory(fault, found.get(fault.id), alarms.get(fault.id)) for fault in record.faults()
    )


def who_was_hurt(
    record: RunRecord, stories: Sequence[FaultStory]
) -> tuple[tuple[HurtGroup, ...], ...]:
    """Return for each of *stories* whom it hurt, in groups; empty groups are left out."""
    ways = [
        (
            ("Dropped while talking", story.recovery.dropped),
            ("Cut off while waiting", story.recovery.cut_off),
            ("Turned away", story.recovery.turned_away),
            ("Lost at other sites, or at none that is known", story.recovery.lost_elsewhere),
        )
        if story.recovery is not None
        else ()
        for story in stories
    ]
    wanted = {id_ for groups in ways for _, ids in groups for id_ in ids}
    calls = {each.id: each for each in record.contacts_of(wanted) if isinstance(each, Call)}
    return tuple(
        tuple(HurtGroup(how, tuple(_hurt(i, calls) for i in ids)) for how, ids in groups if ids)
        for groups in ways
    )


def _hurt(id_: str, calls: Mapping[str, Call]) -> Hurt:
    call = calls.get(id_)
    if call is None:
        return Hurt(id_)
    # Who never got in has no end of a talk; their moment is that in which they tried.
    return Hurt(id_, call.queue, call.due_s if call.ended_s is None else call.ended_s)


def rejudged(record: RunRecord, verdict: Verdict) -> bool:
    """Whether *verdict* is by another contract than the one the run was made with."""
    return verdict.sla.sha256 != record.sla.sha256


def rejudged_text(record: RunRecord, verdict: Verdict) -> str:
    """Return by which contract the run was judged again; empty if it was by its own."""
    if not rejudged(record, verdict):
        return ""
    now, own = verdict.sla.name, record.sla.name
    whose = own if now != own else "another version of it"
    return (
        f"Judged again by {now}; the run's own contract was {whose}. "
        "The gates were decided by the run's own."
    )


def staffed_by_text(record: RunRecord) -> str:
    """Return in a sentence who answered the customers."""
    staffing = staffing_of(record.scenario.staffed_by, record.target)
    if staffing.people is not None:
        people = staffing.people
        hours = f"from {people.start.isoformat()} to {people.end.isoformat()}"
        return f"{people.people} people of the provider's answered, {hours}."
    if staffing.crew is not None:
        heads = sum(sum(skills.values()) for skills in staffing.crew.heads.values())
        return f"{plural(heads, 'virtual agent')} of the harness answered; the target had none."
    if staffing.by is StaffedBy.NOBODY:
        return "Nobody was there to answer: what takes agents is not decided."
    return "The target simulates its own agents."


def not_run(record: RunRecord) -> tuple[str, ...]:
    """Return the names of the phases that were planned and never began."""
    return tuple(rung.plan.name for rung in ladder(record) if rung.ran is None)


def ending_text(record: RunRecord) -> str:
    """Return in a sentence how the run ended."""
    return ending(record.ending, missing=bool(not_run(record)))


def ladder(record: RunRecord) -> tuple[Rung, ...]:
    """Return all planned phases, beside each how it ran."""
    ran = {phase.name: phase for phase in record.phases()}
    return tuple(Rung(plan, ran.get(plan.name)) for plan in record.scenario.phases)


def inventory(record: RunRecord) -> tuple[InventoryLine, ...]:
    """Return every line that the scenario hands over, beside each its probe."""
    checks = {check.line: check for check in record.lines()}
    planned = [
        InventoryLine(each.name, each.queue or each.kind, checks.pop(each.name, None), each.kind)
        for each in handed_over(record.scenario, record.target)
    ]
    return (*planned, *(InventoryLine(c.line, c.queue, c) for c in checks.values()))


def load_text(load: Load) -> str:
    """Return a load as a scenario writes it: ``100%``, or ``10% -> 100%``."""
    ends = [exact_share(each).replace(" ", "") for each in (load.start, load.end)]
    return ends[0] if load.start == load.end else f"{ends[0]} -> {ends[1]}"


def not_tested(record: RunRecord, verdict: Verdict) -> tuple[str, ...]:
    """Return, one sentence each, what this run cannot have shown."""
    return tuple(_not_tested(record, verdict))


def _not_tested(record: RunRecord, verdict: Verdict) -> Iterator[str]:
    scenario, target, speed = record.scenario, record.target, record.facts.speed
    yield (
        "No audio: nothing said and nothing heard, only whether and when calls connect; a figure "
        "of speech quality (MOS) is the provider's own estimate."
    )
    yield "No carrier and no public telephone network: calls enter at the provider's API."
    if target.mock is not None:
        yield (
            "No real provider: the target is the mock centre that ships with the harness. Its "
            "agents are simulated; nothing here is evidence about people or a provider's systems."
        )
    if speed != 1:
        yield (
            f"No real time: the run was sped up {speed:g} times. API latency, rate limits and "
            "recovery times are scaled; release evidence needs a failover at speed 1."
        )
    if judged_by_stamps(speed):
        yield (
            f"No caller's clock: beyond speed {FASTEST_HONEST} waits, service levels "
            "and recoveries rest on the site's own time stamps."
        )
    if scenario.calls is None:
        yield "No calls: the scenario has none."
    if scenario.tickets is None:
        yield "No tickets: the scenario has none."
    if not any(phase.faults for phase in scenario.phases):
        yield "No failure: the scenario breaks nothing."
    yield from _not_done(record, verdict)


def _not_done(record: RunRecord, verdict: Verdict) -> Iterator[str]:
    missing = not_run(record)
    if missing:
        yield f"Phases that were planned and not run: {', '.join(missing)}."
    unprobed = sum(line.check is None for line in inventory(record))
    if unprobed:
        yield f"{plural(unprobed, 'interface')} of the interface inventory not probed."
    if verdict.audit is None:
        yield "No ticket audit: no site's store was compared with what was acknowledged."
    ran = record.phases()
    longest_s = max((phase.end_s - phase.start_s for phase in ran), default=0.0)
    soaked = any(phase.kind is PhaseKind.SOAK for phase in ran)
    if longest_s and record.ending is Ending.COMPLETE and not soaked:
        yield (
            f"Nothing longer than {duration(longest_s)} at a stretch: slow leaks and daily "
            "patterns need a soak."
        )
