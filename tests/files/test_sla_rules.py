"""An SLA's counting rules, clocks, waivers, stop rules and progression: read, or refused in words."""

from datetime import date
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.load import load, load_sla
from harness.known import KNOWN
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import (
    Bound,
    Clock,
    Each,
    Formula,
    Hours,
    IntervalsMet,
    Objective,
    Progression,
    Sla,
    StopRule,
    Waiver,
)
from tests.files.small_rehearsal import Rehearsal

TODAY = date(2026, 11, 24)
HEAD = """\
name: care
confidence: 95%
owner: {name: Operations Lead, contact: operations@provider.example}
"""
LEVEL = "  - {kpi: service_level, goal: 80/20, each: queue, gates: {steady: 80%, fault: 60%}}\n"
WAIVED = (
    "waivers: [{objective: service_level[billing], phase: fault, until: 2026-12-31, "
    "approved_by: {name: Quality Board, contact: quality@client.example}, why: new site}]\n"
).replace("service_level[billing]", '"service_level[billing]"')


def read(path: Path, *parts: str) -> Sla:
    """Return the SLA that begins with HEAD and goes on with *parts*."""
    file = path / "care.yaml"
    file.write_text(HEAD + "".join(parts), encoding="utf-8")
    return load_sla(file, known=KNOWN, today=TODAY)


def only(path: Path, objective: str, *more: str) -> Objective:
    """Return the one objective that is written like this."""
    return read(path, *more, f"objectives:\n  - {{{objective}}}\n").objectives[0]


def test_counting_rules_hold_for_the_whole_sla_unless_an_objective_says_otherwise(tmp_path: Path):
    """On the same calls the formulas differ by five points: which one is meant is said once."""
    text = (
        "formula: excl_short\nshort_abandon: 6s\nobjectives:\n" + LEVEL
        + "  - {kpi: service_level, goal: 70/60, formula: answered, short_abandon: 2s}\n"
    )  # fmt: skip
    first, second = read(tmp_path, text).objectives

    assert (first.formula, first.short_abandon_s) == (Formula.EXCL_SHORT, 6.0)
    assert (second.formula, second.short_abandon_s) == (Formula.ANSWERED, 2.0)


def test_each_priority_has_its_own_clock(tmp_path: Path):
    """P1 and P2 around the clock, the others in business hours, as contracts have it."""
    found = only(tmp_path, "kpi: ticket_first_reply, clocks: {P1: 15m, P3: 4h business}, met: 95%")

    assert found.clocks == {"P1": Clock(900.0), "P3": Clock(14400.0, Hours.BUSINESS)}
    assert found.gates[PhaseKind.STEADY].goal == 0.95


def test_a_share_of_clocks_is_worded_as_it_was_written(tmp_path: Path):
    """99.95 % of a contract is not all."""
    found = only(tmp_path, "kpi: ticket_first_reply, clocks: {P1: 15m}, met: 99.95%")

    assert found.goal_text == "99.95% within P1 15m"


def test_what_else_an_objective_can_ask(tmp_path: Path):
    """Intervals, minimum contacts, tolerance, some sites only, and why."""
    found = only(
        tmp_path,
        "kpi: service_level, goal: 80/20, each: {site: [north]}, intervals_met: 90% of 30m,"
        " min_contacts: 400, tolerance: 3 points, why: schedule 3",
    )

    assert found.intervals_met == IntervalsMet(Bound(0.9, 0.8), 1800.0)
    assert (found.each, found.only, found.min_contacts) == (Each.SITE, ("north",), 400)
    assert found.tolerance == pytest.approx(0.03)
    assert found.why == "schedule 3"


@pytest.mark.parametrize(
    "asked", ["aht, goal: <= 5m", "mos_p5, goal: '>= 4.0'", "transfers, goal: <= 5%"]
)
def test_what_only_the_provider_counts_can_be_asked_of_many_contacts(tmp_path: Path, asked: str):
    """A mean of a few talks is no more than that, whoever told it."""
    assert only(tmp_path, f"kpi: {asked}, min_contacts: 400").min_contacts == 400


def test_a_waiver_says_what_until_when_by_whom_and_why(tmp_path: Path):
    """Or it excuses nothing."""
    assert read(tmp_path, WAIVED, "objectives:\n", LEVEL).waivers == (
        Waiver(
            "service_level",
            date(2026, 12, 31),
            Owner("Quality Board", "quality@client.example"),
            "new site",
            "billing",
            PhaseKind.FAULT,
            line=4,
        ),
    )


def test_a_stop_rule_takes_threshold_and_formula_of_its_objective(tmp_path: Path):
    """And watches every phase but those that are meant to hurt."""
    rule = "stop_early: [{when: service_level < 50%, for: 5m}]\nformula: answered\n"
    found = read(tmp_path, rule, "objectives:\n", LEVEL).stop_early

    assert found == (
        StopRule(
            kpi="service_level",
            limit=0.5,
            for_s=300.0,
            text="service_level < 50%",
            kinds=frozenset(PhaseKind) - {PhaseKind.LINES, PhaseKind.FAULT},
            threshold_s=20.0,
            formula=Formula.ANSWERED,
            line=4,
        ),
    )


@pytest.mark.parametrize(
    ("when", "threshold_s"),
    [
        ("service_level[support] < 50%", 60.0),
        ("service_level[billing] < 50%", 20.0),
        ("service_level < 50%", 30.0),
    ],
)
def test_a_stop_rule_takes_the_threshold_of_the_queue_it_watches(
    tmp_path: Path, when: str, threshold_s: float
):
    """Of several objectives for a KPI: twenty seconds of billing are no measure of support."""
    found = read(
        tmp_path,
        f"stop_early: [{{when: '{when}', for: 5m}}]\nobjectives:\n",
        "  - {kpi: service_level, goal: 80/20, each: {queue: [billing]}}\n",
        "  - {kpi: service_level, goal: 70/60, each: {queue: [support]}}\n",
        "  - {kpi: service_level, goal: 75/30}\n",
    )

    assert [rule.threshold_s for rule in found.stop_early] == [threshold_s]


def test_a_progression_has_the_fields_usual_figures(tmp_path: Path):
    """Five per cent of dip for half a year, five per cent better a year."""
    found = read(tmp_path, "progression: {baseline: in-house, months: 3}\nobjectives:\n", LEVEL)

    assert found.progression == Progression("in-house", 0.05, 6, 0.05, 3)


SERVICE = "kpi: service_level, goal: 80/20"
BAD_OBJECTIVES = [
    ("kpi: service_lvel, goal: 80/20", "did you mean 'service_level'?"),
    (f"{SERVICE}, tolerance: 3%", "points, as in '3 points'"),
    (f"{SERVICE}, tolerance: 3", "points above 0"),
    ("kpi: abandonment, goal: 2 points", "points are the difference of two shares"),
    ("kpi: asa, goal: <= 28s, tolerance: 3 points", "as a share"),
    ("kpi: service_level, goal: 80/25", "25s, where no bucket of service_level ends"),
    (f"{SERVICE}, formula: offred", "did you mean 'offered'?"),
    ("kpi: asa, goal: 28s, formula: offered", "belongs to service_level alone"),
    ("kpi: asa, goal: 28s, short_abandon: 5s", "knows no short abandons"),
    (f"{SERVICE}, each: quue", "did you mean 'queue'?"),
    (f"{SERVICE}, each: {{site: []}}", "a list of names"),
    (f"{SERVICE}, each: {{site: [[north]]}}", "a single value"),
    (f"{SERVICE}, each: {{site: [north, north]}}", "each name once"),
    (f"{SERVICE}, each: {{site: [a], queue: [b]}}", "one of queue, line and site"),
    (f"{SERVICE}, intervals_met: 90%", "as in '90% of 30m'"),
    (f"{SERVICE}, intervals_met: 90% of 20m", "intervals of 15m or 30m"),
    ("kpi: lost_tickets, goal: 0, intervals_met: 90% of 30m", "not measured by intervals"),
    (f"{SERVICE}, min_contacts: 0", "from 1 to 999,999"),
    ("kpi: lost_tickets, goal: 0, min_contacts: 5", "no figure of single contacts"),
    ("kpi: occupancy, goal: <= 85%, min_contacts: 5", "no figure of single contacts"),
    ("kpi: ticket_backlog, goal: <= 85, min_contacts: 5", "no figure of single contacts"),
    (f"{SERVICE}, clocks: {{P1: 10m}}", "not measured by priority"),
    ("kpi: ticket_first_reply, clocks: {P5: 15m}, met: 95%", "P1, P2, P3, P4"),
    ("kpi: ticket_first_reply, clocks: {P1: 15}, met: 95%", "4h business"),
    ("kpi: ticket_first_reply, clocks: {P1: 10m}, met: 95%", "where no bucket"),
    ("kpi: ticket_first_reply, clocks: {P1: 15m}", "no 'met'"),
    ("kpi: ticket_first_reply, clocks: {P1: 15m}, met: 95%, goal: 90% within 15m", "not both"),
    (f"{SERVICE}, met: 95%", "beside clocks only"),
    (
        f"{SERVICE}, owner: [{{name: A, contact: a@x.example}}, {{name: B, contact: b@x.example}}]",
        "exactly one",
    ),
    (f"{SERVICE}, gates: {{steady: nan%}}", "a percentage"),
]


@pytest.mark.parametrize(("objective", "want"), BAD_OBJECTIVES)
def test_each_mistake_in_an_objective_has_its_own_message(tmp_path: Path, objective, want):
    """On its line, with what would be right."""
    quoted = objective.replace("<= 28s", '"<= 28s"')

    with pytest.raises(UsageError) as refused:
        only(tmp_path, quoted)

    assert want in str(refused.value)
    assert "care.yaml:5" in str(refused.value)
    assert len(refused.value.problems) == 1


BAD_RULES = [
    (WAIVED.replace("2026-12-31", "2026-11-23"), "ended on 2026-11-23"),
    (WAIVED.replace("2026-12-31", "31.12.2026"), "a day, written as 2026-12-31"),
    (WAIVED.replace("approved_by", "aproved_by"), "nobody approved"),
    (WAIVED.replace("service_level", "service_levl"), "an objective of this SLA: service_level"),
    (WAIVED.replace("service_level", "asa"), "an objective of this SLA"),
    (WAIVED.replace("phase: fault", "phase: falt"), "did you mean 'fault'?"),
    (WAIVED.replace("phase: fault", "phase: soak"), "is asked for: fault, steady"),
    ("stop_early: [{when: 'api_p95[billing] > 2s', for: 5m}]\n", "not measured for single"),
    ("stop_early: [{when: service_level > 50%, for: 5m}]\n", "more is better"),
    ("stop_early: [{when: servce_level < 50%, for: 5m}]\n", "did you mean 'service_level'?"),
    ("stop_early: [{when: service_level < 50, for: 5m}]\n", "a percentage"),
    ("stop_early: [{when: service_level, for: 5m}]\n", "a KPI and a limit"),
    ("stop_early: [{when: lost_tickets > 1, for: 5m}]\n", "while a phase goes on"),
    ("stop_early: [{when: ticket_first_reply < 50%, for: 5m}]\n", "within which time"),
    ("stop_early: [{when: service_level < 50%, for: 5m, phases: [soke]}]\n", "'soak'"),
    ("progression: {baseline: in-house}\n", "no 'months'"),
    ("progression: {baseline: in-house, months: 1.5}\n", "from 0 to 240"),
    ("progression: {baseline: in-house, months: 3, dip: 5 points}\n", "a percentage"),
]


@pytest.mark.parametrize(("rules", "want"), BAD_RULES)
def test_each_mistake_in_a_rule_has_its_own_message(tmp_path: Path, rules, want):
    """An expired waiver, one without an approver, a stop rule that could never hold ..."""
    with pytest.raises(UsageError) as refused:
        read(tmp_path, rules, "objectives:\n", LEVEL)

    assert want in str(refused.value)
    assert "care.yaml:4" in str(refused.value)


@pytest.mark.parametrize(
    ("second", "twice"),
    [
        ("each: {site: [south, north]}", True),
        ("each: site", True),
        ("each: {site: [south]}", False),
        ("each: {site: [north, south]}, gates: {fault: 60%}", False),
        ("each: {queue: [north]}", False),
    ],
)
def test_one_site_has_one_goal_in_a_kind_of_phase(tmp_path: Path, second: str, twice: bool):
    """Two results of one name, with two owners: in a list of failed tests one hides the other."""
    two = (
        f"objectives:\n  - {{{SERVICE}, each: {{site: [north]}}}}\n",
        f"  - {{{SERVICE}, {second}}}\n",
    )
    if not twice:
        assert len(read(tmp_path, *two).objectives) == 2
        return

    with pytest.raises(UsageError, match="a second objective for service_level of site"):
        read(tmp_path, *two)


REPLIES = "kpi: ticket_first_reply, clocks: {P1: 15m, P2: 15m}, met: 90%"
RESTORED = "kpi: recovery, goal: 3m, restored_at: 60/20"


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        (REPLIES, "kpi: ticket_first_reply, clocks: {P3: 8h}, met: 95%", False),
        (REPLIES, "kpi: ticket_first_reply, clocks: {P3: 15m}, met: 95%", False),
        (REPLIES, "kpi: ticket_first_reply, clocks: {P1: 1h}, met: 99%", False),
        (REPLIES, "kpi: ticket_first_reply, goal: 90% within 15m", False),
        (REPLIES, "kpi: ticket_first_reply, clocks: {P1: 15m, P3: 8h}, met: 95%", True),
        (REPLIES, "kpi: ticket_first_reply, clocks: {P1: 15m business}, met: 95%", True),
        (REPLIES, "kpi: ticket_resolution, clocks: {P1: 15m}, met: 95%", False),
        (RESTORED, "kpi: recovery, goal: 9m, restored_at: 95/20", False),
        (RESTORED, "kpi: recovery, goal: 9m, restored_at: 60/20", True),
    ],
)
def test_each_question_has_one_owner_and_one_goal(
    tmp_path: Path, first: str, second: str, twice: bool
):
    """P1 of one owner and P3 of another are two, and so are 60 % and 95 % after a fault."""
    two = (f"  - {{{first}}}\n", f"  - {{{second}}}\n")
    if not twice:
        assert len(read(tmp_path, "objectives:\n", *two).objectives) == 2
        return

    with pytest.raises(UsageError, match="a second objective for"):
        read(tmp_path, "objectives:\n", *two)


def test_a_waiver_of_what_is_judged_once_names_no_phase(tmp_path: Path):
    """It would be taken for one that excuses, and excuse nothing."""
    waived = WAIVED.replace("service_level[billing]", "lost_tickets")
    with pytest.raises(UsageError, match="no 'phase': lost_tickets is judged once"):
        read(tmp_path, waived, "objectives:\n  - {kpi: lost_tickets, goal: 0}\n")


def test_a_waiver_holds_on_its_last_day(tmp_path: Path):
    """Until the 24th means the 24th too."""
    assert read(tmp_path, WAIVED.replace("2026-12-31", "2026-11-24"), "objectives:\n", LEVEL)


MISFITS = [
    ("{kpi: asa, goal: 28s, each: {queue: [biling]}}", "", "did you mean 'billing'?"),
    ("{kpi: asa, goal: 28s, each: {line: ['+441']}}", "", "unknown line"),
    ("{kpi: asa, goal: 28s, each: {site: [west]}}", "", "unknown site 'west'"),
    (
        "{kpi: asa, goal: 28s, each: queue}",
        WAIVED.replace("service_level[billing]", "asa[sales]").replace("fault", "steady"),
        "unknown 'sales'",
    ),
    ("{kpi: asa, goal: 28s}", "stop_early: [{when: 'asa[x] > 9m', for: 5m}]\n", "unknown queue"),
]


@pytest.mark.parametrize(("objective", "rules", "want"), MISFITS)
def test_an_sla_that_does_not_fit_the_scenario_is_refused(
    rehearsal: Rehearsal, objective: str, rules: str, want: str
):
    """A queue, line or site that is not there would never be judged, and nobody would notice."""
    rehearsal.write("care.yaml", f"{HEAD}{rules}objectives:\n  - {objective}\n")

    with pytest.raises(UsageError) as refused:
        load(rehearsal.folder / "small.yaml", known=KNOWN, today=TODAY)

    assert want in str(refused.value)
    assert refused.value.problems[0].where == rehearsal.where("care.yaml", 4 if rules else 5)


def test_intervals_that_fit_no_phase_are_refused(rehearsal: Rehearsal):
    """A phase of ten minutes has no half-hour."""
    rehearsal.change(
        "small.yaml", "kind: recovery, load: 100%, for: 10m", "kind: steady, load: 100%, for: 10m"
    )
    rehearsal.write(
        "care.yaml", f"{HEAD}objectives:\n  - {{{SERVICE}, intervals_met: 90% of 30m}}\n"
    )

    with pytest.raises(UsageError) as refused:
        load(rehearsal.folder / "small.yaml", known=KNOWN, today=TODAY)

    assert "intervals of 30m in settle" in str(refused.value)
