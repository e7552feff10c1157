"""Chart series: what they count, and that they never show what nobody measured."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.contact import Call, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.event import PhaseRun
from harness.model.sample import Scrape, Series
from harness.model.scenario import Load, PhaseKind
from reports.series import (
    Grid,
    Threshold,
    call_series,
    gauge,
    grid_for,
    per_minute,
    planned,
    quantile,
    ticket_series,
)


def one_a_second(run: PhaseRun, share: float) -> float:
    """Return the rate of a scenario whose full load is a contact a second."""
    return run.load.at(share)


MINUTE = Grid(60.0, 180.0)
NOT_PLANNED = (None, None, None)
ANY_IN_20 = Threshold("", 20.0)


def call(due_s: float, *, wait_s: float | None, queue: str = "billing") -> Call:
    """Return a call that was answered after *wait_s*, or abandoned."""
    return Call(
        id=f"{due_s}",
        phase="peak",
        queue=queue,
        line="+441632960101",
        customer="k1",
        due_s=due_s,
        started_s=due_s,
        answered_s=None if wait_s is None else due_s + wait_s,
        outcome=Outcome.ABANDONED if wait_s is None else Outcome.ANSWERED,
        ended_by=None if wait_s is None else EndedBy.CALLER,
    )


def phase(start_s: float, end_s: float, held_until_s: float, load: Load) -> PhaseRun:
    """Return a phase that ran."""
    return PhaseRun("p", PhaseKind.STEADY, load, start_s, end_s, held_until_s)


def queue_scrape(at_s: float, *waiting: float, ok: bool = True) -> Scrape:
    """Return a scrape with one queue for each of *waiting*."""
    values = {
        Series("cc_calls_in_queue", (("queue", str(i)),)): value for i, value in enumerate(waiting)
    }
    return Scrape("north", at_s, ok, values)


@given(st.floats(min_value=1, max_value=30 * 86400))
def test_a_run_of_any_length_has_few_windows_of_a_round_size(end_s: float) -> None:
    """A chart of a month has no more points than one of an hour, and none is under ten seconds."""
    grid = grid_for(end_s)

    assert grid.count <= 120
    assert grid.size_s >= 10
    assert grid.size_s == round(grid.size_s)


@pytest.mark.parametrize("minutes", [20, 30, 45, 60, 85, 120, 240, 480])
def test_a_usual_run_has_enough_windows_to_show_its_shape(minutes: int) -> None:
    """Twenty minutes or a shift: the eye gets about the same number of points."""
    assert 48 <= grid_for(minutes * 60).count <= 120


@given(st.floats(min_value=0, max_value=5000), st.floats(min_value=1, max_value=5000))
def test_every_moment_of_a_run_lies_in_exactly_the_window_that_spans_it(
    at_s: float, end_s: float
) -> None:
    """A contact on a border is counted once."""
    grid = grid_for(end_s)
    i = grid.index(at_s)

    if at_s >= grid.end_s:
        assert i is None
    else:
        assert i is not None
        low_s, high_s = grid.span_s(i)
        assert low_s <= at_s < high_s


def test_a_quantile_is_a_wait_that_somebody_had() -> None:
    """Nearest rank: no interpolation invents a caller."""
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.95) == 4.0
    assert quantile([], 0.5) is None


def test_the_planned_load_of_a_ramp_rises_in_a_straight_line() -> None:
    """Planned is the mean over a window, so it can be laid over what was counted in it."""
    ramp = phase(0.0, 180.0, 180.0, Load(0.0, 1.0))

    assert planned(MINUTE, [ramp], one_a_second) == pytest.approx((10.0, 30.0, 50.0))


def test_a_held_phase_keeps_its_last_load() -> None:
    """While a gate is being decided the load stays: a chart that dropped it would be wrong."""
    held = phase(0.0, 60.0, 120.0, Load(0.0, 1.0))

    assert planned(MINUTE, [held], one_a_second) == (30.0, 60.0, None)


def test_a_hold_lasts_until_the_next_phase_begins() -> None:
    """Deciding a gate takes seconds in which callers go on calling: no dip was ever planned."""
    first = phase(0.0, 60.0, 70.0, Load(0.0, 1.0))
    second = phase(120.0, 180.0, 180.0, Load(1.0, 1.0))

    assert planned(MINUTE, [first, second], one_a_second) == (30.0, 60.0, 60.0)


def test_nothing_was_planned_between_a_cut_and_the_phase_that_goes_on() -> None:
    """Nobody called then because nobody was to: a line at full load would look like an outage."""
    first = phase(0.0, 60.0, 60.0, Load(1.0, 1.0))
    second = phase(120.0, 180.0, 180.0, Load(1.0, 1.0))

    assert planned(MINUTE, [first, second], one_a_second, cuts_s=[60.0]) == (60.0, None, 60.0)


@given(st.floats(min_value=10, max_value=30 * 86400))
def test_a_window_that_the_run_did_not_fill_is_left_out(end_s: float) -> None:
    """In it every count falls, as if the load had: it is the run that ended."""
    grid = grid_for(end_s)
    low_s, high_s = grid.span_s(grid.count - 1)

    assert grid.end_s <= end_s < grid.end_s + grid.size_s or grid.count == 1
    assert high_s - low_s == grid.size_s or grid.count == 1


def test_the_last_short_window_is_a_rate_not_a_count() -> None:
    """Three calls in the last half minute are six a minute."""
    grid = Grid(60.0, 90.0)

    assert per_minute(grid, [61.0, 70.0, 80.0], expected=(None, None)) == (None, 6.0)


def test_no_contacts_is_zero_where_some_were_planned_and_a_gap_where_none_were() -> None:
    """A generator that stopped must be seen as one; a phase without load is not a failure."""
    assert per_minute(MINUTE, [], expected=(5.0, 0.0, None)) == (0.0, None, None)


def test_service_level_counts_every_abandoned_call_against_it() -> None:
    """The "offered" formula: an outage makes callers hang up early, that must not flatter it."""
    calls = [call(1.0, wait_s=20.0), call(2.0, wait_s=20.1), call(3.0, wait_s=None)]
    series = call_series(MINUTE, calls, thresholds=[ANY_IN_20], expected=NOT_PLANNED)

    assert series.service_level[ANY_IN_20] == (1 / 3, None, None)


def test_a_caller_cut_off_while_waiting_counts_against_the_service_level() -> None:
    """Else the chart would look best at the moment in which a site dies with its queue."""
    lost = replace(call(1.0, wait_s=None), outcome=Outcome.FAILED, queued_s=1.5)
    series = call_series(MINUTE, [lost], thresholds=[ANY_IN_20], expected=NOT_PLANNED)

    assert series.service_level[ANY_IN_20] == (0.0, None, None)


def test_service_level_of_a_queue_leaves_out_the_others() -> None:
    """An objective for each queue is drawn for each queue."""
    billing = Threshold("billing", 20.0)
    calls = [call(1.0, wait_s=5.0), call(2.0, wait_s=50.0, queue="support")]
    series = call_series(MINUTE, calls, thresholds=[billing], expected=NOT_PLANNED)

    assert series.service_level[billing] == (1.0, None, None)


def test_an_empty_window_has_no_service_level_and_no_wait() -> None:
    """Nobody called is neither 100 % nor 0 s."""
    series = call_series(MINUTE, [], thresholds=[ANY_IN_20], expected=NOT_PLANNED)

    assert series.service_level[ANY_IN_20] == NOT_PLANNED
    assert series.wait_p50_s == series.wait_p95_s == series.api_p95_ms == NOT_PLANNED


def test_beyond_an_honest_speed_the_sites_stamps_are_taken() -> None:
    """At 60 centre seconds a wall second, the caller's own clock is too coarse for 20 s."""
    stamped = replace(call(1.0, wait_s=30.0), site_queued_s=1.0, site_answered_s=16.0)
    series = call_series(
        MINUTE, [stamped], thresholds=[ANY_IN_20], expected=NOT_PLANNED, by_site_stamps=True
    )

    assert series.wait_p50_s[0] == 15.0
    assert series.service_level[ANY_IN_20][0] == 1.0


def test_a_ticket_without_acknowledgement_is_started_but_not_created() -> None:
    """The gap between the two lines is what the provider owes us."""
    ticket = Ticket(
        id="t1",
        phase="peak",
        priority="P1",
        customer="k1",
        due_s=1.0,
        started_s=1.0,
        replied_s=130.0,
        outcome=WriteOutcome.UNKNOWN,
        exchanges=(Exchange("create", None, 0.25),),
    )
    series = ticket_series(MINUTE, [ticket], expected=NOT_PLANNED)

    assert series.started_per_min == (1.0, None, None)
    assert series.created_per_min == NOT_PLANNED
    assert series.replied_per_min == (None, None, 1.0)
    assert series.api_p95_ms == (250.0, None, None)


def test_a_gauge_sums_its_queues_and_keeps_the_peak() -> None:
    """Thinning must not hide the one scrape that shows the queue at its longest."""
    scrapes = [queue_scrape(at, 1.0, 2.0) for at in range(0, 30, 2)]
    scrapes[7] = queue_scrape(14, 40.0, 2.0)
    grid, points = gauge(scrapes, name="cc_calls_in_queue", end_s=30.0)

    assert grid.size_s == 10
    assert points == (3.0, 42.0, 3.0)


def test_a_site_that_did_not_answer_leaves_a_gap_not_an_empty_queue() -> None:
    """A dead site reports nothing; a chart that showed zero would say that nobody waits."""
    scrapes = [queue_scrape(at, 4.0, ok=not 10 <= at < 20) for at in range(0, 30, 5)]
    _, points = gauge(scrapes, name="cc_calls_in_queue", end_s=30.0)

    assert points == (4.0, None, 4.0)


def test_rare_scrapes_get_windows_that_hold_one() -> None:
    """At speed 60 scrapes are a minute apart: ten-second windows would be five sixths gaps."""
    scrapes = [queue_scrape(at, 1.0) for at in range(0, 600, 60)]
    _, points = gauge(scrapes, name="cc_calls_in_queue", end_s=600.0)

    assert None not in points


def test_another_metric_of_the_same_source_is_not_counted() -> None:
    """The edge is a source too, and has no queues: it gets no line."""
    _, points = gauge([queue_scrape(0, 1.0)], name="cc_calls_in_talk", end_s=30.0)

    assert set(points) == {None}
