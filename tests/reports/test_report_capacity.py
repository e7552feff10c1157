"""What a search for the knee found is in every report, and fits a terminal."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

from harness.cli.folding import folded
from harness.model.search import Purpose, Search
from harness.model.sla import Unit
from harness.model.verdict import Bracket, Capacity, Decision, Status, Tried, Verdict, Volume
from reports import html, junit, markdown, result
from reports.capacity import as_json, table
from tests.reports.made_up_verdicts import Run, objective
from tests.reports.test_report_files import SCHEMA, strict

FAILED = objective(status=Status.FAIL, value=0.71, low=0.68, high=0.74, phase="trial-3")


def tried(number: int, multiple: float, status: Status, *limiting, why: str = "") -> Tried:
    return Tried(
        phase=f"trial-{number}",
        multiple=multiple,
        purpose=Purpose.VOLUME,
        status=status,
        calls_per_hour=1440 * multiple,
        tickets_per_hour=600 * multiple,
        limiting=limiting or (objective(phase=f"trial-{number}"),),
        why=why,
    )


MET = tried(1, 1.0, Status.PASS)
MISSED = tried(
    3, 1.3, Status.FAIL, FAILED, replace(FAILED, kpi="service_level_of_a_very_long_name")
)
OPEN = tried(
    4, 1.15, Status.INCONCLUSIVE, why="the generator was late in this phase; and more than that"
)
FOUND = Capacity(
    search=Search(growth=1.3, resolution=0.1, most=3.0, trials=8, expected=1.25),
    tried=(MET, MISSED, OPEN),
    bracket=Bracket(1.0, 1.3),
    volumes=(Volume(1.0, Status.PASS, MET), Volume(1.3, Status.FAIL, MISSED)),
    limiting=("service_level[billing]",),
    confirmed=True,
    inversions=("failed at 1 × (trial-9) and met at 1.3 × (trial-2): the lower answer counts",),
    ended="8 trials were allowed; more would close the bracket further",
)


@pytest.fixture
def searched(no_go_run: Run) -> Run:
    """Return a run that was a search, and found no room for the future."""
    verdict = replace(no_go_run.verdict, decision=Decision.NO_GO, capacity=FOUND)
    return Run(no_go_run.record, verdict)


def test_the_table_fits_a_terminal_and_says_all_that_matters():
    """Eighty columns, by the load, each limiting objective with its value; then what it means."""
    lines = list(table(FOUND))
    rows = lines[: [*map(str.strip, lines)].index(OPEN.why)]

    assert max(map(len, rows)) <= 80
    assert max(map(len, folded("\n".join(lines), 80).splitlines())) <= 80
    assert [line.split()[0] for line in lines if "MET" in line[70:] or "OPEN" in line[70:]] == [
        *("1", "1.15", "1.3"),
    ]
    assert any("71 % (68–74)" in line for line in lines)
    assert any("meets the SLA at 1 ×, fails at 1.3 ×" in line for line in lines)
    assert lines[-2:] == ["present volume: met", "future volume (1.3 ×): not met"]


def test_a_number_that_has_no_room_is_rounded_and_a_text_says_that_it_was_cut():
    """1,234,567 calls an hour without their last digits are 1,234."""
    result = objective(unit=Unit.SECONDS, value=12_345.6, low=10_000.2, high=15_000.4, goal=28.0)
    many = replace(
        MET, calls_per_hour=1_234_567.0, tickets_per_hour=1_234_567.0, limiting=(result,)
    )
    row = list(table(replace(FOUND, tried=(many,))))[1]
    _, _, calls, tickets, *_ = row.split()

    assert (calls, tickets) == ("1.23M", "1,234,567")
    assert "…" in row
    assert len(row) <= 80


def test_reports_for_people_show_each_load(searched: Run):
    """The manager reads the page, the chat the summary."""
    page = html.render(searched.record, searched.verdict)
    summary = markdown.render(searched.record, searched.verdict)

    assert 'id="capacity"' in page
    assert "meets the SLA at 1 ×, fails at 1.3 ×" in page
    assert "the generator was late" in page
    assert "| 1.3 × | 1,872 | 780 | NOT MET |" in summary


def test_ci_sees_whether_each_volume_is_met(searched: Run):
    """Red for the future volume alone: that one has to be looked at."""
    root = ET.fromstring(junit.render(searched.record, searched.verdict))
    cases = {
        case.get("name"): [child.tag for child in case]
        for case in root.iter("testcase")
        if case.get("classname") == "run.capacity"
    }

    assert cases == {"present volume is met": [], "future volume (1.3 ×) is met": ["failure"]}


def test_result_json_tells_it_as_its_schema_has_it(searched: Run):
    """Whoever plans staff from it reads the schema, not our code."""
    document = json.loads(result.render(searched.record, searched.verdict))

    jsonschema_rs.validate(SCHEMA, document)
    jsonschema_rs.validate(strict(SCHEMA), document)
    assert document["capacity"]["meets_at"] == 1.0
    assert [each["answer"] for each in document["capacity"]["volumes"]] == ["met", "not met"]
    assert as_json(FOUND)["volumes"][1]["headroom"] == -0.2308


def test_other_runs_do_not_speak_of_capacity(go_run: Run):
    """An empty section raises a question that nobody asked."""
    verdict: Verdict = go_run.verdict

    assert 'id="capacity"' not in html.render(go_run.record, verdict)
    assert "Capacity" not in markdown.render(go_run.record, verdict)
    assert json.loads(result.render(go_run.record, verdict))["capacity"] is None
