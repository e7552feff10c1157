"""A soak in which something breaks now and then: an outage is no drift, and hides none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest

from harness.model.arrivals import STEADY, Arrivals, Days, Shape
from harness.model.contact import Call, Stream
from harness.model.event import FaultRun
from harness.model.now_and_then import FELT_S, with_faults_drawn
from harness.model.patience import BUSY
from harness.model.runbook import Mishap, Runbook
from harness.model.sample import OWN, Scrape, Series
from harness.model.scenario import CallTraffic, NowAndThen, PhaseKind, Scenario
from harness.model.sla import StopRule
from harness.model.verdict import ObjectiveResult, Status, Verdict, View
from harness.traffic.due import due_in
from harness.traffic.rate import rate_at
from harness.verdict.felt import felt_in
from harness.verdict.judge import judge
from harness.verdict.stop import stop_reason
from harness.verdict.surprises import surprises_of
from tests.conftest import Tell
from tests.fakes import (
    FakeEvidence,
    abandoned,
    answered,
    blocked,
    calls_of,
    facts,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    scrape,
    sla,
)

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
MIB = 2**20
SOAK = (PhaseKind.SOAK,)
FAULT = (PhaseKind.FAULT,)
RECOVERY = objective(
    "recovery", goal=300.0, warn=330.0, kinds=FAULT, restored_share=0.6, threshold_s=20.0
)
ASKED = sla(
    objective(kinds=SOAK),
    objective("abandonment", goal=0.05, warn=0.07, kinds=SOAK, threshold_s=None),
    objective("steadiness", goal=0.0, warn=0.0, kinds=SOAK, threshold_s=None),
    objective("memory_growth", goal=4.0, warn=4.0, kinds=SOAK, threshold_s=None),
    objective("descriptor_growth", goal=2.0, warn=2.0, kinds=SOAK, threshold_s=None),
    RECOVERY,
)
BREAKS = NowAndThen(
    6 * HOUR_S,
    (
        fault_plan(at_s=0.0, for_s=300.0),
        fault_plan(kind="site_hang", site="south", at_s=0.0, for_s=180.0),
    ),
)
CURVED = Arrivals(Shape("day", 4 * HOUR_S, (0.2, 0.3, 0.9, 1.0, 0.8, 0.4)))
VARIABLE = Days()
Level = Callable[[float, float], float]
"""How many (0..1) are answered in time, by the hour of the run and the load (1 is a full one)."""
Memory = Callable[[float], float]
"""MiB, by the hours since its process began."""


def healthy(_hour: float, load: float) -> float:
    """Return the level of a centre that is as good on any day, and busier on busy ones."""
    return 0.97 - 0.12 * load


def plan(
    seed: int, lasts_s: float, *, arrivals: Arrivals = STEADY, days: Days | None = None
) -> Scenario:
    """Return a soak in which something breaks now and then; its calls may have a curve."""
    soak = phase("soak", PhaseKind.SOAK, duration_s=lasts_s, now_and_then=BREAKS, days=days)
    traffic = CallTraffic(240.0, {"billing": 0.6, "support": 0.4}, BUSY, arrivals)
    return with_faults_drawn(scenario(soak, seed=str(seed), speed=20.0, calls=traffic))


def struck(of: Scenario) -> tuple[FaultRun, ...]:
    """Return its faults as they happened: as planned, proven, healed and over a minute later."""
    return tuple(
        fault_run(
            kind=each.kind, site=each.site, phase="soak",
            injected_from_s=each.at_s, injected_s=each.at_s + 1, proven_s=each.at_s + 2,
            healed_from_s=each.end_s, healed_s=each.end_s + 1, heal_proven_s=each.end_s + 60,
        )
        for each in of.phases[0].faults
    )  # fmt: skip


def calls(of: Scenario, level: Level) -> list[Call]:
    """Return the calls of its schedule; from a fault until it is over hardly any is served."""
    (soak,) = of.phases
    rng, found = Random(of.seed), []
    for number, moment in enumerate(due_in(of, soak, Stream.CALLS, of.seed)):
        at_s = moment.at_s
        load = rate_at(of, soak, Stream.CALLS, at_s / soak.duration_s) * HOUR_S / 240.0
        hurt = any(fault.at_s <= at_s < fault.end_s + 60 for fault in soak.faults)
        made = partial(answered, f"soak/calls/{number}", due_s=at_s, phase="soak")
        if rng.random() < (0.3 if hurt else level(at_s / HOUR_S, load)):
            found.append(made(wait_s=rng.uniform(1, 18)))
        elif rng.random() < 0.1:
            found.append(
                abandoned(made.args[0], due_s=at_s, wait_s=rng.uniform(20, 90), phase="soak")
            )
        else:
            found.append(made(wait_s=rng.uniform(21, 90)))
    return found


def scraped(of: Scenario, source: str, memory: Memory) -> Iterator[Scrape]:
    """Yield what a process tells of itself every other minute, from one start to the next.

    One that is down does not answer; the others have more to do meanwhile, and hold more for it.
    """
    rng, started_s = Random(f"{of.seed}:{source}"), 0.0
    for minute in range(0, int(of.duration_s / 60), 2):
        at_s = minute * 60.0
        down = [each for each in of.phases[0].faults if each.at_s <= at_s < each.end_s]
        if any(each.site == source and each.kind == "site_down" for each in down):
            started_s = at_s + 60
            yield Scrape(source, at_s, False, {})
            continue
        more = 8 * MIB if down else 0.0
        held = memory((at_s - started_s) / HOUR_S) * MIB + rng.uniform(0, 6 * MIB) + more
        values = {
            Series("process_resident_memory_bytes"): held,
            Series("process_open_fds"): float(rng.randint(40, 60)),
            Series("process_start_time_seconds"): started_s,
        }
        yield Scrape(source, at_s, True, values)


def soaked(
    of: Scenario,
    level: Level = healthy,
    memory: Memory = lambda hours: 60 + 20 * min(hours, 0.2),
    **changes: Any,
) -> FakeEvidence:
    """Return what is known of the soak *of* once it has been played."""
    sources = {each: tuple(scraped(of, each, memory)) for each in ("edge", "north", "south")}
    fields: dict[str, Any] = {
        "scenario": of,
        "facts": facts(speed=20.0, seed=of.seed),
        "phase_runs": (phase_run("soak", PhaseKind.SOAK, end_s=of.duration_s),),
        "fault_runs": struck(of),
        "contacts": calls(of, level),
        "scraped": sources | {OWN: ()},
    }
    return FakeEvidence(**fields | changes)


def judged(run: FakeEvidence) -> tuple[Verdict, dict[str, ObjectiveResult]]:
    verdict = judge(run, ASKED, about="")
    return verdict, {each.kpi: each for each in verdict.results if each.view is View.CALLERS}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("lasts_s", "arrivals"),
    [(24 * HOUR_S, STEADY), (48 * HOUR_S, CURVED)],
    ids=["variable half hours", "two variable days"],
)
@pytest.mark.parametrize(
    "number", [3, pytest.param(25, marks=pytest.mark.nightly)], ids=["a few", "many"]
)
def test_healthy_soaks_in_which_something_breaks_raise_no_alarm(
    number: int, lasts_s: float, arrivals: Arrivals, tell: Tell
):
    """Curve, busy days and faults are what a soak plays, not what it is to find."""
    alarmed = []
    for seed in range(number):
        _, results = judged(soaked(plan(seed, lasts_s, arrivals=arrivals, days=VARIABLE)))
        assert (results["service_level"].value or 0.0) > 0.8, "it is a healthy one"
        told = [results[each] for each in ("steadiness", "memory_growth", "descriptor_growth")]
        assert None not in [each.value for each in told]
        alarmed += [f"{seed}: {each.note}" for each in told if each.status is Status.FAIL]
    tell(f"{number} healthy soaks of {lasts_s / HOUR_S:.0f} h with faults: alarms {alarmed}")

    assert len(alarmed) <= number // 25, alarmed


def test_a_decay_between_outages_is_found_and_the_outages_are_not_named():
    """What breaks on purpose must not be a place to hide in."""
    _, results = judged(soaked(plan(1, 24 * HOUR_S), lambda hour, _: 0.95 - 0.005 * hour))
    note = results["steadiness"].note

    assert results["steadiness"].status is Status.FAIL
    assert note.startswith("service_level falls by ")


def test_a_leak_goes_on_between_two_starts_of_its_process():
    """A site that is taken away every few hours begins anew, and gains again."""
    _, results = judged(soaked(plan(1, 24 * HOUR_S), memory=lambda hour: 60 + 10 * hour))

    assert results["memory_growth"].status is Status.FAIL
    assert results["memory_growth"].value == pytest.approx(10, rel=0.15)


def test_a_night_that_nobody_calls_in_leaves_two_whole_days():
    """A centre that closes at midnight has its days all the same."""
    by_day = Arrivals(Shape("day", 4 * HOUR_S, (0.0, 0.3, 0.9, 1.0, 0.8, 0.0)))
    _, results = judged(soaked(plan(1, 48 * HOUR_S, arrivals=by_day)))

    assert results["steadiness"].value == 0


def test_an_hour_that_was_broken_on_each_day_is_not_bad_day_after_day():
    """By chance the schedule meets ten o'clock twice; nobody has to staff it better for that."""
    of = plan(1, 48 * HOUR_S)
    soak = replace(
        of.phases[0], faults=tuple(fault_plan(at_s=at_s) for at_s in (10 * HOUR_S, 34 * HOUR_S))
    )
    of = replace(of, phases=(soak,))

    def worse_at_ten(hour: float, load: float) -> float:
        return 0.4 if 10 <= hour % 24 < 10.3 else healthy(hour, load)

    _, told = judged(soaked(of, worse_at_ten))
    _, untold = judged(soaked(of, worse_at_ten, fault_runs=()))

    assert told["steadiness"].value == 0
    assert "at 10:00 of the run's clock on each of 2 days" in untold["steadiness"].note


def test_a_fault_of_which_nobody_saw_the_end_is_felt_to_the_end():
    """What never came back must not be compared with the time before, and be called steady."""
    never = replace(HIT, healed_from_s=None, healed_s=None, heal_proven_s=None)
    (felt,) = felt_in(SOAKED, [never])
    (over,) = felt_in(SOAKED, [HIT])

    assert felt.end_s == SOAKED.held_until_s
    assert over.end_s == (HIT.heal_proven_s or 0.0) + FELT_S
    assert felt_in(SOAKED, [replace(HIT, phase="other")]) == []


def test_a_soak_that_is_all_outage_is_not_called_steady():
    """Two hours with a fault in the middle leave too little to compare, and the report says why."""
    of = plan(1, 24 * HOUR_S)
    short = phase_run("soak", PhaseKind.SOAK, end_s=of.phases[0].faults[0].end_s + FELT_S + 1800)
    first = replace(struck(of)[0], injected_from_s=600.0)
    _, results = judged(soaked(of, phase_runs=(short,), fault_runs=(first,)))

    assert results["steadiness"].status is Status.INCONCLUSIVE
    assert "near a fault does not count" in results["steadiness"].note


# ---------------------------------------------------------------------- fault by fault

HIT = fault_run(phase="soak")
AGAIN = fault_run(
    phase="soak",
    injected_from_s=6100.0, injected_s=6101.0, proven_s=6102.0,
    healed_from_s=6220.0, healed_s=6221.0, heal_proven_s=6230.0,
)  # fmt: skip
LASTS_S = 3 * HOUR_S
SOAKED = phase_run("soak", PhaseKind.SOAK, end_s=LASTS_S)
BOOK = "runbooks/site_down.md"


def one_call_a_second(misses: range, **changes: Any) -> FakeEvidence:
    """Return a soak of three hours with two faults, in which the calls of *misses* waited long."""
    hits = [number not in misses for number in range(int(LASTS_S))]
    planned = phase(
        "soak",
        PhaseKind.SOAK,
        duration_s=LASTS_S,
        faults=(fault_plan(runbook=BOOK), fault_plan(at_s=6060.0, runbook=BOOK)),
    )
    fields: dict[str, Any] = {
        "scenario": scenario(planned, runbooks=(Runbook(BOOK, None, frozenset({Mishap.DROPPED})),)),
        "phase_runs": (SOAKED,),
        "fault_runs": (replace(HIT, runbook=BOOK), replace(AGAIN, runbook=BOOK)),
        "contacts": calls_of(hits, phase="soak"),
    }
    return FakeEvidence(**fields | changes)


def recoveries(run: FakeEvidence) -> dict[str, ObjectiveResult]:
    return {each.scope: each for each in judge(run, sla(RECOVERY), about="").results}


def test_each_fault_is_judged_by_itself_and_has_a_name_of_its_own():
    """Two results of one name are one in every report, and the better may hide the worse."""
    found = recoveries(one_call_a_second(range(6100, 6800)))

    assert set(found) == {"site_down north", "site_down north (2)"}
    assert found["site_down north"].status is Status.PASS
    assert found["site_down north (2)"].status is Status.FAIL
    assert found["site_down north (2)"].value == pytest.approx(700.0, abs=2)


def test_a_bad_hour_long_after_a_fault_is_not_put_down_to_it():
    """A soak goes on; that is judged by its service level, and by its steadiness."""
    long_after = int(HIT.heal_proven_s or 0) + int(FELT_S)
    found = recoveries(one_call_a_second(range(long_after + 60, long_after + 660)))

    assert found["site_down north"].status is Status.PASS


def test_a_surprise_is_one_as_long_as_the_fault_is_felt():
    """Hours later a blocked call is somebody else's doing."""
    run = one_call_a_second(range(0))
    near = blocked("soak/calls/near", due_s=150.0, phase="soak")
    far = blocked("soak/calls/far", due_s=3000.0, phase="soak")
    before = blocked("soak/calls/before", due_s=50.0, phase="soak")
    run = replace(run, contacts=[*run.contacts, near, far, before])
    asked = sla(objective("surprises", goal=0.0, warn=0.0, kinds=FAULT, threshold_s=None))
    (result,) = judge(run, asked, about="").results

    assert [(each.mishap, each.ids) for each in surprises_of(run)] == [
        (Mishap.BLOCKED, ("soak/calls/near",))
    ]
    assert result.status is Status.FAIL
    assert result.phase == "soak"
    assert result.n == 2 * int(120 + 10 + FELT_S) + 1


def test_a_stop_rule_of_the_soak_waits_until_a_fault_is_got_over():
    """What is broken on purpose would else end the night that it is part of."""
    rule = StopRule("service_level", 0.5, 300.0, "service_level < 50%", frozenset(SOAK), "", 20.0)
    ruled = replace(sla(), stop_early=(rule,))
    run = one_call_a_second(range(100, 3000))
    over_s = (HIT.heal_proven_s or 0.0) + FELT_S

    assert stop_reason(run, ruled, SOAKED, now_s=420.0) == ""
    assert stop_reason(run, ruled, SOAKED, now_s=over_s + 299) == ""
    assert stop_reason(run, ruled, SOAKED, now_s=over_s + 300) != "", "it never came back"


@pytest.mark.parametrize(
    ("silent", "doubted", "because"),
    [
        (range(100, 240), False, "it was down"),
        (range(2000, 2800), True, "nothing was broken there"),
        (range(0), False, "it answered all the time"),
    ],
)
def test_a_site_has_to_be_seen_in_the_hours_in_which_it_stands(
    silent: range, doubted: bool, because: str
):
    """One fault in a night must not excuse a source of metrics for all of it."""
    scrapes = [scrape(float(at), source="north", ok=at not in silent) for at in range(int(LASTS_S))]
    run = one_call_a_second(range(0), scraped={"north": scrapes})
    verdict = judge(run, sla(RECOVERY), about="")

    assert any("north answered" in each.what for each in verdict.doubts) is doubted, because
