"""A site's Prometheus metrics: children bound at start, because ``labels()`` costs per call."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from mock_center.acd.engine import Ended, QueueState, Reason
from mock_center.metrics import HANDLE_BUCKETS, WAIT_BUCKETS, new_registry


class SiteMetrics:
    """The metrics of *site*; waits and talks in centre seconds."""

    def __init__(self, site: str, queues: Iterable[str], speed: float) -> None:
        self.registry = new_registry(speed)
        self._site = site
        queues = tuple(queues)
        registry = self.registry
        wait = Histogram(
            "cc_wait_seconds",
            "Centre seconds in the queue.",
            ["queue", "site", "outcome"],
            buckets=WAIT_BUCKETS,
            registry=registry,
        )
        self._wait = {
            (queue, outcome): wait.labels(queue, site, outcome)
            for queue in queues
            for outcome in ("answered", "abandoned")
        }
        queued = Counter(
            "cc_calls_queued", "Calls that entered the queue.", ["queue", "site"], registry=registry
        )
        self._queued = {queue: queued.labels(queue, site) for queue in queues}
        talk = Histogram(
            "cc_talk_seconds",
            "Centre seconds of talk.",
            ["queue", "site"],
            buckets=HANDLE_BUCKETS,
            registry=registry,
        )
        self._talk = {queue: talk.labels(queue, site) for queue in queues}
        ended = Counter(
            "cc_calls_ended",
            "Calls that are over, by the reason.",
            ["queue", "site", "reason"],
            registry=registry,
        )
        self._ended = {
            (queue, reason): ended.labels(queue, site, reason.value)
            for queue in queues
            for reason in Reason
        }
        by_queue = ["queue", "site"]
        self._in_queue = Gauge("cc_calls_in_queue", "Calls waiting.", by_queue, registry=registry)
        self._in_talk = Gauge("cc_calls_in_talk", "Calls in talk.", by_queue, registry=registry)
        self._longest = Gauge(
            "cc_longest_wait_seconds",
            "Centre seconds the longest-waiting call has waited; 0 if nobody waits.",
            by_queue,
            registry=registry,
        )
        self._agents = Gauge(
            "cc_agents", "Agents by state.", ["queue", "site", "state"], registry=registry
        )
        self._open = Gauge("cc_tickets_open", "Tickets not solved.", ["site"], registry=registry)
        self._degraded = Gauge(
            "cc_store_degraded",
            "1 while this site leads the ticket store and a copy is missing.",
            ["site"],
            registry=registry,
        )
        self._primary = Gauge(
            "cc_store_primary", "1 while this site leads the ticket store.", ["site"],
            registry=registry,
        )  # fmt: skip

    def call_queued(self, queue: str) -> None:
        """Count a call that entered its queue."""
        self._queued[queue].inc()

    def call_answered(self, queue: str, wait_s: float) -> None:
        """Count a call that left its queue answered."""
        self._wait[queue, "answered"].observe(wait_s)

    def call_ended(self, ended: Ended) -> None:
        """Count a call that is over."""
        self._ended[ended.queue, ended.reason].inc()
        if ended.answered_s is not None:
            self._talk[ended.queue].observe(ended.at_s - ended.answered_s)
        elif ended.reason is Reason.ABANDONED:
            self._wait[ended.queue, "abandoned"].observe(ended.at_s - ended.queued_s)

    def call_lost(self, queue: str) -> None:
        """Count a call that this site dropped because it had been cut off."""
        self._ended[queue, Reason.SITE_LOSS].inc()

    def queues_are(self, queues: dict[str, QueueState]) -> None:
        """Set the gauges of every queue."""
        for queue, state in queues.items():
            self._in_queue.labels(queue, self._site).set(state.waiting)
            self._in_talk.labels(queue, self._site).set(state.in_talk)
            self._longest.labels(queue, self._site).set(state.longest_wait_s)
            for name, agents in (
                ("available", state.available),
                ("busy", state.in_talk),
                ("wrap_up", state.wrap_up),
            ):
                self._agents.labels(queue, self._site, name).set(agents)

    def store_is(self, *, primary: bool, degraded: bool, open_tickets: int) -> None:
        """Set the gauges of the ticket store."""
        self._primary.labels(self._site).set(primary)
        self._degraded.labels(self._site).set(degraded)
        self._open.labels(self._site).set(open_tickets)
