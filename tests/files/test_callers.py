"""What a scenario says of the customers on the phone, and what is wrong with it."""

import re
from pathlib import Path

import pytest

from harness.model.callers import (
    CallAgain,
    CallbackWish,
    Callers,
    Delay,
    MenuKeys,
    TicketAfterCall,
)
from harness.model.contact import Why
from harness.model.patience import BANK_1999, BUSY, Patience, Weibull
from tests.files.small_rehearsal import SCENARIO, Rehearsal

HABITS = """\
  calls:
    per_hour: 1440
    mix: {billing: 60%, support: 40%}
    redials:
      blocked: {share: 70%, after: 30s, at_most: 5}
      abandoned: {}
    repeats: {share: 50%, after: {median: 1h, sigma: 1}}
    callbacks: {}
    menu: {share: 10%, keys: 0#, after: 5s}
    opens_ticket: {share: 20%}
    languages: {en: 90%, cy-GB: 10%}
    journey: my_story.py:Shouter
"""
CALLS = (
    "  calls: {per_hour: 1440, shape: flat, mix: {billing: 60%, support: 40%}, patience: busy}\n"
)
STORY = "class Shouter:\n    pass\n\ndef whisper(plan, person, due_s, scene):\n    yield\n"


def with_habits(rehearsal: Rehearsal, habits: str = HABITS) -> Rehearsal:
    """Return *rehearsal* with those calls, and a story beside it."""
    rehearsal.change("small.yaml", CALLS, habits)
    rehearsal.write("my_story.py", STORY)
    return rehearsal


def callers(rehearsal: Rehearsal) -> Callers:
    calls = rehearsal.load().scenario.calls
    assert calls is not None
    return calls.callers


def patience(rehearsal: Rehearsal, written: str) -> Patience:
    rehearsal.change("small.yaml", "patience: busy", f"patience: {written}")
    calls = rehearsal.load().scenario.calls
    assert calls is not None
    return calls.patience


def test_what_is_not_said_nobody_does(rehearsal: Rehearsal):
    """A scenario of yesterday means today what it meant then."""
    assert callers(rehearsal) == Callers()


def test_habits_are_read_and_what_is_left_open_has_its_default(rehearsal: Rehearsal):
    """The defaults are those of the documentation."""
    found = callers(with_habits(rehearsal))

    assert found.again == {
        Why.BLOCKED: CallAgain(0.7, Delay(30.0), 5),
        Why.ABANDONED: CallAgain(0.4, Delay(800.0, 1.3), 3),
        Why.REPEAT: CallAgain(0.5, Delay(3600.0, 1.0), 2),
    }
    assert found.callback == CallbackWish(0.3, 60.0)
    assert found.menu == MenuKeys(0.1, "0#", 5.0)
    assert found.ticket == TicketAfterCall(0.2, 0.8, Delay(300.0))
    assert found.languages == {"en": 0.9, "cy-GB": 0.1}


def test_a_story_of_ones_own_is_found_beside_the_scenario(rehearsal: Rehearsal):
    """Like every path of a scenario; the generator works in a folder of its own."""
    assert callers(with_habits(rehearsal)).journey == f"{rehearsal.folder}/my_story.py:Shouter"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("busy", BUSY),
        ("bank_1999", BANK_1999),
        ("2m", Patience("2m", (Weibull(1.0, 1.0, 120.0),))),
        (
            "{weibull: {shape: 0.93, scale: 408s}}",
            Patience("weibull 0.93, 408s", (Weibull(1.0, 0.93, 408.0),)),
        ),
    ],
)
def test_patience_has_a_name_a_mean_or_a_form(
    rehearsal: Rehearsal, written: str, expected: Patience
):
    """The form is what a calibration from one's own calls writes."""
    assert patience(rehearsal, written) == expected


@pytest.mark.parametrize(
    ("old", "new", "found", "want"),
    [
        ("redials:", "redial:", "the unknown key 'redial'", "redials"),
        ("blocked: {share: 70%,", "busy: {share: 70%,", "the unknown key 'busy'", "blocked"),
        ("share: 70%", "share: 170%", "share: 170%", "0% to 100%"),
        ("after: 30s", "after: 30", "after: 30", "a duration"),
        ("at_most: 5", "at_most: 0", "at_most: 0", "from 1 to 20"),
        ("{median: 1h, sigma: 1}", "{median: 1h}", "no 'sigma'", "sigma: 1.3"),
        ("{median: 1h, sigma: 1}", "{median: 0s, sigma: 1}", "median: 0s", "above 0"),
        ("keys: 0#", "keys: zero", "keys: zero", "telephone"),
        ("cy-GB: 10%", "cy-GB: 20%", "adds up to 110 %", "100 %"),
        ("cy-GB", "Welsh_", "a language called 'Welsh_'", "BCP 47"),
        ("my_story.py:Shouter", "my_story.py", "journey: my_story.py", "my_story.py:MyStory"),
        ("my_story.py:Shouter", "no.py:Shouter", "journey: no.py:Shouter", "an existing file"),
        ("my_story.py:Shouter", "my_story.py:Shoter", "Shoter", "did you mean 'Shouter'?"),
        ("my_story.py:Shouter", "small.yaml.py:X", "small.yaml.py", "an existing file"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(
    rehearsal: Rehearsal, old: str, new: str, found: str, want: str
):
    """Before anything is started."""
    with_habits(rehearsal, HABITS.replace(old, new, 1))
    (problem,) = rehearsal.problems()

    assert found in problem.found
    assert want in problem.want


@pytest.mark.parametrize("written", ["0s", "0", "impatient", "{weibull: {shape: 0, scale: 1s}}"])
def test_no_patience_at_all_is_no_patience(rehearsal: Rehearsal, written: str):
    """A caller who hangs up before dialling would flatter or damn at random."""
    rehearsal.change("small.yaml", "patience: busy", f"patience: {written}")
    (problem,) = rehearsal.problems()

    assert "above 0" in problem.want or "0.2" in problem.want


def test_a_story_that_python_cannot_read_is_told_of(rehearsal: Rehearsal):
    """Not by the generator, half a minute into the run."""
    with_habits(rehearsal)
    rehearsal.write("my_story.py", "class Shouter\n")
    (problem,) = rehearsal.problems()

    assert "that Python can read (" in problem.want


def test_a_call_leads_to_no_ticket_where_there_are_none(rehearsal: Rehearsal):
    """Nobody would answer them, and no priorities are known."""
    with_habits(rehearsal)
    tickets = "  tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}\n"
    rehearsal.change("small.yaml", tickets, "")

    assert "no tickets in traffic" in rehearsal.problems()[0].found


DOCUMENTED = Path(__file__).parents[2] / "docs" / "callers.md"


def documented() -> dict[str, str]:
    """Return the default of each key as the documentation's table has it."""
    rows = re.findall(
        r"^\| `([\w.]+)` \| `([^`]+)` \|", DOCUMENTED.read_text("utf-8"), re.MULTILINE
    )
    return dict(rows)


def habits_of(rehearsal: Rehearsal, texts: dict[str, str]) -> Callers:
    redials = ", ".join(f"{k.split('.')[1]}: {v}" for k, v in texts.items() if "." in k)
    others = ", ".join(f"{k}: {v}" for k, v in texts.items() if "." not in k)
    own = f"redials: {{{redials}}}, {others}"
    rehearsal.write("small.yaml", SCENARIO.replace("patience: busy", own))
    return callers(rehearsal)


def test_the_documented_defaults_are_the_defaults(rehearsal: Rehearsal):
    """Whoever reads that 80 % call again must get 80 %."""
    written = documented()
    patience_name = written.pop("patience")
    empty = dict.fromkeys(written, "{}")

    assert len(written) == 7
    assert patience_name == "busy"
    assert habits_of(rehearsal, written) == habits_of(rehearsal, empty)


def test_the_shipped_rehearsal_spells_the_defaults_out():
    """Its reader sees what is on, and what to change.

    But for the tickets after calls: as many as usual would be more than the desk of an hour's
    rehearsal can work, and the file says so.
    """
    shipped = (Path(__file__).parents[2] / "scenarios" / "pre_cutover.yaml").read_text("utf-8")
    for key, default in documented().items():
        name = key.rpartition(".")[2]
        if f"{name}:" in shipped and name != "opens_ticket":
            assert f"{name}: {default.rstrip('}')}" in shipped, key
