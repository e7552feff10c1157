"""One child process: start it, kill it, freeze it, thaw it, end it."""

import asyncio
import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mock_center import log
from mock_center.conditions import Condition
from mock_center.supervisor.nursery import Nursery, NurseryGoneError, Process

# A busy machine takes ten seconds to start a centre; whoever started us waits thirty for all of it.
_START_S = 25.0
_GRACE_S = 1.0
_REAP_S = 5.0
_TAKE_IN_S = 5.0


class StartError(Exception):
    """A child did not come up; its log says why."""


class DeafError(Exception):
    """A child did not take in what it was told."""


class Child:
    """The process that runs *module*, begun in *nursery*, under the *name* of its log in *folder*.

    Its stdin carries its orders and then stays open as its lifeline.
    """

    def __init__(self, nursery: Nursery, module: str, name: str, folder: Path) -> None:
        self.name = name
        self.frozen = False
        self._nursery = nursery
        self._module = module
        self._log = folder / f"{name}.log"
        self._process: Process | None = None
        self._told = 0

    @property
    def pid(self) -> int | None:
        """The process id, or None while there is no process."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether there is a process, be it frozen."""
        return self._process is not None and self._process.running

    async def start(self, orders: dict[str, Any]) -> None:
        """Start the process and return once it listens.

        Raises:
            StartError: it ended or did not answer in 25 wall seconds; it is gone then.
        """
        self.frozen = False
        try:
            async with asyncio.timeout(_START_S):
                with self._log.open("ab") as errors:
                    self._process = process = await self._nursery.begin(self._module, errors)
                process.told.write(json.dumps({**orders, "name": self.name}).encode() + b"\n")
                said = await process.said.readline()
            if b"listening" not in said:
                raise StartError(f"{self.name} ended at its start, see {self._log}")
        except (TimeoutError, ConnectionError) as error:
            await self.kill()
            raise StartError(f"{self.name} did not start, see {self._log}") from error
        except NurseryGoneError as error:
            raise StartError(f"{self.name} did not start: {error}") from error
        log.info("started", process=self.name, pid=process.pid)

    async def tell(self, conditions: Sequence[Condition]) -> None:
        """Tell a running process all of its *conditions*; return once they are in force.

        One that does not run is told when it starts. Not to be called twice at a time.

        Raises:
            DeafError: it did not say so in 5 wall seconds.
        """
        if self._process is None or not self.running:
            return
        self._told += 1
        order = {"conditions": [each.to_wire() for each in conditions], "number": self._told}
        answer = {"event": "conditions", "number": self._told}
        try:
            self._process.told.write(json.dumps(order).encode() + b"\n")
            async with asyncio.timeout(_TAKE_IN_S):
                # One that was given up for deaf may answer late.
                while line := await self._process.said.readline():
                    if json.loads(line) == answer:
                        return
            raise DeafError(f"{self.name} ended when it was told of {order['conditions']}")
        except (TimeoutError, ConnectionError) as error:
            raise DeafError(f"{self.name} does not take in what it is told") from error

    async def wait(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            await self._process.wait()

    async def kill(self) -> None:
        """Kill the process and reap it; nothing if it is gone."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        async with asyncio.timeout(_REAP_S):
            await self._process.wait()

    def freeze(self) -> None:
        """Stop the process where it is: its sockets stay open and answer nothing."""
        self._signal(signal.SIGSTOP)
        self.frozen = True

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self._signal(signal.SIGCONT)
        self.frozen = False

    async def end(self) -> None:
        """End the process in good order, or by force after a second of grace."""
        if self._process is None:
            return
        self.thaw()
        self._process.told.close()
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_S):
                await self._process.wait()
        except TimeoutError:
            log.warning("killed_at_end", process=self.name)
            await self.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.signal(number)
