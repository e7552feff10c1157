"""Baseline and progression in the report: what was kept in house, what is asked, and where it goes."""

import itertools
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.model.history import JudgedObjective, RunSummary
from harness.model.review import Moved
from harness.model.scenario import PhaseKind
from harness.model.sla import Baseline, BaselineValue, Direction, Progression, Sla, Unit
from harness.model.verdict import Aspect, ObjectiveResult, Status, Verdict
from harness.record.kept import for_trends
from harness.record.run_record import RunRecord
from harness.verdict.progression import Step, day_of, next_steps, required, step_of
from reports import html
from reports.baseline import Compared, standards
from tests.record.test_decision import run
from tests.reports.browser import open_report
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import FACTS, SCENARIO, SLA, TARGET, fill, fill_empty
from tests.reports.made_up_verdicts import Run, go, objective

PROGRESSION = Progression("in-house", dip=0.05, dip_months=6, yearly=0.05, months=3)
BASELINE = Baseline(
    "in-house",
    "20260901T080000Z-pre-cutover",
    SCENARIO.name,
    FACTS.scenario_sha256,
    (BaselineValue("service_level", "billing", "peak", 0.9, 900, 20.0, low=0.88, high=0.92),),
)
MOVING: Sla = replace(SLA, progression=PROGRESSION, baseline=BASELINE)
AGAINST = objective(
    aspect=Aspect.BASELINE, goal=0.855, warn=0.835, goal_text="in-house, 3 months since go-live"
)


def verdict(*results: ObjectiveResult, contract: Sla = MOVING) -> Verdict:
    """Return a GO by *contract*: the figure of 86.2 % itself, and against the baseline."""
    return replace(go(), sla=contract, results=results or (objective(), AGAINST))


def before(value: float, days: int) -> RunSummary:
    """Return a run of the same scenario, *days* before the made-up one, as a history keeps it."""
    own = JudgedObjective(
        "service_level[billing]", "service_level", "billing", "callers", "peak", PhaseKind.STEADY,
        Status.PASS, value, value - 0.02, value + 0.02, 500, 0.8, Unit.SHARE, Direction.MORE,
        "Provider", must_pass=True, decisive=True, threshold_s=20.0,
    )  # fmt: skip
    return run(
        SCENARIO.name,
        run=f"before-{days:03d}",
        scenario_sha256=FACTS.scenario_sha256,
        target=TARGET.name,
        about=FACTS.about,
        speed=FACTS.speed,
        started_wall=FACTS.started_wall - days * 86_400,
        objectives=(
            own,
            replace(own, name="service_level[billing] against baseline", goal=0.855),
            replace(own, name="asa", kpi="asa"),
        ),
    )


def with_past(past: list[RunSummary]):
    def filled(record: RunRecord) -> None:
        record.put_plan(SCENARIO, MOVING, TARGET, FACTS, earlier=map(for_trends, past))

    return filled


def one(record: RunRecord, judged: Verdict) -> Compared:
    found = standards(record, judged)
    assert found is not None
    (only,) = found.rows
    return only


def test_each_objective_stands_beside_its_in_house_figure_and_what_is_asked_next(
    kept_record: MakeRecord,
):
    """90 % less the dip is 85.5 % now; 90 % from month 12; then a twentieth of the misses less."""
    record = kept_record(fill)
    found = one(record, verdict())

    assert found.in_house is not None
    assert (found.in_house.value, found.in_house.n) == (0.9, 900)
    assert found.own == objective()
    assert found.next == pytest.approx((0.855, 0.9, 0.905))


def test_the_section_says_where_the_contract_stands_and_when_it_moves(kept_record: MakeRecord):
    """The steps with their months, so that nobody is surprised."""
    text = html.render(kept_record(fill), verdict())
    section = text[text.index('<section id="progression"') : text.index('<section id="generator"')]
    flat = " ".join(re.sub(r"<[^>]+>", " ", section).split())

    assert "In-house standard: in-house , taken from run 20260901T080000Z-pre-cutover" in flat
    assert "stands at month 3, in the agreed dip of 5 % up to month 6" in flat
    assert "month 12: the baseline itself" in flat
    assert "month 24: 5 % fewer failures than the baseline" in flat
    assert "90 % (88–92) ≥ 85.5 % 85.5 % 90 % 90.5 % 86.2 % (83–89)" in flat
    assert "too few runs: 1 alike, a trend needs 8" in flat


def test_two_thresholds_of_one_kpi_stand_beside_their_own_figures(make_record: MakeRecord):
    """80/20 and 95/60 of one queue: neither is held against the other's standard, or its past."""
    longer = replace(objective(), threshold_s=60.0, goal_text="95/60", value=0.95)
    standard = replace(BASELINE.values[0], threshold_s=60.0, value=0.97)
    both = replace(MOVING, baseline=replace(BASELINE, values=(*BASELINE.values, standard)))
    results = (objective(), longer, AGAINST, replace(AGAINST, threshold_s=60.0, goal=0.9215))
    record = make_record(with_past([in_two(before(0.9 + n / 100, 2 - n)) for n in range(2)]))
    found = standards(record, verdict(*results, contract=both))

    assert found is not None
    trends = [each.trend.points for each in found.rows if each.trend is not None]
    assert [[(point.value, point.asked) for point in points] for points in trends] == [
        [(0.9, 0.855), (0.91, 0.855), (0.862, 0.855)],
        [(0.95, 0.9215), (0.96, 0.9215), (0.95, 0.9215)],
    ]
    beside = [(row.own, row.in_house) for row in found.rows]
    assert [(own and own.value, own_before and own_before.value) for own, own_before in beside] == [
        (0.862, 0.9),
        (0.95, 0.97),
    ]


def in_two(run: RunSummary) -> RunSummary:
    """Return *run* with the figure within 60 s as well, which is five points better."""
    own, against, _ = run.objectives
    longer = replace(own, threshold_s=60.0, value=round((own.value or 0.0) + 0.05, 4))
    also = (longer, replace(against, threshold_s=60.0, value=longer.value, goal=0.9215))
    return replace(run, objectives=(own, against, *also))


def test_a_piece_of_a_phase_stands_beside_the_standard_of_the_whole(make_record: MakeRecord):
    """It was judged by that one: a run that was cut and went on has it all the same."""
    (peak,) = (each for each in SCENARIO.phases if each.name == "peak")
    piece = replace(peak, name="peak-2", piece_of="peak")
    cut = replace(SCENARIO, phases=(*SCENARIO.phases, piece))
    record = make_record(lambda record: record.put_plan(cut, MOVING, TARGET, FACTS))
    of_piece = (replace(each, phase="peak-2") for each in (objective(), AGAINST))
    found = one(record, verdict(*of_piece))

    assert found.in_house == BASELINE.values[0]
    assert found.next == pytest.approx((0.855, 0.9, 0.905))


def test_it_stands_between_the_gates_and_the_self_check(kept_record: MakeRecord):
    """In the order of the pack; the way there is in the list of sections."""
    text = html.render(kept_record(fill), verdict())
    places = [
        text.index(f'<section id="{name}"') for name in ("ladder", "progression", "generator")
    ]

    assert places == sorted(places)
    assert '<a href="#progression">' in text


def test_the_runs_before_are_drawn_with_this_one(make_record: MakeRecord):
    """From what the history knew when the run began: the record alone is enough to draw it again."""
    past = [before(0.95 - 0.01 * number, 20 - number) for number in range(9)]
    record = make_record(with_past(past))
    found = one(record, verdict())
    text = html.render(record, verdict())

    assert found.trend is not None
    assert (len(found.trend.points), found.trend.moved) == (10, Moved.WORSE)
    assert found.trend.last.value == 0.862
    assert [point.asked for point in found.trend.points] == [0.855] * 10
    assert text.count('<svg class="drawing"') == 1
    assert text == html.render(record, verdict())


@pytest.mark.browser
def test_the_figures_are_sorted_by_what_they_are_worth(
    page: Page, kept_record: MakeRecord, tmp_path: Path
):
    """As those of every other table: 9 % before 86 %, which letters would have after it."""
    lower = replace(objective(), scope="support", value=0.09, low=0.08, high=0.1)
    judged = verdict(objective(), AGAINST, lower, replace(AGAINST, scope="support"))
    open_report(page, Run(kept_record(fill_empty), judged), tmp_path)
    heads = page.locator("#progression thead th")
    this_run = heads.filter(has_text="This run")
    this_run.get_by_role("button").click()

    expect(this_run).to_have_attribute("aria-sort", "ascending")
    assert heads.count() == heads.get_by_role("button").count()
    assert "support" in page.locator("#progression tbody th").first.inner_text()


def test_of_the_runs_before_only_what_is_drawn_is_kept():
    """Sixty summaries of forty objectives are a megabyte; the baseline is about a few of them."""
    small = for_trends(before(0.9, 1))

    assert [each.name for each in small.objectives] == [
        "service_level[billing]",
        "service_level[billing] against baseline",
    ]
    assert (small.phases, small.faults) == ((), ())


def test_a_run_of_another_version_is_no_part_of_the_trend(make_record: MakeRecord):
    """An easier scenario would be progress."""
    past = [replace(before(0.5, 20 - n), scenario_sha256="f" * 64) for n in range(9)]
    found = one(make_record(with_past(past)), verdict())

    assert found.trend is not None
    assert (found.trend.moved, found.trend.looked_at) == (Moved.TOO_FEW, 1)


def test_a_contract_that_stands_still_says_so(kept_record: MakeRecord):
    """That nothing is compared with what one kept oneself is worth a sentence in the pack."""
    still = verdict(objective(), contract=SLA)
    record = kept_record(fill)

    assert standards(record, still) is None
    assert "compares with no standard kept in house" in html.render(record, still)


def test_a_figure_that_the_baseline_lacks_is_a_dash(kept_record: MakeRecord):
    """The SLA by which it was taken did not ask."""
    other = replace(BASELINE, values=())
    found = one(kept_record(fill), verdict(contract=replace(MOVING, baseline=other)))

    assert (found.in_house, found.next) == (None, ())


def test_a_run_that_only_explored_has_no_trend(make_record: MakeRecord):
    """Its figures are no evidence, and no point of a line."""
    explored = replace(verdict(), explored=True)
    record = make_record(with_past([before(0.9, 3)]))

    assert one(record, explored).trend is None
    assert "this run and the 1 run of the scenario" in html.render(record, explored)
    assert "this run and the 0 runs of" in html.render(make_record(with_past([])), explored)


@pytest.mark.parametrize(
    ("months", "stands", "coming"),
    [
        (0, "month 0, in the agreed dip of 5 % up to month 6", [6, 12, 24]),
        (6, "month 6, in the agreed dip of 5 % up to month 6", [12, 24, 36]),
        (9, "month 9, on the way from the dip back to the baseline at month 12", [12, 24, 36]),
        (12, "month 12, the baseline itself", [24, 36, 48]),
        (23, "month 23, the baseline itself", [24, 36, 48]),
        (24, "month 24, 5 % fewer failures than the baseline", [36, 48, 60]),
        (40, "month 40, 9.8 % fewer failures than the baseline", [48, 60, 72]),
    ],
)
def test_where_a_progression_stands_is_said_in_words(months: int, stands: str, coming: list[int]):
    """And the next three steps follow."""
    now = replace(PROGRESSION, months=months)

    assert step_of(now) == stands
    assert [step.from_month for step in next_steps(now)] == coming


@pytest.mark.parametrize("dip_months", [0, 3, 6, 11, 12, 14, 30])
@pytest.mark.parametrize("dip", [0.0, 0.05])
@pytest.mark.parametrize("yearly", [0.0, 0.05])
def test_between_two_steps_nothing_is_asked_that_neither_says(dip_months, dip, yearly):
    """Every month's goal moves at a step, or in the straight line that a step has announced."""
    at = [
        replace(PROGRESSION, months=months, dip=dip, dip_months=dip_months, yearly=yearly)
        for months in range(60)
    ]
    asked = [required(0.8, each, Direction.MORE, Unit.SHARE) for each in at]
    for earlier, later in itertools.pairwise(at):
        moved = asked[later.months] != asked[earlier.months]
        straight = dip and dip_months <= earlier.months < 12
        announced = {step.from_month for step in next_steps(earlier)}

        assert not moved or straight or later.months in announced


def test_a_step_has_its_month():
    """Counted from the day of the run; it may be a month earlier, and never later."""
    step = Step(12, "the baseline itself")

    assert day_of(step, PROGRESSION, today=date(2026, 11, 22)) == date(2027, 8, 1)
    assert day_of(step, replace(PROGRESSION, months=11), today=date(2026, 12, 31)) == date(
        2027, 1, 1
    )
