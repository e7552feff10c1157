"""The night without a run is the one that nobody hears of."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.model.history import RunSummary
from harness.record.nightly import news
from tests.record.test_decision import run

NOW = 1_795_000_000.0
HOUR_S = 3600.0


def nights(*decisions: str, last_h: float = 2.0) -> list[RunSummary]:
    """Return a run a night, the last of them *last_h* hours ago."""
    return [
        replace(
            run("soak"),
            decision=decision,
            sentence="too few contacts",
            started_wall=NOW - (last_h + 24 * number) * HOUR_S,
        )
        for number, decision in reversed(list(enumerate(reversed(decisions))))
    ]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "has never had a verdict"),
        (nights("GO", last_h=30), "last had a verdict 30h ago"),
        (nights("GO", "GO"), ""),
        (nights("NO-GO"), ""),
        (nights("INCONCLUSIVE", "INCONCLUSIVE"), ""),
        (nights(*["INCONCLUSIVE"] * 3), "3 times in a row: too few contacts"),
        (nights("INCONCLUSIVE", "INCONCLUSIVE", "GO", "INCONCLUSIVE"), ""),
        (nights("INCONCLUSIVE", "INCONCLUSIVE", "EXPLORED", "INCONCLUSIVE"), "3 times in a row"),
    ],
)
def test_what_did_not_come_or_decided_nothing_is_news(found: list[RunSummary], says: str):
    """A red night is none: it says so itself."""
    told = news(found, "soak", within_s=26 * HOUR_S, now=NOW)

    assert says in told
    assert bool(told) == bool(says)


def test_other_scenarios_and_runs_that_judge_nothing_do_not_count():
    """A smoke rehearsal at noon is no soak of the night, nor is a look at its figures."""
    others = [replace(each, scenario="smoke") for each in nights("GO")]
    controls = [replace(each, control=True) for each in nights("GO")]

    explored = nights("EXPLORED")

    assert "never" in news([*others, *controls, *explored], "soak", within_s=26 * HOUR_S, now=NOW)


def test_the_command_says_so_with_its_exit_code(tmp_path):
    """For the job of the morning after."""
    done = CliRunner().invoke(app, ["runs", "expect", "soak", "--history", str(tmp_path / "none")])

    assert done.exit_code == 1
    assert "soak has never had a verdict" in done.stdout
