"""The supervisor's first line: every problem at once, each with what would be right."""

import copy

import pytest
from live_centre import BILLING, orders

from mock_center.config import ConfigError, parse_centre


@pytest.fixture
def document(tmp_path):
    return orders(tmp_path)


def problems(document) -> dict[str, str]:
    """Return what is wanted, by where."""
    with pytest.raises(ConfigError) as raised:
        parse_centre(document)
    return {problem.where: problem.want for problem in raised.value.problems}


def test_an_empty_mock_section_gives_the_documented_defaults(document):
    """A profile that says nothing about the mock must get a sound centre."""
    centre = parse_centre(document)

    assert centre.lag_s is None
    assert centre.trunks == {"north": {"carrier": 400}, "south": {"carrier": 400}}
    assert centre.split[BILLING] == {"north": 0.5, "south": 0.5}
    handling = (centre.calls.talk, centre.calls.wrap_up, centre.tickets.work)
    assert [time.mean_s for time in handling] == [150, 30, 150]
    assert (centre.health_check.every_s, centre.health_check.fall) == (2.0, 2)


def test_values_are_read_as_the_strings_they_are_in_yaml(document):
    """YAML is loaded as strings only: "60%" and "2s" are the forms that arrive."""
    document["mock"] = {
        "replication": "asynchronous",
        "replication_lag": "1m30s",
        "split": {"north": "60%", "south": "40%"},
        "agents_present": "50%",
        "health_check": {"every": "500ms", "fall": "3"},
    }
    centre = parse_centre(document)

    assert centre.lag_s == 90
    assert centre.split[BILLING] == {"north": 0.6, "south": 0.4}
    heads = {
        skill: sum(s.heads for s in shifts) for skill, shifts in centre.staffing["north"].items()
    }
    assert heads == {"billing": 2, "support": 1, "tickets": 2}
    assert (centre.health_check.every_s, centre.health_check.fall) == (0.5, 3)


def test_every_problem_is_reported_at_once_with_its_place(document):
    """Whoever mends a file wants one list, not one message per start."""
    document["speed"] = "fast"
    document["staffing"]["north"]["billing"] = "-3"
    document["mock"] = {
        "replication": "sync",
        "chanels": "200",
        "split": {"north": "60%", "east": "40%"},
        "talk": {"mean": "150", "variation": "wide"},
        "wrap_up": "30s",
    }

    found = problems(document)

    assert found.pop("mock.chanels").endswith("did you mean 'channels'?")
    assert found == {
        "speed": "a number above 0",
        "staffing.north.billing": "a whole number, 0 or more",
        "mock.replication": "synchronous or asynchronous",
        "mock.split.east": "one of north, south",
        "mock.talk.mean": "a duration with its unit, such as 20s, 10m or 400ms",
        "mock.talk.variation": "a number, 0 or more",
        "mock.wrap_up": "a mapping of names to values",
    }


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("speed", 0),
        ("speed", True),
        ("speed", "1e400"),
        ("speed", "nan"),
        ("lines", []),
        ("lines", {"billing": "+441632960101"}),
        ("lines", {}),
        ("staffing", {}),
        ("staffing", {"../north": {"billing": 1}}),
        ("client", {"id": "x"}),
        ("client", None),
        ("mock", "yes"),
        ("mock", {"channels": "0"}),
        ("mock", {"channels": "2.5"}),
        ("mock", {"channels": ["2"]}),
        ("mock", {"agents_present": "150%"}),
        ("mock", {"talk": {"mean": "0s"}}),
        ("mock", {"split": {"north": "60%"}}),
        ("mock", {"replication_lag": "20s"}),
        ("extra", 1),
    ],
)
def test_a_wrong_value_is_a_problem_and_never_a_traceback(document, where, value):
    """The harness prints our problems; a traceback would be all it could print instead."""
    broken = copy.deepcopy(document)
    broken[where] = value

    assert any(place.startswith(where) for place in problems(broken))


@pytest.mark.parametrize("nonsense", [None, 1, "text", [], [{}]])
def test_a_first_line_that_is_no_mapping_is_refused_as_such(nonsense):
    """Nothing can be said about keys then, but it has to be said where and what."""
    assert "the first line" in problems(nonsense)
