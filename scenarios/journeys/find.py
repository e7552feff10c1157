"""Finds the story that callers play: the shipped one, or a file of the user's own."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from harness.adapter.own_code import imported
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedCall
from scenarios.journeys.call import phone
from scenarios.journeys.story import Journey, Scene

CallJourney = Callable[[PlannedCall, Person, float, Scene], Journey]
"""A story on the phone: who calls and why, who they are, when they decided to, and the scene."""

_WANT = "a generator function of (plan, person, due_s, scene), or a class with such a method 'play'"


class NoStory(Exception):
    """The user's file cannot be used; the message says why."""


def find_journey(where: str | None) -> CallJourney:
    """Return the story at *where* (``/home/me/my_story.py:MyStory``); the shipped one without.

    Of a class one object is made in each generator process, and its method ``play`` is the story.

    Raises:
        NoStory: the file cannot be imported, or holds no such story.
    """
    if where is None:
        return phone
    file, _, name = where.rpartition(":")
    try:
        module = imported(Path(file), of="journey")
        story: Any = getattr(module, name)
        if inspect.isclass(story):
            made: Any = story()
            story = made.play
    except Exception as error:  # noqa: BLE001  it is the user's code: it may raise anything
        why = f"{type(error).__name__}: {error}"
        raise NoStory(f"traffic.calls.journey: found {where} ({why}), wanted {_WANT}") from None
    if why := _why_not(story, name):
        raise NoStory(f"traffic.calls.journey: found {where} ({why}), wanted {_WANT}")
    return cast(CallJourney, story)


def _why_not(story: Any, name: str) -> str:
    """Return why *story* is none that can be played; empty if it is one."""
    if not inspect.isgeneratorfunction(story):
        return f"{name} yields nothing"
    signature = inspect.signature(story)
    try:
        signature.bind("plan", "person", "due_s", "scene")
    except TypeError as error:
        return f"{name}{signature}: {error}"
    return ""
