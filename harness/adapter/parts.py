"""Which parts of an adapter a scenario needs, and which are missing. Pure."""

from collections.abc import Collection, Iterator

from harness.adapter.protocol import CallsHalf, Listening, Polling, TicketsHalf
from harness.model.contact import Stream
from harness.model.writers import Writers

_WRITES_AGAIN = {"comment_ticket", "reopen_ticket", "escalate_ticket"}


def missing_parts(
    adapter: object, streams: Collection[Stream], writers: Writers | None = None
) -> tuple[str, ...]:
    """Return the methods that *adapter* (a class, or one of it) lacks for *streams*, sorted.

    *writers* say what customers do about their tickets; None: everything they could.
    """
    return tuple(sorted(name for name in _needed(adapter, streams, writers)))


def _needed(adapter: object, streams: Collection[Stream], writers: Writers | None) -> Iterator[str]:
    wanted: set[str] = set()
    if Stream.CALLS in streams:
        wanted |= _methods(CallsHalf)
    if Stream.TICKETS in streams:
        wanted |= _methods(TicketsHalf) - _WRITES_AGAIN | _asked_again(writers)
    yield from (name for name in wanted if not hasattr(adapter, name))
    if not all(hasattr(adapter, each) for each in _methods(Polling)):
        listening = _methods(Listening)
        if not all(hasattr(adapter, each) for each in listening):
            yield "poll (or listen and parse_notice)"
    elif not hasattr(adapter, "poll_every_wall_s"):
        yield "poll_every_wall_s"


def _asked_again(writers: Writers | None) -> set[str]:
    """Return what customers need who do not leave it at one letter."""
    if writers is None:
        return _WRITES_AGAIN
    asked = set()
    if writers.replies or writers.reopens:
        asked.add("comment_ticket")
    if writers.reopens:
        asked.add("reopen_ticket")
    if writers.escalations:
        asked.add("escalate_ticket")
    return asked


def _methods(half: type) -> set[str]:
    return {name for name, value in vars(half).items() if name[0] != "_" and callable(value)}
