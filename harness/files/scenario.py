"""From a scenario file to a ``Scenario``, or the problems that stand in the way.

Written by hand rather than as pydantic models: most checks need the line, a neighbour (windows in
their phase, sums) or another file (sites, faults), and a model would only learn half of them, give
its messages in its own words and know no lines.
"""

import math
import os.path
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from harness.files import values
from harness.files.document import Document, Entry, Node
from harness.files.fields import Fields, fields_of, items_of, parsed, read_owner
from harness.files.known import FaultRule
from harness.files.problems import Place, Problems, did_you_mean
from harness.files.staffing import read_staffing
from harness.files.target import TargetRead
from harness.model.contact import PRIORITIES
from harness.model.scenario import (
    CallTraffic,
    FaultPlan,
    Load,
    OnGateFailure,
    OpenOn,
    Phase,
    PhaseKind,
    Scenario,
    TicketTraffic,
)
from harness.model.staffing import TICKETS
from harness.model.units import format_duration, format_share

BUSY_PATIENCE_MEAN_S = 180.0
"""How long callers wait on average where lines are often busy (``notes/domain.md``)."""
SHAPES = ("flat",)
FASTEST = 60

_SCENARIO = {
    "name": "name: pre-cutover",
    "owner": "owner: {name: Service Transition, contact: transition@client.example}",
    "target": "target: targets/mock.yaml",
    "sla": "sla: sla/outsourced_care.yaml",
    "seed": "seed: 2026",
    "speed": "speed: 20",
    "interfaces": 'interfaces: {lines: {billing: ["+441632960101"]}}',
    "staffed_by": "staffed_by: harness",
    "traffic": "traffic: {calls: {...}, tickets: {...}}",
    "phases": "a list of phases, as in '- {name: peak, kind: steady, load: 100%, for: 30m}'",
    "on_gate_failure": "on_gate_failure: stop",
}
_INTERFACES = {"lines": 'lines: {billing: ["+441632960101"]}'}
_TRAFFIC = {
    "calls": "calls: {per_hour: 1440, mix: {billing: 60%, support: 40%}, patience: busy}",
    "tickets": "tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}",
}
_CALLS = {
    "per_hour": "per_hour: 1440",
    "shape": "shape: flat",
    "mix": "mix: {billing: 60%, support: 40%}",
    "patience": "patience: busy",
}
_TICKETS = {
    "per_hour": "per_hour: 600",
    "priorities": "priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}",
}
_PHASE = {
    "name": "name: peak",
    "kind": "kind: steady",
    "load": "load: 100%",
    "for": "for: 30m",
    "faults": "faults: [{kind: site_down, site: north, at: 2m, for: 8m, runbook: site_down.md}]",
    "open_on": "open_on: not_fail",
}
_FAULT = {
    "kind": "kind: site_down",
    "site": "site: north",
    "at": "at: 2m",
    "for": "for: 8m",
    "runbook": "runbook: docs/site_down.md; no surprises: every fault names its runbook",
}


@dataclass(frozen=True, slots=True)
class _Around:
    """What faults are checked against; ``sites`` None if the target could not tell."""

    folder: Path
    sites: frozenset[str] | None
    faults: Mapping[str, FaultRule]


def scenario_fields(document: Document, problems: Problems) -> Fields | None:
    """Return the top-level fields of a scenario, among them the files that it names."""
    return fields_of(document.root, of="the scenario", examples=_SCENARIO, problems=problems)


def read_scenario(
    document: Document, fields: Fields, *, target: TargetRead, faults: Mapping[str, FaultRule]
) -> Scenario | None:
    """Return what *document* says is rehearsed, and tell the problems of *fields* what is wrong.

    Checks against the target are left out where it has problems of its own.
    """
    name, seed = fields.value("name", values.name), fields.value("seed", values.text)
    owner = read_owner(fields)
    speed = _speed(fields, target)
    staffed_by, target = read_staffing(fields, target, speed=speed)
    traffic = fields.inner("traffic", _TRAFFIC)
    lines = _lines(fields, traffic, target)
    calls, tickets = _streams(traffic, lines, target)
    phases = _phases(
        fields, _Around(document.path.parent, target.sites, faults), has_lines=bool(lines)
    )
    on_gate_failure = fields.value_or(
        "on_gate_failure", values.member(OnGateFailure), default=OnGateFailure.STOP
    )
    if not document.header:
        fields.problems.add(
            Place(str(document.path), 1),
            found="no comment at the top of the file",
            want="'# A GO shows that ...': what a GO of this scenario proves, in one sentence",
        )
    if not (name and seed and owner and speed and on_gate_failure):
        return None
    return Scenario(
        name=name,
        proves=document.header,
        owner=owner,
        seed=seed,
        speed=speed,
        lines=lines,
        calls=calls,
        tickets=tickets,
        phases=phases,
        on_gate_failure=on_gate_failure,
        path=document.path,
        staffed_by=staffed_by,
    )


def _speed(fields: Fields, target: TargetRead) -> float | None:
    speed = fields.value_or("speed", values.number(1, FASTEST), default=1.0)
    if speed is not None and speed > 1 and target.virtual_clock is False:
        fields.problem("speed", want="speed: 1, or a target with 'virtual_clock: yes'")
    return speed


def _lines(
    fields: Fields, traffic: Fields | None, target: TargetRead
) -> dict[str, tuple[str, ...]]:
    """Return the numbers of each queue; a scenario without calls needs none."""
    if "interfaces" not in fields and traffic and "calls" not in traffic:
        return {}
    interfaces = fields.inner("interfaces", _INTERFACES)
    entries = interfaces.table("lines") if interfaces else {}
    seen: dict[str, Place] = {}
    return {
        queue: _numbers(entry, seen, target, fields.problems) for queue, entry in entries.items()
    }


def _numbers(
    queue: Entry, seen: dict[str, Place], target: TargetRead, problems: Problems
) -> tuple[str, ...]:
    _check_queue(queue, target, problems)
    numbers: list[str] = []
    for node in items_of(queue, 'a list of numbers, as in ["+441632960101"]', problems):
        number = parsed(node, values.phone_number, problems)
        if number in seen:
            found = f"the number {number} again; it is in line {seen[number].line} already"
            problems.add(node.place, found=found, want="each number once")
        elif number:
            seen[number] = node.place
            numbers.append(number)
    return tuple(numbers)


def _check_queue(queue: Entry, target: TargetRead, problems: Problems) -> None:
    name = parsed(queue.key, values.name, problems)
    if name == TICKETS:
        want = f"another name: {TICKETS!r} is the skill of those who answer tickets"
        problems.add(queue.key.place, found=f"a queue called {TICKETS!r}", want=want)
    elif name:
        _check_staffed(name, queue.key.place, target, problems)


def _check_staffed(skill: str, place: Place, target: TargetRead, problems: Problems) -> None:
    if target.skills is not None and skill not in target.skills:
        want = f"staffing for it at a site of the target ({did_you_mean(skill, target.skills)})"
        problems.add(place, found=f"{skill!r}, which no site staffs", want=want)


def _streams(
    traffic: Fields | None, lines: Mapping[str, object], target: TargetRead
) -> tuple[CallTraffic | None, TicketTraffic | None]:
    if traffic is None:
        return None, None
    if "calls" not in traffic and "tickets" not in traffic:
        traffic.problems.add(
            traffic.place, found="neither calls nor tickets in traffic", want="at least one of them"
        )
    calls = traffic.inner("calls", _CALLS) if "calls" in traffic else None
    tickets = traffic.inner("tickets", _TICKETS) if "tickets" in traffic else None
    if tickets:
        _check_staffed(TICKETS, tickets.place, target, traffic.problems)
    return _calls(calls, lines) if calls else None, _tickets(tickets) if tickets else None


def _calls(fields: Fields, lines: Mapping[str, object]) -> CallTraffic | None:
    fields.value_or("shape", values.one_of(SHAPES), default="flat")
    per_hour = fields.value("per_hour", values.rate)
    mix = _shares(fields, "mix", lines, "queue")
    patience_mean_s = fields.value_or("patience", _patience, default=BUSY_PATIENCE_MEAN_S)
    if per_hour is None or patience_mean_s is None:
        return None
    return CallTraffic(per_hour, mix, patience_mean_s)


def _tickets(fields: Fields) -> TicketTraffic | None:
    per_hour = fields.value("per_hour", values.rate)
    priorities = _shares(fields, "priorities", PRIORITIES, "priority")
    return None if per_hour is None else TicketTraffic(per_hour, priorities)


def _patience(written: str) -> float:
    if written == "busy":
        return BUSY_PATIENCE_MEAN_S
    try:
        return values.duration(written)
    except ValueError as error:
        raise ValueError(f"busy (a mean of 3m), or {error}") from None


def _shares(fields: Fields, key: str, names: Iterable[str], noun: str) -> dict[str, float]:
    """Return the shares by name under *key*. They must add up; an unknown name is a problem.

    Without *names* nothing is known, and that has been told already.
    """
    entries, known = fields.table(key), frozenset(names)
    for name, entry in entries.items():
        if known and name not in known:
            found = f"the unknown {noun} {name!r} in {key}"
            fields.problems.add(entry.key.place, found=found, want=did_you_mean(name, known))
    shares = {
        name: parsed(entry.value, values.share, fields.problems, key=name)
        for name, entry in entries.items()
    }
    readable = {name: share for name, share in shares.items() if share is not None}
    total = math.fsum(readable.values())
    if entries and len(readable) == len(shares) and not math.isclose(total, 1, abs_tol=1e-6):
        found = f"a {key} that adds up to {format_share(total)}"
        fields.problem(key, found=found, want="100 % in all")
    return readable


def _phases(fields: Fields, around: _Around, *, has_lines: bool) -> tuple[Phase, ...]:
    phases: list[Phase] = []
    for index, node in enumerate(fields.listing("phases")):
        of = f"phase {index + 1}"
        own = fields_of(node, of=of, examples=_PHASE, problems=fields.problems)
        phase = _phase(own, around) if own else None
        if own and phase:
            _check_place(phase, phases, own, first=index == 0, has_lines=has_lines)
            phases.append(phase)
    return tuple(phases)


def _check_place(
    phase: Phase, earlier: Iterable[Phase], fields: Fields, *, first: bool, has_lines: bool
) -> None:
    if phase.name in [each.name for each in earlier]:
        fields.problem("name", found=f"a second phase {phase.name!r}", want="a name of its own")
    if phase.kind is PhaseKind.LINES and not first:
        found = f"{phase.name!r}, a phase of kind lines, after other phases"
        fields.problem("kind", found=found, want="one such phase at most, before all others")
    if phase.kind is PhaseKind.LINES and not has_lines:
        found = "a phase of kind lines, but no interfaces.lines to probe"
        fields.problem("kind", found=found, want=_INTERFACES["lines"])


def _phase(fields: Fields, around: _Around) -> Phase | None:
    """Return the phase, complete or not, once it has a name and a kind."""
    name = fields.value("name", values.name)
    kind = fields.value("kind", values.member(PhaseKind))
    open_on = fields.value_or("open_on", values.member(OpenOn), default=OpenOn.NOT_FAIL)
    if kind is PhaseKind.LINES:
        _check_probes_only(fields)
        return Phase(name, kind, open_on=open_on) if name and open_on else None
    load, duration_s = fields.value("load", values.load), fields.value("for", values.duration)
    faults = _faults(fields, kind, duration_s, around)
    if name is None or kind is None or open_on is None:
        return None
    return Phase(name, kind, load or Load(0.0, 0.0), duration_s or 0.0, faults, open_on)


def _check_probes_only(fields: Fields) -> None:
    for key in ("load", "for", "faults"):
        if key in fields:
            want = f"no {key!r}: a phase of kind lines only probes each number once"
            fields.problem(key, want=want)


def _faults(
    fields: Fields, kind: PhaseKind | None, phase_s: float | None, around: _Around
) -> tuple[FaultPlan, ...]:
    if "faults" not in fields:
        if kind is PhaseKind.FAULT:
            found = "a phase of kind fault without faults"
            fields.problem("faults", found=found, want=_PHASE["faults"])
        return ()
    if kind not in (PhaseKind.FAULT, None):
        want = "'kind: fault' for a phase that breaks something"
        fields.problem("faults", found=f"faults in a phase of kind {kind}", want=want)
    faults = [
        (node, fault)
        for node in fields.listing("faults")
        if (fault := _fault(node, phase_s, around, fields.problems))
    ]
    _check_apart(faults, fields.problems)
    return tuple(fault for _, fault in faults)


def _fault(
    node: Node, phase_s: float | None, around: _Around, problems: Problems
) -> FaultPlan | None:
    fields = fields_of(node, of="the fault", examples=_FAULT, problems=problems)
    if fields is None:
        return None
    kind = fields.value("kind", values.one_of(around.faults))
    site = _site(fields, around, needed=kind is None or around.faults[kind].needs_site)
    at_s, for_s = fields.value("at", values.moment), fields.value("for", values.duration)
    runbook = fields.file("runbook", around.folder)
    if at_s is not None and for_s is not None:
        _check_window(fields, at_s, at_s + for_s, phase_s)
    if kind is None or site is None or at_s is None or for_s is None:
        return None
    return FaultPlan(kind, site, at_s, for_s, os.path.normpath(runbook) if runbook else None)


def _check_window(fields: Fields, start_s: float, end_s: float, phase_s: float | None) -> None:
    if phase_s is not None and end_s > phase_s:
        found = f"a fault from {format_duration(start_s)} to {format_duration(end_s)}"
        want = f"an end within its phase of {format_duration(phase_s)}, so that it heals there"
        fields.problem("for", found=found, want=want)


def _site(fields: Fields, around: _Around, *, needed: bool) -> str | None:
    if "site" not in fields and not needed:
        return ""
    return fields.value("site", values.one_of(around.sites) if around.sites else values.text)


def _check_apart(faults: Iterable[tuple[Node, FaultPlan]], problems: Problems) -> None:
    """Add a problem for each fault that begins while another one still holds the same site."""
    ordered = sorted(faults, key=lambda each: (each[1].site, each[1].at_s))
    for (_, earlier), (node, later) in combinations(ordered, 2):
        if earlier.site == later.site and later.at_s < earlier.end_s:
            found = f"{later.kind} at {format_duration(later.at_s)}, while {earlier.kind} holds"
            want = f"an 'at' of {format_duration(earlier.end_s)} or later for {later.site!r}"
            problems.add(node.place, found=found, want=want)
