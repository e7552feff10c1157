"""The language in which a journey is written: a generator that yields what it waits for.

A journey yields either a ``Request`` (and is sent the ``Response``) or a ``Wait`` (and is sent the
next ``Notice`` about its contact, or None when the time is up). While it waits it is a record in a
table, woken by the event stream or by one timer, a sixth of what a parked greenlet takes.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from harness.adapter.protocol import Adapter, Notice, Request, Response, Steps
from harness.clock import RunClock
from harness.model.contact import Contact, Exchange
from harness.model.scenario import Scenario
from harness.traffic.follow_up import FollowUp


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for news of this contact, until the run reaches *until_s* (centre seconds)."""

    until_s: float


Journey = Generator[Request | Wait, Response | Notice | None, None]
"""What a customer does. Yields what it waits for, is sent what came."""


class Leave(Exception):
    """The run is over: finish politely. Thrown into a journey that still waits."""


class Lost(Exception):
    """The event stream lost what it knew of this contact: what became of it is unknown."""


@dataclass(slots=True)
class Scene:
    """Where a journey plays: the adapter, the clock, and what it may tell.

    ``tell`` writes the contact as it now stands to the log. ``exchanges`` is filled by the driver.
    ``reference`` is the name under which the target knows this contact. ``later`` takes what the
    customer does next on their own account: it is started when due, as a contact of its own.
    """

    adapter: Adapter
    clock: RunClock
    consumer: str
    reference: str
    tell: Callable[[Contact], None]
    scenario: Scenario
    later: Callable[[FollowUp], None]
    exchanges: tuple[Exchange, ...] = ()


def leaving(steps: Steps[None]) -> Steps[None]:
    """Carry *steps* as the last of somebody, who hangs up or logs out: a write is kept for them."""
    try:
        request = next(steps)
        while True:
            request = steps.send((yield replace(request, leaves=True)))
    except StopIteration:
        return


def contact_wall(clock: RunClock, stamp: float | None) -> float | None:
    """Return a provider's stamp (wall epoch seconds) as centre seconds of the run."""
    return None if stamp is None else clock.centre_s(stamp)
