"""One generator process's part of the load: it walks the whole schedule and fires its stripe.

Contact number *i* belongs to shard ``i % shards``, so any number of workers places the same
contacts at the same due times. A contact that cannot be started is counted, never queued: to wait
for a free place would let a slow target slow the load. What a contact leads to, a redial for one,
is started when due by the process that played the contact, as an arrival of its own.
"""

import gc
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

import gevent
from gevent import Greenlet
from gevent.event import Event

from harness.adapter.find import find_adapter
from harness.clock import RunClock, wall_now
from harness.guard.wire import Wire, scanner_for, share_of
from harness.model.callers import Callers
from harness.model.contact import Contact, Stream, to_json
from harness.model.control import Begin, Halt, Progress, Start, Stop
from harness.model.guard import GENERATOR_SHARE
from harness.model.scenario import Phase
from harness.traffic.agenda import Agenda
from harness.traffic.follow_up import FollowUp
from harness.traffic.people import Person, make_people
from harness.traffic.schedule import Planned, PlannedCall, planned
from scenarios.journeys.driver import FireRequest, Journeys
from scenarios.journeys.find import find_journey
from scenarios.journeys.story import Scene
from scenarios.journeys.stream import news_of
from scenarios.journeys.ticket import write
from scenarios.staff import staff_of
from scenarios.vitals import Vitals

MOST_IN_PROGRESS = 50_000
_LONGEST_NAP_S = 0.25
_FLUSH_S = 0.1
_FLUSH_CONTACTS = 100
"""Writing so many takes a millisecond, in which nobody can be started."""
_SIGN_ON_S = 10.0

Report = Callable[[str, dict[str, object]], None]


class Shard:
    """Fires its stripe of the schedule and reports what became of each contact."""

    def __init__(
        self,
        start: Start,
        *,
        index: int,
        shards: int,
        fire: FireRequest,
        report: Report,
        vitals: Vitals,
    ) -> None:
        self._scenario = start.scenario
        self._prefix = start.reference_prefix
        self._index = index
        self._shards = shards
        self._report = report
        self._vitals = vitals
        self._clock = RunClock(start.epoch, start.speed)
        callers = start.scenario.calls.callers if start.scenario.calls else Callers()
        self._phone = find_journey(callers.journey)
        self._people = make_people(start.scenario.seed, languages=callers.languages)
        self._adapter = find_adapter(start.adapter)(start.endpoints)
        self._wire = _wire(start, shards, self._people)
        self._journeys = Journeys(
            start.endpoints, self._clock, fire, wire=self._wire, tripped=self._trip
        )
        self._stream = news_of(
            start.endpoints, self._adapter, f"{start.run}-{index}", self._journeys
        )
        # What all scenes share is made once: two bound methods for each caller are 128 bytes.
        self._scene = partial(
            Scene,
            adapter=self._adapter,
            clock=self._clock,
            tell=self._tell,
            scenario=start.scenario,
            later=self._later,
        )
        self._told: dict[str, Contact] = {}
        self._counts: Counter[str] = Counter()
        self._stretch = _Stretch()
        self._sources: list[Greenlet[..., None]] = []
        self._agenda = Agenda()
        self._agenda_changed = Event()
        self._follow_ups = gevent.spawn(self._start_follow_ups)
        self._greenlets = [gevent.spawn(self._stream.read), gevent.spawn(self._flush_for_ever)]
        self._told_halt = False
        self._staff = staff_of(
            start,
            index=index,
            shards=shards,
            fire=fire,
            report=report,
            wire=self._wire,
            tripped=self._trip,
        )

    def wait_until_ready(self) -> bool:
        """Have our virtual agents come in; return whether the event stream opened.

        Each is waited for ten wall seconds at most.
        """
        if self._staff is not None:
            self._staff.come_in()
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
        if message.load is not None:
            phase = replace(phase, load=message.load)
        self._agenda.begin(phase, message.at_s)
        for stream in Stream:
            source = gevent.spawn(self._fire, phase, stream, message.at_s, self._stretch)
            self._sources.append(source)

    def halt(self, message: Halt) -> None:
        """Start nobody any more, at once; and send nothing at all, unless the halt is a polite one.

        Who is on the line is let go by ``stop``.
        """
        self._told_halt = True
        if self._wire is not None:
            self._wire.trip(message.why)
        now_s = self._clock.now_s()
        self._stretch.until_s = min(self._stretch.until_s, now_s)
        self._agenda.stop(now_s)

    def _trip(self, why: str) -> None:
        """Our own wire has tripped: stop here, now, and tell the others."""
        if not self._told_halt:
            self.halt(Halt(why))
            self._report("halt", {"why": why})

    def stop(self, message: Stop) -> None:
        """End the load, let who is still there finish for a while, then say what was done."""
        self._stretch.until_s = message.at_s
        self._agenda.stop(message.at_s)
        gevent.joinall(self._sources)
        until = time.monotonic() + message.drain_wall_s
        left = self._journeys.leave(message.drain_wall_s)
        if self._staff is not None:
            self._staff.leave(max(0.0, until - time.monotonic()))
        gevent.killall([self._follow_ups, *self._greenlets])
        self._flush()
        self._report("shard_done", {**asdict(self.progress()), "left": left})

    def progress(self) -> Progress:
        """Return how this shard is doing."""
        return Progress(
            started=self._counts["started"],
            dropped=self._counts["dropped"],
            playing=len(self._journeys),
            broken=self._journeys.broken + (self._staff.broken if self._staff else 0),
            stream_gaps=self._stream.gaps + (self._staff.gaps if self._staff else 0),
            held=0 if self._wire is None else self._wire.held.requests,
            pending=len(self._agenda),
            processes=(self._vitals.told(),),
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
            self._start(plan, due_s)

    def _start_follow_ups(self) -> None:
        """Start each follow-up when it is due, for ever."""
        while True:
            self._agenda_changed.clear()
            for plan, due_s in self._agenda.due(self._clock.now_s()):
                self._start(plan, due_s)
            next_s = self._agenda.next_s
            wait_s = None if next_s == math.inf else max(0.0, self._clock.wall(next_s) - wall_now())
            self._agenda_changed.wait(wait_s)

    def _later(self, follow_up: FollowUp) -> None:
        self._agenda.add(follow_up)
        self._agenda_changed.set()

    def _start(self, plan: Planned, due_s: float) -> None:
        if self._wire is not None and not self._may_start(self._wire):
            return
        if len(self._journeys) >= MOST_IN_PROGRESS:
            self._counts["dropped"] += 1
            return
        self._counts["started"] += 1
        self._play(plan, due_s)

    def _may_start(self, wire: Wire) -> bool:
        """Return whether there are writes left for one more, and for all who have to leave."""
        if wire.tripped:
            return False
        if not wire.may_begin():
            self._trip(wire.tripped)
            return False
        return True

    def _play(self, plan: Planned, due_s: float) -> None:
        self._vitals.started(due=self._clock.wall(due_s), now=wall_now())
        reference = self._prefix + plan.id
        scene = self._scene(consumer=self._stream.consumer, reference=reference)
        person = self._people[plan.person]
        if isinstance(plan, PlannedCall):
            journey = self._phone(plan, person, due_s, scene)
        else:
            journey = write(plan, person, due_s, scene)
        self._journeys.start(scene, journey)

    def _tell(self, contact: Contact) -> None:
        """Take down *contact* as it now stands; of two in the same tenth of a second, the later.

        It says all that the one before said. A call is told when it is dialled and again when it
        is in the queue, milliseconds later: to write it once is a quarter of all the writing.
        """
        self._told[contact.id] = contact
        if len(self._told) >= _FLUSH_CONTACTS:
            self._flush()

    def _flush_for_ever(self) -> None:
        """Pass on what was told, ten times a second."""
        while True:
            gevent.sleep(_FLUSH_S)
            self._flush()

    def _flush(self) -> None:
        if self._told:
            told, self._told = self._told, {}
            self._report("contacts", {"lines": [to_json(each) for each in told.values()]})


@dataclass(slots=True)
class _Stretch:
    """A stretch of one load; its end is not known before the next one begins."""

    until_s: float = math.inf


def _wire(start: Start, shards: int, people: Sequence[Person]) -> Wire | None:
    """Return what this process's requests are held to; None on a mock of ours."""
    watch = start.endpoints.watch
    if watch is None:
        return None
    scanner = scanner_for(people, start.scenario.lines)
    return Wire(share_of(watch, GENERATOR_SHARE / shards), scanner)
