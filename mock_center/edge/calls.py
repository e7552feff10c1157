"""The edge's book of calls: who called, which site has the call, how it went."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any

from mock_center import log
from mock_center.clock import wall_now
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import RefusedError, SiteLink, UnreachableError

_ENDED_KEPT = 50_000
_OWED_EVERY_S = 0.2


class TrunksBusyError(Exception):
    """Every channel of every site that is up is taken: the call is blocked."""


class NoSiteError(Exception):
    """No site can take the call."""


class CallState(StrEnum):
    """What the edge knows of a call. ``placing``: no site has confirmed that it has it.

    A call that a site turned away as closed, or that ended otherwise at once, is ``ended``.
    """

    PLACING = "placing"
    MENU = "menu"
    QUEUED = "queued"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True)
class Call:
    """One call; *site* is the one it was last given to."""

    id: str
    reference: str
    consumer: str
    line: str
    queue: str
    site: str = ""
    admission: int = 0
    state: CallState = CallState.PLACING
    hung_up: bool = False
    entered: CallState = CallState.QUEUED

    @property
    def ended(self) -> bool:
        """Whether the end of the call has been told."""
        return self.state is CallState.ENDED

    @property
    def over(self) -> bool:
        """Whether the call has ended for its caller; the event may still be under way."""
        return self.ended or self.hung_up

    def public(self) -> dict[str, object]:
        """Return what the API's clients see of the call."""
        state = CallState.ENDED if self.over else self.state
        return {
            "id": self.id,
            "reference": self.reference,
            "site": self.site,
            "queue": self.queue,
            "state": state.value,
        }


_ENVELOPE = {"seq", "type", "call", "queue"}
_REACHED = {
    "call.menu": CallState.MENU,
    "call.queued": CallState.QUEUED,
    "call.transferred": CallState.QUEUED,
    "call.answered": CallState.ANSWERED,
}


def _about(call: Call) -> dict[str, Any]:
    return {"reference": call.reference, "id": call.id, "site": call.site, "queue": call.queue}


class Calls:
    """Places calls, follows them, ends them.

    Args:
        fleet: the sites.
        order: which sites a call tries, in order, by its line and reference.
        publish: tells a consumer of an event.
        lost: called with a site's name for each call lost with it.
        timeout_s: wall seconds to wait for a site's answer.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        order: Callable[[str, str], list[str]],
        publish: Callable[[str, dict[str, Any]], None],
        lost: Callable[[str], None],
        timeout_s: float,
    ) -> None:
        self._fleet = fleet
        self._order = order
        self._publish = publish
        self._lost = lost
        self._timeout_s = timeout_s
        self._live: dict[str, Call] = {}
        self._ended: OrderedDict[str, Call] = OrderedDict()
        self._numbers = count(1)
        self._owed: asyncio.Queue[tuple[SiteLink, int, str]] = asyncio.Queue()

    async def run(self) -> None:
        """Deliver owed hang-ups until cancelled."""
        async with asyncio.TaskGroup() as debts:
            while True:
                debts.create_task(self._pay(*await self._owed.get()))

    def get(self, call: str) -> Call | None:
        """Return the call with that id; the oldest of the ended ones are forgotten."""
        return self._live.get(call) or self._ended.get(call)

    async def place(self, *, reference: str, consumer: str, line: str, queue: str) -> Call:
        """Give a new call to the first site that takes it.

        The call is on the book before a site is asked, so its answer may come before ours.

        Raises:
            TrunksBusyError: at least one site had no free channel, and no other took the call.
            NoSiteError: no site could be reached.
        """
        call = Call(f"c-{next(self._numbers)}", reference, consumer, line, queue)
        self._live[call.id] = call
        busy = False
        try:
            for name in self._order(line, reference):
                try:
                    if await self._try(call, self._fleet.links[name]):
                        return call
                except TrunksBusyError:
                    busy = True
        finally:
            if call.state is CallState.PLACING:
                self._live.pop(call.id, None)
        raise TrunksBusyError if busy else NoSiteError()

    async def _try(self, call: Call, link: SiteLink) -> bool:
        """Offer *call* to one site; return whether the call is in its hands (or was, and ended)."""
        call.site, call.admission = link.name, link.admission
        order = {"id": call.id, "queue": call.queue, "reference": call.reference}
        try:
            answer = await link.ask("POST", "/internal/calls", order, timeout_s=self._timeout_s)
        except RefusedError as refused:
            if refused.type == "trunks-busy":
                raise TrunksBusyError from refused
            return False
        except UnreachableError as unreachable:
            if call.state is not CallState.PLACING:
                return True  # an event says that the site took it, though its answer is lost
            if unreachable.delivered:
                # It may still take the call when it comes round: it must not serve it then.
                call.site = ""
                self._owed.put_nowait((link, call.admission, call.id))
            return False
        if call.state is CallState.PLACING:
            if not link.up or link.admission != call.admission:
                return False  # lost in the very moment of its answer
            call.state = CallState(answer["state"])
        call.entered = CallState(answer["state"])
        return True

    async def press(self, call: Call, digits: str) -> None:
        """The caller dials *digits*.

        Raises:
            RefusedError: the call is not at its site any more.
            UnreachableError: the site does not answer.
        """
        link = self._fleet.links[call.site]
        path = f"/internal/calls/{call.id}/press"
        await link.ask("POST", path, {"digits": digits}, timeout_s=self._timeout_s)

    async def hang_up(self, call: Call) -> None:
        """The caller hangs up. Returns once the site knows, or has been given up waiting for."""
        if call.over:
            return
        call.hung_up = True
        link, admission = self._fleet.links[call.site], call.admission
        try:
            path = f"/internal/calls/{call.id}/hangup"
            await link.ask("POST", path, timeout_s=self._timeout_s)
        except (UnreachableError, RefusedError) as error:
            log.warning("hangup_undelivered", site=link.name, error=error)
            if not call.ended:
                answered = call.state is CallState.ANSWERED
                self._end(call, "caller" if answered else "abandoned", wall_now())
                self._owed.put_nowait((link, admission, call.id))

    def take(self, site: str, event: Mapping[str, Any]) -> None:
        """Take in what a *site* says about a call. A site that lost the call has no say."""
        call = self._live.get(event["call"])
        if call is None or call.site != site:
            return
        call.queue = event["queue"]
        details = {name: value for name, value in event.items() if name not in _ENVELOPE}
        if event["type"] == "call.ended":
            self._end(call, details.pop("reason"), details.pop("ended_at"), details)
            return
        call.state = _REACHED.get(event["type"], call.state)
        self._publish(call.consumer, {"type": event["type"], **_about(call), **details})

    def lose(self, site: str) -> None:
        """End every call of a *site* that was given up. Calls it never confirmed go elsewhere."""
        gone = [
            call
            for call in self._live.values()
            if call.site == site and call.state is not CallState.PLACING
        ]
        for call in gone:
            self._end(call, "site-loss", wall_now())
            self._lost(site)
        log.info("calls_lost", site=site, calls=len(gone))

    def _end(
        self, call: Call, reason: str, ended_at: float, details: Mapping[str, Any] | None = None
    ) -> None:
        call.state = CallState.ENDED
        self._live.pop(call.id, None)
        self._ended[call.id] = call
        if len(self._ended) > _ENDED_KEPT:
            self._ended.popitem(last=False)
        self._publish(
            call.consumer,
            {
                "type": "call.ended",
                **_about(call),
                "reason": reason,
                "ended_at": ended_at,
                **(details or {}),
            },
        )

    async def _pay(self, link: SiteLink, admission: int, call: str) -> None:
        """Tell a site that was too slow that *call* is not its own; a lost one forgets anyway."""
        while link.joined.is_set() and link.admission == admission:
            try:
                path = f"/internal/calls/{call}/hangup"
                await link.ask("POST", path, timeout_s=self._timeout_s)
                return
            except UnreachableError:
                await asyncio.sleep(_OWED_EVERY_S)
            except RefusedError:
                return
