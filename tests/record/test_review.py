"""The service review: only what was measured, only what is alike, only what the period knew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from harness.model.cutover import Answer
from harness.model.finding import findings_of
from harness.model.history import RehearsedFault, RunSummary
from harness.model.review import KpiTrend, Moved, Period, Review
from harness.model.sla import Formula
from harness.model.verdict import Status
from harness.record.review import review
from tests.record.made_up_month import (
    NOVEMBER,
    PROGRESSION,
    SILENT,
    a_month,
    judged,
    night,
    seen,
    what_happened,
)
from tests.record.test_decision import run


def reviewed(runs: list[RunSummary], *, period: Period = NOVEMBER, happened=(), **asked) -> Review:
    return review(runs, findings_of(happened), period, **asked)


def service_level(found: Review, phase: str = "night") -> KpiTrend:
    (only,) = (
        each
        for each in found.trends
        if each.name == "service_level[billing]" and each.phase == phase
    )
    return only


def nights(values: list[float], **changes) -> list[RunSummary]:
    """Return a night of November for each of *values*."""
    first = NOVEMBER.first
    return [
        night(first + timedelta(days=n), value=value, **changes) for n, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("falling", "moved"),
    [(0.005, Moved.WORSE), (-0.002, Moved.BETTER), (0.0, Moved.STEADY), (0.0003, Moved.STEADY)],
)
def test_a_trend_is_told_from_chance_and_from_what_does_not_matter(falling: float, moved: Moved):
    """The last one falls for certain, and by less than the goal's warning range: nobody acts."""
    assert service_level(reviewed(a_month(falling=falling))).moved is moved


def test_seven_runs_are_said_to_be_too_few():
    """However steeply they fall: of seven figures no trend is told from chance at this level."""
    few = service_level(reviewed(nights([0.95 - 0.02 * n for n in range(7)])))
    enough = service_level(reviewed(nights([0.95 - 0.02 * n for n in range(8)])))

    assert (few.moved, few.looked_at, few.change) == (Moved.TOO_FEW, 7, None)
    assert enough.moved is Moved.WORSE


@pytest.mark.parametrize(
    "changes",
    [{"scenario_sha256": "b" * 64}, {"target": "another"}, {"speed": 1.0}, {"about": "signed"}],
)
def test_what_is_not_alike_is_not_compared(changes):
    """A scenario that was made easier would be the best month there ever was."""
    before = nights([0.5] * 10, **changes)
    after = [
        replace(each, run=f"{each.run}-b", started_wall=each.started_wall + 10 * 86_400)
        for each in nights([0.9] * 10)
    ]
    trend = service_level(reviewed([*before, *after]))

    assert trend.moved is not Moved.BETTER
    assert (trend.looked_at, trend.now) == (10, 0.9)
    assert [point.alike for point in trend.points] == [False] * 10 + [True] * 10


def test_the_many_figures_of_a_month_share_their_chances():
    """A p of half a per cent is news of one figure, and no news among a hundred."""
    values = [0.90, 0.91, 0.89, 0.88, 0.87, 0.86, 0.85, 0.84, 0.83]
    one = nights(values)
    steady = tuple(judged(f"service_level[q{n}]") for n in range(200))
    many = [replace(each, objectives=(*each.objectives, *steady)) for each in one]

    assert service_level(reviewed(one)).moved is Moved.WORSE
    assert service_level(reviewed(many)).moved is Moved.STEADY


def test_before_and_now_are_medians_of_alike_runs_with_their_number():
    """One outage is one run: it does not move the month."""
    october = [
        night(date(2026, 10, day), value=value) for day, value in ((28, 0.7), (29, 0.8), (30, 0.81))
    ]
    trend = service_level(reviewed([*october, *nights([0.9, 0.2, 0.92])]))

    assert (trend.before, trend.before_n) == (0.8, 3)
    assert (trend.now, trend.now_n) == (0.9, 3)
    assert (trend.met, trend.failed, trend.undecided) == (2, 1, 0)


def test_each_run_keeps_what_the_progression_asked_of_it_then():
    """A goal that moved in January did not apply in November."""
    found = nights([0.9, 0.9])
    later = [
        replace(each, goal=0.87) if each.name.endswith("baseline") else each
        for each in found[1].objectives
    ]
    trend = service_level(reviewed([found[0], replace(found[1], objectives=tuple(later))]))

    assert [point.asked for point in trend.points] == [0.855, 0.87]


def test_two_objectives_of_one_name_have_a_trend_each():
    """80/20 and 95/60, or one goal by two formulas: none has the figures of another."""
    (found,) = nights([0.8])
    more = (
        replace(each, threshold_s=60.0, formula=formula, value=0.95, n=10)
        for formula in (Formula.OFFERED, Formula.ANSWERED)
        for each in found.objectives[:4]
    )
    told = reviewed([replace(found, objectives=(*found.objectives, *more))])
    level = [each for each in told.trends if each.name == "service_level[billing]"]

    assert [(each.threshold_s, each.formula, each.last.value) for each in level] == [
        (None, Formula.OFFERED, 0.8),
        (60.0, Formula.OFFERED, 0.95),
        (60.0, Formula.ANSWERED, 0.95),
    ]
    assert [each.of for each in told.intervals] == [24, 10, 10]


def test_where_both_have_a_word_the_callers_is_taken():
    """The provider's figure of the made-up nights is a point prettier."""
    trend = service_level(reviewed(nights([0.9])))

    assert (trend.view, trend.last.value) == ("callers", 0.9)


def test_nothing_that_was_not_measured_has_a_trend():
    """An objective without a figure is no zero."""
    empty = replace(night(NOVEMBER.first), objectives=(judged(value=None, low=None, high=None),))

    assert reviewed([empty]).trends == ()


def test_verdicts_and_silent_nights_are_counted():
    """A night without a run is the one that nobody hears of."""
    extra = [
        night(date(2026, 11, 8), run="looked", decision="EXPLORED"),
        night(date(2026, 11, 9), run="control", control=True),
        night(date(2026, 11, 9), run="open", decision="INCONCLUSIVE"),
    ]
    found = reviewed([*a_month(), *extra], nightly=("soak", "pre-cutover"))
    (soak,) = (each for each in found.counted if each.scenario == "soak")
    by_name = {each.scenario: each for each in found.nights}

    assert (soak.go, soak.no_go, soak.inconclusive) == (28, 0, 1)
    assert (soak.explored, soak.controls) == (1, 1)
    assert by_name["soak"].missed == SILENT, "a look at its figures decides nothing"
    assert len(by_name["pre-cutover"].missed) == by_name["pre-cutover"].of == 30


def test_days_before_the_first_run_ever_were_not_missed():
    """Whoever began on the 20th did not forget nineteen nights."""
    found = reviewed([night(date(2026, 11, day)) for day in (20, 21, 30)])

    assert found.nights[0].of == 11
    assert len(found.nights[0].missed) == 8


def test_intervals_are_added_up_over_the_month():
    """Half hours are what the contract counts; a share of shares would weigh a short night double."""
    short = night(date(2026, 11, 2))
    fewer = [
        replace(each, n=4, value=1.0) if each.name.endswith("intervals met") else each
        for each in short.objectives
    ]
    found = reviewed([night(date(2026, 11, 1)), replace(short, objectives=tuple(fewer))])
    (kept,) = found.intervals

    assert (kept.name, kept.met, kept.of, kept.runs) == ("service_level[billing]", 22, 28, 2)
    assert kept.goal == 0.9


def test_the_issue_log_is_told_as_it_stood_on_the_last_day():
    """What is seen in December is no news of November; ages are of the last day."""
    found = reviewed(a_month(), happened=what_happened()).findings

    assert [each.last.title for each in found.opened] == ["blocked in night"]
    assert [each.last.title for each in found.came_back] == ["dropped in night"]
    assert [each.last.title for each in found.closed] == ["blocked in night"]
    assert [(each.finding.last.title, each.age_days) for each in found.still_open] == [
        ("dropped in night", 51),
        ("asa in night", 41),
    ]


def test_what_was_closed_before_the_period_is_not_closed_in_it():
    """Nor does what a later month closed count already."""
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    found = reviewed(a_month(), happened=what_happened(), period=october).findings
    later = reviewed(
        a_month(),
        happened=what_happened(),
        period=Period(date(2026, 12, 1), date(2026, 12, 31)),
    ).findings

    assert [each.last.title for each in found.closed] == ["dropped in night"]
    assert [each.finding.last.title for each in found.still_open] == ["asa in night"]
    assert later.closed == ()
    assert [each.last.title for each in later.opened] == ["after the month in night"]


def test_a_failover_is_dated_by_the_last_run_that_showed_it():
    """A fault that was ordered and not shown to work was not rehearsed."""
    shown = RehearsedFault("site_down", "north", proven=True, healed=True, recovered_s=40.0)
    dud = replace(shown, proven=False, healed=False, recovered_s=None)
    found = reviewed(
        [
            night(date(2026, 11, 1), faults=(shown,)),
            night(date(2026, 11, 2), faults=(replace(shown, recovered_s=None),)),
            night(date(2026, 11, 3), faults=(dud,)),
        ]
    )
    (only,) = found.rehearsed

    assert only.last == date(2026, 11, 2)
    assert (only.times, only.unproven, only.unhealed, only.unrecovered) == (3, 1, 1, 1)
    assert [each.recovered_s for each in only.recoveries] == [40.0]


def test_a_kind_that_was_not_rehearsed_lately_is_still_named():
    """That it is missing is the news."""
    by_kind = {each.kind: each for each in reviewed(a_month()).rehearsed}

    assert by_kind["trunk_loss"].times == 0
    assert by_kind["trunk_loss"].last == date(2026, 10, 19)
    assert by_kind["site_down"].times == 28


@pytest.mark.parametrize(("after", "old"), [(7, ["pre-cutover"]), (42, []), (41, ["pre-cutover"])])
def test_old_evidence_is_named_on_the_day_it_grows_old(after: int, old: list[str]):
    """The rehearsal of October the 19th is 42 days old on the last of November."""
    found = reviewed(a_month(), old_after_days=after)

    assert [each.scenario for each in found.aged if each.is_old] == old
    (rehearsal,) = (each for each in found.aged if each.scenario == "pre-cutover")
    assert rehearsal.last_go == date(2026, 10, 12)


def test_later_runs_change_nothing():
    """The review of November says in March what it said in December."""
    later = [night(date(2026, 12, 3), value=0.1), run("new", started_wall=2_000_000_000.0)]

    assert reviewed([*a_month(), *later]) == reviewed(a_month())


def test_the_order_in_which_a_history_was_read_changes_nothing():
    """Histories are merged by copying."""
    month = a_month(falling=0.003)

    assert reviewed(month[::-1]) == reviewed(month)


def test_a_period_before_every_run_is_refused():
    """A page of zeros would look like a month without trouble."""
    with pytest.raises(ValueError, match="no run began"):
        reviewed(a_month(), period=Period(date(2026, 1, 1), date(2026, 1, 31)))


def test_a_contract_that_moves_is_told_with_where_it_stood():
    """Of the newest run; one that stands still is left out."""
    (only,) = reviewed(a_month()).stands

    assert (only.scenario, only.progression) == ("soak", PROGRESSION)
    assert only.day == date(2026, 11, 30)


def test_an_undecided_run_is_neither_met_nor_failed():
    """INCONCLUSIVE is an answer of its own."""
    objectives = (judged(status=Status.INCONCLUSIVE),)
    trend = service_level(reviewed([replace(night(NOVEMBER.first), objectives=objectives)]))

    assert (trend.met, trend.failed, trend.undecided) == (0, 0, 1)


def test_what_a_low_load_left_open_is_no_undecided_run():
    """A pilot can refute and not prove: to count it would bury what was really undecided."""
    objectives = (judged(status=Status.INCONCLUSIVE, decisive=False),)
    trend = service_level(reviewed([replace(night(NOVEMBER.first), objectives=objectives)]))

    assert (trend.judged, trend.points[0].left_open) == (0, True)


def test_a_waived_run_is_one_that_was_judged():
    """Somebody answers for it; nobody met it, and it was not left open for its load."""
    objectives = (judged(status=Status.WAIVED, value=0.6),)
    trend = service_level(reviewed([replace(night(NOVEMBER.first), objectives=objectives)]))

    assert (trend.met, trend.failed, trend.undecided, trend.waived) == (0, 0, 0, 1)
    assert trend.judged == 1


def test_a_decision_is_handed_on():
    """The meeting sees in one place how the cutover stands."""
    from tests.record.test_decision import decided

    assert reviewed(a_month(), release=decided()).release.answer is Answer.GO


def test_a_finding_that_nobody_closed_stays_open_for_ever():
    """Age is counted from the first sighting, not from the last."""
    titles = [seen("asa in night", date(2026, 9, 1)), seen("asa in night", date(2026, 11, 29))]
    (only,) = reviewed(a_month(), happened=titles).findings.still_open

    assert only.age_days == 90
