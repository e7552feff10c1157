"""The gevent driver: carries journeys' requests, parks those that wait, wakes them with news.

A greenlet lives only as long as a request of its journey is on the way. A journey that waits is an
entry in ``_waiting``; the event stream or the one timer greenlet wakes it. News that comes before
the journey asks for it (an answer can beat the response that placed the call) is kept for it.
"""

import heapq
import logging
import math
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

import gevent
from gevent import Greenlet
from gevent.event import Event

from harness.adapter.protocol import Notice, Request, Response, Steps
from harness.clock import RunClock
from harness.guard.wire import Wire
from harness.model.contact import GIVE_UP_WALL_S, Exchange
from harness.model.target import Endpoints
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait
from scenarios.journeys.transport import Transport

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

CONNECTIONS = 10_000
"""Sockets at most. While the target answers in milliseconds a handful are in use; against one that
hangs a smaller pool would queue callers inside the client, and slow the load with the target."""


_STALE_TIMERS = 500
"""Timers of journeys that are over are kept up to so many: a talk's is set for two hours.

Each keeps a kilobyte of its journey. To look through all of them takes a tenth of a millisecond,
once in as many journeys as are kept.
"""
_ROOM_S = 0.05


class FireRequest(Protocol):
    """Locust's ``request`` event."""

    def __call__(self, **fields: object) -> None:
        """Count one request."""


@dataclass(slots=True)
class _Playing:
    """A journey in progress. It waits until ``until_s``; None: its request is on the way.

    Its next timer is set for ``timer_s``. That may be too early, because the journey waits again,
    for longer: then it is set anew. So a journey has one timer, however often it is woken by news.
    """

    scene: Scene
    journey: Journey
    until_s: float | None = None
    timer_s: float = math.inf

    def __lt__(self, _: "_Playing") -> bool:
        """Of timers set for the same moment any may be the first."""
        return False


class Journeys:
    """All journeys of one generator process. ``broken`` counts those our own mistakes ended."""

    def __init__(
        self,
        endpoints: Endpoints,
        clock: RunClock,
        fire: FireRequest,
        *,
        wire: Wire | None = None,
        tripped: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Play against *endpoints*.

        *wire* is what requests are held to, None on a mock of ours; *tripped* hears why it let one
        not out, or did not believe an answer.
        """
        self._clock = clock
        self._wire = wire
        self._tripped = tripped
        self._fire = fire
        self._transport = Transport(endpoints, answer_s=GIVE_UP_WALL_S, connections=CONNECTIONS)
        self._playing: dict[str, _Playing] = {}
        # What came for a journey whose request was on the way; rare, and a field each is dear.
        self._news: dict[str, list[Notice]] = {}
        self._lost: dict[str, Lost] = {}
        self.broken = 0
        # Not Locust's group, where every greenlet counts as a user, nor one of our own: to be told
        # of each one's end takes a turn of the loop.
        self._carrying: set[Greenlet[..., None]] = set()
        self._timers: list[tuple[float, _Playing]] = []
        self._look = Event()
        self._timer = gevent.spawn(self._watch_time)

    def __len__(self) -> int:
        return len(self._playing)

    def start(self, scene: Scene, journey: Journey) -> None:
        """Begin *journey*; news about the reference of its *scene* is its news from now on."""
        playing = _Playing(scene, journey)
        self._playing[scene.reference] = playing
        if self._wire is not None:
            self._wire.owed += 1
        self._advance(playing, lambda: next(journey))

    def hear(self, notice: Notice) -> None:
        """Hand *notice* to the journey it is about, if that is still being played."""
        playing = self._playing.get(notice.reference)
        if playing is None:
            return
        if playing.until_s is not None:
            self._wake(playing, notice)
        else:
            self._news.setdefault(notice.reference, []).append(notice)

    def lose_sight(self, why: str) -> None:
        """Tell every journey that news about it may have been lost for good.

        One whose request is on the way hears of it when it next begins to wait.
        """
        for reference, playing in self._playing.items():
            if playing.until_s is None:
                self._lost[reference] = Lost(why)
        self._throw(Lost(why))

    def leave(self, timeout_s: float) -> int:
        """End every waiting journey politely; return how many were still busy after *timeout_s*.

        *timeout_s* is wall seconds.
        """
        deadline = time.monotonic() + timeout_s
        while self._playing and time.monotonic() < deadline:
            self._throw(Leave())
            gevent.sleep(0.02)
        left = len(self._playing)
        gevent.killall(list(self._carrying), timeout=1)
        self._timer.kill()
        self._transport.close()
        return left

    def carry(self, request: Request) -> tuple[Response, float]:
        """Return the response to *request* and how long it took (wall seconds)."""
        wire = self._wire
        if wire is not None and not self._let_out(wire, request):
            return Response(None, error=wire.tripped, sent=False), 0.0
        began = time.perf_counter()
        try:
            response = self._transport.exchange(request)
        finally:
            if wire is not None:
                wire.done()
        wall_s = time.perf_counter() - began
        failed = response.status is None or response.status >= 400
        self._fire(
            request_type=request.method,
            name=request.step,
            response_time=wall_s * 1000,
            response_length=len(response.body),
            exception=_Failed(response.error or response.status) if failed else None,
            context={},
        )
        if wire is not None and not wire.back(response.status, response.headers, response.body):
            self._tripped(wire.tripped)
            return Response(None, error=wire.tripped), wall_s
        return response, wall_s

    @property
    def shut(self) -> bool:
        """Whether the guard lets nothing out any more."""
        return self._wire is not None and self._wire.shut

    def lets_out(self, request: Request) -> bool:
        """Return whether *request*, carried by somebody else, may be sent; then say ``is_over``.

        It has then waited until the caps allow it.
        """
        return self._wire is None or self._let_out(self._wire, request)

    def is_over(self) -> None:
        """A request that ``lets_out`` let go is over."""
        if self._wire is not None:
            self._wire.done()

    def believes(self, status: int, headers: Mapping[str, str]) -> bool:
        """Return whether the head of an answer that was not carried here is the target's."""
        if self._wire is None or self._wire.back(status, headers, b""):
            return True
        self._tripped(self._wire.tripped)
        return False

    def _let_out(self, wire: Wire, request: Request) -> bool:
        """Return whether *request* may be sent now, having waited until the caps allow it."""
        while request.leaves and not wire.has_room(time.monotonic()):
            gevent.sleep(_ROOM_S)  # who is left standing would burden them for longer
        wait_s = wire.out(
            request.method, request.path, request.body, time.monotonic(), leaves=request.leaves
        )
        if wait_s:
            try:
                gevent.sleep(wait_s)
            except BaseException:  # killed, because the run is over
                wire.done()
                raise
            if wire.shut:  # somebody else tripped meanwhile
                wire.done()
                return False
        if wire.tripped:
            self._tripped(wire.tripped)
        return wait_s is not None

    def _advance(self, playing: _Playing, step: Callable[[], Request | Wait]) -> None:
        """Play on until the journey waits or is over; requests go on in a greenlet of their own."""
        reference = playing.scene.reference
        try:
            yielded = step()
            while isinstance(yielded, Wait):
                if reference in self._lost:
                    yielded = playing.journey.throw(self._lost.pop(reference))
                elif reference in self._news:
                    yielded = playing.journey.send(self._next_news(reference))
                else:
                    self._park(playing, yielded.until_s)
                    return
        except (StopIteration, Leave, Lost):
            self._end(playing)
        except Exception:  # noqa: BLE001  a mistake of ours: counted, and the verdict says so
            self._break(playing)
        else:
            self._carrying.add(gevent.spawn(self._carry_on, playing, yielded))

    def _next_news(self, reference: str) -> Notice:
        news = self._news[reference]
        first = news.pop(0)
        if not news:
            del self._news[reference]
        return first

    def _end(self, playing: _Playing) -> None:
        """Forget a journey that is over, and now and then the timers of all that are."""
        reference = playing.scene.reference
        if self._playing.pop(reference, None) is not None and self._wire is not None:
            self._wire.owed -= 1
        self._news.pop(reference, None)
        self._lost.pop(reference, None)
        playing.timer_s = math.inf
        if len(self._timers) > 2 * len(self._playing) + _STALE_TIMERS:
            self._timers = [each for each in self._timers if each[0] == each[1].timer_s]
            heapq.heapify(self._timers)

    def _break(self, playing: _Playing) -> None:
        """End a journey that the error being handled has broken."""
        self._end(playing)
        self.broken += 1
        _log.exception("journey_broken reference=%s", playing.scene.reference)

    def _carry_on(self, playing: _Playing, request: Request) -> None:
        """Carry one request, then play on with its response."""
        try:
            response, wall_s = self.carry(request)
            playing.scene.exchanges += (Exchange(request.step, response.status, wall_s),)
            self._advance(playing, lambda: playing.journey.send(response))
        except Exception:  # noqa: BLE001  a request that is none, an adapter's mistake
            self._break(playing)
        finally:
            self._carrying.discard(gevent.getcurrent())

    def _park(self, playing: _Playing, until_s: float) -> None:
        playing.until_s = until_s
        if until_s < playing.timer_s:
            self._set_timer(playing, until_s)

    def _set_timer(self, playing: _Playing, at_s: float) -> None:
        playing.timer_s = at_s
        timer = (at_s, playing)
        heapq.heappush(self._timers, timer)
        if self._timers[0] is timer:
            self._look.set()

    def _wake(self, playing: _Playing, notice: Notice | None) -> None:
        playing.until_s = None
        self._advance(playing, lambda: playing.journey.send(notice))

    def _throw(self, error: Exception) -> None:
        for playing in [each for each in self._playing.values() if each.until_s is not None]:
            playing.until_s = None
            self._advance(playing, lambda each=playing: each.journey.throw(error))  # type: ignore[misc]

    def _watch_time(self) -> None:
        """Wake journeys whose wait is over. The only timer, however many journeys wait."""
        while True:
            self._look.clear()
            now_s = self._clock.now_s()
            while self._timers and self._timers[0][0] <= now_s:
                at_s, playing = heapq.heappop(self._timers)
                if at_s != playing.timer_s:  # a sooner one took its place
                    continue
                playing.timer_s = math.inf
                until_s = playing.until_s
                if until_s is not None and until_s <= now_s:
                    self._wake(playing, None)
                elif until_s is not None and until_s < math.inf:
                    self._set_timer(playing, until_s)
            self._sleep()

    def _sleep(self) -> None:
        """Sleep until the next timer is due, or one is set that is due before it."""
        if not self._timers:
            self._look.wait()
            return
        wait_s = (self._timers[0][0] - self._clock.now_s()) / self._clock.speed
        # Not ``wait(wait_s)``: to end a wait by an exception is a quarter dearer.
        with closing(gevent.get_hub().loop.timer(max(0.0, wait_s))) as alarm:
            alarm.start(self._look.set, update=True)
            self._look.wait()


def carried(steps: Steps[_T], carry: Callable[[Request], tuple[Response, float]]) -> _T:
    """Return what *steps* come to, each of their requests carried by *carry*, here and now."""
    try:
        request = next(steps)
        while True:
            response, _ = carry(request)
            request = steps.send(response)
    except StopIteration as done:
        result: _T = done.value
        return result


class _Failed(Exception):
    """What Locust's own statistics show for a request that was not answered with success."""
