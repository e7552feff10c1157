"""Drives a pure engine with the event loop: one timer, set to whatever is due next."""

import asyncio
from collections.abc import Callable

from mock_center.clock import CentreClock


class Pacemaker:
    """Calls *beat* when the centre second that *next_due* names has come."""

    def __init__(
        self, clock: CentreClock, next_due: Callable[[], float | None], beat: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._next_due = next_due
        self._beat = beat
        self._timer: asyncio.TimerHandle | None = None
        self._due_s: float | None = None

    def rearm(self) -> None:
        """Look at what is due next, and set the timer accordingly; call it after every change."""
        due_s = self._next_due()
        if due_s == self._due_s:
            return
        self.stop()
        if due_s is not None:
            self._due_s = due_s
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._clock.loop_time(due_s), self._fire)

    def stop(self) -> None:
        """Set no timer."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._due_s = None

    def _fire(self) -> None:
        self._timer = self._due_s = None
        self._beat()
        self.rearm()
