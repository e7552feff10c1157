"""What a centre is, as checked values: the one vocabulary of supervisor, edge and sites.

Durations are centre seconds unless a name says wall, shares run from 0 to 1. A feature that is off
is None, or has the value that changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from mock_center.chance import HandleTime

TICKETS = "tickets"
"""The one skill in ``staffing`` that is not a queue of calls."""

_SECOND_TALK = HandleTime(180.0, 1.0)
_THIRD_PARTY = HandleTime(4 * 3600.0, 1.0)


@dataclass(frozen=True, slots=True)
class Shift:
    """Agents present on every working day from *start* until *end*; the whole day if both are None.

    An *end* at or before *start* lies on the next day. *heads* are those really at work: shrinkage
    and ``agents_present`` are already taken off.
    """

    heads: int
    start: time | None = None
    end: time | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """Open on *weekdays* (Monday is 0) from *start* until *end*; as an end, midnight is 24:00."""

    weekdays: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Hours:
    """When the centre's clock begins, and when its queues are open.

    *opening* holds the queues that are not always open. On *holidays* these are closed, and shifts
    with fixed hours do not work.
    """

    starts_at: datetime
    opening: Mapping[str, tuple[Opening, ...]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Widening:
    """After *after_s* in the queue a caller may be served by agents of *skills* too."""

    after_s: float
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overflow:
    """After *after_s* a caller leaves for the queue *to*; the wait goes on counting."""

    after_s: float
    to: str


@dataclass(frozen=True, slots=True)
class QueueRule:
    """How one queue treats its callers.

    *head_start_s* is what its callers are ahead of others in the eyes of an agent who serves more
    than one queue, as if they had waited that much longer. *longest_s*: whoever waits that long is
    disconnected (``timed-out``). *transfer_to* is where a transferred caller waits next.
    """

    head_start_s: float = 0.0
    widening: tuple[Widening, ...] = ()
    overflow: Overflow | None = None
    longest_s: float | None = None
    transfer_to: str | None = None


@dataclass(frozen=True, slots=True)
class CallHandling:
    """What a call takes: talk, hold within it on a share of calls, wrap-up; and how it turns out.

    *transferred* is the share of answered calls that are passed on once, *second_talk* their second
    conversation, *resolved* the share of callers who will not have to call again.
    """

    talk: HandleTime
    wrap_up: HandleTime
    hold: HandleTime
    held: float = 0.0
    transferred: float = 0.0
    second_talk: HandleTime = _SECOND_TALK
    resolved: float = 1.0


@dataclass(frozen=True, slots=True)
class Ringing:
    """An agent picks up after *pick_up*; a share of offers is *missed* and times out.

    A missed call goes to the next agent, and the one who missed it is away for *away_s*.
    """

    pick_up: HandleTime | None = None
    missed: float = 0.0
    timeout_s: float = 15.0
    away_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Breaks:
    """Each agent is away for *lasts* about every *every_s* at work, for the named *reason*."""

    reason: str
    every_s: float
    lasts: HandleTime


@dataclass(frozen=True, slots=True)
class Experience:
    """How long the agents have been at it, and what that does (``acd.learning``)."""

    weeks: Mapping[str, float] = field(default_factory=dict)  # by site; a missing one is seasoned
    slower: float = 0.4
    transfers: float = 1.0
    unresolved: float = 0.5
    half_life_weeks: float = 4.0


@dataclass(frozen=True, slots=True)
class Backup:
    """The pool for demand spikes: *heads* by skill at each site, called by hand or by trigger.

    They are at work *delay_s* after the call, and handle in *pace* times the usual time. The
    trigger: a service level (answered within *threshold_s*) below *below* in *intervals* intervals
    of *interval_s* in a row. *provisioned* False: nobody ever gave them access, so nobody comes.
    """

    heads: Mapping[str, int]
    delay_s: float = 600.0
    pace: float = 1.2
    provisioned: bool = True
    below: float | None = None
    threshold_s: float = 20.0
    interval_s: float = 900.0
    intervals: int = 2


@dataclass(frozen=True, slots=True)
class Ivr:
    """The voice menu: how long it *takes*, how many *ports* a site has.

    A share *contained* of its callers leave with their task done. Who dials 0 goes straight to the
    queue.
    """

    takes: HandleTime
    contained: float = 0.0
    ports: int = 1000


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Callers may be called back within *within_s* instead of waiting.

    The caller is reached in a share *reached* of attempts, each rings for *ring_s*; up to
    *attempts* are made, *retry_s* apart. *offered_at_s* is the expected wait from which a callback
    is offered (``callback_offered`` in ``/v1/queues``).
    """

    within_s: float = 1800.0
    offered_at_s: float = 120.0
    reached: float = 0.8
    ring_s: float = 20.0
    attempts: int = 3
    retry_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Media:
    """The network between caller and agent; each call draws its own around these means."""

    codec: str = "g711"
    delay_ms: float = 60.0
    jitter_ms: float = 5.0
    loss: float = 0.0
    varies: float = 0.3


@dataclass(frozen=True, slots=True)
class TicketClock:
    """What one priority is promised; None is no promise. *business*: only business hours count."""

    first_reply_s: float | None = None
    next_reply_s: float | None = None
    resolution_s: float | None = None
    business: bool = False


@dataclass(frozen=True, slots=True)
class TicketHandling:
    """How tickets live.

    *work* is an agent's time for one touch; a reply ends it, and ``solve`` (a fifth of *work*)
    closes the matter. *pending* is the share of replies that ask the customer something, *on_hold*
    that wait for a third party for *third_party*, *escalated* the share that goes to a second line.
    A customer silent for *silent_s* is taken to be content; a solved ticket is closed, for good,
    *closes_s* later. *clocks* by priority.
    """

    work: HandleTime
    pending: float = 0.0
    on_hold: float = 0.0
    third_party: HandleTime = _THIRD_PARTY
    escalated: float = 0.0
    silent_s: float = 3 * 86400.0
    closes_s: float = 4 * 86400.0
    clocks: Mapping[str, TicketClock] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Api:
    """The rules of the public API; wall seconds, because clients and not customers feel them.

    *per_minute* None: no rate limit. *burst* requests may come at once. *retries_wall_s* are the
    pauses before a webhook is tried again.
    """

    token_life_wall_s: float = 600.0
    per_minute: float | None = None
    burst: int = 100
    tls: bool = False
    retries_wall_s: tuple[float, ...] = (1.0, 5.0, 30.0, 120.0)


class OnSiteLoss(StrEnum):
    """What the edge, where calls are anchored, does with the calls of a site that is lost."""

    DROP = "drop"
    REQUEUE = "requeue"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How the edge decides that a site is up: a probe every *every_s* centre seconds.

    *fall* failures in a row take a site out, *rise* successes bring it back.
    """

    every_s: float
    fall: int
    rise: int


@dataclass(frozen=True, slots=True)
class Defects:
    """What this provider does wrong on purpose; ``docs/mock_centre.md`` has the table."""

    flatters_service_level: float = 0.0
    hangs_up: float = 0.0
    skips_agents: float = 0.0
    slows_down_per_hour: float = 0.0
    leaks_per_call_bytes: int = 0
    resets_wait: bool = False
    freezes_metrics_after_s: float | None = None
    sets_clock_after_s: float | None = None
    sets_clock_by: Mapping[str, float] = field(default_factory=dict)
    misroutes: Mapping[str, str] = field(default_factory=dict)
    forgets_tickets: float = 0.0
    garbles_tickets: float = 0.0
    loses_tickets_on_failover: float = 0.0
    duplicates_tickets_on_failover: float = 0.0


@dataclass(frozen=True, slots=True)
class Centre:
    """The whole mock centre as configured.

    *lag_s* is None for synchronous replication. *staffing* is by site and skill (a queue, or
    ``tickets``), *trunks* by site and trunk group, *split* by line and site. *support_requests* is
    the share of solved tickets after which an agent opens a ticket with the client's own IT.
    """

    speed: float
    seed: str
    lines: Mapping[str, tuple[str, ...]]
    client_id: str
    client_secret: str
    folder: str | None
    hours: Hours
    staffing: Mapping[str, Mapping[str, tuple[Shift, ...]]]
    experience: Experience
    backup: Backup | None
    breaks: tuple[Breaks, ...]
    queues: Mapping[str, QueueRule]
    calls: CallHandling
    ringing: Ringing
    trunks: Mapping[str, Mapping[str, int]]
    ivr: Ivr | None
    callbacks: Callbacks | None
    media: Media
    tickets: TicketHandling
    lag_s: float | None
    split: Mapping[str, Mapping[str, float]]
    on_site_loss: OnSiteLoss
    health_check: HealthCheck
    api: Api
    support_requests: float
    defects: Defects

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites, in the order in which they may lead the ticket store."""
        return tuple(self.staffing)

    @property
    def line_queues(self) -> dict[str, str]:
        """The queue that callers of each line wait in."""
        return {line: queue for queue, lines in self.lines.items() for line in lines}
