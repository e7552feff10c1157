"""Who still waits when we leave: counted where it is known what became of them, else left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.kpi.calls import service_level
from harness.kpi.catalogue import Question
from harness.model.contact import Call
from harness.model.verdict import Measurement
from tests.fakes import answered, phase_evidence, waiting

SEEN_UNTIL_S = 1000.0
TWENTY = Question(threshold_s=20.0)


def measured(*seen: tuple[float | None, float]) -> Measurement:
    """Return the service level of callers, each with a wait (None: not over) and time watched."""

    def of(number: int, wait_s: float | None, watched_s: float) -> Call:
        id_, due_s = f"peak/calls/{number}", SEEN_UNTIL_S - watched_s
        if wait_s is None:
            return waiting(id_, due_s=due_s)
        return answered(id_, due_s=due_s, wait_s=wait_s)

    calls = [of(number, *each) for number, each in enumerate(seen)]
    return service_level(phase_evidence(*calls, seen_until_s=SEEN_UNTIL_S), TWENTY)


@pytest.mark.parametrize(
    ("wait_s", "watched_s", "value", "why"),
    [
        (20.0, 40.0, 1.0, "answered exactly at the threshold is within it"),
        (20.5, 40.0, 0.0, "answered too late"),
        (None, 20.5, 0.0, "too late already, whenever it will be answered"),
        (None, 20.0, None, "might still be answered in this very moment"),
        (None, 0.0, None, "has only just come"),
    ],
)
def test_who_still_waits_has_missed_it_or_is_left_out(
    wait_s: float | None, watched_s: float, value: float | None, why: str
):
    """Neither our leaving early nor their never answering may be taken for the other."""
    found = measured((wait_s, watched_s))

    assert found.value == value, why
    assert found.censored == (value is None)


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(21, 60)), min_size=1, max_size=60))
def test_the_share_is_kaplan_and_meiers_if_all_were_watched_long_enough(
    waits: list[tuple[float, float]],
):
    """Wait and how long it was watched: scipy's estimate for right-censored values."""
    seen = [(wait if wait <= watched else None, watched) for wait, watched in waits]
    sample = stats.CensoredData(
        uncensored=[wait for wait, _ in seen if wait is not None],
        right=[watched for wait, watched in seen if wait is None],
    )
    # A wait is a difference of two moments: not on the edge by less than a clock can tell.
    if any(wait is not None and abs(wait - 20.0) < 1e-6 for wait, _ in seen):
        return

    assert measured(*seen).value == pytest.approx(
        float(stats.ecdf(sample).cdf.evaluate(20.0)), abs=1e-9
    )
