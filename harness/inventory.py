"""The interface check: one call to every line that is handed over, before the first customer.

A line passes if its call reaches the queue that the scenario names and somebody answers.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from harness.adapter.driver import Driver
from harness.adapter.protocol import NewCall, Notice, NoticeKind
from harness.clock import RunClock, wall_now
from harness.errors import TargetError
from harness.model.event import LineCheck

CONSUMER = "lines"
ANSWER_WITHIN_S = 120.0
"""Centre seconds a line has to be answered in, but never less than ``_LEAST_WALL_S``."""
_LEAST_WALL_S = 5.0
_CALLER = "+447700900999"

_Mailboxes = Mapping[str, asyncio.Queue[Notice]]


async def check_lines(
    lines: Mapping[str, tuple[str, ...]], driver: Driver, clock: RunClock
) -> list[LineCheck]:
    """Return the check of every line, in the scenario's order. *lines* gives each queue's lines."""
    wanted = [(line, queue) for queue, numbers in lines.items() for line in numbers]
    mailboxes: dict[str, asyncio.Queue[Notice]] = {
        _reference(line): asyncio.Queue() for line, _ in wanted
    }
    async with _listening(driver, mailboxes):
        checks = (_check_line(line, queue, driver, clock, mailboxes) for line, queue in wanted)
        return list(await asyncio.gather(*checks))


@contextlib.asynccontextmanager
async def _listening(driver: Driver, mailboxes: _Mailboxes) -> AsyncIterator[None]:
    """Sort the notices of our own event stream into *mailboxes* for the length of the block."""
    stream = await driver.open_stream(CONSUMER)
    if stream.status != 200:
        stream.close()
        raise TargetError(f"the event stream answered {stream.status}")

    async def sort() -> None:
        async for line in stream.content:
            notice = driver.adapter.parse_notice(line)
            if notice is not None and notice.reference in mailboxes:
                mailboxes[notice.reference].put_nowait(notice)

    sorting = asyncio.create_task(sort())
    try:
        yield
    finally:
        sorting.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await sorting
        stream.close()


async def _check_line(
    line: str, queue: str, driver: Driver, clock: RunClock, mailboxes: _Mailboxes
) -> LineCheck:
    began = wall_now()
    placed = await driver.carry(
        driver.adapter.place_call(
            NewCall(
                reference=_reference(line),
                consumer=CONSUMER,
                line=line,
                caller=_CALLER,
                customer="interface-check",
                reason="interface check",
            )
        )
    )
    if placed.outcome is not None:
        note = f"{placed.outcome}: {placed.error}"
        return LineCheck(line, queue, None, None, ok=False, note=note)
    deadline_wall_s = max(ANSWER_WITHIN_S / clock.speed, _LEAST_WALL_S)
    answered = await _answer(mailboxes[_reference(line)], deadline_wall_s)
    waited_s = (wall_now() - began) * clock.speed
    if placed.provider_id is not None:
        await driver.carry(driver.adapter.hang_up(placed.provider_id))
    return _judged(line, queue, placed.queue, answered, waited_s)


def _judged(
    line: str, queue: str, reached: str | None, answered: Notice | None, waited_s: float
) -> LineCheck:
    if answered is None:
        return LineCheck(line, queue, reached, None, ok=False, note="nobody answered")
    reached = answered.queue or reached
    note = "" if reached == queue else f"reached {reached}, not {queue}"
    return LineCheck(line, queue, reached, waited_s, ok=reached == queue, note=note)


async def _answer(mailbox: asyncio.Queue[Notice], deadline_wall_s: float) -> Notice | None:
    """Return the notice that somebody answered; None if the call ended first or time ran out."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(deadline_wall_s):
            while True:
                notice = await mailbox.get()
                if notice.kind is NoticeKind.ANSWERED:
                    return notice
                if notice.kind is NoticeKind.ENDED:
                    return None
    return None


def _reference(line: str) -> str:
    return f"lines/{line}"
