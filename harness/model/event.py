"""What happened in a run, beside its contacts: phases, faults, lines, and the run's own log.

All ``_s`` fields are centre seconds since the run began unless the name says ``wall``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from harness.model.fault import Value
from harness.model.health import ProcessHealth
from harness.model.inventory import InterfaceKind
from harness.model.scenario import Load, PhaseKind
from harness.model.search import Purpose
from harness.model.verdict import Status

BY_A_PERSON = "external"
"""The kind of fault that nobody but a person can mend: its lease heals nothing."""


class Level(StrEnum):
    """How much an event matters: warning, the result may be weaker; error, it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the run's log: a name from a closed set, and its fields in words."""

    at_s: float
    name: str
    fields: tuple[tuple[str, str], ...] = ()
    level: Level = Level.INFO

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.fields)])


@dataclass(frozen=True, slots=True)
class PhaseRun:
    """A phase as it really ran: contacts due in [start_s, end_s) are judged.

    It was seen until ``held_until_s``: the hold if that lies beyond ``end_s``; if before, the run
    ended early. ``gate`` is None until decided, ``gate_note`` the reason in words.
    """

    name: str
    kind: PhaseKind
    load: Load
    start_s: float
    end_s: float
    held_until_s: float
    gate: Status | None = None
    gate_note: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One load that a search tried; ``phase`` is the one in which it was judged.

    ``multiple`` is of the planned volume. ``status`` is as it stood when the load was over; the
    verdict judges it anew. ``stopped`` says which stop rule ended it early. ``doubt`` says why it
    cannot count: our own generator was not fit for it. ``unsettled`` says what was left of the
    trial before when it began: it can then prove that the SLA is met, not that it fails.
    """

    phase: str
    multiple: float
    purpose: Purpose
    status: Status
    stopped: str = ""
    doubt: str = ""
    unsettled: str = ""


@dataclass(frozen=True, slots=True)
class LineCheck:
    """The probe of one interface: of a line, which queue it reached, and whether somebody answered.

    ``line`` is the number, or the name of an interface of another ``kind``, which has no queue.
    """

    line: str
    queue: str
    reached: str | None
    answered_after_s: float | None
    ok: bool
    note: str = ""
    kind: InterfaceKind = InterfaceKind.LINE


@dataclass(frozen=True, slots=True)
class FaultRun:
    """A fault as it really happened: the bracket of its injection, its proofs, its healing.

    ``site`` is empty for one that no site had alone; ``place`` and ``asked`` are as planned.

    ``injected_from_s`` and ``injected_s`` enclose the moment it took effect. A ``None`` among the
    times means that it was not seen to happen.
    """

    kind: str
    site: str
    phase: str
    lease_wall_s: float
    runbook: str | None = None
    injected_from_s: float | None = None
    injected_s: float | None = None
    proven_s: float | None = None
    proof: str = ""
    healed_from_s: float | None = None
    healed_s: float | None = None
    heal_proven_s: float | None = None
    heal_proof: str = ""
    place: str = ""
    asked: Mapping[str, Value] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is and where, in the fewest words: ``site_down north``."""
        return f"{self.kind} {self.site or self.place}".rstrip()

    @property
    def id(self) -> str:
        """What no other fault of the run has: phase, kind, place and the moment of injection."""
        at = "never" if self.injected_from_s is None else f"{self.injected_from_s:.1f}"
        return f"{self.phase}/{self.kind}/{self.place or self.site}/{at}"

    @property
    def proven(self) -> bool:
        """Whether the fault was shown to have taken effect."""
        return self.proven_s is not None

    @property
    def healed(self) -> bool:
        """Whether the target was shown to be whole again."""
        return self.heal_proven_s is not None

    @property
    def at_lease_end(self) -> str:
        """What becomes of it when its lease runs out, whatever becomes of the harness."""
        if self.kind == BY_A_PERSON:
            return "nobody but a person mends it"
        return "the target, or our guardian, heals it"

    def told(self, now_s: float) -> Event:
        """Return what a person would tell of the last thing that happened to this fault."""
        where = (("kind", self.kind), ("place", self.place or self.site))
        if self.heal_proven_s is not None:
            return Event(now_s, "fault_healed", (*where, ("proof", self.heal_proof)))
        if self.healed_from_s is not None:
            why = ("why", self.heal_proof or "no proof came in time")
            return Event(now_s, "fault_not_healed", (*where, why), Level.ERROR)
        if self.proven_s is not None:
            return Event(now_s, "fault_proven", (*where, ("proof", self.proof)))
        if self.injected_s is None:
            return Event(now_s, "fault_not_injected", (*where, ("why", self.proof)), Level.WARNING)
        lease = ("lease", f"after {self.lease_wall_s:g} s of wall time {self.at_lease_end}")
        return Event(now_s, "fault_injected", (*where, lease))


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A clock that was set while the run went on: of a *site* of the target, or our own (empty).

    It happened after ``after_s`` and was seen at ``at_s``. ``by_wall_s`` is how far it was set on,
    negative if back; ``slept_wall_s`` how long our machine slept, for which no time passed for us.
    """

    site: str
    after_s: float
    at_s: float
    by_wall_s: float
    slept_wall_s: float = 0.0

    def told(self) -> Event:
        """Return what a person would tell of it."""
        if self.slept_wall_s:
            slept = (("for", f"{self.slept_wall_s:.1f} s"),)
            return Event(self.at_s, "machine_slept", slept, Level.ERROR)
        of = self.site or "this machine"
        return Event(
            self.at_s, "clock_set", (("of", of), ("by", f"{self.by_wall_s:+.1f} s")), Level.WARNING
        )


@dataclass(frozen=True, slots=True)
class GeneratorHealth:
    """How well the generator kept its schedule. Lags in centre seconds; None: nothing started.

    ``pending`` redials and other follow-ups were due only after the load had ended.
    ``processes`` is what each process measured of itself, in wall seconds.
    """

    started: int = 0
    dropped: int = 0
    lag_p50_s: float | None = None
    lag_p99_s: float | None = None
    lag_max_s: float | None = None
    workers_planned: int = 1
    workers_lost: int = 0
    stream_gaps: int = 0
    notes: tuple[str, ...] = field(default=())
    pending: int = 0
    processes: tuple[ProcessHealth, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What a ticket says, as its customer wrote it; None: that is not told.

    ``attachments`` is how many there are. What people who work on it may change is not in it, but
    for the priority: an adapter whose provider's people set it anew leaves it out.
    """

    customer: str | None = None
    priority: str | None = None
    subject: str | None = None
    attachments: int | None = None

    def __bool__(self) -> bool:
        told = (self.customer, self.priority, self.subject, self.attachments)
        return any(each is not None for each in told)

    def differs_in(self, found: "Content") -> tuple[str, ...]:
        """Return the names of the fields that both tell of and that are not the same."""
        if self == found:  # nearly always, and at a tenth of the cost
            return ()
        return tuple(
            each.name
            for each in fields(self)
            if None not in (mine := getattr(self, each.name), theirs := getattr(found, each.name))
            and mine != theirs
        )


@dataclass(frozen=True, slots=True)
class Reread:
    """One ticket, read by itself at the end of the run; ``content`` is None if it could not be."""

    reference: str
    content: Content | None


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """A ticket as one site's store returned it at the end of the run.

    ``reference`` is our key, ``provider_id`` theirs: two ids under one key are a duplicate.
    ``comments`` is how often the customer wrote on it, ``reopened`` how often it was opened again,
    ``escalated`` whether it went to the second line; None if the provider's listing does not say.
    Two reads of a store agree even if agents, who go on working, have escalated more meanwhile.
    ``content`` is what the listing tells of what the ticket says; None if it does not.
    """

    site: str
    reference: str
    provider_id: str
    comments: int | None = None
    reopened: int | None = None
    escalated: bool | None = field(default=None, compare=False)
    content: Content | None = None


class Ending(StrEnum):
    """How a run came to its end."""

    COMPLETE = "complete"
    GATE = "gate"
    HALTED = "halted"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Where a run's numbers come from: enough to repeat it.

    ``started_wall`` is epoch seconds; ``scenario_sha256`` is of the file as read. Our
    tickets and calls stand in the target under ``reference_prefix`` and the contact's id.
    ``control``: the faults that the scenario asks for were left out. ``level`` is how the target
    had to prove that it is no production system, ``environment`` as which; ``armed`` is the hash of
    the plan that was armed. ``signer`` and ``signer_key`` are the name and the public key (base64)
    of who signs the evidence at the end; empty if nobody does.
    """

    run: str
    started_wall: float
    speed: float
    seed: str
    target: str
    about: str
    explored: bool
    reference_prefix: str
    scenario_sha256: str
    versions: tuple[tuple[str, str], ...]
    machine: str
    control: bool = False
    level: str = ""
    environment: str = ""
    armed: str = ""
    signer: str = ""
    signer_key: str = ""


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that a run was made from, as it was read: its name beside the record, and its text."""

    name: str
    text: str
