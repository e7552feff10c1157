"""The rules that ship for Prometheus, held to Prometheus' own checker and to the catalogue."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.files.load import load_sla
from harness.known import KNOWN
from harness.kpi.catalogue import CATALOGUE
from harness.kpi.promql import promql
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import (
    Bound,
    Clock,
    Direction,
    Each,
    Hours,
    Progression,
    Unit,
)
from harness.verdict.progression import required
from reports import rules
from reports.dashboards.review import USUAL, required_promql
from tests import fakes
from tests.kpi.judges import needs, served_prometheus
from tests.reports.contracts import everything_asked
from tests.reports.panels import ROOT, Look, answer

FOLDER = ROOT / "reports" / "prometheus"
SLA = load_sla(ROOT / "scenarios" / "sla" / "outsourced_care.yaml", known=KNOWN)
MONTH_S = 2_629_746


def promtool(*arguments: str | Path, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    """Return what ``promtool`` says."""
    needs("promtool")
    return subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )


def of(text: str) -> list[dict[str, Any]]:
    """Return the rules in a file's *text*."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def test_prometheus_reads_the_configuration_with_its_rules():
    """All three files, as they are started together."""
    told = promtool("check", "config", "prometheus.yml")

    assert told.returncode == 0, told.stderr
    assert told.stdout.count("SUCCESS") >= 2


def test_the_rules_do_what_their_examples_say(tmp_path: Path):
    """Promtool runs them on series that are written down, and compares each alert."""
    for path in (*FOLDER.glob("*.rules.yml"), Path(__file__).parent / "rules_test.yml"):
        shutil.copy(path, tmp_path)
    told = promtool("test", "rules", "rules_test.yml", folder=tmp_path)

    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_of_the_centre_has_an_example():
    """One that was never seen to fire is a wish; those of a contract are made alike, so one will do."""
    examples = yaml.safe_load((Path(__file__).parent / "rules_test.yml").read_text())["tests"]
    fired = {
        each["alertname"]
        for example in examples
        for each in example["alert_rule_test"]
        if each["exp_alerts"]
    }
    alerts = of(rules.alerts_file(SLA, "5m"))

    assert {rule["alert"] for rule in alerts if "kpi" not in rule["labels"]} <= fired


def test_every_kpi_that_prometheus_can_tell_is_recorded_by_the_catalogue_s_own_text():
    """A rule by another formula than the gate's would be a second truth."""
    recorded = {rule["record"]: rule["expr"] for rule in of(rules.recording_file(SLA, "5m"))}
    wanted = {
        promql(kpi.expression(asked), window="5m", by=by)
        for kpi in CATALOGUE.values()
        if kpi.expression is not None
        for asked in rules.questions(kpi, SLA)
        for by in rules.levels(kpi)
    }
    kpis = [kpi for kpi in CATALOGUE.values() if kpi.expression is not None]

    assert set(recorded.values()) == wanted
    assert len(recorded) == len(wanted) > 2 * len(kpis)
    assert all(f"cc_run:{kpi.name}" in "\n".join(recorded) for kpi in kpis)


def test_every_rule_keeps_rehearsals_apart_from_the_real_centre():
    """Added up, the rehearsal's failover would be in the contract's figures."""
    every = of(rules.recording_file(SLA, "5m")) + of(rules.alerts_file(SLA, "5m"))

    kept = re.compile(r"by \((le, )?run|cc_run")

    assert all(kept.search(rule["expr"]) for rule in every)
    assert all("rehearsal" in rule["labels"] for rule in every if "alert" in rule)


def test_every_objective_has_its_alert_or_is_named_as_one_that_has_none():
    """Nobody should believe that an alarm watches what no alarm can see."""
    text = rules.alerts_file(SLA, "5m")
    alerted = {rule["labels"]["kpi"] for rule in of(text) if "kpi" in rule["labels"]}
    note = next(line for line in text.splitlines() if line.startswith("# No rule"))
    asked = {objective.kpi for objective in SLA.objectives}

    assert alerted | {kpi for kpi in asked if f" {kpi}" in note} == asked
    assert {"recovery", "lost_tickets"} & alerted == set()


def test_an_alert_is_raised_beyond_the_warning_limit_and_names_who_answers_for_it():
    """Within the margin the gate warns; beyond it, it fails, and somebody has to get up."""
    (alert,) = [
        rule
        for rule in of(rules.alerts_file(fakes.sla(fakes.objective(goal=0.9, warn=0.85)), "1m"))
        if rule["labels"].get("kpi")
    ]

    assert "cc_run:service_level_20s:rate1m < 0.85 and" in alert["expr"]
    assert alert["labels"]["owner"] == fakes.OWNER.name


def test_each_priority_is_alerted_by_its_own_clock(tmp_path: Path):
    """A P1 that waits four hours is late, a P4 is not."""
    objective = fakes.objective(
        "ticket_first_reply",
        0.9,
        0.88,
        threshold_s=None,
        clocks={"P1": Clock(900.0), "P4": Clock(28_800.0)},
    )
    text = rules.alerts_file(fakes.sla(objective), "5m")
    first, last = [rule["expr"] for rule in of(text) if rule["labels"].get("kpi")]
    (tmp_path / "alerts.yml").write_text(text)

    assert 'ticket_first_reply_900s:rate5m{priority="P1"}' in first
    assert 'ticket_first_reply_28800s:rate5m{priority="P4"}' in last
    assert promtool("check", "rules", "alerts.yml", folder=tmp_path).returncode == 0


def test_only_those_queues_are_alerted_that_the_contract_names():
    """The other queue has another contract."""
    objective = fakes.objective(each=Each.QUEUE, only=("billing",))
    (expr,) = [
        rule["expr"]
        for rule in of(rules.alerts_file(fakes.sla(objective), "5m"))
        if rule["labels"].get("kpi")
    ]

    assert 'rate5m{queue="billing"} <' in expr


def test_whatever_a_contract_asks_prometheus_reads_and_no_rule_is_there_twice(tmp_path: Path):
    """Of one rule that it cannot read, Prometheus refuses the whole file, and none is left."""
    sla = everything_asked()
    (tmp_path / "kpis.yml").write_text(rules.recording_file(sla, "5m"))
    (tmp_path / "alerts.yml").write_text(rules.alerts_file(sla, "5m"))
    told = promtool("check", "rules", "kpis.yml", "alerts.yml", folder=tmp_path)
    recorded = [rule["record"] for rule in of(rules.recording_file(sla, "5m"))]

    assert told.returncode == 0, told.stdout + told.stderr
    assert len(set(recorded)) == len(recorded) > 100


def test_every_alert_watches_something_that_is_recorded():
    """One on a record that nobody writes never fires, and looks like an alarm all the same."""
    sla = everything_asked()
    recorded = {rule["record"] for rule in of(rules.recording_file(sla, "5m"))}
    alerts = [rule for rule in of(rules.alerts_file(sla, "5m")) if rule["labels"].get("kpi")]
    watched = {found for rule in alerts for found in re.findall(r"cc_run\w*:\w+:\w+", rule["expr"])}

    assert len(alerts) > 80
    assert watched <= recorded


def test_what_no_alert_can_watch_is_named_with_the_reason():
    """Nobody should believe that it is watched: no label for it, no usual day, no such clock."""
    sla = fakes.sla(
        fakes.objective(each=Each.LINE),
        replace(fakes.objective("blocked"), gates={PhaseKind.FAULT: Bound(0.05, 0.07)}),
        fakes.objective(
            "ticket_first_reply",
            threshold_s=None,
            clocks={"P1": Clock(900.0), "P4": Clock(28_800.0, Hours.BUSINESS)},
        ),
    )
    text = rules.alerts_file(sla, "5m")
    notes = [line for line in text.splitlines() if line.startswith("# No rule for ")]
    (alert,) = [rule for rule in of(text) if rule["labels"].get("kpi")]

    assert 'priority="P1"' in alert["expr"]
    assert [note.rpartition(": ")[2] for note in notes] == [
        "service_level by line.",
        "blocked.",
        "ticket_first_reply of P4.",
    ]
    assert len({note.partition(": ")[0] for note in notes}) == 3


def test_an_owner_s_name_is_written_out_as_it_is(tmp_path: Path):
    """Names are anybody's text; Prometheus would take two braces for an instruction of its own."""
    name = 'Care {{ $value }} of "north"'
    text = rules.alerts_file(fakes.sla(fakes.objective(owner=Owner(name, "x"))), "5m", lasting="0s")
    (alert,) = [rule for rule in of(text) if rule["labels"].get("kpi")]
    series = 'cc_wait_seconds_{}{{outcome="answered", run="r"{}}}'
    told = {
        "rule_files": ["kpis.yml", "alerts.yml"],
        "evaluation_interval": "10s",
        "tests": [
            {
                "interval": "10s",
                "input_series": [
                    {"series": series.format("bucket", ', le="20"'), "values": "0+1x60"},
                    {"series": series.format("count", ""), "values": "0+9x60"},
                ],
                "promql_expr_test": [
                    {
                        "expr": f"count(ALERTS{{owner={json.dumps(name)}}})",
                        "eval_time": "10m",
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    }
                ],
            }
        ],
    }
    (tmp_path / "kpis.yml").write_text(rules.recording_file(fakes.sla(), "5m"))
    (tmp_path / "alerts.yml").write_text(text)
    (tmp_path / "test.yml").write_text(yaml.safe_dump(told))
    said = promtool("test", "rules", "test.yml", folder=tmp_path)

    assert alert["labels"]["owner"] != name
    assert said.returncode == 0, said.stdout + said.stderr


def test_an_objective_of_faults_alone_has_no_alert():
    """Its limits do not hold on a quiet day."""
    objective = replace(fakes.objective(), gates={PhaseKind.FAULT: Bound(0.6, 0.58)})

    assert not [
        r for r in of(rules.alerts_file(fakes.sla(objective), "5m")) if "kpi" in r["labels"]
    ]


STANDARDS = [
    (0.8, Direction.MORE, Unit.SHARE),
    (0.05, Direction.LESS, Unit.SHARE),
    (28.0, Direction.LESS, Unit.SECONDS),
    (4.1, Direction.MORE, Unit.SCORE),
]


@pytest.mark.parametrize(
    "moves",
    [
        USUAL,
        Progression("in-house", dip=0.1, dip_months=3, yearly=0.08, months=1),
        Progression("in-house", dip=0.1, dip_months=11, yearly=0.08, months=1),
        Progression("in-house", dip=0.1, dip_months=12, yearly=0.08, months=1),
        Progression("in-house", dip=0.1, dip_months=26, yearly=0.08, months=1),
        Progression("in-house", dip=0.0, dip_months=0, yearly=0.08, months=1),
    ],
    ids=lambda moves: f"dip_months={moves.dip_months}",
)
def test_what_is_required_in_the_review_is_what_the_verdict_requires(
    moves: Progression, tmp_path: Path
):
    """The dip, the way back and the years: month by month the same, by two who compute it."""
    needs("prometheus", "promtool")
    go_live = 1_700_000_000
    look = Look(go_live + 1000.0, go_live + 1000.0 + 59 * MONTH_S, step_s=MONTH_S)
    with served_prometheus("global: {}\n", tmp_path) as judge:
        for base, direction, unit in STANDARDS:
            text = required_promql(base, moves, direction, unit).replace("$go_live", str(go_live))
            ((told),) = [each["values"] for each in answer(judge.url, text, look)]
            wanted = [
                required(base, replace(moves, months=month), direction, unit) for month in range(60)
            ]

            assert [float(value) for _, value in told] == pytest.approx(wanted, rel=1e-9)
            assert any(a != b for a, b in pairwise(wanted))
