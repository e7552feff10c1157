"""The story of a caller: dial, wait, lose patience or talk, hang up; perhaps call again.

``phone`` is the whole story. Its chapters are there for stories of a user's own too
(``docs/how_to_write_a_journey.md``): each plays a part and returns the call as it then stands.
"""

import math
from collections.abc import Generator

from harness.adapter.protocol import (
    EndReason,
    NewCall,
    NewCallback,
    Notice,
    NoticeKind,
    Request,
    Response,
)
from harness.model.callers import Callers
from harness.model.contact import Call, EndedBy, Outcome, replace
from harness.traffic.follow_up import after_call, wishes
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedCall
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait, contact_wall, leaving

LONGEST_TALK_S = 7200.0
"""Centre seconds after which a talk that never ends counts as ended, we know not how."""
LONGEST_PROMISE_S = 7200.0
"""Centre seconds after the promised time of a callback from which nobody expects it any more."""
_LONGEST_MENU_S = 1800.0
"""Centre seconds after which a menu that leads nowhere has lost its caller."""
_LAST_WORD_S = 30.0
"""Centre seconds to wait, after hanging up, for the provider's word on how the call ended."""

Chapter = Generator[Request | Wait, Response | Notice | None, Call]
"""A part of a story: it yields what it waits for, and returns the call as it then stands."""

_ENDED_BY = {
    EndReason.AGENT: EndedBy.AGENT,
    # We are the caller and have not hung up: whoever says so is wrong, or hides a drop.
    EndReason.CALLER: EndedBy.DROPPED,
    EndReason.ABANDONED: EndedBy.DROPPED,
    EndReason.TIMED_OUT: EndedBy.DROPPED,
    EndReason.SITE_LOSS: EndedBy.DROPPED,
}
_NO_NEED_TO_WAIT = {
    EndReason.CONTAINED: Outcome.CONTAINED,
    EndReason.CALLBACK: Outcome.CALLBACK,
    EndReason.CLOSED: Outcome.REFUSED,
}
"""How a wait ends that the provider ends in good order; all else is a caller cut off."""
_PASSED_ON = frozenset({NoticeKind.TRANSFERRED, NoticeKind.QUEUED})
"""What a caller in talk hears when they have to wait once more: for the colleague they are passed
on to, or for another agent because the site of theirs was lost."""


_NO_HABITS = Callers()


def phone(plan: PlannedCall, person: Person, due_s: float, scene: Scene) -> Journey:
    """Play one call. *due_s* is the run's time at which the customer decided to dial.

    Patience runs from the due time, not from when the request was sent: a centre that takes ten
    seconds to pick up the line has used up ten seconds of it.
    """
    call = begin(plan, person, due_s, scene)
    call = yield from dial(call, plan, person, scene)
    if call.outcome is None:
        waiting = wait_in_queue(call, plan, person, scene)
        del call  # the chapter has it: a caller who waits holds the call once, not as it was before
        call = yield from waiting
    if call.outcome is Outcome.ANSWERED and call.ended_s is None:
        call = yield from talk(call, plan, scene)
    if call.outcome is Outcome.CALLBACK:
        call = yield from expect_callback(call, scene)
    # Whom the run's end, or a gap in what we heard, takes out of the story gets here only if they
    # had hung up by then: their redial follows, or is counted as pending.
    _plan_what_follows(call, plan, scene)


def _plan_what_follows(call: Call, plan: PlannedCall, scene: Scene) -> None:
    for follow_up in after_call(scene.scenario, plan, call, now_s=scene.clock.now_s()):
        scene.later(follow_up)


def begin(plan: PlannedCall, person: Person, due_s: float, scene: Scene) -> Call:
    """Return the call as it stands before anything is sent, and tell it."""
    call = Call(
        id=plan.id,
        phase=plan.phase,
        held=plan.held,
        queue=plan.queue,
        line=plan.line,
        customer=person.id,
        parent=plan.parent,
        why=plan.why,
        due_s=due_s,
        started_s=scene.clock.now_s(),
    )
    scene.tell(call)
    return call


def dial(call: Call, plan: PlannedCall, person: Person, scene: Scene) -> Chapter:
    """Place the call; it returns without an outcome if the caller got in."""
    placed = yield from scene.adapter.place_call(
        NewCall(
            reference=scene.reference,
            consumer=scene.consumer,
            line=plan.line,
            caller=person.phone,
            customer=person.id,
            reason=plan.reason,
            language=person.language,
        )
    )
    call = replace(call, provider_id=placed.provider_id, site=placed.site, error=placed.error)
    return call if placed.outcome is None else finish(call, scene, outcome=placed.outcome)


def wait_in_queue(call: Call, plan: PlannedCall, person: Person, scene: Scene) -> Chapter:
    """Wait until answered, cut off, promised a callback, or out of patience.

    In the voice menu nobody waits: its time is taken down apart, and patience begins after it.
    """
    until_s = call.due_s + plan.patience_s
    wish_s = call.due_s + _callback_wish_s(plan, scene)
    try:
        while True:
            notice = yield Wait(min(until_s, wish_s))
            if notice is None and wish_s < until_s:
                wish_s = math.inf
                call = yield from _ask_for_callback(call, plan, person, scene)
                if call.promised_s is not None:  # nobody hangs up on a promise just given
                    until_s = max(until_s, scene.clock.now_s() + _LAST_WORD_S)
                continue
            if isinstance(notice, Notice) and notice.kind is NoticeKind.MENU:
                notice, spent_s = yield from _listen_to_menu(call, plan, scene)
                call = replace(call, ivr_s=call.ivr_s + spent_s)
                until_s, wish_s = until_s + spent_s, wish_s + spent_s
            if notice is None:
                return (yield from _give_up(call, scene))
            assert isinstance(notice, Notice)
            call, notice = _heard(call, notice, scene), None  # what was heard is not kept
            if call.outcome is not None:
                return call
    except Leave:  # still waiting when the run ended: neither answered nor abandoned
        yield from hang_up(call, scene)
        scene.tell(replace(call, exchanges=scene.exchanges))
        raise
    except Lost as lost:
        finish(call, scene, outcome=Outcome.UNKNOWN, error=str(lost))
        yield from hang_up(call, scene)  # a ghost in the queue would keep an agent busy
        raise


def _callback_wish_s(plan: PlannedCall, scene: Scene) -> float:
    """Return after what wait this caller would rather be called back; infinity for never."""
    wish = _callers(scene).callback
    if wish is None or not wishes(scene.scenario, plan, "callback", wish.share):
        return math.inf
    return wish.after_s


def _ask_for_callback(call: Call, plan: PlannedCall, person: Person, scene: Scene) -> Chapter:
    """Ask to be called back. If that is promised the wait is over as soon as the provider says."""
    if call.provider_id is None:
        return call
    promised = yield from scene.adapter.ask_for_callback(
        NewCallback(
            reference=scene.reference,
            consumer=scene.consumer,
            provider_id=call.provider_id,
            queue=plan.queue,
            line=plan.line,
            number=person.phone,
            customer=person.id,
            reason=plan.reason,
        )
    )
    return replace(call, promised_s=contact_wall(scene.clock, promised.until))


def _listen_to_menu(
    call: Call, plan: PlannedCall, scene: Scene
) -> Generator[Request | Wait, Response | Notice | None, tuple[Notice | None, float]]:
    """Listen until the menu is over, pressing keys on the way if this caller does.

    Returns the notice that ended it, None if it led nowhere, and how long it took.
    """
    began_s = scene.clock.now_s()
    until_s = began_s + _LONGEST_MENU_S
    keys = _callers(scene).menu
    press_s = math.inf
    if keys and wishes(scene.scenario, plan, "menu", keys.share):
        press_s = began_s + keys.after_s
    while True:
        notice = yield Wait(min(until_s, press_s))
        if isinstance(notice, Notice) and notice.kind is not NoticeKind.MENU:
            return notice, scene.clock.now_s() - began_s
        if notice is None and press_s >= until_s:
            return None, scene.clock.now_s() - began_s
        if notice is None and keys is not None:
            press_s = math.inf
            if call.provider_id is not None:
                yield from scene.adapter.press(call.provider_id, keys.keys)


def _give_up(call: Call, scene: Scene) -> Chapter:
    """Hang up, then listen who was first: the caller's patience or an agent."""
    gave_up_s = scene.clock.now_s()
    yield from hang_up(call, scene)
    deadline_s = scene.clock.now_s() + _LAST_WORD_S
    try:
        while (notice := (yield Wait(deadline_s))) is not None:
            assert isinstance(notice, Notice)
            if notice.kind is NoticeKind.ANSWERED:
                answered = _heard(call, notice, scene, quietly=True)
                return finish(answered, scene, outcome=Outcome.ANSWERED, ended_by=EndedBy.CALLER)
            if notice.kind is NoticeKind.ENDED:
                break
    except (Leave, Lost):
        pass  # the provider's word will not come; the caller had hung up all the same
    return finish(call, scene, outcome=Outcome.ABANDONED, ended_s=gave_up_s)


def talk(call: Call, plan: PlannedCall, scene: Scene) -> Chapter:
    """Talk until somebody ends it; whoever is passed on waits once more, as patiently as before."""
    until_s = scene.clock.now_s() + LONGEST_TALK_S
    waits = False
    try:
        while (notice := (yield Wait(until_s))) is not None:
            assert isinstance(notice, Notice)
            now_s = scene.clock.now_s()
            if notice.kind is NoticeKind.ENDED:
                ended_by = _ENDED_BY.get(notice.reason or EndReason.OTHER, EndedBy.UNKNOWN)
                return finish(
                    call,
                    scene,
                    outcome=Outcome.ANSWERED,
                    ended_by=ended_by,
                    resolved=notice.resolved,
                )
            if notice.kind in _PASSED_ON and not waits:
                waits, until_s = True, now_s + plan.patience_s
                call = replace(call, transferred_s=now_s, answered_again_s=None)
            elif notice.kind is NoticeKind.ANSWERED and waits:
                waits, until_s = False, now_s + LONGEST_TALK_S
                call = replace(call, answered_again_s=now_s)
        yield from hang_up(call, scene)
        ended_by = EndedBy.CALLER if waits else EndedBy.UNKNOWN
        return finish(call, scene, outcome=Outcome.ANSWERED, ended_by=ended_by)
    except Leave:
        yield from hang_up(call, scene)
        finish(call, scene, outcome=Outcome.ANSWERED, ended_by=EndedBy.CALLER)
        raise
    except Lost as lost:
        yield from hang_up(call, scene)
        unknown = EndedBy.UNKNOWN
        finish(call, scene, outcome=Outcome.ANSWERED, ended_by=unknown, error=str(lost))
        raise


def expect_callback(call: Call, scene: Scene) -> Chapter:
    """Wait to be called back, and talk; the call itself is over."""
    until_s = (call.promised_s or scene.clock.now_s()) + LONGEST_PROMISE_S
    try:
        while (notice := (yield Wait(until_s))) is not None:
            assert isinstance(notice, Notice)
            if notice.kind is NoticeKind.CALLED_BACK:
                now_s = scene.clock.now_s()
                call = replace(call, called_back_s=now_s, exchanges=scene.exchanges)
                until_s = now_s + LONGEST_TALK_S
                scene.tell(call)
            elif notice.kind is NoticeKind.CALLBACK_ENDED:
                call = replace(call, resolved=notice.resolved, exchanges=scene.exchanges)
                scene.tell(call)
                break
    except Lost as lost:
        scene.tell(replace(call, error=str(lost), exchanges=scene.exchanges))
        raise
    return call


def _callers(scene: Scene) -> Callers:
    calls = scene.scenario.calls
    return calls.callers if calls else _NO_HABITS


def hang_up(call: Call, scene: Scene) -> Journey:
    """Hang up, if the provider ever had the call."""
    if call.provider_id is not None:
        yield from leaving(scene.adapter.hang_up(call.provider_id))


def _heard(call: Call, notice: Notice, scene: Scene, *, quietly: bool = False) -> Call:
    """Return *call* with what *notice* says of it, and tell it if it changes how it stands."""
    now_s = scene.clock.now_s()
    if notice.kind is NoticeKind.QUEUED:
        call = replace(
            call,
            queued_s=now_s if call.queued_s is None else call.queued_s,
            site=notice.site,
            site_queued_s=contact_wall(scene.clock, notice.queued_at),
            exchanges=scene.exchanges,
        )
        scene.tell(call)  # a gate has to see who waits still
        return call
    if notice.kind is NoticeKind.ANSWERED:
        call = replace(
            call,
            outcome=Outcome.ANSWERED,
            answered_s=now_s,
            site=notice.site,
            queued_s=call.queued_s if call.queued_s is not None else now_s,
            site_queued_s=contact_wall(scene.clock, notice.queued_at),
            site_answered_s=contact_wall(scene.clock, notice.answered_at),
            exchanges=scene.exchanges,
        )
        if not quietly:
            scene.tell(call)
        return call
    if notice.kind is NoticeKind.ENDED:  # while waiting, and not by us
        reason = notice.reason or EndReason.OTHER
        if reason in _NO_NEED_TO_WAIT:
            return finish(call, scene, outcome=_NO_NEED_TO_WAIT[reason])
        return finish(call, scene, outcome=Outcome.FAILED, error=f"cut off: {reason}")
    return call


def finish(
    call: Call,
    scene: Scene,
    *,
    outcome: Outcome,
    ended_by: EndedBy | None = None,
    ended_s: float | None = None,
    resolved: bool | None = None,
    error: str | None = None,
) -> Call:
    """Return *call* as it ended, now unless *ended_s* says otherwise, and tell it."""
    done = replace(
        call,
        outcome=outcome,
        ended_by=ended_by,
        ended_s=scene.clock.now_s() if ended_s is None else ended_s,
        resolved=call.resolved if resolved is None else resolved,
        error=call.error or error,  # the first one says most
        exchanges=scene.exchanges,
    )
    scene.tell(done)
    return done
