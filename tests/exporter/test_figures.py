"""The picture of a run: complete, bounded, and never older than it says."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import harness.exporter.figures as module
from harness.exporter.picture import Background, Picture
from harness.exporter.tally import Tally
from harness.model.own_metrics import BY_NAME, metric_of
from harness.model.sample import OWN, Series
from harness.model.scenario import PhaseKind
from harness.model.verdict import Decision, Status
from harness.preflight import check_all, scenarios_in
from harness.record.history import History
from harness.record.run_record import RunRecord
from harness.verdict.asked import asked
from tests import fakes
from tests.exporter.watched import RESULT, begun, kept_record, stand, watched

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def record(tmp_path: Path) -> Iterator[RunRecord]:
    """Return the record of a run that has begun."""
    with kept_record(tmp_path / "run") as record:
        yield record


def of(values, name: str, **labels: str) -> float | None:
    """Return the value of the one series of *name* that carries *labels*; None if there is none."""
    found = [
        value
        for series, value in values.items()
        if series.name == name and labels.items() <= dict(series.labels).items()
    ]
    assert len(found) <= 1, f"{len(found)} series of {name} with {labels}"
    return found[0] if found else None


def values_of(figures) -> dict[Series, float]:
    """Return the latest picture, which has to be there."""
    assert figures.latest is not None
    return figures.latest.values


def test_a_picture_tells_how_the_run_stands(record: RunRecord):
    """One look answers: where are we, what comes, what is broken, is it good enough."""
    values = values_of(watched(record))

    assert of(values, "harness_phase", phase="loss") == 1
    assert of(values, "harness_phase", phase="peak") == 0
    assert of(values, "harness_arrivals_total", stream="calls", why="first") == 3
    assert of(values, "harness_contacts", stream="calls", state="placing") == 1
    assert of(values, "harness_load_planned_per_second", stream="calls") == pytest.approx(0.4)
    assert of(values, "harness_contacts_dropped_total") == 1
    assert of(values, "harness_fault_active", kind="site_down") == 1
    assert of(values, "harness_fault_proven", kind="site_down") == 1
    assert of(values, "harness_kpi_value", kpi="service_level") == 0.79
    assert of(values, "harness_kpi_limit", limit="goal") == 0.8
    assert of(values, "harness_objective_status", status="warn") == 1
    assert of(values, "harness_objective_status", status="pass") == 0
    assert of(values, "harness_gate_status", phase="peak", status="pass") == 1
    assert of(values, "harness_target_up", source="north") == 0
    assert of(values, "harness_scrape_age_seconds", source="edge") == pytest.approx(0.5)


def test_what_is_not_measured_is_absent(record: RunRecord):
    """An interval without an end has no end at 0."""
    values = values_of(watched(record))

    assert of(values, "harness_kpi_bound", end="low") == 0.75
    assert of(values, "harness_kpi_bound", end="high") is None
    assert of(values, "harness_generator_loop_lag_seconds") is None


def test_a_fault_is_shown_before_it_is_injected(record: RunRecord):
    """A series that appears with the fault would miss its beginning."""
    values = values_of(watched(record, stand(faults=())))

    assert of(values, "harness_fault_active", kind="site_down", place="north") == 0


def test_results_of_a_phase_that_is_over_vanish(record: RunRecord):
    """A figure that stands still looks like one that was measured just now."""
    over = replace(RESULT, phase="peak")
    values = values_of(watched(record, stand(results=(over,))))

    assert of(values, "harness_kpi_value") is None


def test_every_series_is_in_the_vocabulary_and_names_the_run(record: RunRecord):
    """Dashboards are held to the vocabulary; what is not in it could not be shown."""
    figures = watched(record)
    figures.judged(_verdict(Decision.GO))
    values = values_of(figures)
    wrong = [
        series
        for series in values
        if (metric := BY_NAME.get(metric_of(series.name))) is None
        or not {name for name, _ in series.labels} <= {"run", "le", *metric.labels}
        or series.label("run") != record.facts.run
    ]

    assert not wrong
    assert {metric_of(series.name) for series in values} >= set(BY_NAME) - {
        "harness_generator_loop_lag_seconds",
    }


def test_the_record_keeps_the_picture_that_was_shown_and_calls_it_no_source(record: RunRecord):
    """So what is looked at later is what was there; the verdict never takes it for the target's."""
    figures = watched(record)
    (kept,) = record.scrapes(OWN)

    assert kept.values == values_of(figures)
    assert record.sources() == ()


def test_a_run_that_stands_still_shows_nothing_any_more(record: RunRecord, monkeypatch):
    """Whoever looks at a frozen page believes that all is well."""
    figures = watched(record)
    later = module.wall_now() + module.STALE_WALL_S + 1
    monkeypatch.setattr(module, "wall_now", lambda: later)

    assert figures.latest is None
    assert set(figures.sources) == {"edge", "north"}


def test_one_picture_a_second_is_kept_however_often_the_run_is_looked_at(
    record: RunRecord, monkeypatch
):
    """The record of a soak must not grow by four pictures a second."""
    figures, now = begun(record), module.wall_now()
    for quarter in range(40):
        monkeypatch.setattr(module, "wall_now", lambda at=now + quarter / 4: at)
        figures.stand(stand())

    assert len(list(record.scrapes(OWN))) == 10


def test_what_is_judged_of_a_whole_run_is_shown_with_its_verdict(record: RunRecord):
    """Lost tickets are counted once the stores are read, recovery once nobody can be hurt more."""
    lost = replace(RESULT, kpi="lost_tickets", kind=None, phase="run", value=0.0)
    recovery = replace(RESULT, kpi="recovery", value=12.0)
    over = replace(RESULT, kpi="abandonment", value=0.5)
    figures = watched(record)
    figures.judged(replace(_verdict(Decision.GO), results=(lost, recovery, over)))
    values = values_of(figures)

    assert of(values, "harness_kpi_value", kpi="lost_tickets") == 0
    assert of(values, "harness_kpi_value", kpi="recovery") == 12
    assert of(values, "harness_kpi_value", kpi="abandonment") is None
    assert of(values, "harness_verdict", decision="GO") == 1


def test_an_explored_run_has_no_answer(record: RunRecord):
    """Nobody decided anything."""
    figures = watched(record)
    figures.judged(replace(_verdict(Decision.INCONCLUSIVE), explored=True))

    assert of(values_of(figures), "harness_verdict", decision="GO") is None


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.nightly)])
async def test_the_largest_scenario_that_ships_stays_below_800_series(tmp_path: Path, every: int):
    """More would cost every Prometheus that looks at it; the design allows that many.

    By day each seventh is tried, the largest among them.
    """
    history = History.of(tmp_path, None)
    files = [*scenarios_in(ROOT / "scenarios"), *scenarios_in(ROOT / "scenarios" / "failover")]
    for plan in await check_all(files[::every], history=history, sla=None):
        picture = Picture(Background(fakes.facts(), plan.scenario, plan.sla))
        most = 0
        for phase in plan.scenario.phases:
            results = [
                replace(
                    RESULT, kpi=each.kpi.name, scope=each.scope, view=each.view, phase=phase.name
                )
                for kind in [phase.kind]
                if kind is not PhaseKind.LINES
                for each in asked(plan.sla, kind, plan.scenario, plan.target)
            ]
            now = stand(phase=phase, results=tuple(results))
            gates = {each.name: Status.PASS for each in plan.scenario.phases}
            most = max(most, len(picture.values(now, Tally(), events={}, gates=gates)))

        assert 0 < most + 40 <= 800, plan.scenario.name


def _verdict(decision: Decision):
    from harness.model.verdict import Verdict

    return Verdict(decision, "mock only", "why", fakes.sla(), ())
