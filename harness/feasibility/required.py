"""Whether each requirement of a target has a check, and a scenario makes that check. Pure."""

from collections.abc import Iterable, Iterator

from harness.errors import Note, Problem
from harness.kpi.catalogue import CATALOGUE
from harness.model.handover import ROLLBACK
from harness.model.inventory import InterfaceKind, handed_over
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Sla
from harness.model.target import Need, Opening, Requirement, Target

_MINUTES_A_DAY = 24 * 60
_KNOWN = {
    Need.ACCESSIBILITY: "lines QUEUE, tickets or news",
    Need.REPORTING: "the name of a KPI that the provider's own metrics tell",
    Need.REDUNDANCY: "a kind of fault with its place, as in site_down north, or rollback",
}


def unmapped(target: Target, faults: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each requirement that no check decides. *faults* are all kinds."""
    kinds = frozenset(faults)
    for each in target.requirements:
        where = f"target {target.name}: requirements.{each.need}"
        if not _is_known(each, target, kinds):
            yield Problem(where, f"{each.what!r} with the check {each.check!r}", _KNOWN[each.need])
        elif each.open is not None and not _open_enough(each, target):
            declared = ", ".join(map(str, target.opening_hours.get(_queue(each), ())))
            yield Problem(
                where,
                f"{each.what!r}, open {', '.join(map(str, each.open)) or 'always'}, and the"
                " provider opens"
                f" {declared}",
                "opening_hours that hold all of it, or a requirement that the provider can meet",
            )


def unrehearsed(target: Target, scenario: Scenario, sla: Sla) -> Iterator[Note]:
    """Yield a note for each requirement whose check *scenario* and *sla* do not make."""
    made = set(_made(target, scenario, sla))
    for each in target.requirements:
        if each.check not in made:
            yield Note(
                f"target {target.name}: requirements.{each.need}",
                f"NOT REHEARSED HERE: {each.what!r} ({each.check})",
            )


def _is_known(each: Requirement, target: Target, faults: frozenset[str]) -> bool:
    match each.need:
        case Need.ACCESSIBILITY:
            queues = {queue for skills in target.staffing.values() for queue in skills}
            if target.remote is not None:
                queues |= set(target.remote.lines)
            return each.check in ("tickets", "news") or (
                each.check.startswith("lines ") and (_queue(each) in queues or not queues)
            )
        case Need.REPORTING:
            kpi = CATALOGUE.get(each.check)
            return kpi is not None and kpi.provider is not None
        case Need.REDUNDANCY:
            return each.check == ROLLBACK or each.check.partition(" ")[0] in faults


def _queue(each: Requirement) -> str:
    return each.check.partition(" ")[2]


def _made(target: Target, scenario: Scenario, sla: Sla) -> Iterator[str]:
    """Yield every check that a run of *scenario* makes, as a requirement names it."""
    if any(phase.kind is PhaseKind.LINES for phase in scenario.phases):
        for interface in handed_over(scenario, target):
            line = interface.kind is InterfaceKind.LINE
            yield f"lines {interface.queue}" if line else interface.name
    for objective in sla.objectives:
        if CATALOGUE[objective.kpi].provider is not None and target.sources:
            yield objective.kpi
    for phase in scenario.phases:
        if phase.step.back_within_s is not None:
            yield ROLLBACK
        for fault in phase.faults:
            yield fault.title
            yield fault.kind


def _open_enough(each: Requirement, target: Target) -> bool:
    """Whether the declared hours of a queue hold all that is required; without any it is open."""
    declared = target.opening_hours.get(_queue(each))
    if declared is None:
        return True
    asked = _minutes(each.open) if each.open else set(range(7 * _MINUTES_A_DAY))  # always
    return asked <= _minutes(declared)


def _minutes(hours: Iterable[Opening]) -> set[int]:
    """Return every minute of the week in which *hours* are open."""
    found: set[int] = set()
    for each in hours:
        start = each.start.hour * 60 + each.start.minute
        end = each.end.hour * 60 + each.end.minute
        length = (end - start) % _MINUTES_A_DAY or _MINUTES_A_DAY
        for day in each.weekdays:
            first = day * _MINUTES_A_DAY + start
            found |= {minute % (7 * _MINUTES_A_DAY) for minute in range(first, first + length)}
    return found
