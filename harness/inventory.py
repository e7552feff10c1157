"""The interface check: one call to every line that is handed over, before the first customer.

A line passes if its call reaches the queue that the scenario names and somebody answers.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256

from harness.adapter.driver import Driver
from harness.adapter.protocol import NewCall, Notice, NoticeKind
from harness.clock import RunClock, wall_now
from harness.errors import TargetError
from harness.model.event import LineCheck

ANSWER_WITHIN_S = 120.0
"""Centre seconds a line has to be answered in, but never less than ``_LEAST_WALL_S``."""
AT_ONCE = 5
"""Lines called at the same time: the check must not be a load of its own."""
_LEAST_WALL_S = 5.0
_LONGEST_CONSUMER = 64
_CALLER = "+447700900999"
_A_PERSON = "0"


async def check_lines(
    lines: Mapping[str, tuple[str, ...]],
    driver: Driver,
    clock: RunClock,
    *,
    prefix: str,
    phase: str,
) -> AsyncIterator[LineCheck]:
    """Yield the check of every line, in the scenario's order. *lines* gives each queue's lines.

    *prefix* goes before the references of our calls. They are those of one *phase*: when a run goes
    on, its lines are called under another name, or the target would tell what it told the first.

    Raises:
        TargetError: the target's event stream did not open.
    """
    wanted = [(line, queue) for queue, numbers in lines.items() for line in numbers]
    if not wanted:
        return
    consumer = consumer_of(prefix, phase)
    async with _listening(driver, consumer) as post:
        probe = _Probe(driver, clock, post, f"{prefix}lines/{phase}/", consumer)
        for begin in range(0, len(wanted), AT_ONCE):
            some = wanted[begin : begin + AT_ONCE]
            async with asyncio.TaskGroup() as group:
                checks = [group.create_task(probe.check(line, queue)) for line, queue in some]
            for check in checks:
                yield check.result()


def consumer_of(prefix: str, probes: str) -> str:
    """Return the name under which *probes* of a run, those of a phase or others, hear of contacts.

    The reference API takes 64 characters, whatever run and phase are called.
    """
    told_apart = sha256(f"{prefix}{probes}".encode()).hexdigest()[:5]
    return prefix.replace("/", "-")[: _LONGEST_CONSUMER - len(told_apart)] + told_apart


class _PostOffice:
    """Sorts the notices of one event stream by what they are about."""

    def __init__(self) -> None:
        self._boxes: dict[str, asyncio.Queue[Notice]] = {}

    def box(self, reference: str) -> asyncio.Queue[Notice]:
        """Return where the notices about *reference* arrive."""
        return self._boxes.setdefault(reference, asyncio.Queue())


@asynccontextmanager
async def _listening(driver: Driver, consumer: str) -> AsyncIterator[_PostOffice]:
    """Sort the notices of our own event stream for the length of the block."""
    post = _PostOffice()

    async def sort(news: AsyncIterator[Notice]) -> None:
        async for notice in news:
            post.box(notice.reference).put_nowait(notice)
        raise TargetError("the target's event stream ended during the interface check")

    async with driver.hearing(consumer) as news, asyncio.TaskGroup() as group:
        sorting = group.create_task(sort(news))
        yield post
        sorting.cancel()


@dataclass(frozen=True, slots=True)
class _Probe:
    """Calls lines and waits for somebody to answer."""

    driver: Driver
    clock: RunClock
    post: _PostOffice
    prefix: str
    consumer: str

    async def check(self, line: str, queue: str) -> LineCheck:
        """Return the check of *line*, which should reach *queue*."""
        began = wall_now()
        reference = f"{self.prefix}{line}"
        placed = await self.driver.carry(
            self.driver.adapter.place_call(
                NewCall(
                    reference=reference,
                    consumer=self.consumer,
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
        try:
            answered = await self._answer(reference, placed.provider_id)
        finally:
            if placed.provider_id is not None:
                await self.driver.carry(self.driver.adapter.hang_up(placed.provider_id))
        waited_s = (wall_now() - began) * self.clock.speed
        return _judged(line, queue, placed.queue, answered, waited_s)

    async def _answer(self, reference: str, provider_id: str | None) -> Notice | None:
        """Return the notice that somebody answered; None if the call ended or time ran out.

        A voice menu is asked for a person: it would otherwise serve some of our calls itself.
        """
        box = self.post.box(reference)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(ANSWER_WITHIN_S / self.clock.speed, _LEAST_WALL_S)):
                while (notice := await box.get()).kind is not NoticeKind.ENDED:
                    if notice.kind is NoticeKind.MENU and provider_id is not None:
                        await self.driver.carry(self.driver.adapter.press(provider_id, _A_PERSON))
                    if notice.kind is NoticeKind.ANSWERED:
                        return notice
        return None


def _judged(
    line: str, queue: str, reached: str | None, answered: Notice | None, waited_s: float
) -> LineCheck:
    if answered is None:
        return LineCheck(line, queue, reached, None, ok=False, note="nobody answered")
    reached = answered.queue or reached
    note = "" if reached == queue else f"reached {reached}, not {queue}"
    return LineCheck(line, queue, reached, waited_s, ok=reached == queue, note=note)
