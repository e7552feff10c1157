"""Contacts as columns give what contacts as objects gave: the old, plain form is the judge."""

import itertools
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kpi import calls, tickets
from harness.kpi.columns import CallColumns, Scope, where
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.figures import Fate, call_figures, fate_of
from harness.kpi.question import Formula, Question
from harness.model.contact import Call, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.scenario import PhaseKind
from harness.record.run_record import RunRecord
from tests.fakes import (
    abandoned,
    answered,
    blocked,
    call,
    cut_off,
    phase_evidence,
    phase_run,
    ticket,
    waiting,
)

SEEN_S = 700.0
PHASE = phase_run(kind=PhaseKind.FAULT)


def drawn(seed: int, n: int = 60) -> list[Call | Ticket]:
    """Return *n* contacts of all kinds, drawn from *seed*."""
    draw = Random(seed)
    return [_drawn(draw, number) for number in range(n)]


def _drawn(draw: Random, number: int) -> Call | Ticket:
    due_s = round(draw.uniform(0.0, 640.0), 4)
    wall_s = round(draw.expovariate(10), 6)
    exchanges = (
        Exchange("sign_in", 200, 9.0),
        Exchange("contact", draw.choice((201, 201, 429, 503, None)), wall_s),
    )
    if draw.random() < 0.2:
        replied_s = due_s + draw.expovariate(1 / 60)
        return ticket(
            f"t{number}", due_s=due_s, started_s=due_s, exchanges=exchanges,
            priority=draw.choice(("P1", "P3")), acknowledged_s=due_s, outcome=WriteOutcome.ACKNOWLEDGED,
            replied_s=draw.choice((None, replied_s)),
        )  # fmt: skip
    outcome = draw.choice((None, *Outcome))
    queued_s = draw.choice((None, due_s + 0.5))
    answered_s = due_s + draw.expovariate(1 / 15)
    talked = outcome is Outcome.ANSWERED
    ended_s = draw.choice((None, answered_s + draw.expovariate(1 / 100)))
    return call(
        f"c{number}", due_s=due_s, started_s=due_s + draw.random(), queued_s=queued_s,
        queue=draw.choice(("billing", "support")), line=draw.choice(("+441", "+442")),
        site=draw.choice((None, "north", "south")), outcome=outcome, exchanges=exchanges,
        answered_s=answered_s if talked else None, site_queued_s=queued_s,
        site_answered_s=answered_s - 1 if talked else None,
        ended_s=ended_s if talked or outcome is None else answered_s,
        ended_by=draw.choice(tuple(EndedBy)) if talked and ended_s else None,
    )  # fmt: skip


def read_back(contacts: list[Call | Ticket], *, site_stamps: bool) -> PhaseEvidence:
    """Return what a run record gives of *contacts*, in columns."""
    with TemporaryDirectory() as folder, RunRecord.create(Path(folder)) as record:
        record.put_contacts(contacts)
        return PhaseEvidence(
            PHASE,
            record.call_figures("peak", PHASE.end_s),
            record.ticket_figures("peak", PHASE.end_s),
            SEEN_S,
            record.talk_figures(PHASE.start_s, PHASE.end_s),
            site_stamps=site_stamps,
        )


def plain_service_level(every: list[Call], threshold_s: float, *, stamps: bool):
    """Return hits, n and censored of formula "offered", one call after the other."""
    hits, censored = [], 0
    for each in every:
        lost = each.outcome is Outcome.FAILED and each.queued_s is not None
        if each.outcome in (Outcome.ANSWERED, Outcome.ABANDONED) or lost:
            wait_s = each.site_wait_s if stamps else each.wait_s
            hits.append(wait_s is not None and wait_s <= threshold_s)
        elif each.outcome is None and each.queued_s is not None:
            if SEEN_S - each.due_s > threshold_s:
                hits.append(False)
            else:
                censored += 1
    return sum(hits), len(hits), censored


@given(st.integers(0, 10_000), st.sampled_from([None, "billing", "support"]), st.booleans())
def test_columns_from_the_record_count_as_objects_did(seed: int, queue: str | None, stamps: bool):
    """Service level, ASA and first reply over a random run, through the file and back."""
    contacts = drawn(seed)
    evidence = read_back(contacts, site_stamps=stamps)
    due = sorted((c for c in contacts if c.due_s < PHASE.end_s), key=lambda c: (c.due_s, c.id))
    every = [c for c in due if isinstance(c, Call) and queue in (None, c.queue)]
    question = Question(queue, 20.0)

    level = calls.service_level(evidence, question)
    hits, n, censored = plain_service_level(every, 20.0, stamps=stamps)
    assert (level.n, level.censored) == (n, censored)
    assert level.value == (hits / n if n else None)

    speed = calls.average_speed_of_answer(evidence, question)
    waits = [w for c in every if (w := c.site_wait_s if stamps else c.wait_s) is not None]
    assert speed.n == len(waits)
    assert speed.value == (pytest.approx(sum(waits) / len(waits)) if waits else None)

    reply = tickets.first_reply(evidence, Question(threshold_s=60.0))
    old = [t for t in due if isinstance(t, Ticket) and t.due_s + 60.0 <= SEEN_S]
    in_time = sum(t.first_reply_s is not None and t.first_reply_s <= 60.0 for t in old)
    assert (reply.value, reply.n) == (in_time / len(old) if old else None, len(old))


def test_there_may_be_any_number_of_lines():
    """A long inventory is what a rehearsal is for; a byte held 256 of them."""
    history = [call(f"c{i}", due_s=float(i), line=f"+4416329{i % 300:05d}") for i in range(900)]
    evidence = phase_evidence(*history)
    of = [len(evidence.calls.within(Scope(line=f"+4416329{i:05d}"))) for i in range(301)]

    assert of == [3] * 300 + [0]
    assert list(evidence.calls.between(299.0, 302.0).line)[-1] == "+441632900001"


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_batches_of_any_size_make_the_same_columns(seed: int, size: int):
    """How many rows are read at a time is nobody's business."""
    rows = [call_figures(each) for each in drawn(seed) if isinstance(each, Call)]
    batches = [rows[i : i + size] for i in range(0, len(rows), size)]

    assert CallColumns.of(batches) == CallColumns.of([rows])


@given(st.integers(0, 10_000))
def test_queues_part_the_calls(seed: int):
    """Every call is of one queue, one line and one site; none is lost in picking."""
    columns = read_back(drawn(seed), site_stamps=False).calls

    for label in ("queue", "line", "site"):
        parts = [columns.within(Scope(**{label: word})) for word in set(getattr(columns, label))]
        assert sum(map(len, parts)) == len(columns)
        assert sorted(due for part in parts for due in part.due_s) == list(columns.due_s)


@given(st.integers(0, 10_000))
def test_a_mask_and_its_opposite_part_contacts_and_requests(seed: int):
    """What nobody saw is left out of the API's figures too, and nothing else is."""
    evidence = read_back(drawn(seed), site_stamps=False)

    for columns in (evidence.calls, evidence.tickets):
        mask = bytes(Random(seed).randrange(2) for _ in columns.due_s)
        parts = [where(columns, mask), where(columns, bytes(1 - each for each in mask))]
        assert sorted(at_s for part in parts for at_s in part.due_s) == list(columns.due_s)
        assert [len(part.api) for part in parts] == [sum(part.requests) for part in parts]
        assert sorted(a for part in parts for a in part.api) == sorted(columns.api)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 600), max_size=4))
def test_stretches_of_time_part_the_phase(seed: int, cuts: list[int]):
    """Intervals lose no contact and no request, and count none twice."""
    evidence = read_back(drawn(seed), site_stamps=False)
    borders = [0.0, *sorted(map(float, cuts)), PHASE.end_s]
    parts = [evidence.between(*pair) for pair in itertools.pairwise(borders)]

    assert [f for part in parts for f in part.calls.fate] == list(evidence.calls.fate)
    assert [a for part in parts for a in part.calls.api] == list(evidence.calls.api)
    assert [a for part in parts for a in part.tickets.api] == list(evidence.tickets.api)
    assert sum(len(part.talks_ended) for part in parts) == len(evidence.talks_ended)


@pytest.mark.parametrize(
    ("contact", "fate"),
    [
        (call(), Fate.ON_ITS_WAY),
        (waiting(), Fate.WAITING),
        (answered(), Fate.ANSWERED),
        (abandoned(), Fate.ABANDONED),
        (cut_off(), Fate.CUT_OFF),
        (blocked(), Fate.BLOCKED),
        (call(outcome=Outcome.REFUSED), Fate.REFUSED),
        (call(outcome=Outcome.FAILED), Fate.FAILED),
        (call(outcome=Outcome.UNKNOWN), Fate.UNKNOWN),
        (call(outcome=Outcome.UNKNOWN, queued_s=1.0), Fate.UNSEEN),
        (call(outcome=Outcome.CALLBACK, queued_s=1.0), Fate.CALLBACK),
        (call(outcome=Outcome.CONTAINED), Fate.CONTAINED),
    ],
)
def test_every_attempt_has_one_fate(contact: Call, fate: Fate):
    """All twelve, each by the example that makes it different from its neighbours."""
    assert fate_of(contact) is fate


WORSE = [
    (answered(wait_s=10.0), answered(wait_s=30.0), "answered later"),
    (answered(wait_s=10.0), abandoned(wait_s=10.0), "gave up instead"),
    (answered(wait_s=10.0), cut_off(), "cut off instead"),
    (answered(wait_s=10.0), waiting(due_s=0.0), "never answered at all"),
    (answered(wait_s=30.0), abandoned(wait_s=30.0), "gave up at last"),
]


@given(
    st.lists(st.sampled_from([answered(), answered(wait_s=30.0), abandoned(), cut_off()])),
    st.sampled_from(WORSE),
)
def test_a_worse_history_never_gets_a_better_service_level(others, change):
    """One call fares worse, the rest as before: formula "offered" must not reward it."""
    better, worse, because = change

    def level(one: Call) -> float:
        measured = calls.service_level(phase_evidence(*others, one), Question(threshold_s=20.0))
        assert measured.value is not None
        return measured.value

    assert level(worse) <= level(better), because


@given(st.lists(st.sampled_from([answered(), abandoned(), cut_off()])), st.sampled_from(Formula))
def test_a_later_answer_is_better_by_no_formula(others, formula: Formula):
    """Whatever a contract makes of abandons, waiting longer never helps."""
    question = Question(threshold_s=20.0, formula=formula)
    levels = [
        calls.service_level(phase_evidence(*others, answered(wait_s=wait_s)), question).value
        for wait_s in (10.0, 30.0)
    ]

    assert levels[1] <= levels[0]


@given(st.lists(st.sampled_from([answered(), blocked(), waiting(), cut_off()]), min_size=1))
def test_the_ways_in_sum_to_one(history):
    """An attempt got in or it did not: blocking and the answer-seizure ratio are two sides."""
    evidence = phase_evidence(*history)
    blocked_, taken = (
        kpi(evidence, Question()).value for kpi in (calls.blocked, calls.answer_seizure_ratio)
    )

    assert blocked_ + taken == pytest.approx(1.0)
