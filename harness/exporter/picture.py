"""How a run stands at one moment, as series: page, record and export show this. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness import __version__
from harness.exporter.tally import OUTCOMES, STATES, WHYS, Tally
from harness.kpi.catalogue import CATALOGUE
from harness.model.contact import Stream
from harness.model.event import FaultRun, RunFacts
from harness.model.own_metrics import BY_NAME, RUN
from harness.model.sample import Series
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Sla
from harness.model.verdict import Decision, ObjectiveResult, Status, Verdict
from harness.traffic.schedule import rate_per_s
from harness.watching import Stand

Values = dict[Series, float]
_INFINITE = "+Inf"


@dataclass(frozen=True, slots=True)
class Background:
    """What does not change while a run goes on."""

    facts: RunFacts
    scenario: Scenario
    sla: Sla


@dataclass(frozen=True, slots=True)
class Own:
    """What the harness's own process takes: CPU seconds so far, bytes of memory."""

    cpu_s: float
    memory_bytes: float


class Picture:
    """Draws one run; the series that never change are made once."""

    def __init__(self, background: Background) -> None:
        self._of = background
        self._known: dict[tuple[str, ...], Series] = {}

    def series(self, name: str, *values: str) -> Series:
        """Return the series of metric *name* with *values* for its labels, in their order."""
        key = (name, *values)
        found = self._known.get(key)
        if found is None:
            labels = dict(zip(BY_NAME[name].labels, values, strict=True))
            found = self._known[key] = self._made(name, labels)
        return found

    def values(
        self,
        stand: Stand,
        tally: Tally,
        *,
        events: Mapping[str, float],
        gates: Mapping[str, Status],
        own: Own | None = None,
    ) -> Values:
        """Return what is known at *stand*; what is not measured is absent, never 0.

        *events* are the moments (epoch seconds) at which events of each name last happened, *gates*
        what has been decided of each phase so far.
        """
        drawn: Values = {}
        for part in (
            self._what(stand),
            self._phases(stand, gates),
            self._load(stand, tally),
            self._generator(stand),
            self._faults(stand),
            self._sources(stand),
        ):
            drawn.update(part)
        for event, at in events.items():
            drawn[self.series("harness_event_timestamp_seconds", event)] = at
        on = stand.phase.name if stand.phase else None
        for result in stand.results:
            if result.phase == on:
                drawn.update(self._result(result))
        if own is not None:
            drawn[self.series("harness_process_cpu_seconds_total")] = own.cpu_s
            drawn[self.series("harness_process_resident_memory_bytes")] = own.memory_bytes
        return drawn

    def verdict(self, verdict: Verdict) -> Values:
        """Return what is known at the end alone: the answer, and what is judged of a whole run.

        A run that only explored has no answer.
        """
        drawn: Values = {}
        for result in verdict.results:
            kpi = CATALOGUE.get(result.kpi)
            if result.kind is None or (kpi is not None and kpi.by_verdict):
                drawn.update(self._result(result))
        if not verdict.explored:
            for each in Decision:
                drawn[self.series("harness_verdict", each)] = float(each is verdict.decision)
        return drawn

    # ------------------------------------------------------------------ the parts

    def _what(self, stand: Stand) -> Iterator[tuple[Series, float]]:
        facts = self._of.facts
        versions = dict(facts.versions)
        python = versions.get("python", "")
        yield self.series("harness_build_info", __version__, python), 1.0
        what = (self._of.scenario.name, facts.target, self._of.sla.name)
        yield self.series("harness_run_info", *what), 1.0
        yield self.series("harness_speed"), stand.speed
        yield self.series("harness_centre_seconds"), stand.at_s

    def _phases(self, stand: Stand, gates: Mapping[str, Status]) -> Iterator[tuple[Series, float]]:
        on = stand.phase.name if stand.phase else None
        for phase in self._of.scenario.phases:
            yield (
                self.series("harness_phase", phase.name, phase.kind.value),
                float(phase.name == on),
            )
        if stand.phase is not None:
            yield self.series("harness_phase_ratio"), min(1.0, max(0.0, stand.share_of_phase))
        for phase_name, decided in gates.items():
            for status in Status:
                yield (
                    self.series("harness_gate_status", phase_name, status.value),
                    float(status is decided),
                )

    def _load(self, stand: Stand, tally: Tally) -> Iterator[tuple[Series, float]]:
        for stream in self._streams():
            name = stream.value
            if stand.phase is not None and stand.phase.kind is not PhaseKind.LINES:
                rate = rate_per_s(self._of.scenario, stand.phase, stream, stand.share_of_phase)
                yield self.series("harness_load_planned_per_second", name), rate
            for why in WHYS[stream]:
                count = float(tally.arrivals[stream, why])
                yield self.series("harness_arrivals_total", name, why), count
            for outcome in OUTCOMES[stream]:
                count = float(tally.outcomes[stream, outcome])
                yield self.series("harness_outcomes_total", name, outcome), count
            for state in STATES[stream]:
                yield (
                    self.series("harness_contacts", name, state),
                    float(tally.states[stream, state]),
                )
            yield from self._lags(stream, tally)

    def _lags(self, stream: Stream, tally: Tally) -> Iterator[tuple[Series, float]]:
        metric, lags = "harness_arrival_lag_seconds", tally.lags(stream)
        for bound, count in lags:
            le = _INFINITE if bound == float("inf") else f"{bound}"
            yield self._part(metric, "_bucket", stream.value, le=le), float(count)
        yield self._part(metric, "_sum", stream.value), tally.lag_sum_s[stream]
        yield self._part(metric, "_count", stream.value), float(lags[-1][1])

    def _generator(self, stand: Stand) -> Iterator[tuple[Series, float]]:
        progress = stand.progress
        yield self.series("harness_contacts_dropped_total"), float(progress.dropped)
        yield self.series("harness_contacts_due_later"), float(progress.pending)
        yield self.series("harness_workers", "up"), float(progress.workers)
        yield self.series("harness_workers", "lost"), float(progress.workers_lost)
        for each in progress.processes:
            measured = (
                ("harness_generator_lag_seconds", each.start_lag_p99_s),
                ("harness_generator_loop_lag_seconds", each.loop_lag_p99_s),
                ("harness_generator_cpu_ratio", each.cpu),
                ("harness_generator_resident_memory_bytes", each.memory_bytes),
            )
            for name, value in measured:
                if value is not None and not each.lost:
                    yield self.series(name, each.name), value

    def _faults(self, stand: Stand) -> Iterator[tuple[Series, float]]:
        """Yield each planned fault, from the start of the run on, as what has become of it."""
        active: dict[tuple[str, str, str], float] = {}
        proven: dict[tuple[str, str, str], float] = {}
        for phase in self._of.scenario.phases:
            for plan in phase.faults:
                key = (phase.name, plan.kind, plan.place or plan.site)
                active[key] = proven[key] = 0.0
        for fault in stand.faults:
            key = (fault.phase, fault.kind, fault.place or fault.site)
            active[key] = max(active.get(key, 0.0), float(_in_force(fault)))
            proven[key] = max(proven.get(key, 0.0), float(fault.proven))
        for key, value in active.items():
            yield self.series("harness_fault_active", *key), value
            yield self.series("harness_fault_proven", *key), proven[key]

    def _sources(self, stand: Stand) -> Iterator[tuple[Series, float]]:
        for source, scrape in stand.scrapes.items():
            age_s = max(0.0, stand.at_s - scrape.at_s) / stand.speed
            yield self.series("harness_target_up", source), float(scrape.ok)
            yield self.series("harness_scrape_age_seconds", source), age_s

    def _result(self, result: ObjectiveResult) -> Iterator[tuple[Series, float]]:
        kpi = (
            result.kpi,
            result.scope,
            result.view.value,
            result.phase,
            result.aspect.value,
            result.goal_text,
            result.owner.name,
        )
        numbers = (
            ("harness_kpi_value", (), result.value),
            ("harness_kpi_bound", ("low",), result.low),
            ("harness_kpi_bound", ("high",), result.high),
            ("harness_kpi_limit", ("goal",), result.goal),
            ("harness_kpi_limit", ("warn",), result.warn),
            ("harness_kpi_contacts", (), float(result.n)),
        )
        for name, more, value in numbers:
            if value is not None:
                yield self.series(name, *kpi, *more), value
        for status in Status:
            yield (
                self.series("harness_objective_status", *kpi, status.value),
                float(status is result.status),
            )

    # ------------------------------------------------------------------ within

    def _streams(self) -> Iterator[Stream]:
        scenario = self._of.scenario
        if scenario.calls is not None:
            yield Stream.CALLS
        if scenario.tickets is not None:
            yield Stream.TICKETS

    def _part(self, name: str, part: str, *values: str, **more: str) -> Series:
        key = (name + part, *values, *more.values())
        found = self._known.get(key)
        if found is None:
            labels = dict(zip(BY_NAME[name].labels, values, strict=True)) | more
            found = self._known[key] = self._made(name + part, labels)
        return found

    def _made(self, name: str, labels: Mapping[str, str]) -> Series:
        kept = {label: value for label, value in labels.items() if value}
        return Series(name, tuple(sorted({**kept, RUN: self._of.facts.run}.items())))


def _in_force(fault: FaultRun) -> bool:
    return fault.injected_s is not None and not fault.healed
