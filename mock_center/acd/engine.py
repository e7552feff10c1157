"""The call distributor: what callers, the house and agents from outside may ask of it.

Pure. Time (centre seconds) comes in as an argument, events go out as values, and ``next_due()``
says when to call again. A live site drives it with a clock, a test with numbers. What happens to a
contact on its way is told in ``course``.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mock_center.acd.agents import AWAY, PRESENT, Agent, State, Team
from mock_center.acd.contact import Contact, Stage
from mock_center.acd.course import Course, Queue
from mock_center.acd.events import (
    Event,
    Reason,
)
from mock_center.acd.trunks import Trunks


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


class Engine(Course):
    """Queues, agents and contacts of one site; see ``Course`` for what it is made from."""

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
        self,
        now_s: float,
        *,
        call: str,
        queue: str,
        reference: str,
        queued_s: float | None = None,
        ranked_s: float | None = None,
    ) -> list[Event]:
        """Let *call* come in for *queue*; return what happened up to and including *now_s*.

        *queued_s* is when its wait began, if that was earlier, at a site that is lost: such a call
        goes straight to the queue, with its wait. *ranked_s* is when it would have had to begin to
        wait for its turn to be as it is: earlier, if it was in talk there.

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
            self._enter_queue(contact, now_s, queued_s, ranked_s)
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
            contact.head_start_s = caller.head_start_s
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

    @property
    def backup_called(self) -> bool:
        """Whether the backup pool is called and was not sent home since."""
        return self._workforce.backup_called

    def backup_is(self, *, reachable: bool) -> None:
        """Say whether the backup pool would come if it were called; who is here stays."""
        self._workforce.backup_reachable = reachable

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

        Whoever has a contact goes when it is over, without a wrap-up. Available also ends the
        wrap-up.

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

    def _state_of(self, queue: Queue, now_s: float) -> QueueState:
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
