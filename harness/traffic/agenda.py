"""The follow-ups of one generator process, by when they are due, and the phase each falls into."""

import heapq
import math
from collections.abc import Iterator
from dataclasses import replace

from harness.model.scenario import Phase
from harness.traffic.follow_up import FollowUp
from harness.traffic.schedule import Planned


class Agenda:
    """What customers will do next, on their own account. ``len`` is how many are not due yet."""

    def __init__(self) -> None:
        self._coming: list[tuple[float, str, Planned]] = []
        self._begun: list[tuple[float, Phase]] = []
        self._until_s = math.inf

    def __len__(self) -> int:
        return len(self._coming)

    @property
    def next_s(self) -> float:
        """When the next one is due that will still be started; infinity if there is none."""
        due_s = self._coming[0][0] if self._coming else math.inf
        return due_s if due_s < self._until_s else math.inf

    def begin(self, phase: Phase, at_s: float) -> None:
        """From *at_s* on, *phase* is on; one that drains drops all that was to come."""
        self._begun.append((at_s, phase))
        if phase.drains:
            self._coming.clear()

    def stop(self, at_s: float) -> None:
        """From *at_s* on nothing is started any more."""
        self._until_s = at_s

    def add(self, follow_up: FollowUp) -> None:
        """Take *follow_up* down, unless nobody is to call again."""
        if self._begun and self._begun[-1][1].drains:
            return
        plan = follow_up.plan
        heapq.heappush(self._coming, (follow_up.due_s, plan.id, plan))

    def due(self, now_s: float) -> Iterator[tuple[Planned, float]]:
        """Yield each plan that is due by *now_s*, once, with its due time in the run.

        Its phase is the last that had begun when it was due, and it is held if that was over.
        """
        while self.next_s <= now_s:
            due_s, _, plan = heapq.heappop(self._coming)
            start_s, phase = next(each for each in reversed(self._begun) if each[0] <= due_s)
            into_s = due_s - start_s
            held = into_s >= phase.duration_s
            yield replace(plan, phase=phase.name, held=held, due_s=into_s), due_s
