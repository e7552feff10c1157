"""The live call floor: the pure ACD engine with a clock, its events told and counted."""

from collections import OrderedDict
from collections.abc import Iterable

from mock_center.acd.engine import Answered, Ended, Engine, Event, Handling, Queued
from mock_center.chance import stream
from mock_center.clock import CentreClock
from mock_center.config import TICKETS, Centre
from mock_center.events import Feed
from mock_center.site.metrics import SiteMetrics
from mock_center.site.pacemaker import Pacemaker

_REVOKED_KEPT = 10_000


class TrunksBusyError(Exception):
    """Every trunk channel of this site is taken: the call is blocked."""


class RevokedError(Exception):
    """The edge has given this call to another site meanwhile."""


class CallFloor:
    """Calls and agents of one site. ``reset`` it before the first call."""

    def __init__(
        self, centre: Centre, site: str, clock: CentreClock, metrics: SiteMetrics, feed: Feed
    ) -> None:
        self._centre = centre
        self._site = site
        self._clock = clock
        self._metrics = metrics
        self.feed = feed
        self._engine = self._new_engine()
        self._pacemaker = Pacemaker(clock, self._next_due, self._beat)
        # Hang-ups that came before their call: the edge stopped waiting for our answer, went
        # elsewhere, and its placing request is still on the way here.
        self._revoked: OrderedDict[str, None] = OrderedDict()

    @property
    def contacts(self) -> int:
        """How many contacts are here: calls on the line, and callbacks that are owed."""
        return len(self._engine.live())

    def reset(self, feed: Feed) -> int:
        """Drop every call, set all agents free, and tell *feed* from now on; return the loss."""
        lost = self._engine.live()
        for queue in lost.values():
            self._metrics.call_lost(queue)
        self._engine = self._new_engine()
        self._revoked.clear()
        self._pacemaker.rearm()
        self.feed.close()
        self.feed = feed
        return len(lost)

    def close(self) -> None:
        """Stop the clockwork and end the stream."""
        self._pacemaker.stop()
        self.feed.close()

    def place(self, call: str, queue: str, reference: str, queued_at: float | None = None) -> None:
        """Let *call* enter *queue*; a call that is already here is not placed twice.

        *queued_at* is the wall stamp of the beginning of its wait, if that was at another site.

        Raises:
            TrunksBusyError: all channels are taken.
            RevokedError: its hang-up came first.
            KeyError: no such queue.
        """
        if call in self._revoked:
            raise RevokedError(call)
        if self._engine.holds(call):
            return
        now_s = self._clock.now_s()
        self._tell(self._engine.advance(now_s))
        if self._engine.full:
            raise TrunksBusyError(f"all channels of {self._site}")
        queued_s = None if queued_at is None else min(self._clock.centre_s(queued_at), now_s)
        self._tell(
            self._engine.offer(
                now_s, call=call, queue=queue, reference=reference, queued_s=queued_s
            )
        )
        self._pacemaker.rearm()

    def hang_up(self, call: str) -> bool:
        """The caller hangs up; return whether the call was still here."""
        if not self._engine.holds(call):
            self._revoked[call] = None
            if len(self._revoked) > _REVOKED_KEPT:
                self._revoked.popitem(last=False)
            return False
        self._tell(self._engine.hang_up(self._clock.now_s(), call))
        self._pacemaker.rearm()
        return True

    def queues(self) -> dict[str, dict[str, float]]:
        """Return each queue as it stands, waits in centre seconds; measures the gauges too."""
        now_s = self._clock.now_s()
        self._tell(self._engine.advance(now_s))
        self._pacemaker.rearm()
        states = self._engine.state(now_s)
        self._metrics.queues_are(states)
        return {
            name: {
                "waiting": state.waiting,
                "in_talk": state.in_talk,
                "agents_available": state.available,
                "longest_wait_s": round(state.longest_wait_s, 3),
            }
            for name, state in states.items()
        }

    def _new_engine(self) -> Engine:
        staffing = self._centre.staffing[self._site]
        agents = {q: sum(s.heads for s in staffing[q]) for q in staffing if q != TICKETS}
        channels = sum(self._centre.trunks[self._site].values())
        return Engine(agents, channels, self._handling)

    def _handling(self, reference: str) -> Handling:
        rng = stream(self._centre.seed, reference)
        return Handling(self._centre.calls.talk.draw(rng), self._centre.calls.wrap_up.draw(rng))

    def _next_due(self) -> float | None:
        return self._engine.next_due()

    def _beat(self) -> None:
        self._tell(self._engine.advance(self._clock.now_s()))

    def _tell(self, events: Iterable[Event]) -> None:
        stamp = self._clock.stamp
        for event in events:
            told: dict[str, object] = {"call": event.call, "queue": event.queue}
            match event:
                case Queued():
                    self._metrics.call_queued(event.queue)
                    told |= {"type": "call.queued", "queued_at": stamp(event.at_s)}
                case Answered():
                    self._metrics.call_answered(event.queue, event.at_s - event.queued_s)
                    told |= {
                        "type": "call.answered",
                        "queued_at": stamp(event.queued_s),
                        "answered_at": stamp(event.at_s),
                    }
                case Ended():
                    self._metrics.call_ended(event)
                    told |= {
                        "type": "call.ended",
                        "reason": event.reason.value,
                        "ended_at": stamp(event.at_s),
                    }
            self.feed.publish(told)
