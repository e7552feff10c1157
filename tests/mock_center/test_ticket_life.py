"""The life of a ticket, with the real desk, alarms and rows, and a clock that is a number."""

from collections import deque
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mock_center.chance import HandleTime
from mock_center.config.centre import TicketHandling
from mock_center.tickets import draws
from mock_center.tickets.alarms import Alarm, Alarms
from mock_center.tickets.clocks import AGENT_WORK, REQUESTER_WAIT, spent_in
from mock_center.tickets.desk import Desk, Done, Step, Task, Work
from mock_center.tickets.news import Kind, news
from mock_center.tickets.store import TicketStore
from mock_center.tickets.ticket import State
from mock_center.tickets.writes import Create, Outcome, Patch, Progress, Refusal, Remark, Wake
from tests.effort import examples

MAY_FOLLOW = {
    State.NEW: {State.OPEN, State.PENDING, State.ON_HOLD, State.SOLVED},
    State.OPEN: {State.PENDING, State.ON_HOLD, State.SOLVED},
    State.PENDING: {State.OPEN, State.SOLVED},
    State.ON_HOLD: {State.OPEN, State.SOLVED},
    State.SOLVED: {State.OPEN, State.CLOSED},
    State.CLOSED: set(),
}
HANDLING = TicketHandling(
    HandleTime(100.0, 0.5), pending=0.3, on_hold=0.2, escalated=0.2, third_party=HandleTime(500, 1)
)
SILENT_S, CLOSES_S = 3000.0, 5000.0


class Floor:
    """What ``site.tickets`` does, without a loop: steps are written when ``settle`` is called."""

    def __init__(self, agents: int = 2, handling: TicketHandling = HANDLING) -> None:
        self.store = TicketStore(Path(":memory:"), "north")
        self.store.lead(1)
        self.now = 0.0
        self.kinds: list[tuple[str, Kind]] = []
        self.names: list[str] = []
        self._agents = agents
        self._handling = handling
        self._keys = 0
        self.steps: deque[Done | Alarm] = deque()
        self.reload()

    def reload(self) -> None:
        """A failover: a new desk, from what is stored; steps that were not written are lost."""
        self.steps.clear()
        self.desk = Desk(self._agents, lambda task: draws.touch(self._handling, "s", task))
        self.alarms = Alarms()
        for ticket in self.store.open_tickets():
            self._see(ticket)
        for name, stamp in self.store.wakings():
            self.alarms.set(Alarm(name, max(stamp, self.now), stamp))

    def staff(self, agents: int) -> None:
        self._agents = agents
        self.steps += self.desk.staff(self.now, agents)

    def advance(self, to: float) -> None:
        """Let time pass, and write each step when it is due."""
        while (due := self.next_due()) is not None and due <= to:
            self.now = max(self.now, due)
            self.tick()
            self.settle()
        self.now = to

    def tick(self) -> None:
        self.steps += self.desk.advance(self.now)
        self.steps += self.alarms.ring(self.now)

    def settle(self) -> None:
        while self.steps:
            step = self.steps.popleft()
            if isinstance(step, Alarm):
                self.write(Wake(step.ticket, step.stamp, step.due_s, step.due_s + CLOSES_S))
                continue
            wakes = {Step.ASKED: SILENT_S, Step.HELD: step.away_s, Step.SOLVED: CLOSES_S}
            later = wakes.get(step.step)
            outcome = self.write(
                Progress(
                    step.task.ticket,
                    step.step,
                    step.at_s,
                    step.task.touch,
                    wakes_at=None if later is None else step.at_s + later,
                )
            )
            if not outcome.changed and outcome.ticket is not None:
                self._see(outcome.ticket)

    def next_due(self) -> float | None:
        due = (self.desk.next_due(), self.alarms.next_due())
        return min((at for at in due if at is not None), default=None)

    def create(self, priority: str = "P3") -> str:
        name = f"r{len(self.names)}"
        write = Create(f"k{name}", "", name, "w1", "c", priority, "s", "b", self.now)
        ticket = self.write(write).ticket
        assert ticket is not None
        self.names.append(ticket.id)
        return ticket.id

    def comment(self, ticket: str, author: str = "customer", *, public: bool = True) -> Outcome:
        self._keys += 1
        return self.write(Remark(ticket, f"c{self._keys}", "", author, "t", public, self.now))

    def patch(
        self,
        ticket: str,
        state: str | None = None,
        priority: str | None = None,
        *,
        escalated: bool = False,
    ) -> Outcome:
        later = self.now + CLOSES_S
        return self.write(
            Patch(ticket, None, self.now, priority, None, state, later, escalated=escalated)
        )

    def write(self, write) -> Outcome:
        [outcome], _ = self.store.commit(1, [write])
        for item in news(outcome):
            assert outcome.ticket is not None
            self.kinds.append((outcome.ticket.id, item.kind))
            if item.kind is Kind.SOLVED and outcome.ticket.solved_by == "agent":
                assert outcome.before is not None
                assert outcome.before.owed_since is None, "solved over the customer's last word"
        if outcome.changed and outcome.ticket is not None:
            self._see(outcome.ticket)
        return outcome

    def _see(self, ticket) -> None:
        if ticket.state in (State.NEW, State.OPEN):
            task = Task(
                ticket.id,
                ticket.reference,
                ticket.priority,
                ticket.created_at,
                ticket.owed_since is None,
                ticket.touches,
                ticket.escalated_at is not None,
            )
            self.steps += self.desk.add(self.now, task)
        else:
            self.steps += self.desk.remove(self.now, ticket.id)
        if ticket.wakes_at is None:
            self.alarms.clear(ticket.id)
        else:
            self.alarms.set(Alarm(ticket.id, max(ticket.wakes_at, self.now), ticket.wakes_at))

    def ticket(self, name: str):
        found = self.store.get(name)
        assert found is not None
        return found


class Life(RuleBasedStateMachine):
    """Customers, agents and failovers in any order, with steps that are written late."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor()
        self.floor.create("P2")
        self.floor.create("P3")

    def pick(self, number: int) -> str:
        return self.floor.names[number % len(self.floor.names)]

    @precondition(lambda self: len(self.floor.names) < 3)
    @rule(priority=st.sampled_from(("P1", "P2", "P3", "P4")))
    def create(self, priority: str) -> None:
        self.floor.create(priority)

    @rule(number=st.integers(0, 2))
    def customer_writes(self, number: int) -> None:
        name = self.pick(number)
        closed = self.floor.ticket(name).state == State.CLOSED
        outcome = self.floor.comment(name)
        assert (outcome.refusal is Refusal.CLOSED) == closed

    @rule(number=st.integers(0, 2), public=st.booleans())
    def agent_from_outside_writes(self, number: int, public: bool) -> None:
        self.floor.comment(self.pick(number), "agent", public=public)

    @rule(number=st.integers(0, 2), state=st.sampled_from(("open", "solved", None)))
    def customer_changes(self, number: int, state: str | None) -> None:
        self.floor.patch(self.pick(number), state, "P1")

    @rule(number=st.integers(0, 2), state=st.sampled_from(("open", "solved", None)))
    def customer_asks_for_the_second_line(self, number: int, state: str | None) -> None:
        self.floor.patch(self.pick(number), state, escalated=True)

    @rule(seconds=st.floats(0, 4000))
    def time_passes(self, seconds: float) -> None:
        self.floor.advance(self.floor.now + seconds)

    @rule(meanwhile=st.sampled_from(("nothing", "comment", "reply", "solved", "open", "failover")))
    def a_step_falls_due_and_something_happens_before_it_is_written(self, meanwhile: str) -> None:
        floor = self.floor
        floor.settle()
        floor.now = max(floor.now, floor.next_due() or 0.0)
        floor.tick()
        if not floor.steps:
            return
        step = floor.steps[-1]
        name = step.ticket if isinstance(step, Alarm) else step.task.ticket
        match meanwhile:
            case "comment":
                floor.comment(name)
            case "reply":
                floor.comment(name, "agent")
            case "solved" | "open":
                floor.patch(name, meanwhile)
            case "failover":
                floor.reload()
        floor.settle()

    @rule(seconds=st.floats(0, 400))
    def time_passes_and_steps_are_not_written_yet(self, seconds: float) -> None:
        self.floor.now += seconds
        self.floor.tick()

    @rule()
    def steps_are_written(self) -> None:
        self.floor.settle()

    @rule(agents=st.integers(0, 4))
    def staff_changes(self, agents: int) -> None:
        self.floor.staff(agents)

    @rule()
    def failover(self) -> None:
        self.floor.reload()

    @invariant()
    def none_is_solved_twice_and_every_state_follows_on_the_last(self) -> None:
        for name in self.floor.names:
            states = [state for _, state in self.floor.ticket(name).states]
            assert all(after in MAY_FOLLOW[before] for before, after in pairwise(states))
            kinds = [kind for ticket, kind in self.floor.kinds if ticket == name]
            assert kinds.count(Kind.SOLVED) == states.count(State.SOLVED)
            assert kinds.count(Kind.REOPENED) == self.floor.ticket(name).reopened
            assert kinds.count(Kind.REPLIED) <= 1

    @invariant()
    def none_is_lost(self) -> None:
        """Each is on the desk, has an alarm, or a step that is still to be written."""
        floor = self.floor
        stepping = {
            step.ticket if isinstance(step, Alarm) else step.task.ticket for step in floor.steps
        }
        for name in floor.names:
            ticket = floor.ticket(name)
            on_desk = name in floor.desk._piled or name in floor.desk._jobs
            if ticket.state in (State.NEW, State.OPEN):
                assert on_desk or name in stepping
            elif ticket.state != State.CLOSED:
                assert ticket.wakes_at is not None
                assert name in floor.alarms._set or name in stepping

    @invariant()
    def nobody_works_on_what_is_not_open(self) -> None:
        floor = self.floor
        for name in {*floor.desk._jobs, *floor.desk._piled}:
            assert floor.ticket(name).state in (State.NEW, State.OPEN)

    @invariant()
    def each_clock_runs_in_its_states_and_in_no_other(self) -> None:
        for name in self.floor.names:
            ticket, now = self.floor.ticket(name), self.floor.now
            by_state = {
                state: spent_in(ticket, frozenset({state}), now, _difference) for state in State
            }
            # A step that was due while nothing was written is stamped when it was due.
            assert sum(by_state.values()) == pytest.approx(now - ticket.created_at)
            for clock in (REQUESTER_WAIT, AGENT_WORK):
                assert spent_in(ticket, clock, now, _difference) == pytest.approx(
                    sum(by_state[state] for state in clock)
                )

    def teardown(self) -> None:
        """Left alone, every ticket comes to its end."""
        self.floor.settle()
        self.floor.staff(3)
        self.floor.advance(self.floor.now + 10_000_000)
        states = {self.floor.ticket(name).state for name in self.floor.names}
        assert states <= {State.CLOSED}


def _difference(began: float, ended: float) -> float:
    return ended - began


TestLife = Life.TestCase
TestLife.settings = settings(examples(40), stateful_step_count=40)


def always(reply: Step, *, away_s: float = 0.0):
    """Return a floor whose first touch ends with *reply*, and every other with a solution."""
    floor = Floor(agents=1)
    floor.desk = Desk(
        1,
        lambda task: Work(10.0, 2.0, Step.REPLIED if task.touch else reply, away_s),
    )
    return floor


def test_a_question_leaves_the_ticket_with_the_customer_and_the_agent_free():
    """Pending is the customer's time: nobody waits for an agent meanwhile."""
    floor = always(Step.ASKED)
    asked, other = floor.create(), floor.create()
    floor.advance(10.0)
    pending = floor.ticket(asked)
    floor.advance(20.0)
    floor.comment(asked)
    floor.advance(32.0)

    assert (pending.state, pending.replied_at) == ("pending", 10.0)
    assert floor.ticket(other).replied_at == 20.0
    assert floor.ticket(asked).states[-3:] == ((10.0, "pending"), (20.0, "open"), (32.0, "solved"))
    assert floor.ticket(asked).reopened == 0, "it was never solved before"


def test_a_customer_who_stays_silent_is_taken_to_be_content():
    """The provider's numbers look better for it, so the ticket says who solved it."""
    floor = always(Step.ASKED)
    name = floor.create()
    floor.advance(10.0 + SILENT_S)
    solved = floor.ticket(name)
    floor.advance(10.0 + SILENT_S + CLOSES_S)

    assert (solved.state, solved.solved_by, solved.solved_at) == ("solved", "silence", 3010.0)
    assert floor.ticket(name).state == "closed"
    assert floor.comment(name).refusal is Refusal.CLOSED


def test_a_third_party_comes_back_by_itself_and_then_the_customer_is_owed_a_reply():
    """On hold the customer waits, though no agent works: two clocks, one running."""
    floor = always(Step.HELD, away_s=300.0)
    name = floor.create()
    floor.advance(1000.0)
    ticket = floor.ticket(name)

    assert ticket.states == (
        (0.0, "new"), (10.0, "on_hold"), (310.0, "open"), (322.0, "solved"),
    )  # fmt: skip
    assert spent_in(ticket, REQUESTER_WAIT, 1000.0, _difference) == 322.0
    assert spent_in(ticket, AGENT_WORK, 1000.0, _difference) == 22.0


def test_the_second_line_goes_first_among_tickets_of_the_same_priority():
    """An escalated customer has waited once already; but P1 stays P1."""
    desk = Desk(1, lambda task: Work(10.0, 0.0))
    desk.add(0.0, Task("busy", "busy", "P1", 0.0))
    for name, priority, escalated in (
        ("first line", "P2", False),
        ("second line", "P2", True),
        ("urgent", "P1", False),
    ):
        desk.add(1.0, Task(name, name, priority, 1.0, escalated=escalated))
    waiting = desk.second_line
    done = desk.advance(100.0)

    solved = [step.task.ticket for step in done if step.step is Step.SOLVED]
    assert solved == ["busy", "urgent", "second line", "first line"]
    assert waiting == 1


def test_a_ticket_is_escalated_once():
    """A second line that escalates would never come to an end."""
    handling = TicketHandling(HandleTime(10.0, 0.0), escalated=1.0)
    floor = Floor(agents=1, handling=handling)
    name = floor.create()
    floor.advance(1000.0)

    kinds = [kind for _, kind in floor.kinds]
    assert kinds == [
        Kind.CREATED, Kind.REPLIED, Kind.ESCALATED, Kind.COMMENTED, Kind.SOLVED,
    ]  # fmt: skip
    assert [step for _, step in floor.ticket(name).states] == ["new", "open", "solved"]


def test_a_comment_while_the_agent_wraps_up_gets_a_reply_of_its_own():
    """Solving over the customer's last word is the classic way to a reopened ticket."""
    floor = always(Step.REPLIED)
    name = floor.create()
    floor.advance(11.0)
    floor.comment(name)
    floor.advance(100.0)

    ticket = floor.ticket(name)
    assert (ticket.replies, ticket.solved_at, ticket.reopened) == (2, 23.0, 0)


def test_a_reply_from_outside_spares_the_desk_its_own():
    """Nobody is answered twice when agents from outside have been faster."""
    floor = always(Step.REPLIED)
    name = floor.create()
    floor.advance(5.0)
    floor.comment(name, "agent")
    floor.advance(100.0)

    ticket = floor.ticket(name)
    assert (ticket.replied_at, ticket.replies, ticket.solved_at) == (5.0, 1, 7.0)


def test_a_note_is_no_reply():
    """What the customer cannot see does not stop the customer's clock."""
    floor = always(Step.REPLIED)
    name = floor.create()
    floor.advance(5.0)
    floor.comment(name, "agent", public=False)

    assert floor.ticket(name).replied_at is None
    assert floor.kinds == [(name, Kind.CREATED)]


def test_alarms_survive_a_failover_and_what_was_due_meanwhile_happens_at_once():
    """The new leader waits for the same moments; an outage does not lengthen a silence."""
    floor = always(Step.ASKED)
    name = floor.create()
    floor.advance(10.0)
    floor.now = 10.0 + SILENT_S + 500.0
    floor.reload()
    floor.advance(floor.now)

    ticket = floor.ticket(name)
    assert (ticket.state, ticket.solved_at) == ("solved", 3510.0)
    assert ticket.wakes_at == 3510.0 + CLOSES_S


def test_who_leaves_the_desk_finishes_the_ticket_first():
    """Staff that goes home mid-ticket would lose the customer's reply."""
    desk = Desk(2, lambda task: Work(10.0, 2.0))
    for name in ("a", "b", "c"):
        desk.add(0.0, Task(name, name, "P1", 0.0))
    desk.staff(1.0, 0)
    done = desk.advance(100.0)
    nobody = desk.busy
    desk.staff(100.0, 1)

    assert [step.task.ticket for step in done if step.step is Step.SOLVED] == ["a", "b"]
    assert (nobody, desk.busy, desk.unfinished) == (0, 1, 1)


def test_with_nothing_switched_on_a_touch_is_drawn_as_it_always_was():
    """Rehearsals of last month stay comparable: same seed, same first reply, same solving."""
    handling = TicketHandling(HandleTime(150.0, 1.0))
    plain = draws.touch(handling, "2026", Task("t", "r1", "P1", 0.0))
    busy = draws.touch(
        TicketHandling(HandleTime(150.0, 1.0), pending=1.0), "2026", Task("t", "r1", "P1", 0.0)
    )
    rng = draws.stream("2026", "r1")

    assert plain == Work(handling.work.draw(rng), handling.work.scaled(0.2).draw(rng), Step.REPLIED)
    assert (busy.reply_s, busy.solve_s, busy.reply) == (
        plain.reply_s, plain.solve_s, Step.ASKED,
    )  # fmt: skip


@pytest.mark.parametrize(
    "after_s", [0.0, 5.0, 11.0, 13.0], ids=["new", "worked", "replied", "solved"]
)
def test_a_customer_who_asks_for_the_second_line_gets_a_reply_from_it(after_s: float):
    """Whenever it is asked for, once; a solved ticket is opened again by it."""
    floor = always(Step.REPLIED)
    name = floor.create()
    floor.advance(after_s)
    was_solved = floor.ticket(name).state == State.SOLVED
    floor.patch(name, escalated=True)
    owed = floor.ticket(name).owed_since
    floor.patch(name, escalated=True)
    floor.advance(100.0)
    kinds = [kind for _, kind in floor.kinds]

    assert owed is not None
    assert floor.ticket(name).state == State.SOLVED
    assert kinds.count(Kind.ESCALATED) == 1
    assert kinds.count(Kind.REOPENED) == was_solved
