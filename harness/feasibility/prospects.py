"""What the planned contacts can decide: for each objective, how many there are and what they do.

A truth has to be assumed. Where theory has a value it is that; where not, the provider is taken to
be five points better than the goal. For the chance to catch a bad provider it is taken to be five
points worse than the warn limit. Holm's rule gives what is decided with ease little room for error,
and the rest more: so objectives that pass even by the strictest level leave the others their room.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from harness.feasibility.asked import Asked, asked
from harness.kpi.evidence import CENSUS
from harness.model.contact import Stream
from harness.model.scenario import Phase, Scenario
from harness.model.sla import Direction, Sla, Unit
from harness.model.target import Target
from harness.traffic.schedule import expected_contacts, rate_per_s
from harness.verdict.chances import Chances, Rule, chances, contacts_for
from harness.verdict.forecast import forecast
from harness.verdict.items import family_size

BY = 0.05
"""How far from its goal, or from its warn limit, a provider of which nothing is known is taken."""
POWER = 0.8
"""How often planned contacts are to decide: four times in five."""
_OF_ATTEMPTS = frozenset({"blocked", "asr", "ner"})
_OF_QUEUED = frozenset({"service_level", "abandonment", "abandonment_net"})
_OF_TALKS = frozenset({"dropped", "short_handle", "transfers", "asa", "talk_time"})
_OF_CALLS = _OF_ATTEMPTS | _OF_QUEUED | _OF_TALKS
_OLD_ENOUGH = frozenset({"ticket_first_reply", "ticket_resolution"})
_PARTS = 60
_ROUGHLY = 100
"""Trials enough to tell what is decided with ease."""


class Basis(StrEnum):
    """What an assumed truth rests on."""

    THEORY = "theory"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Prospect:
    """What the plan can decide of one objective, in one phase, for one scope.

    ``planned`` is how many contacts it will rest on, None where nobody can tell beforehand.
    ``decides``: this phase carries the highest load of its kind, so it is here that the objective
    has to be decided. ``expected`` is the truth assumed for ``good``, ``bad_truth`` that for
    ``bad``; both None for what is no share of contacts. With ``needed`` contacts it passes four
    times in five, the truth being as expected; None: no number does, it need not be decided here,
    or nobody can tell.
    ``reaches``: the truth expected is as good as the goal. ``per_s``: contacts of it
    per centre second of the phase, too young ones among them.
    """

    asked: Asked
    planned: float | None
    decides: bool
    expected: float | None = None
    basis: Basis | None = None
    good: Chances | None = None
    bad_truth: float | None = None
    bad: Chances | None = None
    needed: int | None = None
    reaches: bool = True
    per_s: float = 0.0

    @property
    def enough(self) -> bool:
        """Whether the contacts planned decide it four times in five, were the truth as expected."""
        return self.good is not None and self.good.passes >= POWER

    @property
    def too_few(self) -> bool:
        """Whether it has to be decided here, and probably will not be for want of contacts."""
        must = self.asked.objective.must_pass and self.decides
        return must and self.good is not None and self.reaches and not self.enough

    @property
    def phase_s(self) -> float | None:
        """How long the phase would have to be for the contacts it needs; None if that is unknown.

        The rate staying what it is on average.
        """
        if self.needed is None or self.planned is None or not self.per_s:
            return None
        return self.asked.phase.duration_s + max(0.0, self.needed - self.planned) / self.per_s


def prospects(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Prospect]:
    """Yield what *scenario* can decide of all that *sla* asks of its phases, in the SLA's order."""
    family = max(1, family_size(scenario, sla, target))
    doubt = 1 - sla.confidence
    plans = [_Planned.of(each, scenario, target) for each in asked(sla, scenario, target)]
    easy = [plan.passes_at(1 - doubt / family) for plan in plans]
    left = family - sum(plan.views for plan, sure in zip(plans, easy, strict=True) if sure)
    for plan, sure in zip(plans, easy, strict=True):
        # Were this one bad, or hard to decide, the sure ones would be decided before it.
        among = max(1, left + (plan.views if sure else 0))
        yield plan.prospect(1 - doubt / among)


@dataclass(frozen=True, slots=True)
class _Planned:
    """One objective in one phase with its contacts and the truth assumed, not judged yet."""

    asked: Asked
    contacts: float | None
    per_s: float
    decides: bool
    views: int
    expected: float
    basis: Basis

    @classmethod
    def of(cls, each: Asked, scenario: Scenario, target: Target) -> Self:
        return cls(
            each,
            planned_contacts(each, scenario, target),
            (contacts_of(each, scenario, target) or 0.0) / each.phase.duration_s,
            scenario.decides(each.phase),
            each.views(target),
            *_expected(each, scenario, target),
        )

    @property
    def n(self) -> int:
        """The contacts planned, none where they are fewer than the contract asks for."""
        n = round(self.contacts or 0.0)
        return n if n >= self.asked.objective.min_contacts else 0

    def passes_at(self, confidence: float) -> bool:
        if self.contacts is None or self.asked.kpi.unit is not Unit.SHARE:
            return False
        return (
            chances(self.expected, self.n, self._rule(confidence), trials=_ROUGHLY).passes >= POWER
        )

    def prospect(self, confidence: float) -> Prospect:
        each, reaches = self.asked, self.asked.met_by(self.expected)
        if self.contacts is None or each.kpi.unit is not Unit.SHARE:
            found = Prospect(each, self.contacts, self.decides)
            if self.basis is Basis.THEORY:
                found = replace(found, expected=self.expected, basis=self.basis, reaches=reaches)
            return found
        rule, worse = self._rule(confidence), bad_truth(each)
        good = chances(self.expected, self.n, rule)
        needed: int | None = round(self.contacts)
        if good.passes < POWER:
            has_to = self.decides and each.objective.must_pass
            needed = (
                contacts_for(self.expected, rule, chance=POWER, at_least=self.n + 1)
                if has_to
                else None
            )
        return Prospect(
            each,
            self.contacts,
            self.decides,
            expected=self.expected,
            basis=self.basis,
            good=good,
            bad_truth=worse,
            bad=chances(worse, self.n, rule),
            needed=None if needed is None else max(needed, each.objective.min_contacts),
            reaches=reaches,
            per_s=self.per_s,
        )

    def _rule(self, confidence: float) -> Rule:
        return Rule(
            bound=self.asked.bound,
            direction=self.asked.kpi.direction,
            confidence=confidence,
            census=self.asked.phase.kind in CENSUS,
        )


def planned_contacts(each: Asked, scenario: Scenario, target: Target) -> float | None:
    """Return how many contacts *each* will rest on, None if that is not known beforehand.

    Every caller is taken to get into a queue and to an agent: whoever does not is why the run is
    made. Of tickets only those count that are old enough when the load ends.
    """
    contacts = contacts_of(each, scenario, target)
    if contacts is None or each.kpi.name not in _OLD_ENOUGH:
        return contacts
    return contacts * _share_old_enough(scenario, each.phase, each.within_s or 0.0)


def contacts_of(each: Asked, scenario: Scenario, target: Target) -> float | None:
    """Return how many contacts of its phase *each* is about; None if that is not known."""
    if each.kpi.name in _OLD_ENOUGH and scenario.tickets is not None:
        tickets = expected_contacts(scenario, each.phase, Stream.TICKETS)
        return tickets * (scenario.tickets.priorities.get(each.scope, 0.0) if each.scope else 1.0)
    if each.kpi.name not in _OF_CALLS or scenario.calls is None:
        return None
    calls = expected_contacts(scenario, each.phase, Stream.CALLS)
    if each.scope in scenario.lines:
        return calls * scenario.calls.mix.get(each.scope, 0.0)
    for queue, numbers in scenario.lines.items():
        if each.scope in numbers:
            return calls * scenario.calls.mix.get(queue, 0.0) / len(numbers)
    return calls / len(target.sites) if each.scope else calls


def _share_old_enough(scenario: Scenario, phase: Phase, within_s: float) -> float:
    """Return the share of the tickets of *phase* that are *within_s* old when the load ends."""
    later = scenario.phases[scenario.phases.index(phase) + 1 :]
    until_s = phase.duration_s + sum(each.duration_s for each in later) - within_s
    until = min(max(until_s / phase.duration_s, 0.0), 1.0)
    every = [
        rate_per_s(scenario, phase, Stream.TICKETS, (part + 0.5) / _PARTS) for part in range(_PARTS)
    ]
    old = sum(rate for part, rate in enumerate(every) if (part + 0.5) / _PARTS <= until)
    return old / sum(every) if any(every) else 0.0


def _expected(each: Asked, scenario: Scenario, target: Target) -> tuple[float, Basis]:
    """Return what to expect of *each*: by theory, else better than the goal by five points."""
    found = forecast(scenario, target, each.phase, each.scope, threshold_s=each.threshold_s)
    theory = found.of(each.kpi.name, each.objective.formula) if found is not None else None
    if theory is not None:
        return theory, Basis.THEORY
    return good_truth(each), Basis.ASSUMED


def good_truth(each: Asked) -> float:
    """Return the share of a provider that is better than the goal by five points."""
    goal = each.bound.goal
    return min(1.0, goal + BY) if each.kpi.direction is Direction.MORE else max(0.0, goal - BY)


def bad_truth(each: Asked) -> float:
    """Return the share of a provider that is worse than the warn limit by five points."""
    warn = each.bound.warn
    return max(0.0, warn - BY) if each.kpi.direction is Direction.MORE else min(1.0, warn + BY)
