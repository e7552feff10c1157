"""KPIs as the provider's own counters tell them, and the catalogue that names them all."""

import pytest

from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.increase import Increase
from harness.kpi.measure import as_wide_as, counted_share, mean, quantile
from harness.model.sla import Bound, Direction, Unit
from harness.model.verdict import Interval, Measurement
from harness.verdict.table import Claim
from tests.fakes import phase_evidence, series

WAIT = "cc_wait_seconds"


def tell(name: str, evidence: PhaseEvidence, question: Question | None = None) -> Measurement:
    """Return what the provider's metrics tell of the KPI *name*."""
    kpi = CATALOGUE[name]
    assert kpi.provider is not None
    return kpi.provider(evidence, question or Question())


def counted(queue: str, *, within: float, answered: float, abandoned: float, waited_s: float = 0.0):
    """Return what the counters of one queue rose by."""
    return {
        series(f"{WAIT}_bucket", queue=queue, outcome="answered", le="20.0"): within,
        series(f"{WAIT}_bucket", queue=queue, outcome="abandoned", le="20.0"): abandoned,
        series(f"{WAIT}_count", queue=queue, outcome="answered"): answered,
        series(f"{WAIT}_count", queue=queue, outcome="abandoned"): abandoned,
        series(f"{WAIT}_sum", queue=queue, outcome="answered"): waited_s,
    }


BOTH = phase_evidence(
    increase=Increase(
        counted("billing", within=860, answered=1000, abandoned=60, waited_s=9000)
        | counted("support", within=10, answered=20, abandoned=20, waited_s=1000)
    )
)
NOTHING = phase_evidence(increase=Increase({}))
IDLE = phase_evidence(
    increase=Increase(
        counted("billing", within=0, answered=0, abandoned=0)
        | {series("cc_call_attempts_total", result="accepted"): 0.0}
    )
)


def test_the_providers_service_level_is_the_same_formula():
    """ICMI's vector again: callers and provider are judged by one definition."""
    measured = tell("service_level", BOTH, Question("billing", 20.0))

    assert (measured.value, measured.n) == (860 / 1060, 1060)


def test_without_a_queue_all_are_summed():
    """870 of 1,100 left in time."""
    assert tell("service_level", BOTH, Question(None, 20.0)).value == 870 / 1100


def test_a_threshold_between_two_buckets_is_not_measured():
    """Interpolating would be a guess with the contract's name on it."""
    assert tell("service_level", BOTH, Question(None, 25.0)).value is None


def test_the_providers_abandonment():
    """Of those that left the queue."""
    assert tell("abandonment", BOTH, Question("support")).value == 0.5


def test_the_providers_speed_of_answer_is_sum_by_count():
    """Exact, so it has no interval."""
    measured = tell("asa", BOTH, Question("billing"))

    assert (measured.value, measured.n, measured.interval_at) == (9.0, 1000, None)


def test_the_providers_blocking_is_what_was_not_accepted():
    """Busy, refused, no site: all but the accepted."""
    increase = Increase(
        {
            series("cc_call_attempts_total", result="accepted"): 95.0,
            series("cc_call_attempts_total", result="trunks-busy"): 4.0,
            series("cc_call_attempts_total", result="no-site"): 1.0,
        }
    )

    assert tell("blocked", phase_evidence(increase=increase)).value == 0.05


def test_the_providers_first_reply():
    """Of the replies given, those within the threshold."""
    increase = Increase(
        {
            series("cc_ticket_first_reply_seconds_bucket", priority="P1", le="900.0"): 9.0,
            series("cc_ticket_first_reply_seconds_count", priority="P1"): 12.0,
        }
    )

    measured = tell(
        "ticket_first_reply", phase_evidence(increase=increase), Question(threshold_s=900.0)
    )
    assert measured.value == 0.75


def handled(talks: float, *, waited_s: float = 0.0) -> PhaseEvidence:
    """Return *talks* of 5 min 50 s each, and their waits, as counters tell them."""
    rises = {
        series("cc_talk_seconds_sum"): 330.0 * talks,
        series("cc_hold_seconds_sum"): 0.0,
        series("cc_wrap_up_seconds_sum"): 20.0 * talks,
        series("cc_talk_seconds_count"): talks,
        series("cc_mos_bucket", le="4.0"): 0.0,
        series("cc_mos_bucket", le="+Inf"): talks,
        series("cc_agent_state_seconds_total", state="busy"): talks,
    }
    return phase_evidence(
        increase=Increase(
            rises | counted("billing", within=talks, answered=talks, abandoned=0, waited_s=waited_s)
        )
    )


@pytest.mark.parametrize(
    ("kpi", "talks", "weak", "because"),
    [
        ("aht", 12, True, "that of twelve talks is off by a third"),
        ("aht", 99, True, "one more is asked for"),
        ("aht", 100, False, "a tenth is what contracts leave"),
        ("mos_p5", 99, True, "a quantile is no surer"),
        ("mos_p5", 100, False, "as a mean"),
        ("occupancy", 12, False, "seconds of agents are no contacts"),
        ("abandonment", 12, False, "a share has its interval"),
    ],
)
def test_counters_alone_decide_no_mean_of_few(kpi: str, talks: float, weak: bool, because: str):
    """They do not tell how far single talks are apart, so a mean of them would look exact."""
    measured = tell(kpi, handled(talks))

    assert measured.value is not None
    assert (measured.weakness != "") is weak, because


def test_of_few_that_callers_tell_of_too_the_spread_is_known():
    """Then their log says how sure the figure is."""
    few = tell("asa", handled(12, waited_s=120.0))
    widened = as_wide_as(few, mean([8.0, 12.0] * 6), Unit.SECONDS)
    assert widened.interval_at is not None

    assert few.weakness
    assert not widened.weakness
    assert widened.interval_at(0.95).high > 10.0


def test_a_quantile_that_is_as_sure_as_the_callers_one_is_by_chance_as_theirs():
    """A bucket's width is the same at any confidence; the interval of a sample is not."""
    bucket = Measurement(1.5, 200, interval_at=lambda _: Interval(1.0, 2.0), by_chance=False)
    widened = as_wide_as(bucket, quantile([i / 50 for i in range(200)], 0.95), Unit.SECONDS)

    assert widened.by_chance
    assert Claim(widened, Bound(3.0, 3.3), Direction.LESS).statistical


PROVIDERS = [kpi for kpi in CATALOGUE.values() if kpi.provider is not None]


@pytest.mark.parametrize("kpi", PROVIDERS, ids=lambda kpi: kpi.name)
@pytest.mark.parametrize("evidence", [NOTHING, IDLE], ids=["no such metrics", "all at zero"])
def test_no_counts_are_no_measurement(kpi, evidence):
    """No data is never a pass: the value is None, whatever the KPI."""
    assert kpi.provider(evidence, Question(None, 20.0)).value is None


CALLERS = [kpi for kpi in CATALOGUE.values() if kpi.callers is not None]


@pytest.mark.parametrize("kpi", CALLERS, ids=lambda kpi: kpi.name)
def test_no_contacts_are_no_measurement(kpi):
    """The same of the callers' view."""
    measured: Measurement = kpi.callers(phase_evidence(), Question(None, 20.0))

    assert (measured.value, measured.n) == (None, 0)


def test_a_count_that_is_off_by_a_scrape_stays_a_share():
    """Two counters read a moment apart may differ by one: no interval may leave 0..1."""
    measured = counted_share(100.4, 100.0)
    assert measured.interval_at is not None
    interval = measured.interval_at(0.95)

    assert 0.0 <= interval.low <= interval.high <= 1.0


def test_a_difference_of_counters_below_nothing_is_nothing():
    """Abandoned less short abandons, read a moment apart: no root of a negative number."""
    measured = counted_share(-1.0, 100.0)
    assert measured.interval_at is not None
    assert measured.needed_at is not None

    assert measured.value == 0.0
    assert measured.interval_at(0.95).low == 0.0
    assert measured.needed_at(0.05, 0.95) is not None
    assert counted_share(0.0, -1.0).value is None


def test_counters_that_contradict_each_other_break_nothing():
    """A provider's page can be nonsense (a restart, a bug of theirs): we still reach a verdict."""
    measured = counted_share(9.0, 1.0)
    assert measured.interval_at is not None
    interval = measured.interval_at(0.95)

    assert 0.0 <= interval.low <= interval.high <= 1.0


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("n", [10.49, 100.45, 1000.45])
def test_fractions_of_contacts_have_an_interval_too(n: float, confidence: float):
    """A Prometheus' increase is no whole number, and all of 100.45 are more than 100."""
    interval_at = counted_share(n, n).interval_at
    assert interval_at is not None
    found = interval_at(confidence)

    assert 0 < found.low < found.high == pytest.approx(1.0)


def test_no_surer_than_callers_is_in_the_kpis_own_unit():
    """Seconds are not a share: a bucket without an end stays one, whatever callers measured."""
    open_bucket = Measurement(5.0, 100, interval_at=lambda _: Interval(5.0, float("inf")))
    interval_at = as_wide_as(open_bucket, quantile([1.0] * 200, 0.95), Unit.SECONDS).interval_at
    assert interval_at is not None

    assert interval_at(0.95) == Interval(5.0, float("inf"))
