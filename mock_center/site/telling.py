"""What a site tells the edge of each thing that happens on the call floor. Pure.

Events about callbacks and about agents from outside are told apart from those about calls by the
first part of their type; stamps are wall epoch seconds.
"""

from collections.abc import Callable

from mock_center.acd.events import (
    Answered,
    Ended,
    Event,
    InMenu,
    Overflowed,
    Queued,
    Reason,
    Transferred,
    Tried,
)

CALLBACK = "b-"
"""How the id of a callback begins; the edge gives these ids."""

Told = dict[str, object]


def told(event: Event, stamp: Callable[[float], float]) -> Told | None:  # noqa: PLR0911 - a table
    """Return the event for the edge; None if it concerns nobody outside this site."""
    match event:
        case Queued():
            at = {"queued_at": stamp(event.queued_s), "leg": event.leg}
            return {**_about(event.call, event.queue, "queued"), **at}
        case Answered():
            told = _about(event.call, event.queue, "answered")
            told["queued_at"] = stamp(event.queued_s)
            told["answered_at"] = stamp(event.at_s)
            if event.kept is None:
                told["leg"] = event.leg
            else:
                told["kept"] = event.kept
            return told
        case Ended():
            return _ended(event, stamp)
        case InMenu():
            return {**_about(event.call, event.queue, "menu"), "at": stamp(event.at_s)}
        case Transferred():
            about = _about(event.call, event.to, "transferred")
            return {**about, "from": event.queue, "at": stamp(event.at_s)}
        case Overflowed():
            about = _about(event.call, event.to, "overflowed")
            return {**about, "from": event.queue, "at": stamp(event.at_s)}
        case Tried():
            about = _about(event.call, event.queue, "tried")
            return {**about, "attempt": event.attempt, "at": stamp(event.at_s)}
        case _:
            return None


def _about(contact: str, queue: str, what: str) -> Told:
    kind = "callback" if contact.startswith(CALLBACK) else "call"
    return {"type": f"{kind}.{what}", kind: contact, "queue": queue}


def _ended(event: Ended, stamp: Callable[[float], float]) -> Told:
    told = _about(event.call, event.queue, "ended")
    told["reason"] = event.reason.value
    told["ended_at"] = stamp(event.at_s)
    if event.answered_s is not None:
        told["talk_s"] = round(event.talk_s, 3)
        told["hold_s"] = round(event.hold_s, 3)
        told["leg"] = event.leg
    if event.resolved is not None and event.reason is Reason.AGENT:
        told["resolved"] = event.resolved
    return told
