"""What a KPI is: name, unit, direction, definition and source, inputs, and views.

``callers`` computes a KPI from the contact log. ``expression`` puts it together from the provider's
metrics; from it come the exact figure (``provider``), the PromQL and the recording rule. Where a
view cannot measure it, ``unseen`` says why.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.kpi.evidence import PhaseEvidence
from harness.kpi.exact import among_others, least_contacts, measured
from harness.kpi.expression import Expression, is_of_contacts, metrics
from harness.kpi.increase import Increase
from harness.kpi.measure import HIT, MISS, Columns, Counted
from harness.kpi.promql import DASHBOARD_WINDOW, RecordingRule, promql, recording_rule
from harness.kpi.question import SHORT_ABANDON_S, Formula, Question
from harness.model.contact import Stream
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit
from harness.model.verdict import Measurement

Compute = Callable[[PhaseEvidence, Question], Measurement]

EVERY_LOADED_PHASE = frozenset(PhaseKind) - {PhaseKind.LINES}
WHOLE_RUN: frozenset[PhaseKind] = frozenset()

BY_QUEUE = frozenset({"queue", "site"})
BY_SITE = frozenset({"site"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One KPI.

    Attributes:
        name: how files and reports name it.
        title: how people name it.
        definition: what it is, in words.
        source: who defines it so.
        unit: what it is counted in.
        direction: which way it is better.
        needs_threshold: whether it is asked within a time, as in 80/20.
        bounds: the times it can be asked within: a provider's buckets end there.
        scopes: what it can be judged for, one by one.
        phase_kinds: where it can be judged; empty means once for the whole run.
        stream: the contacts without which it has no value; None: either kind will do.
        callers: how the contact log tells it; None: it cannot.
        counts: if it is no share of contacts itself, the shares whose contacts are behind a
            failure of it; a mean wait is asked within its goal there.
        contact_fields: what of the contact record that takes.
        expression: how the provider's metrics tell it; None: they cannot.
        labels: by which of queue, site, line, priority those metrics can be told apart.
        unseen: why a view cannot measure it, or why nobody measures it yet.
        by_verdict: whether ``harness.verdict`` measures it, from the whole run.
    """

    name: str
    title: str
    definition: str
    source: str
    unit: Unit
    direction: Direction
    needs_threshold: bool = False
    bounds: tuple[float, ...] = ()
    scopes: frozenset[Each] = frozenset({Each.ALL})
    phase_kinds: frozenset[PhaseKind] = EVERY_LOADED_PHASE
    stream: Stream | None = Stream.CALLS
    callers: Compute | None = None
    counts: tuple[Counted, ...] = ()
    contact_fields: tuple[str, ...] = ()
    expression: Callable[[Question], Expression] | None = None
    labels: frozenset[str] = BY_SITE
    unseen: str = ""
    by_verdict: bool = False

    @property
    def provider(self) -> Compute | None:
        """How the provider's metrics tell it, counted exactly; None: they cannot."""
        return None if self.expression is None else self._provider

    def _provider(self, e: PhaseEvidence, q: Question) -> Measurement:
        assert self.expression is not None
        of = _labels_of(q)
        unknown = sorted(of.keys() - self.labels)
        if unknown:
            note = f"the provider's metrics for it are not kept by {' and '.join(unknown)}"
            return Measurement(None, 0, note=note)
        return measured(self.expression(q), e.increase, of=of)

    def told_by_provider(self, q: Question) -> bool:
        """Whether the provider's metrics are asked it: not where callers alone tell *q* apart."""
        known = self.callers is None or _labels_of(q).keys() <= self.labels
        return self.expression is not None and known

    def among_others(self, increase: Increase, q: Question) -> bool:
        """Whether the provider's page has no room for *q*'s line, and counts it with others."""
        return self.expression is not None and among_others(
            self.expression(q), increase, _labels_of(q)
        )

    def misses(self, e: PhaseEvidence, q: Question) -> Iterator[tuple[Columns, "array[float]"]]:
        """Yield of which columns of *e*, which are numbered, which rows count against it.

        Nothing for what is no sum of single contacts, such as an occupancy.
        """
        against = HIT if self.direction is Direction.LESS else MISS
        shares = (self.callers,) if isinstance(self.callers, Counted) else self.counts
        for each in shares:
            yield each.columns, each.rows(against, e, q)

    @property
    def measurable(self) -> bool:
        """Whether anybody measures it yet; if not, ``unseen`` says why."""
        return self.by_verdict or self.callers is not None or self.expression is not None

    @property
    def of_contacts(self) -> bool:
        """Whether it is measured from single contacts, so that a contract may ask for so many."""
        alone = self._alone
        return self.callers is not None or (alone is not None and is_of_contacts(alone))

    @property
    def least_contacts(self) -> int:
        """Of how many contacts it has to be, whatever a contract says; 0: of any number."""
        return 0 if self._alone is None else least_contacts(self._alone)

    @property
    def _alone(self) -> Expression | None:
        """The expression of a KPI that the provider alone tells."""
        if self.callers is not None or self.expression is None:
            return None
        return self.expression(Question(threshold_s=max(self.bounds, default=None)))

    def metrics(self, q: Question) -> tuple[str, ...]:
        """Return which of the provider's metrics it is measured from; none if it is not."""
        return () if self.expression is None else metrics(self.expression(q))

    def promql(
        self,
        q: Question,
        *,
        window: str = DASHBOARD_WINDOW,
        by: tuple[str, ...] = (),
        also: str = "",
    ) -> str | None:
        """Return it in PromQL over *window*; None where the provider's metrics cannot tell it.

        *by* are labels to tell it one by one for, *also* is put into every selector as it is:
        ``site=~"$site"``. A label that the metrics of this KPI do not have finds nothing.
        """
        if self.expression is None:
            return None
        return promql(self.expression(q), window=window, of=_labels_of(q), by=by, also=also)

    def rule(
        self, q: Question, *, window: str = "5m", by: tuple[str, ...] = ()
    ) -> RecordingRule | None:
        """Return the recording rule for it; None where the provider's metrics cannot tell it."""
        if self.expression is None:
            return None
        expression = self.expression(q)
        within = "" if q.threshold_s is None else f"_{q.threshold_s:g}s"
        how = "" if q.formula is Formula.OFFERED else f"_{q.formula}"
        usual = expression == self.expression(replace(q, short_abandon_s=SHORT_ABANDON_S))
        short = "" if usual else f"_short_{q.short_abandon_s:g}s"
        name = f"{self.name}{within if self.needs_threshold else ''}{how}{short}"
        return recording_rule(name, expression, window=window, of=_labels_of(q), by=by)


def _labels_of(q: Question) -> dict[str, str]:
    asked = {"queue": q.queue, "line": q.line, "site": q.site, "priority": q.priority}
    return {label: value for label, value in asked.items() if value is not None}


def always(expression: Expression) -> Callable[[Question], Expression]:
    """Return the formula of a KPI that is put together alike whatever is asked of it."""
    return lambda _: expression


def each_of(*names: str) -> frozenset[Each]:
    """Return those of *names* by which this version can judge one by one, and all together."""
    return frozenset(each for each in Each if each.value in ("all", *names))
