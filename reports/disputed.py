"""``disputed.csv``: the contacts behind each failed objective, as the provider can look them up.

A percentage is an opinion until both sides look at the same calls. So each contact has the
provider's own id, our reference, and when it happened in UTC.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from harness.kpi.catalogue import CATALOGUE
from harness.kpi.evidence import PhaseEvidence
from harness.model.contact import Call, Contact
from harness.model.event import PhaseRun
from harness.model.sla import Objective, Sla
from harness.model.verdict import ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord
from harness.verdict.asked import question
from harness.verdict.items import contacts_of
from harness.verdict.reach import Seen, unseen
from reports.cells import csv_text
from reports.words import timestamp

MOST = 10_000
"""So many contacts of one objective are listed; a last row says how many more there are."""
_COLUMNS = (
    "objective", "phase", "owner", "goal", "contact", "our_reference", "provider_id", "kind",
    "queue_or_priority", "line", "site", "outcome", "due_utc", "queued_utc", "answered_utc",
    "ended_utc", "wait_s", "note",
)  # fmt: skip
_NO_CONTACTS = "it is no sum of single contacts"


class _OfRun(NamedTuple):
    """What a contact's row needs to know of its run."""

    prefix: str
    wall: Callable[[float], float]


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return ``disputed.csv``: a header, and a row for each contact behind a failed objective."""
    return csv_text(_COLUMNS, _rows(record, verdict))


def _rows(record: RunRecord, verdict: Verdict) -> Iterator[tuple[object, ...]]:
    of_run = _OfRun(record.facts.reference_prefix, record.wall)
    seen = Seen(unseen(record))
    # One phase is kept, not all of them: they may be a million contacts, and come phase by phase.
    known_of = lru_cache(maxsize=1)(partial(contacts_of, record, seen=seen, numbered=True))
    failed: dict[object, ObjectiveResult] = {}
    for result in verdict.results:
        if result.status is Status.FAIL and not verdict.explored:
            failed.setdefault(result.subject, result)
    for result in failed.values():
        of = _objective(result, verdict.sla)
        head = (result.name, result.phase, result.owner.name, of.goal_text if of else "")
        behind = _behind(record, result, of, known_of)
        listed = 0
        for contact in record.contacts_of(islice(behind, MOST)):
            listed += 1
            yield (*head, *_contact(of_run, contact))
        if more := sum(1 for _ in behind):
            yield (*head, *[""] * 13, f"and {more} more")
        elif not listed:
            yield (*head, *[""] * 13, _NO_CONTACTS)


def _objective(result: ObjectiveResult, sla: Sla) -> Objective | None:
    """Return the objective of *sla* that *result* is of; None if there is none.

    A contract may ask the same twice: 80/20 of an ordinary hour, 60/60 while a fault lasts; of P1
    one owner, of P3 another.
    """
    same = [each for each in sla.objectives if each.kpi == result.kpi]
    there = [
        each
        for each in same
        if (result.kind is None or result.kind in each.gates)
        and (not each.clocks or result.scope in each.clocks)
    ]
    asked = (result.threshold_s, result.formula)
    alike = [
        each for each in there if (question(each, result.scope).threshold_s, each.formula) == asked
    ]
    named = [each for each in alike if each.goal_text == result.goal_text]
    return next(iter([*named, *alike, *there]), None)


def _behind(
    record: RunRecord,
    result: ObjectiveResult,
    of: Objective | None,
    known_of: Callable[[PhaseRun], PhaseEvidence],
) -> Iterator[str]:
    """Yield the ids of the contacts that made *result* fail, by due time.

    The KPI itself says which of those that are *known_of* a phase count against it, as it did when
    the verdict was drawn, so that the list adds up to the percentage.
    """
    if result.ids:
        yield from result.ids
        return
    ran = next((each for each in record.phases() if each.name == result.phase), None)
    if of is None or result.kind is None or ran is None:
        return
    kpi, asked = CATALOGUE[result.kpi], question(of, result.scope)
    if not kpi.needs_threshold:  # of a mean wait: those who waited longer than it should be
        asked = replace(asked, threshold_s=of.gates[result.kind].goal)
    for columns, rows in kpi.misses(known_of(ran), asked):
        ids = record.ids_of(columns, ran, rows)
        yield from ids if result.kpi != "callback_kept" else _not_called_back(record, ids)


def _not_called_back(record: RunRecord, ids: Iterator[str]) -> Iterator[str]:
    for contact in record.contacts_of(ids):
        assert isinstance(contact, Call)  # it has the fate of one
        if contact.promised_s is not None and contact.called_back_s is None:
            yield contact.id


def _contact(run: _OfRun, contact: Contact) -> tuple[object, ...]:
    """Return the cells of *contact*, from its id to its note."""

    def utc(at_s: float | None) -> str:
        return "" if at_s is None else timestamp(run.wall(at_s))

    ours = run.prefix + contact.id
    if isinstance(contact, Call):
        ended_by = "" if contact.ended_by is None else f", ended by {contact.ended_by}"
        outcome: object = f"{contact.outcome or ''}{ended_by}"
        where = (contact.queue, contact.line)
        times = (contact.due_s, contact.queued_s, contact.answered_s, contact.ended_s)
        wait_s: object = "" if contact.wait_s is None else f"{contact.wait_s:.1f}"
    else:
        outcome, where = contact.outcome, (contact.priority, "")
        times = (contact.due_s, contact.acknowledged_s, contact.replied_s, contact.solved_s)
        reply_s = contact.first_reply_s
        wait_s = "" if reply_s is None else f"{reply_s:.1f}"
    kind = "call" if isinstance(contact, Call) else "ticket"
    return (
        contact.id, ours, contact.provider_id, kind, *where, contact.site, outcome,
        *map(utc, times), wait_s, contact.error,
    )  # fmt: skip
