"""The gevent driver: carries journeys' requests, parks those that wait, wakes them with news.

A greenlet lives only as long as a request of its journey is on the way. A journey that waits is an
entry in ``_waiting``; the event stream or the one timer greenlet wakes it. News that comes before
the journey asks for it (an answer can beat the response that placed the call) is kept for it.
"""

import heapq
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import gevent
from gevent.event import Event
from gevent.pool import Group

from harness.adapter.protocol import Notice, Request, Response
from harness.clock import RunClock
from harness.model.contact import GIVE_UP_WALL_S, Exchange
from harness.model.target import Endpoints
from scenarios.journeys.story import Journey, Leave, Lost, Wait
from scenarios.journeys.transport import Transport

_log = logging.getLogger(__name__)

CONNECTIONS = 10_000
"""Sockets at most. While the target answers in milliseconds a handful are in use; against one that
hangs a smaller pool would queue callers inside the client, and slow the load with the target."""


class FireRequest(Protocol):
    """Locust's ``request`` event."""

    def __call__(self, **fields: object) -> None:
        """Count one request."""


@dataclass(slots=True)
class _Playing:
    """A journey in progress. ``ticket`` numbers its waits, so that an old timer wakes nobody."""

    reference: str
    journey: Journey
    exchanges: list[Exchange]
    news: tuple[Notice, ...] = ()  # next to always empty: a deque of each one's own is 760 bytes
    ticket: int = 0
    waiting: bool = False
    lost: Lost | None = None


class Journeys:
    """All journeys of one generator process. ``broken`` counts those our own mistakes ended."""

    def __init__(self, endpoints: Endpoints, clock: RunClock, fire: FireRequest) -> None:
        self._clock = clock
        self._fire = fire
        self._transport = Transport(endpoints, answer_s=GIVE_UP_WALL_S, connections=CONNECTIONS)
        self._playing: dict[str, _Playing] = {}
        self.broken = 0
        # Our own group: Locust counts and stops every greenlet in its users' group as a user.
        self._carrying = Group()
        self._timers: list[tuple[float, int, str, int]] = []
        self._timer_count = 0
        self._sooner = Event()
        self._timer = gevent.spawn(self._watch_time)

    def __len__(self) -> int:
        return len(self._playing)

    def start(self, reference: str, exchanges: list[Exchange], journey: Journey) -> None:
        """Begin *journey*; news about *reference* is its news from now on."""
        playing = _Playing(reference, journey, exchanges)
        self._playing[reference] = playing
        self._advance(playing, lambda: next(journey))

    def hear(self, notice: Notice) -> None:
        """Hand *notice* to the journey it is about, if that is still being played."""
        playing = self._playing.get(notice.reference)
        if playing is None:
            return
        if playing.waiting:
            self._wake(playing, notice)
        else:
            playing.news += (notice,)

    def lose_sight(self, why: str) -> None:
        """Tell every journey that news about it may have been lost for good.

        One whose request is on the way hears of it when it next begins to wait.
        """
        for playing in self._playing.values():
            if not playing.waiting:
                playing.lost = Lost(why)
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
        self._carrying.kill(timeout=1)
        self._timer.kill()
        self._transport.close()
        return left

    def carry(self, request: Request) -> tuple[Response, float]:
        """Return the response to *request* and how long it took (wall seconds)."""
        began = time.perf_counter()
        response = self._transport.exchange(request)
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
        return response, wall_s

    def _advance(self, playing: _Playing, step: Callable[[], Request | Wait]) -> None:
        """Play on until the journey waits or is over; requests go on in a greenlet of their own."""
        try:
            yielded = step()
            while isinstance(yielded, Wait):
                if playing.lost is not None:
                    lost, playing.lost = playing.lost, None
                    yielded = playing.journey.throw(lost)
                    continue
                if not playing.news:
                    self._park(playing, yielded.until_s)
                    return
                notice, playing.news = playing.news[0], playing.news[1:]
                yielded = playing.journey.send(notice)
        except (StopIteration, Leave, Lost):
            self._playing.pop(playing.reference, None)
        except Exception:  # noqa: BLE001  a mistake of ours: counted, and the verdict says so
            self._playing.pop(playing.reference, None)
            self.broken += 1
            _log.exception("journey_broken reference=%s", playing.reference)
        else:
            self._carrying.spawn(self._carry_on, playing, yielded)

    def _carry_on(self, playing: _Playing, request: Request) -> None:
        """Carry one request, then play on with its response."""
        response, wall_s = self.carry(request)
        playing.exchanges.append(Exchange(request.step, response.status, wall_s))
        self._advance(playing, lambda: playing.journey.send(response))

    def _park(self, playing: _Playing, until_s: float) -> None:
        playing.waiting = True
        playing.ticket += 1
        if until_s == math.inf:
            return
        self._timer_count += 1
        timer = (until_s, self._timer_count, playing.reference, playing.ticket)
        heapq.heappush(self._timers, timer)
        if self._timers[0] is timer:
            self._sooner.set()

    def _wake(self, playing: _Playing, notice: Notice | None) -> None:
        playing.waiting = False
        self._advance(playing, lambda: playing.journey.send(notice))

    def _throw(self, error: Exception) -> None:
        for playing in [each for each in self._playing.values() if each.waiting]:
            playing.waiting = False
            self._advance(playing, lambda each=playing: each.journey.throw(error))  # type: ignore[misc]

    def _watch_time(self) -> None:
        """Wake journeys whose wait is over. The only timer, however many journeys wait."""
        while True:
            self._sooner.clear()
            now_s = self._clock.now_s()
            while self._timers and self._timers[0][0] <= now_s:
                _, _, reference, ticket = heapq.heappop(self._timers)
                playing = self._playing.get(reference)
                if playing is not None and playing.waiting and playing.ticket == ticket:
                    self._wake(playing, None)
            wait_s = None
            if self._timers:
                wait_s = max(0.0, (self._timers[0][0] - self._clock.now_s()) / self._clock.speed)
            self._sooner.wait(wait_s)


class _Failed(Exception):
    """What Locust's own statistics show for a request that was not answered with success."""
