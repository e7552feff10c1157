"""What makes a whole run undecided, whatever its numbers say: the tester's own failings first.

A late generator, a fault that never took effect or a store that could not be read make every green
number worthless; a run that ended early has proved only what it got to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.model.event import Ending, PhaseRun
from harness.model.sample import SCRAPE_EVERY_WALL_S, Series
from harness.model.scenario import PhaseKind
from harness.model.sla import Sla
from harness.model.verdict import Away, Doubt, Interruption, TicketAudit
from harness.verdict.clocks import doubts_of_the_clocks
from harness.verdict.evidence import Evidence
from harness.verdict.felt import felt_in
from harness.verdict.lasting import own_growth
from harness.verdict.self_check import doubts_of_the_generator, limits
from harness.verdict.unanswered import absences
from harness.verdict.words import NOT_SHOWN, clock

LEAST_COVERAGE = 0.95
"""Share of a phase's wall seconds in which a source must have answered a scrape; one miss is
allowed however short the phase."""


def doubts(
    run: Evidence, found: TicketAudit | None, sla: Sla, away: Sequence[Interruption] = ()
) -> list[Doubt]:
    """Return everything that keeps *run* from being decided by *sla*, gravest first.

    *away* is what was interrupted meanwhile.
    """
    return [
        *_of_a_starved_mock(run, away),  # first: it may be why a gate stayed shut
        *_of_the_ending(run),
        *(Doubt(absence.what, absence.phase) for absence in absences(run)),
        *_of_the_generator(run, sla),
        *doubts_of_the_clocks(run),
        *_of_the_steps(run),
        *_of_the_faults(run),
        *_of_what_was_away(run, away),
        *_of_the_scrapes(run, away),
        *_of_the_audit(found),
        *own_growth(run),
    ]


def _of_the_generator(run: Evidence, sla: Sla) -> Iterator[Doubt]:
    limit = limits(run.scenario.generator, sla)
    for doubt in doubts_of_the_generator(run.health, limit, speed=run.facts.speed):
        yield replace(doubt, of_generator=True)


def _of_a_starved_mock(run: Evidence, away: Sequence[Interruption]) -> Iterator[Doubt]:
    """Yield a doubt for each site that the mock's edge gave up though nothing was broken there.

    Its processes are ours to feed: one that gets no turn for some tenths of a second misses its
    health checks, and callers are turned away for that. A provider who gives up a site lost it.
    """
    if run.target.remote is not None:
        return
    phases, faults = run.phases(), run.faults()
    broken = [felt for phase in phases for felt in felt_in(phase, faults)]
    for site, told in _told_of_sites(run).items():
        excused = [each for each in broken if each.fault.site in ("", site)]
        for start_s, end_s in _given_up(told):
            if any(each.meets(start_s, end_s) for each in excused):
                continue
            if any(site in each.of and each.overlaps(start_s, end_s) for each in away):
                continue
            yield Doubt(
                f"the mock gave up {site} from {clock(start_s)} to {clock(end_s)}, though nothing"
                " was broken there: on a busy machine its answers come too late;"
                " use a quieter machine or less speed",
                next((p.name for p in phases if p.start_s <= start_s < p.held_until_s), ""),
            )


def _told_of_sites(run: Evidence) -> dict[str, list[tuple[float, bool]]]:
    """Return when the edge told of each site, and whether it took part. Pages are read once."""
    found: dict[str, list[tuple[float, bool]]] = {site: [] for site in run.target.sites}
    series = [Series("cc_site_up", (("site", site),)) for site in found]
    for at_s, ok, values in run.told("edge").of(*series):
        for told, value in zip(found.values(), values, strict=True):
            if ok and value is not None:
                told.append((at_s, value == 1))
    return found


def _given_up(told: Sequence[tuple[float, bool]]) -> Iterator[tuple[float, float]]:
    """Yield from when to when a site that had been there took no part."""
    was_up, down_s = False, None
    for at_s, is_up in told:
        if is_up and down_s is not None:
            yield down_s, at_s
            down_s = None
        elif not is_up and was_up and down_s is None:
            down_s = at_s
        was_up = was_up or is_up
    if down_s is not None:
        yield down_s, told[-1][0]


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
                what = f"{fault.title} {NOT_SHOWN}"
                yield Doubt(what, phase.name)
            if not fault.healed:
                yield Doubt(f"{fault.title} was not shown to be healed", phase.name)
        missing = len(phase.faults) - len(done)
        if phase.name in ran and missing > 0:
            yield Doubt(f"faults of {phase.name} never injected: {missing}", phase.name)


def _of_what_was_away(run: Evidence, away: Sequence[Interruption]) -> Iterator[Doubt]:
    """Yield a doubt for what nobody saw, and for what a page that stood still has told."""
    for each in away:
        from_to = f"from {clock(each.start_s)} to {clock(each.end_s or each.start_s)}"
        for phase in _judged_by_scrapes(run):
            if not each.overlaps(phase.start_s, phase.end_s):
                continue
            if each.kind is Away.NETWORK:
                what = f"{each.what}, {from_to}: the network between, ours or its own"
                yield Doubt(what, phase.name)
            elif each.kind is Away.FROZEN:
                what = f"the metrics page of {each.of[0]} stood still in {phase.name}, {from_to}"
                yield Doubt(f"{what}: its process did not", phase.name)


def _judged_by_scrapes(run: Evidence) -> Iterator[PhaseRun]:
    """Yield the phases of a load that were not cut short, which is a doubt of its own."""
    for phase in run.phases():
        if phase.kind is not PhaseKind.LINES and phase.held_until_s >= phase.end_s:
            yield phase


def _of_the_scrapes(run: Evidence, away: Sequence[Interruption]) -> Iterator[Doubt]:
    """Yield a doubt for what was not scraped; once is enough where nothing could be reached."""
    gone = [each for each in away if each.kind is Away.NETWORK]
    doubted = {
        phase.name
        for phase in run.phases()
        for each in gone
        if each.overlaps(phase.start_s, phase.end_s)
    }
    for source in run.target.sources:
        yield from (each for each in _of_one_source(run, source) if each.phase not in doubted)


def _of_one_source(run: Evidence, source: str) -> Iterator[Doubt]:
    """Yield a doubt for each phase in which *source* should have answered and did not."""
    answers = list(run.answers(source))
    for phase in _judged_by_scrapes(run):
        broken = [each for each in felt_in(phase, run.faults()) if each.fault.site == source]
        if broken and phase.kind is not PhaseKind.SOAK:
            continue
        tried = [
            ok
            for at_s, ok in answers
            if phase.start_s <= at_s <= phase.end_s
            and not any(out.start_s <= at_s < out.end_s for out in broken)
        ]
        whole_s = phase.end_s - phase.start_s - sum(out.within_s(phase) for out in broken)
        length_wall_s = whole_s / run.facts.speed
        due = max(len(tried), int(length_wall_s / SCRAPE_EVERY_WALL_S))
        if not sum(tried) or sum(tried) < min(due - 1, LEAST_COVERAGE * due):
            what = f"{source} answered {sum(tried)} of {due} scrapes in {phase.name}"
            yield Doubt(what, phase.name)


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
