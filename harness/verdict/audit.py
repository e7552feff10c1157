"""The ticket audit: what was acknowledged against what every site returned at the end.

Sets, by our own keys, as Jepsen's ``set`` checker has them: an outage that answers no error can
still lose or double what it had promised to keep.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from math import inf

from harness.kpi.figures import TicketWrite, Updates
from harness.model.contact import WriteOutcome
from harness.model.event import FaultRun, Reread, StoredTicket
from harness.model.verdict import TicketAudit
from harness.verdict import reread

_NO = frozenset({WriteOutcome.REFUSED, WriteOutcome.FAILED})
AT_RISK_S = 60.0
"""Centre seconds before a fault in which an acknowledged ticket may not have been copied yet."""


def audit(
    tickets: Iterable[TicketWrite],
    stored: Iterable[StoredTicket],
    *,
    sites: Sequence[str],
    sites_read: Sequence[str],
    faults: Sequence[FaultRun] = (),
    seen_late: Collection[str] = (),
    rereads: Collection[Reread] = (),
    reread_share: float = 1.0,
) -> TicketAudit:
    """Return what became of every ticket. *sites* had to be read, *sites_read* were.

    *seen_late* were in some store not there at the first read, and there at the last. *rereads* are
    those that were read by themselves, a sample of *reread_share*.

    Nothing is called lost unless every site was read. References come back in order of due time.
    Updates are compared by their counts, so that one lost and one doubled hide each other.
    """
    written = list(tickets)
    attempted = {ticket.id for ticket in written}
    acknowledged = [t.id for t in written if t.outcome is WriteOutcome.ACKNOWLEDGED]
    copies: dict[str, list[StoredTicket]] = {}
    for ticket in stored:
        copies.setdefault(ticket.reference, []).append(ticket)
    kept = [(ticket, copies[ticket.id]) for ticket in written if ticket.id in copies]
    unread = tuple(site for site in sites if site not in sites_read)
    read = set(sites_read)
    kept_s = {t.id: t.acknowledged_s for t in written if t.acknowledged_s is not None}
    absent = tuple(id_ for id_ in acknowledged if id_ not in copies)
    lost = () if unread else absent
    unanswered = (WriteOutcome.UNKNOWN, None)
    compared, wrong, unreadable = reread.wrong(written, copies, rereads)
    wrong_in = Counter(name for names in wrong.values() for name in names)
    in_force = [
        (each.injected_from_s, each.heal_proven_s or inf)
        for each in faults
        if each.injected_from_s is not None
    ]
    back_s = [_back_s(kept_s[id_], in_force) for id_ in lost if id_ in kept_s]
    return TicketAudit(
        attempted=len(attempted),
        acknowledged=len(acknowledged),
        unknown=sum(ticket.outcome is WriteOutcome.UNKNOWN for ticket in written),
        sites_read=tuple(sites_read),
        sites_unread=unread,
        lost=lost,
        duplicated=tuple(t.id for t, there in kept if len({c.provider_id for c in there}) > 1),
        phantom=tuple(sorted(copies.keys() - attempted)),
        divergent=tuple(
            t.id for t, there in kept if {c.site for c in there} != read or _differ(there)
        ),
        recovered=tuple(t.id for t, _ in kept if t.outcome in unanswered),
        resurrected=tuple(t.id for t, _ in kept if t.outcome in _NO),
        stale=tuple(id_ for id_ in acknowledged if id_ in seen_late),
        never_read=absent if unread else (),
        updates=_updates(written, chain.from_iterable(there for _, there in kept)),
        lost_updates=() if unread else tuple(t.id for t, there in kept if _lacks(t, there)),
        duplicated_updates=tuple(t.id for t, there in kept if _doubles(t, there)),
        compared=compared,
        sampled=reread_share if rereads else None,
        wrong=tuple(wrong),
        wrong_in=tuple(sorted(wrong_in.items())),
        unreadable=unreadable,
        at_risk=_at_risk([kept_s[i] for i in acknowledged if i in kept_s], in_force)
        if in_force
        else None,
        recovery_point_s=max((each for each in back_s if each is not None), default=None),
    )


def _at_risk(kept_s: Iterable[float], in_force: Sequence[tuple[float, float]]) -> int:
    """Return how many were acknowledged from shortly before a fault until it was healed."""
    spans = [(low - AT_RISK_S, high) for low, high in in_force]
    return sum(any(low <= at_s <= high for low, high in spans) for at_s in kept_s)


def _back_s(kept_s: float, in_force: Sequence[tuple[float, float]]) -> float | None:
    """Return how long before the next fault a ticket was acknowledged; 0 while one was in force.

    None if the last was healed by then: no fault explains its loss.
    """
    return min((max(0.0, low - kept_s) for low, high in in_force if kept_s <= high), default=None)


def _differ(copies: Sequence[StoredTicket]) -> bool:
    """Whether the sites' copies of a ticket count different things."""
    return len({(copy.comments, copy.reopened) for copy in copies}) > 1


def _updates(written: Iterable[TicketWrite], kept: Iterable[StoredTicket]) -> int | None:
    """Return how many updates were acknowledged; None if the listings do not count them."""
    if any(None in (copy.comments, copy.reopened, copy.escalated) for copy in kept):
        return None
    return sum(t.updates.comments + t.updates.reopened + t.updates.escalated for t in written)


def _lacks(ticket: TicketWrite, copies: Sequence[StoredTicket]) -> bool:
    """Whether none of its *copies* has all that its customer was promised to be kept."""
    return not any(_has(copy, ticket.updates) for copy in copies)


def _has(copy: StoredTicket, promised: Updates) -> bool:
    """Whether *copy* holds what was *promised*; what it does not count, it is not blamed for."""
    return (
        (copy.comments is None or copy.comments >= promised.comments)
        and (copy.reopened is None or copy.reopened >= promised.reopened)
        and (copy.escalated is None or copy.escalated >= bool(promised.escalated))
    )


def _doubles(ticket: TicketWrite, copies: Iterable[StoredTicket]) -> bool:
    sent = ticket.updates.comments + ticket.updates.unsure
    return any(copy.comments is not None and copy.comments > sent for copy in copies)
