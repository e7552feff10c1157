"""The story of a caller: dial, wait, lose patience or talk, hang up."""

from collections.abc import Generator

from harness.adapter.protocol import EndReason, NewCall, Notice, NoticeKind, Request, Response
from harness.model.contact import Call, EndedBy, Outcome, replace
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedCall
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait, contact_wall

LONGEST_TALK_S = 7200.0
"""Centre seconds after which a talk that never ends counts as ended, we know not how."""
_LONGEST_MENU_S = 1800.0
"""Centre seconds after which a menu that leads nowhere has lost its caller."""
_LAST_WORD_S = 30.0
"""Centre seconds to wait, after hanging up, for the provider's word on how the call ended."""

_Chapter = Generator[Request | Wait, Response | Notice | None, Call]

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


def phone(plan: PlannedCall, person: Person, due_s: float, scene: Scene) -> Journey:
    """Play one call. *due_s* is the run's time at which the customer decided to dial.

    Patience runs from the due time, not from when the request was sent: a centre that takes ten
    seconds to pick up the line has used up ten seconds of it.
    """
    call = Call(
        id=plan.id,
        phase=plan.phase,
        held=plan.held,
        queue=plan.queue,
        line=plan.line,
        customer=person.id,
        due_s=due_s,
        started_s=scene.clock.now_s(),
    )
    scene.tell(call)
    placed = yield from scene.adapter.place_call(
        NewCall(
            reference=scene.reference,
            consumer=scene.consumer,
            line=plan.line,
            caller=person.phone,
            customer=person.id,
            reason=plan.reason,
        )
    )
    call = replace(call, provider_id=placed.provider_id, site=placed.site, error=placed.error)
    if placed.outcome is not None:
        _finish(call, scene, outcome=placed.outcome)
        return
    call = yield from _wait_in_queue(call, due_s + plan.patience_s, scene)
    if call.outcome is Outcome.ANSWERED and call.ended_s is None:
        yield from _talk(call, scene)


def _wait_in_queue(call: Call, until_s: float, scene: Scene) -> _Chapter:
    """Wait until answered, cut off, or out of patience; return the call as it then stands.

    In the voice menu nobody waits: its time is taken down apart, and patience begins after it.
    """
    menu_s: float | None = None
    try:
        while True:
            notice = yield Wait(until_s if menu_s is None else menu_s + _LONGEST_MENU_S)
            if notice is None:
                return (yield from _give_up(call, scene))
            assert isinstance(notice, Notice)
            if notice.kind is NoticeKind.MENU:
                menu_s = scene.clock.now_s()
            elif menu_s is not None:
                spent_s = scene.clock.now_s() - menu_s
                call, until_s, menu_s = replace(call, ivr_s=spent_s), until_s + spent_s, None
            call = _heard(call, notice, scene)
            if call.outcome is not None:
                return call
    except Leave:  # still waiting when the run ended: neither answered nor abandoned
        yield from _hang_up(call, scene)
        scene.tell(_with_exchanges(call, scene))
        return call
    except Lost as lost:
        done = _finish(call, scene, outcome=Outcome.UNKNOWN, error=str(lost))
        yield from _hang_up(call, scene)  # a ghost in the queue would keep an agent busy
        return done


def _give_up(call: Call, scene: Scene) -> _Chapter:
    """Hang up, then listen who was first: the caller's patience or an agent."""
    gave_up_s = scene.clock.now_s()
    yield from _hang_up(call, scene)
    deadline_s = scene.clock.now_s() + _LAST_WORD_S
    try:
        while (notice := (yield Wait(deadline_s))) is not None:
            assert isinstance(notice, Notice)
            if notice.kind is NoticeKind.ANSWERED:
                answered = _heard(call, notice, scene, quietly=True)
                return _finish(answered, scene, outcome=Outcome.ANSWERED, ended_by=EndedBy.CALLER)
            if notice.kind is NoticeKind.ENDED:
                break
    except (Leave, Lost):
        pass  # the provider's word will not come; the caller had hung up all the same
    return _finish(call, scene, outcome=Outcome.ABANDONED, ended_s=gave_up_s)


def _talk(call: Call, scene: Scene) -> Journey:
    """Talk until somebody ends it."""
    deadline_s = scene.clock.now_s() + LONGEST_TALK_S
    try:
        while (notice := (yield Wait(deadline_s))) is not None:
            assert isinstance(notice, Notice)
            if notice.kind is NoticeKind.ENDED:
                ended_by = _ENDED_BY.get(notice.reason or EndReason.OTHER, EndedBy.UNKNOWN)
                _finish(call, scene, outcome=Outcome.ANSWERED, ended_by=ended_by)
                return
        ended_by = EndedBy.UNKNOWN
    except Leave:
        ended_by = EndedBy.CALLER
    except Lost as lost:
        ended_by = EndedBy.UNKNOWN
        call = replace(call, error=str(lost))
    yield from _hang_up(call, scene)
    _finish(call, scene, outcome=Outcome.ANSWERED, ended_by=ended_by)


def _hang_up(call: Call, scene: Scene) -> Journey:
    if call.provider_id is not None:
        yield from scene.adapter.hang_up(call.provider_id)


def _heard(call: Call, notice: Notice, scene: Scene, *, quietly: bool = False) -> Call:
    """Return *call* with what *notice* says of it, and tell it if it changes how it stands."""
    now_s = scene.clock.now_s()
    if notice.kind is NoticeKind.QUEUED:
        call = replace(
            call,
            queued_s=now_s if call.queued_s is None else call.queued_s,
            site=notice.site,
            site_queued_s=contact_wall(scene.clock, notice.queued_at),
        )
        scene.tell(_with_exchanges(call, scene))  # a gate has to see who waits still
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
        )
        if not quietly:
            scene.tell(_with_exchanges(call, scene))
        return call
    if notice.kind is NoticeKind.ENDED:  # while waiting, and not by us
        reason = notice.reason or EndReason.OTHER
        if reason in _NO_NEED_TO_WAIT:
            return _finish(call, scene, outcome=_NO_NEED_TO_WAIT[reason])
        return _finish(call, scene, outcome=Outcome.FAILED, error=f"cut off: {reason}")
    return call


def _finish(
    call: Call,
    scene: Scene,
    *,
    outcome: Outcome,
    ended_by: EndedBy | None = None,
    ended_s: float | None = None,
    error: str | None = None,
) -> Call:
    done = replace(
        call,
        outcome=outcome,
        ended_by=ended_by,
        ended_s=scene.clock.now_s() if ended_s is None else ended_s,
        error=error or call.error,
    )
    scene.tell(_with_exchanges(done, scene))
    return done


def _with_exchanges(call: Call, scene: Scene) -> Call:
    return replace(call, exchanges=tuple(scene.exchanges))
