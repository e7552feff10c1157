"""``disputed.csv``: the contacts behind each failed objective, as the provider can look them up.

A percentage is an opinion until both sides look at the same calls. So each contact has the
provider's own id, our reference, and when it happened in UTC.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from harness.kpi.evidence import judged_by_stamps
from harness.kpi.figures import NEVER, NEVER_GOT_IN, End, Fate
from harness.model.contact import Call, Contact
from harness.model.event import PhaseRun
from harness.model.sla import Objective, Sla
from harness.model.verdict import ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord
from harness.verdict.asked import question
from harness.verdict.evidence import seen_until_s
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
    failed: dict[object, ObjectiveResult] = {}
    for result in verdict.results:
        if result.status is Status.FAIL and not verdict.explored:
            failed.setdefault(result.subject, result)
    for result in failed.values():
        of = _objective(result, verdict.sla)
        head = (result.name, result.phase, result.owner.name, of.goal_text if of else "")
        behind = _behind(record, result, of)
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

    A contract may ask the same twice: 80/20 of an ordinary hour, 60/60 while a fault lasts.
    """
    same = [each for each in sla.objectives if each.kpi == result.kpi]
    there = [each for each in same if result.kind is None or result.kind in each.gates]
    named = [each for each in there if each.goal_text == result.goal_text]
    return next(iter([*named, *there]), None)


def _behind(record: RunRecord, result: ObjectiveResult, of: Objective | None) -> Iterator[str]:
    """Yield the ids of the contacts that made *result* fail, by due time.

    They are told by their figures, as the verdict told them: a failed objective may have a million.
    """
    if result.ids:
        yield from result.ids
        return
    ran = next((each for each in record.phases() if each.name == result.phase), None)
    if of is None or result.kind is None or ran is None:
        return
    if result.kpi in _BAD_TICKETS:
        yield from _late_tickets(record, ran, result, of)
        return
    yield from _calls(record, ran, result, of)


def _calls(
    record: RunRecord, ran: PhaseRun, result: ObjectiveResult, of: Objective
) -> Iterator[str]:
    """Yield the ids of the calls that count against *result*."""
    scope = question(of, result.scope).scope
    if result.kpi in _OF_DROPS:  # a drop belongs to its moment, as the KPI has it
        ends = (End.DROPPED,)
        yield from record.suspect_talks(ran.start_s, ran.end_s, ends=ends, scope=scope)
    ids = record.suspect_calls(
        ran.name,
        ran.end_s,
        fates=_BAD_FATES.get(result.kpi, ()),
        over_s=_too_long_s(of, result),
        seen_until_s=_seen_until_s(record, ran, result),
        by_stamps=judged_by_stamps(record.facts.speed),
        scope=scope,
    )
    if result.kpi != "callback_kept":
        yield from ids
        return
    for contact in record.contacts_of(ids):
        assert isinstance(contact, Call)  # it has the fate of one
        if contact.promised_s is not None and contact.called_back_s is None:
            yield contact.id


def _seen_until_s(record: RunRecord, ran: PhaseRun, result: ObjectiveResult) -> float:
    """Return until when whoever waited still was watched; never, where they do not count."""
    return seen_until_s(record, ran.start_s) if result.kpi == "service_level" else -NEVER


def _too_long_s(of: Objective, result: ObjectiveResult) -> float:
    """Return how long an answered call may have waited without counting against *result*."""
    if result.kpi == "service_level" and of.threshold_s is not None:
        return of.threshold_s
    if result.kpi in _WAITS and result.kind is not None:
        return of.gates[result.kind].goal
    return NEVER


def _late_tickets(
    record: RunRecord, ran: PhaseRun, result: ObjectiveResult, of: Objective
) -> Iterator[str]:
    clock = (of.clocks or {}).get(result.scope)
    within_s = clock.within_s if clock is not None else of.threshold_s
    solved = result.kpi == "ticket_resolution"
    for id_, priority, took_s in record.suspect_tickets(ran.name, ran.end_s, solved=solved):
        of_scope = not of.clocks or priority == result.scope
        if of_scope and within_s is not None and took_s > within_s:
            yield id_


_BAD_FATES: Mapping[str, Collection[Fate]] = {
    "service_level": (Fate.ABANDONED, Fate.CUT_OFF),
    "abandonment": (Fate.ABANDONED,),
    "abandonment_net": (Fate.ABANDONED,),
    "blocked": NEVER_GOT_IN,
    "asr": NEVER_GOT_IN,
    "ner": NEVER_GOT_IN - {Fate.REFUSED},
    "callback_kept": (Fate.CALLBACK,),
    "lost_calls": (Fate.CUT_OFF,),
}
_WAITS = ("asa", "longest_wait")
_OF_DROPS = ("dropped", "lost_calls")
_BAD_TICKETS = ("ticket_first_reply", "ticket_resolution")


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
