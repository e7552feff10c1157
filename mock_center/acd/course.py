"""The way of a contact through the centre, and what agents do between contacts. Pure.

The way of a contact, and what may happen to it on the way::

    arrive -> menu -> queued -> ringing -> in talk (hold) -> over -> agent wraps up
              |       |  ^      | missed: back to the queue, its wait goes on
              |       |  +------+ transferred: to another queue, second leg
              |       +-> overflowed to another queue, widened to other skills, timed out
              +-> contained, or hung up; closed: told so and disconnected

Two rules hold everywhere: a contact waits in one queue, rings at one agent or is in talk with one,
never two of these; and its wait counts from when it first waited for this leg.
"""

from collections.abc import Callable
from itertools import count

from mock_center.acd.agenda import Agenda
from mock_center.acd.agents import Agent, Idle, State
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


class Queue:
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


class Course:
    """What happens to contacts and agents; ``engine.Engine`` is what others may ask of it.

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
        self._queues = {name: Queue(name, floor) for name in floor.queues}
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

    def _enter_queue(
        self,
        contact: Contact,
        now_s: float,
        queued_s: float | None,
        ranked_s: float | None = None,
    ) -> None:
        moved = queued_s is not None
        if not moved and not self._floor.timetable.is_open(contact.queue, now_s):
            self._end(contact, Reason.CLOSED, now_s)
            return
        if queued_s is None or self._floor.resets_wait:
            queued_s, ranked_s = now_s, None
        if ranked_s is not None:
            contact.head_start_s = queued_s - ranked_s
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
        queue.served.add(contact, contact.queued_s - contact.head_start_s - rule.head_start_s)
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
        rank = since_s - contact.head_start_s - rule.head_start_s
        if self._widen(contact, widened, rank, now_s):
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
        contact.head_start_s = 0.0
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
            elif agent.pause is not None:
                self._workforce.rest(agent, now_s)
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
