"""What theory expects of a scenario, as a table for people, and what is worth a remark."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.errors import Note
from harness.feasibility.asked import (
    DEFAULT_THRESHOLD_S,
    SERVICE_LEVEL,
    goal_text,
)
from harness.feasibility.decidable import laxer_than_the_goal, not_asked
from harness.feasibility.prospects import Prospect
from harness.feasibility.reachable import tensions
from harness.model.contact import Stream
from harness.model.scenario import Phase, Scenario
from harness.model.sla import Sla
from harness.model.target import Target
from harness.model.units import format_duration, format_share
from harness.verdict.expectations import beyond_comfort, comfort_text
from harness.verdict.forecast import (
    Forecast,
    Stretch,
    forecast,
    predictable,
    skills,
    stretches,
    theory,
)
from harness.verdict.words import NOTHING, plural, quantity, roughly, seconds

_BACKLOG = "ticket_backlog"
_ROW = "{:<17.17} {:<12.12} {:>8} {:>6} {:>8} {:>8} {:>7} {:>5}"


def outlook(scenario: Scenario, target: Target, sla: Sla) -> tuple[str, ...]:
    """Return a table of what to expect of each phase and queue, in lines of at most 80 letters.

    A phase in which a site is lost has a second row for the time of the loss. Empty if nothing can
    be predicted.
    """
    rows = [_row(each) for each in expectations(scenario, target, sla)]
    if not rows:
        return ()
    within = f"in {format_duration(counted_within_s(sla))}"
    head = _ROW.format("phase", "queue", "contacts", "heads", within, "hang up", "answer", "busy")
    return (
        f"Expected of the staffing declared, each site a pool of its own ({theory(scenario)}):",
        head,
        *rows,
    )


def remarks(
    scenario: Scenario, target: Target, sla: Sla, found: Iterable[Prospect]
) -> Iterator[Note]:
    """Yield what is worth knowing before *scenario* is run, and stands in nobody's way.

    *found* is what the planned contacts can decide.
    """
    yield from _without_handle_time(scenario, target)
    if skipped := not_asked(scenario, sla):
        text = f"asked of no phase here, so that a GO says nothing of it: {', '.join(skipped)}"
        yield Note(f"{sla.path}", text)
    for each in laxer_than_the_goal(sla):
        where = f"{sla.path}:{each.line}" if each.line else f"{sla.path}"
        yield Note(
            where,
            f"no gate of {each.kpi} asks its own goal of {each.goal_text}, all ask less: a GO says"
            " nothing of the goal until one of 'gates' says it too",
        )
    yield from tensions(scenario, target, sla)
    yield from _nobody_replies(scenario, sla)
    yield from _in_doubt(sla, found)
    for phase, scope, occupancy in beyond_comfort(scenario, target):
        yield Note(f"{scenario.path}: {phase}: {scope}", comfort_text(occupancy))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What theory expects of one queue (or ``tickets``) in one phase.

    *lost* names the sites without which it is expected: a row for the time of a loss alone.
    """

    phase: Phase
    scope: str
    forecast: Forecast
    lost: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The phase's name, or what is lost within it."""
        return f"  {' or '.join(self.lost)} lost" if self.lost else self.phase.name

    @property
    def cells(self) -> tuple[str, ...]:
        """Heads, service level, abandonment, speed of answer and occupancy as people read them."""
        found = self.forecast
        asa_s = found.asa_s
        return (
            f"{found.heads:,.0f}",
            _share(found.service_level),
            _share(found.abandonment),
            NOTHING if asa_s is None else "0 s" if asa_s < 0.05 else seconds(asa_s),
            NOTHING if found.occupancy is None else f"{found.occupancy:.0%}",
        )


def expectations(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Expectation]:
    """Yield what theory expects, by phase and queue; nothing of what it cannot predict.

    A phase in which a site is lost has a second one for the time of the loss.
    """
    threshold_s = counted_within_s(sla)
    for phase in scenario.phases:
        lost = tuple(sorted({site for stretch in stretches(phase) for site in stretch.gone}))
        for scope in skills(scenario):
            found = forecast(scenario, target, phase, scope, threshold_s=threshold_s)
            if found is None:
                continue
            yield Expectation(phase, scope, found)
            during = lost and forecast(
                scenario, target, phase, scope, threshold_s=threshold_s, only=_with_a_loss
            )
            if during:
                yield Expectation(phase, scope, during, lost)


def _row(found: Expectation) -> str:
    contacts = f"{found.forecast.contacts:,.0f}"
    return _ROW.format(found.title, found.scope, contacts, *found.cells).rstrip()


def _with_a_loss(stretch: Stretch) -> bool:
    return bool(stretch.gone)


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{share * 100:.1f} %"


def counted_within_s(sla: Sla) -> float:
    """Return within which time *sla* counts calls; the shortest if it names several."""
    named = [o.threshold_s for o in sla.objectives if o.kpi == SERVICE_LEVEL and o.threshold_s]
    return min(named, default=DEFAULT_THRESHOLD_S)


def _without_handle_time(scenario: Scenario, target: Target) -> Iterator[Note]:
    unknown = [skill for skill in skills(scenario) if not predictable(target, skill)]
    missing = [skill for skill in unknown if skill not in target.handle_s]
    by_times = [skill for skill in unknown if skill in target.handle_s]
    if missing:
        yield Note(
            f"target {target.name}",
            f"no handle_time for {' and '.join(missing)}, so nothing can be predicted of it;"
            " 'handle_time: 3m' says what a contact takes an agent",
        )
    if by_times:
        yield Note(
            f"target {target.name}",
            f"{' and '.join(by_times)} staffed by times of day, and nobody knows what time it is"
            " there when a run begins, so nothing can be predicted of it",
        )


def _nobody_replies(scenario: Scenario, sla: Sla) -> Iterator[Note]:
    """Yield a note if the backlog is judged and customers leave the provider's questions open."""
    tickets = scenario.tickets
    backlog = any(each.kpi == _BACKLOG for each in sla.objectives)
    if tickets and tickets.writers.replies is None and backlog:
        yield Note(
            f"{scenario.path}: traffic: tickets",
            "no 'replies', so a ticket in which the provider asks something waits for ever, and the"
            f" {_BACKLOG} that {sla.name} limits grows by each; 'replies: {{share: 90%, after:"
            " {median: 10m, sigma: 1}}' has customers answer",
        )


def _in_doubt(sla: Sla, every: Iterable[Prospect]) -> Iterator[Note]:
    """Yield a note for each objective that the plan will probably not see passed, and why."""
    for found in every:
        where = found.asked.where(sla)
        if not found.reaches:
            yield Note(where, short_of_text(found))
        elif found.too_few:
            yield Note(where, too_few_text(found))


def short_of_text(found: Prospect) -> str:
    """Return how far what theory expects is from the goal."""
    each, expected = found.asked, found.expected
    clearly = expected is not None and each.missed_clearly_by(expected)
    return (
        f"theory expects {quantity(expected, each.kpi.unit)} of the declared staffing, short"
        f" of {goal_text(each)}, {'' if clearly else 'though not '}by more than theory may err"
    )


def too_few_text(found: Prospect) -> str:
    """Return how many contacts are planned, how many it would take, and how much longer that is."""
    each, planned = found.asked, found.planned or 0.0
    what = "ticket" if each.kpi.stream is Stream.TICKETS else "call"
    if found.needed is None:
        return (
            f"{plural(round(planned), what)} planned; the truth expected,"
            f" {format_share(found.expected or 0.0)}, is so close to {goal_text(each)} that no"
            " sensible number would tell them apart"
        )
    more = f"about {plural(round(found.needed - planned) or 1, f'more {what}')}"
    if found.phase_s is not None:
        more += f", or {roughly(found.phase_s - each.phase.duration_s)} longer"
    truth = format_share(found.expected or 0.0)
    return (
        f"{plural(round(planned), what)} planned; were the truth {truth}, about"
        f" {found.needed:,} would be needed to pass {goal_text(each)} four times in five ({more})"
    )
