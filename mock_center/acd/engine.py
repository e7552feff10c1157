"""The call distributor: trunk -> menu -> queue -> ring -> talk and hold -> wrap-up -> idle.

Pure. Time (centre seconds) comes in as an argument, events go out as values, and ``next_due()``
says when to call again. A live site drives it with a clock, a test with numbers.

The way of a contact, and what may happen to it on the way::

    arrive -> menu -> queued -> ringing -> in talk (hold) -> over -> agent wraps up
              |       |  ^      | missed: back to the queue, its wait goes on
              |       |  +------+ transferred: to another queue, second leg
              |       +-> overflowed to another queue, widened to other skills, timed out
              +-> contained, or hung up; closed: told so and disconnected

Two rules hold everywhere: a contact waits in one queue, rings at one agent or is in talk with one,
never two of these; and its wait counts from when it first waited for this leg.
"""

from collections.abc import Callable, Iterable
from itertools import count
from typing import NamedTuple

from mock_center.acd.agenda import Agenda
from mock_center.acd.agents import AWAY, PRESENT, Agent, Idle, State, Team
from mock_center.acd.contact import Contact, Stage
from mock_center.acd.events import (
    Answered,
    Ended,
    Event,
    InMenu,
    Missed,
    Offered,
    Overflowed,
    Queued,
    Reason,
    Transferred,
    Tried,
    WrappedUp,
)
from mock_center.acd.floor import Floor, Handling
from mock_center.acd.trunks import Trunks
from mock_center.acd.waiting import Waiting
from mock_center.acd.workforce import Workforce

_USUAL_HANDLE_S = 180.0
_HANDLE_MEMORY = 0.02
"""How much the latest handle time counts in the running mean, from which waits are foretold."""


class BlockedError(Exception):
    """Every trunk channel, or every port of the voice menu, is taken: the caller hears busy."""


class ClosedError(Exception):
    """The queue is closed at this hour."""


class WrongStateError(Exception):
    """The contact or agent is not in a state in which this can be done; nothing has changed."""


class QueueState(NamedTuple):
    """One queue at one moment; waits are centre seconds, 0 if nobody waits.

    *waiting* are callers on the line, *callbacks* those who will be called back, *available* the
    idle agents of its own skill, *agents* all of them by state.
    """

    waiting: int
    callbacks: int
    in_talk: int
    available: int
    wrap_up: int
    longest_wait_s: float
    expected_wait_s: float
    agents: dict[State, int]


class _Queue:
    """One queue, and the team of the same name."""

    __slots__ = ("callbacks", "idle", "in_talk", "name", "rule", "served", "waiting")

    def __init__(self, name: str, floor: Floor) -> None:
        self.name = name
        self.rule = floor.queues[name]
        self.served = Waiting()  # by agents of this skill, calls of other queues included
        self.idle = Idle()
        self.waiting = 0
        self.callbacks = 0
        self.in_talk = 0


class Engine:
    """Queues, agents and contacts of one site.

    Args:
        floor: the rules.
        draw: what a contact takes, by its reference; asked once for each.
        start_s: the centre second at which it begins.
    """

    def __init__(
        self, floor: Floor, draw: Callable[[str], Handling], *, start_s: float = 0.0
    ) -> None:
        self._floor = floor
        self._draw = draw
        self._now_s = start_s
        self._trunks = Trunks(floor.trunks)
        self._ports_used = 0
        self._menu_works = floor.ivr is not None
        self._queues = {name: _Queue(name, floor) for name in floor.queues}
        self._contacts: dict[str, Contact] = {}
        self._waits = count()
        self._handle_s = _USUAL_HANDLE_S
        self._events: list[Event] = []
        self._agenda = Agenda()
        self._workforce = Workforce(
            floor,
            self._agenda,
            tell=self._tell,
            free=self._free,
            wrapped_up=self._tell_wrap_up,
        )
        self._trigger = self._workforce.trigger
        self._workforce.begin(start_s)

    # -- what the outside asks

    @property
    def full(self) -> bool:
        """Whether every trunk channel is taken, so that the next call is blocked."""
        return self._trunks.full

    @property
    def trunks(self) -> Trunks:
        """The trunk groups."""
        return self._trunks

    @property
    def ports_used(self) -> int:
        """How many ports of the voice menu are in use."""
        return self._ports_used

    def holds(self, call: str) -> bool:
        """Return whether *call* is here: in the menu, queued, ringing or in talk."""
        return call in self._contacts

    def waits(self, call: str) -> bool:
        """Return whether the caller of *call* waits: in a queue, or while it rings."""
        contact = self._contacts.get(call)
        return contact is not None and contact.stage in (Stage.WAITING, Stage.RINGING)

    def in_menu(self, call: str) -> bool:
        """Return whether *call* is in the voice menu."""
        contact = self._contacts.get(call)
        return contact is not None and contact.stage is Stage.MENU

    def live(self) -> dict[str, str]:
        """Return the queue of every contact that is here, by its id."""
        return {contact.id: contact.queue for contact in self._contacts.values()}

    def next_due(self) -> float | None:
        """Return the centre second of the next event, or None if only callers can cause one."""
        return self._agenda.next_due()

    def state(self, now_s: float) -> dict[str, QueueState]:
        """Return each queue as it stands; call ``advance(now_s)`` first."""
        return {name: self._state_of(queue, now_s) for name, queue in self._queues.items()}

    def teams(self) -> Iterable[Team]:
        """Return every team, for its counts and times by state."""
        return self._workforce.teams

    # -- what callers do

    def offer(
        self, now_s: float, *, call: str, queue: str, reference: str, queued_s: float | None = None
    ) -> list[Event]:
        """Let *call* come in for *queue*; return what happened up to and including *now_s*.

        *queued_s* is when its wait began, if that was earlier, at a site that is lost: such a call
        goes straight to the queue, with its wait.

        Raises:
            ValueError: the id is taken, or time ran backwards.
            BlockedError: all channels, or all ports of the menu, are busy.
            KeyError: no such queue.
        """
        if queue not in self._queues:
            raise KeyError(queue)
        if call in self._contacts:
            raise ValueError(f"call {call} is already here")
        self._run_to(now_s)
        ivr = self._floor.ivr if self._menu_works and queued_s is None else None
        if ivr is not None and self._ports_used >= ivr.ports:
            raise BlockedError("every port of the voice menu is busy")
        trunk = self._trunks.seize()
        if trunk is None:
            raise BlockedError("every trunk channel is busy")
        contact = Contact(call, queue, self._draw(reference))
        contact.trunk = trunk
        self._contacts[call] = contact
        if ivr is not None:
            self._enter_menu(contact, now_s)
        else:
            self._enter_queue(contact, now_s, queued_s)
        return self._told()

    def hang_up(self, now_s: float, call: str) -> list[Event]:
        """The caller hangs up; return what happened up to and including *now_s*.

        A queued call is abandoned, a call in talk ends for its agent too, a callback is cancelled.
        An unknown or ended call changes nothing: the agent may have hung up at the same moment.
        """
        self._run_to(now_s)
        contact = self._contacts.get(call)
        if contact is not None:
            self._hang_up(contact, now_s)
        return self._told()

    def press(self, now_s: float, call: str, digits: str) -> list[Event]:
        """The caller dials *digits*; return what happened up to and including *now_s*.

        In the menu, 0 leads to the queue at once, anything else to self-service, which contains
        the call when its time is over. Elsewhere nobody listens.

        Raises:
            WrongStateError: no such call is here.
        """
        self._run_to(now_s)
        contact = self._contacts.get(call)
        if contact is None:
            raise WrongStateError(f"call {call} is not here")
        if contact.stage is Stage.MENU:
            contact.menu_choice += digits
            if "0" in digits:
                self._leave_menu(contact)
                self._enter_queue(contact, now_s, None)
        return self._told()

    def call_back(
        self,
        now_s: float,
        *,
        callback: str,
        queue: str,
        reference: str,
        call: str | None = None,
        promised_s: float | None = None,
    ) -> tuple[float, list[Event]]:
        """Promise a callback; return until when, and what happened up to and including *now_s*.

        It takes the place in the queue of *call*, which must be waiting and ends; without one, that
        of a caller who has just come. *promised_s* is a promise that another site gave.

        Raises:
            ValueError: the id is taken.
            WrongStateError: *call* does not wait, or this centre calls nobody back.
            ClosedError: *queue* is closed.
            KeyError: no such queue.
        """
        rule = self._floor.callbacks
        if rule is None:
            raise WrongStateError("this centre calls nobody back")
        if queue not in self._queues:
            raise KeyError(queue)
        if callback in self._contacts:
            raise ValueError(f"callback {callback} is already here")
        self._run_to(now_s)
        caller = None
        since_s = now_s
        if call is not None:
            caller = self._contacts.get(call)
            waits = caller is not None and caller.stage is Stage.WAITING and not caller.is_callback
            if caller is None or caller.queued_s is None or not waits:
                raise WrongStateError(f"call {call} does not wait here")
            queue, since_s = caller.queue, caller.queued_s
        elif promised_s is not None:
            since_s = promised_s - rule.within_s
        elif not self._floor.timetable.is_open(queue, now_s):
            raise ClosedError(queue)
        until_s = now_s + rule.within_s if promised_s is None else promised_s
        contact = Contact(callback, queue, self._draw(reference), promised_s=until_s)
        self._contacts[callback] = contact
        if caller is not None:
            self._leave_queue(caller)
            self._end(caller, Reason.CALLBACK, now_s)
        self._wait_in(contact, queue, now_s, min(since_s, now_s))
        return until_s, self._told()

    def advance(self, now_s: float) -> list[Event]:
        """Return everything that was due up to and including *now_s*, in order, stamped when due.

        Raises:
            ValueError: *now_s* lies before a time already told.
        """
        self._run_to(now_s)
        return self._told()

    # -- what the house does

    def staff(self, now_s: float, skill: str, heads: int) -> list[Event]:
        """Have *heads* more agents of *skill* than planned (fewer if negative), from now on.

        Those who leave finish the contact they have. Calls add up.

        Raises:
            KeyError: no such skill.
        """
        if skill not in self._queues:
            raise KeyError(skill)
        self._run_to(now_s)
        self._workforce.add(skill, heads, now_s)
        return self._told()

    def call_backup(self, now_s: float) -> list[Event]:
        """Call the backup pool by hand; nothing if it was called already, or there is none."""
        self._run_to(now_s)
        self._workforce.call_backup(now_s)
        return self._told()

    def release_backup(self, now_s: float) -> list[Event]:
        """Send the backup pool home; each finishes the contact at hand first."""
        self._run_to(now_s)
        self._workforce.release_backup(now_s)
        return self._told()

    def menu_is(self, now_s: float, *, up: bool) -> list[Event]:
        """Switch the voice menu on or off; off, calls go straight to their queue, unfiltered."""
        self._run_to(now_s)
        self._menu_works = up and self._floor.ivr is not None
        if not self._menu_works:
            for contact in [c for c in self._contacts.values() if c.stage is Stage.MENU]:
                self._leave_menu(contact)
                self._enter_queue(contact, now_s, None)
        return self._told()

    # -- what agents from outside do

    def log_in(self, now_s: float, skill: str) -> tuple[int, list[Event]]:
        """Let an agent from outside work *skill*; return its number, available from now on.

        Raises:
            KeyError: no such skill.
        """
        if skill not in self._queues:
            raise KeyError(skill)
        self._run_to(now_s)
        agent = self._workforce.log_in(skill, now_s)
        return agent.number, self._told()

    def log_out(self, now_s: float, agent: int) -> list[Event]:
        """Let an agent from outside go, after the contact at hand; an unknown one is gone."""
        self._run_to(now_s)
        found = self._workforce.outsider(agent)
        if found is not None:
            self._workforce.dismiss(found, now_s)
        return self._told()

    def agent_state(self, agent: int) -> tuple[State, str | None]:
        """Return the state of an agent from outside and the contact it has; offline if unknown."""
        found = self._workforce.outsider(agent)
        if found is None:
            return State.OFFLINE, None
        return found.state, found.contact.id if found.contact is not None else None

    def set_away(self, now_s: float, agent: int, reason: State | None) -> list[Event]:
        """Send an agent from outside away for *reason*, or with None make it available again.

        Whoever has a contact goes when it is over. Available also ends the wrap-up.

        Raises:
            WrongStateError: no such agent is logged in, or *reason* is none for being away.
        """
        self._run_to(now_s)
        found = self._need_outsider(agent)
        if reason is not None and reason not in AWAY:
            raise WrongStateError(f"{reason} is no reason for being away")
        found.pause = reason
        idle = reason is None and found.state is State.AVAILABLE  # and keeps its turn
        if found.contact is None and not idle:
            if found.state is State.WRAP_UP:
                self._tell_wrap_up(found, now_s)
            self._free(found, now_s)
        return self._told()

    def accept(self, now_s: float, agent: int, call: str) -> list[Event]:
        """An agent from outside takes the call that rings.

        Raises:
            WrongStateError: that call does not ring there (any more).
        """
        self._run_to(now_s)
        found = self._need_outsider(agent)
        self._answer(found, self._need_ringing(found, call), now_s)
        return self._told()

    def decline(self, now_s: float, agent: int, call: str) -> list[Event]:
        """An agent from outside does not take the call that rings: it goes to the next.

        Raises:
            WrongStateError: that call does not ring there (any more).
        """
        self._run_to(now_s)
        found = self._need_outsider(agent)
        self._need_ringing(found, call)
        self._miss(found, now_s)
        return self._told()

    def finish(
        self, now_s: float, agent: int, call: str, *, to: str | None = None, resolved: bool = True
    ) -> list[Event]:
        """An agent from outside ends the talk, or passes the caller on to the queue *to*.

        Raises:
            WrongStateError: that call is not in talk there.
            KeyError: no such queue.
        """
        if to is not None and to not in self._queues:
            raise KeyError(to)
        self._run_to(now_s)
        found = self._need_outsider(agent)
        contact = found.contact
        if contact is None or contact.id != call or contact.stage is not Stage.TALK:
            raise WrongStateError(f"call {call} is not in talk with agent {agent}")
        if to is None:
            self._end_talk(found, contact, Reason.AGENT, now_s, resolved=resolved)
        else:
            self._pass_on(found, contact, to, now_s)
        return self._told()

    # -- the clockwork

    def _run_to(self, now_s: float) -> None:
        if now_s < self._now_s:
            raise ValueError(f"time runs backwards: {now_s} after {self._now_s}")
        self._agenda.run_to(now_s)
        self._now_s = now_s

    def _told(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _tell(self, event: Event) -> None:
        self._events.append(event)

    # -- menu and queue

    def _enter_menu(self, contact: Contact, now_s: float) -> None:
        self._ports_used += 1
        contact.stage = Stage.MENU
        self._events.append(InMenu(contact.id, contact.queue, now_s))
        self._agenda.appoint(contact, now_s + contact.handling.menu_s, self._end_menu)

    def _leave_menu(self, contact: Contact) -> None:
        self._ports_used -= 1
        contact.appointment = -1

    def _end_menu(self, contact: Contact, now_s: float) -> None:
        self._leave_menu(contact)
        ivr = self._floor.ivr
        chosen = contact.menu_choice != ""
        if ivr is not None and (chosen or contact.handling.contained < ivr.contained):
            self._end(contact, Reason.CONTAINED, now_s)
        else:
            self._enter_queue(contact, now_s, None)

    def _enter_queue(self, contact: Contact, now_s: float, queued_s: float | None) -> None:
        moved = queued_s is not None
        if not moved and not self._floor.timetable.is_open(contact.queue, now_s):
            self._end(contact, Reason.CLOSED, now_s)
            return
        if queued_s is None or self._floor.resets_wait:
            queued_s = now_s
        self._wait_in(contact, contact.queue, now_s, queued_s)

    def _wait_in(self, contact: Contact, queue: str, now_s: float, queued_s: float) -> None:
        """Let *contact* wait in *queue*, new there; serve it at once if somebody is idle."""
        contact.queue = queue
        contact.queued_s = queued_s
        contact.answered_s = None
        self._events.append(Queued(contact.id, queue, queued_s, now_s, contact.leg))
        self._stand_in_line(contact, now_s)

    def _stand_in_line(self, contact: Contact, now_s: float) -> None:
        queue = self._queues[contact.queue]
        agent = queue.idle.pop()
        if agent is not None:
            self._assign(agent, contact, now_s)
            return
        rule = queue.rule
        contact.stage = Stage.WAITING
        contact.wait = next(self._waits)
        if not contact.is_callback:
            queue.waiting += 1
        else:
            queue.callbacks += 1
        assert contact.queued_s is not None
        queue.served.add(contact, contact.queued_s - rule.head_start_s)
        if rule.widening or rule.overflow is not None or rule.longest_s is not None:
            self._pass_milestones(contact, now_s)

    def _pass_milestones(self, contact: Contact, now_s: float) -> None:
        """Do what the length of the wait so far asks for, and come again when more is due."""
        rule = self._queues[contact.queue].rule
        since_s = contact.queued_s if contact.queued_s is not None else now_s
        caller = not contact.is_callback
        if caller and rule.longest_s is not None and since_s + rule.longest_s <= now_s:
            self._leave_queue(contact)
            self._end(contact, Reason.TIMED_OUT, now_s)
            return
        overflow = rule.overflow if caller and not contact.overflowed else None
        if overflow is not None and since_s + overflow.after_s <= now_s:
            self._overflow(contact, overflow.to, now_s)
            return
        widened: list[str] = []
        due: list[float] = []
        for widening in rule.widening:
            due_s = since_s + widening.after_s
            if due_s <= now_s:
                widened += widening.skills
            else:
                due.append(due_s)
        if self._widen(contact, widened, since_s - rule.head_start_s, now_s):
            return
        if overflow is not None:
            due.append(since_s + overflow.after_s)
        if caller and rule.longest_s is not None:
            due.append(since_s + rule.longest_s)
        if due:
            self._agenda.appoint(contact, min(due), self._pass_milestones)

    def _widen(self, contact: Contact, skills: list[str], rank: float, now_s: float) -> bool:
        """Let agents of *skills* serve *contact* too; return whether one was idle and does."""
        idle = [(since_s, skill) for skill in skills
                if (since_s := self._queues[skill].idle.since()) is not None]  # fmt: skip
        if idle and (agent := self._queues[min(idle)[1]].idle.pop()) is not None:
            self._leave_queue(contact)
            self._assign(agent, contact, now_s)
            return True
        for skill in skills:
            self._queues[skill].served.add(contact, rank)
        return False

    def _overflow(self, contact: Contact, to: str, now_s: float) -> None:
        self._leave_queue(contact)
        contact.overflowed = True
        self._events.append(Overflowed(contact.id, contact.queue, to, now_s))
        kept_s = now_s if self._floor.resets_wait else contact.queued_s
        self._wait_in(contact, to, now_s, now_s if kept_s is None else kept_s)

    def _leave_queue(self, contact: Contact) -> None:
        queue = self._queues[contact.queue]
        if not contact.is_callback:
            queue.waiting -= 1
        else:
            queue.callbacks -= 1
        contact.wait = -1
        contact.appointment = -1

    # -- agent and contact

    def _assign(self, agent: Agent, contact: Contact, now_s: float) -> None:
        """Bring *contact*, which is in no queue any more, and *agent*, who was idle, together."""
        contact.agent, agent.contact = agent, contact
        ringing = self._floor.ringing
        if contact.is_callback:
            self._dial(agent, contact, now_s)
        elif agent.outside:
            self._ring(agent, contact, now_s, now_s + ringing.timeout_s, self._miss)
        elif contact.handling.missed < ringing.missed:
            # The number is stretched back over 0 to 1, so that the next offer has its own chance.
            missed = contact.handling.missed / ringing.missed
            contact.handling = contact.handling._replace(missed=missed)
            self._ring(agent, contact, now_s, now_s + ringing.timeout_s, self._miss)
        elif contact.handling.pick_up_s > 0:
            self._ring(agent, contact, now_s, now_s + contact.handling.pick_up_s, self._pick_up)
        else:
            self._answer(agent, contact, now_s)

    def _ring(
        self,
        agent: Agent,
        contact: Contact,
        now_s: float,
        until_s: float,
        then: Callable[[Agent, float], None],
    ) -> None:
        contact.stage = Stage.RINGING
        agent.team.move(agent, State.RESERVED, now_s)
        self._events.append(Offered(contact.id, contact.queue, agent.number, now_s, until_s))
        self._agenda.appoint(agent, until_s, then)

    def _pick_up(self, agent: Agent, now_s: float) -> None:
        if agent.contact is not None:
            self._answer(agent, agent.contact, now_s)

    def _miss(self, agent: Agent, now_s: float) -> None:
        """The ring timed out, or was declined: the next agent for the caller, a pause for this."""
        contact = agent.contact
        if contact is None:
            return
        agent.contact = contact.agent = None
        agent.appointment = -1
        self._events.append(Missed(contact.id, contact.queue, agent.number, now_s))
        agent.team.move(agent, State.MISSED, now_s)
        if agent.leaving:
            self._workforce.leave(agent, now_s)
        elif not agent.outside:
            self._agenda.appoint(agent, now_s + self._floor.ringing.away_s, self._free)
        elif agent.pause is not None:
            self._workforce.rest(agent, now_s)
        if self._floor.resets_wait:
            contact.queued_s = now_s
        self._stand_in_line(contact, now_s)

    def _dial(self, agent: Agent, contact: Contact, now_s: float) -> None:
        rule = self._floor.callbacks
        assert rule is not None
        contact.stage = Stage.RINGING
        contact.attempts += 1
        contact.trunk = self._trunks.seize()
        agent.team.move(agent, State.RESERVED, now_s)
        reached = contact.trunk is not None and contact.handling.reached < rule.reached
        self._agenda.appoint(
            agent, now_s + rule.ring_s, self._pick_up if reached else self._not_reached
        )

    def _not_reached(self, agent: Agent, now_s: float) -> None:
        contact, rule = agent.contact, self._floor.callbacks
        assert contact is not None
        assert rule is not None
        agent.contact = contact.agent = None
        self._give_back_trunk(contact)
        self._events.append(Tried(contact.id, contact.queue, contact.attempts, now_s))
        if contact.attempts >= rule.attempts:
            self._end(contact, Reason.UNREACHED, now_s)
        else:
            chance = contact.handling.reached
            again = (chance - rule.reached) / (1 - rule.reached) if chance >= rule.reached else 0.0
            contact.handling = contact.handling._replace(reached=again)
            contact.stage = Stage.RESTING
            self._agenda.appoint(contact, now_s + rule.retry_s, self._stand_in_line)
        self._free(agent, now_s)

    def _answer(self, agent: Agent, contact: Contact, now_s: float) -> None:
        handling = contact.handling
        contact.stage = Stage.TALK
        contact.answered_s = now_s
        contact.hold_s = 0.0
        self._queues[contact.queue].in_talk += 1
        agent.team.move(agent, State.BUSY, now_s)
        queued_s = contact.queued_s if contact.queued_s is not None else now_s
        promised_s = contact.promised_s
        kept = None if promised_s is None else now_s <= promised_s
        self._events.append(
            Answered(contact.id, contact.queue, queued_s, now_s, agent.number, contact.leg, kept)
        )
        if self._trigger is not None and kept is None:
            self._trigger.left_queue(now_s - queued_s, answered=True)
        if agent.outside:
            agent.appointment = -1
            return
        talk_s = handling.talk_s if contact.leg == 1 else handling.second_talk_s
        talk_s *= self._pace(agent, now_s)
        if handling.hold_s > 0 and contact.leg == 1:
            contact.talk_left_s = talk_s / 2
            self._agenda.appoint(agent, now_s + talk_s / 2, self._hold)
        else:
            self._agenda.appoint(agent, now_s + talk_s, self._talked)

    def _hold(self, agent: Agent, now_s: float) -> None:
        contact = agent.contact
        assert contact is not None
        contact.held_since_s = now_s
        agent.team.move(agent, State.HOLD, now_s)
        hold_s = contact.handling.hold_s * self._pace(agent, now_s)
        self._agenda.appoint(agent, now_s + hold_s, self._resume)

    def _resume(self, agent: Agent, now_s: float) -> None:
        contact = agent.contact
        assert contact is not None
        self._stop_holding(contact, now_s)
        agent.team.move(agent, State.BUSY, now_s)
        self._agenda.appoint(agent, now_s + contact.talk_left_s, self._talked)

    @staticmethod
    def _stop_holding(contact: Contact, now_s: float) -> None:
        if contact.held_since_s is not None:
            contact.hold_s += now_s - contact.held_since_s
            contact.held_since_s = None

    def _talked(self, agent: Agent, now_s: float) -> None:
        """The agent is through: the matter is passed on, or done."""
        contact = agent.contact
        assert contact is not None
        handling, factors = contact.handling, agent.proficiency
        passed_on = contact.leg == 1 and not contact.is_callback
        if passed_on and handling.transferred < self._floor.transferred * factors.transfers:
            to = self._queues[contact.queue].rule.transfer_to or contact.queue
            self._pass_on(agent, contact, to, now_s)
            return
        unresolved = (1 - self._floor.resolved) * factors.unresolved
        resolved = 1 - handling.resolved >= unresolved
        self._end_talk(agent, contact, Reason.AGENT, now_s, resolved=resolved)

    def _pass_on(self, agent: Agent, contact: Contact, to: str, now_s: float) -> None:
        talk_s = self._part(agent, contact, now_s)
        self._events.append(
            Transferred(contact.id, contact.queue, to, now_s, talk_s, contact.hold_s)
        )
        contact.leg += 1
        # Who was called back is on the line now, and waits for the next agent as any caller does.
        contact.is_callback, contact.promised_s = False, None
        self._wrap_up(agent, contact.handling.wrap_up_s, now_s)
        self._wait_in(contact, to, now_s, now_s)

    def _end_talk(
        self,
        agent: Agent,
        contact: Contact,
        reason: Reason,
        now_s: float,
        *,
        resolved: bool | None,
    ) -> None:
        talk_s = self._part(agent, contact, now_s)
        self._handle_s += _HANDLE_MEMORY * (
            talk_s + contact.hold_s + contact.handling.wrap_up_s - self._handle_s
        )
        self._end(contact, reason, now_s, talk_s=talk_s, resolved=resolved)
        self._wrap_up(agent, contact.handling.wrap_up_s, now_s)

    def _part(self, agent: Agent, contact: Contact, now_s: float) -> float:
        """Take agent and contact, who talk, apart; return the seconds they really talked."""
        self._stop_holding(contact, now_s)
        agent.contact = contact.agent = None
        self._queues[contact.queue].in_talk -= 1
        assert contact.answered_s is not None
        return now_s - contact.answered_s - contact.hold_s

    def _hang_up(self, contact: Contact, now_s: float) -> None:
        callback = contact.is_callback
        agent = contact.agent
        match contact.stage:
            case Stage.MENU:
                self._leave_menu(contact)
                self._end(contact, Reason.LEFT_MENU, now_s)
            case Stage.WAITING:
                self._leave_queue(contact)
                self._give_up(contact, now_s)
            case Stage.RESTING:
                self._end(contact, Reason.CANCELLED, now_s)
            case Stage.RINGING:
                assert agent is not None
                agent.contact = contact.agent = None
                self._give_up(contact, now_s)
                self._free(agent, now_s)
            case Stage.TALK:
                assert agent is not None
                reason = Reason.CALLER
                self._end_talk(agent, contact, reason, now_s, resolved=None if callback else False)

    def _give_up(self, contact: Contact, now_s: float) -> None:
        if contact.is_callback:
            self._end(contact, Reason.CANCELLED, now_s)
            return
        if self._trigger is not None and contact.queued_s is not None:
            self._trigger.left_queue(now_s - contact.queued_s, answered=False)
        self._end(contact, Reason.ABANDONED, now_s)

    def _end(
        self,
        contact: Contact,
        reason: Reason,
        now_s: float,
        *,
        talk_s: float = 0.0,
        resolved: bool | None = None,
    ) -> None:
        del self._contacts[contact.id]
        contact.appointment = -1
        self._give_back_trunk(contact)
        self._events.append(
            Ended(
                contact.id,
                contact.queue,
                reason,
                contact.queued_s,
                contact.answered_s,
                now_s,
                talk_s,
                contact.hold_s,
                contact.leg,
                resolved,
            )
        )

    def _give_back_trunk(self, contact: Contact) -> None:
        if contact.trunk is not None:
            self._trunks.release(contact.trunk)
            contact.trunk = None

    # -- agents between contacts

    def _wrap_up(self, agent: Agent, wrap_up_s: float, now_s: float) -> None:
        agent.team.move(agent, State.WRAP_UP, now_s)
        if agent.outside:
            agent.appointment = -1
            if agent.leaving:
                self._workforce.leave(agent, now_s)
            return
        wrap_up_s *= self._pace(agent, now_s)
        if wrap_up_s > 0:
            self._agenda.appoint(agent, now_s + wrap_up_s, self._wrapped_up)
        else:
            self._wrapped_up(agent, now_s)

    def _wrapped_up(self, agent: Agent, now_s: float) -> None:
        self._tell_wrap_up(agent, now_s)
        self._free(agent, now_s)

    def _tell_wrap_up(self, agent: Agent, now_s: float) -> None:
        after_s = now_s - agent.since_s
        self._events.append(WrappedUp(agent.team.skill, agent.number, after_s, now_s))

    def _free(self, agent: Agent, now_s: float) -> None:
        """*agent* has nothing to do: home, away, to the next caller, or idle."""
        agent.appointment = -1
        if agent.leaving:
            self._workforce.leave(agent, now_s)
            return
        if agent.pause is not None:
            self._workforce.rest(agent, now_s)
            return
        agent.team.move(agent, State.AVAILABLE, now_s)
        if agent.sidelined:
            return
        queue = self._queues[agent.team.skill]
        contact = queue.served.first()
        if contact is not None:
            self._leave_queue(contact)
            self._assign(agent, contact, now_s)
        else:
            queue.idle.add(agent, now_s)

    def _pace(self, agent: Agent, now_s: float) -> float:
        return agent.proficiency.pace * (1 + self._floor.slower_per_hour * now_s / 3600)

    # -- what can be seen

    def _need_outsider(self, number: int) -> Agent:
        found = self._workforce.outsider(number)
        if found is None:
            raise WrongStateError(f"no agent {number} from outside is logged in")
        return found

    @staticmethod
    def _need_ringing(agent: Agent, call: str) -> Contact:
        contact = agent.contact
        ringing = contact is not None and contact.stage is Stage.RINGING
        # A callback rings at the customer: there is nothing to accept, and no channel to give back.
        if contact is None or not ringing or contact.id != call or contact.is_callback:
            raise WrongStateError(f"call {call} does not ring at agent {agent.number}")
        return contact

    def _state_of(self, queue: _Queue, now_s: float) -> QueueState:
        teams = [team for team in self._workforce.teams if team.skill == queue.name]
        agents: dict[State, int] = {
            state: sum(team.count(state) for team in teams) for state in PRESENT
        }
        since = [
            contact.queued_s
            for contact in queue.served
            if contact.queue == queue.name
            and not contact.is_callback
            and contact.queued_s is not None
        ]
        at_work = sum(agents[state] for state in agents if state not in AWAY)
        ahead = queue.waiting + queue.callbacks
        expected_s = 0.0
        if not agents[State.AVAILABLE]:
            expected_s = self._handle_s * (ahead + 1) / at_work if at_work else float("inf")
        return QueueState(
            waiting=queue.waiting,
            callbacks=queue.callbacks,
            in_talk=queue.in_talk,
            available=agents[State.AVAILABLE],
            wrap_up=agents[State.WRAP_UP],
            longest_wait_s=now_s - min(since, default=now_s),
            expected_wait_s=expected_s,
            agents=agents,
        )
