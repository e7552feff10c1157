"""What follows once a ticket is open: the customer hears, answers, insists, and is content or not.

The customer means to do at most four things, each at its own time: answer a question, open a
solved ticket again, ask for the second line, phone about it. Whatever makes one of them needless
makes them drop it. All was drawn before the run began; here it only meets what the provider does.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import replace
from enum import StrEnum

from harness.adapter.protocol import (
    NewComment,
    Notice,
    NoticeKind,
    Request,
    Response,
    Steps,
    TicketState,
    Written,
)
from harness.model.contact import StepKind, Ticket, TicketStep, WriteOutcome
from harness.traffic.follow_up import chase
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedTicket
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait

MOST_TRIES = 3
"""So often a customer reads a ticket anew because somebody changed it while they were at it."""

_Write = Generator[Request | Wait, Response | Notice | None, Written]

_HEARD = {
    NoticeKind.REPLIED: StepKind.REPLIED,
    NoticeKind.ASKED: StepKind.ASKED,
    NoticeKind.HELD: StepKind.HELD,
    NoticeKind.ESCALATED: StepKind.ESCALATED,
    NoticeKind.SOLVED: StepKind.SOLVED,
}
_UNSOLVED = frozenset({TicketState.NEW, TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD})


class _Will(StrEnum):
    """What the customer means to do next."""

    ANSWER = "answer"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    CHASE = "chase"


class Correspondence:
    """One customer and the ticket that was acknowledged to them."""

    def __init__(self, ticket: Ticket, plan: PlannedTicket, person: Person, scene: Scene) -> None:
        self._ticket = ticket
        self._plan = plan
        self._person = person
        self._scene = scene
        self._answers_s = iter(plan.means_to.answers_s)
        self._means_to: dict[_Will, float] = {}
        self._comments = 0
        self._replies: set[str] = set()
        self._chased = False

    def carry_on(self) -> Journey:
        """Live with the ticket until it is solved for good, or the run ends."""
        self._will(_Will.ESCALATE, self._plan.means_to.escalates_after_s, self._ticket.due_s)
        self._wait_for_a_reply(self._ticket.due_s)
        try:
            while self._ticket.solved_s is None or self._means_to:
                until_s = min(self._means_to.values(), default=math.inf)
                notice = yield Wait(until_s)
                if isinstance(notice, Notice):
                    self._hear(notice)
                elif self._means_to:
                    yield from self._do(min(self._means_to, key=self._means_to.__getitem__))
        except Leave:
            return
        except Lost as lost:
            self._tell(error=str(lost))

    # ------------------------------------------------------------------ what the customer hears

    def _hear(self, notice: Notice) -> None:
        now_s = self._scene.clock.now_s()
        if notice.kind is NoticeKind.REOPENED:
            self._tell(solved_s=None)
            return
        if notice.kind not in _HEARD or self._told_before(notice):
            return
        if notice.kind is NoticeKind.REPLIED:
            self._means_to.pop(_Will.CHASE, None)
            if self._ticket.replied_s is None:
                self._ticket = replace(self._ticket, replied_s=now_s)
        elif notice.kind is NoticeKind.ASKED:
            self._will(_Will.ANSWER, next(self._answers_s, None), now_s)
        elif notice.kind is NoticeKind.SOLVED:
            self._be_content(now_s)
        self._step(_HEARD[notice.kind])

    def _told_before(self, notice: Notice) -> bool:
        """Whether this reply has been heard: a new leader of the store tells the latest again."""
        if notice.kind is not NoticeKind.REPLIED or notice.comment is None:
            return False
        known = notice.comment in self._replies
        self._replies.add(notice.comment)
        return known

    def _be_content(self, now_s: float) -> None:
        """Drop what a solution makes needless; closed is not answered, so no reply is noted."""
        first = all(step.kind is not StepKind.SOLVED for step in self._ticket.steps)
        self._means_to.clear()
        self._ticket = replace(self._ticket, solved_s=now_s)
        if first:
            self._will(_Will.REOPEN, self._plan.means_to.reopens_after_s, now_s)

    def _wait_for_a_reply(self, since_s: float) -> None:
        if not self._chased:
            self._will(_Will.CHASE, self._plan.means_to.chases_after_s, since_s)

    def _will(self, will: _Will, after_s: float | None, since_s: float) -> None:
        if after_s is not None:
            self._means_to[will] = since_s + after_s

    # ------------------------------------------------------------------ what the customer does

    def _do(self, will: _Will) -> Journey:
        at_s = self._means_to.pop(will)
        match will:
            case _Will.ANSWER:
                yield from self._comment("Here is what you asked for")
            case _Will.REOPEN:
                yield from self._reopen()
            case _Will.ESCALATE:
                yield from self._change(
                    StepKind.APPEALED, _UNSOLVED, self._scene.adapter.escalate_ticket
                )
            case _Will.CHASE:
                self._phone(at_s)

    def _reopen(self) -> Journey:
        """Open the ticket again and say why, unless it is open by now, or closed for good."""
        outcome = yield from self._change(
            StepKind.REOPENED, {TicketState.SOLVED}, self._scene.adapter.reopen_ticket
        )
        if outcome is WriteOutcome.ACKNOWLEDGED:
            self._tell(solved_s=None)
            yield from self._comment("This has not solved it")

    def _phone(self, at_s: float) -> None:
        """Phone about the ticket, once: a call of its own, due at the moment that was meant."""
        self._chased = True
        self._scene.later(chase(self._scene.scenario, self._plan, number=1, due_s=at_s))
        self._step(StepKind.CHASED)

    def _comment(self, text: str) -> Journey:
        self._comments += 1
        assert self._ticket.provider_id is not None
        comment = NewComment(
            provider_id=self._ticket.provider_id,
            key=f"{self._scene.reference}/comment-{self._comments}",
            text=f"{text}. Written by {self._person.name}, who does not exist.",
        )
        yield from self._write(StepKind.WROTE, self._scene.adapter.comment_ticket(comment))
        self._wait_for_a_reply(self._scene.clock.now_s())

    def _change(
        self,
        kind: StepKind,
        wanted: set[TicketState] | frozenset[TicketState],
        change: Callable[[str, str], Steps[Written]],
    ) -> Generator[Request | Wait, Response | Notice | None, WriteOutcome | None]:
        """Change the ticket while it is in a state that is *wanted*; return what came of it.

        None if there was nothing to change, or nothing could be read. Each try names the version
        that was read, so that nobody's work is overwritten.
        """
        name = self._ticket.provider_id
        assert name is not None
        outcome = None
        for _ in range(MOST_TRIES):
            found = yield from self._scene.adapter.read_ticket(name)
            if found is None or found.state not in wanted:
                return outcome
            written = yield from self._write(kind, change(name, found.version))
            outcome = written.outcome
            if not written.stale:
                return outcome
        return outcome

    def _write(self, kind: StepKind, steps: Steps[Written]) -> _Write:
        """Carry a write. It is told before: should no answer come, it may be kept all the same."""
        self._step(kind)
        written = yield from steps
        *before, last = self._ticket.steps
        error = None if written.stale else written.error
        self._tell(steps=(*before, replace(last, outcome=written.outcome)), error=error)
        return written

    # ------------------------------------------------------------------ what is told of it

    def _step(self, kind: StepKind) -> None:
        step = TicketStep(kind, self._scene.clock.now_s())
        self._tell(steps=(*self._ticket.steps, step))

    def _tell(self, *, error: str | None = None, **changes: object) -> None:
        self._ticket = replace(
            self._ticket,
            error=self._ticket.error or error,
            exchanges=self._scene.exchanges,
            **changes,  # type: ignore[arg-type]
        )
        self._scene.tell(self._ticket)
