"""What makes a whole run undecided, whatever its numbers say: the tester's own failings first.

A late generator, a fault that never took effect or a store that could not be read make every green
number worthless; a run that ended early has proved only what it got to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from harness.model.event import Ending
from harness.model.sample import SCRAPE_EVERY_WALL_S, Series
from harness.model.scenario import PhaseKind
from harness.model.sla import Sla
from harness.model.verdict import Doubt, TicketAudit
from harness.verdict.evidence import Evidence
from harness.verdict.lasting import own_growth
from harness.verdict.self_check import doubts_of_the_generator, limits
from harness.verdict.unanswered import absences

_ALIVE = Series("process_cpu_seconds_total")
_STILL_AFTER = 30
"""So many scrapes in a row that tell the same of a process that answered them."""
LEAST_COVERAGE = 0.95
"""Share of a phase's wall seconds in which a source must have answered a scrape; one miss is
allowed however short the phase."""


def doubts(run: Evidence, found: TicketAudit | None, sla: Sla) -> list[Doubt]:
    """Return everything that keeps *run* from being decided by *sla*, gravest first."""
    return [
        *_of_the_ending(run),
        *(Doubt(absence.what, absence.phase) for absence in absences(run)),
        *_of_the_generator(run, sla),
        *_of_the_steps(run),
        *_of_the_faults(run),
        *_of_the_scrapes(run),
        *_of_the_audit(found),
        *own_growth(run),
    ]


def _of_the_generator(run: Evidence, sla: Sla) -> Iterator[Doubt]:
    limit = limits(run.scenario.generator, sla)
    for doubt in doubts_of_the_generator(run.health, limit, speed=run.facts.speed):
        yield replace(doubt, of_generator=True)


def _of_the_ending(run: Evidence) -> Iterator[Doubt]:
    ran = {phase.name for phase in run.phases()}
    missing = [phase.name for phase in run.scenario.phases if phase.name not in ran]
    if run.ending is Ending.INTERRUPTED:
        yield Doubt("the run was interrupted")
    elif run.ending is Ending.HALTED:
        yield Doubt(f"the run was stopped early: {run.halted_by}")
    elif run.ending is Ending.REFUSED:
        yield Doubt(f"the guard refused the target: {run.halted_by}")
    elif run.ending is Ending.BROKEN:
        yield Doubt("the run broke off")
    if missing:
        yield Doubt(f"never run: {', '.join(missing)}")


def _of_the_steps(run: Evidence) -> Iterator[Doubt]:
    taken = {step.phase: step for step in run.steps()}
    for ran in run.phases():
        step = taken.get(ran.name)
        if run.scenario.phase(ran.name).step and (step is None or step.done_s is None):
            why = step.why if step is not None else "it was never ordered"
            yield Doubt(f"the step of {ran.name} was not taken: {why}", ran.name)


def _of_the_faults(run: Evidence) -> Iterator[Doubt]:
    ran = {phase.name for phase in run.phases()}
    for phase in run.scenario.phases:
        done = [fault for fault in run.faults() if fault.phase == phase.name]
        for fault in done:
            if not fault.proven:
                what = f"{fault.title} was not shown to have taken effect"
                yield Doubt(what, phase.name)
            if not fault.healed:
                yield Doubt(f"{fault.title} was not shown to be healed", phase.name)
        missing = len(phase.faults) - len(done)
        if phase.name in ran and missing > 0:
            yield Doubt(f"faults of {phase.name} never injected: {missing}", phase.name)


def _of_the_scrapes(run: Evidence) -> Iterator[Doubt]:
    for source in run.target.sources:
        yield from _of_one_source(run, source)


def _of_one_source(run: Evidence, source: str) -> Iterator[Doubt]:
    """Yield a doubt for each phase in which *source* should have answered and did not.

    Or in which it answered with a page that stands still.
    """
    scrapes = [
        (scrape.at_s, scrape.ok, scrape.values.get(_ALIVE)) for scrape in run.scrapes(source)
    ]
    for phase in run.phases():
        if phase.held_until_s < phase.end_s:  # it was cut short, which is a doubt of its own
            continue
        broken = {fault.site for fault in run.faults() if fault.phase == phase.name}
        if phase.kind is PhaseKind.LINES or source in broken:
            continue
        seen = [each for each in scrapes if phase.start_s <= each[0] <= phase.end_s]
        tried = [ok for _, ok, _ in seen]
        length_wall_s = (phase.end_s - phase.start_s) / run.facts.speed
        due = max(len(tried), int(length_wall_s / SCRAPE_EVERY_WALL_S))
        if not sum(tried) or sum(tried) < min(due - 1, LEAST_COVERAGE * due):
            what = f"{source} answered {sum(tried)} of {due} scrapes in {phase.name}"
            yield Doubt(what, phase.name)
        if _stands_still([alive for _, ok, alive in seen if ok]):
            what = f"the metrics page of {source} stood still in {phase.name}: its process did not"
            yield Doubt(what, phase.name)


def _stands_still(told: Sequence[float | None]) -> bool:
    """Whether a process said for long, again and again, that it had used no CPU at all.

    It answered meanwhile, so it has: its page is an old one.
    """
    alike = 1
    for before, after in pairwise(told):
        alike = alike + 1 if before is not None and before == after else 1
        if alike >= _STILL_AFTER:
            return True
    return False


def _of_the_audit(found: TicketAudit | None) -> Iterator[Doubt]:
    if found is None:
        return
    if found.sites_unread:
        yield Doubt(f"the ticket stores of {', '.join(found.sites_unread)} could not be read")
    if found.divergent:
        yield Doubt(f"the sites' stores differ in {len(found.divergent)} tickets")
    if found.resurrected:
        yield Doubt(f"{len(found.resurrected)} tickets that were refused are stored all the same")
    if found.phantom:
        yield Doubt(f"{len(found.phantom)} stored tickets are none of ours")
