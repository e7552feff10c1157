"""Steps of a handover in a scenario's file: shares that add up, known sites, a way back."""

import pytest

from tests.files.small_rehearsal import Rehearsal

RAMP = "  - {name: ramp, kind: ramp, load: 10% -> 100%, for: 10m}"


def stepped(rehearsal: Rehearsal, what: str, *, in_house: str = "in_house: north\n") -> None:
    """Give the ramp a step, and the scenario an in-house centre."""
    rehearsal.change("small.yaml", RAMP, RAMP.replace("for: 10m", f"for: 10m, {what}"))
    rehearsal.change("small.yaml", "on_gate_failure", f"{in_house}on_gate_failure")


def test_a_step_moves_shares_and_people(rehearsal: Rehearsal):
    """The in-house centre is a site like any other."""
    stepped(rehearsal, "split: {north: 70%, south: 30%}, heads: {south: {billing: 20}}")

    step = rehearsal.load().scenario.phase("ramp").step

    assert step.split == {"north": 0.7, "south": 0.3}
    assert step.heads == {"south": {"billing": 20}}
    assert step.back_within_s is None


def test_a_rollback_takes_everything_back(rehearsal: Rehearsal):
    """Nobody has to write the share that the word means."""
    stepped(rehearsal, "rollback: {within: 2m}")

    step = rehearsal.load().scenario.phase("ramp").step

    assert step.split == {"north": 1.0}
    assert step.back_within_s == 120.0


@pytest.mark.parametrize(
    ("what", "in_house", "fragment"),
    [
        ("split: {north: 75%, south: 25%}", "", "steps of 10 %"),
        ("split: {north: 70%, south: 20%}", "", "100 % in all"),
        ("split: {nord: 100%}", "", "did you mean 'north'"),
        ("heads: {south: {biling: 20}}", "", "did you mean 'billing'"),
        ("heads: {south: 20}", "", "heads: {in-house: {billing: 40"),
        ("rollback: {within: 2m}", "", "the site that takes everything back"),
        ("rollback: {within: 0m}", "in_house: north\n", "a duration above 0"),
        (
            "rollback: {within: 2m}, split: {north: 50%, south: 50%}",
            "in_house: north\n",
            "a rollback takes everything back",
        ),
    ],
)
def test_a_step_that_cannot_be_is_named(
    rehearsal: Rehearsal, what: str, in_house: str, fragment: str
):
    """At 100 % by mistake a handover is no longer one in steps."""
    stepped(rehearsal, what, in_house=in_house)

    said = " ".join(f"{each.found} {each.want}" for each in rehearsal.problems())

    assert fragment in said


def test_an_article_says_when_it_is_looked_at_again(rehearsal: Rehearsal):
    """Knowledge ages: a provider's agents say what stands there."""
    (rehearsal.folder / "fresh.md").write_text("---\nreview_by: 2099-01-01\n---\n# Refunds\n")
    (rehearsal.folder / "undated.md").write_text("# Refunds\n")
    rehearsal.change("small.yaml", "on_gate", "knowledge: [fresh.md, undated.md, gone.md]\non_gate")

    said = [f"{each.found}; {each.want}" for each in rehearsal.problems()]

    assert len(said) == 2
    assert any("undated.md, which does not say when" in each for each in said)
    assert any("an existing file" in each for each in said)
