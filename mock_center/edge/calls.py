"""The edge's book of calls: who called, which site has the call, how it went.

The caller's line ends at the edge, so a call can outlive its site: if the centre is told to, the
edge offers the calls of a lost site to the others, with the wait they have behind them. Who was in
talk there waits anew, as after a transfer, and keeps the place in the queue that they had.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import partial
from itertools import count
from typing import Any

from mock_center import log
from mock_center.clock import wall_now
from mock_center.config.centre import OnSiteLoss
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import RefusedError, SiteLink, UnreachableError

_ENDED_KEPT = 50_000
_OWED_EVERY_S = 0.2
# So many calls of a lost site are offered at a time: more at once would only time out.
_MOVES_AT_ONCE = 16
_BETWEEN_US = {"seq", "type", "call"}
"""What a site's event says to the edge alone."""


class TrunksBusyError(Exception):
    """Every channel of every site that is up is taken: the call is blocked."""


class NoSiteError(Exception):
    """No site can take the call."""


class _Said(Enum):
    """What a site said when it was asked to take a call; refused, too, if it was never reached."""

    TAKEN = auto()
    BUSY = auto()
    REFUSED = auto()
    NOTHING = auto()


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
    """One call; *site* is the one it was last given to.

    *settled*: that site has confirmed that it has it. *waits_since* is the wall stamp from which
    its wait counts, None while it is in a menu; *ranks_since* the one that it is served by instead,
    if it lost a site in talk. *moves* is how often it lost its site, *lost_site* the last one until
    another has taken the call.
    """

    id: str
    reference: str
    consumer: str
    line: str
    queue: str
    waits_since: float | None = None
    ranks_since: float | None = None
    site: str = ""
    admission: int = 0
    state: CallState = CallState.PLACING
    settled: bool = False
    moves: int = 0
    lost_site: str | None = None
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
            "site": self.site or self.lost_site or "",
            "queue": self.queue,
            "state": state.value,
        }


_REACHED = {
    "call.menu": CallState.MENU,
    "call.queued": CallState.QUEUED,
    "call.transferred": CallState.QUEUED,
    "call.answered": CallState.ANSWERED,
}
_HUNG_UP = {CallState.MENU: "left-menu", CallState.ANSWERED: "caller"}


class Calls:
    """Places calls, follows them, ends them.

    Args:
        fleet: the sites.
        order: which sites a call tries, in order, by its line and reference.
        publish: tells a consumer of an event.
        lost: called with a site's name for each call lost with it.
        requeued: called with a site's name for each of its calls that another site took over.
        timeout_s: wall seconds to wait for a site's answer.
        on_site_loss: what becomes of the calls of a site that is given up.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        order: Callable[[str, str], list[str]],
        publish: Callable[[str, dict[str, Any]], None],
        lost: Callable[[str], None],
        requeued: Callable[[str], None],
        timeout_s: float,
        on_site_loss: OnSiteLoss,
    ) -> None:
        self._fleet = fleet
        self._order = order
        self._publish = publish
        self._lost = lost
        self._requeued = requeued
        self._timeout_s = timeout_s
        self._on_site_loss = on_site_loss
        self._live: dict[str, Call] = {}
        self._ended: OrderedDict[str, Call] = OrderedDict()
        self._numbers = count(1)
        self._errands: asyncio.Queue[Callable[[], Coroutine[Any, Any, None]]] = asyncio.Queue()
        self._moving = asyncio.Semaphore(_MOVES_AT_ONCE)

    async def run(self) -> None:
        """Deliver owed hang-ups, and find sites for calls that lost theirs, until cancelled."""
        async with asyncio.TaskGroup() as errands:
            while True:
                errand = await self._errands.get()
                errands.create_task(errand())

    def at(self, site: str) -> int:
        """Return how many calls *site* has, or is being asked to take."""
        return sum(call.site == site for call in self._live.values())

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
        number = f"c-{next(self._numbers)}"
        call = Call(number, reference, consumer, line, queue, waits_since=wall_now())
        self._live[call.id] = call
        try:
            busy = await self._offer(call)
        finally:
            if not call.settled and not call.moves:
                self._live.pop(call.id, None)
        if busy is not None:
            raise TrunksBusyError if busy else NoSiteError()
        return call

    async def _offer(self, call: Call) -> bool | None:
        """Offer *call* to one site after the other; return None once it needs no more offers.

        Otherwise return whether at least one site had no free channel.
        """
        busy = False
        for name in self._order(call.line, call.reference):
            if not self._fleet.takes_calls(name):
                continue  # it was lost, or is being drained, since we began
            try:
                if await self._try(call, self._fleet.links[name]):
                    return None
            except TrunksBusyError:
                busy = True
        return busy

    async def _try(self, call: Call, link: SiteLink) -> bool:
        """Offer *call* to one site; return whether it needs no more offers from us.

        It needs none if the site has it, or if it has ended; nor if the site had it and was lost
        meanwhile, for then it is being placed again already.
        """
        moves, admission = call.moves, link.admission
        call.site, call.admission = link.name, admission
        said, entered = await self._ask(call, link)
        if said is _Said.TAKEN:
            call.entered = entered
        if call.settled or call.moves != moves:
            return True  # an event says that the site took it, even if its answer is lost
        taken = said is _Said.TAKEN and link.up and link.admission == admission
        if taken and not call.ended:
            self._settle(call)
            call.state = entered
            return True
        if said in (_Said.TAKEN, _Said.NOTHING):
            # The caller has hung up meanwhile, or the site may still take the call when it comes
            # round: it must not serve it then.
            self.owe_hang_up(link, admission, call.id)
        if call.ended:
            return True
        call.site = ""
        if said is _Said.BUSY:
            raise TrunksBusyError
        return False

    async def _ask(self, call: Call, link: SiteLink) -> tuple[_Said, CallState]:
        """Ask a site to take *call*, with the wait behind it if it has lost another.

        Return what the site said, and what the call is there.
        """
        order: dict[str, object] = {
            "id": call.id,
            "queue": call.queue,
            "reference": call.reference,
        }
        if call.moves:
            order["queued_at"] = call.waits_since
            order["ranked_at"] = call.ranks_since
        try:
            answer = await link.ask("POST", "/internal/calls", order, timeout_s=self._timeout_s)
        except RefusedError as refused:
            said = _Said.BUSY if refused.type == "trunks-busy" else _Said.REFUSED
        except UnreachableError as unreachable:
            said = _Said.NOTHING if unreachable.delivered else _Said.REFUSED
        else:
            return _Said.TAKEN, CallState(answer["state"])
        return said, call.state

    def _settle(self, call: Call) -> None:
        """Note that its site has *call*; if it has moved, tell where it went."""
        if call.settled:
            return
        call.settled = True
        if call.lost_site is None:
            return
        told: dict[str, object] = {"from": call.lost_site, "site": call.site, "queue": call.queue}
        if call.waits_since is not None:
            told |= {"queued_at": call.waits_since}
        self._tell(call, "call.requeued", told)
        self._requeued(call.lost_site)
        call.lost_site = None

    async def press(self, call: Call, digits: str) -> None:
        """The caller dials *digits*.

        Raises:
            RefusedError: the call is not at its site any more.
            UnreachableError: the site does not answer, or the call is between two sites.
        """
        if not call.settled:
            raise UnreachableError(f"{call.id} has no site", delivered=False)
        link = self._fleet.links[call.site]
        path = f"/internal/calls/{call.id}/press"
        await link.ask("POST", path, {"digits": digits}, timeout_s=self._timeout_s)

    async def hang_up(self, call: Call) -> None:
        """The caller hangs up. Returns once the site knows, or has been given up waiting for."""
        if call.over:
            return
        call.hung_up = True
        if not call.settled:  # between two sites: the one that takes it over will be told
            self._end_as_hung_up(call)
            return
        link, admission = self._fleet.links[call.site], call.admission
        try:
            path = f"/internal/calls/{call.id}/hangup"
            await link.ask("POST", path, timeout_s=self._timeout_s)
        except (UnreachableError, RefusedError) as error:
            log.warning("hangup_undelivered", site=link.name, error=error)
            if not call.ended:
                self._end_as_hung_up(call)
                self.owe_hang_up(link, admission, call.id)

    def take(self, site: str, event: Mapping[str, Any]) -> None:
        """Take in what a *site* says about a call. A site that lost the call has no say."""
        call = self._live.get(event["call"])
        if call is None or call.site != site:
            return
        self._settle(call)
        kind = event["type"]
        told = {name: value for name, value in event.items() if name not in _BETWEEN_US}
        call.queue = told["queue"]
        if kind == "call.ended":
            self._end(call, told)
            return
        call.state = _REACHED.get(kind, call.state)
        if kind in ("call.menu", "call.queued"):
            call.waits_since = told.get("queued_at")
        elif kind == "call.transferred":
            call.ranks_since = None
        self._tell(call, kind, {"site": site, **told})

    def lose(self, site: str) -> None:
        """Let go of every call of a *site* that was given up: it ends, or goes to another site.

        Calls that the site never confirmed are left to whoever is placing them.
        """
        gone = [call for call in self._live.values() if call.site == site and call.settled]
        part = self._move if self._on_site_loss is OnSiteLoss.REQUEUE else self._lose
        # Who has waited longest is placed first, for there may not be room for all.
        for call in sorted(gone, key=_turn):
            if call.hung_up:  # the site has not told it any more
                self._end_as_hung_up(call)
            else:
                part(call, site)
        log.info("calls_lost", site=site, calls=len(gone), then=self._on_site_loss.value)

    def _lose(self, call: Call, site: str) -> None:
        self._end(call, {"reason": "site-loss", "ended_at": wall_now()})
        self._lost(site)

    def _move(self, call: Call, site: str) -> None:
        """See to it that *call* finds another site than *site*."""
        call.moves += 1
        call.lost_site = site
        call.site = ""
        call.settled = False
        if call.state is CallState.ANSWERED:  # to have talked is not to have waited
            call.ranks_since, call.waits_since = _turn(call), wall_now()
        if call.state is not CallState.MENU:
            call.state = CallState.QUEUED
        self._errands.put_nowait(partial(self._place_again, call, site))

    async def _place_again(self, call: Call, site: str) -> None:
        async with self._moving:
            if not call.ended and await self._offer(call) is not None and not call.ended:
                self._lose(call, site)

    def _end_as_hung_up(self, call: Call) -> None:
        """End *call* by its caller's wish, though its site does not say so (any more)."""
        reason = _HUNG_UP.get(call.state, "abandoned")
        self._end(call, {"reason": reason, "ended_at": wall_now()})

    def _end(self, call: Call, told: Mapping[str, Any]) -> None:
        call.state = CallState.ENDED
        self._live.pop(call.id, None)
        self._ended[call.id] = call
        if len(self._ended) > _ENDED_KEPT:
            self._ended.popitem(last=False)
        where = {"site": call.site or call.lost_site, "queue": call.queue}
        self._tell(call, "call.ended", {**where, **told})

    def _tell(self, call: Call, kind: str, told: Mapping[str, Any]) -> None:
        about = {"type": kind, "reference": call.reference, "id": call.id}
        self._publish(call.consumer, {**about, **told})

    def owe_hang_up(self, link: SiteLink, admission: int, contact: str) -> None:
        """Have the site told, as soon as it can be, that a call or callback is not its own."""
        self._errands.put_nowait(partial(self._pay, link, admission, contact))

    async def _pay(self, link: SiteLink, admission: int, contact: str) -> None:
        """Tell a slow site that *contact* is not its own; one that was lost forgets anyway."""
        while link.joined.is_set() and link.admission == admission:
            try:
                path = f"/internal/calls/{contact}/hangup"
                await link.ask("POST", path, timeout_s=self._timeout_s)
                return
            except UnreachableError:
                await asyncio.sleep(_OWED_EVERY_S)
            except RefusedError:
                return


def _turn(call: Call) -> float:
    """Return the wall stamp by which *call* is served; the lowest is first."""
    since = call.waits_since if call.ranks_since is None else call.ranks_since
    return math.inf if since is None else since
