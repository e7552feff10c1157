"""What was measured while nobody, or too few, were there to answer: nobody's failure, no proof.

A provider's test environment has no agents of its own. What customers went through there says
nothing of the provider unless somebody was logged in: its own people, or our virtual agents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from harness.model.event import PhaseRun
from harness.model.staffing import Crew, People, ShiftTally, StaffedBy, staffing_of
from harness.model.units import format_share
from harness.model.verdict import ObjectiveResult, Status
from harness.verdict.evidence import Evidence

NEEDS_NOBODY = frozenset(
    {
        "blocked", "blocked_time", "ner", "setup_mean", "setup_p95", "ivr_containment",
        "api_availability", "api_p95", "api_p99", "lost_tickets", "duplicated_tickets",
        "wrong_tickets", "detection",
    }
)  # fmt: skip
"""The KPIs that say something of a centre in which nobody works. Any other one, new ones too, takes
agents: to be careful is to say "not decided" once too often."""
_LINES = "lines"
_MOST_AWAY = 0.05
"""So much of their time the agents of a site without a fault may be missing."""
_MOST_SLOW = 0.01


@dataclass(frozen=True, slots=True)
class Absence:
    """Why what needs agents is not decided, in *phase* or (empty) in the whole run.

    *worse_only*: agents were there, and late; what passed has passed in spite of it.
    """

    what: str
    phase: str = ""
    worse_only: bool = False


def absences(run: Evidence) -> tuple[Absence, ...]:
    """Return every reason why customers of *run* had nobody to answer them, or not as meant."""
    if not run.phases():
        return ()
    staffing = staffing_of(run.scenario.staffed_by, run.target)
    if staffing.by is StaffedBy.NOBODY:
        return (Absence(_nobody(run)),)
    if staffing.people is not None:
        return tuple(_outside(run, staffing.people))
    if staffing.crew is not None:
        return tuple(_of_ours(run, staffing.crew))
    return ()


def without_agents(results: Sequence[ObjectiveResult], run: Evidence) -> list[ObjectiveResult]:
    """Return *results*, those that need agents undecided where these were not there."""
    missing = absences(run)
    return [_excused(result, missing, run) for result in results]


def _excused(result: ObjectiveResult, missing: Sequence[Absence], run: Evidence) -> ObjectiveResult:
    if result.kpi in NEEDS_NOBODY or (result.kpi == _LINES and not _only_unanswered(run)):
        return result
    good = result.status in (Status.PASS, Status.WARN)
    for absence in missing:
        here = absence.phase in ("", result.phase) or result.kind is None
        if here and not (good and absence.worse_only):
            note = "; ".join(filter(None, (absence.what, result.note)))
            return replace(result, status=Status.INCONCLUSIVE, note=note)
    return result


def _only_unanswered(run: Evidence) -> bool:
    """Whether every line that is not right reached its queue, and merely nobody answered."""
    return all(check.ok or (check.queue and check.reached == check.queue) for check in run.lines())


def _nobody(run: Evidence) -> str:
    if run.scenario.staffed_by is not None:
        return "nobody was there to answer: the scenario says staffed_by: nobody"
    return (
        f"nobody was there to answer: {run.target.name} simulates no agents, and the scenario does"
        " not say who staffs it (staffed_by: provider or harness)"
    )


def _outside(run: Evidence, people: People) -> Iterator[Absence]:
    """Yield an absence for each phase that did not lie within the provider's people's hours."""
    for phase in run.phases():
        start, end = _moment(run, phase.start_s), _moment(run, _last(phase))
        if start < people.start or end > people.end:
            yield Absence(
                f"the provider's {people.people} people were there from {_shown(people.start)} to"
                f" {_shown(people.end)}; {phase.name} ran from {_shown(start)} to {_shown(end)}",
                phase.name,
            )


def _last(phase: PhaseRun) -> float:
    return min(phase.end_s, phase.held_until_s)


def _moment(run: Evidence, at_s: float) -> datetime:
    return datetime.fromtimestamp(run.wall(at_s), UTC)


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _of_ours(run: Evidence, crew: Crew) -> Iterator[Absence]:
    tallies = {(tally.site, tally.skill): tally for tally in run.staff()}
    for site, skills in crew.heads.items():
        for skill, heads in skills.items():
            tally = tallies.get((site, skill)) or ShiftTally(site=site, skill=skill)
            yield from _missing(run, tally, heads)
    whole = [tally for tally in tallies.values() if not _broken(run, tally.site)]
    taken, slow = sum(tally.taken for tally in whole), sum(tally.slow for tally in whole)
    if slow > _MOST_SLOW * taken:
        worst_s = max(tally.slowest_s for tally in whole)
        yield Absence(
            f"our virtual agents were slow: {slow} of {taken} offers were taken more than 2 s later"
            f" than meant (the slowest {worst_s:.1f} s); use a quieter machine or less speed",
            worse_only=True,
        )


def _missing(run: Evidence, tally: ShiftTally, heads: int) -> Iterator[Absence]:
    """Yield an absence if *heads* agents were not there, or not for long enough."""
    absent = heads - tally.heads + tally.absent
    who = f"virtual agents for {tally.skill} at {tally.site}"
    if absent:
        why = f" ({tally.first_error})" if tally.first_error else ""
        yield Absence(f"{absent} of {heads} {who} could not log in{why}")
    elif heads and not _broken(run, tally.site) and tally.wanted_s:
        share = tally.present_s / tally.wanted_s
        if share < 1 - _MOST_AWAY:
            yield Absence(
                f"the {heads} {who} were logged in for {format_share(share)} of their time only"
            )


def _broken(run: Evidence, site: str) -> bool:
    """Whether a fault took *site*, or something that all sites need: agents are lost with it."""
    return any(fault.site in ("", site) for fault in run.faults())
