"""Callers' attempts against the edge's count of them."""

from dataclasses import replace

import pytest

from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.increase import Increase
from harness.model.contact import Outcome
from tests.fakes import answered, blocked, call, phase_evidence, series

FAILED = call(outcome=Outcome.FAILED)


@pytest.mark.parametrize(
    ("contacts", "counted", "off", "because"),
    [
        ([answered(), blocked()], 2.0, 0.0, "blocked ones were seen too"),
        ([answered(), answered()], 1.0, 0.5, "the edge never saw one of two"),
        ([answered(), answered()], 3.0, 0.5, "it counted one that nobody made"),
        ([answered(), FAILED], 1.0, 0.0, "one may not have arrived"),
        ([answered(), FAILED], 2.0, 0.0, "or it may have"),
        ([answered(), call()], 1.0, 0.0, "one is on its way"),
        ([answered(), FAILED], 3.0, 1.0, "but no third was ever made"),
        ([FAILED], 0.0, None, "nothing is sure to have arrived: nothing to compare"),
        ([], 5.0, None, "no callers, no share of them"),
    ],
)
def test_attempts_are_held_against_the_edges_count(contacts, counted, off, because):
    """What may or may not have arrived is held against nobody."""
    increase = Increase({series("cc_call_attempts_total", result="accepted"): counted})
    measured = CATALOGUE["reconciliation"].callers(
        phase_evidence(*contacts, increase=increase), Question()
    )

    assert measured.value == off, because


def test_without_the_edges_count_nothing_is_reconciled():
    """No data is never a pass; the note names what was missed."""
    measured = CATALOGUE["reconciliation"].callers(phase_evidence(answered()), Question())

    assert measured.value is None
    assert "cc_call_attempts_total" in measured.note


def test_where_nobody_saw_anything_for_a_time_nothing_is_reconciled():
    """Our attempts of then are left out, the provider's count of them is not: that proves nothing."""
    increase = Increase({series("cc_call_attempts_total", result="accepted"): 3.0})
    compute = CATALOGUE["reconciliation"].callers
    evidence = phase_evidence(answered(), answered(), increase=increase, unseen=True)

    assert compute(evidence, Question()).weakness
    assert not compute(replace(evidence, unseen=False), Question()).weakness
