"""What the readers must be told from outside: which KPIs and faults there are.

The catalogue of KPIs and the kinds of faults live in sibling packages that this one does not
import; the caller hands in as much of them as a file can get wrong.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.model.fault import Names, Parameter, Value
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit


@dataclass(frozen=True, slots=True)
class KpiRule:
    """How an objective for one KPI may be written.

    ``needs_threshold``: its goal names one, as in ``80/20`` or ``90% within 15m``. ``phase_kinds``
    are the kinds of phase it can be judged in: None for all, empty if it is judged once, for the
    whole run. ``bounds`` are the thresholds (seconds) that it can be asked within, empty for any.
    ``by_formula`` and ``by_short``: the contract may say by which formula it is counted, and which
    abandons are short. ``by_priority``: its threshold may differ by the priority of a ticket.
    ``two_views``: callers and provider both measure it. ``watched``: it is measured while a phase
    goes on. ``by_callers``: callers can tell it. ``of_contacts``: it is measured from single
    contacts.
    """

    name: str
    unit: Unit
    direction: Direction
    needs_threshold: bool
    scopes: frozenset[Each]
    phase_kinds: frozenset[PhaseKind] | None = None
    bounds: tuple[float, ...] = ()
    by_formula: bool = False
    by_short: bool = False
    by_priority: bool = False
    two_views: bool = False
    watched: bool = True
    by_callers: bool = True
    of_contacts: bool = True

    @property
    def by_phase(self) -> bool:
        """Whether it is measured for a phase, from contacts; else once a run, or once a fault."""
        return self.watched and self.phase_kinds != frozenset()


def _nothing(_: Mapping[str, Value], __: Names) -> Iterable[tuple[str, str, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class FaultRule:
    """How a fault of one kind may be written, and what place it then holds.

    ``wrong`` yields what else is wrong with what was asked, where there are these names: the
    parameter, what was found, what is wanted. ``takes`` are things of our own side that it has for
    itself while it lasts, such as the Enter key.
    """

    kind: str
    parameters: tuple[Parameter, ...]
    place: Callable[[Mapping[str, Value]], str]
    wrong: Callable[[Mapping[str, Value], Names], Iterable[tuple[str, str, str]]] = _nothing
    takes: Callable[[Mapping[str, Value]], Iterable[str]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Known:
    """The KPIs and the faults of this version, each by the name that files use."""

    kpis: Mapping[str, KpiRule]
    faults: Mapping[str, FaultRule]
