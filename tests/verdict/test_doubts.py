"""The tester's own failings make a run undecided, whatever its numbers say."""

from dataclasses import replace
from typing import Any

import pytest

from harness.model.control import Progress
from harness.model.event import Ending, FaultRun, GeneratorHealth
from harness.model.sample import Scrape, Series
from harness.model.scenario import PhaseKind
from harness.model.target import Remote
from harness.model.verdict import TicketAudit
from harness.verdict.doubts import doubts
from harness.verdict.interruptions import interruptions
from harness.verdict.self_check import generator_health
from tests.fakes import (
    FakeEvidence,
    every_second,
    fault_plan,
    fault_run,
    phase,
    phase_run,
    scenario,
    scrape,
    sla,
)

SLA = sla()
LOSS = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))
LOSS_RUN = phase_run("loss", PhaseKind.FAULT)


def told(run: FakeEvidence, audit: TicketAudit | None = None) -> str:
    """Return all doubts in one string; empty if there are none."""
    return "; ".join(doubt.what for doubt in doubts(run, audit, SLA, interruptions(run)))


def broken_site(**changes: Any) -> FakeEvidence:
    """Return a run of one fault phase, whose fault ran as *changes* say."""
    return FakeEvidence(
        scenario=scenario(LOSS), phase_runs=[LOSS_RUN], fault_runs=[fault_run(**changes)]
    )


def test_a_run_that_went_well_is_not_doubted():
    """Doubt without a reason is noise."""
    assert told(broken_site()) == ""


@pytest.mark.parametrize(
    ("health", "expected", "because"),
    [
        (GeneratorHealth(lag_p99_s=2.0), "", "on the limit"),
        (GeneratorHealth(lag_p99_s=2.1), "the generator was late", "late contacts flatter waits"),
        (GeneratorHealth(dropped=3), "could not start 3 contacts", "less load than was promised"),
        (GeneratorHealth(workers_planned=4, workers_lost=1), "1 of 4 workers", "a stripe is gone"),
        (GeneratorHealth(notes=("2 journeys broke",)), "2 journeys broke", "our own mistakes"),
        (GeneratorHealth(lag_p99_s=None), "", "nothing started, nothing late"),
    ],
)
def test_a_generator_that_failed_is_told(health: GeneratorHealth, expected: str, because: str):
    """A load that was not placed as planned proves nothing."""
    what = told(FakeEvidence(health=health))

    assert (expected in what) if expected else (what == ""), because


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Ending.INTERRUPTED, "the run was interrupted"),
        (Ending.BROKEN, "the run broke off"),
        (Ending.COMPLETE, ""),
    ],
)
def test_a_run_that_did_not_come_to_its_end_is_doubted(ending: Ending, expected: str):
    """It has proved only what it got to."""
    assert told(FakeEvidence(ending=ending)) == expected


def test_a_phase_that_never_ran_is_named():
    """A gate that stayed shut leaves the rest of the scenario unproved."""
    run = FakeEvidence(scenario=scenario(phase(), phase("soak")), ending=Ending.GATE)

    assert told(run) == "never run: soak"


def test_a_fault_that_was_not_proven_is_doubted():
    """A failover that nobody needed proves nothing."""
    assert "site_down north was not shown to have taken effect" in told(broken_site(proven_s=None))


def test_a_fault_that_was_never_injected_is_doubted():
    """The phase ran, its fault did not."""
    run = FakeEvidence(scenario=scenario(LOSS), phase_runs=[LOSS_RUN])

    assert told(run) == "faults of loss never injected: 1"


def test_a_fault_of_a_phase_that_never_ran_is_not_doubted_twice():
    """'Never run' says it all."""
    run = FakeEvidence(scenario=scenario(phase(), LOSS), ending=Ending.GATE)

    assert told(run) == "never run: loss"


def test_a_fault_that_was_not_shown_to_be_healed_is_doubted():
    """What came after it may have been measured on half a centre."""
    assert told(broken_site(heal_proven_s=None)) == "site_down north was not shown to be healed"


TWICE = phase("loss", PhaseKind.FAULT, faults=(fault_plan(), fault_plan(at_s=300.0, for_s=60.0)))
BOTH = (fault_run(), fault_run(injected_from_s=300.0, injected_s=301.0, proven_s=302.0))


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (BOTH, ""),
        ((replace(BOTH[0], proven_s=None), BOTH[1]), "not shown to have taken effect"),
        ((BOTH[0], replace(BOTH[1], proven_s=None)), "not shown to have taken effect"),
        (BOTH[:1], "never injected: 1"),
        (BOTH[1:], "never injected: 1"),
    ],
)
def test_each_of_two_like_faults_must_be_proven(faults: tuple[FaultRun, ...], expected: str):
    """A flapping site is broken twice in a phase; the files allow it."""
    run = FakeEvidence(scenario=scenario(TWICE), phase_runs=[LOSS_RUN], fault_runs=faults)

    assert (expected in told(run)) if expected else (told(run) == "")


def scraped(*, missed: range) -> FakeEvidence:
    """Return a run whose edge did not answer in the seconds of *missed*."""
    scrapes = [scrape(float(at), ok=at not in missed) for at in range(800)]
    return FakeEvidence(scraped={"edge": scrapes})


@pytest.mark.parametrize(
    ("missed", "doubted", "because"),
    [
        (range(30), False, "30 of 601 scrapes: 95 % were answered"),
        (range(31), True, "31 of 601: less than that"),
        (range(601, 800), False, "all of the hold, none of the phase"),
    ],
)
def test_scrape_gaps_are_doubted(missed: range, doubted: bool, because: str):
    """The provider's counters are only as good as the readings of them."""
    assert ("scrapes" in told(scraped(missed=missed))) is doubted, because


def test_a_phase_without_any_scrape_is_doubted():
    """One a second was due; none of none is not all."""
    assert told(FakeEvidence(scraped={"edge": []})) == ("edge answered 0 of 600 scrapes in peak")


def test_scrapes_that_were_never_tried_are_missing_too():
    """Ten scrapes in ten minutes are a gap of nearly all of it, though all ten were answered."""
    few = [scrape(60.0 * minute) for minute in range(10)]

    assert "scrapes" in told(FakeEvidence(scraped={"edge": few}))


def test_a_phase_of_lines_needs_no_scrapes():
    """It carries no load that the provider could count."""
    run = FakeEvidence(
        scenario=scenario(phase("lines", PhaseKind.LINES), phase()),
        phase_runs=[phase_run("lines", PhaseKind.LINES, end_s=0.0, held_s=0.0), phase_run()],
        scraped={"edge": every_second([phase_run()])},
    )

    assert told(run) == ""


def test_a_store_that_could_not_be_read_is_doubted():
    """Losses may hide there."""
    audit = TicketAudit(5, 5, 0, sites_read=("north",), sites_unread=("south",))

    assert told(FakeEvidence(), audit) == "the ticket stores of south could not be read"


def test_the_generators_health_is_told_in_percentiles():
    """A hundred lags: the 99th percentile is the second largest."""
    lags = [i / 100 for i in range(1, 101)]
    health = generator_health(lags, Progress(started=100, dropped=2, workers_lost=1), planned=3)

    assert (health.lag_p50_s, health.lag_p99_s, health.lag_max_s) == (0.5, 0.99, 1.0)
    assert (health.started, health.dropped, health.workers_lost) == (100, 2, 1)


def test_a_generator_that_started_nothing_has_no_lag():
    """None, not zero."""
    assert generator_health([], Progress(), planned=1).lag_p99_s is None


def test_while_the_load_goes_on_what_is_not_logged_yet_is_on_its_way():
    """A run that ends when its generator is unfit must not end because calls are being made."""
    assert generator_health(None, Progress(started=100), planned=1).notes == ()
    assert generator_health([], Progress(started=100), planned=1).notes


def test_broken_journeys_are_noted():
    """A mistake of ours in a customer's story must not pass for the provider's."""
    assert "1 journeys broke" in generator_health([], Progress(broken=1), planned=1).notes[0]


def test_a_page_that_stands_still_is_doubted():
    """An exporter that hangs still answers; whoever believes it sees a centre that is always fine."""
    used = Series("process_cpu_seconds_total")

    def page(at: int, *, frozen: bool) -> Scrape:
        return Scrape("edge", float(at), True, {used: 5.0 if frozen and at > 200 else 0.01 * at})

    for frozen in (False, True):
        pages = [page(at, frozen=frozen) for at in range(800)]
        said = told(FakeEvidence(scraped={"edge": pages}))

        assert ("the metrics page of edge stood still in peak" in said) is frozen


def test_a_page_that_says_nothing_of_its_process_is_not_said_to_stand_still():
    """Nothing may happen for a while, and a provider names what it likes."""
    calls = Series("cc_calls_queued_total")
    pages = [Scrape("edge", float(at), True, {calls: 3.0}) for at in range(800)]

    assert "stood still" not in told(FakeEvidence(scraped={"edge": pages}))


def seen_by_the_edge(site: str, down: range, *, up_since: int = 0) -> list[Scrape]:
    """Return what the edge told of *site*, second by second: that it was gone while *down*."""
    up = Series("cc_site_up", (("site", site),))
    return [
        scrape(float(at), {up: float(at >= up_since and at not in down)})
        for at in range(int(LOSS_RUN.held_until_s) + 1)
    ]


@pytest.mark.parametrize(
    ("site", "down", "up_since", "doubted", "because"),
    [
        ("south", range(130, 140), 0, True, "nothing was broken there"),
        ("south", range(590, 601), 0, True, "nor had it come back when the phase was over"),
        ("north", range(130, 140), 0, False, "it was broken on purpose"),
        ("south", range(0), 5, False, "it was not there yet"),
    ],
)
def test_a_site_that_the_mock_gave_up_unasked_is_put_down_to_the_machine(
    site: str, down: range, up_since: int, doubted: bool, because: str
):
    """Callers are turned away for it, and nobody could tell a busy machine from a bad failover."""
    run = broken_site()
    run.scraped = {"edge": seen_by_the_edge(site, down, up_since=up_since)}

    assert (f"the mock gave up {site} from" in told(run)) is doubted, because


def test_a_provider_that_gives_up_a_site_has_lost_it():
    """There it is no matter of our machine, and what it does to callers is judged."""
    run = broken_site()
    run.scraped = {"edge": seen_by_the_edge("south", range(130, 140))}
    run.target = replace(run.target, remote=Remote("http://edge", {"south": "http://south"}))

    assert "gave up" not in told(run)
