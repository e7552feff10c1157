"""``disputed.csv``: the contacts behind each failed objective, as the provider can look them up.

A percentage is an opinion until both sides look at the same calls. So each contact has the
provider's own id, our reference, and when it happened in UTC.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from harness.model.contact import Call, Contact, EndedBy, Outcome, Ticket
from harness.model.scenario import PhaseKind
from harness.model.sla import Each, Objective
from harness.model.verdict import ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord
from reports.cells import csv_text
from reports.words import timestamp

MOST = 10_000
"""So many contacts of one objective are listed; a last row says how many more there are."""
_COLUMNS = (
    "objective", "phase", "owner", "goal", "contact", "our_reference", "provider_id", "kind",
    "queue_or_priority", "line", "site", "outcome", "due_utc", "queued_utc", "answered_utc",
    "ended_utc", "wait_s", "note",
)  # fmt: skip
_TURNED_AWAY = (Outcome.BLOCKED, Outcome.REFUSED)
_NEVER_GOT_THROUGH = (*_TURNED_AWAY, Outcome.FAILED, Outcome.UNKNOWN)
_NO_CONTACTS = "it is no sum of single contacts"


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return ``disputed.csv``: a header, and a row for each contact behind a failed objective."""
    return csv_text(_COLUMNS, _rows(record, verdict))


def _rows(record: RunRecord, verdict: Verdict) -> Iterator[tuple[object, ...]]:
    failed: dict[tuple[str, str, str], ObjectiveResult] = {}
    for result in verdict.results:
        if result.status is Status.FAIL and not verdict.explored:
            failed.setdefault((result.kpi, result.scope, result.phase), result)
    for result in failed.values():
        of = next((each for each in verdict.sla.objectives if each.kpi == result.kpi), None)
        head = (result.name, result.phase, result.owner.name, of.goal_text if of else "")
        behind = _behind(record, result, of)
        listed = 0
        for contact in islice(behind, MOST):
            listed += 1
            yield (*head, *_contact(record, contact))
        if more := sum(1 for _ in behind):
            yield (*head, *[""] * 13, f"and {more} more")
        elif not listed:
            yield (*head, *[""] * 13, _NO_CONTACTS)


def _behind(record: RunRecord, result: ObjectiveResult, of: Objective | None) -> Iterator[Contact]:
    """Yield the contacts that made *result* fail, by due time."""
    if result.ids:
        yield from record.contacts_of(result.ids)
        return
    if of is None or result.kind is None:
        return
    phase = result.phase
    if (bad := _BAD_CALLS.get(result.kpi)) is not None:
        for call in record.calls(phase):
            if not call.held and _is_of(call, of.each, result.scope) and bad(call, of, result.kind):
                yield call
    elif result.kpi in _BAD_TICKETS:
        took = _BAD_TICKETS[result.kpi]
        clock = (of.clocks or {}).get(result.scope)
        within_s = clock.within_s if clock is not None else of.threshold_s
        for ticket in record.tickets(phase):
            if ticket.held or (of.clocks and ticket.priority != result.scope):
                continue
            seconds = took(ticket)
            if within_s is not None and (seconds is None or seconds > within_s):
                yield ticket


def _is_of(call: Call, each: Each, scope: str) -> bool:
    where = {Each.QUEUE: call.queue, Each.LINE: call.line, Each.SITE: call.site}
    return not scope or where.get(each, scope) == scope


def _too_late(call: Call, of: Objective, _: PhaseKind) -> bool:
    """Whether it left the queue otherwise than answered in time."""
    if call.outcome is Outcome.ABANDONED:
        return True
    wait_s = call.wait_s
    limit_s = of.threshold_s
    return wait_s is not None and limit_s is not None and wait_s > limit_s


def _beyond_the_goal(call: Call, of: Objective, kind: PhaseKind) -> bool:
    return call.wait_s is not None and call.wait_s > of.gates[kind].goal


_BAD_CALLS: Mapping[str, Callable[[Call, Objective, PhaseKind], bool]] = {
    "service_level": _too_late,
    "abandonment": lambda call, *_: call.outcome is Outcome.ABANDONED,
    "abandonment_net": lambda call, *_: call.outcome is Outcome.ABANDONED,
    "asa": _beyond_the_goal,
    "longest_wait": _beyond_the_goal,
    "dropped": lambda call, *_: call.ended_by is EndedBy.DROPPED,
    "lost_calls": lambda call, *_: call.ended_by in (EndedBy.DROPPED, EndedBy.UNKNOWN),
    "blocked": lambda call, *_: call.outcome in _TURNED_AWAY,
    "asr": lambda call, *_: call.outcome in _NEVER_GOT_THROUGH,
    "ner": lambda call, *_: call.outcome in _NEVER_GOT_THROUGH,
    "callback_kept": lambda call, *_: call.promised_s is not None and call.called_back_s is None,
}
_BAD_TICKETS: Mapping[str, Callable[[Ticket], float | None]] = {
    "ticket_first_reply": lambda ticket: ticket.first_reply_s,
    "ticket_resolution": lambda ticket: (
        None if ticket.solved_s is None else ticket.solved_s - ticket.due_s
    ),
}


def _contact(record: RunRecord, contact: Contact) -> tuple[object, ...]:
    """Return the cells of *contact*, from its id to its note."""

    def utc(at_s: float | None) -> str:
        return "" if at_s is None else timestamp(record.epoch + at_s / record.facts.speed)

    ours = record.facts.reference_prefix + contact.id
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
