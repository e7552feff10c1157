"""How numbers are written: never so that a reader is misled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.sla import Direction, Unit
from harness.model.verdict import Recovery, Status
from reports import words
from tests.reports.made_up_verdicts import no_go, objective


@pytest.mark.parametrize(
    ("value", "text"), [(0.71, "71 %"), (0.815, "81.5 %"), (0.7996, "79.96 %"), (None, "–")]
)
def test_a_value_that_missed_its_goal_is_not_rounded_onto_it(
    value: float | None, text: str
) -> None:
    """79.96 % failed a goal of 80 %: "80 % < 80 %" would make a reader doubt the report."""
    assert words.quantity(value, Unit.SHARE, beside=0.8) == text


def test_waits_are_seconds_and_long_times_durations() -> None:
    """12.4 s is a wait; nobody divides 431 s by sixty."""
    assert words.seconds(0.3801) == "380 ms"
    assert words.seconds(12.41) == "12.4 s"
    assert words.seconds(431.2) == "7m11s"


def test_an_interval_is_written_in_its_values_unit() -> None:
    """The range stands beside the value and shares its unit."""
    assert words.interval(objective(value=0.71, low=0.678, high=0.742)) == "(68–74)"
    assert words.interval(objective(low=0.793, high=0.812)) == "(79.3–81.2)"
    assert words.interval(objective(low=None, high=None)) == ""


def test_an_api_limit_is_read_in_milliseconds() -> None:
    """A limit of 400 ms missed by 12 ms must not read "0.4 s, margin −0.0 s"."""
    slow = objective(
        unit=Unit.SECONDS, direction=Direction.LESS, goal=0.4, value=0.412, low=0.39, high=0.44
    )

    assert words.measured(slow) == "412 ms (390–440)"
    assert words.margin(slow) == "−12 ms"


@pytest.mark.parametrize(
    ("direction", "text"), [(Direction.MORE, "−9.0 points"), (Direction.LESS, "+9.0 points")]
)
def test_a_negative_margin_always_means_a_missed_goal(direction: Direction, text: str) -> None:
    """Whoever scans the column looks for minus signs, whichever way the KPI is better."""
    assert words.margin(objective(value=0.71, goal=0.8, direction=direction)) == text


def test_an_undecided_result_says_what_would_decide_it() -> None:
    """INCONCLUSIVE is an answer people can act on."""
    result = objective(status=Status.INCONCLUSIVE, more_contacts=310, more_s=780.0)

    assert words.still_needed(result) == "needs 310 more contacts, about 13 min at this rate"


def test_a_decided_result_needs_nothing_more() -> None:
    """A failure does not become a pass by more of the same."""
    assert words.still_needed(objective(status=Status.FAIL, more_contacts=310)) == ""


def test_a_sped_up_recovery_shows_its_wall_part() -> None:
    """A fail-over's wall time does not shrink with the centre's clock: both are shown."""
    recovery = Recovery("site_down", "north", "site-loss", 248.0, 231.0, 20.0, 1.0, 800.0)

    assert words.recovery(recovery, speed=1.0) == "4m8s ± 20s"
    assert "12.4 s ± 1.0 s on the wall clock" in words.recovery(recovery, speed=20.0)


def test_none_lost_of_n_leaves_three_in_n() -> None:
    """The rule of three: 0 of 300 shows "under 1 %", never "none"."""
    assert words.upper_bound(300) == "1.00 %"
    assert words.upper_bound(0) == "–"


def test_the_decision_is_not_said_twice() -> None:
    """The verdict's sentence may begin with the decision that stands above it."""
    assert words.reason(no_go()) == no_go().sentence


@given(st.text())
def test_visible_text_holds_nothing_that_xml_forbids_or_that_turns_writing(text: str) -> None:
    """One function guards every format; what it lets through must be harmless in all."""
    shown = words.visible(text)

    assert not set(shown) & {chr(code) for code in (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20))}
    assert not set(shown) & set(
        "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def test_visible_spells_out_what_it_takes_away() -> None:
    """A silently removed character would make two different names look the same."""
    assert words.visible("a\u202eb\x00") == "a\\u202eb\\u0000"
