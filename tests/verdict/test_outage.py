"""What a fault cost beside its length: each figure against a history in which it is known."""

import random

import pytest

from harness.kpi.columns import AttemptColumns, TalkColumns
from harness.kpi.figures import attempt_of, lost_call, talk_figures
from harness.model.contact import Call, EndedBy
from harness.model.event import FaultRun
from harness.model.sample import Scrape, Series
from harness.model.scenario import PhaseKind
from harness.model.verdict import Decision, Failback, InProgress, Outage, Recovery, Status
from harness.verdict.items import recoveries_of
from harness.verdict.judge import judge
from harness.verdict.outage import outage, site_told
from harness.verdict.recovery import recovery, turning_point
from tests.fakes import (
    FakeEvidence,
    answered,
    blocked,
    cut_off,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
)


def cost(
    calls: list[Call],
    fault: FaultRun | None = None,
    *,
    edge: list[Scrape] | None = None,
    until_s: float = 1000.0,
) -> Outage:
    """Return what a fault did that was injected at 100 s, and healed from 220 to 230 s."""
    calls.sort(key=lambda each: each.due_s)
    talks = TalkColumns.of([[talk for each in calls if (talk := talk_figures(each)) is not None]])
    found = outage(
        fault or fault_run(),
        AttemptColumns.of([[attempt_of(each) for each in calls]]),
        [lost for each in calls if (lost := lost_call(each)) is not None],
        talks,
        talks,
        edge or [],
        threshold_s=20.0,
        restored_share=0.8,
        until_s=until_s,
    )
    assert found is not None
    return found


def served(start_s: int, end_s: int, *, wait_s: float = 5.0, site: str = "south") -> list[Call]:
    return [
        answered(f"ok-{at}", due_s=float(at), wait_s=wait_s, site=site)
        for at in range(start_s, end_s)
    ]


def shut(start_s: int, end_s: int, *, told_after_s: float = 0.0) -> list[Call]:
    return [
        blocked(f"shut-{at}", due_s=float(at), ended_s=at + told_after_s)
        for at in range(start_s, end_s)
    ]


def test_an_outage_is_as_long_by_arrival_as_customers_came_and_by_completion_as_they_were_told():
    """The two differ by how long a failure takes: a report that has one of them hides the other."""
    calls = [*served(0, 110), *shut(110, 111, told_after_s=1.0)]
    calls += [*shut(111, 140), *shut(140, 141, told_after_s=10.0), *served(141, 400)]
    found = cost(calls)

    assert (found.failed, found.by_arrival_s, found.by_completion_s) == (31, 30.0, 39.0)
    assert found.first_failure_s == 11.0


@pytest.mark.parametrize("later", [[], shut(130, 140)])
def test_who_waited_or_talked_when_it_struck_met_it_first(later: list[Call]):
    """Whoever comes next may come much later, or get in: those who were there felt it at once."""
    waited = cut_off("waited", due_s=95.0, ended_s=102.0)
    talked = answered("talked", due_s=50.0, ended_s=103.0, ended_by=EndedBy.DROPPED)
    before = cut_off("before", due_s=90.0, ended_s=99.0)
    failed_back = cut_off("failed-back", due_s=225.0, ended_s=231.0)
    rest = [*served(0, 130), *later, *served(140, 400)]

    later_lost = answered("later", due_s=105.0, ended_s=107.0, ended_by=EndedBy.DROPPED)

    assert cost([*rest, later_lost]).first_failure_s == 7.0
    assert cost([*rest, waited, talked]).first_failure_s == 2.0
    assert cost([*rest, talked]).first_failure_s == 3.0
    assert cost([*rest, before, failed_back]).first_failure_s == (30.0 if later else 131.0)


def test_an_outage_that_nobody_met_has_no_length():
    """None, not zero: nothing was seen."""
    found = cost(served(0, 400))

    assert (found.failed, found.by_arrival_s, found.first_failure_s) == (0, None, None)
    assert (found.blocked_s, found.budget_burnt) == (0.0, 0.0)


def test_the_time_the_door_was_shut_is_told_within_its_error():
    """Forty seconds of it, one call a second, in bins of five."""
    found = cost([*served(0, 110), *shut(110, 150), *served(150, 400)])

    assert abs(found.blocked_s - 40.0) <= found.blocked_error_s <= 12.0


def test_a_door_that_lets_most_in_is_not_shut():
    """One in three turned away is an overload, not an outage."""
    calls = served(0, 400)
    calls[100:400:3] = [blocked(each.id, due_s=each.due_s) for each in calls[100:400:3]]

    assert cost(calls).blocked_s == 0.0


def test_the_calls_in_progress_are_those_that_talked_when_it_struck():
    """So the share of them that was dropped does not depend on how long the phase goes on."""
    going_on = [
        answered(f"talk-{i}", due_s=50.0 + i, ended_s=102.0, ended_by=EndedBy.DROPPED, site="north")
        for i in range(3)
    ]
    going_on += [answered("lucky", due_s=60.0, ended_s=140.0, site="north")]
    going_on += [answered("elsewhere", due_s=60.0, ended_s=140.0, site="south")]
    later = [
        answered("later", due_s=110.0, ended_s=150.0, ended_by=EndedBy.DROPPED, site="north"),
        answered("gone", due_s=10.0, ended_s=99.0, site="north"),
    ]

    assert cost([*going_on, *later]).in_progress == (
        InProgress("north", 4, 3),
        InProgress("south", 1, 0),
    )


def test_extra_waiting_is_against_the_minutes_before():
    """Seven seconds more for each of the 130 who came until it was healed."""
    found = cost([*served(0, 100), *served(100, 230, wait_s=12.0), *served(230, 400)])

    assert found.extra_wait_s == pytest.approx(7.0)
    assert found.extra_wait_total_s == pytest.approx(7.0 * 130)


def test_too_few_waits_are_compared_with_nothing():
    """A fault at the start of a run has no minutes before it."""
    assert cost(served(95, 400)).extra_wait_s is None


def test_the_error_budget_is_the_misses_that_the_contract_allowed():
    """300 calls after the injection, 60 may be missed at 80 %: thirty are half of it."""
    calls = [*served(0, 110), *shut(110, 140), *served(140, 400)]

    assert cost(calls, until_s=400.0).budget_burnt == pytest.approx(0.5)


def test_the_return_is_an_event_of_its_own():
    """Calls dropped after healing began are the return's, and so is the second dip."""
    hit = answered("back", due_s=200.0, ended_s=222.0, ended_by=EndedBy.DROPPED)
    found = cost([hit, *served(0, 225), *shut(225, 240), *served(240, 400)]).failback

    turned_away = tuple(f"shut-{at}" for at in range(225, 240))
    assert found == Failback(20.0, turned_away, 180, dropped=("back",))
    assert cost(served(0, 400)).failback == Failback(0.0, (), 180)


def test_a_fault_that_is_not_healed_has_no_return():
    """Nothing came back."""
    left = fault_run(healed_from_s=None, healed_s=None, heal_proven_s=None)

    assert cost(served(0, 400), left).failback is None


def up(at_s: float, value: float) -> Scrape:
    return Scrape("edge", at_s, True, {Series("cc_site_up", (("site", "north"),)): value})


@pytest.mark.parametrize(
    ("edge", "said", "because"),
    [
        ([up(98, 1), up(103, 1), up(108, 0)], (8.0, 5.0), "between two scrapes"),
        ([up(98, 1), up(103, 0)], (3.0, 3.0), "not before the injection"),
        ([up(103, 1), up(300, 0)], (None, 0.0), "after healing it says something else"),
        ([up(98, 0), up(101, 1)], (None, 0.0), "what was down before was not this fault"),
        ([], (None, 0.0), "never asked"),
    ],
)
def test_the_edge_is_taken_at_its_word(
    edge: list[Scrape], said: tuple[float | None, float], because: str
):
    """The provider's detection, with the error of a scrape beside it."""
    assert site_told(fault_run(), edge, end_s=230.0) == said, because


def test_service_that_hovers_at_the_limit_falls_once():
    """15 and 16 served of twenty by turns: with one limit it would flap at every attempt."""
    hovering = [True, True, True, False] * 2 + [True, True, True, True, False] * 20
    last_hurt, _, flaps = turning_point(bytes([*hovering, *[True] * 80]), 0.8)

    assert flaps == 0
    assert last_hurt == len(hovering) - 1


def test_service_that_goes_to_and_fro_is_unstable():
    """Three outages, each after a good minute: two flaps."""
    flags = ([False] * 20 + [True] * 40) * 3 + [True] * 60

    assert turning_point(bytes(flags), 0.8)[2] == 2


# ---------------------------------------------------------------------- in a verdict

IN_FAULTS = (PhaseKind.FAULT,)
LOSS = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))
LOSS_RUN = phase_run("loss", kind=PhaseKind.FAULT)


def lived(*faults: FaultRun, calls: list[Call]) -> FakeEvidence:
    return FakeEvidence(
        scenario=scenario(LOSS), phase_runs=(LOSS_RUN,), fault_runs=faults, contacts=calls
    )


def found_of(run: FakeEvidence) -> list[Recovery]:
    return recoveries_of(run, sla())


def test_faults_that_overlap_name_each_other():
    """Their figures cannot be told apart, so the report has to say so."""
    other = fault_run(site="south", injected_from_s=200.0, injected_s=201.0)
    alone = fault_run(
        injected_from_s=400.0, injected_s=401.0, healed_from_s=420.0, heal_proven_s=430.0
    )
    first, second, third = found_of(lived(fault_run(), other, alone, calls=served(0, 600)))

    assert (first.overlaps, second.overlaps) == ((other.id,), (first.fault,))
    assert third.overlaps == ()


def test_a_fault_answers_for_recovery_only_until_the_next_one_strikes():
    """Else the first of five would be over when the fifth is, however well the centre did."""
    second = fault_run(
        injected_from_s=400.0, injected_s=401.0, healed_from_s=450.0, heal_proven_s=455.0
    )
    calls = [
        *served(0, 110),
        *shut(110, 150),
        *served(150, 405),
        *shut(405, 430),
        *served(430, 600),
    ]
    first, last = found_of(lived(fault_run(), second, calls=calls))

    assert (first.recovered_s, last.recovered_s) == (50.0, 30.0)
    assert first.watched_s == 300.0


def test_too_few_calls_before_the_next_fault_leave_the_first_one_open():
    """Nobody can say that service was back if the next blow fell at once."""
    second = fault_run(
        injected_from_s=260.0, injected_s=261.0, healed_from_s=270.0, heal_proven_s=275.0
    )
    calls = [*served(0, 110), *shut(110, 220), *served(220, 600)]

    assert found_of(lived(fault_run(), second, calls=calls))[0].recovered_s is None


@pytest.mark.parametrize(
    ("kpi", "goal", "status"),
    [
        ("fault_losses", 100.0, Status.PASS),
        ("fault_losses", 5.0, Status.FAIL),
        ("blocked_time", 100.0, Status.PASS),
        ("blocked_time", 5.0, Status.FAIL),
        ("detection", 5.0, Status.INCONCLUSIVE),
    ],
)
def test_a_contract_can_ask_it_of_a_fault(kpi: str, goal: float, status: Status):
    """What no part of the harness could answer before; nobody detects what no edge tells of."""
    asked = objective(kpi, goal, goal, kinds=(PhaseKind.FAULT,))
    calls = [*served(0, 110), *shut(110, 150), *served(150, 600)]
    verdict = judge(lived(fault_run(), calls=calls), sla(asked), about="")
    (result,) = [each for each in verdict.results if each.kpi == kpi]

    assert result.status is status
    assert (verdict.decision is Decision.NO_GO) == (status is Status.FAIL)


def talking(site: str, *, dropped: int, kept: int) -> list[Call]:
    """Return talks that went on at *site* at 100 s, so many of which were dropped soon after."""
    hurt = {"ended_by": EndedBy.DROPPED, "ended_s": 105.0}
    return [
        answered(
            f"{site}-{i}", due_s=60.0, site=site, **(hurt if i < dropped else {"ended_s": 190.0})
        )
        for i in range(dropped + kept)
    ]


@pytest.mark.parametrize(
    ("kpi", "north", "south", "value", "because"),
    [
        ("talks_kept", (0, 20), (0, 20), 1.0, "all of them"),
        ("talks_kept", (10, 10), (0, 20), 0.75, "ten of forty, at whichever site"),
        ("losses_elsewhere", (20, 0), (0, 20), 0.0, "those of the fault's own site are its price"),
        ("losses_elsewhere", (20, 0), (3, 17), 3.0, "who talked elsewhere should not have noticed"),
    ],
)
def test_what_became_of_the_talks_in_progress_can_be_asked_for(
    kpi: str, north: tuple[int, int], south: tuple[int, int], value: float, because: str
):
    """Vendors promise that a survivor's talks go on, and that a takeover costs none at all."""
    there = [(site, *of) for site, of in (("north", north), ("south", south))]
    calls = [
        each for site, dropped, kept in there for each in talking(site, dropped=dropped, kept=kept)
    ]
    asked = objective(kpi, 0.0, 0.0, kinds=(PhaseKind.FAULT,))
    verdict = judge(lived(fault_run(), calls=[*calls, *served(240, 600)]), sla(asked), about="")
    (result,) = [each for each in verdict.results if each.kpi == kpi]

    assert result.value == value, because


LOSSES = ("talks_kept", "fault_losses", "losses_elsewhere", "failback_losses")


@pytest.mark.parametrize(
    ("ended_s", "undecided", "because"),
    [
        (105.0, {"talks_kept", "fault_losses"}, "while it lasted, and at the site itself"),
        (222.0, {*LOSSES} - {"losses_elsewhere"}, "while it was healed: of both"),
        (240.0, {"failback_losses"}, "it had gone on as long as the fault did"),
    ],
)
def test_talks_of_which_the_end_was_not_seen_were_not_kept(
    ended_s: float, undecided: set[str], because: str
):
    """Forty talks that nobody saw end are no proof that none was lost: no data is never a pass."""
    unseen = {"ended_s": ended_s, "ended_by": EndedBy.UNKNOWN}
    there = [answered(f"there-{i}", due_s=60.0, site="north", **unseen) for i in range(40)]
    calls = [*there, *talking("south", dropped=0, kept=9), *served(110, 600)]
    asked = [
        objective(kpi, *((0.99, 0.98) if kpi == "talks_kept" else (0.0, 0.0)), kinds=IN_FAULTS)
        for kpi in LOSSES
    ]
    verdict = judge(lived(fault_run(), calls=calls), sla(*asked), about="")
    of = {each.kpi: each for each in verdict.results}

    assert {kpi for kpi in LOSSES if of[kpi].status is Status.INCONCLUSIVE} == undecided, because
    assert {each.status for each in verdict.results} <= {Status.PASS, Status.INCONCLUSIVE}
    assert all("not known how 40 of" in of[kpi].note for kpi in undecided)


@pytest.mark.parametrize(
    ("kpi", "goal", "dropped", "unknown", "status", "because"),
    [
        ("fault_losses", 0.0, 0, 1, Status.PASS, "fewer than one in a hundred"),
        ("fault_losses", 0.0, 1, 40, Status.FAIL, "one was lost, whatever became of the others"),
        (
            "fault_losses",
            50.0,
            1,
            40,
            Status.PASS,
            "if all of them were lost it is within the goal",
        ),
        ("talks_kept", 0.9, 20, 20, Status.FAIL, "at best two in three were kept"),
        ("talks_kept", 0.3, 10, 20, Status.PASS, "at worst half of them were kept"),
    ],
)
def test_unknown_ends_decide_nothing_but_where_they_change_nothing(
    kpi: str, goal: float, dropped: int, unknown: int, status: Status, because: str
):
    """A worse history never gets a better verdict: what has failed is not open again."""
    unseen = {"ended_s": 105.0, "ended_by": EndedBy.UNKNOWN}
    there = [answered(f"there-{i}", due_s=60.0, site="north", **unseen) for i in range(unknown)]
    kept = 60 - dropped - unknown
    calls = [*there, *talking("north", dropped=dropped, kept=kept), *served(110, 600)]
    asked = objective(kpi, goal, goal, kinds=IN_FAULTS)
    verdict = judge(lived(fault_run(), calls=calls), sla(asked), about="")
    (result,) = [each for each in verdict.results if each.kpi == kpi]

    assert result.status is status, because


def test_whoever_is_lost_meanwhile_counts_at_whichever_site():
    """What customers were promised is that no call is lost, not that none is lost at one place.

    The story of the fault names those of its own site.
    """
    hurt = [
        answered(f"drop-{i}", due_s=120.0, ended_s=150.0, ended_by=EndedBy.DROPPED, site="south")
        for i in range(30)
    ]
    hurt += [cut_off(f"cut-{i}", due_s=130.0, site="south") for i in range(30)]
    asked = objective("fault_losses", 0.0, 0.0, kinds=IN_FAULTS)
    verdict = judge(lived(fault_run(), calls=[*hurt, *served(240, 600)]), sla(asked), about="")
    (result,) = [each for each in verdict.results if each.kpi == "fault_losses"]

    assert (result.status, result.value, len(result.ids)) == (Status.FAIL, 60.0, 60)
    assert result.note == "60 of them at other sites, or at none that is known"
    assert verdict.recoveries[0].dropped == verdict.recoveries[0].cut_off == ()


def test_where_faults_had_every_site_nothing_is_asked_of_the_others():
    """Of two faults at once, the site that went down is the price of one, not a mistake of both."""
    both = (fault_run(), fault_run(kind="agents_logged_out", site="south"))
    calls = talking("north", dropped=20, kept=0)
    asked = objective("losses_elsewhere", 0.0, 0.0, kinds=(PhaseKind.FAULT,))
    for faults, asked_of in ((both, 0), (both[:1], 1)):
        verdict = judge(lived(*faults, calls=[*calls, *served(240, 600)]), sla(asked), about="")

        assert len([each for each in verdict.results if each.kpi == asked.kpi]) == asked_of


def test_nobody_talking_is_no_talk_kept():
    """No data is never a pass: at night nothing is shown by it."""
    for kpi in ("talks_kept", "losses_elsewhere"):
        asked = objective(kpi, 0.0, 0.0, kinds=(PhaseKind.FAULT,))
        verdict = judge(lived(fault_run(), calls=served(240, 600)), sla(asked), about="")
        (result,) = [each for each in verdict.results if each.kpi == kpi]

        assert result.status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("kpi", "calls", "status", "because"),
    [
        ("fault_losses", served(240, 600), Status.INCONCLUSIVE, "nobody called while it lasted"),
        (
            "fault_losses",
            [*talking("north", dropped=0, kept=9), *served(240, 600)],
            Status.PASS,
            "nine talks went on all the while",
        ),
        ("fault_losses", served(0, 600), Status.PASS, "calls came, and none was lost"),
        ("failback_losses", served(0, 200), Status.INCONCLUSIVE, "nobody called once it healed"),
        ("failback_losses", served(0, 600), Status.PASS, "calls came, and none was lost"),
    ],
)
def test_where_nobody_came_nothing_lost_is_no_proof(
    kpi: str, calls: list[Call], status: Status, because: str
):
    """No data is never a pass: at night a fault costs nobody anything."""
    asked = objective(kpi, 0.0, 0.0, kinds=(PhaseKind.FAULT,))
    verdict = judge(lived(fault_run(), calls=list(calls)), sla(asked), about="")
    (result,) = [each for each in verdict.results if each.kpi == kpi]

    assert result.status is status, because
    assert bool(result.n) == (status is Status.PASS)


def test_who_is_lost_to_the_return_can_be_asked_for_by_name():
    """The second outage is the provider's own doing: it chose the moment."""
    hit = answered("back", due_s=200.0, ended_s=222.0, ended_by=EndedBy.DROPPED)
    asked = objective("failback_losses", 0.0, 0.0, kinds=(PhaseKind.FAULT,))
    calls = [hit, *served(0, 225), *shut(225, 227), *served(227, 600)]
    verdict = judge(lived(fault_run(), calls=calls), sla(asked), about="")
    (result,) = [each for each in verdict.results if each.kpi == "failback_losses"]

    assert result.ids == ("back", "shut-225", "shut-226")
    assert result.status is Status.FAIL


# ------------------------------------------------- against a centre whose truth is known


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("down_s", [12.0, 47.0, 130.0])
def test_recovery_is_when_the_centre_was_really_back_within_the_printed_error(
    seed: int, down_s: float
):
    """Five injections at jittered times of an outage of which the end is known to the second.

    Calls come by chance, two a second, so that an injection falls anywhere between two of them.
    """
    rng = random.Random(f"{seed}/{down_s}")
    start_s = 100.0 + rng.uniform(0.0, 10.0)
    bracket_s = rng.uniform(0.0, 0.5)
    struck_s = start_s + rng.uniform(0.0, bracket_s)
    back_s = struck_s + down_s
    calls, at_s = [], 0.0
    while (at_s := at_s + rng.expovariate(2.0)) < 600.0:
        down = struck_s <= at_s < back_s
        calls.append((blocked if down else answered)(f"c{len(calls)}", due_s=at_s))
    fault = fault_run(injected_from_s=start_s, injected_s=start_s + bracket_s)
    found = recovery(
        fault,
        AttemptColumns.of([[attempt_of(each) for each in calls]]),
        (),
        threshold_s=20.0,
        restored_share=0.8,
        watched_until_s=600.0,
        speed=1.0,
    )
    assert found is not None
    assert found.recovered_s is not None
    really_s = back_s - start_s

    assert found.recovered_s - found.error_s <= really_s <= found.recovered_s + found.error_s
    assert found.error_s < 5.0
