"""What was away while a run went on: when, whose it was, and what that does to the verdict."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from harness.kpi.columns import AttemptColumns, CallColumns
from harness.kpi.figures import Attempt, CallFigures, LostCall
from harness.kpi.increase import Window
from harness.model.contact import Call, Outcome
from harness.model.cut import Cut
from harness.model.event import Ending
from harness.model.runbook import Mishap, Runbook
from harness.model.sample import Scrape, Series
from harness.model.scenario import PhaseKind
from harness.model.verdict import Away, Decision, Interruption, Status
from harness.verdict.findings import passes, sightings
from harness.verdict.interruptions import interruptions, shut_doors, stretches_of_stillness
from harness.verdict.judge import judge
from harness.verdict.reach import Seen, Silence, nobody_got_in, silences, together, unseen
from tests.fakes import (
    FakeEvidence,
    answered,
    call,
    facts,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
)

STARTED, USED = Series("process_start_time_seconds"), Series("process_cpu_seconds_total")
SOURCES = ("edge", "north", "south")
OWNER = scenario().owner
FOR_LONG = range(60, 540)
CONTRACT = sla(objective("blocked", 0.01, 0.012, goal_text="<= 1%", threshold_s=None))


def pages(
    source: str,
    *,
    away: range = range(0),
    anew: bool = False,
    frozen: range = range(0),
    started: float | None = 1000.0,
    until: int = 620,
) -> list[Scrape]:
    """Return what *source* told, second by second; *anew*: another process after it was *away*."""
    told = []
    for at in range(until):
        since = None if started is None else started + (500.0 if anew and at >= away.start else 0.0)
        used = float(frozen.start if at in frozen else at)
        values = {} if since is None else {STARTED: since, USED: used}
        told.append(Scrape(source, float(at), at not in away, {} if at in away else values))
    return told


def run(of: dict[str, list[Scrape]] | None = None, **changes: Any) -> FakeEvidence:
    """Return a run of ten minutes, each source well unless *of* says otherwise."""
    scraped = {source: pages(source) for source in SOURCES} | (of or {})
    return FakeEvidence(scraped=scraped, **changes)


def all_away(**how: Any) -> dict[str, list[Scrape]]:
    return {source: pages(source, **how) for source in SOURCES}


def calls(lost: Iterable[range] = (), outcome: Outcome = Outcome.FAILED) -> list[Call]:
    """Return a call every second, those due in *lost* with *outcome*."""
    found = []
    for at in range(600):
        each = answered(f"c{at}", due_s=float(at), wait_s=1.0, ended_s=at + 2.0)
        if any(at in stretch for stretch in lost):
            each = call(f"c{at}", due_s=float(at), ended_s=float(at), outcome=outcome)
        found.append(each)
    return found


def told(evidence: FakeEvidence) -> list[tuple[Away, float, float | None]]:
    return [(each.kind, each.start_s, each.end_s) for each in away(evidence)]


def away(evidence: FakeEvidence) -> tuple[Interruption, ...]:
    """Return what was away in *evidence*."""
    calls = evidence.call_figures(evidence.phases()[0].name, 600.0)
    return interruptions(evidence, shut_doors(calls))


def test_a_run_in_which_nothing_was_away_tells_nothing():
    """A report that cries wolf is not read."""
    assert away(run(contacts=calls())) == ()
    assert unseen(run()) == []


@pytest.mark.parametrize(
    ("of", "expected", "because"),
    [
        (all_away(away=range(100, 160)), (Away.NETWORK, 99.0, 160.0), "all of it lived on"),
        (all_away(away=range(100, 160), anew=True), (Away.TARGET, 99.0, 160.0), "all anew"),
        (
            {**all_away(away=range(100, 160)), "north": pages("north", away=range(100, 160), anew=True)},
            (Away.TARGET, 99.0, 160.0),
            "one anew: somebody was there and restarted it",
        ),
        (
            all_away(away=range(100, 160), started=None),
            (Away.TARGET, 99.0, 160.0),
            "nothing tells whether it lived on: it is not excused",
        ),
        (all_away(away=range(100, 620)), (Away.TARGET, 99.0, None), "it never came back"),
        ({"north": pages("north", away=range(100, 110))}, (Away.METRICS, 99.0, 110.0), "one page"),
        (
            {"north": pages("north", away=range(100, 110), anew=True)},
            (Away.PROCESS, 99.0, 110.0),
            "one site started anew",
        ),
        (
            {"north": pages("north", away=range(100, 101), anew=True)},
            (Away.PROCESS, 99.0, 101.0),
            "so quickly that a single scrape missed it",
        ),
        (all_away(away=range(100, 101), anew=True), (Away.TARGET, 99.0, 101.0), "quick, and all"),
        ({"edge": pages("edge", frozen=range(100, 200))}, (Away.FROZEN, 100.0, 199.0), "old page"),
    ],
)  # fmt: skip
def test_what_was_away_is_told_apart_and_with_its_times(
    of: dict[str, list[Scrape]], expected: tuple[Away, float, float | None], because: str
):
    """A dead network and a dead centre look alike until one knows what lived through it."""
    lost = range(100, 600 if expected[2] is None else int(expected[2]))
    contacts = calls([lost] if expected[0] in (Away.NETWORK, Away.TARGET) else [])

    assert told(run(of, contacts=contacts)) == [expected], because


@pytest.mark.parametrize(
    ("of", "because"),
    [
        ({"north": pages("north", away=range(100, 102))}, "two misses are a slow moment"),
        ({"edge": pages("edge", frozen=range(100, 120))}, "twenty alike may be chance"),
        ({"edge": pages("edge", started=None)}, "it says nothing of its process"),
    ],
)
def test_a_moment_is_no_interruption(of: dict[str, list[Scrape]], because: str):
    """Nobody wants to read of every second that was slow."""
    assert told(run(of)) == [], because


LOSS = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))


def test_what_a_fault_of_the_plan_did_is_told_with_the_fault_alone():
    """A site that we take away is away."""
    broken = run(
        {"north": pages("north", away=range(115, 300), anew=True)},
        scenario=scenario(LOSS),
        phase_runs=[phase_run("loss", PhaseKind.FAULT)],
        fault_runs=[fault_run(injected_from_s=110.0, heal_proven_s=320.0)],
        contacts=[replace(each, phase="loss") for each in calls([range(120, 150)])],
    )

    assert told(broken) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [("north", []), ("edge", []), ("south", [(Away.PROCESS, 114.0, 300.0)])],
)
def test_a_fault_at_one_site_explains_nothing_at_another(
    source: str, expected: list[tuple[Away, float, float | None]]
):
    """The edge tells of all; but a south that is away beside a broken north is its own news."""
    broken = run(
        {source: pages(source, away=range(115, 300), anew=True)},
        scenario=scenario(LOSS),
        phase_runs=[phase_run("loss", PhaseKind.FAULT)],
        fault_runs=[fault_run(injected_from_s=110.0, heal_proven_s=320.0)],
        contacts=[replace(each, phase="loss") for each in calls()],
    )

    assert told(broken) == expected


def test_where_the_run_itself_was_cut_nothing_is_told_twice():
    """It went on later, on a mock centre that was new by then: that is said with the cut."""
    cut = Cut(105.0, 106.0, 60.0, "run-1", Ending.BROKEN)
    of = {source: pages(source, away=range(105, 106), anew=True) for source in SOURCES}

    assert [each for each, *_ in told(run(of))] == [Away.TARGET]
    assert told(run(of, gaps=(cut,))) == []
    for at_s in (50.0, 300.0):
        elsewhere = replace(cut, at_s=at_s, goes_on_s=at_s + 1)

        assert [each for each, *_ in told(run(of, gaps=(elsewhere,)))] == [Away.TARGET]


def test_customers_who_could_not_get_in_while_metrics_were_told_are_told():
    """The front door was shut, or the way to it: the pages behind it look fine."""
    shut = run(contacts=calls([range(100, 160)]))
    moment = run(contacts=calls([range(100, 105)]))
    busy = run(contacts=calls([range(100, 160)], Outcome.BLOCKED))

    assert told(shut) == [(Away.DOOR, 100.0, 159.0)]
    assert (
        away(shut)[0].what
        == "customers could not reach the target, 60 in a row, while it told its metrics"
    )
    assert told(moment) == []
    assert told(busy) == [], "blocked is an answer, and has a KPI of its own"


def test_a_target_restarted_one_process_after_the_other_is_one_interruption():
    """Too quick for three scrapes to miss: customers whom it turned away met the same restart."""
    of = {
        source: pages(source, away=range(at, at + 2), anew=True)
        for source, at in zip(SOURCES, (102, 100, 101), strict=True)
    }
    (found,) = away(run(of, contacts=calls([range(100, 112)])))

    assert (found.kind, found.start_s, found.end_s) == (Away.TARGET, 99.0, 104.0)
    assert found.what == "the target was restarted: edge, north, south started anew"


def test_processes_restarted_one_long_after_the_other_are_told_each_by_itself():
    """A rolling restart leaves somebody there; it is no outage of all."""
    of = {
        source: pages(source, away=range(at, at + 2), anew=True)
        for source, at in zip(SOURCES, (100, 200, 300), strict=True)
    }

    assert [each for each, *_ in told(run(of, contacts=calls()))] == [Away.PROCESS] * 3


def test_what_nobody_saw_is_not_judged_and_the_run_is_in_doubt():
    """Neither a GO nor a NO-GO: a network of ours that was cut says nothing of the provider."""
    lost = calls([range(100, 160)])
    contract = CONTRACT
    cut = judge(run(all_away(away=range(100, 160)), contacts=lost), contract, about="")
    whole = judge(run(contacts=calls()), contract, about="")

    assert (whole.doubts, whole.interruptions) == ((), ())
    assert cut.decision is Decision.INCONCLUSIVE
    assert "from 0:01:39 to 0:02:40: the network between" in cut.sentence
    assert len(cut.doubts) == 1, "that no source answered is said already"
    (blocked,) = [each for each in cut.results if each.kpi == "blocked" and each.view == "callers"]
    assert blocked.value == 0.0
    assert 530 <= blocked.n < 540


def lost_a_site(gone: range, *, back_s: int = 130, **how: Any) -> FakeEvidence:
    """Return a run whose site is lost from 100 s to *back_s*; the network is *gone* later on."""
    contacts = []
    for at in range(1200):
        name, kept_out = "loss" if at < 600 else "settle", call(due_s=float(at))
        each = answered(due_s=float(at), site="south")
        if 100 <= at < back_s:
            each = replace(kept_out, outcome=Outcome.BLOCKED, ended_s=float(at))
        elif at in gone:
            each = replace(kept_out, outcome=Outcome.UNKNOWN, ended_s=at + 5.0)
        contacts.append(replace(each, id=f"{name}/calls/{at}", phase=name))
    settle = phase_run("settle", PhaseKind.RECOVERY, start_s=600.0, held_s=20.0)
    return FakeEvidence(
        contacts=contacts,
        scenario=scenario(LOSS, phase("settle", PhaseKind.RECOVERY)),
        phase_runs=(phase_run("loss", PhaseKind.FAULT, held_s=0.0), settle),
        fault_runs=(fault_run(),),
        scraped=all_away(away=gone, until=1221, **how),
    )


BY_FAULT = sla(
    objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), restored_share=0.6),
    objective("failback_losses", 0.0, 0.0, kinds=(PhaseKind.FAULT,), threshold_s=None),
    objective("surprises", 0.0, 0.0, kinds=(PhaseKind.FAULT,), threshold_s=None),
)


def by_fault(evidence: FakeEvidence) -> tuple[Decision, dict[str, tuple[float | None, Status]]]:
    verdict = judge(evidence, BY_FAULT, about="")
    return verdict.decision, {each.kpi: (each.value, each.status) for each in verdict.results}


def test_a_network_that_was_gone_after_a_fault_is_not_its_doing():
    """Service was back after half a minute, and what nobody saw later is no second dip."""
    gone = range(800, 860)
    decision, results = by_fault(lost_a_site(gone))

    assert results["recovery"] == (30.0, Status.PASS)
    assert results["failback_losses"] == (0.0, Status.PASS)
    assert decision is Decision.INCONCLUSIVE
    assert by_fault(lost_a_site(gone, anew=True))[0] is Decision.NO_GO, "the target was down"


def test_a_fault_that_lasts_on_both_sides_of_a_gone_network_lasts():
    """Who was kept out before and after it was kept out by the target."""
    decision, results = by_fault(lost_a_site(range(800, 860), back_s=950))

    assert decision is Decision.NO_GO
    assert results["recovery"] == (850.0, Status.FAIL)
    assert results["failback_losses"][1] is Status.FAIL


def test_who_waited_in_a_fault_when_the_network_went_surprises_nobody():
    """Their call ended where nobody saw it, although it came while the fault was felt."""
    book = Runbook("runbooks/site_down.md", None, frozenset({Mishap.BLOCKED}))
    run = lost_a_site(range(610, 660))
    waited = call("loss/calls/waited", due_s=595.0, queued_s=595.0, ended_s=625.0, phase="loss",
                  outcome=Outcome.UNKNOWN)  # fmt: skip
    run = replace(
        run,
        contacts=[*run.contacts, waited],
        scenario=replace(run.scenario, runbooks=(book,)),
        fault_runs=(fault_run(runbook=book.path),),
    )

    assert by_fault(run)[1]["surprises"] == (0.0, Status.PASS)


@pytest.mark.parametrize(
    ("alike", "after", "found"),
    [(30, 5, [(10.0, 39.0)]), (29, 5, []), (30, 0, [(10.0, 39.0)]), (29, 0, [])],
)
def test_thirty_answers_alike_are_a_page_that_stands_still(
    alike: int, after: int, found: list[tuple[float, float]]
):
    """From the first of them to the last, whether it moved again or not."""
    used = [*range(10), *[10] * alike, *range(11, 11 + after)]

    assert list(stretches_of_stillness((float(i), float(n)) for i, n in enumerate(used))) == found


def silence(start_s: float, end_s: float | None) -> Silence:
    return Silence("north", start_s, end_s, 10, anew=False)


@pytest.mark.parametrize(
    ("start_s", "end_s", "meets"),
    [(0.0, 10.0, False), (0.0, 11.0, True), (19.0, 30.0, True), (20.0, 30.0, False),
     (19.0, None, True), (20.0, None, False)],
)  # fmt: skip
def test_what_only_touches_a_silence_has_no_time_in_common_with_it(
    start_s: float, end_s: float | None, meets: bool
):
    """The answer that ended one may be the last before the next."""
    assert silence(10.0, 20.0).overlaps(start_s, end_s) is meets
    assert silence(10.0, None).overlaps(start_s, end_s) is (end_s is None or end_s > 10.0)


@pytest.mark.parametrize(
    ("others", "at_once"),
    [
        ([(5.0, 10.0), (8.0, 20.0)], True),
        ([(5.0, 10.0), (12.0, 20.0)], False),
        ([(20.0, 30.0), (5.0, 10.0)], False),
        ([(20.0, None), (25.0, None)], True),
    ],
)
def test_what_no_source_answered_through_is_a_time_that_all_have_in_common(
    others: list[tuple[float, float | None]], at_once: bool
):
    """One after the other is a rolling restart: each overlaps the first, and somebody was there."""
    silent = [[silence(0.0, 40.0)], *([silence(*each)] for each in others)]

    assert bool(list(together(silent))) is at_once


@pytest.mark.parametrize(
    ("missed", "found"),
    [
        (range(100, 102), []),
        (range(100, 103), [(99.0, 103.0)]),
        (range(617, 620), [(616.0, None)]),
        (range(618, 620), []),
        (range(3), [(0.0, 3.0)]),
        (range(2), []),
    ],
)
def test_three_scrapes_in_a_row_without_an_answer_are_a_silence(
    missed: range, found: list[tuple[float, float | None]]
):
    """In the midst, at the end, and before a source has ever answered."""
    quiet = silences(run({"north": pages("north", away=missed)}), "north")

    assert [(each.start_s, each.end_s) for each in quiet] == found


@pytest.mark.parametrize(
    ("due_s", "wait_s", "is_left"),
    [
        (100.0, 99.0, True),
        (100.0, 101.0, False),
        (250.0, 1.0, False),
        (299.0, 1.0, False),
        (300.0, 1.0, True),
        (350.0, 60.0, False),
        (350.0, 700.0, False),
        (100.0, math.inf, True),
    ],
)
def test_a_call_of_which_a_part_was_not_seen_is_left_out(
    due_s: float, wait_s: float, is_left: bool
):
    """Whichever of two blind stretches it was; who has no end is of the moment it was due."""
    seen = Seen([Window(200.0, 300.0), Window(400.0, 500.0)])

    for heard_s in (0.0, min(wait_s, 30.0)):  # a menu is part of it, and no wait
        figures = CallFigures(
            "billing", "", "", due_s, 0.0, 0, wait_s - heard_s, wait_s, 0.0, heard_s, b""
        )
        attempt = Attempt("a", due_s, 0.0, 0, wait_s - heard_s, wait_s, heard_s)

        assert len(seen.calls(CallColumns.of([[figures]]))) == int(is_left)
        assert len(seen.calls(AttemptColumns.of([[attempt]]))) == int(is_left)


def test_a_call_that_was_lost_then_is_left_out_and_one_that_was_lost_later_counts():
    """However long it had talked: the provider's word of later is of what it did later."""
    lost = [LostCall(f"at-{at}", "north", 150.0, at, dropped=True) for at in (199.0, 250.0, 301.0)]

    assert [each.id for each in Seen([Window(200.0, 300.0)]).lost(lost)] == ["at-199.0", "at-301.0"]


@pytest.mark.parametrize(
    ("start_s", "end_s", "cuts"),
    [(0.0, 200.0, False), (0.0, 201.0, True), (299.0, 350.0, True), (300.0, 350.0, False)],
)
def test_a_phase_is_cut_where_it_has_time_in_common_with_what_nobody_saw(
    start_s: float, end_s: float, cuts: bool
):
    """One that ends as the blindness begins has lost nothing."""
    assert Seen([Window(200.0, 300.0)]).cuts(start_s, end_s) is cuts


def test_nothing_is_left_out_if_only_some_of_the_target_lived_through_it():
    """Or if a fault of the plan explains it: a provider is excused by a proof alone."""
    lost = calls([range(100, 160)])
    of = all_away(away=range(100, 160))
    some_anew = {**of, "north": pages("north", away=range(100, 160), anew=True)}
    planned_for = {
        "scenario": scenario(LOSS),
        "phase_runs": [phase_run("loss", PhaseKind.FAULT)],
        "fault_runs": [fault_run(injected_from_s=90.0, heal_proven_s=170.0)],
        "contacts": [replace(each, phase="loss") for each in lost],
    }

    assert unseen(run(of, contacts=lost)) == [Window(99.0, 161.0)]
    assert unseen(run(some_anew, contacts=lost)) == []
    assert unseen(run(of, **planned_for)) == []


@pytest.mark.parametrize(("speed", "nobody"), [(1.0, False), (20.0, True)])
def test_who_got_in_within_two_scrapes_of_the_border_did_not_get_in_meanwhile(
    speed: float, nobody: bool
):
    """A scrape is a second of the wall: at speed 20 the last answer is up to forty seconds old."""
    contacts = calls([range(130, 500)])
    lived_on = run(contacts=contacts, facts=facts(speed=speed))

    assert nobody_got_in(lived_on, Window(100.0, 500.0)) is nobody


@pytest.mark.parametrize(("got_in", "nobody"), [(range(0), True), (range(150, 151), False)])
def test_customers_of_every_phase_tell_whether_anybody_got_in(got_in: range, nobody: bool):
    """A phase that was over by then tells nothing of it, and the next one does."""
    lost = calls(
        [range(100, got_in.start), range(got_in.stop, 200)] if got_in else [range(100, 200)]
    )
    contacts = [replace(each, phase="early" if each.due_s < 90 else "peak") for each in lost]
    of = run(
        contacts=contacts,
        phase_runs=[phase_run("early", end_s=90.0, held_s=0.0), phase_run(start_s=90.0)],
    )

    assert nobody_got_in(of, Window(98.0, 200.0)) is nobody


@pytest.mark.parametrize(
    "of",
    [all_away(away=FOR_LONG, anew=True), all_away(away=FOR_LONG, started=None), {}],
)
def test_what_the_provider_owes_is_judged(of: dict[str, list[Scrape]]):
    """A centre that was down is down, whoever restarts it: no gap excuses it without a proof."""
    lost = calls([FOR_LONG])
    verdict = judge(run(of, contacts=lost), CONTRACT, about="")

    assert verdict.decision is Decision.NO_GO
    assert [each.status for each in verdict.results if each.view == "callers"] == [Status.FAIL]
    assert verdict.interruptions


def test_failures_before_a_network_was_lost_are_failures_still():
    """An outage of our own must not wash away one of the provider's."""
    lost = calls([FOR_LONG, range(550, 590)])
    verdict = judge(run(all_away(away=range(550, 590)), contacts=lost), CONTRACT, about="")

    assert verdict.decision is Decision.NO_GO
    assert [each.kind for each in verdict.interruptions] == [Away.DOOR, Away.NETWORK]


def test_a_page_that_stood_still_is_named_with_its_times_in_the_doubt():
    """Whoever asks the provider why has to say when."""
    verdict = judge(run({"edge": pages("edge", frozen=range(100, 200))}), sla(), about="")
    doubts = [each.what for each in verdict.doubts]

    assert "stood still in peak, from 0:01:40 to 0:03:19: its process did not" in doubts[0]
    assert [each.kind for each in verdict.interruptions] == [Away.FROZEN]


def test_an_outage_that_nobody_had_planned_is_a_finding_until_a_whole_run_has_none():
    """Somebody has to say why, even if the contract was kept in spite of it."""
    away = judge(run({"north": pages("north", away=range(100, 110), anew=True)}), sla(), about="")
    well = judge(run(), sla(), about="")
    seen = [
        each
        for each in sightings(away, scenario="small", owner=OWNER, ending=run().ending)
        if each.source == "outage"
    ]
    known = [fake_finding(each) for each in seen]

    assert [each.title for each in seen] == [
        "north did not tell its metrics, # scrapes missed; north started anew"
    ]
    assert passes(well, known, scenario="small", ending=run().ending) == (seen[0].id,)
    assert passes(away, known, scenario="small", ending=run().ending) == ()


def fake_finding(sighting: Any) -> Any:
    """Return *sighting* as a finding that is open."""
    from harness.model.finding import Happening, What, findings_of

    happened = Happening(sighting.id, What.SEEN, 1.0, run="r", sighting=sighting)
    return findings_of([happened])[sighting.id]


def test_pages_that_nobody_could_read_while_customers_got_in_are_a_gap_of_metrics_alone():
    """The network to the metrics is not that of the customers: nothing of theirs is left out."""
    of = all_away(away=range(100, 160))
    served = judge(run(of, contacts=calls()), CONTRACT, about="")
    (away,) = served.interruptions
    (blocked,) = [each for each in served.results if each.view == "callers"]

    assert (away.kind, away.of) == (Away.METRICS, SOURCES)
    assert "who called got in" in away.what
    assert blocked.n == 600
    assert unseen(run(of, contacts=calls([range(100, 160)])))
    assert not unseen(run(of, contacts=calls()))
    assert not unseen(run(of)), "nobody tried"


def test_who_got_in_when_the_network_was_back_did_not_get_in_while_it_was_gone():
    """A request that had waited is carried on: its call is answered, and proves nothing of then."""
    of = all_away(away=range(100, 160))
    contacts = calls([range(100, 160)])
    for at in range(140, 160):
        contacts[at] = answered(
            f"c{at}", due_s=float(at), wait_s=170.0 - at, queued_s=165.0, ended_s=200.0
        )

    assert unseen(run(of, contacts=contacts))
    assert told(run(of, contacts=contacts)) == [(Away.NETWORK, 99.0, 160.0)]


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.REFUSED])
def test_a_door_that_answers_busy_is_no_dead_network(outcome: Outcome):
    """Metrics that time out while trunks are full: whoever was turned away heard it from somebody."""
    of = all_away(away=range(100, 160))
    full = judge(run(of, contacts=calls([range(100, 160)], outcome)), CONTRACT, about="")
    (blocked,) = [each for each in full.results if each.view == "callers"]

    assert [each.kind for each in full.interruptions] == [Away.METRICS]
    assert (blocked.n, blocked.value) == (600, 0.1), "nobody who was turned away is left out"


def test_what_a_provider_counted_late_decides_nothing():
    """A network that comes back brings what was sent into it, to customers who are long gone."""
    accepted, late = (
        Series("cc_call_attempts_total", (("result", result),))
        for result in ("accepted", "blocked")
    )

    def judged(away: range, contacts: list[Call]) -> list[Status]:
        of = all_away(away=away)
        of["edge"] = [
            replace(
                each,
                values={**each.values, accepted: each.at_s, late: 2 * max(0.0, each.at_s - 160)},
            )
            if each.ok
            else each
            for each in of["edge"]
        ]
        verdict = judge(run(of, contacts=contacts), CONTRACT, about="")
        return [each.status for each in verdict.results if each.view == "provider"]

    assert judged(range(0), calls()) == [Status.FAIL]
    assert judged(range(100, 160), calls([range(100, 160)])) == [Status.INCONCLUSIVE]


def test_a_gap_of_metrics_alone_says_what_it_costs():
    """Counters run on; what lay between two readings is not lost."""
    (found,) = interruptions(run({"north": pages("north", away=range(100, 110))}))

    assert found == Interruption(
        Away.METRICS,
        ("north",),
        99.0,
        110.0,
        "north did not tell its metrics, 10 scrapes missed",
        "counters ran on; a phase that misses more than 5 % of its scrapes is in doubt",
    )
