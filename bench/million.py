"""A million contacts and two million samples: judged, and reported on.

A process of its own opens a finished record and draws the verdict; what importing takes is not
counted, what judging takes is. Of the reports, everything is: that is what somebody waits for.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from bench import reporting
from bench.ratio import Ratio
from harness.files.load import load
from harness.known import KNOWN
from harness.model.contact import Call, Contact, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.event import Ending, FaultRun, PhaseRun, RunFacts, StoredTicket
from harness.model.sample import Scrape, Series
from harness.model.scenario import PhaseKind
from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from tests.kpi.histories import recorded

CALLS, TICKETS, SAMPLES = 950_000, 50_000, 2_000_000
MOST_CPU_S, MOST_MB = 10.0, 200.0
_ROOT = Path(__file__).parent.parent
_CHUNK = 20_000
_COUNTED = ("_total", "_bucket", "_count", "_sum")


def measure() -> Iterator[Ratio]:
    """Measure the whole verdict by the shipped SLA, from the record's file to the decision."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        command = [sys.executable, "-m", "bench.million", folder]
        told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
        found = json.loads(told.stdout)
        what = f"the verdict of {CALLS + TICKETS:,} contacts and {SAMPLES:,} samples"
        cpu_s, mb = found["cpu_s"], found["mb"]
        yield Ratio(what, "ten seconds of CPU", cpu_s / MOST_CPU_S, 1, f"{cpu_s:.1f} s")
        yield Ratio(
            f"{what}, its memory",
            "200 MB above the interpreter",
            mb / MOST_MB,
            1,
            f"{mb:.0f} MB for {found['results']} objectives",
        )
        yield from reporting.measure(Path(folder), f"{CALLS + TICKETS:,} contacts")


def _judged(folder: Path) -> None:
    """Draw the verdict of the record in *folder*; print what it took."""
    with RunRecord.open(folder) as record:
        before_mb, began_s = reporting.peak_mb(), time.process_time()
        verdict = judge(record, record.sla, about="")
        cpu_s, mb = time.process_time() - began_s, reporting.peak_mb() - before_mb
    print(json.dumps({"cpu_s": cpu_s, "mb": mb, "results": len(verdict.results)}))


def _write(folder: Path) -> None:
    """Write a run of the shipped scenario, with more contacts than an hour can hold."""
    loaded = load(_ROOT / "scenarios" / "pre_cutover.yaml", known=KNOWN)
    facts = RunFacts(
        "bench", 0.0, 20.0, "7", "mock", "mock only", explored=False, reference_prefix="",
        scenario_sha256="", versions=(), machine="",
    )  # fmt: skip
    with RunRecord.create(folder) as record:
        record.put_plan(loaded.scenario, loaded.sla, loaded.target, facts)
        phases = []
        at_s = 0.0
        for phase in loaded.scenario.phases:
            end_s = at_s + phase.duration_s
            phases.append(PhaseRun(phase.name, phase.kind, phase.load, at_s, end_s, end_s))
            record.put_phase(phases[-1])
            for fault in phase.faults:
                lost_s, back_s = at_s + fault.at_s, at_s + fault.at_s + fault.for_s
                record.put_fault(
                    FaultRun(
                        fault.kind, fault.site, phase.name, 60.0, None, lost_s, lost_s + 1,
                        lost_s + 2, "", back_s, back_s + 1, back_s + 2, "",
                    )
                )  # fmt: skip
            at_s = end_s
        contacts = _contacts([phase for phase in phases if phase.start_s < phase.end_s])
        while chunk := list(islice(contacts, _CHUNK)):
            record.put_contacts(chunk)
            stored = [c for c in chunk if isinstance(c, Ticket)]
            for site in ("north", "south"):
                record.put_stored_tickets(StoredTicket(site, c.id, c.id) for c in stored)
        record.put_stores_read(("north", "south"))
        for scrape in _scrapes(at_s):
            record.put_scrape(scrape)
        record.put_ending(Ending.COMPLETE)


def _scrapes(end_s: float) -> Iterator[Scrape]:
    """Yield what the sites told all along: a recorded failover, again and again."""
    sources = recorded().sources
    width = sum(len(scrapes[0].values) for scrapes in sources.values())
    rounds = SAMPLES // width
    for source, scrapes in sources.items():
        told = [scrape for scrape in scrapes if scrape.ok]
        once = told[-1].values
        for number in range(rounds):
            again, at = divmod(number, len(told))
            values: dict[Series, float] = {
                series: value + again * once.get(series, 0.0) * series.name.endswith(_COUNTED)
                for series, value in told[at].values.items()
            }
            yield Scrape(source, end_s * number / rounds, True, values)


def _contacts(phases: list[PhaseRun]) -> Iterator[Contact]:
    draw = Random(7)
    every = CALLS + TICKETS
    length_s = phases[-1].end_s - phases[0].start_s
    lost = {each.name for each in phases if each.kind is PhaseKind.FAULT}
    for number in range(every):
        due_s = phases[0].start_s + length_s * number / every
        phase = next(each.name for each in phases if due_s < each.end_s)
        exchanges = (Exchange("contact", 201, draw.expovariate(20)),)
        if number % (every // TICKETS) == 0:
            yield Ticket(
                id=f"t{number}", phase=phase, priority="P3", customer="c", due_s=due_s,
                started_s=due_s, acknowledged_s=due_s, outcome=WriteOutcome.ACKNOWLEDGED,
                replied_s=due_s + draw.expovariate(1 / 200), exchanges=exchanges,
            )  # fmt: skip
            continue
        usual_s = 60 if phase in lost else 9
        wait_s, billing = draw.expovariate(1 / usual_s), draw.random() < 0.6
        gave_up = draw.random() < 0.03
        over_s = due_s + wait_s
        yield Call(
            id=f"c{number}", phase=phase, queue="billing" if billing else "support",
            line="+441632960101" if billing else "+441632960201", customer="c",
            due_s=due_s, started_s=due_s + 0.01, queued_s=due_s + 0.2,
            answered_s=None if gave_up else over_s,
            ended_s=over_s if gave_up else over_s + draw.expovariate(1 / 180),
            outcome=Outcome.ABANDONED if gave_up else Outcome.ANSWERED,
            ended_by=None if gave_up else EndedBy.AGENT,
            site="north" if draw.random() < 0.5 else "south", exchanges=exchanges,
        )  # fmt: skip


if __name__ == "__main__":
    _judged(Path(sys.argv[1]))
