"""Soaks of which the truth is known: what decays, leaks or sags is named, and the healthy is not."""

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from harness.model.contact import Call
from harness.model.sample import OWN, Scrape, Series
from harness.model.scenario import PhaseKind
from harness.model.verdict import ObjectiveResult, Status, Verdict, View
from harness.verdict.judge import judge
from tests.fakes import (
    FakeEvidence,
    abandoned,
    answered,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
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
    return FakeEvidence(
        scenario=scenario(phase("soak", PhaseKind.SOAK, duration_s=lasts_s)),
        phase_runs=(phase_run("soak", PhaseKind.SOAK, end_s=lasts_s),),
        contacts=calls(level, seed, lasts_s=lasts_s),
        scraped={"edge": scraped(memory, seed, lasts_s, restarts), OWN: ours},
    )


def judged(run: FakeEvidence) -> tuple[Verdict, dict[str, ObjectiveResult]]:
    verdict = judge(run, ASKED, about="")
    return verdict, {each.kpi: each for each in verdict.results if each.view is View.CALLERS}


def test_a_healthy_soak_raises_no_alarm(tell):
    """Who cries wolf every other night is not listened to when it comes."""
    alarmed = []
    for seed in range(50):
        _, results = judged(soaked(seed=seed))
        told = (results["steadiness"], results["memory_growth"], results["descriptor_growth"])
        assert None not in [each.value for each in told]
        if any(each.status is Status.FAIL for each in told):
            alarmed.append(seed)
    tell(f"50 healthy soaks of 12 h: alarms in {len(alarmed)}")

    assert len(alarmed) <= 2


def test_a_slow_decay_is_found_and_dated():
    """It passes today; the report says when it no longer will."""
    verdict, results = judged(soaked(lambda hour: 0.95 - 0.008 * hour))
    note = results["steadiness"].note

    assert results["steadiness"].status is Status.FAIL
    assert note.startswith("service_level falls by ")
    assert " an hour" in note
    assert "misses 80 %" in note
    assert any(note.partition(";")[0] in each for each in verdict.notes)


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


def test_our_own_leak_is_a_doubt():
    """A tester that swells measures its own swap, one day."""
    fine, _ = judged(soaked())
    swollen, _ = judged(soaked(own=lambda hour: 120 + 40 * hour))

    assert not [each for each in fine.doubts if "our own process" in each.what]
    assert [each for each in swollen.doubts if "our own process harness gained" in each.what]


def test_nothing_is_asked_of_a_phase_that_is_no_soak():
    """A peak of half an hour is to be steady by itself."""
    run = soaked(lasts_s=2 * HOUR_S)
    run = replace(run, phase_runs=(phase_run("soak", end_s=2 * HOUR_S),))

    assert "steadiness" not in judged(run)[1]
