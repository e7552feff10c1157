"""Chart series: what they count, and that they never show what nobody measured."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kpi.evidence import columns_of_calls, columns_of_tickets
from harness.kpi.figures import GIVE_UP_WALL_S, call_figures
from harness.model.contact import Call, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.event import PhaseRun
from harness.model.scenario import Load, PhaseKind
from harness.model.sla import Bound, Formula
from harness.record.run_record import RunRecord
from reports.charts import charts_of
from reports.series import (
    Grid,
    Threshold,
    call_series,
    extremes,
    grid_for,
    per_minute,
    planned,
    quantile,
    thinned,
    ticket_series,
)
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import FACTS, SCENARIO, SLA, TARGET, fill
from tests.reports.made_up_verdicts import Run


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


def series_of(*calls: Call, thresholds=(ANY_IN_20,), by_site_stamps: bool = False):
    """Return the series of *calls*, planned or not, of one phase."""
    return call_series(
        MINUTE,
        [columns_of_calls(calls)],
        thresholds=thresholds,
        expected=NOT_PLANNED,
        by_site_stamps=by_site_stamps,
    )


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

    assert series_of(*calls).service_level[ANY_IN_20] == (1 / 3, None, None)


def test_a_caller_cut_off_while_waiting_counts_against_the_service_level() -> None:
    """Else the chart would look best at the moment in which a site dies with its queue."""
    lost = replace(call(1.0, wait_s=None), outcome=Outcome.FAILED, queued_s=1.5)

    assert series_of(lost).service_level[ANY_IN_20] == (0.0, None, None)


def test_service_level_of_a_queue_leaves_out_the_others() -> None:
    """An objective for each queue is drawn for each queue."""
    billing = Threshold("billing", 20.0)
    calls = [call(1.0, wait_s=5.0), call(2.0, wait_s=50.0, queue="support")]

    assert series_of(*calls, thresholds=[billing]).service_level[billing] == (1.0, None, None)


def test_an_empty_window_has_no_service_level_and_no_wait() -> None:
    """Nobody called is neither 100 % nor 0 s."""
    series = series_of()

    assert series.service_level[ANY_IN_20] == NOT_PLANNED
    assert series.wait_p50_s == series.wait_p95_s == series.api_p95_ms == NOT_PLANNED


def test_beyond_an_honest_speed_the_sites_stamps_are_taken() -> None:
    """At 60 centre seconds a wall second, the caller's own clock is too coarse for 20 s."""
    stamped = replace(call(1.0, wait_s=30.0), site_queued_s=1.0, site_answered_s=16.0)
    series = series_of(stamped, by_site_stamps=True)

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
    series = ticket_series(
        MINUTE, [columns_of_tickets([ticket])], acknowledged_s=[None], expected=NOT_PLANNED
    )

    assert series.started_per_min == (1.0, None, None)
    assert series.created_per_min == NOT_PLANNED
    assert series.replied_per_min == (None, None, 1.0)
    assert series.api_p95_ms == (GIVE_UP_WALL_S * 1000, None, None)


def test_a_caller_who_gave_up_has_no_wait_for_an_answer() -> None:
    """Their patience is not the centre's speed; the service level has them already."""
    series = series_of(
        replace(call(1.0, wait_s=None), queued_s=1.5, ended_s=90.0), call(2.0, wait_s=7.0)
    )

    assert series.wait_p50_s[0] == series.wait_p95_s[0] == 7.0


def test_a_window_has_its_lowest_and_its_highest_reading() -> None:
    """The table has to tell the one look that found nobody talking."""
    readings = [(at, 3.0) for at in range(0, 30, 2)]
    readings[7], readings[8] = (14, 42.0), (16, 0.0)

    assert extremes(readings, grid_for(30.0)) == ((3.0, 0.0, 3.0), (3.0, 42.0, 3.0))


def test_a_site_that_did_not_answer_leaves_a_gap_not_an_empty_queue() -> None:
    """A dead site reports nothing; a chart that showed zero would say that nobody waits."""
    readings = [(at, None if 10 <= at < 20 else 4.0) for at in range(0, 30, 5)]

    assert extremes(readings, grid_for(30.0)) == ((4.0, None, 4.0), (4.0, None, 4.0))
    assert thinned(readings, end_s=30.0) == (
        (0, 4.0), (5, 4.0), (10, None), (20, 4.0), (25, 4.0),
    )  # fmt: skip


def test_a_pause_in_which_nobody_looked_is_a_gap_too() -> None:
    """A line drawn across it would tell what nobody saw."""
    readings = [(at, 4.0) for at in range(0, 100, 10) if not 30 <= at <= 60]

    assert thinned(readings, end_s=100.0)[2:5] == ((20, 4.0), (45, None), (70, 4.0))


# A millisecond is the least that two readings are apart.
times = st.lists(st.integers(0, 10**6), min_size=1, max_size=200, unique=True).map(
    lambda found: [each / 1000 for each in sorted(found)]
)
values = st.none() | st.floats(-1e6, 1e6)


@st.composite
def histories(draw) -> list[tuple[float, float | None]]:
    """Draw readings at any moments, some of which failed."""
    return [(at, draw(values)) for at in draw(times)]


@given(histories(), st.integers(1, 40))
def test_thinning_loses_no_peak_and_no_dip_that_the_picture_could_show(readings, buckets) -> None:
    """In each column of the picture what is drawn reaches as high and as low as what was read."""
    drawn = thinned(readings, end_s=1000.0, buckets=buckets)

    def column(at_s: float) -> float:
        return at_s * buckets // 1000.0

    for at_s, value in readings:
        if value is not None:
            same = [v for at, v in drawn if v is not None and column(at) == column(at_s)]
            assert min(same) <= value <= max(same)


@given(histories(), st.integers(1, 40))
def test_thinning_makes_nothing_up_and_stays_small(readings, buckets) -> None:
    """Each point is one that was read, in order; of each column at most four, and their gaps."""
    drawn = thinned(readings, end_s=1000.0, buckets=buckets)
    points = [each for each in drawn if each[1] is not None]

    assert set(points) <= set(readings)
    assert [at for at, _ in drawn] == sorted(at for at, _ in drawn)
    assert len(points) <= 4 * (buckets + 1)
    assert len(drawn) < 2 * len(points) or not drawn


@given(histories(), st.integers(1, 40))
def test_gaps_stay_gaps(readings, buckets) -> None:
    """No line goes over a moment at which a reading failed."""
    drawn = thinned(readings, end_s=1000.0, buckets=buckets)
    failed = [at for at, value in readings if value is None]

    for (start_s, low), (end_s, high) in pairwise(drawn):
        if low is not None and high is not None:
            assert not any(start_s < at < end_s for at in failed)


@given(histories())
def test_what_the_picture_has_room_for_is_drawn_as_it_was_read(readings) -> None:
    """Only what nobody could see is left out."""
    drawn = thinned(readings, end_s=1000.0, buckets=10**9)

    assert [each for each in drawn if each[1] is not None] == [
        each for each in readings if each[1] is not None
    ]


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 200.0),
            st.sampled_from([0.0, 0.5, 70.0]),
            st.sampled_from([None, 5.0, 20.0, 20.5]),
            st.sampled_from(["billing", "support"]),
        ),
        max_size=30,
    )
)
def test_windows_hold_the_calls_that_were_due_and_started_in_them(
    rows: list[tuple[float, float, float | None, str]],
) -> None:
    """Columns are cut where windows end: each call is asked here which window is its own."""
    calls = [
        replace(call(due_s, wait_s=wait_s, queue=queue), started_s=due_s + lag_s)
        for due_s, lag_s, wait_s, queue in sorted(rows, key=lambda row: row[0])
    ]
    support = Threshold("support", 20.0)
    found = series_of(*calls, thresholds=[ANY_IN_20, support])
    started, due = [0, 0, 0], {ANY_IN_20: [[], [], []], support: [[], [], []]}
    for each in calls:
        if (i := MINUTE.index(each.due_s + call_figures(each).lag_s)) is not None:
            started[i] += 1
        if (i := MINUTE.index(each.due_s)) is not None:
            in_time = call_figures(each).wait_s <= 20.0 and each.answered_s is not None
            due[ANY_IN_20][i].append(in_time)
            if each.queue == "support":
                due[support][i].append(in_time)

    assert found.started_per_min == tuple(count or None for count in started)
    for threshold, windows in due.items():
        shares = tuple(sum(each) / len(each) if each else None for each in windows)
        assert found.service_level[threshold] == shares


def test_a_goal_is_drawn_only_over_figures_that_are_counted_as_it_is(no_go_run: Run) -> None:
    """By another formula a pass would lie below its own goal."""
    (level, _) = SLA.objectives
    answered = replace(level, formula=Formula.ANSWERED, gates={PhaseKind.STEADY: Bound(0.9, 0.88)})
    alone, beside = (
        next(each for each in charts_of(no_go_run.record, sla) if each.id == "service-level")
        for sla in (
            replace(SLA, objectives=(answered,)),
            replace(SLA, objectives=(level, answered)),
        )
    )

    assert not [each.name for each in alone.traces if each.name.startswith("goal")]
    assert [each.name for each in beside.traces if each.name.startswith("goal")] == [
        "goal 80 % / 60 %"
    ]
    assert "by another formula (answered): its goal is not drawn" in alone.note
    assert "by another formula" in beside.note
    (usual,) = (each for each in charts_of(no_go_run.record, SLA) if each.id == "service-level")
    assert "formula" not in usual.note


def test_what_is_drawn_by_the_sites_stamps_is_not_said_to_be_what_callers_saw(
    no_go_run: Run, make_record: MakeRecord
) -> None:
    """Whoever lays the two views of a fast run side by side would find them strangely alike."""

    def filled(record: RunRecord) -> None:
        fill(record)
        record.put_plan(SCENARIO, SLA, TARGET, replace(FACTS, speed=60.0))

    for record, whose in (
        (no_go_run.record, "as callers saw it."),
        (make_record(filled), "by the sites' stamps."),
    ):
        notes = {each.id: each.note for each in charts_of(record, SLA)}

        assert notes["service-level"].endswith(whose)
        assert notes["waits"].endswith(whose)
