"""The catalogue: every KPI once, with its words, its views, and the same formula in all of them."""

import math

import pytest

from harness.kpi.catalogue import CATALOGUE, TICKET_BOUNDS, WAIT_BOUNDS, WHOLE_RUN, Question
from harness.kpi.increase import Increase, Window, increases
from harness.kpi.measure import Counted
from harness.kpi.question import FORMULA_TEXTS, Formula
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit
from tests.fakes import abandoned, answered, phase_evidence, scrape, series, told_of

WAIT = "cc_wait_seconds"
ICMI = {
    Formula.OFFERED: 860 / 1060,
    Formula.CREDIT_ALL: 880 / 1060,
    Formula.ANSWERED: 860 / 1000,
    Formula.EXCL_T: 860 / 1040,
    Formula.CREDIT_SHORT: 870 / 1060,
    Formula.EXCL_SHORT: 860 / 1050,
    Formula.GENESYS: 860 / 1060,
    Formula.DEQUEUED: 880 / 1060,
}
"""1,000 answered, 860 within 20 s; 60 abandoned, 20 within 20 s, 10 within 5 s (ICMI, March 2005)."""
PRINTED = {
    Formula.OFFERED: "81.13",
    Formula.CREDIT_ALL: "83.02",
    Formula.ANSWERED: "86.00",
    Formula.EXCL_T: "82.69",
    Formula.CREDIT_SHORT: "82.08",
    Formula.EXCL_SHORT: "81.90",
    Formula.GENESYS: "81.13",
    Formula.DEQUEUED: "83.02",
}
LOGGED = phase_evidence(
    *(answered(f"in-time-{i}", wait_s=12.0) for i in range(859)),
    answered("at-the-threshold", wait_s=20.0),
    *(answered(f"late-{i}", wait_s=25.0) for i in range(140)),
    *(abandoned(f"short-{i}", wait_s=4.0) for i in range(9)),
    abandoned("at-the-short-one", wait_s=5.0),
    *(abandoned(f"medium-{i}", wait_s=15.0) for i in range(10)),
    *(abandoned(f"long-{i}", wait_s=40.0) for i in range(40)),
)
COUNTED = phase_evidence(
    increase=Increase(
        {
            series(f"{WAIT}_bucket", outcome="answered", le="5.0"): 100.0,
            series(f"{WAIT}_bucket", outcome="answered", le="20.0"): 860.0,
            series(f"{WAIT}_bucket", outcome="abandoned", le="5.0"): 10.0,
            series(f"{WAIT}_bucket", outcome="abandoned", le="20.0"): 20.0,
            series(f"{WAIT}_count", outcome="answered"): 1000.0,
            series(f"{WAIT}_count", outcome="abandoned"): 60.0,
            series("cc_calls_queued_total"): 1060.0,
        }
    )
)


def asked(formula: Formula) -> Question:
    return Question(threshold_s=20.0, formula=formula, short_abandon_s=5.0)


@pytest.mark.parametrize("formula", Formula)
def test_icmis_vector_has_its_printed_values_in_the_contact_log(formula: Formula):
    """The same calls, from 81.13 to 86.00 %: who does not say which formula says nothing."""
    measured = CATALOGUE["service_level"].callers(LOGGED, asked(formula))

    assert measured.value == ICMI[formula]
    assert f"{measured.value * 100:.2f}" == PRINTED[formula]


@pytest.mark.parametrize("formula", Formula)
def test_icmis_vector_has_its_printed_values_in_the_providers_counters(formula: Formula):
    """The second back-end, the same eight."""
    measured = CATALOGUE["service_level"].provider(COUNTED, asked(formula))

    assert measured.value == ICMI[formula]
    assert f"{measured.value * 100:.2f}" == PRINTED[formula]


def test_every_formula_is_said_in_words():
    """Reports print them beside the figure."""
    assert set(FORMULA_TEXTS) == set(Formula)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_kpi_is_computed_somewhere_or_says_why_not(name: str):
    """In phases by the catalogue, or by the verdict: about a fault, or about the whole run."""
    kpi = CATALOGUE[name]
    in_phases = kpi.callers is not None or kpi.expression is not None

    assert not (kpi.by_verdict and in_phases)
    assert kpi.measurable == (kpi.by_verdict or in_phases)
    assert kpi.measurable or kpi.unseen
    assert kpi.by_verdict <= (
        kpi.phase_kinds in (WHOLE_RUN, frozenset({PhaseKind.FAULT}), frozenset({PhaseKind.SOAK}))
    )


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_view_that_cannot_measure_a_kpi_says_why(name: str):
    """Where a figure is missing, nobody has to guess whether it was forgotten."""
    kpi = CATALOGUE[name]
    both = kpi.callers is not None and kpi.expression is not None

    assert both or kpi.by_verdict or kpi.unseen
    assert not (both and kpi.unseen)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_share_of_contacts_can_tell_which_of_them_count_against_it(name: str):
    """What a list of disputed contacts goes by. A request, or a gap of two views, is nobody's."""
    kpi = CATALOGUE[name]
    if kpi.callers is None or kpi.unit is not Unit.SHARE:
        return

    of_no_contacts = {"api_availability", "reconciliation"}
    assert (name in of_no_contacts) != (isinstance(kpi.callers, Counted) or bool(kpi.counts))


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_kpi_has_its_words_and_its_inputs(name: str):
    """A figure without a definition, a source and its inputs is an opinion."""
    kpi = CATALOGUE[name]

    assert kpi.title
    assert kpi.definition.endswith(".")
    assert kpi.source
    assert bool(kpi.contact_fields) == (kpi.callers is not None)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_kpi_asked_within_a_time_knows_which_times(name: str):
    """Without the bounds, check could not refuse a threshold that no bucket ends at."""
    kpi = CATALOGUE[name]

    assert kpi.needs_threshold == bool(kpi.bounds)
    assert kpi.bounds in ((), WAIT_BOUNDS, TICKET_BOUNDS)
    assert not kpi.needs_threshold or kpi.direction is Direction.MORE


def test_the_units_are_those_of_the_design():
    """Shares, seconds, counts, and one score: the quality of sound."""
    scores = {kpi.name for kpi in CATALOGUE.values() if kpi.unit is Unit.SCORE}

    assert scores == {"mos_mean", "mos_p5"}


def test_only_kpis_of_calls_have_queues():
    """Tickets wait in no queue, and a blocked call never reached one."""
    by_queue = {kpi.name for kpi in CATALOGUE.values() if Each.QUEUE in kpi.scopes}

    assert {"service_level", "abandonment", "asa", "dropped"} <= by_queue
    assert not by_queue & {"blocked", "ticket_first_reply", "api_p95", "occupancy", "aht"}


def test_a_page_without_the_bucket_says_which_are_nearest():
    """A stranger's histogram may have other bounds than the field's."""
    measured = CATALOGUE["service_level"].provider(COUNTED, Question(threshold_s=15.0))

    assert measured.value is None
    assert (
        measured.note == "cc_wait_seconds has no bucket that ends at 15: the nearest are 5 and 20"
    )


PROVIDERS = [kpi for kpi in CATALOGUE.values() if kpi.expression is not None]


@pytest.mark.parametrize("kpi", PROVIDERS, ids=lambda kpi: kpi.name)
def test_a_missing_metric_is_named(kpi):
    """No value, and which metric was missed: not a zero, and not a shrug."""
    question = Question(threshold_s=kpi.bounds[0] if kpi.bounds else None)
    measured = kpi.provider(phase_evidence(), question)
    names = {metric.removesuffix("_bucket") for metric in kpi.metrics(question)}

    assert measured.value is None
    assert any(name in measured.note for name in names)


@pytest.mark.parametrize(
    ("question", "note"),
    [
        (Question(queue="billing"), "the provider's metrics for it are not kept by queue"),
        (
            Question("billing", line="1"),
            "the provider's metrics for it are not kept by line and queue",
        ),
    ],
)
def test_a_scope_that_the_metrics_do_not_have_is_said(question: Question, note: str):
    """Everybody's occupancy is not billing's."""
    assert CATALOGUE["occupancy"].provider(COUNTED, question).note == note


@pytest.mark.parametrize("nonsense", [math.nan, math.inf, -math.inf])
def test_a_sample_that_is_no_number_never_becomes_a_value(nonsense: float):
    """A counter that shows NaN is absent for that reading; the next one tells."""
    mos = series("cc_mos_sum"), series("cc_mos_count")
    pages = [
        scrape(0.0, dict.fromkeys(mos, 0.0)),
        scrape(10.0, dict.fromkeys(mos, nonsense)),
        scrape(20.0, {mos[0]: 40.0, mos[1]: 10.0}),
    ]
    (rise,) = increases([told_of(pages)], [Window(0.0, 20.0)])

    assert CATALOGUE["mos_mean"].provider(phase_evidence(increase=rise), Question()).value == 4.0


@pytest.mark.parametrize("nonsense", [math.nan, math.inf])
def test_only_nonsense_is_no_measurement(nonsense: float):
    """If nothing else was ever read, nothing was measured."""
    pages = [scrape(at_s, {series("cc_ticket_backlog"): nonsense}) for at_s in (0.0, 10.0)]
    (rise,) = increases([told_of(pages)], [Window(0.0, 10.0)])
    measured = CATALOGUE["ticket_backlog"].provider(phase_evidence(increase=rise), Question())

    assert measured.value is None


TEXTS = [
    (
        "service_level",
        Question("billing", 20.0),
        (
            'sum(increase(cc_wait_seconds_bucket{outcome="answered", le=~"20(\\\\.0)?",'
            ' queue="billing"}[$__range]))'
            ' / sum(increase(cc_wait_seconds_count{outcome=~"answered|abandoned",'
            ' queue="billing"}[$__range]))'
        ),
    ),
    (
        "abandonment_net",
        Question(),
        (
            '(sum(increase(cc_wait_seconds_count{outcome="abandoned"}[$__range]))'
            ' - sum(increase(cc_wait_seconds_bucket{outcome="abandoned", le=~"5(\\\\.0)?"}[$__range])))'
            ' / (sum(increase(cc_wait_seconds_count{outcome=~"answered|abandoned"}[$__range]))'
            ' - sum(increase(cc_wait_seconds_bucket{outcome="abandoned", le=~"5(\\\\.0)?"}[$__range])))'
        ),
    ),
    (
        "mos_p5",
        Question(),
        "histogram_quantile(0.05, sum by (le) (increase(cc_mos_bucket[$__range])))",
    ),
    (
        "longest_wait",
        Question(site="north"),
        'max(max_over_time(cc_longest_wait_seconds{site="north"}[$__range]))',
    ),
    ("ticket_backlog", Question(), "sum(last_over_time(cc_ticket_backlog[$__range]))"),
    ("dropped", Question(), None),
]


@pytest.mark.parametrize(("name", "question", "text"), TEXTS)
def test_the_text_for_prometheus(name: str, question: Question, text: str | None):
    """One of each kind, as a person would write it; none where no metric tells."""
    assert CATALOGUE[name].promql(question) == text


def test_a_recording_rule_says_what_it_records_and_by_what():
    """A panel picks it by queue."""
    rule = CATALOGUE["service_level"].rule(Question(threshold_s=20.0), window="1m", by=("queue",))

    assert rule is not None
    assert rule.record == "cc_queue:service_level_20s:rate1m"
    assert rule.expr.count("sum by (queue) (increase(") == 2


def test_a_name_with_a_quote_breaks_no_text():
    """A queue is named by people."""
    text = CATALOGUE["asa"].promql(Question(queue='the "gold" \\ line'))

    assert text is not None
    assert 'queue="the \\"gold\\" \\\\ line"' in text
