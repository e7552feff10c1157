"""The ticket audit: what was acknowledged against what every site returned at the end.

Sets, by our own keys, as Jepsen's ``set`` checker has them: an outage that answers no error can
still lose or double what it had promised to keep.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from harness.kpi.figures import TicketWrite
from harness.model.contact import WriteOutcome
from harness.model.event import StoredTicket
from harness.model.verdict import TicketAudit


def audit(
    tickets: Iterable[TicketWrite],
    stored: Iterable[StoredTicket],
    *,
    sites: Sequence[str],
    sites_read: Sequence[str],
) -> TicketAudit:
    """Return what became of every ticket. *sites* had to be read, *sites_read* were.

    Nothing is called lost unless every site was read. References come back in order of due time.
    """
    written = list(tickets)
    attempted = {ticket.id for ticket in written}
    acknowledged = [t.id for t in written if t.outcome is WriteOutcome.ACKNOWLEDGED]
    numbers: dict[str, set[str]] = defaultdict(set)
    holders: dict[str, set[str]] = defaultdict(set)
    for ticket in stored:
        numbers[ticket.reference].add(ticket.provider_id)
        holders[ticket.reference].add(ticket.site)
    unread = tuple(site for site in sites if site not in sites_read)
    read = set(sites_read)
    return TicketAudit(
        attempted=len(attempted),
        acknowledged=len(acknowledged),
        unknown=sum(ticket.outcome is WriteOutcome.UNKNOWN for ticket in written),
        sites_read=tuple(sites_read),
        sites_unread=unread,
        lost=() if unread else tuple(id_ for id_ in acknowledged if id_ not in holders),
        duplicated=tuple(t.id for t in written if len(numbers[t.id]) > 1),
        phantom=tuple(sorted(set(holders) - attempted)),
        divergent=tuple(t.id for t in written if holders[t.id] and holders[t.id] != read),
        recovered=tuple(
            t.id for t in written if t.outcome is not WriteOutcome.ACKNOWLEDGED and holders[t.id]
        ),
    )
