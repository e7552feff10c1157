"""The way into a target that we did not start: a guardian holds the undo before it is broken."""

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.children import PYTHON, Child, child_environment
from harness.clock import wall_now
from harness.errors import NotInjected, TargetError
from harness.faults import leases
from harness.faults.leases import Lease
from harness.faults.steps import FAULT_ID, LEASE_S, Step, do_all
from harness.model.scenario import FaultPlan
from harness.shielding import to_the_end

ANSWER_WALL_S = 10.0
"""In which a guardian must have taken a lease."""
HEAL_WALL_S = 300.0
"""In which it must have undone a fault, tries and pauses included."""


class Guardianship:
    """Has a guardian hold leases of the run in *folder*. Use it as an async block.

    The guardian is started with the first lease: a run that needs none has none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Child | None = None
        self._asking = asyncio.Lock()
        self._count = 0
        self._gone = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            await to_the_end(self._dismissed(self._child))

    async def hold(
        self,
        plan: FaultPlan,
        undo: Sequence[Step],
        *,
        lease_wall_s: float,
        inject_wall_s: float = 0.0,
        by_hand: str = "",
    ) -> tuple[Path, dict[str, str]]:
        """Keep how *plan* is undone, on the disk and with the guardian.

        The lease begins when it is broken at the latest, *inject_wall_s* from now.
        Returns the lease's path and what ``${FAULT_ID}`` and ``${LEASE_S}`` stand for.

        Raises:
            TargetError: the guardian did not take it; nothing must be broken then.
        """
        self._count += 1
        number = self._count
        values = {
            FAULT_ID: f"{self._folder.name}-{number}",
            LEASE_S: str(math.ceil(lease_wall_s)),
        }
        injecting_until = wall_now() + inject_wall_s
        lease = Lease(
            fault_id=values[FAULT_ID],
            title=plan.title,
            until=injecting_until + lease_wall_s,
            undo=tuple(step.filled(values) for step in undo),
            by_hand=by_hand,
            injecting_until=injecting_until,
        )
        try:
            path = leases.write(self._folder, number, plan.kind, lease)
        except OSError as error:
            raise TargetError(f"no lease could be kept, so nothing is broken: {error}") from None
        try:
            # To the end, or its answer would be taken for that of the next order.
            await to_the_end(self._ask({"hold": str(path)}, within_wall_s=ANSWER_WALL_S))
        except (TargetError, asyncio.CancelledError):
            self.injected(path)  # no step was begun: there is none to wait for
            leases.close(path)  # nothing was broken, and nothing will be
            raise
        return path, values

    def injected(self, path: Path) -> None:
        """Say that nothing of ours is at work any more that breaks what the lease undoes.

        A lease at *path* that was closed before that is open again. Waits for nobody: it stands in
        the bracket of the recovery time.
        """
        leases.reopen(path)
        if self._child is not None and self._child.stdin is not None and not self._gone:
            self._child.stdin.write(json.dumps({"injected": str(path)}).encode() + b"\n")

    async def heal(self, path: Path) -> None:
        """Have the fault of the lease at *path* undone.

        Raises:
            TargetError: it could not be.
        """
        if not leases.is_open(path):
            return
        try:
            await self._ask({"heal": str(path)}, within_wall_s=HEAL_WALL_S)
        except _Gone:
            await do_all(leases.read(path).undo)
            leases.close(path)

    async def _ask(self, order: dict[str, str], *, within_wall_s: float) -> None:
        # One at a time: an answer says nothing of which order it belongs to.
        async with self._asking:
            if self._gone:
                raise _Gone("the guardian does not answer")
            child = await self._guardian()
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                async with asyncio.timeout(within_wall_s):
                    child.stdin.write(json.dumps(order).encode() + b"\n")
                    await child.stdin.drain()
                    line = await child.stdout.readline()
            except (TimeoutError, OSError):
                self._gone = True
                raise _Gone("the guardian does not answer") from None
            if not line:
                raise _Gone("the guardian has ended")
            if why := json.loads(line)["why"]:
                raise TargetError(why)

    async def _guardian(self) -> Child:
        if self._child is None:
            try:
                self._child = await self._started()
            except OSError as error:
                why = f"no guardian could be started, so nothing is broken: {error}"
                raise TargetError(why) from None
        return self._child

    async def _started(self) -> Child:
        with (self._folder / "logs" / "guardian.log").open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                *PYTHON,
                "harness.faults.guardian",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=child_environment(),
                start_new_session=True,
            )

    async def _dismissed(self, child: Child) -> None:
        """Close its pipe and wait; what it then still heals must not be cut short by a kill."""
        assert child.stdin is not None
        child.stdin.close()
        try:
            async with asyncio.timeout(HEAL_WALL_S):
                await child.wait()
        except TimeoutError:
            return  # it goes on without us; its leases stay open until it is done


class _Gone(TargetError):
    """The guardian can no longer be asked."""


class Guarded:
    """Does *inject* to break, after its *undo* is in the guardian's care."""

    def __init__(
        self, guardianship: Guardianship | None, inject: Sequence[Step], undo: Sequence[Step]
    ) -> None:
        if guardianship is None:
            raise TargetError("there is nobody to undo this fault: it is not injected")
        self._guardianship = guardianship
        self._inject = inject
        self._undo = undo
        self._lease: Path | None = None

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:
        """Have the undo held, then break it.

        Raises:
            NotInjected: it could not be broken.
            TargetError: nobody holds its undo.
        """
        self._lease, values = await self._guardianship.hold(
            plan,
            self._undo,
            lease_wall_s=lease_wall_s,
            inject_wall_s=sum(step.timeout_wall_s for step in self._inject),
        )
        try:
            for step in self._inject:
                await step.filled(values).do()
        except TargetError as error:
            raise NotInjected(str(error)) from None
        finally:
            self._guardianship.injected(self._lease)

    async def heal(self, plan: FaultPlan) -> None:  # noqa: ARG002  its lease says it all
        """Have it undone; nothing is done if nothing was ever held.

        Raises:
            TargetError: it could not be undone.
        """
        if self._lease is not None:
            await self._guardianship.heal(self._lease)
