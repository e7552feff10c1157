"""Judging a run: 20,000 calls from the record to a service level."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from bench.ratio import Ratio, compare
from harness.kpi.calls import service_level
from harness.kpi.columns import TicketColumns
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.question import Question
from harness.model.contact import Call, Outcome, to_json
from harness.model.event import PhaseRun
from harness.model.scenario import Load, PhaseKind
from harness.record.run_record import RunRecord

CALLS = 20_000


def measure() -> Iterator[Ratio]:
    """Measure the whole way against merely parsing the lines as JSON."""
    calls = list(_calls())
    lines = [to_json(call) for call in calls]
    phase = PhaseRun("peak", PhaseKind.STEADY, Load(1, 1), 0.0, CALLS / 2, CALLS / 2)
    with tempfile.TemporaryDirectory() as folder, RunRecord.create(Path(folder)) as record:
        record.put_contacts(calls)

        def judged() -> None:
            columns = record.call_figures("peak", phase.end_s)
            seen = PhaseEvidence(phase, columns, TicketColumns(), CALLS / 2)
            interval_at = service_level(seen, Question(threshold_s=20)).interval_at
            assert interval_at is not None
            interval_at(0.95)

        ours, parsed = compare(judged, lambda: [json.loads(line) for line in lines])
    yield Ratio(
        "service level of 20,000 calls from the record",
        "`json.loads` of their lines",
        ours / parsed,
        2,
        f"{ours:.2f} s",
    )


def _calls() -> Iterator[Call]:
    draw = Random(7)
    for number in range(CALLS):
        due_s = number / 2
        yield Call(
            id=f"peak/calls/{number}",
            phase="peak",
            queue="billing",
            line="+441632960101",
            customer="customer-00001",
            due_s=due_s,
            started_s=due_s,
            queued_s=due_s,
            answered_s=due_s + draw.expovariate(1 / 10),
            ended_s=due_s + 200,
            outcome=Outcome.ANSWERED,
        )
