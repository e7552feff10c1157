"""A provider's own names of metrics become ours, with their units and labels, or are dropped."""

import json

import pytest

from harness.model.sample import Series
from harness.model.target import Renamed
from harness.scrape.prometheus import vector
from harness.scrape.translation import Translation

OURS = "cc_ticket_first_reply_seconds"


def series(name: str, **labels: str) -> Series:
    return Series(name, tuple(sorted(labels.items())))


def test_a_histogram_keeps_its_parts_and_changes_its_unit():
    """Bounds and sums are times, counts are not: a count in milliseconds would be a thousandth."""
    translation = Translation({OURS: Renamed("desk_answer_ms", times=0.001)})

    found = translation.ours(
        {
            series("desk_answer_ms_bucket", le="900000"): 7.0,
            series("desk_answer_ms_bucket", le="+Inf"): 9.0,
            series("desk_answer_ms_count"): 9.0,
            series("desk_answer_ms_sum"): 4_000_000.0,
        }
    )

    assert found == {
        series(f"{OURS}_bucket", le="900.0"): 7.0,
        series(f"{OURS}_bucket", le="+Inf"): 9.0,
        series(f"{OURS}_count"): 9.0,
        series(f"{OURS}_sum"): 4_000.0,
    }


def test_labels_and_their_values_become_ours():
    """An objective for P1 finds what the provider calls critical."""
    renamed = Renamed(
        "desk_solved",
        labels={"priority": "urgency"},
        values={"priority": {"P1": "critical"}},
        added={"site": "desk"},
    )

    found = Translation({"cc_ticket_solved_total": renamed}).ours(
        {series("desk_solved", urgency="critical"): 3.0, series("desk_solved", urgency="odd"): 1.0}
    )

    assert found == {
        series("cc_ticket_solved_total", priority="P1", site="desk"): 3.0,
        series("cc_ticket_solved_total", priority="odd", site="desk"): 1.0,
    }


def test_what_nobody_named_is_dropped_even_under_one_of_our_names():
    """A stranger's series of our name may mean anything."""
    translation = Translation({OURS: Renamed("desk_answer_seconds")})

    assert translation.ours({series("cc_ticket_solved_total"): 5.0, series("up"): 1.0}) == {}


def test_series_that_become_one_are_added_up():
    """Two of their priorities may be one of ours."""
    values = {"priority": {"P1": "critical"}}
    renamed = Renamed("solved", labels={"priority": "urgency"}, values=values)

    found = Translation({"cc_ticket_solved_total": renamed}).ours(
        {series("solved", urgency="critical"): 3.0, series("solved", urgency="P1"): 4.0}
    )

    assert found == {series("cc_ticket_solved_total", priority="P1"): 7.0}


def test_a_prometheus_answer_becomes_series_of_ours():
    """The labels that the query leaves are kept; the name is the input's."""
    answer = json.loads(
        '{"status": "success", "data": {"resultType": "vector", "result": ['
        '{"metric": {"__name__": "acd", "queue": "billing"}, "value": [1, "12"]},'
        '{"metric": {"queue": "support"}, "value": [1, "NaN"]}]}}'
    )

    found = vector("cc_calls_queued_total", answer)

    assert found == {series("cc_calls_queued_total", queue="billing"): 12.0}


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"data": {"resultType": "matrix", "result": [{"values": []}]}}, {"data": 1}],
)
def test_what_is_no_answer_is_a_gap_and_not_a_zero(answer: object):
    """A scrape that failed makes the run doubtful; a zero would flatter or blame the provider."""
    assert vector("cc_calls_queued_total", answer) is None
