"""``harness findings``: what a person may say of a finding, and what only a run may."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.model.finding import Happening, RootCause, Severity, Sighting, What
from harness.model.scenario import Owner
from harness.record.history import History

SEEN = Sighting(
    "small", "asa in peak", Severity.CRITICAL, "asa 40 s > 28 s", Owner("A", "a@x.test")
)


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Return a history with one finding."""
    kept = History(tmp_path / "history")
    kept.keep([Happening(SEEN.id, What.SEEN, 1.0, run="run-1", sighting=SEEN)])
    return kept


def findings(history: History, *arguments: object):
    """Run ``harness findings`` on *history*."""
    words = ["findings", *map(str, arguments), "--history", str(history.folder)]
    return CliRunner().invoke(app, words)


def test_a_finding_goes_its_way_from_seen_to_closed(history: History):
    """Named by its first letters, explained, proven by a run, closed by a person."""
    explained = findings(
        history, "set", SEEN.id[:3], "--cause", "why", "--correction", "what", "--by", "Lead"
    )
    history.keep([Happening(SEEN.id, What.PASSED, 2e9, run="run-2")])
    closed = findings(history, "close", SEEN.id, "--by", "Lead")

    assert (explained.exit_code, closed.exit_code) == (0, 0)
    assert closed.stdout.startswith(f"✓ {SEEN.id}  critical  closed")
    assert findings(history, "list").stdout == "no open findings\n"
    assert SEEN.id in findings(history, "list", "--all").stdout
    story = findings(history, "show", SEEN.id).stdout
    assert [word for word in ("run-1", "run-2", "why", "what", "Lead") if word not in story] == []


def test_what_has_changed_since_a_day_is_told_the_closed_ones_too(history: History):
    """A tracker that heard of a finding has to hear of its end; what stood still it knows."""
    other = replace(SEEN, title="blocked in peak")
    history.keep([Happening(other.id, What.SEEN, 1.0, run="run-1", sighting=other)])
    history.keep(
        [
            Happening(other.id, What.SET, 2e9, by="Lead", cause=RootCause("why", "what")),
            Happening(other.id, What.CLOSED, 2e9 + 1, by="Lead"),
        ]
    )
    told = findings(history, "list", "--since", "2033-05-18", "--csv")

    assert [line.split(",")[0] for line in told.stdout.splitlines()] == ["id", other.id]
    assert findings(history, "list", "--since", "2033-05-19").stdout == "no findings\n"
    assert findings(history, "list", "--since", "soon").exit_code == 2


def test_a_finding_that_no_run_has_passed_and_nobody_explained_stays_open(history: History):
    """Both reasons are named at once, with the command that mends one of them."""
    refused = findings(history, "close", SEEN.id, "--by", "Lead")

    assert refused.exit_code == 2
    assert "no run has passed it yet" in refused.stderr
    assert "no root cause" in refused.stderr
    assert history.finding(SEEN.id).is_open


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("set", SEEN.id, "--by", "Lead"), "nothing to set"),
        (("set", SEEN.id, "--by", " ", "--note", "x"), "--by: found nobody"),
        (("set", SEEN.id, "--by", "Lead", "--state", "closed"), "closed is for a run to say"),
        (("set", SEEN.id, "--by", "Lead", "--owner", "B"), "a role and how to reach it"),
        (("show", "ffffffff0"), "no such finding"),
        (("list", "--csv", "--json"), "--csv and --json"),
        (("list", "--template", "nowhere.j2"), "nowhere.j2"),
        (("list", "--template", "/dev/zero"), "more than 1,000,000 bytes"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    history: History, arguments: tuple[str, ...], message: str
):
    """With what was found and what is wanted."""
    before = history.findings()
    refused = findings(history, *arguments)

    assert refused.exit_code == 2
    assert message in " ".join(refused.stderr.split())
    assert history.findings() == before
