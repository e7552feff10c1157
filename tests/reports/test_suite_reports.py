"""The reports of a folder of scenarios: everything of each, and links that lead there."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.errors import ExitCode
from harness.model.suite import Part, Suite
from reports import suite as reports

RUN_JUNIT = """<testsuites name="f01">
<testsuite name="peak" tests="1" failures="1" errors="0" skipped="0">
<testcase classname="sla.peak" name="service_level 80/20 (callers)"><failure message="no"/></testcase>
</testsuite></testsuites>"""
HOSTILE = "<script>|`\u202e\x00 ]]> & @everybody"

SUITE = Suite(
    "failover",
    (
        Part("f01", "F1 proves.", ExitCode.NO_GO, "NO-GO (mock only)", "it fell", "run-1", 112.4),
        Part("f02", HOSTILE, ExitCode.BROKEN, "", HOSTILE, "run-2", 3.0),
        Part("f03", "F3 proves.", why="f02 ended all"),
    ),
    "mock only",
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the folder of the whole, its reports written, beside the run of the first part."""
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "junit.xml").write_text(RUN_JUNIT)
    folder = tmp_path / "all"
    folder.mkdir()
    reports.write(SUITE, folder)
    return folder


def test_the_summary_has_a_line_and_a_way_to_each_run(place: Path):
    """It is what a person opens first, in a chat or a step summary."""
    text = (place / "summary.md").read_text(encoding="utf-8")

    assert "NO-GO (mock only)" in text.splitlines()[0]
    assert "1 NO-GO, 1 broken, 1 not run of 3 scenarios" in text
    assert "| [f01](../run-1/report.html) | 1m52s | it fell |" in text
    assert "| not run | f03 |" in text


def test_no_text_of_a_scenario_becomes_markup(place: Path):
    """A file from outside may hold anything."""
    text = (place / "summary.md").read_text(encoding="utf-8")

    assert r"\<script>" in text
    assert text.count("<") == text.count(r"\<")
    assert "\u202e" not in text
    row = next(line for line in text.splitlines() if "| f02 |" in line)
    assert row.replace(r"\|", "").count("|") == 5


def test_junit_has_a_case_for_each_scenario_and_every_case_of_each_run(place: Path):
    """A CI system follows the cases from night to night, by names that no other run has."""
    root = ET.parse(place / "junit.xml").getroot()
    whole, peak = root.findall("testsuite")

    assert [case.get("name") for case in whole] == ["f01", "f02", "f03"]
    assert [whole.get(count) for count in ("tests", "failures", "errors", "skipped")] == [
        "3", "1", "1", "1",
    ]  # fmt: skip
    assert peak.get("name") == "f01.peak"
    assert peak[0].get("classname") == "f01.sla.peak"


def test_the_result_is_complete_for_machines(place: Path):
    """null where nothing was measured; the exit code is that of the command."""
    found = json.loads((place / "result.json").read_text())

    assert found["suite"]["exit_code"] == ExitCode.BROKEN
    assert found["suite"]["decision"] == "NO-GO"
    assert [each["verdict"] for each in found["scenarios"]] == ["NO-GO (mock only)", None, None]
    assert [each["exit_code"] for each in found["scenarios"]] == [1, 70, None]
    assert [each["run"] for each in found["scenarios"]] == ["run-1", "run-2", None]


def test_the_table_fits_a_terminal():
    """Eighty columns, whatever a verdict has to say."""
    lines = list(reports.table(SUITE))

    assert len(lines) == 3
    assert all(len(line) <= 80 for line in lines)
