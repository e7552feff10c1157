"""A rehearsal is watched by Prometheus while it goes on, and looked at again when it is over.

One run for all of it: whoever comes first places it, the others wait and look at what it left.
"""

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest
import yaml

from harness.clock import RunClock
from harness.files.load import load_sla
from harness.known import KNOWN
from harness.model.event import PhaseRun
from harness.model.own_metrics import BY_NAME, labelled
from harness.model.sample import OWN, Series
from harness.prometheus import LOOK_BACK_S, Shown
from harness.record.run_record import RunRecord
from reports import rules
from reports.dashboards.board import SPEED, own, per_hour
from reports.openmetrics import openmetrics
from tests.conftest import Tell
from tests.e2e.small_rehearsal import ROOT, Rehearsal, fault, outcome, started
from tests.kpi.judges import (
    Judge,
    free_port,
    make_blocks,
    needs,
    served_prometheus,
    served_victoria_metrics,
)
from tests.once import made_once, shared_folder
from tests.reports.panels import DASHBOARDS, Look, answer, asked, dashboard, has_numbers, targets
from tests.reports.preview import preview

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SLA = ROOT / "scenarios" / "sla" / "outsourced_care.yaml"
OF_THE_CENTRE = ("SiteDown", "MetricsGone", "CallsLost", "StoreDegraded")
"""Alerts that no slow machine can raise."""
WINDOW, LASTING = "10s", "2s"
_COMPARED = r" (?:==|[<>]=?) [\d.]+(?: and | unless on \(run\) )?"
"""What stands between the sides of an alert."""
SMALL = Rehearsal(
    (
        "{name: peak, kind: steady, load: 100%, for: 8m}",
        f"{{name: loss, kind: fault, load: 100%, for: 14m, faults: [{fault('site_down', at='1m', lasting='4m')}]}}",
        "{name: after, kind: recovery, load: 100%, for: 6m}",
    ),
    # Enough people for all at both sites, too few for billing at one: customers wait, and give up.
    billing=30,
    support=34,
    staffed_by="target\non_gate_failure: continue",
)
# The shipped contract, but for a clock that would outlast a run of minutes; nobody could keep it.
EASED = (
    ("90% within 15m", "90% within 5m"),
    ("gates: {steady: 90%, fault: 80%}", "gates: {steady: 20%, fault: 20%}"),
)


@dataclass(frozen=True)
class Watched:
    """A run that is over, and a copy of what the Prometheus that watched it holds."""

    folder: Path
    live: Path

    @cached_property
    def clock(self) -> RunClock:
        with RunRecord.open(self.folder) as record:
            return RunClock(record.wall(0.0), record.facts.speed)

    @cached_property
    def phases(self) -> dict[str, PhaseRun]:
        with RunRecord.open(self.folder) as record:
            return {phase.name: phase for phase in record.phases()}

    @cached_property
    def look(self) -> Look:
        with RunRecord.open(self.folder) as record:
            shown = Shown.of(record, 1)
        return Look(shown.start, shown.end + 5, run=shown.run, window=WINDOW)


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Return the one run; another process of the same tests may have placed it."""
    needs("prometheus", "promtool", "victoria-metrics")
    shared = shared_folder(tmp_path_factory)
    live = shared / "watched-live"

    def place(folder: Path) -> None:
        shutil.move(_watch(folder.with_name("watching"), live), folder)

    return Watched(made_once(shared / "watched", place), live)


def _watch(place: Path, live: Path) -> Path:
    """Rehearse, with Prometheus scraping it by our own files; return the run's folder."""
    elsewhere = live.with_name("watched-elsewhere")
    for begun in (place, live, elsewhere):
        shutil.rmtree(begun, ignore_errors=True)  # by a process whose run failed
    place.mkdir()
    live.mkdir()
    scenario = SMALL.write(place)
    contract = SLA.read_text()
    for shipped, eased in EASED:
        assert shipped in contract, f"{SLA.name} no longer says {shipped}"
        contract = contract.replace(shipped, eased)
    (place / "sla.yaml").write_text(contract)
    port = free_port()
    sla = load_sla(place / "sla.yaml", known=KNOWN)
    quick = rules.recording_file(sla, WINDOW), rules.alerts_file(sla, WINDOW, lasting=LASTING)
    names = [f"{live}/{name}" for name in ("kpis.rules.yml", "quick.yml", "alerts.yml")]
    for name, text in zip(names[1:], quick, strict=True):
        Path(name).write_text(text)
    shutil.copy(ROOT / "reports" / "prometheus" / "kpis.rules.yml", live)
    config = (ROOT / "reports" / "prometheus" / "prometheus.yml").read_text()
    config = config.replace("127.0.0.1:9464", f"127.0.0.1:{port}")
    config = re.sub(r"rule_files: \[.*\]", f"rule_files: {json.dumps(names)}", config)
    with served_prometheus(config, live) as judge, served_victoria_metrics(elsewhere) as other:
        options = ("--metrics-port", str(port), "--remote-write", f"{other.url}/api/v1/write")
        with started(scenario, place, *options) as process:
            stdout, stderr = process.communicate(timeout=240)
        _until_read(judge)
        other.settle()
    done = outcome(process.returncode, stdout, stderr, place)
    assert done.exit_code in (0, 1, 3), done.stderr
    return done.folder


def _until_read(judge: Judge) -> None:
    """Check that the server really has the run; it writes what it has as it ends."""
    found = judge.at("count(max_over_time(harness_phase[10m]))", time.time())
    assert found, "Prometheus never read the run"


@pytest.fixture
def live(watched: Watched, tmp_path: Path) -> Iterator[Judge]:
    """Return a Prometheus that holds what was seen live."""
    folder = tmp_path / "live"
    shutil.copytree(watched.live, folder)
    with served_prometheus("global: {}\n", folder) as judge:
        yield judge


@pytest.fixture
def later(watched: Watched, tmp_path: Path) -> Iterator[Judge]:
    """Return a Prometheus that holds the run's export, with what our rules make of it."""
    exported, folder = tmp_path / "run.om", tmp_path / "later"
    folder.mkdir()
    with RunRecord.open(watched.folder) as record:
        exported.write_text("".join(openmetrics(record)))
    make_blocks(exported, folder / "data", timeout_s=120)
    with served_prometheus("global: {}\n", folder, look_back_s=LOOK_BACK_S) as judge:
        yield judge


@pytest.fixture
def elsewhere(watched: Watched, tmp_path: Path) -> Iterator[Judge]:
    """Return the server that the run wrote to while it went on."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(watched.live.with_name("watched-elsewhere"), folder)
    with served_victoria_metrics(folder) as judge:
        yield judge


def test_what_was_written_elsewhere_is_what_the_record_holds(watched: Watched, elsewhere: Judge):
    """A CI job's numbers outlive the job: counters at the run's end, source by source."""
    found, held = {}, {}
    with RunRecord.open(watched.folder) as record:
        for source in (*record.sources(), OWN):
            last = [each for each in record.scrapes(source) if each.ok][-1]
            for series, value in last.values.items():
                if series.name in ("harness_arrivals_total", "cc_calls_queued_total"):
                    held[series.name, labelled(series, source, watched.look.run)] = value
    for name in ("harness_arrivals_total", "cc_calls_queued_total"):
        for each in elsewhere.at(f"last_over_time({name}[10m])", watched.look.end):
            labels = {k: v for k, v in each["metric"].items() if k != "__name__"}
            found[name, _named(labels)] = float(each["value"][1])

    assert len(held) > 8
    assert found.keys() == held.keys()
    # The last reading of all, after the load, may come when nobody looks any more.
    assert all(held[key] - 20 <= value <= held[key] for key, value in found.items())


@pytest.mark.nightly
def test_every_list_at_the_top_of_a_dashboard_has_something_to_choose(
    watched: Watched, later: Judge
):
    """An empty list would leave every panel empty."""
    empty = []
    for path in DASHBOARDS:
        for each in dashboard(path)["templating"]["list"]:
            if each["type"] == "query":
                selector, label = re.fullmatch(
                    r"label_values\((.*), (\w+)\)", each["query"]
                ).groups()
                series = answer(later.url, f"count by ({label}) ({selector})", watched.look)
                if not [e for e in series if e["metric"].get(label)]:
                    empty.append((path.stem, each["name"]))

    assert not empty


@pytest.mark.early  # the others here look at what it places
def test_prometheus_reads_a_run_from_its_first_phase_to_its_last(watched: Watched, live: Judge):
    """By the files that we ship, the centre's pages too, whose ports nobody knew before."""
    look = watched.look
    phases = {each["metric"]["phase"] for each in answer(live.url, "harness_phase == 1", look)}
    sources = {
        (each["metric"]["job"], each["metric"]["instance"])
        for each in answer(live.url, "up == 1", look)
    }
    metrics = {e["metric"]["__name__"] for e in answer(live.url, '{job="harness"}', look)}

    assert phases >= {"peak", "loss", "after"}  # the lines are probed within a blink
    assert {
        ("harness", "harness"),
        ("contact_centre", "edge"),
        ("contact_centre", "south"),
    } <= sources
    assert {"harness_kpi_value", "harness_objective_status", "harness_fault_active"} <= metrics


@pytest.mark.nightly
def test_what_was_seen_live_is_what_the_export_tells(watched: Watched, live: Judge, later: Judge):
    """Else a dashboard would show two different runs."""
    end = watched.clock.wall(watched.phases["loss"].end_s)
    look = Look(end - 30, end)
    for query in ("harness_arrivals_total", "harness_kpi_limit", "cc_calls_queued_total"):
        told = [
            {
                _named(each["metric"]): float(each["values"][-1][1])
                for each in answer(url, query, look)
            }
            for url in (live.url, later.url)
        ]

        assert told[0].keys() == told[1].keys() != set()
        # The two were read within a second of each other, not at the same moment.
        assert all(abs(told[0][key] - told[1][key]) <= 0.02 * told[1][key] + 20 for key in told[0])


def _named(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def test_alerts_fire_in_the_failover_and_only_there(watched: Watched, live: Judge, tell: Tell):
    """An alarm in a quiet phase is soon one that nobody believes.

    While the load is on: then the mock is taken down, and loses whoever still talks. Where the
    machine stood still, customers really waited: then the alarms of the contract prove nothing.
    """
    loss = watched.phases["loss"]
    start, end = watched.clock.wall(loss.start_s), watched.clock.wall(loss.held_until_s)
    load = replace(watched.look, end=watched.clock.wall(watched.phases["after"].end_s))
    firing = answer(live.url, 'ALERTS{alertstate="firing"}', load)
    outside = [
        (each["metric"]["alertname"], at - start)
        for each in firing
        for at, _ in each["values"]
        if not start <= at <= end
    ]
    lags = "{__name__=~'harness_generator_(loop_)?lag_seconds'}"
    if has_numbers(answer(live.url, f"max({lags}) * 20 > 1", load)):
        tell("alerts of the contract NOT JUDGED: this machine was a second of the centre late")
        outside = [each for each in outside if each[0] in OF_THE_CENTRE]

    assert {"SiteDown", "MetricsGone", "ServiceLevelMissed"} <= {
        each["metric"]["alertname"] for each in firing
    }
    assert {each["metric"].get("rehearsal") for each in firing} == {"true"}
    assert not outside


def test_every_query_of_every_panel_has_something_to_show(watched: Watched, later: Judge):
    """A panel that is empty after an hour's work is worse than none; some say that they may be."""
    empty = [
        (path.stem, panel["title"], expr)
        for path in DASHBOARDS
        for panel, expr in targets(dashboard(path))
        if not has_numbers(answer(later.url, asked(expr, watched.look), watched.look))
        and "Empty " not in panel["description"]
    ]

    assert not empty


def test_every_rule_has_something_to_say(watched: Watched, live: Judge):
    """One that never has a value would record nothing, and never alert, in silence."""
    look = watched.look
    every = [
        (rule.get("record"), rule["expr"])
        for path in sorted((ROOT / "reports" / "prometheus").glob("*.rules.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]
    # An alert has a value only while it is raised: the two sides of its comparison always do.
    quiet = [
        expr
        for record, whole in every
        for expr in ([whole] if record else re.split(_COMPARED, whole))
        if expr and not has_numbers(answer(live.url, expr, look))
    ]
    recorded = {e["metric"]["__name__"] for e in answer(live.url, '{__name__=~"cc_run.*"}', look)}

    assert len(every) > 80
    assert not [expr for expr in quiet if not _may_be_quiet(expr)]
    assert {record for record, expr in every if record and expr not in quiet} <= recorded


def _may_be_quiet(expr: str) -> bool:
    """Whether this centre does not do what *expr* counts: no menu, no promise, no ticket clock."""
    return any(each in expr for each in ("cc_ivr", "cc_callbacks", "cc_ticket_sla", "next_reply"))


@pytest.mark.nightly
def test_a_rate_at_speed_20_is_that_of_the_centre_s_own_time(watched: Watched, later: Judge):
    """1,440 calls an hour are 1,440 an hour, though the hour takes three minutes."""
    loss = watched.phases["loss"]
    start, end = watched.clock.wall(loss.start_s), watched.clock.wall(loss.end_s)
    expr = per_hour(own("harness_arrivals_total", 'stream="calls", why="first"'))
    look = Look(end, end)
    query = asked(expr.replace("$__rate_interval", f"{round((end - start) * 1000)}ms"), look)
    ((found,),) = [
        [float(value) for _, value in e["values"]] for e in answer(later.url, query, look)
    ]
    series = Series(
        "harness_arrivals_total",
        (("run", watched.look.run), ("stream", "calls"), ("why", "first")),
    )
    with RunRecord.open(watched.folder) as record:
        seen = [
            (each.at_s, each.values[series])
            for each in record.scrapes(OWN)
            if loss.start_s <= each.at_s <= loss.end_s
        ]
    exact = (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0]) * 3600

    assert SPEED in expr
    assert found == pytest.approx(exact, rel=1e-4)  # moments are whole milliseconds there
    assert found == pytest.approx(1440, rel=0.25)


def test_the_last_picture_counts_the_contacts_that_the_record_holds(watched: Watched):
    """The exporter counts from the log as it grows; nobody is counted twice, nobody missed."""
    with RunRecord.open(watched.folder) as record:
        *_, last = record.scrapes(OWN)
        held = {"calls": len(list(record.calls())), "tickets": len(list(record.tickets()))}
    counted = dict.fromkeys(held, 0.0)
    for series, value in last.values.items():
        if series.name == "harness_arrivals_total":
            counted[series.label("stream") or ""] += value

    assert counted == held
    assert {series.name for series in last.values} - BY_NAME.keys() <= {
        "harness_arrival_lag_seconds_bucket",
        "harness_arrival_lag_seconds_sum",
        "harness_arrival_lag_seconds_count",
    }


@pytest.mark.nightly
@pytest.mark.browser
def test_a_person_can_look_at_every_dashboard(watched: Watched, later: Judge, tmp_path: Path):
    """As a preview, since Grafana is not here: drawn from the same files and the same answers."""
    from tests.reports.browser import opened

    page = tmp_path / "preview.html"
    page.write_text(preview(later.url, watched.look), encoding="utf-8")
    with opened(page) as seen:
        drawn = seen.locator("figure").count()
        shapes = seen.locator("figure svg path, figure svg rect, figure output").count()

    assert drawn == sum(len(list(_panels(path))) for path in DASHBOARDS)
    assert shapes > drawn


def _panels(path: Path) -> Iterator[dict]:
    return (panel for panel in dashboard(path)["panels"] if panel["type"] != "row")
