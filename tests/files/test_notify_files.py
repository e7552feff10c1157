"""Who is told of a run: by where the address is, never by what it is."""

import pytest

from harness.model.notify import Notify, When
from harness.model.target import Secret
from tests.files.small_rehearsal import Rehearsal

LAST = "on_gate_failure: stop\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{url: {env: HOOK}}", Notify(Secret(variable="HOOK"))),
        (
            "{url: {env: HOOK}, secret: {env: HOOK_SECRET}, when: always}",
            Notify(Secret(variable="HOOK"), Secret(variable="HOOK_SECRET"), When.ALWAYS),
        ),
    ],
)
def test_a_webhook_is_named_by_its_place(rehearsal: Rehearsal, written: str, meant: Notify):
    """The scenario is read by many; its address lets anybody write there."""
    rehearsal.change("small.yaml", LAST, f"{LAST}notify: {written}\n")

    assert rehearsal.load().scenario.notify == meant


def test_a_file_of_a_secret_lies_beside_the_scenario(rehearsal: Rehearsal):
    """As every file that a scenario names."""
    rehearsal.change("small.yaml", LAST, f"{LAST}notify: {{url: {{file: hook.url}}}}\n")
    notify = rehearsal.load().scenario.notify

    assert notify == Notify(Secret(file=str(rehearsal.folder / "hook.url")))


def test_without_it_nobody_is_told(rehearsal: Rehearsal):
    """What is not asked for is not sent."""
    assert rehearsal.load().scenario.notify is None


@pytest.mark.parametrize(
    "written",
    [
        "https://chat.example/T0PSECRET",
        "{url: https://chat.example/T0PSECRET}",
        "{url: {env: HOOK}, secret: T0PSECRET}",
        "{url: {env: HOOK, file: hook.url}}",
        "{secret: {env: HOOK}}",
        "{url: {env: HOOK}, when: sometimes}",
        "{url: {env: HOOK}, to: everybody}",
    ],
)
def test_what_is_wrong_is_said_and_a_secret_in_its_place_is_not(rehearsal: Rehearsal, written: str):
    """A message ends up in the log of a CI job."""
    rehearsal.change("small.yaml", LAST, f"{LAST}notify: {written}\n")
    problems = rehearsal.problems()

    assert problems
    assert not any("T0PSECRET" in str(each) for each in problems)
