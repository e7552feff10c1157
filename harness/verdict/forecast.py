"""What queueing theory expects of a phase, from the declared staffing alone: never from the run.

Each site is a pool of its own for each queue, and gets calls by its heads: a provider that routes
by another rule, or shares one queue between sites, does a little worse or better. A load that
moves, the intervals of a shape, the half hours of a varying day and a fault that takes a site away
are cut into stretches of constant load, each as if it had lasted for ever (pointwise stationary),
which is rough for stretches below a few handle times. Redials, priorities and shared skills are
outside it (``harness.kpi.erlang``), and so are days other than those that the seed draws. Patience
counts by its shape, not only its mean (``harness.kpi.patience``).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import pairwise

from harness.kpi.erlang import Expected, Pool, expect
from harness.kpi.patience import expect_with
from harness.kpi.search import least
from harness.model.contact import Stream
from harness.model.patience import Patience, exponential
from harness.model.scenario import Phase, PhaseKind, Scenario
from harness.model.sla import Formula
from harness.model.target import Target
from harness.traffic.rate import jumps
from harness.traffic.schedule import rate_per_s
from harness.verdict.roster import at_the_time_of, changes, knows_who_is_there, on_duty

TICKETS = "tickets"
"""The scope of those who answer tickets; any other is a queue, a line, a site, or empty: all."""
KPIS = frozenset({"service_level", "abandonment", "asa", "occupancy"})
"""What theory has a value for."""
TAKE_A_SITE = frozenset({"site_down", "site_hang"})
"""The kinds of faults of which it is known that a site's agents are gone while they last."""
_SLICES = 8
_LONGEST_PATIENCE_S = 86_400.0
"""Who waits for a day might as well wait for ever; without an end the sums would be as long."""
_MOST_PER_HOUR = 10_000_000.0
_MOST_HEADS = 1_000_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of one scope in one phase, or in one part of it.

    *contacts* that will arrive, *per_hour* on average, *heads* at work on average: those paid, less
    the shrinkage. *erlangs* is the load offered to them: contacts in an hour times the hours that
    each takes an agent. *in_progress* is how many calls are in the centre at a time, by Little's
    law: those who wait, and those with an agent (wrap-up counted in, since a handle time does not
    tell it apart). None is what theory cannot tell: tickets have no hanging up, nobody answered
    has no wait. Shares are 0..1.
    """

    contacts: float
    per_hour: float
    heads: float
    service_level: float | None
    abandonment: float | None
    asa_s: float | None
    occupancy: float | None
    quit_in_time: float | None = None
    erlangs: float = 0.0
    in_progress: float | None = None

    def of(self, kpi: str, formula: Formula = Formula.OFFERED) -> float | None:
        """Return the value for *kpi*, a service level by *formula*; None if theory has none."""
        values = {
            "service_level": self.served(formula),
            "abandonment": self.abandonment,
            "asa": self.asa_s,
            "occupancy": self.occupancy,
        }
        return values.get(kpi)

    def served(self, formula: Formula) -> float | None:
        """Return the service level by *formula*, where nobody takes a callback or flows out.

        None for the two that tell short abandons from others: theory was not asked for those.
        """
        level, lost, early = self.service_level, self.abandonment, self.quit_in_time
        if level is None or lost is None or early is None:
            return None
        if formula in (Formula.OFFERED, Formula.GENESYS):
            return level
        if formula in (Formula.CREDIT_ALL, Formula.DEQUEUED):
            return level + early
        if formula is Formula.ANSWERED:
            return level / (1 - lost) if lost < 1 else None
        if formula is Formula.EXCL_T:
            return level / (1 - early) if early < 1 else None
        return None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a phase in which load and sites do not change.

    *share* is its part of the phase (0..1), *middle* where its middle lies, *gone* the sites whose
    agents are lost. *known* is False while a fault holds of which theory knows nothing.
    """

    share: float
    middle: float
    gone: frozenset[str] = frozenset()
    known: bool = True


def stretches(phase: Phase, jumps: Sequence[float] = ()) -> Iterator[Stretch]:
    """Yield the stretches of *phase*, in order; none if it has no load.

    *jumps* are the places (0..1) where something else than its load or a fault changes: where an
    interval of a shape or a recording, a half hour of a varying day, or a shift ends.
    """
    if not phase.duration_s or not phase.load.peak:
        return
    cuts = {0.0, 1.0, *jumps}
    for fault in phase.faults:
        cuts |= {fault.at_s / phase.duration_s, min(1.0, fault.end_s / phase.duration_s)}
    if phase.load.start != phase.load.end:
        cuts |= {number / _SLICES for number in range(1, _SLICES)}
    for start, end in pairwise(sorted(cuts)):
        middle = (start + end) / 2
        at_s = middle * phase.duration_s
        faults = [fault for fault in phase.faults if fault.at_s <= at_s < fault.end_s]
        yield Stretch(
            share=end - start,
            middle=middle,
            gone=frozenset(fault.site for fault in faults if fault.kind in TAKE_A_SITE),
            known=all(fault.kind in TAKE_A_SITE for fault in faults),
        )


def forecast(
    scenario: Scenario,
    target: Target,
    phase: Phase,
    scope: str = "",
    *,
    threshold_s: float,
    only: Callable[[Stretch], bool] = lambda stretch: True,
) -> Forecast | None:
    """Return what to expect of *scope* in *phase*, or in the stretches of it that are wanted.

    *scope* is a queue, a line (its callers wait in its queue), a site, ``tickets``, or empty for
    all callers. None if anything it needs is not declared: handle time, heads, or calls of it; or
    if a fault holds in it that theory knows nothing of. A soak counts without such a time.
    """
    meant, sites = _meant(scenario, target, scope)
    stream = Stream.TICKETS if meant == [TICKETS] else Stream.CALLS
    cut = _cut(scenario, target, phase, meant, stream)
    wanted = [stretch for stretch in cut if only(stretch)]
    if phase.kind is PhaseKind.SOAK:  # of its hours those in which something is broken are few
        wanted = [stretch for stretch in wanted if stretch.known]
    if not meant or not wanted or not all(stretch.known for stretch in wanted):
        return None
    if not all(map(partial(predictable, target), meant)):
        return None
    parts = [
        part
        for stretch in wanted
        for skill in meant
        for part in _parts(scenario, target, phase, stretch, skill, sites, threshold_s)
    ]
    length_s = sum(stretch.share for stretch in wanted) * phase.duration_s
    return _summed(parts, length_s, of_calls=stream is Stream.CALLS) if parts else None


def theory(scenario: Scenario) -> str:
    """Return the name of the model behind what is expected of the calls of *scenario*."""
    exponential_only = scenario.calls is None or scenario.calls.patience.is_exponential
    return "Erlang A" if exponential_only else "M/M/n+G"


def predictable(target: Target, skill: str) -> bool:
    """Whether *target* declares what a forecast of *skill* needs: a handle time, and heads.

    Heads by times of day do where it is known what time it is there when a run begins.
    """
    return skill in target.handle_s and knows_who_is_there(target, skill)


def _cut(
    scenario: Scenario, target: Target, phase: Phase, meant: Sequence[str], stream: Stream
) -> Iterator[Stretch]:
    """Yield the stretches of *phase*, cut too where *stream* or a shift of the *meant* changes."""
    from_s = scenario.starts_s(phase)
    moments = changes(target, meant, from_s, from_s + phase.duration_s)
    shifts = [(at_s - from_s) / phase.duration_s for at_s in moments]
    yield from stretches(phase, [*jumps(scenario, phase, stream), *shifts])


def at_work(target: Target, paid: int) -> int:
    """Return how many of those *paid* at one site of *target* are at work: less the shrinkage."""
    return round(paid * (1 - target.shrinkage))


def _at_work(target: Target, site: str, skill: str, at_s: float) -> int:
    """Return how many of *skill* are at work at *site*, which may have none, at that moment."""
    staff = target.staffing.get(site, {}).get(skill, 0)
    return at_work(target, on_duty(target, staff, at_s))


def skills(scenario: Scenario) -> list[str]:
    """Return the scopes that have agents of their own: each queue called, and tickets."""
    mix = scenario.calls.mix if scenario.calls else {}
    queues = [queue for queue in scenario.lines if mix.get(queue)]
    return [*queues, TICKETS] if scenario.tickets else queues


def _meant(scenario: Scenario, target: Target, scope: str) -> tuple[list[str], frozenset[str]]:
    """Return the skills and the sites that *scope* means; no skills if it means nothing of ours."""
    everywhere = frozenset(target.sites)
    called = [skill for skill in skills(scenario) if skill != TICKETS]
    if scope == TICKETS:
        return ([TICKETS] if scenario.tickets else []), everywhere
    if not scope:
        return called, everywhere
    queues = [queue for queue in called if scope == queue or scope in scenario.lines[queue]]
    if queues:
        return queues, everywhere
    return (called, frozenset({scope})) if scope in everywhere else ([], everywhere)


@dataclass(frozen=True, slots=True)
class _Part:
    """One site's pool for one skill, for the length of one stretch."""

    pool: Pool
    length_s: float
    expected: Expected

    @property
    def contacts(self) -> float:
        return self.pool.per_hour / 3600 * self.length_s


def _parts(
    scenario: Scenario,
    target: Target,
    phase: Phase,
    stretch: Stretch,
    skill: str,
    sites: frozenset[str],
    threshold_s: float,
) -> Iterator[_Part]:
    """Yield a part for each site that works on *skill* in *stretch*; none if nobody does.

    What finds no site at all is blocked, and in no service level.
    """
    at_s = scenario.starts_s(phase) + stretch.middle * phase.duration_s
    heads = {
        site: _at_work(target, site, skill, at_s)
        for site in target.sites
        if site not in stretch.gone
    }
    per_hour = _per_hour(scenario, phase, stretch, skill)
    everybody = sum(heads.values())
    if not everybody or per_hour > _MOST_PER_HOUR:
        return
    patience = scenario.calls.patience if scenario.calls and skill != TICKETS else None
    for site, number in heads.items():
        if number and site in sites:
            pool = Pool(
                agents=number,
                per_hour=per_hour * number / everybody,
                handle_s=target.handle_s[skill],
            )
            length_s = stretch.share * phase.duration_s
            yield _Part(pool, length_s, _expected(pool, patience, threshold_s))


@lru_cache(maxsize=4096)
def _expected(pool: Pool, patience: Patience | None, threshold_s: float) -> Expected:
    """Return what to expect of *pool*, whose contacts wait for ever without a *patience*.

    Kept, because a week has the same half hours again and again.
    """
    if patience is None:
        return expect(pool, threshold_s=threshold_s)
    if patience.mean_s > _LONGEST_PATIENCE_S:
        patience = exponential(_LONGEST_PATIENCE_S, patience.name)
    return expect_with(pool, patience, threshold_s=threshold_s)


def _per_hour(scenario: Scenario, phase: Phase, stretch: Stretch, skill: str) -> float:
    stream = Stream.TICKETS if skill == TICKETS else Stream.CALLS
    share = scenario.calls.mix.get(skill, 0.0) if scenario.calls and skill != TICKETS else 1.0
    return rate_per_s(scenario, phase, stream, stretch.middle) * 3600 * share


def _summed(parts: Sequence[_Part], length_s: float, *, of_calls: bool) -> Forecast:
    """Return *parts* as one: shares by contacts, waits by the answered, occupancy by agents' time.

    For tickets there is only the occupancy, and more work than heads shows as more than 1.
    """
    contacts = sum(part.contacts for part in parts)
    manned_s = sum(part.pool.agents * part.length_s for part in parts)
    busy_s = sum(
        part.contacts * (1 - part.expected.abandonment) * part.pool.handle_s for part in parts
    )
    answered = sum(part.contacts * (1 - part.expected.abandonment) for part in parts)
    waited_s = sum(
        part.contacts * (1 - part.expected.abandonment) * (part.expected.asa_s or 0.0)
        for part in parts
    )
    waiting_s = sum(part.expected.queue_length * part.length_s for part in parts)
    calls = contacts if of_calls else 0.0
    return Forecast(
        contacts=contacts,
        per_hour=contacts / length_s * 3600,
        heads=manned_s / length_s,
        service_level=_mean(parts, lambda e: e.service_level, calls),
        abandonment=_mean(parts, lambda e: e.abandonment, calls),
        asa_s=waited_s / answered if calls and answered else None,
        occupancy=busy_s / manned_s if manned_s else None,
        quit_in_time=_mean(parts, lambda e: e.quit_in_time, calls),
        erlangs=sum(part.pool.offered * part.length_s for part in parts) / length_s,
        in_progress=(busy_s + waiting_s) / length_s if of_calls else None,
    )


def _mean(
    parts: Sequence[_Part], value: Callable[[Expected], float], contacts: float
) -> float | None:
    if not contacts:
        return None
    return sum(part.contacts * value(part.expected) for part in parts) / contacts


def staffed(target: Target, whose: Sequence[str], heads: int) -> Target:
    """Return *target* with *heads* in all for the skills *whose*, spread as those it declares are.

    Whole heads, the largest remainders rounded up; at least one where there was one.
    """
    places = [
        (site, skill, number)
        for site, staffing in target.staffing.items()
        for skill, number in staffing.items()
        if skill in whose and isinstance(number, int) and number
    ]
    declared = sum(number for *_, number in places)
    if not declared:
        return target
    exact = {(site, skill): number * heads / declared for site, skill, number in places}
    whole = {place: max(1, math.floor(share)) for place, share in exact.items()}
    by_remainder = sorted(exact, key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: max(0, heads - sum(whole.values()))]:
        whole[place] += 1
    return replace(
        target,
        staffing={
            site: {skill: whole.get((site, skill), number) for skill, number in staffing.items()}
            for site, staffing in target.staffing.items()
        },
    )


def heads_needed(
    scenario: Scenario,
    target: Target,
    phase: Phase,
    scope: str,
    *,
    threshold_s: float,
    enough: Callable[[Forecast], bool],
) -> int | None:
    """Return how many heads in all, spread as declared, make *phase* good *enough*.

    By times of day: of those on duty in the middle of the phase. None if no sensible number does,
    or theory cannot tell.
    """
    meant, _ = _meant(scenario, target, scope)
    target = at_the_time_of(target, scenario, phase)

    def good(heads: int) -> bool:
        found = forecast(
            scenario, staffed(target, meant, heads), phase, scope, threshold_s=threshold_s
        )
        return found is not None and enough(found)

    return least(good, most=_MOST_HEADS // 2)
