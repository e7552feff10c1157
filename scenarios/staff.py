"""One generator process's virtual agents: its stripe of them, with a stream and a driver.

They share nothing with the customers but the process, so that no customer waits for an agent's
request, and whatever happens to the agents' stream, the customers' goes on.
"""

import time
from collections.abc import Callable
from dataclasses import asdict

import gevent
from gevent.event import Event

from harness.adapter.find import find_adapter
from harness.adapter.protocol import AgentsHalf
from harness.clock import RunClock
from harness.guard.wire import Wire
from harness.model.control import Start
from harness.model.staffing import Crew, merged
from harness.traffic.shifts import Post, ShiftLog, posts
from scenarios.journeys.agent import work_a_shift
from scenarios.journeys.driver import FireRequest, Journeys
from scenarios.journeys.story import Scene
from scenarios.journeys.stream import news_of

_TOLD_EVERY_S = 2.0
_LOG_IN_S = 10.0
_LOOK_S = 0.05
_LEAVE_S = 2.0

Report = Callable[[str, dict[str, object]], None]


class Staff:
    """Agent number *i* belongs to shard ``i % shards``. Made by ``staff_of``.

    Once made they ``come_in``. ``leave`` may be called before they all are, and from then on nobody
    else comes.
    """

    def __init__(
        self,
        start: Start,
        crew: Crew,
        *,
        index: int,
        shards: int,
        fire: FireRequest,
        report: Report,
        wire: Wire | None,
        tripped: Callable[[str], None],
    ) -> None:
        adapter = find_adapter(start.adapter)(start.endpoints)
        assert isinstance(adapter, AgentsHalf)  # the harness has checked it before the run
        self._start = start
        self._crew = crew
        self._adapter = adapter
        self._shards = shards
        self._clock = RunClock(start.epoch, start.speed)
        self._journeys = Journeys(start.endpoints, self._clock, fire, wire=wire, tripped=tripped)
        consumer = f"{start.run}-{index}s"
        self._stream = news_of(start.endpoints, adapter, consumer, self._journeys)
        self._index = index
        self._report = report
        self._logs: list[ShiftLog] = []
        self._over = Event()
        self._greenlets = [gevent.spawn(self._stream.read)]

    def come_in(self) -> None:
        """Have everybody log in, and wait for it: ten wall seconds at most, after as many to hear.

        Without news nobody comes, which the verdict will say.
        """
        gevent.wait([self._stream.connected, self._over], timeout=_LOG_IN_S, count=1)
        if self._over.is_set() or not self._stream.connected.is_set():
            return
        for post in posts(self._crew):
            if post.number % self._shards == self._index:
                self._send_in(post)
        self._wait_until_in()
        if self._over.is_set():
            return
        for log in self._logs:
            log.begin(self._clock.now_s())
        self._tell()
        self._greenlets.append(gevent.spawn(self._tell_for_ever))

    @property
    def gaps(self) -> int:
        """How often the agents' stream lost something for good."""
        return self._stream.gaps

    @property
    def broken(self) -> int:
        """How many agents' journeys our own mistakes ended."""
        return self._journeys.broken

    def leave(self, more_s: float) -> None:
        """Log everybody out who is in, and tell what they went through.

        They have two wall seconds, and *more_s* that the customers did not need.
        """
        self._over.set()
        self._journeys.leave(_LEAVE_S + more_s)
        self._tell()
        gevent.killall(self._greenlets)

    def _send_in(self, post: Post) -> None:
        start, log = self._start, ShiftLog(post, self._clock.now_s())
        scene = Scene(
            adapter=self._adapter,
            clock=self._clock,
            consumer=self._stream.consumer,
            # Of this run, also when it goes on with another whose prefix it has: under that one's
            # key the target would have to answer what it answered then, or refuse.
            reference=f"{start.run}/staff/{post.number}",
            tell=lambda _: None,  # an agent is no contact
            scenario=start.scenario,
            later=lambda _: None,
        )
        self._logs.append(log)
        journey = work_a_shift(
            self._adapter,
            self._crew,
            scene,
            log,
            seed=start.scenario.seed,
            consumer=lambda: self._stream.consumer,
        )
        self._journeys.start(scene, journey)

    def _wait_until_in(self) -> None:
        """Wait until everybody is logged in, or is to leave; ten wall seconds at most."""
        until = time.monotonic() + _LOG_IN_S
        while not all(log.sessions for log in self._logs) and time.monotonic() < until:
            if self._over.wait(_LOOK_S):
                return

    def _tell(self) -> None:
        now_s = self._clock.now_s()
        rows = merged(log.tally(now_s) for log in self._logs)
        self._report("staff", {"shard": self._index, "rows": [asdict(row) for row in rows]})

    def _tell_for_ever(self) -> None:
        while True:
            gevent.sleep(_TOLD_EVERY_S)
            self._tell()


def staff_of(
    start: Start,
    *,
    index: int,
    shards: int,
    fire: FireRequest,
    report: Report,
    wire: Wire | None,
    tripped: Callable[[str], None],
) -> Staff | None:
    """Return this process's virtual agents, who have yet to come in; None if we staff nothing."""
    staffing = start.scenario.staffed_by
    if staffing is None or staffing.crew is None:
        return None
    return Staff(
        start,
        staffing.crew,
        index=index,
        shards=shards,
        fire=fire,
        report=report,
        wire=wire,
        tripped=tripped,
    )
