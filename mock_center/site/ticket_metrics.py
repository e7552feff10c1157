"""A site's Prometheus metrics of tickets; children bound at start, waits in centre seconds.

A ticket that is opened again is solved again: resolution, requester wait and agent work are then
observed anew, each time from the creation on.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from mock_center.metrics import TICKET_BUCKETS
from mock_center.tickets.clocks import Promise

PRIORITIES = ("P1", "P2", "P3", "P4")
_BY_PRIORITY = ("site", "priority")


class TicketMetrics:
    """The ticket metrics of *site*, in *registry*. What is counted, is counted by the leader."""

    def __init__(self, site: str, registry: CollectorRegistry) -> None:
        self._site = site
        self._registry = registry
        self._created = self._counts("cc_tickets_created", "Tickets written here, each once.")
        self._escalated = self._counts("cc_ticket_escalated", "Tickets given to the second line.")
        self._solved = self._counts("cc_ticket_solved", "Tickets solved, again after reopening.")
        self._one_touch = self._counts(
            "cc_ticket_one_touch", "Tickets solved with one reply to the customer."
        )
        self._reopened = self._counts("cc_ticket_reopened", "Solved tickets opened again.")
        self._first_reply = self._times(
            "cc_ticket_first_reply_seconds", "From a ticket's creation to the first reply."
        )
        self._next_reply = self._times(
            "cc_ticket_next_reply_seconds", "From a later comment of the customer to the reply."
        )
        self._resolution = self._times(
            "cc_ticket_resolution_seconds", "From a ticket's creation to its solving."
        )
        self._requester_wait = self._time(
            "cc_ticket_requester_wait_seconds", "The time in new, open and on hold, until solved."
        )
        self._agent_work = self._time(
            "cc_ticket_agent_work_seconds", "The time in new and open, until solved."
        )
        promises = Counter(
            "cc_ticket_sla",
            "Promises of the priority's clock that came to their end, met or breached.",
            [*_BY_PRIORITY, "metric", "result"],
            registry=registry,
        )
        self._promises = {
            (priority, promise, met): promises.labels(site, priority, promise.value, result)
            for priority in PRIORITIES
            for promise in Promise
            for met, result in ((True, "met"), (False, "breached"))
        }
        self._support = Counter(
            "cc_support_requests",
            "Requests opened with the client's own IT.",
            ["site"],
            registry=registry,
        ).labels(site)
        self._backlog = Gauge(
            "cc_ticket_backlog",
            "Tickets not solved, by state; told by the site that leads the store.",
            ["site", "state"],
            registry=registry,
        )
        self._age = Gauge(
            "cc_ticket_backlog_age_seconds",
            "The age that one in ten of the tickets not solved exceeds; 0 if there are none.",
            ["site"],
            registry=registry,
        )

    def created(self, priority: str) -> None:
        """Count a ticket."""
        self._created[priority].inc()

    def escalated(self, priority: str) -> None:
        """Count a ticket that went to the second line."""
        self._escalated[priority].inc()

    def reopened(self, priority: str) -> None:
        """Count a solved ticket that was opened again."""
        self._reopened[priority].inc()

    def replied(self, priority: str, after_s: float) -> None:
        """Count a first reply, *after_s* centre seconds after the ticket's creation."""
        self._first_reply[priority].observe(after_s)

    def replied_again(self, priority: str, after_s: float) -> None:
        """Count a later reply, *after_s* centre seconds after what it answers."""
        self._next_reply[priority].observe(after_s)

    def solved(
        self, priority: str, *, replies: int, after_s: float, wait_s: float, work_s: float
    ) -> None:
        """Count a solving: *after_s* since creation, with the requester's wait and agents' work."""
        self._solved[priority].inc()
        if replies == 1:
            self._one_touch[priority].inc()
        self._resolution[priority].observe(after_s)
        self._requester_wait.observe(wait_s)
        self._agent_work.observe(work_s)

    def promise(self, priority: str, promise: Promise, *, met: bool) -> None:
        """Count a promise that was met or breached."""
        self._promises[priority, promise, met].inc()

    def support_opened(self) -> None:
        """Count a request to the client's own IT."""
        self._support.inc()

    def backlog_is(self, states: dict[str, int], age_s: float) -> None:
        """Set the gauges of the backlog."""
        for state, tickets in states.items():
            self._backlog.labels(self._site, state).set(tickets)
        self._age.labels(self._site).set(age_s)

    def no_backlog(self) -> None:
        """Say nothing of a backlog: another site leads."""
        self._backlog.clear()
        self._age.clear()

    def _counts(self, name: str, says: str) -> dict[str, Counter]:
        counter = Counter(name, says, _BY_PRIORITY, registry=self._registry)
        return {priority: counter.labels(self._site, priority) for priority in PRIORITIES}

    def _times(self, name: str, says: str) -> dict[str, Histogram]:
        times = Histogram(name, says, _BY_PRIORITY, buckets=TICKET_BUCKETS, registry=self._registry)
        return {priority: times.labels(self._site, priority) for priority in PRIORITIES}

    def _time(self, name: str, says: str) -> Histogram:
        times = Histogram(name, says, ["site"], buckets=TICKET_BUCKETS, registry=self._registry)
        return times.labels(self._site)
