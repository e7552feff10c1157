"""The edge's book of callbacks: who was promised one, which site will make it, how it went.

A promise outlives its site: when a site is lost, its callbacks are given to another with their
place in the queue and their promise. Only if nobody takes one is it broken, and its customer told.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any

from mock_center.clock import wall_now
from mock_center.edge.calls import Call, Calls
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import RefusedError, SiteLink, UnreachableError
from mock_center.problems import ProblemError
from mock_center.site.telling import CALLBACK

_ENDED_KEPT = 50_000
_ENVELOPE = {"seq", "type", "callback", "queue"}


class CallbackState(StrEnum):
    """What the edge knows of a callback."""

    PROMISED = "promised"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(slots=True)
class Callback:
    """One callback; *promised_at* is the wall stamp until when it was promised.

    *site* is the one that it was last given to, *lost_site* the one that it lost until another has
    taken it. *cancelled*: its customer wants none; that its end be told may still be under way.
    """

    id: str
    reference: str
    consumer: str
    line: str
    queue: str
    site: str = ""
    lost_site: str = ""
    promised_at: float | None = None
    state: CallbackState = CallbackState.PROMISED
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        """Whether the end of the callback has been told."""
        return self.state is CallbackState.ENDED

    @property
    def settled(self) -> bool:
        """Whether a site has said that it will make it."""
        return self.promised_at is not None and not self.lost_site

    def public(self) -> dict[str, object]:
        """Return what the API's clients see of the callback."""
        return {
            "id": self.id,
            "reference": self.reference,
            "site": self.site or self.lost_site,
            "queue": self.queue,
            "promised_at": self.promised_at,
            "state": self.state.value,
        }


class Callbacks:
    """Promises callbacks, follows them, moves them when their site is lost.

    Args:
        fleet: the sites.
        calls: the book of calls, whose callers may choose a callback while they wait; it delivers
            owed hang-ups for callbacks too.
        order: which sites a callback tries, in order, by its line and reference.
        publish: tells a consumer of an event.
        lost: called with a site's name for each callback that was to be made there, and now by
            nobody.
        timeout_s: wall seconds to wait for a site's answer.
    """

    def __init__(
        self,
        fleet: Fleet,
        calls: Calls,
        *,
        order: Callable[[str, str], list[str]],
        publish: Callable[[str, dict[str, Any]], None],
        lost: Callable[[str], None],
        timeout_s: float,
    ) -> None:
        self._fleet = fleet
        self._calls = calls
        self._order = order
        self._publish = publish
        self._lost = lost
        self._timeout_s = timeout_s
        self._live: dict[str, Callback] = {}
        self._ended: OrderedDict[str, Callback] = OrderedDict()
        self._numbers = count(1)
        self._homeless: asyncio.Queue[Callback] = asyncio.Queue()

    async def run(self) -> None:
        """Find another site for the callbacks of lost ones, until cancelled."""
        while True:
            await self._move(await self._homeless.get())

    def get(self, callback: str) -> Callback | None:
        """Return the callback with that id; the oldest of the ended ones are forgotten."""
        return self._live.get(callback) or self._ended.get(callback)

    async def promise(
        self, *, reference: str, consumer: str, line: str, queue: str, call: Call | None
    ) -> Callback:
        """Promise a callback: instead of *call*, which waits, or out of nothing.

        Raises:
            ProblemError: 409 if that cannot be done now, 503 if no site could be reached.
        """
        new = Callback(f"{CALLBACK}{next(self._numbers)}", reference, consumer, line, queue)
        self._live[new.id] = new
        if call is None:
            names = self._order(line, reference)
        else:
            names = [call.site] if call.settled else []  # it may be between two sites
        try:
            for name in names:
                try:
                    await self._ask(new, self._fleet.links[name], call)
                    return new
                except UnreachableError:
                    continue
                except RefusedError as refused:
                    if refused.type in ("wrong-state", "closed"):
                        raise ProblemError(
                            409, refused.type, "No callback can be promised", refused.detail
                        ) from refused
        finally:
            if new.promised_at is None:
                self._live.pop(new.id, None)
        raise ProblemError(503, "no-site", "No site can make the callback")

    async def cancel(self, callback: Callback) -> None:
        """The customer needs no callback any more; one in talk is hung up."""
        if callback.ended:
            return
        callback.cancelled = True
        if not callback.settled:  # the site that takes it over will be told
            self._end(callback, "cancelled", wall_now(), {})
            return
        link = self._fleet.links[callback.site]
        admission = link.admission
        try:
            path = f"/internal/calls/{callback.id}/hangup"
            await link.ask("POST", path, timeout_s=self._timeout_s)
        except (UnreachableError, RefusedError):
            if not callback.ended:
                self._end(callback, "cancelled", wall_now(), {})
                self._calls.owe_hang_up(link, admission, callback.id)

    def take(self, site: str, event: Mapping[str, Any]) -> None:
        """Take in what a *site* says about a callback. A site that lost it has no say."""
        callback = self._live.get(event["callback"])
        if callback is None or callback.site != site:
            return
        callback.lost_site = ""
        details = {name: value for name, value in event.items() if name not in _ENVELOPE}
        callback.queue = event["queue"]
        if event["type"] == "callback.ended":
            self._end(callback, details.pop("reason"), details.pop("ended_at"), details)
            return
        if event["type"] == "callback.answered":
            callback.state = CallbackState.ANSWERED
        self._tell(callback, event["type"], details)

    def lose(self, site: str) -> None:
        """Move every callback of a *site* that was given up; those in talk end."""
        for callback in [each for each in self._live.values() if each.site == site]:
            talks = callback.state is CallbackState.ANSWERED
            if callback.cancelled:
                self._end(callback, "caller" if talks else "cancelled", wall_now(), {})
            elif talks:
                self._end(callback, "site-loss", wall_now(), {})
            elif callback.promised_at is not None:
                callback.site, callback.lost_site = "", site
                self._homeless.put_nowait(callback)

    async def _move(self, callback: Callback) -> None:
        for name in self._order(callback.line, callback.reference):
            if callback.ended or callback.site:
                return  # cancelled; or it lost a second site, and has found a third already
            try:
                await self._ask(callback, self._fleet.links[name], None)
                return
            except (UnreachableError, RefusedError):
                callback.site = ""
        if not callback.ended:
            self._end(callback, "site-loss", wall_now(), {})
            self._lost(callback.lost_site)

    async def _ask(self, callback: Callback, link: SiteLink, call: Call | None) -> None:
        """Ask a site to make *callback*.

        Raises:
            UnreachableError: it did not say that it will. In case it does it will be told not to.
            RefusedError: it will not.
        """
        admission = link.admission
        callback.site = link.name
        order = {
            "id": callback.id,
            "queue": callback.queue,
            "reference": callback.reference,
            "call": None if call is None else call.id,
            "promised_at": callback.promised_at,
        }
        try:
            answer = await link.ask("POST", "/internal/callbacks", order, timeout_s=self._timeout_s)
        except UnreachableError as unreachable:
            if callback.settled:
                return  # an event says that the site took it
            if unreachable.delivered:
                self._calls.owe_hang_up(link, admission, callback.id)
            raise
        if not link.up or link.admission != admission:
            raise UnreachableError(f"{link.name}: lost since", delivered=True)
        callback.promised_at, callback.lost_site = answer["promised_at"], ""
        if callback.ended:  # cancelled meanwhile
            self._calls.owe_hang_up(link, admission, callback.id)

    def _end(
        self, callback: Callback, reason: str, ended_at: float, details: Mapping[str, Any]
    ) -> None:
        callback.state = CallbackState.ENDED
        self._live.pop(callback.id, None)
        self._ended[callback.id] = callback
        if len(self._ended) > _ENDED_KEPT:
            self._ended.popitem(last=False)
        told = {"reason": reason, "ended_at": ended_at, **details}
        self._tell(callback, "callback.ended", told)

    def _tell(self, callback: Callback, kind: str, details: Mapping[str, Any]) -> None:
        about = {
            "reference": callback.reference,
            "id": callback.id,
            "site": callback.site or callback.lost_site,
            "queue": callback.queue,
        }
        self._publish(callback.consumer, {"type": kind, **about, **details})
