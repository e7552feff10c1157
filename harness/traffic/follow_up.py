"""What one contact leads to: the same customer's next contact, a redial for one.

A journey stays one contact. What its customer does later, on their own account, it hands over as a
``FollowUp``; the generator starts that when it is due, as an arrival of its own: open loop, however
slow the target is by then.

Whether somebody calls again, and when, is drawn from a random stream named by the seed and the id
of the call that it would be. So it is settled before the run, like everything a customer does, and
is only looked up once the run has shown that there is cause.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from harness.model.callers import CallAgain
from harness.model.contact import REDIALS, Call, EndedBy, Outcome, Why
from harness.model.scenario import Scenario
from harness.traffic.schedule import (
    Planned,
    PlannedCall,
    PlannedTicket,
    draw_priority,
    draw_queue,
    draw_reason,
    intentions_of,
)

_NOTHING_HEARD = frozenset({Outcome.BLOCKED, Outcome.FAILED, Outcome.UNKNOWN})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A contact that will be due at *due_s* (centre seconds of the run).

    *plan* names its parent and has an id of its own. Its phase is the one that is on at *due_s*:
    whatever the plan says of phase, hold and due time is set by the generator.
    """

    plan: Planned
    due_s: float


def after_call(
    scenario: Scenario, plan: PlannedCall, call: Call, *, now_s: float
) -> Iterator[FollowUp]:
    """Yield what the customer of *call* will do because of how it went. It is over at *now_s*."""
    why = cause_to_call_again(call)
    if why is not None and (again := call_again(scenario, plan, why, now_s=now_s)):
        yield again
    if call.ended_by is EndedBy.AGENT and (
        ticket := ticket_after(scenario, plan, call, now_s=now_s)
    ):
        yield ticket


def cause_to_call_again(call: Call) -> Why | None:
    """Return why the customer of *call*, which is over, may call again; None without a cause.

    Who did not get in hears a busy tone or nothing, whatever the reason; who is turned away, as
    after hours, is told so and does not try again. To be cut off is the same in talk and in the
    queue, and so is a promised callback that never came. Who gives up in a second queue, after a
    transfer, has given up.
    """
    if call.outcome in _NOTHING_HEARD and call.queued_s is None:
        return Why.BLOCKED
    stood_up = call.outcome is Outcome.CALLBACK and call.called_back_s is None
    if call.outcome is Outcome.FAILED or call.ended_by is EndedBy.DROPPED or stood_up:
        return Why.DROPPED
    left_again = call.transferred_s is not None and call.answered_again_s is None
    if call.outcome is Outcome.ABANDONED or (call.ended_by is EndedBy.CALLER and left_again):
        return Why.ABANDONED
    return Why.REPEAT if call.resolved is False else None


def call_again(scenario: Scenario, plan: PlannedCall, why: Why, *, now_s: float) -> FollowUp | None:
    """Return the next call of the customer of *plan*; None if they will not call for that cause.

    The same matter and the same line, but patience anew. The ids of one matter are numbered on:
    ``peak/calls/7``, ``peak/calls/7/redial-1``, ``peak/calls/7/repeat-2``.
    """
    habit = _habit(scenario, plan, why)
    if habit is None:
        return None
    assert scenario.calls is not None
    before = (*plan.before, plan.why)
    root = plan.id.rpartition("/")[0] if plan.before else plan.id
    id_ = f"{root}/{'redial' if why in REDIALS else why.value}-{len(before)}"
    draw = Random(f"{scenario.seed}:{id_}")
    if draw.random() >= habit.share:
        return None
    due_s = now_s + habit.after.draw(draw)
    patience_s = scenario.calls.patience.draw(draw)
    plan = replace(plan, id=id_, parent=plan.id, why=why, before=before, patience_s=patience_s)
    return FollowUp(plan, due_s)


def _habit(scenario: Scenario, plan: PlannedCall, why: Why) -> CallAgain | None:
    """Return how many call again for *why*; None if nobody does, or has not done so too often."""
    habit = scenario.calls.callers.again.get(why) if scenario.calls else None
    if habit is None or (*plan.before, plan.why).count(why) >= habit.at_most:
        return None
    return habit


def ticket_after(
    scenario: Scenario, plan: PlannedCall, call: Call, *, now_s: float
) -> FollowUp | None:
    """Return the ticket that the customer of *call*, which an agent has ended, writes about it.

    Who asked after a ticket has one already.
    """
    habit = scenario.calls.callers.ticket if scenario.calls else None
    if habit is None or scenario.tickets is None or Why.CHASE in (plan.why, *plan.before):
        return None
    id_ = f"{plan.id}/ticket"
    draw = Random(f"{scenario.seed}:{id_}")
    if draw.random() >= (habit.unresolved if call.resolved is False else habit.share):
        return None
    ticket = PlannedTicket(
        id=id_,
        number=plan.number,
        phase=plan.phase,
        held=plan.held,
        due_s=plan.due_s,
        priority=draw_priority(scenario, draw),
        person=plan.person,
        subject=f"Synthetic ticket about {plan.reason}, after a call",
        parent=plan.id,
        means_to=intentions_of(scenario, id_),
    )
    return FollowUp(ticket, now_s + habit.after.draw(draw))


def chase(scenario: Scenario, plan: PlannedTicket, *, number: int, due_s: float) -> FollowUp:
    """Return the call by which the customer of the ticket *plan* asks after it, at *due_s*.

    It is the *number*-th of its kind, from 1. There must be calls in the scenario.
    """
    assert scenario.calls is not None
    id_ = f"{plan.id}/{Why.CHASE}-{number}"
    draw = Random(f"{scenario.seed}:{id_}")
    queue = draw_queue(scenario, draw)
    call = PlannedCall(
        id=id_,
        number=plan.number,
        phase=plan.phase,
        held=plan.held,
        due_s=plan.due_s,
        queue=queue,
        line=draw.choice(scenario.lines[queue]),
        person=plan.person,
        patience_s=scenario.calls.patience.draw(draw),
        reason=f"an open ticket about {draw_reason(draw)}",
        parent=plan.id,
        why=Why.CHASE,
    )
    return FollowUp(call, due_s)


def wishes(scenario: Scenario, plan: PlannedCall, what: str, share: float) -> bool:
    """Return whether the customer of *plan* is one of the *share* who do *what*, by its draw."""
    return Random(f"{scenario.seed}:{plan.id}:{what}").random() < share
