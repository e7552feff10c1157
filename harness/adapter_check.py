"""An adapter held to its contract, first without its target, then on it.

What is written there is one ticket and one call, made up as all customers are; both are taken away
again, or named.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.adapter.clauses import CALL, SECRET, TICKET, Clause, Kept, offline
from harness.adapter.driver import Driver
from harness.adapter.find import find_adapter
from harness.adapter.protocol import NewComment, Notice, Removing, Written
from harness.errors import TargetError
from harness.guarding import GROUND, Admission, Ground
from harness.model.contact import Stream, WriteOutcome
from harness.model.event import StoredTicket
from harness.model.staffing import TICKETS
from harness.model.target import Endpoints, SignIn, Target
from harness.target import mock, remote

_NEWS_WITHIN_WALL_S = 15.0
_LISTED_WITHIN_WALL_S = 5.0
_AGAIN_WALL_S = 0.5
_NO_SUCH = "999999999"


def without_target(adapter: str, target: Target) -> Iterator[Clause]:
    """Yield the clauses that need no target, for the adapter at the import path *adapter*.

    Raises:
        UsageError: there is no such class.
    """
    sign_in = SignIn() if target.remote is None else target.remote.login.sign_in
    nowhere = Endpoints(
        "http://127.0.0.1:1",
        {"north": "http://127.0.0.1:1"},
        client_id="contract",
        client_secret=SECRET,
        sign_in=sign_in,
    )
    yield from offline(find_adapter(adapter), nowhere, target.offers)


async def on_target(
    adapter: str, target: Target, *, ground: Ground = GROUND
) -> AsyncIterator[Clause]:
    """Yield the clauses that are tried on *target* itself: the mock is started for it.

    *ground* is what the guard stands on.

    Raises:
        HarnessError: the guard refused the target, or it is not there.
    """
    make = find_adapter(adapter)
    async with _up(target) as (found, line):
        admitted = await Admission(target, ground=ground).admit(found)
        endpoints = admitted.endpoints
        async with Driver(make(endpoints), endpoints, gate=admitted.wire(lines=[line])) as driver:
            trial = _Trial(driver, target.sites, f"contract-{secrets.token_hex(4)}")
            if Stream.TICKETS in target.offers:
                async for clause in trial.tickets():
                    yield clause
            if Stream.CALLS in target.offers:
                async for clause in trial.call(line):
                    yield clause


@asynccontextmanager
async def _up(target: Target) -> AsyncIterator[tuple[Endpoints, str]]:
    """Yield where *target* answers, and a line that reaches it; empty if none is known."""
    if target.remote is not None:
        numbers = [line for lines in target.remote.lines.values() for line in lines]
        async with remote.reached(target) as endpoints:
            yield endpoints, next(iter(numbers), "")
        return
    every = {queue: None for heads in target.staffing.values() for queue in heads}
    queues = [queue for queue in every if queue != TICKETS]
    with TemporaryDirectory() as folder:
        lines = {queue: (f"{CALL.line[:-2]}{n:02}",) for n, queue in enumerate(queues, 1)}
        up = mock.running(target, lines=lines, speed=1.0, seed="contract", logs=Path(folder))
        async with up as endpoints:
            yield endpoints, lines[queues[0]][0] if queues else ""


@dataclass(slots=True)
class _Trial:
    """One ticket and one call, taken through all that customers do with them."""

    driver: Driver
    sites: tuple[str, ...]
    run: str
    left: list[str] = field(default_factory=list)
    cut: str = ""
    """Why no more news can come, if they ended before their time."""

    async def tickets(self) -> AsyncIterator[Clause]:
        """Yield the clauses of tickets."""
        adapter, carry = self.driver.adapter, self.driver.carry
        ticket = replace(TICKET, reference=f"{self.run}/ticket", consumer=self.run)
        news: list[Notice] = []
        async with self._hearing(news):
            written = await carry(adapter.open_ticket(ticket))
            yield _said("a ticket is opened and acknowledged", _not_kept(written))
            name = written.provider_id
            if name is None:
                yield Clause("the rest of a ticket's life", Kept.UNTRIED, "none was opened")
                return
            for site in self.sites:
                found = await self._listed(site, ticket.reference)
                yield _said(f"it stands once in the store of {site}, under our key", _once(found))
            read = await carry(adapter.read_ticket(name))
            yield _said("it can be read, with a version", "" if read else "nothing came back")
            nobody = await carry(adapter.read_ticket(_NO_SUCH))
            yield _said("one that does not exist is not there", repr(nobody) if nobody else "")
            async for clause in self._changed(name, ticket.reference):
                yield clause
            async for clause in self._taken_away(name):
                yield clause
            heard = any(notice.reference == ticket.reference for notice in news)
            why = "" if heard else self.cut or f"no news of it came in {_NEWS_WITHIN_WALL_S:g} s"
            yield Clause("its news come under our key", Kept.HELD if heard else Kept.UNTRIED, why)

    async def _changed(self, name: str, reference: str) -> AsyncIterator[Clause]:
        adapter, carry = self.driver.adapter, self.driver.carry
        if not hasattr(adapter, "comment_ticket"):
            yield Clause("what the customer writes is kept", Kept.UNTRIED, "no comment_ticket")
            return
        before = await carry(adapter.read_ticket(name))
        counted = await self._listed(self.sites[0], reference)
        comment = NewComment(provider_id=name, key=f"{reference}/comment", text="For nobody.")
        written = await carry(adapter.comment_ticket(comment))
        after = await self._counted_up(reference, counted)
        if written.outcome is WriteOutcome.ACKNOWLEDGED and after is False:
            yield _said("what is acknowledged is kept", "a comment was acknowledged and not kept")
        elif after is None:
            why = "the listing does not count what customers write"
            yield Clause("what is acknowledged is kept", Kept.UNTRIED, why)
        else:
            yield _said("what is acknowledged is kept", _not_kept(written))
        if before is None or not hasattr(adapter, "escalate_ticket"):
            yield Clause("a change to an old version is refused", Kept.UNTRIED, "nothing to change")
            return
        stale = await carry(adapter.escalate_ticket(name, before.version))
        good = stale.outcome is WriteOutcome.REFUSED
        yield _said(
            "a change to an old version is refused, and said to be stale",
            "" if good and stale.stale else f"it came to {stale.outcome}, stale: {stale.stale}",
        )

    async def _counted_up(self, reference: str, before: list[StoredTicket] | None) -> bool | None:
        """Return whether the first store counts a comment more; None if it counts none at all."""
        if not before or before[0].comments is None:
            return None
        for _ in range(int(_LISTED_WITHIN_WALL_S / _AGAIN_WALL_S)):
            found = await self._listed(self.sites[0], reference)
            if found and (found[0].comments or 0) > before[0].comments:
                return True
            await asyncio.sleep(_AGAIN_WALL_S)
        return False

    async def _taken_away(self, name: str) -> AsyncIterator[Clause]:
        words = "what we left can be taken away (harness cleanup)"
        adapter = self.driver.adapter
        if not isinstance(adapter, Removing):
            self.left.append(name)
            yield Clause(words, Kept.UNTRIED, f"no remove_ticket: ticket {name} was left there")
            return
        await asyncio.sleep(_NEWS_WITHIN_WALL_S)
        written = await self.driver.carry(adapter.remove_ticket(name))
        yield _said(words, _not_kept(written))

    async def call(self, line: str) -> AsyncIterator[Clause]:
        """Yield the clauses of calls."""
        if not line:
            why = "the profile names no 'lines'"
            yield Clause("a call reaches a queue, and is hung up", Kept.UNTRIED, why)
            return
        adapter, carry = self.driver.adapter, self.driver.carry
        call = replace(CALL, reference=f"{self.run}/call", consumer=self.run, line=line)
        news: list[Notice] = []
        async with self._hearing(news):
            placed = await carry(adapter.place_call(call))
            refused = "" if placed.outcome is None else f"{placed.outcome}: {placed.error}"
            yield _said("a call is placed, and waits", refused)
            if placed.provider_id is None:
                return
            await carry(adapter.hang_up(placed.provider_id))
            await self._until(lambda: any(each.kind == "ended" for each in news))
            kinds = ", ".join(notice.kind for notice in news if notice.reference == call.reference)
            ended = any(n.kind == "ended" and n.reference == call.reference for n in news)
            why = "" if ended else "; ".join(filter(None, (kinds or "none", self.cut)))
            yield _said("its news come under our key, its end among them", why)

    async def _until(self, there: Callable[[], bool]) -> None:
        for _ in range(int(_NEWS_WITHIN_WALL_S / _AGAIN_WALL_S)):
            if there():
                return
            await asyncio.sleep(_AGAIN_WALL_S)

    async def _listed(self, site: str, reference: str) -> list[StoredTicket] | None:
        """Return what *site* holds under *reference*, once it holds something; None: unread."""
        found: list[StoredTicket] | None = None
        for _ in range(int(_LISTED_WITHIN_WALL_S / _AGAIN_WALL_S)):
            every = await self.driver.carry(self.driver.adapter.read_tickets(site))
            if every is not None:
                found = [each for each in every if each.reference == reference]
                if found:
                    break
            await asyncio.sleep(_AGAIN_WALL_S)
        return found

    @asynccontextmanager
    async def _hearing(self, news: list[Notice]) -> AsyncIterator[None]:
        """Put all news into *news* for the length of the block, or until they are cut."""
        self.cut = ""

        async def hear(coming: AsyncIterator[Notice]) -> None:
            try:
                async for notice in coming:
                    news.append(notice)  # noqa: PERF401  others read it while it grows
            except TargetError as error:
                self.cut = str(error)

        async with self.driver.hearing(self.run) as coming, asyncio.TaskGroup() as group:
            hearing = group.create_task(hear(coming))
            yield
            hearing.cancel()


def _not_kept(written: Written) -> str:
    good = written.outcome is WriteOutcome.ACKNOWLEDGED
    return "" if good else f"it came to {written.outcome}: {written.error}"


def _once(found: list[StoredTicket] | None) -> str:
    if found is None:
        return "the store could not be read"
    return "" if len(found) == 1 else f"it stands there {len(found)} times"


def _said(name: str, why: str) -> Clause:
    return Clause(name, Kept.BROKEN if why else Kept.HELD, why)
