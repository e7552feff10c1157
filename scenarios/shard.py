"""One generator process's part of the load: it walks the whole schedule and fires its stripe.

Contact number *i* belongs to shard ``i % shards``, so any number of workers places the same
contacts at the same due times. A contact that cannot be started is counted, never queued: to wait
for a free place would let a slow target slow the load.
"""

import gc
import math
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass

import gevent
from gevent import Greenlet

from harness.adapter.find import find_adapter
from harness.clock import RunClock, wall_now
from harness.model.contact import Contact, Exchange, Stream, to_json
from harness.model.control import Begin, Progress, Start, Stop
from harness.model.scenario import Phase
from harness.traffic.people import make_people
from harness.traffic.schedule import Planned, PlannedCall, planned
from scenarios.journeys.call import phone
from scenarios.journeys.driver import FireRequest, Journeys
from scenarios.journeys.story import Scene
from scenarios.journeys.stream import EventStream
from scenarios.journeys.ticket import write
from scenarios.staff import staff_of

MOST_IN_PROGRESS = 50_000
_LONGEST_NAP_S = 0.25
_FLUSH_S = 0.1
_FLUSH_LINES = 500
_SIGN_ON_S = 10.0

Report = Callable[[str, dict[str, object]], None]


class Shard:
    """Fires its stripe of the schedule and reports what became of each contact."""

    def __init__(
        self, start: Start, *, index: int, shards: int, fire: FireRequest, report: Report
    ) -> None:
        self._scenario = start.scenario
        self._prefix = start.reference_prefix
        self._index = index
        self._shards = shards
        self._report = report
        self._clock = RunClock(start.epoch, start.speed)
        self._people = make_people(start.scenario.seed)
        self._adapter = find_adapter(start.adapter)(start.endpoints)
        self._journeys = Journeys(start.endpoints, self._clock, fire)
        self._stream = EventStream(
            start.endpoints, self._adapter, f"{start.run}-{index}", self._journeys
        )
        self._lines: list[str] = []
        self._counts: Counter[str] = Counter()
        self._stretch = _Stretch()
        self._sources: list[Greenlet[..., None]] = []
        self._greenlets = [gevent.spawn(self._stream.read), gevent.spawn(self._flush_for_ever)]
        self._staff = staff_of(start, index=index, shards=shards, fire=fire, report=report)

    def wait_until_ready(self) -> bool:
        """Return whether the event stream opened within ten wall seconds."""
        ready = bool(self._stream.connected.wait(_SIGN_ON_S))
        gc.collect()
        gc.freeze()  # what was loaded by now stays; without this a full collection takes 30-60 ms
        gc.set_threshold(50_000, 20, 100)
        return ready

    def begin(self, message: Begin) -> None:
        """From ``at_s`` on, the load is that of another phase."""
        self._stretch.until_s = message.at_s
        self._stretch = _Stretch()
        phase = self._scenario.phase(message.phase)
        for stream in Stream:
            source = gevent.spawn(self._fire, phase, stream, message.at_s, self._stretch)
            self._sources.append(source)

    def stop(self, message: Stop) -> None:
        """End the load, let who is still there finish for a while, then say what was done."""
        self._stretch.until_s = message.at_s
        gevent.joinall(self._sources)
        left = self._journeys.leave(message.drain_wall_s)
        if self._staff is not None:
            self._staff.leave()
        gevent.killall(self._greenlets)
        self._flush()
        self._report("shard_done", {"shard": os.getpid(), **asdict(self.progress()), "left": left})

    def progress(self) -> Progress:
        """Return how this shard is doing."""
        return Progress(
            started=self._counts["started"],
            dropped=self._counts["dropped"],
            playing=len(self._journeys),
            broken=self._journeys.broken + (self._staff.broken if self._staff else 0),
            stream_gaps=self._stream.gaps + (self._staff.gaps if self._staff else 0),
        )

    def _fire(self, phase: Phase, stream: Stream, start_s: float, stretch: "_Stretch") -> None:
        """Start each contact of our stripe when it is due, until the stretch is over."""
        for plan in planned(self._scenario, phase, stream):
            if plan.number % self._shards != self._index:
                continue
            due_s = start_s + plan.due_s
            while (wait_s := self._clock.wall(due_s) - wall_now()) > 0 and due_s < stretch.until_s:
                gevent.sleep(min(wait_s, _LONGEST_NAP_S))
            if due_s >= stretch.until_s:
                return
            if len(self._journeys) >= MOST_IN_PROGRESS:
                self._counts["dropped"] += 1
                continue
            self._counts["started"] += 1
            self._play(plan, due_s)

    def _play(self, plan: Planned, due_s: float) -> None:
        exchanges: list[Exchange] = []
        reference = self._prefix + plan.id
        scene = Scene(
            self._adapter, self._clock, self._stream.consumer, reference, self._tell, exchanges
        )
        person = self._people[plan.person]
        if isinstance(plan, PlannedCall):
            journey = phone(plan, person, due_s, scene)
        else:
            journey = write(plan, person, due_s, scene)
        self._journeys.start(reference, exchanges, journey)

    def _tell(self, contact: Contact) -> None:
        self._lines.append(to_json(contact))
        if len(self._lines) >= _FLUSH_LINES:
            self._flush()

    def _flush_for_ever(self) -> None:
        """Pass on what was told, ten times a second."""
        while True:
            gevent.sleep(_FLUSH_S)
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            lines, self._lines = self._lines, []
            self._report("contacts", {"lines": lines})


@dataclass(slots=True)
class _Stretch:
    """A stretch of one load; its end is not known before the next one begins."""

    until_s: float = math.inf
