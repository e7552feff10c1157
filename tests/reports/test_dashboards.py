"""The dashboards that ship: made from the code, sound by the linter's rules, and about what exists.

That each query has something to show is seen on a real run (``tests/e2e/test_prometheus.py``).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from hypothesis import example, given
from hypothesis import strategies as st

from harness.files.load import load_sla
from harness.known import KNOWN
from harness.kpi.catalogue import CATALOGUE
from harness.kpi.promql import promql
from harness.model.contact import Why
from harness.model.own_metrics import BY_NAME, metric_of
from harness.model.sla import Clock, Direction, Progression, Unit
from harness.model.verdict import Aspect, Decision, Status, View
from reports.dashboards import grafana
from reports.dashboards.board import EVERYWHERE, SPEED
from reports.dashboards.owner import ids_of, owners
from reports.dashboards.review import required_promql, review
from reports.rules import questions
from reports.sections import gravity
from tests import fakes
from tests.reports.contracts import everything_asked
from tests.reports.made_up_verdicts import objective as made_up
from tests.reports.panels import DASHBOARDS, ROOT, Look, asked, dashboard, panels, targets
from tests.reports.test_rules import promtool

SLA = load_sla(ROOT / "scenarios" / "sla" / "outsourced_care.yaml", known=KNOWN)
LOOK = Look(1_800_000_000.0, 1_800_003_600.0)
UNITS = {"none", "short", "percentunit", "s", "bytes", "reqps"}
"""Those of Grafana's that we use, by the names that its linter knows."""
EACH = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)


def test_what_is_committed_is_what_make_dashboards_writes(tmp_path: Path):
    """A panel that was edited by hand asks something else than its gate, one day."""
    wanted = grafana.files(SLA)
    folders = (ROOT / "reports" / "grafana", ROOT / "reports" / "prometheus")
    there = {
        str(path.relative_to(ROOT / "reports")): path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert there == wanted, "run `make dashboards`"


def test_a_file_that_is_no_longer_made_is_removed_and_nothing_else(tmp_path: Path):
    """Else an owner who left keeps a dashboard for ever."""
    old = tmp_path / "grafana" / "dashboards" / "owner-somebody.json"
    other = tmp_path / "html.py"
    old.parent.mkdir(parents=True)
    for path in (old, other):
        path.write_text("")
    grafana.write(SLA, tmp_path)

    assert not old.exists()
    assert other.exists()
    assert (tmp_path / "grafana" / "dashboards" / "rehearsal.json").exists()


def test_there_is_a_view_for_every_owner_and_one_for_each_use():
    """Who answers for an objective finds it on a page of their own."""
    owners = {objective.owner.name for objective in SLA.objectives}
    titles = {dashboard(path)["title"] for path in DASHBOARDS}

    assert titles == {"Rehearsal", "Soak", "Service review"} | {f"Owner: {o}" for o in owners}


def test_no_two_dashboards_have_one_id():
    """Grafana would keep the last and drop the others."""
    uids = [dashboard(path)["uid"] for path in DASHBOARDS]

    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z0-9-]{1,40}", uid) for uid in uids)


@given(st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=8))
@example(["Продажи", "Поддержка", "Führung", "Fuhrung", "F hrung"])
@example(["Head of Customer Operations, billing", "Head of Customer Operations, support"])
@example(["A B", "a-b", "A/B"])
def test_whatever_owners_are_called_each_has_an_id_of_their_own(names: list[str]):
    """By the letters a to z alone two of another alphabet are one, and one dashboard is lost."""
    ids = ids_of(names)

    assert len(set(ids.values())) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", id_) for id_ in ids.values())
    assert all(len(f"harness-owner-{id_}") <= 40 for id_ in ids.values())


def test_of_any_contract_every_query_can_be_asked_and_names_no_variable_but_the_board_s():
    """Owners' names are anybody's text: a quotation mark ends no matcher, a dollar is a dollar."""
    sla = everything_asked()
    known = {"job", "instance", "run", "queue", "line", "site", "window", "go_live"}
    known |= {"__rate_interval", "__range"}
    boards = list(grafana.boards(sla))
    every = [panel for board in boards for row in board.rows for panel in row.panels]
    exprs = [query.expr for panel in every for query in panel.queries]

    assert len(exprs) > 200
    assert not [(each, broken) for each in exprs if (broken := broken_rules(each))]
    assert {name for each in exprs for name in re.findall(r"\$(\w+)", each)} <= known
    assert {json.loads(grafana.rendered(board))["uid"] for board in boards} == {
        board.uid for board in boards
    }


def test_of_more_queries_than_there_are_letters_none_is_dropped():
    """A contract with thirty queues is a large one, and no mistake."""
    board = next(grafana.boards(SLA))
    row = board.rows[0]
    panel = replace(row.panels[0], queries=row.panels[0].queries[:1] * 30)
    large = replace(board, rows=(replace(row, panels=(panel,)),))
    (found,) = [e for e in json.loads(grafana.rendered(large))["panels"] if "targets" in e]
    names = [each["refId"] for each in found["targets"]]

    assert len(set(names)) == 30
    assert names[25:28] == ["Z", "AA", "AB"]


def test_each_priority_is_shown_by_its_own_clock():
    """By the first one's, a P4 that is answered in four hours would look like a disaster."""
    objective = fakes.objective(
        "ticket_first_reply", threshold_s=None, clocks={"P1": Clock(900.0), "P4": Clock(14_400.0)}
    )
    for board in grafana.boards(fakes.sla(objective)):
        told = {
            (found[1], found[2]): query.legend
            for row in board.rows
            for panel in row.panels
            for query in panel.queries
            for found in [re.search(r'le=~"(\d+).*?priority="(P\d)"', query.expr)]
            if found and "ticket_first_reply" in query.expr
        }

        assert told.keys() == {("900", "P1"), ("14400", "P4")} or board.title == "Soak"
        assert all(each.count("within") == 1 for each in told.values())


def test_two_goals_of_one_kpi_are_told_apart_for_their_owner():
    """80/20 and 90/60 in one line would be neither."""
    sla = fakes.sla(
        fakes.objective(), fakes.objective(goal=0.9, goal_text="90/60", threshold_s=60.0)
    )
    (owner,) = owners(sla)
    (panel,) = owner.rows[1].panels

    assert "80/20; 90/60" in panel.about
    assert [query.legend for query in panel.queries] == [
        "{{view}} {{scope}} of {{goal}}",
        "{{limit}} {{scope}} of {{goal}}",
        "provider, all within 20s, over the window",
        "provider, all within 1m, over the window",
    ]
    assert all("goal" in query.expr for query in panel.queries[:2])


def test_the_review_moves_as_the_contract_says():
    """A contract that allows a dip of 10 % for three months is not held to 5 % and six."""
    sla = replace(fakes.sla(), progression=Progression("in-house", 0.1, 3, 0.08, 1))
    panel = next(p for p in review(sla).rows[1].panels if p.title == "Service level")
    moves = next(query.expr for query in panel.queries if query.legend == "required by now")

    assert "dip of 10 % in the first 3 months, and 8 % fewer failures" in panel.about
    assert required_promql(0.8, sla.progression, Direction.MORE, Unit.SHARE) == moves


def test_the_review_shows_the_real_centre_alone_unless_a_run_is_chosen(tmp_path: Path):
    """A rehearsal in which everybody waited says nothing of the customers of that month."""
    board = dashboard(ROOT / "reports" / "grafana" / "dashboards" / "service-review.json")
    (run,) = [each for each in board["templating"]["list"] if each["name"] == "run"]
    tile = next(expr for panel, expr in targets(board) if panel["title"] == "Service level")
    at = 'job="provider", instance="north"'
    centre = f'cc_wait_seconds_{{}}{{{{outcome="answered", {at}{{}}}}}}'
    waits = {
        centre.format("bucket", ', le="20"'): "0+9x360",
        centre.format("count", ""): "0+9x360",
        centre.format("bucket", ', le="20", run="r"'): "0x360",
        centre.format("count", ', run="r"'): "0+9x360",
    }
    told = {
        "tests": [
            {
                "interval": "10s",
                "input_series": [{"series": s, "values": v} for s, v in waits.items()],
                "promql_expr_test": [
                    {
                        "expr": asked(tile, replace(LOOK, run=chosen)),
                        "eval_time": "1h",
                        "exp_samples": [{"labels": "{}", "value": share}],
                    }
                    for chosen, share in ((run["allValue"], 1), ("r", 0))
                ],
            }
        ]
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(told))
    said = promtool("test", "rules", "test.yml", folder=tmp_path)

    assert said.returncode == 0, said.stdout + said.stderr
    assert (run["current"]["text"], run["label"]) == ("All", "Run (All: the real centre)")
    assert run["multi"] is False, "two runs would be added up"


def test_a_rate_is_there_whichever_instance_is_chosen():
    """The speed is the harness's to tell: of a site alone there would be nothing to divide by."""
    assert "$instance" not in SPEED
    assert "$job" not in SPEED
    assert "$run" in SPEED


def test_a_share_ends_at_one_unless_it_is_of_a_processor():
    """A process on three cores is no flat line at the upper edge; a service level has an edge."""
    ends = {
        (panel["title"], panel["fieldConfig"]["defaults"].get("max"))
        for path in DASHBOARDS
        for panel in panels(dashboard(path))
        if panel["type"] == "timeseries"
        and panel["fieldConfig"]["defaults"]["unit"] == "percentunit"
    }

    assert {title for title, most in ends if most is None} == {"Processor"}
    assert ("Service level", 1) in ends


@EACH
def test_panels_have_ids_of_their_own_and_do_not_overlap(path: Path):
    """A panel below another cannot be seen, and two with one id share their links."""
    board = dashboard(path)
    ids = [panel["id"] for panel in board["panels"]]
    places = [panel["gridPos"] for panel in board["panels"]]
    overlapping = [
        (one, other)
        for one, other in combinations(places, 2)
        if one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    ]

    assert len(set(ids)) == len(ids)
    assert not overlapping
    assert all(at["x"] >= 0 and at["x"] + at["w"] <= 24 for at in places)


@EACH
def test_grafana_s_own_types_read_it_and_write_it_back(path: Path):
    """A key in the wrong place would be dropped in silence."""
    board = dashboard(path)
    panels_of = {p["title"]: len(p.get("targets", ())) for p in board["panels"]}
    read = Dashboard.from_json(board)
    again = json.loads(json.dumps(read, cls=JSONEncoder))

    assert {p["title"]: len(p.get("targets", ())) for p in again["panels"]} == panels_of
    assert again["templating"] == board["templating"]
    assert again["schemaVersion"] == board["schemaVersion"] >= 39


@EACH
def test_the_dashboard_passes_the_linter_s_rules_on_variables(path: Path):
    """Of grafana/dashboard-linter: template-datasource, -job, -instance, -uneditable, and reload."""
    board = dashboard(path)
    variables = {each["name"]: each for each in board["templating"]["list"]}
    source = variables["datasource"]

    assert (source["type"], source["query"], source["label"]) == (
        "datasource",
        "prometheus",
        "Data source",
    )
    for name in ("job", "instance"):
        each = variables[name]
        assert (each["type"], each["multi"], each["allValue"]) == ("query", True, ".+")
        assert each["label"] == name.capitalize()
        assert each["datasource"]["uid"] == "${datasource}"
    assert {"run", "site", "queue", "line"} <= variables.keys()
    assert all(each["refresh"] == 2 for each in variables.values() if each["type"] == "query")
    assert board["editable"] is False


@EACH
def test_every_panel_passes_the_linter_s_rules_on_panels(path: Path):
    """Panel-datasource, panel-title-description, panel-units."""
    board = dashboard(path)
    wrong = [
        panel["title"]
        for panel in panels(board)
        if not panel["title"]
        or not panel["description"].endswith(".")
        or panel["datasource"]["uid"] != "${datasource}"
        or panel["fieldConfig"]["defaults"]["unit"] not in UNITS
    ]

    assert panels(board)
    assert not wrong


@EACH
def test_every_query_passes_the_linter_s_rules_on_targets(path: Path):
    """Target-promql, -rate-interval, -job, -instance; and counters are never shown as they are."""
    wrong = [
        (panel["title"], what, expr)
        for panel, expr in targets(dashboard(path))
        for what in broken_rules(expr)
    ]

    assert not wrong


@pytest.mark.parametrize(
    ("expr", "what"),
    [
        ("sum(rate(a_total{EVERYWHERE}[5m]))", "rate interval"),
        ("sum(a_total{EVERYWHERE})", "a counter as it is"),
        ('sum(a{job=~"$job"})', "matchers"),
        ("1 + scalar(max(b))", "matchers"),
        ("no selector at all(", "PromQL"),
    ],
)
def test_a_query_that_breaks_a_rule_is_seen(expr: str, what: str):
    """A rule that nothing can break would hold for any dashboard."""
    assert what in broken_rules(expr.replace("EVERYWHERE", EVERYWHERE))


def broken_rules(expr: str) -> list[str]:
    """Return which of the linter's rules on queries *expr* breaks."""
    try:
        tree = promql_parser.parse(asked(expr, LOOK))
    except ValueError:
        return ["PromQL"]
    broken = []
    for node, parents in walked(tree):
        if isinstance(node, promql_parser.VectorSelector):
            if not {"job", "instance", "run"} <= {each.name for each in node.matchers.matchers}:
                broken.append("matchers")
            over = {each.func.name for each in parents if isinstance(each, promql_parser.Call)}
            counter = node.name and node.name.endswith(("_total", "_bucket", "_count", "_sum"))
            if counter and not {"rate", "increase"} & over:
                broken.append("a counter as it is")
    if re.search(r"rate\([^\]]*\[(?!\$__rate_interval\])", expr):
        broken.append("rate interval")
    return broken


@EACH
def test_every_metric_that_is_asked_for_exists(path: Path):
    """Ours is in the vocabulary; the centre's is one that the mock shows, or any process."""
    shown = set(re.findall(r'"(cc_[a-z_]+)"', _sources())) | {
        "process_resident_memory_bytes",
        "process_cpu_seconds",
        "process_open_fds",
        "process_start_time_seconds",
    }
    unknown = [
        (panel["title"], node.name)
        for panel, expr in targets(dashboard(path))
        for node, _ in walked(promql_parser.parse(asked(expr, LOOK)))
        if isinstance(node, promql_parser.VectorSelector)
        and metric_of(node.name) not in BY_NAME
        and re.sub(r"_(total|bucket|sum|count)$", "", node.name) not in shown
    ]

    assert not unknown


SAID = {
    "aspect": set(Aspect),
    "view": set(View),
    "status": set(Status),
    "decision": set(Decision),
    "why": set(Why),
    "kpi": set(CATALOGUE),
    "owner": {objective.owner.name for objective in SLA.objectives},
}
"""What the labels of our own metrics may say."""


@EACH
def test_every_word_and_label_that_our_own_metrics_are_asked_for_is_one_of_theirs(path: Path):
    """A matcher for a word that nobody writes finds nothing, and a panel that may be empty is."""
    wrong = []
    for panel, expr in targets(dashboard(path)):
        for node, parents in walked(promql_parser.parse(asked(expr, LOOK))):
            metric = BY_NAME.get(metric_of(getattr(node, "name", None) or ""))
            if not isinstance(node, promql_parser.VectorSelector) or metric is None:
                continue
            labels = {*metric.labels, "job", "instance", "run", "le"}
            for each in node.matchers.matchers:
                words = set(each.value.split("|")) if each.name in SAID else set()
                if each.name not in labels or not words <= SAID.get(each.name, set()):
                    wrong.append((panel["title"], each.name, each.value))
            by = {label for each in parents for label in _by(each)}
            wrong += [(panel["title"], "by", label) for label in by - labels]

    assert not wrong


def _by(node: Any) -> list[str]:
    """Return the labels by which *node* adds up; none if it does not."""
    return (
        node.modifier.labels
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier
        else []
    )


def _sources() -> str:
    return "".join(path.read_text() for path in (ROOT / "mock_center").rglob("*.py"))


def walked(node: Any, parents: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield *node* and all below it, each with those above it."""
    yield node, parents
    for name in ("lhs", "rhs", "expr", "args", "vector_selector", "param"):
        below = getattr(node, name, None)
        for each in below if isinstance(below, (list, tuple)) else [below]:
            if hasattr(each, "prettify"):
                yield from walked(each, (*parents, node))


def test_faults_and_phases_are_drawn_from_metrics():
    """No token is needed, and a run that was backfilled has them too."""
    for path in DASHBOARDS:
        drawn = {each["name"]: each["expr"] for each in dashboard(path)["annotations"]["list"]}

        assert "harness_fault_active" in drawn["Faults"]
        assert "harness_phase" in drawn["Phases"]
        assert all(EVERYWHERE in expr for expr in drawn.values())


def test_a_panel_of_a_kpi_asks_what_its_gate_counts():
    """One definition: the catalogue's own text, narrowed by what was chosen at the top."""
    board = dashboard(ROOT / "reports" / "grafana" / "dashboards" / "rehearsal.json")
    kpi = CATALOGUE["service_level"]
    assert kpi.expression is not None
    text = promql(
        kpi.expression(questions(kpi, SLA)[0]),
        window="$window",
        by=("queue",),
        also=f'{EVERYWHERE}, queue=~"$queue", site=~"$site"',
    )

    assert text in [expr for panel, expr in targets(board) if panel["title"] == kpi.title]


def test_an_answer_has_the_colour_of_what_it_says():
    """A NO-GO in green, as Grafana colours any small number by itself, would be read as a GO."""
    board = dashboard(ROOT / "reports" / "grafana" / "dashboards" / "rehearsal.json")
    answer = next(panel for panel in panels(board) if panel["title"] == "Answer")
    words = answer["fieldConfig"]["defaults"]["mappings"][0]["options"]
    uncoloured = [
        panel["options"]["colorMode"]
        for path in DASHBOARDS
        for panel in panels(dashboard(path))
        if panel["type"] == "stat" and panel["title"] != "Answer"
    ]

    assert {each["text"]: each["color"] for each in words.values()} == {
        "none": "gray",
        "GO": "green",
        "NO-GO": "red",
        "INCONCLUSIVE": "blue",
    }
    assert set(uncoloured) == {"none"}


def test_of_several_statuses_the_gravest_is_shown():
    """A row is all phases and goals of a KPI: a fault that failed is not hidden by one left open.

    Rows show the highest number, and the report ranks what it lists in the same way.
    """
    states = [
        panel
        for path in DASHBOARDS
        for panel in panels(dashboard(path))
        if panel["title"] in ("Objectives", "Gates")
    ]
    ranked = sorted(Status, key=lambda each: gravity(made_up(status=each)), reverse=True)

    assert len(states) > 2
    for panel in states:
        words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
        assert [words[str(number)]["text"] for number in range(6)] == ["none", *ranked]


def test_grafana_reads_once_a_second():
    """By its own default of 15 s a fault of 20 s cannot be seen."""
    path = ROOT / "reports" / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (source,) = yaml.safe_load(path.read_text())["datasources"]

    assert source["jsonData"]["timeInterval"] == "1s"
    assert source["uid"] == grafana.DATASOURCE
