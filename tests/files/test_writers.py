"""What a scenario may say of the customers who write, and what it may not."""

from pathlib import Path

import pytest

from harness.files.writers import HABITS, KEYS
from harness.model.callers import Delay
from harness.model.writers import Habit, Writers
from tests.files.small_rehearsal import Rehearsal

TICKETS = "tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}"


def writers(rehearsal: Rehearsal, said: str) -> Writers:
    rehearsal.change("small.yaml", TICKETS, f"tickets: {{per_hour: 600, {said}}}")
    tickets = rehearsal.load().scenario.tickets
    assert tickets is not None
    return tickets.writers


def test_whatever_is_not_said_nobody_does(rehearsal: Rehearsal):
    """Yesterday's scenarios mean what they meant."""
    tickets = rehearsal.load().scenario.tickets

    assert tickets is not None
    assert tickets.writers == Writers()


def test_a_habit_that_is_only_named_is_the_usual_one(rehearsal: Rehearsal):
    """Whoever has no figures need not invent any."""
    found = writers(rehearsal, "replies: {}, reopens: {}, escalations: {}, chases: {}")

    assert (found.replies, found.reopens) == (HABITS["replies"], HABITS["reopens"])
    assert (found.escalations, found.chases) == (HABITS["escalations"], HABITS["chases"])
    assert HABITS["replies"] == Habit(0.9, Delay(14_400.0, 1.5))


@pytest.mark.parametrize("name", HABITS)
def test_what_is_documented_is_what_is_usual(rehearsal: Rehearsal, name: str):
    """The same in the message, on the page and in the code."""
    page = (Path(__file__).parents[2] / "docs" / "customers_who_write.md").read_text("utf-8")

    assert f"    {KEYS[name].example}\n" in page
    assert getattr(writers(rehearsal, KEYS[name].example), name) == HABITS[name]


def test_each_figure_of_a_habit_can_be_given_by_itself(rehearsal: Rehearsal):
    """Shares, a fixed delay, or a median and how far the delays spread about it."""
    found = writers(
        rehearsal,
        "replies: {after: {median: 5m, sigma: 0.8}}, chases: {share: 25%, after: 20m},"
        " attachments: 20%",
    )

    assert found.replies == Habit(0.9, Delay(300.0, 0.8))
    assert found.chases == Habit(0.25, Delay(1200.0))
    assert (found.attachments, found.reopens) == (0.2, None)


@pytest.mark.parametrize(("said", "share"), [("", None), (", reread: 35%", 0.35)])
def test_how_many_tickets_are_read_again_can_be_said(rehearsal: Rehearsal, said: str, share):
    """Else it depends on who is asked: the mock for all, a provider for a fifth."""
    rehearsal.change("small.yaml", TICKETS, f"tickets: {{per_hour: 600{said}}}")
    tickets = rehearsal.load().scenario.tickets

    assert tickets is not None
    assert tickets.reread == share


def test_priorities_that_are_not_said_are_the_usual_ones(rehearsal: Rehearsal):
    """5, 15, 60 and 20 %."""
    rehearsal.change("small.yaml", TICKETS, "tickets: {per_hour: 600}")
    tickets = rehearsal.load().scenario.tickets

    assert tickets is not None
    assert tickets.priorities == {"P1": 0.05, "P2": 0.15, "P3": 0.6, "P4": 0.2}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("replys: {}", ("unknown key 'replys'", "did you mean 'replies'?")),
        ("replies: yes", ("replies: yes", "a table with the keys share, after")),
        ("replies: {share: 120%}", ("'share: 120%'", "from 0% to 100%")),
        ("reopens: {after: 4}", ("'after: 4'", "unit")),
        ("reopens: {after: {median: 4h}}", ("no 'sigma'", "sigma")),
        ("chases: {after: {median: 0s, sigma: 1}}", ("median", "above 0")),
        ("escalations: {medium: 4h}", ("unknown key 'medium'", "after, share")),
        ("attachments: 0.2", ("'attachments: 0.2'", "percentage")),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(
    rehearsal: Rehearsal, said: str, told: tuple[str, str]
):
    """And with what would be right."""
    rehearsal.change("small.yaml", TICKETS, f"tickets: {{per_hour: 600, {said}}}")
    (problem,) = rehearsal.problems()

    assert problem.where == rehearsal.where("small.yaml", 14)
    assert all(each in f"{problem.found} {problem.want}" for each in told), problem


def test_nobody_can_phone_about_a_ticket_without_calls(rehearsal: Rehearsal):
    """There is no line to call."""
    text = (rehearsal.folder / "small.yaml").read_text()
    lines = [line for line in text.splitlines() if "calls:" not in line]
    rehearsal.write(
        "small.yaml", "\n".join(lines).replace(TICKETS, "tickets: {per_hour: 600, chases: {}}")
    )

    assert any("chases, but no calls" in problem.found for problem in rehearsal.problems())
