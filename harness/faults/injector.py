"""Holds a fault for the length of a block: injected, proven, healed, and proven healed.

However the block ends, the fault is healed. If we die, the target heals it at the end of its lease,
or the guardian at once. Faults that are cancelled together are healed in the reverse order of their
injection: what was broken on top of something else is mended first.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace

from harness.clock import RunClock
from harness.errors import HarnessError, NotInjected
from harness.faults.contract import FaultKind, Means, Way
from harness.faults.probe import Probe
from harness.faults.timeline import FaultWindow
from harness.model.event import FaultRun
from harness.model.scenario import FaultPlan
from harness.shielding import to_the_end

PROOF_DEADLINE_WALL_S = 10.0
HEAL_DEADLINE_WALL_S = 30.0
WHOLE_DEADLINE_WALL_S = 2.0
_LOOK_EVERY_WALL_S = 0.05

Look = Callable[[], Awaitable[str | None]]
Watch = Callable[[FaultRun], AbstractAsyncContextManager[None]]


def _by_nobody(_: FaultRun) -> AbstractAsyncContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Injector:
    """Injects faults into one target. ``tell`` hears of every change to a fault's record."""

    kinds: Mapping[str, FaultKind]
    means: Means
    probe: Probe
    clock: RunClock
    tell: Callable[[FaultRun], None]
    _open: list[asyncio.Event] = field(default_factory=list)
    """One for each fault that is open, in the order of injection; set once its heal was ordered."""

    @asynccontextmanager
    async def injected(
        self, window: FaultWindow, *, phase: str, watched: Watch = _by_nobody
    ) -> AsyncIterator[FaultRun]:
        """Hold the fault of *window* for the block; yields its record once it is proven, or not.

        It is *watched* from its injection on, while it is still being proven, until it is healed.

        A proof that does not come in time, or a site that was not whole before, leaves ``proven_s``
        None: the block runs all the same, and the verdict will not count it. So does a fault that
        could not be injected. In time is ten wall seconds, and while the fault is to last as much
        longer as its kind says that its looks take.
        """
        plan, kind = window.plan, self.kinds[window.plan.kind]
        way = kind.way(self.means)
        whole = await self._whole(kind, plan)  # else "it is broken" would prove nothing
        fault = FaultRun(
            plan.kind,
            plan.site,
            phase,
            window.lease_wall_s,
            plan.runbook,
            self.clock.now_s(),
            place=plan.place,
            asked=plan.asked,
        )
        mended = asyncio.Event()
        self._open.append(mended)
        later: list[asyncio.Event] = []
        try:
            # Inside the try: an order that timed out may still have been carried out.
            fault = await self._injected(way, window, fault)
            async with watched(fault):
                if whole is not None and fault.injected_s is not None:
                    fault = self._told(await self._proven(kind, window, fault))
                yield fault
        except asyncio.CancelledError:
            later = self._open[self._open.index(mended) + 1 :]
            raise
        finally:
            await to_the_end(self._heal(kind, way, plan, fault, later, mended))

    async def _whole(self, kind: FaultKind, plan: FaultPlan) -> str | None:
        """Return what shows that all is whole: a look or two may be unlucky, none is cut short."""
        until = time.monotonic() + WHOLE_DEADLINE_WALL_S
        while (whole := await kind.heal_proof(plan, self.probe)) is None:
            if time.monotonic() >= until:
                return None
            await asyncio.sleep(_LOOK_EVERY_WALL_S)
        return whole

    async def _injected(self, way: Way, window: FaultWindow, fault: FaultRun) -> FaultRun:
        try:
            await way.inject(window.plan, lease_wall_s=window.lease_wall_s)
        except NotInjected as error:
            return self._told(replace(fault, proof=f"not injected: {error}"))
        return self._told(replace(fault, injected_s=self.clock.now_s()))

    async def _proven(self, kind: FaultKind, window: FaultWindow, fault: FaultRun) -> FaultRun:
        plan = window.plan
        looks_wall_s = getattr(kind, "looks_wall_s", lambda _: 0.0)(plan)
        left_wall_s = (window.end_s - self.clock.now_s()) / self.clock.speed
        deadline_wall_s = max(
            PROOF_DEADLINE_WALL_S, min(PROOF_DEADLINE_WALL_S + looks_wall_s, left_wall_s)
        )
        proof = await self._seen(lambda: kind.proof(plan, self.probe), deadline_wall_s)
        if proof is None:
            return fault
        return replace(fault, proven_s=self.clock.now_s(), proof=proof)

    async def _heal(
        self,
        kind: FaultKind,
        way: Way,
        plan: FaultPlan,
        fault: FaultRun,
        later: Sequence[asyncio.Event],
        mended: asyncio.Event,
    ) -> None:
        """Heal *fault*, after all that were injected *later* and are cancelled with it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAL_DEADLINE_WALL_S):
                for each in later:
                    await each.wait()
        fault = replace(fault, healed_from_s=self.clock.now_s())
        try:
            await way.heal(plan)
            fault = replace(fault, healed_s=self.clock.now_s())
        except HarnessError as error:
            fault = replace(fault, heal_proof=f"the order to heal failed: {error}")
        finally:
            mended.set()
            self._open.remove(mended)
        proof = await self._seen(lambda: kind.heal_proof(plan, self.probe), HEAL_DEADLINE_WALL_S)
        if proof is not None:
            fault = replace(fault, heal_proven_s=self.clock.now_s(), heal_proof=proof)
        self._told(fault)

    async def _seen(self, look: Look, deadline_wall_s: float) -> str | None:
        """Return what *look* saw first; None if it saw nothing before the deadline."""
        try:
            async with asyncio.timeout(deadline_wall_s):
                while (proof := await look()) is None:  # noqa: ASYNC110  nobody tells us, we look
                    await asyncio.sleep(_LOOK_EVERY_WALL_S)
                return proof
        except TimeoutError:
            return None

    def _told(self, fault: FaultRun) -> FaultRun:
        self.tell(fault)
        return fault
