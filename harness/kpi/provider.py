"""KPIs as the provider's own metrics tell them: for each, the expression that measures it.

The metric names are those of the mock centre; a profile will map other names to them. Only the
formula stands here: ``exact`` counts it between borders, ``promql`` writes it for Prometheus.
"""

from harness.kpi.expression import (
    Expression,
    Last,
    Peak,
    Quantile,
    Ratio,
    Rise,
    Share,
    Sum,
    Term,
    Total,
    Within,
)
from harness.kpi.question import Formula, Question

_WAIT = "cc_wait_seconds"
_ANSWERED = (("outcome", "answered"),)
_ABANDONED = (("outcome", "abandoned"),)
_EITHER = (("outcome", "answered|abandoned"),)
_DEQUEUED = (("outcome", "answered|abandoned|callback"),)
_TALKS = Rise("cc_talk_seconds_count")
_ATTEMPTS = Rise("cc_call_attempts_total")
_HANDLING = (("state", "busy|hold|wrap_up"),)
_WORKING = (("state", "busy|hold|wrap_up|available"),)
_LOW_MOS = 3.6

_N = Rise(f"{_WAIT}_count", _EITHER)
_N_ANSWERED = Rise(f"{_WAIT}_count", _ANSWERED)
_N_ABANDONED = Rise(f"{_WAIT}_count", _ABANDONED)


def _attempts(results: str) -> Term:
    return Rise("cc_call_attempts_total", (("result", results),))


def _result(name: str, result: str) -> Term:
    return Rise(f"{name}_total", (("result", result),))


def service_level(q: Question) -> Expression:
    """Return calls answered within the threshold by those that count, by the question's formula.

    By calls leaving the queue. The threshold must be a bucket's edge: a service level is counted,
    never interpolated. What the provider cut off while it waited, its page does not tell.
    """
    good = Within(_WAIT, q.within_s, _ANSWERED)
    given_up = Within(_WAIT, q.within_s, _ABANDONED)
    short = Within(_WAIT, q.short_abandon_s, _ABANDONED)
    good_of_all = Share(Sum((good,)), Sum((_N,)))
    left = Within(_WAIT, q.within_s, _DEQUEUED)
    return {
        Formula.OFFERED: good_of_all,
        Formula.CREDIT_ALL: Share(Sum((good, given_up)), Sum((_N,))),
        Formula.ANSWERED: Share(Sum((good,)), Sum((_N_ANSWERED,))),
        Formula.EXCL_T: Share(Sum((good,)), Sum((_N,), (given_up,))),
        Formula.CREDIT_SHORT: Share(Sum((good, short)), Sum((_N,))),
        Formula.EXCL_SHORT: Share(Sum((good,)), Sum((_N,), (short,))),
        Formula.GENESYS: good_of_all,
        Formula.DEQUEUED: Share(Sum((left,)), Sum((Rise("cc_calls_queued_total"),))),
    }[q.formula]


ABANDONMENT: Expression = Share(Sum((_N_ABANDONED,)), Sum((_N,)))
"""Abandoned / (answered + abandoned), by calls leaving the queue."""


def abandonment_net(q: Question) -> Expression:
    """Return abandonment with the short abandons taken out above and below."""
    short = Within(_WAIT, q.short_abandon_s, _ABANDONED)
    return Share(Sum((_N_ABANDONED,), (short,)), Sum((_N,), (short,)))


AVERAGE_SPEED_OF_ANSWER: Expression = Ratio(
    Sum((Rise(f"{_WAIT}_sum", _ANSWERED),)), Sum((_N_ANSWERED,))
)
"""The mean time in queue (centre seconds) of the calls answered."""
TIME_TO_ABANDON: Expression = Ratio(Sum((Rise(f"{_WAIT}_sum", _ABANDONED),)), Sum((_N_ABANDONED,)))
"""The mean time in queue (centre seconds) of the calls abandoned."""
LONGEST_WAIT: Expression = Peak("cc_longest_wait_seconds")
"""The longest that anybody was seen waiting (centre seconds): looks, not events."""
BLOCKED: Expression = Share(Sum((_ATTEMPTS,), (_attempts("accepted"),)), Sum((_ATTEMPTS,)))
"""Attempts not accepted / all attempts, as the edge counted them."""
ANSWER_SEIZURE_RATIO: Expression = Share(Sum((_attempts("accepted"),)), Sum((_ATTEMPTS,)))
"""Attempts that the platform accepted / all attempts."""
NETWORK_EFFECTIVENESS: Expression = Share(Sum((_attempts("accepted|refused"),)), Sum((_ATTEMPTS,)))
"""Attempts accepted, or refused on purpose / all attempts."""
SETUP_MEAN: Expression = Ratio(
    Sum((Rise("cc_setup_seconds_sum"),)), Sum((Rise("cc_setup_seconds_count"),))
)
"""The mean setup time, as the edge measured it."""
SETUP_P95: Expression = Quantile("cc_setup_seconds", 0.95)
"""The 95th percentile of the setup time."""
_parts = ("cc_talk_seconds_sum", "cc_hold_seconds_sum", "cc_wrap_up_seconds_sum")
HANDLE_TIME: Expression = Ratio(Sum(tuple(map(Rise, _parts))), Sum((_TALKS,)))
"""(talk + hold + wrap-up) / conversations."""
TALK_TIME: Expression = Ratio(Sum((Rise("cc_talk_seconds_sum"),)), Sum((_TALKS,)))
"""Talk / conversations."""
HOLD_TIME: Expression = Ratio(Sum((Rise("cc_hold_seconds_sum"),)), Sum((_TALKS,)))
"""Hold / all conversations, those without a hold too, so that the parts make up AHT."""
WRAP_UP_TIME: Expression = Ratio(Sum((Rise("cc_wrap_up_seconds_sum"),)), Sum((_TALKS,)))
"""Wrap-up / conversations."""
SHORT_HANDLE: Expression = Share(Sum((Within("cc_talk_seconds", 10.0),)), Sum((_TALKS,)))
"""Conversations of at most ten seconds / conversations."""
_seconds = "cc_agent_state_seconds_total"
OCCUPANCY: Expression = Ratio(Sum((Rise(_seconds, _HANDLING),)), Sum((Rise(_seconds, _WORKING),)))
"""Agents' time with customers or wrapping up / that and the time they stood ready."""
TRANSFERS: Expression = Share(Sum((Rise("cc_transfers_total"),)), Sum((_TALKS,)))
"""Conversations passed on / conversations."""
IVR_CONTAINMENT: Expression = Share(
    Sum((_result("cc_ivr", "contained"),)), Sum((_result("cc_ivr", "entered"),))
)
"""Calls that the voice menu satisfied / calls that entered it."""
CALLBACK_KEPT: Expression = Share(
    Sum((_result("cc_callbacks", "kept"),)), Sum((Rise("cc_callbacks_total"),))
)
"""Callbacks made in the promised time / callbacks that are over, whatever became of them."""
MOS_MEAN: Expression = Ratio(Sum((Rise("cc_mos_sum"),)), Sum((Rise("cc_mos_count"),)))
"""The mean listening quality."""
MOS_P5: Expression = Quantile("cc_mos", 0.05)
"""The listening quality that 95 of 100 calls were better than."""
MOS_LOW: Expression = Share(Sum((Within("cc_mos", _LOW_MOS),)), Sum((Rise("cc_mos_count"),)))
"""Calls of a quality of 3.6 or less / calls."""


def ticket_first_reply(q: Question) -> Expression:
    """Return first replies given within the threshold / first replies given."""
    return _within_threshold("cc_ticket_first_reply_seconds", q)


def ticket_next_reply(q: Question) -> Expression:
    """Return later replies given within the threshold / later replies given."""
    return _within_threshold("cc_ticket_next_reply_seconds", q)


def ticket_resolution(q: Question) -> Expression:
    """Return tickets solved within the threshold / tickets solved."""
    return _within_threshold("cc_ticket_resolution_seconds", q)


_reopened, _solved = Rise("cc_ticket_reopened_total"), Rise("cc_ticket_solved_total")
TICKET_REOPENED: Expression = Share(Sum((_reopened,)), Sum((_solved,)))
"""Tickets opened again / tickets solved."""
TICKET_BACKLOG: Expression = Last("cc_ticket_backlog")
"""How many tickets were not solved at the end."""
TICKET_BACKLOG_AGE: Expression = Peak("cc_ticket_backlog_age_seconds")
"""The age that one in ten of the tickets not solved exceeds, as it was at its highest."""
_clocks = Rise("cc_ticket_sla_total")
TICKET_BREACHES: Expression = Share(
    Sum((Rise("cc_ticket_sla_total", (("result", "breached"),)),)), Sum((_clocks,))
)
"""Clocks that ran out / clocks that were stopped or ran out, all kinds of clock."""
LOST_CALLS: Expression = Total(Sum((Rise("cc_calls_lost_total"),)))
"""How many calls ended because their site was lost, as the edge counted them."""
ATTEMPTS: Expression = Total(Sum((_ATTEMPTS,)))
"""How many attempts the edge saw."""
_requests = Rise("cc_api_requests_total")
_fine = Rise("cc_api_requests_total", (("code", "[234].."),))
API_AVAILABILITY: Expression = Share(Sum((_fine, _attempts("blocked"))), Sum((_requests,)))
"""Requests not answered with a server's error / requests answered.

A 503 that means "all trunks are busy" is an answer: the edge counts those attempts as blocked.
"""


def _within_threshold(histogram: str, q: Question) -> Expression:
    return Share(Sum((Within(histogram, q.within_s),)), Sum((Rise(f"{histogram}_count"),)))
