"""One generator process's virtual agents: its stripe of them, with a stream and a driver.

They share nothing with the customers but the process, so that no customer waits for an agent's
request, and whatever happens to the agents' stream, the customers' goes on.
"""

import time
from collections.abc import Callable
from dataclasses import asdict

import gevent

from harness.adapter.find import find_adapter
from harness.adapter.protocol import AgentsHalf
from harness.clock import RunClock
from harness.guard.wire import Wire
from harness.model.control import Start
from harness.model.staffing import Crew, merged
from harness.traffic.shifts import ShiftLog, posts
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
    """Agent number *i* belongs to shard ``i % shards``. Made by ``staff_of``."""

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
        self._clock = RunClock(start.epoch, start.speed)
        self._journeys = Journeys(start.endpoints, self._clock, fire, wire=wire, tripped=tripped)
        consumer = f"{start.run}-{index}s"
        self._stream = news_of(start.endpoints, adapter, consumer, self._journeys)
        self._index = index
        self._report = report
        self._logs: list[ShiftLog] = []
        self._greenlets = [gevent.spawn(self._stream.read)]
        if not self._stream.connected.wait(_LOG_IN_S):
            return  # nobody comes, which the verdict will say
        for post in posts(crew):
            if post.number % shards != index:
                continue
            log = ShiftLog(post, self._clock.now_s())
            reference = f"{start.reference_prefix}staff/{post.number}"
            scene = Scene(
                adapter=adapter,
                clock=self._clock,
                consumer=consumer,
                reference=reference,
                tell=lambda _: None,  # an agent is no contact
                scenario=start.scenario,
                later=lambda _: None,
            )
            self._logs.append(log)
            journey = work_a_shift(adapter, crew, scene, log, seed=start.scenario.seed)
            self._journeys.start(scene, journey)
        self._wait_until_in()
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

    def leave(self) -> None:
        """Log everybody out, and tell what they went through."""
        self._journeys.leave(_LEAVE_S)
        self._tell()
        gevent.killall(self._greenlets)

    def _wait_until_in(self) -> None:
        """Wait until everybody is logged in, ten wall seconds at most."""
        until = time.monotonic() + _LOG_IN_S
        while not all(log.sessions for log in self._logs) and time.monotonic() < until:
            gevent.sleep(_LOOK_S)

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
    """Return this process's virtual agents once they have logged in; None if we staff nothing."""
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
