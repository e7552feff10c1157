"""The catalogue: each KPI once: name, unit, direction, definition and source, inputs, and views.

``callers`` computes a KPI from the contact log. ``expression`` puts it together from the provider's
metrics; from it come the exact figure (``provider``), the PromQL and the recording rule. A KPI that
both can measure is judged on both; where a view cannot, ``unseen`` says why. KPIs about a whole run
or a fault are measured by ``harness.verdict`` and only named here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.kpi import calls, provider, reconcile, tickets
from harness.kpi.evidence import PhaseEvidence
from harness.kpi.exact import measured
from harness.kpi.expression import Expression, metrics
from harness.kpi.promql import DASHBOARD_WINDOW, RecordingRule, promql, recording_rule
from harness.kpi.question import Formula, Question
from harness.model.contact import Stream
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit
from harness.model.verdict import Measurement

__all__ = ["CATALOGUE", "EVERY_LOADED_PHASE", "WHOLE_RUN", "Compute", "Kpi", "Question"]

Compute = Callable[[PhaseEvidence, Question], Measurement]

EVERY_LOADED_PHASE = frozenset(PhaseKind) - {PhaseKind.LINES}
WHOLE_RUN: frozenset[PhaseKind] = frozenset()

WAIT_BOUNDS = (1, 2, 3, 5, 6, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900)
"""The thresholds (seconds) that a provider's histogram of waits must have as bounds."""
TICKET_BOUNDS = (
    *(60, 300, 900, 1800, 3600, 7200, 14400, 28800),
    *(86400, 172800, 259200, 604800),
)
"""The same for tickets."""
_BY_QUEUE = frozenset({"queue", "site"})
_BY_SITE = frozenset({"site"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One KPI.

    Attributes:
        name: how files and reports name it.
        title: how people name it.
        definition: what it is, in words.
        source: who defines it so.
        unit: what it is counted in.
        direction: which way it is better.
        needs_threshold: whether it is asked within a time, as in 80/20.
        bounds: the times it can be asked within: a provider's buckets end there.
        scopes: what it can be judged for, one by one.
        phase_kinds: where it can be judged; empty means once for the whole run.
        stream: the contacts without which it has no value; None: either kind will do.
        callers: how the contact log tells it; None: it cannot.
        contact_fields: what of the contact record that takes.
        expression: how the provider's metrics tell it; None: they cannot.
        labels: by which of queue, site, line, priority those metrics can be told apart.
        unseen: why a view cannot measure it, or why nobody measures it yet.
        by_verdict: whether ``harness.verdict`` measures it, from the whole run.
    """

    name: str
    title: str
    definition: str
    source: str
    unit: Unit
    direction: Direction
    needs_threshold: bool = False
    bounds: tuple[float, ...] = ()
    scopes: frozenset[Each] = frozenset({Each.ALL})
    phase_kinds: frozenset[PhaseKind] = EVERY_LOADED_PHASE
    stream: Stream | None = Stream.CALLS
    callers: Compute | None = None
    contact_fields: tuple[str, ...] = ()
    expression: Callable[[Question], Expression] | None = None
    labels: frozenset[str] = _BY_SITE
    unseen: str = ""
    by_verdict: bool = False

    @property
    def provider(self) -> Compute | None:
        """How the provider's metrics tell it, counted exactly; None: they cannot."""
        return None if self.expression is None else self._provider

    def _provider(self, e: PhaseEvidence, q: Question) -> Measurement:
        assert self.expression is not None
        of = _labels_of(q)
        unknown = sorted(of.keys() - self.labels)
        if unknown:
            note = f"the provider's metrics for it are not kept by {' and '.join(unknown)}"
            return Measurement(None, 0, note=note)
        return measured(self.expression(q), e.increase, of=of)

    @property
    def measurable(self) -> bool:
        """Whether anybody measures it yet; if not, ``unseen`` says why."""
        return self.by_verdict or self.callers is not None or self.expression is not None

    def metrics(self, q: Question) -> tuple[str, ...]:
        """Return which of the provider's metrics it is measured from; none if it is not."""
        return () if self.expression is None else metrics(self.expression(q))

    def promql(self, q: Question, *, window: str = DASHBOARD_WINDOW, also: str = "") -> str | None:
        """Return it in PromQL over *window*; None where the provider's metrics cannot tell it.

        *also* is put into every selector as it is: ``site=~"$site"``. A label that the metrics of
        this KPI do not have finds nothing.
        """
        if self.expression is None:
            return None
        return promql(self.expression(q), window=window, of=_labels_of(q), also=also)

    def rule(
        self, q: Question, *, window: str = "5m", by: tuple[str, ...] = ()
    ) -> RecordingRule | None:
        """Return the recording rule for it; None where the provider's metrics cannot tell it."""
        if self.expression is None:
            return None
        within = "" if q.threshold_s is None else f"_{q.threshold_s:g}s"
        how = "" if q.formula is Formula.OFFERED else f"_{q.formula}"
        name = f"{self.name}{within if self.needs_threshold else ''}{how}"
        return recording_rule(name, self.expression(q), window=window, of=_labels_of(q), by=by)


def _labels_of(q: Question) -> dict[str, str]:
    asked = {"queue": q.queue, "line": q.line, "site": q.site, "priority": q.priority}
    return {label: value for label, value in asked.items() if value is not None}


def _always(expression: Expression) -> Callable[[Question], Expression]:
    """Return the formula of a KPI that is put together alike whatever is asked of it."""
    return lambda _: expression


def _each(*names: str) -> frozenset[Each]:
    """Return those of *names* by which this version can judge one by one, and all together."""
    return frozenset(each for each in Each if each.value in ("all", *names))


_OF_A_CALL = _each("queue", "line", "site")
_AT_A_SITE = _each("site")
_ICMI = "ICMI QueueTips, March 2005: service level calculations"
_NOT_IN_CONTACTS = "callers cannot see it"


_KPIS = (
    Kpi(
        name="service_level",
        title="Service level",
        definition=(
            "Answered within the threshold / all that entered the queue and left it (formula "
            '"offered", ICMI no. 3; a contract may name another of the eight). Short abandons '
            "count against, and so does being cut off while waiting; blocked calls never queued "
            "and stand beside it."
        ),
        source=_ICMI,
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=WAIT_BOUNDS,
        scopes=_OF_A_CALL,
        callers=calls.service_level,
        contact_fields=(
            "outcome",
            "due_s",
            "queued_s",
            "answered_s",
            "ended_s",
            "ivr_s",
        ),
        expression=provider.service_level,
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="abandonment",
        title="Abandonment",
        definition=(
            "Hung up while waiting / all that entered the queue and left it. Short abandons count."
        ),
        source="Amazon Connect: abandonment rate; callbacks are not abandons",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.abandonment,
        contact_fields=(
            "outcome",
            "queued_s",
        ),
        expression=_always(provider.ABANDONMENT),
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="abandonment_net",
        title="Abandonment, net of short",
        definition=(
            "Hung up while waiting, later than a short abandon / all that left the queue, short "
            "abandons left out. An outage makes callers hang up early: judge it beside the gross "
            "figure, not instead."
        ),
        source="Univoip, RingCentral: abandonment net of short abandons",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.abandonment_net,
        contact_fields=(
            "outcome",
            "due_s",
            "ended_s",
            "ivr_s",
        ),
        expression=provider.abandonment_net,
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="asa",
        title="Average speed of answer",
        definition="Mean wait of the answered calls, those answered at once included.",
        source="ICMI; the voice menu left out, the ringing at the agent not",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.average_speed_of_answer,
        contact_fields=(
            "due_s",
            "answered_s",
            "ivr_s",
        ),
        expression=_always(provider.AVERAGE_SPEED_OF_ANSWER),
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="time_to_abandon",
        title="Average time to abandon",
        definition=(
            "Mean wait of the callers who hung up. Much below their patience, something else made"
            " them."
        ),
        source="ICMI: average time to abandonment",
        unit=Unit.SECONDS,
        direction=Direction.MORE,
        scopes=_OF_A_CALL,
        callers=calls.time_to_abandon,
        contact_fields=(
            "due_s",
            "ended_s",
            "ivr_s",
        ),
        expression=_always(provider.TIME_TO_ABANDON),
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="longest_wait",
        title="Longest wait",
        definition=(
            "The longest that any caller waited. Callers: of all that queued. Provider: the "
            "longest that was seen waiting when its page was read, so a wait between two readings"
            " may be missed."
        ),
        source="Genesys, Amazon Connect: longest (oldest) contact in queue",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.longest_wait,
        contact_fields=(
            "due_s",
            "answered_s",
            "ended_s",
            "ivr_s",
        ),
        expression=_always(provider.LONGEST_WAIT),
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="dropped",
        title="Dropped calls",
        definition="Talks that neither caller nor agent ended / all talks that ended in the phase.",
        source="TL 9000: dropped calls of connected ones",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.dropped,
        contact_fields=(
            "ended_by",
            "ended_s",
        ),
        unseen="a provider that loses a site cannot tell who was talking from who was waiting",
    ),
    Kpi(
        name="lost_calls",
        title="Lost calls",
        definition=(
            "Calls that the centre lost: cut off while waiting, or dropped while talking. "
            "Provider: calls ended because their site was lost."
        ),
        source="own: what one failure cost",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        scopes=_each("site"),
        callers=calls.lost_calls,
        contact_fields=(
            "outcome",
            "queued_s",
            "ended_by",
            "ended_s",
        ),
        expression=_always(provider.LOST_CALLS),
        labels=_BY_SITE,
    ),
    Kpi(
        name="blocked",
        title="Blocked calls",
        definition=(
            "Attempts that never reached a queue (busy, refused, failed, or not known to have) / "
            "all attempts."
        ),
        source="ITU-T E.600: blocking; the usual P.01 grade of service",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        callers=calls.blocked,
        contact_fields=(
            "outcome",
            "queued_s",
        ),
        expression=_always(provider.BLOCKED),
        labels=frozenset({"line"}),
        scopes=_each("line"),
    ),
    Kpi(
        name="asr",
        title="Answer-seizure ratio",
        definition=(
            "Attempts that the platform took / all attempts. It is about the way in: that an "
            "agent answers is the service level."
        ),
        source="ITU-T E.425: answer-seizure ratio, answered by the platform",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        callers=calls.answer_seizure_ratio,
        contact_fields=(
            "outcome",
            "queued_s",
        ),
        expression=_always(provider.ANSWER_SEIZURE_RATIO),
        labels=frozenset({"line"}),
        scopes=_each("line"),
    ),
    Kpi(
        name="ner",
        title="Network effectiveness ratio",
        definition=(
            "Attempts that were taken, or turned down on purpose by the far end (a closed line) /"
            " all attempts: what people decide does not count against the network."
        ),
        source="ITU-T E.425: network effectiveness ratio",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        callers=calls.network_effectiveness,
        contact_fields=(
            "outcome",
            "queued_s",
        ),
        expression=_always(provider.NETWORK_EFFECTIVENESS),
        labels=frozenset({"line"}),
        scopes=_each("line"),
    ),
    Kpi(
        name="setup_mean",
        title="Setup time, mean",
        definition=(
            "Mean time from the start of an attempt until it queued, the voice menu left out."
        ),
        source="ITU-T E.721: post-selection delay",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_each("queue", "line"),
        callers=calls.setup_mean,
        contact_fields=(
            "started_s",
            "queued_s",
            "ivr_s",
        ),
        expression=_always(provider.SETUP_MEAN),
        labels=frozenset(),
    ),
    Kpi(
        name="setup_p95",
        title="Setup time, 95th percentile",
        definition=(
            "95 of 100 attempts queued at most so long after their start, the voice menu left out."
        ),
        source="ITU-T E.721: post-selection delay, 95th percentile",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_each("queue", "line"),
        callers=calls.setup_p95,
        contact_fields=(
            "started_s",
            "queued_s",
            "ivr_s",
        ),
        expression=_always(provider.SETUP_P95),
        labels=frozenset(),
    ),
    Kpi(
        name="aht",
        title="Average handle time",
        definition="(Talk + hold + wrap-up) / conversations.",
        source="ICMI; COPC: average handle time",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_AT_A_SITE,
        expression=_always(provider.HANDLE_TIME),
        unseen="callers see no wrap-up",
    ),
    Kpi(
        name="talk_time",
        title="Talk time",
        definition=(
            "Mean time of a conversation. Provider: hold left out, a part of the handle time. "
            "Callers: from answer to end, hold included, which nobody told them apart."
        ),
        source="ICMI: average talk time",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.talk_time,
        contact_fields=(
            "answered_s",
            "ended_s",
        ),
        expression=_always(provider.TALK_TIME),
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="hold_time",
        title="Hold time",
        definition="Hold / all conversations, those without a hold too: a part of the handle time.",
        source="ICMI: average hold time",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_AT_A_SITE,
        expression=_always(provider.HOLD_TIME),
        unseen=_NOT_IN_CONTACTS,
    ),
    Kpi(
        name="wrap_up_time",
        title="Wrap-up time",
        definition="Work after the call / conversations: a part of the handle time.",
        source="ICMI: average after-call work",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_AT_A_SITE,
        expression=_always(provider.WRAP_UP_TIME),
        unseen=_NOT_IN_CONTACTS,
    ),
    Kpi(
        name="short_handle",
        title="Short talks",
        definition=(
            "Conversations of at most 10 s / conversations. More than a few in a hundred are "
            "agents who hang up."
        ),
        source="Brown et al. 2005: short service times in a bank's call centre",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_OF_A_CALL,
        callers=calls.short_handle,
        contact_fields=(
            "answered_s",
            "ended_s",
        ),
        expression=_always(provider.SHORT_HANDLE),
        labels=_BY_QUEUE,
    ),
    Kpi(
        name="occupancy",
        title="Occupancy",
        definition=(
            "Agents' time in talk, hold and wrap-up / that and the time they stood ready. Breaks,"
            " training and ringing count in neither."
        ),
        source="COPC, WFM Labs: occupancy; comfort to 85 %, hard limit 90 %",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_AT_A_SITE,
        expression=_always(provider.OCCUPANCY),
        unseen=_NOT_IN_CONTACTS,
    ),
    Kpi(
        name="transfers",
        title="Transfers",
        definition="Conversations passed on / conversations.",
        source="COPC: transfer rate",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_each("queue", "site"),
        expression=_always(provider.TRANSFERS),
        labels=_BY_QUEUE,
        unseen="the contact record does not keep them",
    ),
    Kpi(
        name="ivr_containment",
        title="Voice menu containment",
        definition=(
            "Calls that the voice menu satisfied / calls that entered it. Hanging up in the menu "
            "is no containment."
        ),
        source="Brown et al. 2005 (65 % of a bank's calls)",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        scopes=_AT_A_SITE,
        callers=calls.ivr_containment,
        contact_fields=(
            "outcome",
            "ivr_s",
        ),
        expression=_always(provider.IVR_CONTAINMENT),
    ),
    Kpi(
        name="callback_kept",
        title="Callbacks kept",
        definition=(
            "Callbacks made within the promised time / callbacks that are over, late, unreached, "
            "cancelled and lost ones too."
        ),
        source="own: a promise is kept or it is not",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        scopes=_AT_A_SITE,
        expression=_always(provider.CALLBACK_KEPT),
        unseen="the contact record ends with the promise",
    ),
    Kpi(
        name="mos_mean",
        title="Listening quality, mean",
        definition="Mean opinion score estimated by the E-model, 1 to 4.5.",
        source="ITU-T G.107",
        unit=Unit.SCORE,
        direction=Direction.MORE,
        scopes=_AT_A_SITE,
        expression=_always(provider.MOS_MEAN),
        unseen="the contact record does not keep it",
    ),
    Kpi(
        name="mos_p5",
        title="Listening quality, 5th percentile",
        definition="The mean opinion score that 95 of 100 calls are better than.",
        source="ITU-T G.107",
        unit=Unit.SCORE,
        direction=Direction.MORE,
        scopes=_AT_A_SITE,
        expression=_always(provider.MOS_P5),
        unseen="the contact record does not keep it",
    ),
    Kpi(
        name="mos_low",
        title="Calls of poor quality",
        definition=(
            "Calls with a mean opinion score of 3.6 or less (many users dissatisfied) / calls."
        ),
        source="ITU-T G.107, annex B: R below 70",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=_AT_A_SITE,
        expression=_always(provider.MOS_LOW),
        unseen="the contact record does not keep it",
    ),
    Kpi(
        name="ticket_first_reply",
        title="Ticket first reply",
        definition=(
            "Tickets a person replied to within the threshold / tickets sent at least that long "
            "ago. A ticket that was not acknowledged counts against. Provider: of the first "
            "replies given."
        ),
        source="Zendesk: first reply time, automatic replies left out",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=TICKET_BOUNDS,
        stream=Stream.TICKETS,
        callers=tickets.first_reply,
        contact_fields=(
            "due_s",
            "replied_s",
        ),
        expression=provider.ticket_first_reply,
        labels=frozenset({"site", "priority"}),
    ),
    Kpi(
        name="ticket_next_reply",
        title="Ticket next reply",
        definition=(
            "Customers' later words replied to within the threshold / such words written at least "
            "that long ago. Several in a row wait for one reply, the oldest of them. Provider: of "
            "the later replies given."
        ),
        source="Zendesk: next reply time",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=TICKET_BOUNDS,
        stream=Stream.TICKETS,
        callers=tickets.next_reply,
        contact_fields=("steps",),
        expression=provider.ticket_next_reply,
        labels=frozenset({"site", "priority"}),
    ),
    Kpi(
        name="ticket_resolution",
        title="Ticket resolution",
        definition=(
            "Tickets solved within the threshold / tickets sent at least that long ago. Provider:"
            " of the tickets solved."
        ),
        source="Zendesk: full resolution time",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=TICKET_BOUNDS,
        stream=Stream.TICKETS,
        callers=tickets.resolution,
        contact_fields=(
            "due_s",
            "solved_s",
        ),
        expression=provider.ticket_resolution,
        labels=frozenset({"site", "priority"}),
    ),
    Kpi(
        name="ticket_reopened",
        title="Tickets opened again",
        definition=(
            "Solutions after which the customer opened the ticket again / solutions. Provider: "
            "tickets opened again / tickets solved, in the same time."
        ),
        source="Zendesk: reopened tickets",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        callers=tickets.reopened,
        contact_fields=("steps",),
        expression=_always(provider.TICKET_REOPENED),
    ),
    Kpi(
        name="ticket_backlog",
        title="Ticket backlog",
        definition="Tickets not solved at the end.",
        source="ITIL: backlog",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        expression=_always(provider.TICKET_BACKLOG),
        unseen="customers know their own tickets only",
    ),
    Kpi(
        name="ticket_backlog_age",
        title="Age of the ticket backlog",
        definition="The age of the oldest ticket that was seen unsolved.",
        source="ITIL: backlog age",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        expression=_always(provider.TICKET_BACKLOG_AGE),
        unseen="customers know their own tickets only",
    ),
    Kpi(
        name="ticket_breaches",
        title="Ticket clocks breached",
        definition="Clocks that ran out / clocks that were stopped or ran out, all kinds of clock.",
        source="Zendesk: SLA breaches by ticket metric",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        expression=_always(provider.TICKET_BREACHES),
        labels=frozenset({"site", "priority"}),
        unseen="whose clock stands still outside business hours only the provider counts",
    ),
    Kpi(
        name="api_availability",
        title="API availability",
        definition=(
            "Requests answered, and not with an error of the server (5xx) / requests. A 503 that "
            'says "all trunks are busy" is an answer: the call was blocked. Provider: of the '
            "requests that reached it."
        ),
        source="Google SRE book: request success rate",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        stream=None,
        callers=calls.api_availability,
        contact_fields=("exchanges",),
        expression=_always(provider.API_AVAILABILITY),
        labels=frozenset(),
    ),
    Kpi(
        name="api_p95",
        title="API response time, 95th percentile",
        definition=(
            "Wall seconds from sending a request to its whole answer; one that never came counts "
            "with the five seconds after which a client gives up."
        ),
        source="own: as a client feels it",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        stream=None,
        callers=calls.api_p95,
        contact_fields=("exchanges",),
        unseen="the provider times only what reaches it: a figure for panels, not for a contract",
    ),
    Kpi(
        name="api_p99",
        title="API response time, 99th percentile",
        definition="As the 95th percentile, for 99 of 100 requests.",
        source="own: as a client feels it",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        stream=None,
        callers=calls.api_p99,
        contact_fields=("exchanges",),
        unseen="the provider times only what reaches it: a figure for panels, not for a contract",
    ),
    Kpi(
        name="reconciliation",
        title="Attempts reconciled",
        definition=(
            "|attempts that callers made and the edge must have seen - attempts it counted| / the"
            " former. What stands between the borders of a phase and the moments they were read "
            "at is in it."
        ),
        source="own: two counts of one thing",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        callers=reconcile.attempts,
        contact_fields=(
            "outcome",
            "queued_s",
        ),
        unseen="it is the difference of both views",
    ),
    Kpi(
        name="recovery",
        title="Recovery time",
        definition=(
            "From the injection of a fault to the first attempt served after the last bad window "
            "of twenty attempts; sixty attempts have to follow."
        ),
        source="own: as customers feel it; ISO 22301 calls its limit RTO",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        by_verdict=True,
    ),
    Kpi(
        name="detection",
        title="Time to detection",
        definition=(
            "From the injection of a fault to the first sign of it on the provider's page or "
            "status."
        ),
        source="own: named for the failovers to come",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        unseen="no part of this version measures it yet",
    ),
    Kpi(
        name="blocked_time",
        title="Time with calls blocked",
        definition="How long after a fault's injection attempts were blocked.",
        source="own: named for the failovers to come",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        unseen="no part of this version measures it yet",
    ),
    Kpi(
        name="fault_losses",
        title="Calls lost to a fault",
        definition=(
            "Calls cut off, dropped or turned away from a fault's injection until it was healed."
        ),
        source="own: named for the failovers to come",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=frozenset({PhaseKind.FAULT}),
        unseen="no part of this version measures it yet",
    ),
    Kpi(
        name="lost_tickets",
        title="Lost tickets",
        definition=(
            "Tickets whose writing was acknowledged and that no site's store returns at the end."
        ),
        source="Jepsen: the set checker",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="duplicated_tickets",
        title="Duplicated tickets",
        definition="Tickets that stand in a store under more than one number at the end.",
        source="Jepsen: the set checker",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="lost_updates",
        title="Lost ticket updates",
        definition=(
            "Tickets of which a comment, a reopening or a request for the second line was "
            "acknowledged and stands in no site's store at the end. Lost tickets are not in it."
        ),
        source="Jepsen: the set checker, by counts",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="duplicated_updates",
        title="Duplicated ticket updates",
        definition="Tickets that hold more of the customer's comments than were ever sent.",
        source="Jepsen: the set checker, by counts",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
)

CATALOGUE: Mapping[str, Kpi] = {kpi.name: kpi for kpi in _KPIS}
"""Every KPI by name."""
