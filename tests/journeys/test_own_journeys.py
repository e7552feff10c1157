"""A story of the user's own: the example of the documentation, and what cannot be used."""

import re
from pathlib import Path

import pytest

from harness.adapter.protocol import EndReason, Notice, NoticeKind
from harness.model.contact import Call, EndedBy, Outcome
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedCall
from scenarios.journeys.call import phone
from scenarios.journeys.find import NoStory, find_journey
from scenarios.journeys.story import Leave
from tests.fakes import FakeClock, Theatre

HOW_TO = Path(__file__).parents[2] / "docs" / "how_to_write_a_journey.md"
PERSON = Person("customer-00007", "Ann Nobody", "+447700900007", "customer-00007@customers.test")
PLAN = PlannedCall(
    id="peak/calls/7",
    number=7,
    phase="peak",
    held=False,
    due_s=100.0,
    queue="billing",
    line="+441632960101",
    person=7,
    patience_s=60.0,
    reason="a complaint",
)
ANSWERED = (110.0, Notice(NoticeKind.ANSWERED, reference=PLAN.id, site="north"))
ENDED = (140.0, Notice(NoticeKind.ENDED, reference=PLAN.id, reason=EndReason.AGENT))


@pytest.fixture
def example(tmp_path: Path) -> str:
    """Return where the documentation's example is named by a scenario."""
    (code,) = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "short_question.py"
    path.write_text(code, encoding="utf-8")
    return f"{path}:ShortQuestion"


def play(where: str, *script: tuple[float, Notice | Leave]) -> tuple[Call, Theatre]:
    theatre = Theatre(clock=FakeClock(s=100.0))
    contact = theatre.play(find_journey(where)(PLAN, PERSON, 100.0, theatre.scene()), *script)
    assert isinstance(contact, Call)
    return contact, theatre


def test_the_example_of_the_documentation_is_a_journey(example: str):
    """Its caller hangs up after a minute of talk."""
    call, theatre = play(example, ANSWERED)

    assert (call.outcome, call.ended_by) == (Outcome.ANSWERED, EndedBy.CALLER)
    assert (call.answered_s, call.ended_s) == (110.0, 170.0)
    assert theatre.requests[-1] == (170.0, "hang_up")


def test_the_example_keeps_the_rules_it_comes_with(example: str):
    """It loses patience like others, notices a cut, and leaves politely."""
    assert play(example)[0].outcome is Outcome.ABANDONED
    assert play(example, ANSWERED, ENDED)[0].ended_by is EndedBy.DROPPED
    left, theatre = play(example, ANSWERED, (120.0, Leave()))

    assert (left.ended_by, left.ended_s) == (EndedBy.CALLER, 120.0)
    assert theatre.requests[-1][1] == "hang_up"


def test_the_yaml_of_the_documentation_names_the_example():
    """Somebody will copy both."""
    text = HOW_TO.read_text(encoding="utf-8")

    assert "journey: short_question.py:ShortQuestion" in text
    assert "class ShortQuestion:" in text


def test_without_a_name_it_is_the_shipped_story():
    """A scenario of yesterday plays what it played."""
    assert find_journey(None) is phone


def test_a_function_is_a_story_too(tmp_path: Path):
    """Whoever needs no state needs no class."""
    path = tmp_path / "mine.py"
    path.write_text("def mine(plan, person, due_s, scene):\n    yield plan\n")

    assert next(find_journey(f"{path}:mine")(1, 2, 3.0, 4)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import no_such_module\ndef mine(): yield", "No module named 'no_such_module'"),
        ("def mine(plan, person, due_s, scene): return 1", "mine yields nothing"),
        ("class mine: pass", "no attribute 'play'"),
        ("class mine:\n  def __init__(self, x): pass", "missing 1 required positional"),
        ("def other(): yield", "has no attribute 'mine'"),
        ("def mine(plan, person, scene): yield", "mine(plan, person, scene): too many positional"),
        (
            "class mine:\n  def play(self, plan, person, due_s, scene, tone): yield",
            "missing a required argument: 'tone'",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, code: str, why: str):
    """To somebody who writes their first one, and before the first customer."""
    path = tmp_path / "broken.py"
    path.write_text(code)

    with pytest.raises(NoStory, match=r"traffic\.calls\.journey") as raised:
        find_journey(f"{path}:mine")

    assert why in str(raised.value)
    assert "a generator function of (plan, person, due_s, scene)" in str(raised.value)
