"""The live call floor: the pure ACD engine with a clock, its events told and counted."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable

from mock_center.acd.agents import State
from mock_center.acd.engine import (
    BlockedError,
    ClosedError,
    Engine,
    QueueState,
    WrongStateError,
)
from mock_center.acd.events import (
    Answered,
    BackupCalled,
    Ended,
    Event,
    Missed,
    Offered,
    Transferred,
    Tried,
)
from mock_center.acd.media import quality
from mock_center.chance import Draws
from mock_center.clock import CentreClock
from mock_center.conditions import Conditions
from mock_center.config import Centre
from mock_center.events import Feed
from mock_center.faults.kinds.agents import BACKUP_UNAVAILABLE
from mock_center.faults.kinds.phones import IVR_DOWN
from mock_center.site.floor import floor_of, handling_of
from mock_center.site.metrics import SiteMetrics
from mock_center.site.pacemaker import Pacemaker
from mock_center.site.telling import CALLBACK, told
from mock_center.site.troubles import Troubles

__all__ = ["BlockedError", "CallFloor", "ClosedError", "RevokedError", "WrongStateError"]

_REVOKED_KEPT = 10_000


class RevokedError(Exception):
    """The edge has given this call or callback to another site meanwhile."""


class CallFloor:
    """Calls and agents of one site. ``reset`` it before the first call.

    *check_standing* is called before time passes here: who was given up while frozen has no calls
    any more to which anything could have happened meanwhile.
    """

    def __init__(
        self,
        centre: Centre,
        site: str,
        clock: CentreClock,
        metrics: SiteMetrics,
        feed: Feed,
        conditions: Conditions,
        check_standing: Callable[[], None] = lambda: None,
    ) -> None:
        self._check_standing = check_standing
        self._centre = centre
        self._site = site
        self._clock = clock
        self._metrics = metrics
        self.feed = feed
        self._references: dict[str, str] = {}
        self._outsiders: set[int] = set()
        self._keys: dict[str, int] = {}  # under which keys they logged in
        self._with: dict[str, int] = {}  # contacts that agents from outside have, and who
        self._leaked: list[bytes] = []
        set_at_s = centre.defects.sets_clock_after_s
        self._set_at_s = math.inf if set_at_s is None else set_at_s
        self._set_by = centre.defects.sets_clock_by.get(site, 0.0)
        self._conditions = conditions
        self._troubles = Troubles(conditions)
        self._engine = self._new_engine()
        self._pacemaker = Pacemaker(clock, self._next_due, self._beat)
        # Hang-ups that came before their contact: the edge stopped waiting for our answer, went
        # elsewhere, and its placing request is still on the way here.
        self._revoked: OrderedDict[str, None] = OrderedDict()

    @property
    def contacts(self) -> int:
        """How many contacts are here: calls on the line, and callbacks that are owed."""
        return len(self._engine.live())

    def reset(self, feed: Feed) -> int:
        """Drop every contact, set all agents free, and tell *feed* from now on; return the loss."""
        lost = self._engine.live()
        for contact, queue in lost.items():
            if not contact.startswith(CALLBACK):
                self._metrics.call_lost(queue)
        self._metrics.agents_are(self._engine.teams(), self._clock.now_s())
        self._metrics.new_shift()
        self._engine = self._new_engine()
        self._revoked.clear()
        self._references.clear()
        self._outsiders.clear()
        self._keys.clear()
        self._with.clear()
        self._pacemaker.rearm()
        self.feed.close()
        self.feed = feed
        self._happened(self._troubles.begin(self._engine, self._now_s()))
        return len(lost)

    def close(self) -> None:
        """Stop the clockwork and end the stream."""
        self._pacemaker.stop()
        self.feed.close()

    # -- callers

    def place(
        self,
        call: str,
        queue: str,
        reference: str,
        queued_at: float | None = None,
        ranked_at: float | None = None,
    ) -> str:
        """Let *call* come in for *queue*; return ``menu``, ``queued`` or ``ended`` (closed).

        A call that is already here is not placed twice.

        *queued_at* is the wall stamp of the beginning of its wait, if that was at another site;
        *ranked_at* the earlier one by which it is served, if it was in talk there.

        Raises:
            BlockedError: all channels, or all ports of the voice menu, are taken.
            RevokedError: its hang-up came first.
            KeyError: no such queue.
        """
        if call in self._revoked:
            raise RevokedError(call)
        if self._engine.holds(call):
            return "queued"
        now_s = self._now_s()
        queued_s = None if queued_at is None else min(self._clock.centre_s(queued_at), now_s)
        ranked_s = None if ranked_at is None else self._clock.centre_s(ranked_at)
        self._references[call] = reference
        try:
            events = self._engine.offer(
                now_s,
                call=call,
                queue=queue,
                reference=reference,
                queued_s=queued_s,
                ranked_s=ranked_s,
            )
        except (BlockedError, KeyError):
            del self._references[call]
            raise
        if leak := self._centre.defects.leaks_per_call_bytes:
            self._leaked.append(b"x" * leak)  # zeros would be memory that nobody touched
        self._happened(events)
        if not self._engine.holds(call):
            return "ended"
        return "menu" if self._engine.in_menu(call) else "queued"

    def hang_up(self, call: str) -> bool:
        """The caller hangs up, or wants no callback; return whether the contact was still here."""
        if not self._engine.holds(call):
            self._revoked[call] = None
            if len(self._revoked) > _REVOKED_KEPT:
                self._revoked.popitem(last=False)
            return False
        self._happened(self._engine.hang_up(self._now_s(), call))
        return True

    def press(self, call: str, digits: str) -> None:
        """The caller dials *digits*.

        Raises:
            WrongStateError: the call is not here.
        """
        self._happened(self._engine.press(self._now_s(), call, digits))

    def call_back(
        self,
        callback: str,
        queue: str,
        reference: str,
        *,
        call: str | None,
        promised_at: float | None,
    ) -> float:
        """Promise a callback; return the wall stamp until when. See ``Engine.call_back``.

        Raises:
            RevokedError: its hang-up came first.
            WrongStateError: *call* does not wait here, or this centre calls nobody back.
            ClosedError: *queue* is closed.
            KeyError: no such queue.
        """
        if callback in self._revoked:
            raise RevokedError(callback)
        self._references[callback] = reference
        try:
            promised_s, events = self._engine.call_back(
                self._now_s(),
                callback=callback,
                queue=queue,
                reference=reference,
                call=call,
                promised_s=None if promised_at is None else self._clock.centre_s(promised_at),
            )
        except (WrongStateError, ClosedError, KeyError):
            del self._references[callback]
            raise
        self._happened(events)
        return self._stamp(promised_s)

    # -- the house

    def staff(self, skill: str, heads: int) -> None:
        """Have *heads* more agents of *skill* than planned, fewer if negative.

        Raises:
            KeyError: no such skill.
        """
        self._happened(self._engine.staff(self._now_s(), skill, heads))

    def backup(self, *, called: bool) -> None:
        """Call the backup pool, or send it home."""
        engine, now_s = self._engine, self._now_s()
        self._happened(engine.call_backup(now_s) if called else engine.release_backup(now_s))

    def queues(self) -> dict[str, dict[str, float]]:
        """Return each queue as it stands, waits in centre seconds; measures the gauges too.

        There is no expected wait while nobody is at work.
        """
        now_s = self._now_s()
        self._happened(self._engine.advance(now_s))
        states = self._engine.state(now_s)
        self._metrics.queues_are(states)
        self._metrics.agents_are(self._engine.teams(), now_s)
        self._metrics.trunks_are(self._engine.trunks.state(), self._engine.ports_used)
        self._metrics.house.set(
            self._troubles.media(self._centre.media),
            menu_up=self._conditions.asked(IVR_DOWN) is None,
            backup_reachable=self._conditions.asked(BACKUP_UNAVAILABLE) is None,
            backup_called=self._engine.backup_called,
        )
        return {name: _figures(state) for name, state in states.items()}

    def conditions_changed(self) -> None:
        """Put into effect what is wrong here on purpose, or no longer is."""
        self._happened(self._troubles.apply(self._now_s()))

    # -- agents from outside

    def log_in(self, skill: str, key: str) -> int:
        """Let an agent from outside work *skill*; return its number, the same for the same *key*.

        Raises:
            KeyError: no such skill.
        """
        known = self._keys.get(key)
        if known is not None and self._engine.agent_state(known)[0] is not State.OFFLINE:
            return known
        number, events = self._engine.log_in(self._now_s(), skill)
        self._outsiders.add(number)
        self._keys[key] = number
        self._happened(events)
        return number

    def forget(self, key: str) -> None:
        """Log out who came under *key*: the edge never heard that anybody did."""
        number = self._keys.pop(key, None)
        if number is not None:
            self.agent_does(number, "log-out", {})

    def agent_is(self, agent: int) -> dict[str, object]:
        """Return the state of an agent from outside and the call it has, if any."""
        self._happened(self._engine.advance(self._now_s()))
        return self._standing(agent)

    def _standing(self, agent: int) -> dict[str, object]:
        state, call = self._engine.agent_state(agent)
        return {"state": state.value, "call": call, "reference": self._references.get(call or "")}

    def agent_does(self, agent: int, what: str, order: dict[str, object]) -> None:
        """Do for an agent from outside *what* it asks.

        That is ``accept``, ``decline``, ``finish`` (a *call*; ``finish`` also *to*, *resolved*),
        ``away`` (a *reason*), ``available`` or ``log-out``.

        Raises:
            WrongStateError: it cannot be done now.
            KeyError: there is no such action, skill or field.
            ValueError: there is no such reason.
        """
        engine, now_s = self._engine, self._now_s()
        match what:
            case "accept":
                events = engine.accept(now_s, agent, str(order["call"]))
            case "decline":
                events = engine.decline(now_s, agent, str(order["call"]))
            case "finish":
                to = order.get("to")
                events = engine.finish(
                    now_s,
                    agent,
                    str(order["call"]),
                    to=None if to is None else str(to),
                    resolved=bool(order.get("resolved", True)),
                )
            case "away":
                events = engine.set_away(now_s, agent, State(str(order["reason"])))
            case "available":
                events = engine.set_away(now_s, agent, None)
            case "log-out":
                events = engine.log_out(now_s, agent)
            case _:
                raise KeyError(what)
        self._happened(events)

    # -- within

    def _new_engine(self) -> Engine:
        floor = floor_of(self._centre, self._site)
        draw = handling_of(self._centre)
        return Engine(floor, draw, start_s=max(self._clock.now_s(), 0.0))

    def _now_s(self) -> float:
        return max(self._clock.now_s(), 0.0)

    def _next_due(self) -> float | None:
        return self._engine.next_due()

    def _beat(self) -> None:
        self._check_standing()
        self._tell(self._engine.advance(self._now_s()))

    def _happened(self, events: Iterable[Event]) -> None:
        self._tell(events)
        self._pacemaker.rearm()

    def _stamp(self, centre_s: float) -> float:
        """Return the wall stamp of *centre_s*, by a clock that may have been set by then."""
        return self._clock.stamp(centre_s) + (self._set_by if centre_s >= self._set_at_s else 0.0)

    def _tell(self, events: Iterable[Event]) -> None:
        stamp = self._stamp
        for event in events:
            self._metrics.happened(event)
            message = told(event, stamp)
            if message is not None:
                if type(event) is Ended:
                    self._over(event, message)
                self.feed.publish(message)
            elif type(event) is BackupCalled:
                self.feed.publish({"type": "backup.called", "at": stamp(event.at_s)})
            if self._outsiders:
                self._tell_outsiders(event)

    def _over(self, event: Ended, message: dict[str, object]) -> None:
        reference = self._references.pop(event.call, "")
        if event.answered_s is None:
            return
        network = self._troubles.media(self._centre.media)
        heard = quality(network, Draws(self._centre.seed, reference))
        self._metrics.heard(heard.mos)
        message["media"] = {
            "mos": round(heard.mos, 2),
            "r": round(heard.r, 1),
            "delay_ms": round(heard.delay_ms, 1),
            "jitter_ms": round(heard.jitter_ms, 1),
            "loss": round(heard.loss, 5),
        }

    def _tell_outsiders(self, event: Event) -> None:
        """Have an agent from outside hear that a contact came to it, or left it."""
        agent: int | None = None
        if type(event) is Offered or type(event) is Answered:
            if event.agent in self._outsiders:
                agent = self._with[event.call] = event.agent
        elif isinstance(event, Missed | Ended | Transferred | Tried):
            agent = self._with.pop(event.call, None)
        if agent is not None:
            self.feed.publish({"type": "agent.changed", "agent": agent, **self._standing(agent)})


def _figures(state: QueueState) -> dict[str, float]:
    found = {
        "waiting": state.waiting,
        "callbacks": state.callbacks,
        "in_talk": state.in_talk,
        "agents_available": state.available,
        "agents": sum(state.agents.values()),
        "longest_wait_s": round(state.longest_wait_s, 3),
    }
    if state.expected_wait_s < math.inf:
        found["expected_wait_s"] = round(state.expected_wait_s, 1)
    return found
