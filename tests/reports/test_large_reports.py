"""The short reports of a run in which everything went wrong, and went wrong at great length."""

from dataclasses import replace

import pytest

from harness.model.verdict import Doubt, Mishap, Status, Surprise
from harness.verdict.findings import sightings
from reports import junit
from reports.markdown import render
from tests.reports.made_up_run import HOSTILE
from tests.reports.made_up_verdicts import Run, objective

GITHUB_DROPS_BYTES = 1024 * 1024
GITLAB_DROPS_BYTES = 30_000_000


def letters(number: int) -> str:
    """Return *number* in letters: what differs in digits alone is one finding."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@pytest.fixture(
    scope="module", params=[(200, 900), pytest.param((2_000, 9_000), marks=pytest.mark.nightly)]
)
def awful(request: pytest.FixtureRequest):
    """Failed objectives with long and hostile names, and doubts: by night 10,000 findings in all."""
    objectives, doubted = request.param
    failed = tuple(
        objective(
            scope=f"{HOSTILE}{number}" + "long " * 60,
            phase=f"phase {number % 7}",
            status=Status.FAIL,
            value=0.1,
            note="because " * 90,
        )
        for number in range(objectives)
    )
    doubts = tuple(Doubt(f"{letters(number)} {HOSTILE}", "peak") for number in range(doubted))
    return failed, doubts


@pytest.fixture
def run(no_go_run: Run, awful) -> Run:
    """The run of which all that is true."""
    failed, doubts = awful
    surprises = (Surprise(HOSTILE, Mishap.DROPPED, ("c1",) * 9),) * 500
    notes = ("a note " * 100,) * 1_000
    went = replace(
        no_go_run.verdict, results=failed, doubts=doubts, surprises=surprises, notes=notes
    )
    return Run(no_go_run.record, went)


def test_the_summary_of_ten_thousand_findings_fits_where_it_is_shown(run: Run):
    """GitHub drops a step summary of more than 1 MB as a whole: nobody would be told anything."""
    record = run.record
    scenario = record.scenario
    found = sightings(
        run.verdict, scenario=scenario.name, owner=scenario.owner, ending=record.ending
    )
    text = render(record, run.verdict)

    assert len(found) >= len(run.verdict.doubts) * 10 // 9  # by night 10,000
    assert len(text.encode()) < GITHUB_DROPS_BYTES / 10


def test_the_first_ten_lines_say_what_matters_however_much_there_is(run: Run):
    """Who opens it on a telephone reads no further."""
    head = "\n".join(render(run.record, run.verdict).splitlines()[:10])

    assert head.startswith("## ✗ NO-GO (mock only): pre-cutover")
    assert "41.3 %" in head  # the sentence, with the number that decided
    assert "The run stopped at a gate that stayed shut" in head
    assert "- Failed: `service_level[" in head
    assert f"and {len(run.verdict.results) - 3:,} more" in head
    assert "findings: " in head
    assert "`harness findings list`" in head


def test_junit_of_two_thousand_failures_is_read_by_those_who_limit_it(run: Run):
    """GitLab takes no more than 30 MB."""
    assert len(junit.render(run.record, run.verdict).encode()) < GITLAB_DROPS_BYTES
