"""The rise of a provider's counters: exact, and aware of restarts."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.kpi.increase import Increase, Window, increases
from harness.model.sample import Scrape, Told
from tests.fakes import scrape, series, told_of

CALLS = series("cc_call_attempts_total", result="accepted")
LATE = series("cc_call_attempts_total", result="busy")


def counter(*values: float | None, every_s: float = 10.0) -> list[Scrape]:
    """Return scrapes of one counter at 0, 10, 20 s...; None is a scrape without an answer."""
    return [
        scrape(i * every_s, {} if value is None else {CALLS: value}, ok=value is not None)
        for i, value in enumerate(values)
    ]


def told(*sources: list[Scrape]) -> list[Told]:
    return [told_of(each) for each in sources]


def rise(scrapes: list[Scrape], start_s: float, end_s: float) -> float | None:
    (found,) = increases(told(scrapes), [Window(start_s, end_s)])
    return found.total("cc_call_attempts_total")


@pytest.mark.parametrize(
    ("values", "window", "expected", "because"),
    [
        ((5, 7, 12, 20), (0, 30), 15, "the last less the first"),
        ((5, 7, 12, 20), (10, 20), 5, "between the scrapes that its borders forced"),
        ((5, 7, 12, 20), (9, 19), 5, "or the next ones after them"),
        (
            (5, 7, 3, 4),
            (0, 30),
            6,
            "a counter that fell was restarted: 2, then 3 from zero, then 1",
        ),
        ((5, 7, 3, 4), (0, 20), 5, "restarted at the window's end: its 3 lie inside"),
        ((5, 7, 3, 4), (20, 30), 1, "restarted at the window's start: its 3 lie before"),
        ((5, 7, 0, 0), (10, 30), 0, "restarted and idle"),
        ((5, None, None, 20), (0, 30), 15, "missing scrapes inside a window lose nothing"),
        ((5, None, 12, 20), (10, 30), 8, "a border without a scrape moves to the next one"),
        ((5, 7, 12, None), (10, 30), 5, "what the last scrape did not show is not known"),
        ((9, 9, 9, 9), (0, 30), 0, "nothing happened"),
        ((1000, 1001), (0, 10), 1, "what was counted before the run is not the run's"),
    ],
)
def test_the_rise_within_a_window(values, window, expected, because):
    """Differences between scrapes: nothing is extrapolated, a restart loses only what nobody saw."""
    assert rise(counter(*values), *window) == expected, because


def test_a_window_without_two_scrapes_has_no_rise():
    """None, not zero: nothing was measured."""
    assert rise(counter(5), 0, 10) is None


def test_a_series_that_appears_later_counts_from_zero():
    """A label combination that is first seen with 3 has risen by 3."""
    scrapes = [scrape(0, {CALLS: 5.0}), scrape(10, {CALLS: 6.0, LATE: 3.0})]
    (found,) = increases(told(scrapes), [Window(0, 10)])

    assert found.total("cc_call_attempts_total", result="busy") == 3.0


def test_a_series_of_the_first_scrape_does_not_count_from_zero():
    """Whatever ran before us is not our doing."""
    scrapes = [scrape(0, {CALLS: 500.0}), scrape(10, {CALLS: 501.0})]
    (found,) = increases(told(scrapes), [Window(0, 10)])

    assert found.total("cc_call_attempts_total") == 1.0


def test_a_series_that_comes_back_from_a_restart_counts_from_zero():
    """Absent for a scrape, back with less: it was restarted, and its 2 are new."""
    scrapes = [scrape(0, {CALLS: 5.0}), scrape(10, {}), scrape(20, {CALLS: 2.0})]

    assert rise(scrapes, 0, 20) == 2.0


def test_a_restart_that_one_counter_shows_is_a_restart_of_all():
    """Else more calls were answered in time (9) than were answered at all (1)."""
    within = series("cc_wait_seconds_bucket", outcome="answered", le="20.0")
    count = series("cc_wait_seconds_count", outcome="answered")
    scrapes = [scrape(0, {within: 10.0, count: 15.0}), scrape(10, {within: 9.0, count: 16.0})]
    (found,) = increases(told(scrapes), [Window(0, 10)])

    assert found.total("cc_wait_seconds_count") == 16.0


STARTED = series("process_start_time_seconds")
OPEN = series("cc_ticket_backlog", state="open")
TEN = Window(0, 10)


@pytest.mark.parametrize(
    ("pages", "expected", "because"),
    [
        ([(5, 1), (9, 1), (12, 1)], 7, "one process: the last less the first"),
        ([(5, 1), (9, 1), (3, 1)], 7, "one process, and less: what it passes on was restarted"),
        ([(5, 1), (2, 2), (4, 2)], 4, "another process, and less: its 2 are new, then 2 more"),
        ([(5, 1), (9, 2), (12, 2)], 12, "past its old value already: the start time tells"),
        ([(5, 1), (5, 2), (5, 2)], 5, "even the same value is new"),
        ([(5, 1), (0, 2), (0, 3)], 0, "restarted twice, and nobody called"),
        ([(5, 1), (7, 2), (3, 3)], 10, "restarted twice: 7, then 3"),
        ([(5, 1), (None, None), (3, 2)], 3, "down between two scrapes: what it then has is new"),
        ([(5, 1), (None, None), (8, 1)], 3, "slow to answer, not down: nothing is counted twice"),
        ([(None, None), (5, 1), (8, 1)], 3, "first seen inside the window: its past is not ours"),
    ],
)
def test_a_restart_between_two_scrapes(pages, expected, because):
    """The start time of the process tells what the counter alone would hide."""
    scrapes = [
        scrape(
            i * 10.0, {} if value is None else {CALLS: value, STARTED: start}, ok=value is not None
        )
        for i, (value, start) in enumerate(pages)
    ]

    assert rise(scrapes, 0, 20) == expected, because


AFTER = series("requests_total")


def test_the_start_time_is_found_among_whatever_else_a_page_tells():
    """Series stand in any order: this one between two others, of a restart that no counter shows."""
    pages = [{CALLS: 5.0, STARTED: 1.0, AFTER: 2.0}, {CALLS: 9.0, STARTED: 2.0, AFTER: 3.0}]
    (found,) = increases(told([scrape(i * 10.0, page) for i, page in enumerate(pages)]), [TEN])

    assert (found.total(CALLS.name), found.total(AFTER.name)) == (9.0, 3.0)


def test_a_page_without_its_start_time_tells_of_no_restart():
    """A proxy that leaves it out now and then must not double what was counted."""
    pages = [{CALLS: 5.0, STARTED: 1.0}, {CALLS: 7.0}, {CALLS: 9.0, STARTED: 1.0}]
    scrapes = [scrape(i * 5.0, page) for i, page in enumerate(pages)]

    assert rise(scrapes, 0, 10) == 4.0


def test_neither_an_idle_counter_nor_a_gauge_that_fell_is_a_restart():
    """Not even on the page on which a new series appears, which is gone through one by one."""
    pages = [{CALLS: 5.0, OPEN: 9.0}, {CALLS: 5.0, OPEN: 1.0, LATE: 2.0}]
    (found,) = increases(told([scrape(i * 10.0, page) for i, page in enumerate(pages)]), [TEN])

    assert found.total(CALLS.name, result="accepted") == 0.0
    assert found.total(LATE.name, result="busy") == 2.0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 2)), min_size=2, max_size=20))
def test_no_counter_ever_rises_by_less_than_nothing(pages: list[tuple[int, int]]):
    """Whatever was restarted, the process or only what stands behind it."""
    scrapes = [
        scrape(i * 10.0, {CALLS: float(value), STARTED: float(start)})
        for i, (value, start) in enumerate(pages)
    ]

    assert (rise(scrapes, 0, len(pages) * 10 - 10) or 0) >= 0


@pytest.mark.parametrize(
    ("pages", "parts", "because"),
    [
        ((5, 7, 12, 20), (7, 8), "a border that was read parts the rise"),
        ((5, 7, None, 20), (15, None), "not read there: all is of the window it was last seen in"),
        ((5, 7, None, 3), (5, None), "down across the border and back with 3: 2, and 3"),
        ((5, None, None, None), (None, None), "never seen again: nothing is known"),
    ],
)
def test_a_source_that_is_down_at_the_border(pages, parts, because):
    """What it counted until it was seen again belongs to one window, never to both."""
    windows = [Window(0, 20), Window(20, 30)]
    found = increases(told(counter(*pages)), windows)

    assert tuple(each.total("cc_call_attempts_total") for each in found) == parts, because


def test_a_source_that_vanishes_keeps_what_it_had():
    """A site taken down for good has served whom it served."""
    gone = [scrape(0, {CALLS: 5.0}), scrape(10, {CALLS: 9.0}), scrape(20, {}, ok=False)]
    (found,) = increases(told(gone, counter(1, 1, 1)), [Window(0, 20)])

    assert found.total("cc_call_attempts_total") == 4.0


def test_a_gauge_has_its_peak_and_its_end_within_the_window():
    """Readings at 10 and 20 are of the window from 0 to 20; that at 0 is of what was before."""
    scrapes = [scrape(i * 10.0, {OPEN: value}) for i, value in enumerate((9.0, 4.0, 2.0, 8.0))]
    first, second = increases(told(scrapes), [Window(0, 20), Window(20, 30)])

    assert (first.peaks(OPEN.name, (), {}), first.lasts(OPEN.name, (), {})) == ([4.0], [2.0])
    assert (second.peaks(OPEN.name, (), {}), second.lasts(OPEN.name, (), {})) == ([8.0], [8.0])


READINGS = st.lists(
    st.none() | st.tuples(st.none() | st.integers(0, 9), st.booleans(), st.integers(0, 9)),
    max_size=12,
)


@given(READINGS)
@example([(1, False, 0), (9, False, 0), (2, False, 0)])
def test_a_gauge_s_peak_and_end_are_those_of_its_readings(
    pages: list[tuple[int | None, bool, int] | None],
):
    """However pages differ: one not told, the gauge missing, other series beside it, a restart."""
    read = [scrape(0.0, {CALLS: 0.0, OPEN: 99.0})]
    for number, page in enumerate(pages, start=1):
        values = {}
        if page is not None:
            gauge, beside, calls = page
            values = {CALLS: float(calls)}
            values |= {} if gauge is None else {OPEN: float(gauge)}
            values |= {LATE: 1.0} if beside else {}
        read.append(scrape(number * 10.0, values, ok=page is not None))
    (found,) = increases(told(read), [Window(0, len(pages) * 10.0 or 1.0)])
    readings = [float(page[0]) for page in pages if page and page[0] is not None]

    assert found.peaks(OPEN.name, (), {}) == ([max(readings)] if readings else [])
    assert found.lasts(OPEN.name, (), {}) == readings[-1:]


def test_the_peak_of_two_sources_is_the_higher_of_theirs():
    """A queue seen by two sites has waited as long as either saw."""
    low, high = ([scrape(0, {OPEN: 1.0}), scrape(10, {OPEN: value})] for value in (4.0, 7.0))
    for sources in ((low, high), (high, low)):
        (found,) = increases(told(*sources), [Window(0, 10)])

        assert found.peaks(OPEN.name, (), {}) == [7.0]


def test_the_ends_of_two_sources_are_added_up():
    """Two pages that name no site: tickets open at the one are not those open at the other."""
    sources = ([scrape(0, {OPEN: 1.0}), scrape(10, {OPEN: value})] for value in (150.0, 20.0))
    (found,) = increases(told(*sources), [Window(0, 10)])

    assert found.lasts(OPEN.name, (), {}) == [170.0]


def test_a_gauge_is_no_counter():
    """It falls without a restart, and its falls are nobody's rise."""
    scrapes = [scrape(0, {CALLS: 5.0, OPEN: 9.0}), scrape(10, {CALLS: 6.0, OPEN: 1.0})]
    (found,) = increases(told(scrapes), [Window(0, 10)])

    assert found.total(OPEN.name) is None
    assert found.total(CALLS.name) == 1.0
    assert found.peaks(CALLS.name, (), {}) == found.lasts(CALLS.name, (), {}) == []


def test_sources_are_counted_apart():
    """A site's restart must not look like one of the other's, nor hide it."""
    (found,) = increases(told(counter(5, 8), counter(100, 1)), [Window(0, 10)])

    assert found.total("cc_call_attempts_total") == 3 + 1


COUNTERS = st.lists(st.none() | st.integers(0, 50), min_size=2, max_size=20)


@given(COUNTERS, st.lists(st.integers(0, 200), min_size=2, max_size=6, unique=True))
def test_adjacent_windows_sum_to_the_whole(values: list[int | None], borders: list[int]):
    """No call is counted twice, and none falls between two phases."""
    borders.sort()
    scrapes = counter(*values)
    parts = [rise(scrapes, *window) or 0 for window in pairwise(borders)]

    assert sum(parts) == (rise(scrapes, borders[0], borders[-1]) or 0)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.sets(st.integers(1, 18)))
def test_missed_scrapes_change_nothing_between_the_borders(steps: list[int], missed: set[int]):
    """Without a restart, only the borders' scrapes matter."""
    totals: list[float | None] = [0.0]
    for step in steps:
        totals.append((totals[-1] or 0.0) + step)
    holed = [
        None if i in missed and i < len(totals) - 1 else total for i, total in enumerate(totals)
    ]

    assert rise(counter(*holed), 0, len(steps) * 10) == sum(steps)


BUCKETS = Increase(
    {
        series("cc_wait_seconds_bucket", outcome="answered", queue="billing", le="20.0"): 7.0,
        series("cc_wait_seconds_bucket", outcome="answered", queue="support", le="20"): 5.0,
        series("cc_wait_seconds_bucket", outcome="abandoned", queue="support", le="20"): 3.0,
        series("cc_wait_seconds_bucket", outcome="answered", queue="support", le="+Inf"): 9.0,
    }
)


@pytest.mark.parametrize(
    ("bound", "labels", "expected", "because"),
    [
        (20.0, {"outcome": "answered"}, 12.0, "an edge is a number, however it was written"),
        (20.0, {"outcome": "answered", "queue": "billing"}, 7.0, "labels narrow it"),
        (float("inf"), {}, 9.0, "the last bucket's edge is infinity"),
        (15.0, {}, None, "no such edge: nothing is interpolated"),
        (20.0, {"queue": "sales"}, None, "no such queue: not measured, not zero"),
    ],
)
def test_a_bucket_is_found_by_its_edge(bound, labels, expected, because):
    """A service level is counted, never estimated from its neighbours."""
    assert BUCKETS.within("cc_wait_seconds", bound, **labels) == expected, because


def test_a_total_needs_all_labels_to_agree():
    """None if no series carries them."""
    increase = Increase({CALLS: 4.0, LATE: 1.0})

    assert increase.total("cc_call_attempts_total") == 5.0
    assert increase.total("cc_call_attempts_total", result="busy") == 1.0
    assert increase.total("cc_call_attempts_total", result="refused") is None


@pytest.mark.parametrize(
    ("labels", "expected", "because"),
    [
        ((("result", "busy"),), 1.0, "its value fits"),
        ((("result", "busy|accepted"),), 5.0, "either fits"),
        ((("result", "bus"),), None, "a part of a value is none"),
        ((("site", ".+"),), None, "what has no such label does not fit"),
        ((("site", ""), ("result", "busy")), 1.0, "unless nothing is what is asked for"),
    ],
)
def test_a_label_is_matched_as_prometheus_matches_it(labels, expected, because):
    """The whole value, and a label that is missing is an empty one: dashboards ask the same."""
    increase = Increase({CALLS: 4.0, LATE: 1.0})

    assert increase.rise("cc_call_attempts_total", labels, {}) == expected, because


def test_a_bucket_without_an_edge_is_of_no_edge():
    """A page of somebody else's: it must not end the verdict, nor count anywhere."""
    increase = Increase({series("cc_wait_seconds_bucket", outcome="answered"): 7.0})

    assert increase.within("cc_wait_seconds", 20.0) is None
