"""What means us harm, and too much of everything: no format breaks, and none is escaped from."""

import csv
import io
import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from playwright.sync_api import Page, expect

import reports
from harness.model.verdict import Doubt, Status
from reports import html, issue_log, junit, markdown, result
from reports.html import MOST_FINDINGS, MOST_RESULTS, MOST_SAID
from tests.reports.browser import open_report, show
from tests.reports.made_up_run import HOSTILE
from tests.reports.made_up_verdicts import Run, objective
from tests.reports.test_report_files import SCHEMA

UNSAFE = set("\x00\x1b\u202e\u2066\ud800")
MANY = 10_000
BY_DAY_FEWER = [1_000, pytest.param(MANY, marks=pytest.mark.nightly)]
"""By day a few times as many as any of the formats shows."""


def doubted(run: Run, many: int) -> Run:
    """Return *run* with *many* doubts, each of which is a finding, and as many notes."""
    doubts = tuple(Doubt(f"{'x' * number} of {HOSTILE} is in doubt") for number in range(1, 101))
    rest = tuple(Doubt(f"{a}{b} of {HOSTILE}") for a in letters() for b in letters())
    said = (doubts + rest)[:many]
    return Run(run.record, replace(run.verdict, doubts=said, notes=(HOSTILE,) * many))


def letters() -> list[str]:
    """Return a hundred words without a digit: digits do not tell two findings apart."""
    return [a + b for a in "abcdefghij" for b in "klmnopqrst"]


def failed(run: Run, many: int) -> Run:
    """Return *run* with *many* failed objectives in one phase."""
    worst = objective(status=Status.FAIL, value=0.5, low=0.4, high=0.6)
    results = tuple(replace(worst, scope=f"queue {number}") for number in range(many))
    return Run(run.record, replace(run.verdict, results=results))


@pytest.mark.parametrize("many", BY_DAY_FEWER)
def test_findings_without_number_are_counted_where_they_are_not_shown(
    no_go_run: Run, many: int
) -> None:
    """A page that shows two hundred of ten thousand and does not say so is a lie."""
    run = doubted(no_go_run, many)
    known = {each.seen.id for each in issue_log.findings_of_run(run.record, run.verdict)}
    page = re.sub(r"<[^>]+>", "", html.render(run.record, run.verdict))
    rows = list(csv.DictReader(io.StringIO(issue_log.render(run.record, run.verdict))))

    assert len(known) > many
    assert f"{len(known) - MOST_FINDINGS:,} more are not shown" in page
    assert "all of them are in findings.csv" in page
    assert page.count(f"and {many - MOST_SAID:,} more, in result.json") == 2
    assert {row["id"] for row in rows} == known
    assert len(rows) == len(known)


@pytest.mark.parametrize("many", BY_DAY_FEWER)
def test_doubts_without_number_leave_the_other_formats_whole_and_small(
    no_go_run: Run, many: int
) -> None:
    """A step summary of more than 1 MB is dropped as a whole; a CI system reads XML under 30 MB."""
    run = doubted(no_go_run, many)
    summary = markdown.render(run.record, run.verdict)
    xml = junit.render(run.record, run.verdict)
    document = json.loads(result.render(run.record, run.verdict))

    assert len(summary.encode()) < 100_000
    assert f"And {many - 20:,} more doubts, in `result.json`." in summary
    assert f"And {many - 20:,} more notes, in `result.json`." in summary
    assert len(xml.encode()) < 100_000
    assert f"and {many - 20:,} more in result.json" in xml
    assert ET.fromstring(xml).tag == "testsuites"
    jsonschema_rs.validate(SCHEMA, document)
    assert len(document["verdict"]["doubts"]) == many


@pytest.mark.parametrize("many", [MOST_RESULTS + 1, pytest.param(MANY, marks=pytest.mark.nightly)])
def test_failed_objectives_without_number_are_all_in_the_files_and_counted_in_the_page(
    no_go_run: Run, many: int
) -> None:
    """One case each for a CI system, whose names stay apart; the page shows the first thousand."""
    run = failed(no_go_run, many)
    page = html.render(run.record, run.verdict)
    cases = ET.fromstring(junit.render(run.record, run.verdict)).findall(".//failure")
    document = json.loads(result.render(run.record, run.verdict))

    assert page.count("<code>service_level[queue ") == MOST_RESULTS
    assert f"{many - MOST_RESULTS:,} more in <bdi>peak</bdi> " in page
    assert len(cases) >= many
    assert len(document["objectives"]) == many
    assert f"{many - 20:,} more such rows in the report" in markdown.render(run.record, run.verdict)


@pytest.mark.nightly
@pytest.mark.browser
def test_a_page_of_ten_thousand_findings_opens_and_can_be_used(
    page: Page, no_go_run: Run, noise: list[str], tmp_path: Path
) -> None:
    """The night on which everything fails is the one on which somebody has to read it."""
    run = doubted(failed(no_go_run, MANY), MANY)
    path = tmp_path / "report.html"
    reports.replace_file(path, html.render(run.record, run.verdict))
    show(page, path, charts=False)
    head = page.locator("table.objectives thead th").nth(1)
    head.get_by_role("button").click()

    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#findings .notice")).to_contain_text("more are not shown")
    assert noise == []
    assert path.stat().st_size < 9_000_000  # of which 4.8 MB are the charts' library


@pytest.mark.browser
def test_a_script_that_got_in_in_spite_of_all_does_not_run(
    page: Page, noise: list[str], no_go_run: Run, tmp_path: Path
) -> None:
    """The last line of defence: the browser runs the scripts that the page names by hash alone."""
    text = html.render(no_go_run.record, no_go_run.verdict)
    planted = (
        "<script>document.title = 'taken'</script><img src=x: onerror=\"document.title='taken'\">"
        '<a href="javascript:document.title=1">x</a>'
    )
    path = tmp_path / "report.html"
    path.write_text(text.replace("<header>", f"<header>{planted}", 1), encoding="utf-8")
    show(page, path, charts=False)

    assert page.title().startswith("NO-GO")
    assert sum("Content Security Policy" in each for each in noise) >= 2


@pytest.mark.browser
def test_hostile_names_are_letters_in_charts_and_buttons_too(
    page: Page, hostile_run: Run, noise: list[str], tmp_path: Path
) -> None:
    """Plotly reads a little HTML of its own, and buttons are made by a script."""
    open_report(page, hostile_run, tmp_path)

    for place in ("#chart-in-queue .legendtext", "#stretches button:last-child", ".group button"):
        told = page.locator(place).first.text_content()
        assert told is not None
        assert told.startswith("</script><b>&\\u0000\\u001b[31m\\u202egnilib\\u2066|"), place
    assert page.locator("b").count() == 1  # our own, in the verdict's mark
    assert page.locator("svg a").count() == 0
    assert noise == []


def test_no_text_file_keeps_a_control_character_or_a_mark_of_direction(
    hostile_run: Run, tmp_path: Path
) -> None:
    """In a terminal one of them clears the screen, in an editor another turns FAIL into PASS."""
    reports.write(hostile_run.record, hostile_run.verdict, folder=tmp_path)

    for path in tmp_path.iterdir():
        if path.name.startswith("run.sqlite"):
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":  # the charts' library knows such characters by name
            text = text[: text.index("* plotly.js v")]
        assert not UNSAFE & set(text), path.name


def test_hostile_findings_stay_within_their_cells(hostile_run: Run) -> None:
    """A name with a line break and a formula is one cell of letters in a spreadsheet."""
    formula = objective(
        scope='=cmd|" /C calc"!A0', status=Status.FAIL, note=HOSTILE, goal_text="=1+1"
    )
    verdict = replace(hostile_run.verdict, results=(*hostile_run.verdict.results, formula))
    text = issue_log.render(hostile_run.record, verdict)
    rows = list(csv.reader(io.StringIO(text)))

    assert len(rows) > 2
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_foot_of_a_page_is_no_way_out_of_the_style_sheet(hostile_run: Run) -> None:
    """It stands between quotes in CSS, within a tag that ends at the first ``</style``."""
    run = hostile_run
    evil = replace(run.verdict, about='"}</style><b>*{display:none}\\')
    page = html.render(run.record, evil)
    style = page[page.index("<style>") : page.index("</style>")]
    foot = re.search(r'@bottom-left \{ content: "([^"]*)"; \} \}', style)

    assert foot is not None
    assert re.fullmatch(r"[A-Za-z0-9\\ ]+", foot[1])
    said = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), foot[1])
    assert said.startswith('NO-GO ("}</style><b>*{display:none}\\')
    assert unescape(page).count("<b>") > 1  # elsewhere it is escaped
