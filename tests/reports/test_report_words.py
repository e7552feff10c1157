"""How numbers are written: never so that a reader is misled."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Unit
from harness.model.verdict import ObjectiveResult, Recovery, Status, TicketAudit
from reports import words
from reports.standing import tallies
from tests.reports.made_up_run import SLA
from tests.reports.made_up_verdicts import no_go, objective

BACK = Recovery("site_down", "north", "site-loss", 248.0, 231.0, 20.0, 1.0, 800.0)


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


def test_a_recovery_is_one_figure_with_what_it_means() -> None:
    """The later end of what the error leaves open: nobody has to add 20 s to 248 s."""
    assert words.recovery(BACK, sla=SLA, speed=1.0) == (
        "New callers were served again within 4m28s of the loss "
        "(80 % within 20 s, sustained over 60 calls)"
    )


def test_a_sped_up_recovery_shows_its_wall_part_once() -> None:
    """A fail-over's wall time does not shrink with the centre's clock: both are shown."""
    text = words.recovery(BACK, sla=SLA, speed=20.0)

    assert text.endswith("; centre time; 13.4 s on the wall clock at speed 20)")
    assert "±" not in text


def test_a_recovery_too_fast_for_callers_clocks_says_whose_clock_it_is_by() -> None:
    """Two figures of the same run by two clocks cannot be compared, and a reader would."""
    text = words.recovery(BACK, sla=SLA, speed=60.0)

    assert "80 % within 20 s by the sites' stamps, sustained" in text


def test_a_recovery_that_was_not_seen_says_how_long_it_hurt_at_least() -> None:
    """Not seen is not never, and not nothing either."""
    unseen = replace(BACK, recovered_s=None)

    assert words.recovery(unseen, sla=SLA, speed=1.0) == (
        "Not seen to be over: customers were hurt for at least 3m51s"
    )


def test_a_recovery_with_too_few_calls_is_not_called_a_harm() -> None:
    """Nobody was seen to be hurt, and too few called to say that nobody was."""
    quiet = replace(BACK, recovered_s=None, at_least_s=0.0)

    assert words.recovery(quiet, sla=SLA, speed=20.0).endswith("too few calls followed to tell")


def test_a_goal_is_written_with_how_far_a_warning_goes() -> None:
    """Without it a PASS whose interval reaches over the goal looks like a mistake."""
    limit = objective(direction=Direction.LESS, goal=0.01, warn=0.03)

    assert words.goal(limit) == "≤ 1 %, warn to 3 %"
    assert words.goal(objective(goal=1.0, warn=1.0)) == "≥ 100 %"


@pytest.mark.parametrize(
    ("text", "goal", "unit", "want"),
    [
        ("<= 1%", 0.2, Unit.SHARE, "contract 1 %, in a fault 20 %"),
        ("<= 1%", 0.01, Unit.SHARE, "<= 1%"),
        ("80/20", 0.6, Unit.SHARE, "contract 80/20, in a fault 60 %"),
        ("80/20", 0.8, Unit.SHARE, "80/20"),
        ("90% within 15m", 0.8, Unit.SHARE, "contract 90 % within 15m, in a fault 80 %"),
        ("<= 3m", 180.0, Unit.SECONDS, "<= 3m"),
        ("<= 400ms", 0.4, Unit.SECONDS, "<= 400ms"),
        ("<= 28s", 60.0, Unit.SECONDS, "contract 28s, in a fault 60.0 s"),
        ("<= 0", 0.0, Unit.COUNT, "<= 0"),
        ("every line", 1.0, Unit.SHARE, "every line"),
    ],
)
def test_the_contracts_words_stand_alone_only_where_its_figure_decides(
    text: str, goal: float, unit: Unit, want: str
) -> None:
    """7 % that passed under "<= 1%" reads as a mistake: in a fault the gate is 20 %."""
    result = objective(kind=PhaseKind.FAULT, goal_text=text, goal=goal, unit=unit)

    assert words.contract(result) == want


def test_a_note_that_only_repeats_the_interval_is_not_shown_again() -> None:
    """One error figure is one too few for nobody, two are a riddle."""
    assert words.remark(objective(note="± 3.2 s")) == ""
    assert words.remark(objective(note="± 3.2 s", low=None)) == "± 3.2 s"
    assert words.remark(objective(note="the generator was late")) == "the generator was late"


def test_two_thresholds_in_one_phase_are_two_objectives() -> None:
    """As in the verdict's sentence: one that is open must not hide that the other is decided."""
    longer = objective(threshold_s=60.0, goal_text="95/60", goal=0.95)
    undecided = replace(longer, status=Status.INCONCLUSIVE)

    def told(*results: ObjectiveResult) -> str:
        return words.tallied(tallies(replace(no_go(), results=results)))

    assert told(objective(), longer) == "2 objectives decided: 2 in peak."
    assert told(objective(), undecided) == "1 objective decided: 1 in peak; 1 undecided in peak."


def test_none_lost_of_n_leaves_three_in_n() -> None:
    """The rule of three: 0 of 300 shows "under 1 %", never "none"."""
    assert words.upper_bound(300) == "1.00 %"
    assert words.upper_bound(0) == "–"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (3_000, "0.10 %"),
        (3_158, "0.095 %"),
        (60_001, "0.005 %"),
        (10**5, "0.003 %"),
        (10**7, "0.00003 %"),
    ],
)
def test_a_bound_of_very_many_is_never_none(n: int, text: str) -> None:
    """Fewer than 0.00 % is fewer than nobody."""
    assert words.upper_bound(n) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "None was read again for correctness: nothing told what a ticket says."),
        (
            {"compared": 600},
            "600 of 600 acknowledged tickets were read again for correctness, none is wrong.",
        ),
        (
            {"compared": 600, "wrong": ("a", "b"), "wrong_in": (("priority", 2), ("subject", 1))},
            (
                "600 of 600 acknowledged tickets were read again for correctness, 2 wrong: 2 in"
                " priority, 1 in subject."
            ),
        ),
        (
            {"compared": 119, "sampled": 0.2, "unreadable": 1},
            (
                "119 of 600 acknowledged tickets were read again for correctness, none is wrong; a"
                " sample of 20 %, drawn by the seed: with 95 % confidence fewer than 2.52 % of all are"
                " wrong; 1 ticket of the sample could not be read."
            ),
        ),
    ],
)
def test_the_quality_sample_is_told_with_its_size_and_what_it_leaves_open(changes, text: str):
    """All is all; of a fifth the rest is unseen, and how much of it may be wrong is said."""
    audit = TicketAudit(600, 600, 0, ("north",), (), **changes)

    assert words.reread(audit) == text


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


def test_nothing_that_is_spelled_out_counts_as_printable():
    """What is printable is let pass unread: a mark that reorders text must not be."""
    unsafe = filter(words._UNSAFE.match, map(chr, range(0x110000)))

    assert not any(map(str.isprintable, unsafe))
