"""Taking the contact log into the run record while it grows."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.ratio import Ratio
from harness.model.contact import Call, EndedBy, Exchange, Outcome, replace, to_json
from harness.record.contact_log import ContactLog
from harness.record.run_record import RunRecord

CALLS = 20_000
_ROUNDS = 3
_A_SECOND = 1500.0
"""What one generator process is to carry."""


def measure() -> Iterator[Ratio]:
    """Measure four lines for each call, from the file to the record."""
    took = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.ndjson"
        path.write_text("".join(_lines()), encoding="utf-8")
        for number in range(_ROUNDS):
            kept = Path(folder) / f"{number}"
            kept.mkdir()
            with RunRecord.create(kept) as record:
                began = time.process_time()
                log = ContactLog(path)
                while contacts := log.read():
                    record.put_contacts(contacts)
                took.append(time.process_time() - began)
            size = sum(file.stat().st_size for file in kept.iterdir()) / CALLS
        written = path.stat().st_size / CALLS
    each_s = median(took) / CALLS
    yield Ratio(
        f"share of one core that taking {_A_SECOND:,.0f} calls a second into the record takes",
        "one core", each_s * _A_SECOND, 0.5,
        f"{1 / each_s:,.0f} calls/s; {written:.0f} bytes each in the log, {size:.0f} in the record",
    )  # fmt: skip


def _lines() -> Iterator[str]:
    """Yield the lines of calls as a generator writes them, each call's own one after another."""
    answer = (Exchange("place_call", 201, 0.0012),)
    for number in range(CALLS):
        due_s = number / 10
        dialled = Call(
            id=f"peak/calls/{number}", phase="peak", queue="billing", line="+441632960101",
            customer="customer-00001", due_s=due_s, started_s=due_s + 0.001,
        )  # fmt: skip
        queued = replace(
            dialled, queued_s=due_s + 0.01, provider_id=f"c-{number:032x}", site="north",
            site_queued_s=due_s + 0.01, exchanges=answer,
        )  # fmt: skip
        answered = replace(
            queued, outcome=Outcome.ANSWERED, answered_s=due_s + 9, site_answered_s=due_s + 9
        )
        ended = replace(answered, ended_s=due_s + 200, ended_by=EndedBy.AGENT)
        yield from (f"{to_json(call)}\n" for call in (dialled, queued, answered, ended))
