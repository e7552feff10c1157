"""A site's Prometheus metrics: children bound at start, because ``labels()`` costs per call."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from mock_center.acd.agents import AWAY, PRESENT, Pool, State, Team
from mock_center.acd.engine import QueueState
from mock_center.acd.events import (
    Answered,
    BackupCalled,
    Ended,
    Event,
    InMenu,
    Missed,
    Offered,
    Overflowed,
    Queued,
    Reason,
    Transferred,
    WrappedUp,
)
from mock_center.chance import Draws
from mock_center.config import Centre
from mock_center.config.centre import Media
from mock_center.metrics import (
    HANDLE_BUCKETS,
    MOS_BUCKETS,
    WAIT_BUCKETS,
    new_registry,
)
from mock_center.site.telling import CALLBACK

_FLATTERED_S = 20.0
_SAID_INSTEAD_S = 5.0
_LEFT_THE_QUEUE = {Reason.ABANDONED: "abandoned", Reason.CALLBACK: "callback"}
_OVER_IN_MENU = {Reason.CONTAINED: "contained", Reason.LEFT_MENU: "left"}
_OVER_CALLBACK = {Reason.UNREACHED: "unreached", Reason.CANCELLED: "cancelled"}
"""A site that has lost a callback does not know whether another makes it: the edge counts those."""


class SiteMetrics:
    """The metrics of *site*; waits and talks in centre seconds."""

    def __init__(self, centre: Centre, site: str) -> None:
        self.registry = registry = new_registry(centre.speed)
        self._site = site
        self._seed = centre.seed
        self._flattered = centre.defects.flatters_service_level
        queues = tuple(centre.lines)
        outcomes = ["answered", "abandoned"]
        if centre.callbacks is not None:
            outcomes.append("callback")
        wait = Histogram(
            "cc_wait_seconds",
            "Centre seconds in the queue, by how callers left it.",
            ["queue", "site", "outcome"],
            buckets=WAIT_BUCKETS,
            registry=registry,
        )
        self._wait = {
            (queue, outcome): wait.labels(queue, site, outcome)
            for queue in queues
            for outcome in outcomes
        }
        queued = Counter(
            "cc_calls_queued", "Calls that entered the queue.", ["queue", "site"], registry=registry
        )
        self._queued = {queue: queued.labels(queue, site) for queue in queues}
        talk = Histogram(
            "cc_talk_seconds",
            "Centre seconds of talk, hold left out, per conversation.",
            ["queue", "site"],
            buckets=HANDLE_BUCKETS,
            registry=registry,
        )
        self._talk = {queue: talk.labels(queue, site) for queue in queues}
        self._hold = Histogram(
            "cc_hold_seconds",
            "Centre seconds a caller was put on hold, of those who were.",
            ["site"],
            buckets=HANDLE_BUCKETS,
            registry=registry,
        ).labels(site)
        self._wrap_up = Histogram(
            "cc_wrap_up_seconds",
            "Centre seconds of work after a call.",
            ["site"],
            buckets=HANDLE_BUCKETS,
            registry=registry,
        ).labels(site)
        ended = Counter(
            "cc_calls_ended",
            "Calls that are over, by the reason.",
            ["queue", "site", "reason"],
            registry=registry,
        )
        self._ended: dict[tuple[str, Reason], Counter] = {
            (queue, reason): ended.labels(queue, site, reason.value)
            for queue in queues
            for reason in Reason
            if reason not in (Reason.UNREACHED, Reason.CANCELLED)
        }
        self._mos = Histogram(
            "cc_mos",
            "Estimated listening quality (E-model) per answered call; no audio is sent.",
            ["site"],
            buckets=MOS_BUCKETS,
            registry=registry,
        ).labels(site)
        count = _Counts(registry, site)
        by_queue = ["queue", "site"]
        transfers = Counter(
            "cc_transfers", "Callers passed on, by the queue they left.", by_queue,
            registry=registry,
        )  # fmt: skip
        self._transfers = {queue: transfers.labels(queue, site) for queue in queues}
        overflows = Counter(
            "cc_overflows", "Callers moved to another queue, by the one they left.", by_queue,
            registry=registry,
        )  # fmt: skip
        self._overflows = {queue: overflows.labels(queue, site) for queue in queues}
        offers = ("offered", "missed")
        self._offers = count("cc_offers", "Calls that rang at an agent.", offers)
        menu = ("entered", *_OVER_IN_MENU.values())
        self._menu = count("cc_ivr", "Calls in the voice menu, by what became of them.", menu)
        kept = ("kept", "late", *_OVER_CALLBACK.values())
        self._callbacks = count("cc_callbacks", "Callbacks that are over, by the result.", kept)
        resolved = ("resolved", "unresolved")
        self._resolved = count("cc_calls_resolved", "Calls an agent was through with.", resolved)
        called = ("at_work", "no_access")
        self._backup = count("cc_backup_calls", "Calls of the backup pool, by what came.", called)
        self._in_queue = Gauge("cc_calls_in_queue", "Calls waiting.", by_queue, registry=registry)
        self._in_talk = Gauge("cc_calls_in_talk", "Calls in talk.", by_queue, registry=registry)
        self._promised = Gauge(
            "cc_callbacks_waiting", "Callbacks promised, not yet made.", by_queue, registry=registry
        )
        self._longest = Gauge(
            "cc_longest_wait_seconds",
            "Centre seconds the longest-waiting call has waited; 0 if nobody waits.",
            by_queue,
            registry=registry,
        )
        self._expected = Gauge(
            "cc_expected_wait_seconds",
            "Centre seconds the next caller is told to expect; absent while nobody is at work.",
            by_queue,
            registry=registry,
        )
        self._agents = Gauge(
            "cc_agents",
            "Agents by state; for what they are away, cc_agent_state_seconds_total tells.",
            ["queue", "site", "state"],
            registry=registry,
        )
        self._channels = Gauge(
            "cc_trunk_channels", "Trunk channels there are.", ["site", "group"], registry=registry
        )
        self._channels_used = Gauge(
            "cc_trunk_channels_used", "Trunk channels in use.", ["site", "group"], registry=registry
        )
        self._ports_used = Gauge(
            "cc_ivr_ports_used", "Ports of the voice menu in use.", ["site"], registry=registry
        )
        self.house = _House(
            registry, site, menu=centre.ivr is not None, backup=centre.backup is not None
        )
        self._agent_time = _AgentTime(site)
        registry.register(self._agent_time)
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

    def happened(self, event: Event) -> None:  # noqa: C901, PLR0912 - one case per event
        """Count what happened on the call floor."""
        match event:
            case Queued():
                if not event.call.startswith(CALLBACK):
                    self._queued[event.queue].inc()
            case Answered():
                if event.kept is None:
                    wait_s = event.at_s - event.queued_s
                    self._wait[event.queue, "answered"].observe(self._said(event.call, wait_s))
                else:
                    self._callbacks["kept" if event.kept else "late"].inc()
            case Ended():
                self._call_ended(event)
            case WrappedUp():
                self._wrap_up.observe(event.wrap_up_s)
            case Transferred():
                self._transfers[event.queue].inc()
                self._talked(event.queue, event.talk_s, event.hold_s)
            case Overflowed():
                self._overflows[event.queue].inc()
            case InMenu():
                self._menu["entered"].inc()
            case Offered():
                self._offers["offered"].inc()
            case Missed():
                self._offers["missed"].inc()
            case BackupCalled():
                self._backup["no_access" if event.due_s is None else "at_work"].inc()

    def _call_ended(self, ended: Ended) -> None:
        if ended.call.startswith(CALLBACK):
            if ended.reason in _OVER_CALLBACK:
                self._callbacks[_OVER_CALLBACK[ended.reason]].inc()
        else:
            self._ended[ended.queue, ended.reason].inc()
        if ended.answered_s is not None:
            self._talked(ended.queue, ended.talk_s, ended.hold_s)
        elif ended.reason in _LEFT_THE_QUEUE and ended.queued_s is not None:
            outcome = _LEFT_THE_QUEUE[ended.reason]
            self._wait[ended.queue, outcome].observe(ended.at_s - ended.queued_s)
        elif ended.reason in _OVER_IN_MENU:
            self._menu[_OVER_IN_MENU[ended.reason]].inc()
        if ended.resolved is not None and ended.reason is Reason.AGENT:
            self._resolved["resolved" if ended.resolved else "unresolved"].inc()

    def _talked(self, queue: str, talk_s: float, hold_s: float) -> None:
        self._talk[queue].observe(talk_s)
        if hold_s > 0:
            self._hold.observe(hold_s)

    def _said(self, call: str, wait_s: float) -> float:
        """Return the wait that is reported: a provider that flatters itself says less."""
        if not self._flattered or wait_s <= _FLATTERED_S:
            return wait_s
        lies = Draws(self._seed, call).uniform("defect") < self._flattered
        return _SAID_INSTEAD_S if lies else wait_s

    def call_lost(self, queue: str) -> None:
        """Count a call that this site dropped because it had been cut off."""
        self._ended[queue, Reason.SITE_LOSS].inc()

    def heard(self, mos: float) -> None:
        """Count the quality of one call."""
        self._mos.observe(mos)

    def queues_are(self, queues: Mapping[str, QueueState]) -> None:
        """Set the gauges of every queue."""
        for queue, state in queues.items():
            self._in_queue.labels(queue, self._site).set(state.waiting)
            self._in_talk.labels(queue, self._site).set(state.in_talk)
            self._promised.labels(queue, self._site).set(state.callbacks)
            self._longest.labels(queue, self._site).set(state.longest_wait_s)
            if state.expected_wait_s < float("inf"):
                self._expected.labels(queue, self._site).set(state.expected_wait_s)
            else:
                self._expected.remove_by_labels({"queue": queue})
            agents = {
                each.value: number for each, number in state.agents.items() if each not in AWAY
            }
            agents["away"] = sum(state.agents[each] for each in AWAY)
            for name, number in agents.items():
                self._agents.labels(queue, self._site, name).set(number)

    def trunks_are(self, groups: Mapping[str, tuple[int, int]], ports_used: int) -> None:
        """Set the gauges of the trunk groups (used, there) and of the voice menu."""
        for group, (used, channels) in groups.items():
            self._channels.labels(self._site, group).set(channels)
            self._channels_used.labels(self._site, group).set(used)
        self._ports_used.labels(self._site).set(ports_used)

    def agents_are(self, teams: Iterable[Team], now_s: float) -> None:
        """Take over the time that agents have spent in each state up to *now_s*."""
        self._agent_time.measure(teams, now_s)

    def new_shift(self) -> None:
        """Keep the agents' time so far: their times begin at 0 again."""
        self._agent_time.keep()

    def store_is(self, *, primary: bool, degraded: bool, open_tickets: int) -> None:
        """Set the gauges of the ticket store."""
        self._primary.labels(self._site).set(primary)
        self._degraded.labels(self._site).set(degraded)
        self._open.labels(self._site).set(open_tickets)


class _Counts:
    """Makes counters by ``result``, all results present at 0."""

    def __init__(self, registry: CollectorRegistry, site: str) -> None:
        self._registry = registry
        self._site = site

    def __call__(self, name: str, help_text: str, results: Iterable[str]) -> dict[str, Counter]:
        counter = Counter(name, help_text, ["site", "result"], registry=self._registry)
        return {result: counter.labels(self._site, result) for result in results}


class _House:
    """Gauges of what is around the agents: the network, the voice menu and the backup pool."""

    def __init__(self, registry: CollectorRegistry, site: str, *, menu: bool, backup: bool) -> None:
        def gauge(name: str, about: str) -> Gauge:
            return Gauge(name, about, ["site"], registry=registry).labels(site)

        self._delay = gauge("cc_media_delay_seconds", "One way from caller to agent.")
        self._jitter = gauge("cc_media_jitter_seconds", "Variation of that delay.")
        self._loss = gauge("cc_media_loss_ratio", "Share of voice packets lost.")
        self._menu = gauge("cc_ivr_up", "1 while the voice menu answers.") if menu else None
        about = "1 while the backup pool would come if it were called."
        self._backup = gauge("cc_backup_reachable", about) if backup else None
        about = "1 while the backup pool is called, until it is sent home."
        self._called = gauge("cc_backup_called", about) if backup else None

    def set(
        self, media: Media, *, menu_up: bool, backup_reachable: bool, backup_called: bool
    ) -> None:
        """Set what there is of it."""
        self._delay.set(media.delay_ms / 1000)
        self._jitter.set(media.jitter_ms / 1000)
        self._loss.set(media.loss)
        if self._menu is not None:
            self._menu.set(menu_up)
        if self._backup is not None:
            self._backup.set(backup_reachable)
        if self._called is not None:
            self._called.set(backup_called)


class _AgentTime(Collector):
    """``cc_agent_state_seconds_total``: centre seconds of agents by pool and state."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._before = {(pool, state): 0.0 for pool in Pool for state in PRESENT}
        self._now = dict(self._before)

    def measure(self, teams: Iterable[Team], now_s: float) -> None:
        """Take over the times of *teams*."""
        self._now = dict(self._before)
        for team in teams:
            for state in PRESENT:
                self._now[team.pool, state] += team.seconds(state, now_s)

    def keep(self) -> None:
        """Let the next measurement add to what there is."""
        self._before = dict(self._now)

    def collect(self) -> Iterator[Metric]:
        """Yield the counter."""
        family = CounterMetricFamily(
            "cc_agent_state_seconds",
            "Centre seconds agents have spent in each state.",
            labels=["site", "pool", "state"],
        )
        for (pool, state), seconds in self._now.items():
            family.add_metric([self._site, pool.value, State(state).value], seconds)
        yield family
