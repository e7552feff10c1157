"""What no runbook foresaw is in every report, with the contacts it happened to."""

import json

from reports import html, markdown, result
from tests.reports.made_up_verdicts import Run


def test_people_read_what_happened_to_how_many_and_where(no_go_run: Run):
    """Whoever reads it goes and writes it into the runbook."""
    said = "cut off: 5 contacts in site-loss, which no runbook foresees"

    assert said in html.render(no_go_run.record, no_go_run.verdict)
    assert f"- Surprise: {said}" in markdown.render(no_go_run.record, no_go_run.verdict)


def test_the_contacts_can_be_looked_up(no_go_run: Run):
    """A count without ids cannot be argued with the provider."""
    found = json.loads(result.render(no_go_run.record, no_go_run.verdict))["verdict"]["surprises"]

    assert [each["outcome"] for each in found] == ["cut_off", "ticket_refused"]
    assert found[1] == {"phase": "site-loss", "outcome": "ticket_refused", "ids": ["t000044"]}
    assert "t000044" in html.render(no_go_run.record, no_go_run.verdict)


def test_a_run_without_surprises_does_not_speak_of_them(go_run: Run):
    """An empty heading raises a question that nobody asked."""
    assert "Surprise" not in html.render(go_run.record, go_run.verdict)
    assert "Surprise" not in markdown.render(go_run.record, go_run.verdict)
