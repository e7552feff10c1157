"""Soaks of which the truth is known: what decays, leaks or sags is named, and the healthy is not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest

from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.increase import Increase
from harness.model.contact import Call, StepKind, TicketStep, WriteOutcome
from harness.model.cut import Cut
from harness.model.event import Ending
from harness.model.sample import OWN, Scrape, Series
from harness.model.scenario import PhaseKind
from harness.model.sla import Clock, Hours
from harness.model.verdict import ObjectiveResult, Status, Verdict, View
from harness.verdict.intervals import whole_intervals
from harness.verdict.judge import judge
from harness.verdict.lasting import growths, own_growth
from tests.conftest import Tell
from tests.fakes import (
    TICKETS,
    FakeEvidence,
    abandoned,
    answered,
    objective,
    phase,
    phase_evidence,
    phase_run,
    scenario,
    series,
    sla,
    ticket,
    waiting,
)

HOUR_S = 3600.0
LASTS_S = 12 * HOUR_S
SOAK = (PhaseKind.SOAK,)
MIB = 2**20
ASKED = sla(
    objective(kinds=SOAK),
    objective("abandonment", goal=0.05, warn=0.07, kinds=SOAK, threshold_s=None),
    objective("steadiness", goal=0.0, warn=0.0, kinds=SOAK, threshold_s=None),
    objective("memory_growth", goal=4.0, warn=4.0, kinds=SOAK, threshold_s=None),
    objective("descriptor_growth", goal=2.0, warn=2.0, kinds=SOAK, threshold_s=None),
)
Level = Callable[[float], float]
Memory = Callable[[float], float]


def calls(level: Level, seed: int, *, lasts_s: float, per_hour: float = 240.0) -> list[Call]:
    """Return calls of which *level* (0..1) says how many are answered in time, and when.

    Rushes: neighbours resemble each other, as they do in a centre.
    """
    rng, at_s, found, mood = Random(seed), 0.0, [], 0.0
    while True:
        gap_s = rng.expovariate(per_hour / HOUR_S)
        at_s += gap_s
        if at_s >= lasts_s:
            return found
        keep = math.exp(-gap_s / 300.0)
        mood = keep * mood + math.sqrt(1 - keep * keep) * rng.gauss(0.0, 0.03)
        good = rng.random() < level(at_s / HOUR_S) + mood
        id_ = f"soak/calls/{len(found)}"
        if good:
            found.append(answered(id_, due_s=at_s, wait_s=rng.uniform(1, 18), phase="soak"))
        elif rng.random() < 0.2:
            found.append(abandoned(id_, due_s=at_s, wait_s=rng.uniform(20, 90), phase="soak"))
        else:
            found.append(answered(id_, due_s=at_s, wait_s=rng.uniform(21, 90), phase="soak"))


def scraped(memory: Memory, seed: int, lasts_s: float, restarts: tuple[float, ...] = ()):
    """Return what a process tells of itself once a centre minute: memory saws, files come and go."""
    rng = Random(seed)
    found = []
    for minute in range(int(lasts_s / 60)):
        at_s = minute * 60.0
        started = max([0.0, *(each * HOUR_S for each in restarts if each * HOUR_S <= at_s)])
        held = memory((at_s - started) / HOUR_S) * MIB + rng.uniform(0, 6 * MIB)
        values = {
            Series("process_resident_memory_bytes"): held,
            Series("process_open_fds"): float(rng.randint(40, 60)),
            Series("process_start_time_seconds"): started,
        }
        found.append(Scrape("edge", at_s, True, values))
    return found


def soaked(
    level: Level = lambda _: 0.88,
    memory: Memory = lambda _: 80.0,
    *,
    seed: int = 1,
    lasts_s: float = LASTS_S,
    restarts: tuple[float, ...] = (),
    own: Memory = lambda _: 120.0,
) -> FakeEvidence:
    ours = [
        Scrape(OWN, minute * 60.0, True, {
            Series("harness_process_resident_memory_bytes"): own(minute / 60) * MIB
        })
        for minute in range(int(lasts_s / 60))
    ]  # fmt: skip
    sites = {
        site: [Scrape(site, minute * 60.0, True, {}) for minute in range(int(lasts_s / 60))]
        for site in ("north", "south")
    }
    return FakeEvidence(
        scenario=scenario(phase("soak", PhaseKind.SOAK, duration_s=lasts_s)),
        phase_runs=(phase_run("soak", PhaseKind.SOAK, end_s=lasts_s),),
        contacts=calls(level, seed, lasts_s=lasts_s),
        scraped={"edge": scraped(memory, seed, lasts_s, restarts), **sites, OWN: ours},
    )


def soaked_on(scraped: dict[str, Sequence[Scrape]]) -> FakeEvidence:
    """Return a soak in which nobody calls, and sources told this of themselves."""
    return FakeEvidence(
        scenario=scenario(phase("soak", PhaseKind.SOAK, duration_s=LASTS_S)),
        phase_runs=(phase_run("soak", PhaseKind.SOAK, end_s=LASTS_S),),
        contacts=[],
        scraped={OWN: (), **scraped},
    )


def judged(run: FakeEvidence) -> tuple[Verdict, dict[str, ObjectiveResult]]:
    verdict = judge(run, ASKED, about="")
    return verdict, {each.kpi: each for each in verdict.results if each.view is View.CALLERS}


@pytest.mark.parametrize("nights", [10, pytest.param(50, marks=pytest.mark.nightly)])
def test_healthy_soaks_raise_hardly_an_alarm(nights: int, tell: Tell):
    """Who cries wolf every other night is not listened to when it comes."""
    alarmed = []
    for seed in range(nights):
        _, results = judged(soaked(seed=seed))
        told = (results["steadiness"], results["memory_growth"], results["descriptor_growth"])
        assert None not in [each.value for each in told]
        if any(each.status is Status.FAIL for each in told):
            alarmed.append(seed)
    tell(f"{nights} healthy soaks of 12 h: alarms in {len(alarmed)}")

    assert len(alarmed) <= nights // 25


def test_a_slow_decay_is_found_and_dated():
    """It passes today; the report says when it no longer will."""
    verdict, results = judged(soaked(lambda hour: 0.95 - 0.008 * hour))
    note = results["steadiness"].note

    assert results["steadiness"].status is Status.FAIL
    assert note.startswith("service_level falls by ")
    assert " an hour" in note
    assert "misses 80 %" in note
    assert any(note.partition(";")[0] in each for each in verdict.notes)


@pytest.mark.parametrize("first", [0, 1])
def test_two_goals_of_one_kpi_are_two_courses(first: int):
    """Laid end to end, the steady one would hide the slope of the other, or make one up."""
    steady, slow = (
        objective(kinds=SOAK, goal_text="95/90", goal=0.9, warn=0.7, threshold_s=90.0),
        objective(kinds=SOAK),
    )
    asked = [steady, slow] if first else [slow, steady]
    drifts = objective("steadiness", goal=0.0, warn=0.0, kinds=SOAK, threshold_s=None)
    verdict = judge(soaked(lambda hour: 0.95 - 0.008 * hour), sla(*asked, drifts), about="")
    (result,) = [each for each in verdict.results if each.kpi == "steadiness"]

    assert (result.value, result.n) == (1.0, 2)
    assert result.note.startswith("service_level falls by ")
    assert "misses 80 %" in result.note


def test_a_night_that_is_bad_every_night_is_found():
    """The day's figure is good; those who call at three in the morning know better."""

    def nightly(hour: float) -> float:
        return 0.55 if 3 <= hour % 24 < 4 else 0.9

    _, results = judged(soaked(nightly, lasts_s=48 * HOUR_S))

    assert results["service_level"].status in (Status.PASS, Status.WARN)
    assert results["steadiness"].status is Status.FAIL
    assert "service_level misses its limit at 03:00" in results["steadiness"].note


def test_a_leak_is_found_and_its_process_named():
    """Ten MiB an hour is a crash in a week."""
    _, results = judged(soaked(memory=lambda hour: 80 + 10 * hour))
    leak = results["memory_growth"]

    assert leak.status is Status.FAIL
    assert leak.value == pytest.approx(10, rel=0.1)
    assert leak.note == "edge gained most"
    assert results["descriptor_growth"].value == 0


def holding(**gains: tuple[float, float]) -> FakeEvidence:
    """Return a soak in which each source gains so many MiB and so many open files an hour."""

    def told(source: str, mib: float, files: float) -> list[Scrape]:
        hours = [minute / 60 for minute in range(int(LASTS_S / 60))]
        return [
            Scrape(source, hour * HOUR_S, True, {
                Series("process_resident_memory_bytes"): (80 + mib * hour) * MIB,
                Series("process_open_fds"): 50 + files * hour,
                Series("process_start_time_seconds"): 0.0,
            })
            for hour in hours
        ]  # fmt: skip

    silent = dict.fromkeys(("edge", "north", "south"), ())
    sources = {source: told(source, *each) for source, each in gains.items()}
    return soaked_on(silent | sources)


@pytest.mark.parametrize(
    ("gains", "mib", "files", "n"),
    [
        ({"edge": (12.0, 1.0), "north": (4.0, 3.0)}, (12.0, "edge"), (3.0, "north"), 2),
        ({"edge": (4.0, 3.0), "north": (12.0, 1.0)}, (12.0, "north"), (3.0, "edge"), 2),
        ({"edge": (0.0, 0.0), "south": (5.0, 0.0)}, (5.0, "south"), (0.0, ""), 2),
        ({"south": (5.0, 0.0)}, (5.0, "south"), (0.0, ""), 1),
        ({}, None, None, 0),
    ],
)
def test_of_several_leaks_the_worst_is_told_with_its_process(
    gains: dict[str, tuple[float, float]],
    mib: tuple[float, str] | None,
    files: tuple[float, str] | None,
    n: int,
):
    """Each thing by itself: who eats memory need not be who forgets to close files."""
    run = holding(**gains)
    found = growths(run, run.phases())

    for kpi, expected in (("memory_growth", mib), ("descriptor_growth", files)):
        if expected is None:
            assert (found[kpi].value, found[kpi].n) == (None, n)
            continue
        value, source = expected
        assert (found[kpi].value, found[kpi].n) == (pytest.approx(value, rel=0.1), n)
        assert found[kpi].note == (f"{source} gained most" if source else "")


def test_a_restart_is_no_leak_and_hides_none():
    """After a failover a process begins anew: what it had before says nothing of what it gains."""
    restarts = (2.0, 3.0)
    _, flat = judged(soaked(memory=lambda hour: 60 + 20 * min(hour, 0.2), restarts=restarts))
    _, leaking = judged(soaked(memory=lambda hour: 60 + 10 * hour, restarts=restarts))

    assert flat["memory_growth"].status is Status.PASS
    assert leaking["memory_growth"].value == pytest.approx(10, rel=0.15)


def test_what_levels_off_is_no_leak():
    """A pool that once was full stays as large as it was; a cache fills until it is full."""
    _, results = judged(soaked(memory=lambda hour: 60 + 12 * min(hour, 5.0)))

    assert results["memory_growth"].status is Status.PASS


def test_too_short_a_soak_decides_nothing():
    """Half an hour says nothing of the last day."""
    _, results = judged(soaked(lasts_s=0.5 * HOUR_S))

    assert results["steadiness"].status is Status.INCONCLUSIVE
    assert "too short" in results["steadiness"].note


@pytest.mark.parametrize("clock", [Clock(4 * HOUR_S), Clock(4 * HOUR_S, Hours.BUSINESS)])
def test_a_clock_of_business_hours_makes_no_bad_nights(clock: Clock):
    """Each is replied to half an hour of business after it came, and is no reason to stop a night."""
    lasts_s, day_s = 52 * HOUR_S, 24 * HOUR_S  # from nine o'clock on; open until five

    def replied_s(due_s: float) -> float | None:
        days, at_s = divmod(due_s, day_s)
        reply_s = due_s + 1800.0 if at_s <= 7.5 * HOUR_S else (days + 1) * day_s + 1800.0
        return reply_s if reply_s < lasts_s else None

    tickets = [
        ticket(f"soak/tickets/{at}", due_s=float(at), phase="soak", replied_s=replied_s(float(at)))
        for at in range(0, int(lasts_s), 300)
    ]
    run = replace(
        soaked_on({"edge": (), "north": (), "south": ()}),
        scenario=scenario(
            phase("soak", PhaseKind.SOAK, duration_s=lasts_s), calls=None, tickets=TICKETS
        ),
        phase_runs=(phase_run("soak", PhaseKind.SOAK, end_s=lasts_s),),
        contacts=tickets,
    )
    replies = objective(
        "ticket_first_reply", 0.95, 0.93, kinds=SOAK, threshold_s=None, clocks={"P3": clock}
    )
    steady = objective("steadiness", 0.0, 0.0, kinds=SOAK, threshold_s=None)
    verdict = judge(run, sla(replies, steady), about="")
    statuses = {each.kpi: each.status for each in verdict.results if each.view is View.CALLERS}
    told = [each for each in verdict.notes if "misses its limit" in each]

    if clock.hours is Hours.BUSINESS:
        assert set(statuses.values()) == {Status.INCONCLUSIVE}
        assert not told
    else:
        assert set(statuses.values()) == {Status.FAIL}
        assert told


def test_our_own_leak_is_a_doubt():
    """A tester that swells measures its own swap, one day."""
    fine, _ = judged(soaked())
    swollen, _ = judged(soaked(own=lambda hour: 120 + 40 * hour))

    begun, _ = judged(soaked(own=lambda hour: 120 + 40 * hour, lasts_s=0.2 * HOUR_S))
    doubts = (*fine.doubts, *begun.doubts)

    assert not [each for each in doubts if "our own process" in each.what]
    assert [each for each in swollen.doubts if "our own process harness gained" in each.what]


@pytest.mark.parametrize(("kind", "mib", "doubted"), [
    (PhaseKind.SOAK, 3.9, False), (PhaseKind.SOAK, 4.1, True), (PhaseKind.STEADY, 40.0, False),
])  # fmt: skip
def test_we_may_gain_four_mib_an_hour_of_a_soak(kind: PhaseKind, mib: float, doubted: bool):
    """Like any target: more is a leak; and only a soak lasts long enough to tell."""
    ours = [
        Scrape(OWN, minute * 60.0, True, {
            Series("harness_generator_resident_memory_bytes", (("process", "w1"),)):
                (80 + mib * minute / 60) * MIB
        })
        for minute in range(int(LASTS_S / 60))
    ]  # fmt: skip
    run = soaked_on({OWN: ours})
    run = replace(run, phase_runs=(phase_run("soak", kind, end_s=LASTS_S),))

    assert [each.what.partition(" gained")[0] for each in own_growth(run)] == (
        ["our own process w1"] if doubted else []
    )


def test_nothing_is_asked_of_a_phase_that_is_no_soak():
    """A peak of half an hour is to be steady by itself."""
    run = soaked(lasts_s=2 * HOUR_S)
    run = replace(run, phase_runs=(phase_run("soak", end_s=2 * HOUR_S),))

    assert "steadiness" not in judged(run)[1]


def test_each_interval_has_its_own_turns_of_tickets_and_none_of_the_whole_phase_s_counters():
    """Else every hour has the same share of later replies, and no decay of them is ever seen."""

    def asked_at(at_s: float, *replies_s: float) -> tuple[TicketStep, ...]:
        return (
            TicketStep(StepKind.REPLIED, at_s - 50.0),
            TicketStep(StepKind.WROTE, at_s, WriteOutcome.ACKNOWLEDGED),
            *(TicketStep(StepKind.REPLIED, each) for each in replies_s),
        )

    soak = phase_evidence(
        ticket("soak/tickets/0", steps=asked_at(100.0, 130.0)),
        ticket("soak/tickets/1", steps=asked_at(1000.0)),
        answered("soak/calls/0", due_s=100.0),
        answered("soak/calls/1", due_s=1000.0),
        phase=phase_run("soak", PhaseKind.SOAK, end_s=1800.0),
        increase=Increase({series("cc_call_attempts_total", result="accepted"): 2.0}),
    )
    parts = list(whole_intervals(soak, 900.0))
    within = Question(threshold_s=60.0)

    def values(kpi: str) -> list[float | None]:
        compute = CATALOGUE[kpi].callers
        assert compute is not None
        return [compute(part, within).value for part in parts]

    assert values("ticket_next_reply") == [1.0, 0.0]
    assert values("reconciliation") == [None, None]


# ---------------------------------------------------------------------- a soak in pieces


def of_callers(run: FakeEvidence, kpi: str) -> list[ObjectiveResult]:
    """Return what callers say of *kpi*, piece by piece."""
    found = judge(run, ASKED, about="").results
    return [each for each in found if each.kpi == kpi and each.view is View.CALLERS]


def in_pieces(run: FakeEvidence, cut_s: float, *, away_s: float = 900.0) -> FakeEvidence:
    """Return *run*, a soak, as if it had been cut at *cut_s* and gone on *away_s* later.

    Whoever was due since is *away_s* later; a ramp lies in between.
    """
    (whole,) = run.phase_runs
    later_s = cut_s + away_s
    pieces = (
        replace(whole, end_s=cut_s, held_until_s=cut_s),
        replace(
            whole,
            name="soak-2",
            start_s=later_s,
            end_s=whole.end_s + away_s,
            held_until_s=whole.held_until_s + away_s,
        ),
    )
    planned = (
        phase("soak", PhaseKind.SOAK, duration_s=cut_s),
        phase("soak-2", PhaseKind.SOAK, duration_s=whole.end_s - cut_s, piece_of="soak"),
    )
    moved = [
        each if each.due_s < cut_s else _moved(each, away_s)
        for each in run.contacts
        if isinstance(each, Call)
    ]
    scrapes = {
        source: [
            each if each.at_s < cut_s else replace(each, at_s=each.at_s + away_s) for each in found
        ]
        for source, found in (run.scraped or {}).items()
    }
    cut = Cut(cut_s, later_s - 60.0, 60.0, "first", Ending.BROKEN, phase="soak")
    return replace(
        run,
        scenario=scenario(*planned),
        phase_runs=pieces,
        contacts=moved,
        scraped=scrapes,
        gaps=(cut,),
    )


def _moved(each: Call, by_s: float) -> Call:
    times = {
        name: value + by_s
        for name in ("due_s", "started_s", "queued_s", "answered_s", "ended_s")
        if (value := getattr(each, name, None)) is not None
    }
    return replace(each, **times, id=each.id.replace("soak/", "soak-2/"), phase="soak-2")


def test_a_decay_over_two_pieces_is_found_as_one():
    """Neither half shows it by itself; the last day is compared with the first all the same."""
    run = in_pieces(soaked(lambda hour: 0.95 - 0.012 * hour), 6 * HOUR_S)
    verdict, results = judged(run)

    assert results["steadiness"].status is Status.FAIL
    assert results["steadiness"].phase == "soak"
    assert results["steadiness"].note.startswith("service_level falls by ")
    assert sum(each.kpi == "steadiness" for each in verdict.results) == 1


def test_a_leak_is_found_in_a_process_that_lived_through_the_gap():
    """It was the tester who went away, not the target."""
    run = in_pieces(soaked(memory=lambda hour: 80 + 10 * hour), 5 * HOUR_S)

    assert judged(run)[1]["memory_growth"].value == pytest.approx(10, rel=0.1)


def test_what_a_process_takes_while_the_load_climbs_again_is_no_leak():
    """Between two pieces a new process comes up from nothing."""
    cut_s = 5 * HOUR_S
    run = in_pieces(soaked(restarts=(5.0,)), cut_s)
    climbing = [
        Scrape("edge", cut_s + minute * 60.0, True, {
            Series("process_resident_memory_bytes"): minute * 10.0 * MIB,
            Series("process_open_fds"): minute * 10.0,
            Series("process_start_time_seconds"): cut_s,
        })
        for minute in range(1, 15)
    ]  # fmt: skip
    scrapes = sorted([*run.scraped["edge"], *climbing], key=lambda each: each.at_s)
    _, results = judged(replace(run, scraped={**run.scraped, "edge": scrapes}))

    assert results["memory_growth"].status is Status.PASS
    assert results["descriptor_growth"].status is Status.PASS


@pytest.mark.parametrize("nights", [5, pytest.param(20, marks=pytest.mark.nightly)])
def test_healthy_soaks_in_pieces_raise_no_alarm(nights: int):
    """A cut at any hour is no reason for one."""
    alarmed = []
    for seed in range(nights):
        _, results = judged(in_pieces(soaked(seed=seed), (seed % 10 + 1) * HOUR_S))
        told = (results["steadiness"], results["memory_growth"], results["descriptor_growth"])
        assert None not in [each.value for each in told]
        alarmed += [seed for each in told if each.status is Status.FAIL]

    assert len(alarmed) <= 1


def test_the_longest_piece_has_to_prove_and_the_others_can_refute():
    """A piece of ten minutes would leave every soak undecided that was ever cut."""
    short = in_pieces(soaked(), 0.1 * HOUR_S)
    levels = {each.phase: each for each in of_callers(short, "service_level")}
    bad = in_pieces(soaked(lambda hour: 0.3 if hour < 2 else 0.95), 2 * HOUR_S)
    failed = [each for each in of_callers(bad, "service_level") if each.status is Status.FAIL]

    assert not levels["soak"].decisive_here
    assert levels["soak-2"].decisive_here
    assert [each.phase for each in failed] == ["soak"]


def test_who_still_waited_at_the_cut_is_left_out_and_not_held_against_anybody():
    """Nobody looked any more: he may have been answered a second later."""
    cut_s = 6 * HOUR_S
    run = in_pieces(soaked(), cut_s)
    there = [waiting(f"soak/calls/w{n}", due_s=cut_s - 5, phase="soak") for n in range(400)]
    there = sorted([*run.contacts, *there], key=lambda each: each.due_s)
    level = of_callers(replace(run, contacts=there), "service_level")[0]

    assert level.censored == 400
    assert level.status is Status.PASS


def test_the_gap_is_told_with_its_reason_and_its_length():
    """Whoever reads the report must see that it is not of one piece."""
    verdict, _ = judged(in_pieces(soaked(), 6 * HOUR_S))

    assert verdict.notes[0] == (
        "cut at 6h in soak (first: it broke off), and gone on with 1m later by the clock"
    )


def test_the_tester_s_own_gap_is_no_interruption_of_the_target():
    """It was not the target that went away, though its processes may have been started anew."""
    cut_s = 6 * HOUR_S
    verdict, _ = judged(in_pieces(soaked(restarts=(6.0,)), cut_s))

    assert verdict.interruptions == ()
