"""``staffed_by`` in a scenario: who answers, and what is wrong with how it was said."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from harness.model.staffing import Crew, Spell, StaffedBy, Staffing, staffing_of, unmanned
from tests.files.small_rehearsal import Rehearsal

PEOPLE = "{people: 12, from: 2026-12-01T09:00Z, to: 2026-12-01T11:00+01:00}"


def staffed(rehearsal: Rehearsal, written: str, speed: str = "20") -> Rehearsal:
    """Return *rehearsal* with ``staffed_by: written`` in line 7."""
    rehearsal.change("small.yaml", "speed: 20", f"staffed_by: {written}\nspeed: {speed}")
    return rehearsal


def test_without_it_a_mock_answers_itself_and_nobody_does_elsewhere(rehearsal: Rehearsal):
    """Today's scenarios keep their meaning, and an empty test environment is seen as one."""
    loaded = rehearsal.load()
    elsewhere = replace(loaded.target, mock=None)

    assert loaded.scenario.staffed_by is None
    assert staffing_of(None, loaded.target).by is StaffedBy.TARGET
    assert staffing_of(None, elsewhere).by is StaffedBy.NOBODY


def test_our_agents_are_as_many_as_the_profile_declares_and_no_more_is_needed(rehearsal: Rehearsal):
    """One word turns the provider's declared staffing into virtual agents."""
    loaded = staffed(rehearsal, "harness").load()
    crew = loaded.scenario.staffed_by.crew

    assert crew == Crew(
        {
            "north": {"billing": 50, "support": 34, "tickets": 30},
            "south": {"billing": 50, "support": 0, "tickets": 30},
        }
    )
    assert loaded.target.handle_s == {"billing": 180.0, "support": 180.0, "tickets": 180.0}


def test_heads_of_our_own_take_the_place_of_the_declared_ones(rehearsal: Rehearsal):
    """What theory expects must be expected of those who really answer."""
    loaded = staffed(
        rehearsal,
        "{harness: {heads: {north: {billing: 3, support: 2, tickets: 1}}, talk: {mean: 60s},"
        " declined: 2%, away: {every: 2h, mean: 5m}}}",
    ).load()
    crew = loaded.scenario.staffed_by.crew

    assert (crew.talk, crew.declined) == (Spell(60.0, 1.0), 0.02)
    assert (crew.away, crew.away_every_s) == (Spell(300.0, 0.0), 7200.0)
    assert loaded.target.staffing == {
        "north": {"billing": 3, "support": 2, "tickets": 1},
        "south": {},
    }
    assert loaded.target.handle_s["billing"] == 90.0
    assert unmanned(loaded.target).staffing["north"] == {"billing": 0, "support": 0, "tickets": 0}


def test_a_queue_that_our_agents_do_not_staff_is_a_problem(rehearsal: Rehearsal):
    """Its callers would wait for somebody who never comes."""
    staffed(rehearsal, "{harness: {heads: {north: {billing: 3, tickets: 1}}}}")
    (problem,) = rehearsal.problems()

    assert "'support', which no site staffs" in problem.found
    assert "under 'staffed_by'" in problem.want, "where it is mended"


def test_the_providers_people_and_their_hours(rehearsal: Rehearsal):
    """Who is there, and when; two zones are told apart."""
    loaded = staffed(rehearsal, f"{{provider: {PEOPLE}}}", speed="1").load()
    people = loaded.scenario.staffed_by.people

    assert people.people == 12
    assert people.end == datetime(2026, 12, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("by", ["target", "nobody"])
def test_who_answers_by_name(rehearsal: Rehearsal, by: str):
    """Nobody is an answer, too: the lines and the API can be rehearsed."""
    assert staffed(rehearsal, by).load().scenario.staffed_by == Staffing(StaffedBy(by))


class Wrong(NamedTuple):
    """``staffed_by: written`` has one problem, which says each of *fragments*."""

    written: str
    fragments: tuple[str, ...]


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong("harnes", ("did you mean 'harness'?",)),
        Wrong("provider", ("people: 12",)),
        Wrong("[harness]", ("a list", "staffed_by: harness")),
        Wrong("{}", ("staffed_by: harness",)),
        Wrong("{provider: {people: 12, from: 2026-12-01T09:00Z}}", ("no 'to'",)),
        Wrong(
            "{provider: {people: 12, from: 2026-12-01T09:00, to: 2026-12-01T11:00Z}}",
            ("a moment with its zone",),
        ),
        Wrong(
            "{provider: {people: 12, from: 2026-12-01T09:00Z, to: 2026-12-01T09:00Z}}",
            ("when they come",),
        ),
        Wrong("{harness: {heads: {nort: {billing: 1}}}}", ("did you mean 'north'?",)),
        Wrong("{harness: {heads: {north: {biling: 1}}}}", ("did you mean 'billing'?",)),
        Wrong("{provider: {people: 12.5}}", ("'people: 12.5'", "a whole number")),
        Wrong("{harness: {heads: {north: 5}}}", ("heads: {north:",)),
        Wrong("{harness: {heads: {north: {billing: 0}}}}", ("0 virtual agents",)),
        Wrong("{harness: {heads: {north: {billing: 9999}}}}", ("9999 virtual agents", "2,000")),
        Wrong("{harness: {talk: {mean: 0s}}}", ("a duration above 0",)),
        Wrong("{harness: {talks: {mean: 10s}}}", ("did you mean 'talk'?",)),
        Wrong("{harness: {declined: 120%}}", ("from 0% to 100%",)),
        Wrong("{harness: {away: {mean: 5m}}}", ("no 'every'",)),
    ],
)
def test_what_is_wrong_is_told_with_its_line(rehearsal: Rehearsal, wrong: Wrong):
    """Bad input never starts half a run."""
    problems = [
        each
        for each in staffed(rehearsal, wrong.written).problems()
        if "which no" not in each.found
    ]
    speedless = [each for each in problems if "speed" not in each.found]

    assert speedless
    text = " ".join(f"{each.found} {each.want}" for each in speedless)
    assert all(fragment in text for fragment in wrong.fragments), text
    assert all(each.where == rehearsal.where("small.yaml", 6 + 1) for each in speedless)


@pytest.mark.parametrize(
    ("written", "speed", "why"),
    [(f"{{provider: {PEOPLE}}}", "20", "nobody talks faster"), ("harness", "40", "at most 25")],
)
def test_who_answers_over_the_network_cannot_be_hurried(rehearsal, written, speed, why):
    """A person answers in real time; a program's answer takes wall time, which speed multiplies."""
    (problem,) = staffed(rehearsal, written, speed=speed).problems()

    assert why in problem.want
