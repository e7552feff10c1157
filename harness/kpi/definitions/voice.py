"""Calls: service, waiting, the way in, handling, agents and how it sounded."""

from harness.kpi import calls, provider
from harness.kpi.definitions.kpi import BY_QUEUE, BY_SITE, Kpi, always, each_of
from harness.model.sla import Direction, Unit

WAIT_BOUNDS = (1, 2, 3, 5, 6, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900)
"""The thresholds (seconds) that a provider's histogram of waits must have as bounds."""
_OF_A_CALL = each_of("queue", "line", "site")
_AT_A_SITE = each_of("site")
_ICMI = "ICMI QueueTips, March 2005: service level calculations"
_NOT_IN_CONTACTS = "callers cannot see it"

VOICE = (
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
        labels=BY_QUEUE,
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
        expression=always(provider.ABANDONMENT),
        labels=BY_QUEUE,
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
        labels=BY_QUEUE,
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
        counts=(calls.answered_late,),
        contact_fields=(
            "due_s",
            "answered_s",
            "ivr_s",
        ),
        expression=always(provider.AVERAGE_SPEED_OF_ANSWER),
        labels=BY_QUEUE,
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
        expression=always(provider.TIME_TO_ABANDON),
        labels=BY_QUEUE,
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
        counts=(calls.waited_long,),
        contact_fields=(
            "due_s",
            "answered_s",
            "ended_s",
            "ivr_s",
        ),
        expression=always(provider.LONGEST_WAIT),
        labels=BY_QUEUE,
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
        counts=(calls.drops,),
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
        scopes=each_of("site"),
        callers=calls.lost_calls,
        counts=(calls.cut_off, calls.drops),
        contact_fields=(
            "outcome",
            "queued_s",
            "ended_by",
            "ended_s",
        ),
        expression=always(provider.LOST_CALLS),
        labels=BY_SITE,
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
        expression=always(provider.BLOCKED),
        labels=frozenset({"line"}),
        scopes=each_of("line"),
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
        expression=always(provider.ANSWER_SEIZURE_RATIO),
        labels=frozenset({"line"}),
        scopes=each_of("line"),
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
        expression=always(provider.NETWORK_EFFECTIVENESS),
        labels=frozenset({"line"}),
        scopes=each_of("line"),
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
        scopes=each_of("queue", "line"),
        callers=calls.setup_mean,
        contact_fields=(
            "started_s",
            "queued_s",
            "ivr_s",
        ),
        expression=always(provider.SETUP_MEAN),
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
        scopes=each_of("queue", "line"),
        callers=calls.setup_p95,
        contact_fields=(
            "started_s",
            "queued_s",
            "ivr_s",
        ),
        expression=always(provider.SETUP_P95),
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
        expression=always(provider.HANDLE_TIME),
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
        expression=always(provider.TALK_TIME),
        labels=BY_QUEUE,
    ),
    Kpi(
        name="hold_time",
        title="Hold time",
        definition="Hold / all conversations, those without a hold too: a part of the handle time.",
        source="ICMI: average hold time",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        scopes=_AT_A_SITE,
        expression=always(provider.HOLD_TIME),
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
        expression=always(provider.WRAP_UP_TIME),
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
        expression=always(provider.SHORT_HANDLE),
        labels=BY_QUEUE,
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
        expression=always(provider.OCCUPANCY),
        unseen=_NOT_IN_CONTACTS,
    ),
    Kpi(
        name="transfers",
        title="Transfers",
        definition="Conversations passed on / conversations.",
        source="COPC: transfer rate",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        scopes=each_of("queue", "site"),
        expression=always(provider.TRANSFERS),
        labels=BY_QUEUE,
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
        expression=always(provider.IVR_CONTAINMENT),
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
        counts=(calls.promised,),
        expression=always(provider.CALLBACK_KEPT),
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
        expression=always(provider.MOS_MEAN),
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
        expression=always(provider.MOS_P5),
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
        expression=always(provider.MOS_LOW),
        unseen="the contact record does not keep it",
    ),
)
"""In the order of the catalogue."""
