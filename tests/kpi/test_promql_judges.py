"""For every KPI and phase of a history with a failover: three ways to count it, and they agree.

Exact against VictoriaMetrics, whose ``increase()`` does not extrapolate; a copy of Prometheus'
documented extrapolation against Prometheus. So the text we write means what we count.
"""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.kpi.exact import measured
from harness.kpi.question import Formula, Question
from harness.model.sample import Series
from tests.kpi.histories import BOTH, History, Phase, made_up
from tests.kpi.judges import Judge, extrapolated, needs, prometheus, victoria_metrics, window_of

KPIS = [kpi for kpi in CATALOGUE.values() if kpi.expression is not None]
SCRAPE_S = 20.0


def questions(kpi: Kpi) -> Iterator[Question]:
    """Yield what is asked of *kpi*: of all, of one queue, by every formula."""
    threshold_s = {True: 20.0, False: None}[20.0 in kpi.bounds]
    if kpi.needs_threshold and threshold_s is None:
        threshold_s = 900.0
    plain = Question(threshold_s=threshold_s)
    yield plain
    if "queue" in kpi.labels:
        yield replace(plain, queue="billing")
    if "site" in kpi.labels:
        yield replace(plain, site="north")
    if kpi.name == "service_level":
        yield from (replace(plain, formula=formula) for formula in Formula)


ASKED = [(kpi, question) for kpi in KPIS for question in questions(kpi)]


@pytest.fixture(scope="module", params=BOTH, ids=lambda history: history.__name__)
def history(request: pytest.FixtureRequest) -> History:
    """Return one of the histories."""
    told: Callable[[], History] = request.param
    return told()


@pytest.fixture(scope="module")
def official(history: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Return Debian's Prometheus with the history in it."""
    needs("prometheus", "promtool")
    with prometheus(history, tmp_path_factory.mktemp("prometheus")) as judge:
        yield judge


@pytest.fixture(scope="module")
def second(history: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Return Debian's VictoriaMetrics with the history in it."""
    needs("victoria-metrics")
    with victoria_metrics(history, tmp_path_factory.mktemp("victoria-metrics")) as judge:
        yield judge


def asked_of(judge: Judge, kpi: Kpi, question: Question, phase: Phase, history: History):
    """Return what *judge* answers to our text."""
    text = kpi.promql(question, window=window_of(phase, history))
    assert text is not None
    return judge.ask(text, phase, history)


def close(ours: float | None, theirs: float | None, within: float) -> bool:
    """Whether two answers are one: both nothing, or as near as *within* of their size."""
    if ours is None or theirs is None:
        return ours is theirs
    return ours == pytest.approx(theirs, rel=within, abs=1e-12)


def test_victoria_metrics_counts_what_we_count(history: History, second: Judge):
    """Its ``increase()`` extrapolates nothing: the exact value, to rounding."""
    wrong = [
        (kpi.name, question, phase.name, ours, theirs)
        for phase, increase in zip(history.phases, history.exact(), strict=True)
        for kpi, question in ASKED
        for ours in [exact_value(kpi, question, increase)]
        for theirs in [asked_of(second, kpi, question, phase, history)]
        if not close(ours, theirs, 1e-9)
    ]

    assert not wrong


def test_prometheus_counts_what_its_documentation_says(history: History, official: Judge):
    """The same expression over extrapolated rises is its answer to our text, to 1e-9."""
    wrong = [
        (kpi.name, question, phase.name, ours, theirs)
        for phase in history.phases
        for stretched in [extrapolated(history, phase)]
        for kpi, question in ASKED
        for ours in [exact_value(kpi, question, stretched)]
        for theirs in [asked_of(official, kpi, question, phase, history)]
        if not close(ours, theirs, 1e-9)
    ]

    assert not wrong


def test_prometheus_wanders_no_further_than_two_scrapes_of_a_window(history: History):
    """What panels show beside the verdict: its error is of the borders, so it has a bound.

    Two scrapes' share of the rise, and twice what came between two scrapes at the busiest.
    """
    for phase, exact in zip(history.phases, history.exact(), strict=True):
        start_s, end_s = history.span_s(phase)
        stretched = extrapolated(history, phase).by_series
        share = 2 * SCRAPE_S / (end_s - start_s)
        off = {
            series: (stretched[series], rise)
            for series, rise in exact.by_series.items()
            if abs(stretched[series] - rise) > share * rise + 2 * steepest(history, series)
        }

        assert not off


def steepest(history: History, series: Series) -> float:
    """Return the most that *series* ever rose between two readings of one source."""
    values = [
        [scrape.values[series] for scrape in scrapes if series in scrape.values]
        for scrapes in history.sources.values()
    ]
    rises = [b - a if b >= a else b for each in values for a, b in pairwise(each)]
    return max(rises, default=0.0)


def test_every_kpi_has_a_value_where_every_metric_is_there():
    """Else two judges could agree on nothing at all."""
    for increase in made_up().exact():
        missing = [
            (kpi.name, question)
            for kpi, question in ASKED
            if question.site is None and exact_value(kpi, question, increase) is None
        ]

        assert not missing


def test_the_recording_rules_load(tmp_path: Path):
    """Prometheus' own checker reads all of them: one for every KPI, in one group."""
    needs("promtool")
    rules = [rule for kpi, asked in ASKED if (rule := kpi.rule(asked)) is not None]
    by_name = {rule.record: rule.expr for rule in rules}
    group = {"name": "kpis", "rules": [{"record": r, "expr": e} for r, e in by_name.items()]}
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [group]}))
    told = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)

    assert told.returncode == 0, told.stderr
    assert f"{len(by_name)} rules found" in told.stdout
    assert len(by_name) >= len(KPIS)


def exact_value(kpi: Kpi, question: Question, increase) -> float | None:
    """Return *kpi* over *increase*, however it came to be, without any limit put on it."""
    of = {"queue": question.queue, "site": question.site}
    assert kpi.expression is not None
    only = {label: value for label, value in of.items() if value is not None}
    return measured(kpi.expression(question), increase, of=only).value
