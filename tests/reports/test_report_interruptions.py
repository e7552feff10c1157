"""What was away while a run went on is in every report, with its times and what it does."""

import json

from reports import html, issue_log, markdown, result
from tests.reports.conftest import KeptRun
from tests.reports.made_up_verdicts import Run


def test_people_read_what_was_away_from_when_and_what_that_does(kept_run: KeptRun):
    """In the centre's time and in the clock's, and in UTC for the provider who is asked why."""
    run = kept_run("inconclusive")
    page, summary = html.render(run.record, run.verdict), markdown.render(run.record, run.verdict)

    assert (
        "- Away: the process of north was started anew, from 0:20:00 for 60.0 s (3.0 s of the"
        " clock): counts as its customers met it"
    ) in summary
    assert "- Away: nothing of it answered, from 0:40:00 to the end: counts" in summary
    for said in ("0:20:00 – 0:21:00", "0:40:00 – the end", "60.0 s (3.0 s of the clock)"):
        assert said in page


def test_machines_read_its_kind_and_its_moments(kept_run: KeptRun):
    """Null where it never came back."""
    run = kept_run("inconclusive")
    process, target = json.loads(result.render(run.record, run.verdict))["interruptions"]
    began = run.record.wall(1200.0)

    assert (process["kind"], process["start_s"], process["end_s"]) == ("process", 1200.0, 1260.0)
    assert process["started"] == result.timestamp(began)
    assert (target["kind"], target["of"], target["end_s"]) == ("target", ["edge", "north"], None)


def test_an_outage_of_the_target_is_among_the_findings(kept_run: KeptRun):
    """With when it was: somebody has to look it up in the provider's own log."""
    run = kept_run("inconclusive")

    assert "the process of north was started anew, from 0:20:00 on; nobody had planned it" in (
        issue_log.render(run.record, run.verdict)
    )


def test_a_run_in_which_nothing_was_away_does_not_speak_of_it(go_run: Run):
    """An empty heading raises a question that nobody asked."""
    assert "Away while" not in html.render(go_run.record, go_run.verdict)
    assert "Away:" not in markdown.render(go_run.record, go_run.verdict)
