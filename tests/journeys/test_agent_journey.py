"""The story of a virtual agent, played with a scripted target and no clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.adapter.protocol import (
    AgentsHalf,
    AgentState,
    LoggedIn,
    NewAgent,
    Notice,
    NoticeKind,
    Request,
    Standing,
    Work,
)
from harness.model.staffing import Crew, ShiftTally, Spell
from harness.traffic.shifts import Post, ShiftLog
from scenarios.journeys.agent import work_a_shift
from scenarios.journeys.story import Leave, Lost
from tests.fakes import FakeClock, Theatre

CALL = Work("c-1", is_ticket=False, reference="peak/calls/1")
TICKET = Work("t-1", is_ticket=True, reference="peak/tickets/1")
AVAILABLE = Standing(AgentState.AVAILABLE)
WRAP_UP = Standing(AgentState.WRAP_UP)
MISSED = Standing(AgentState.MISSED)
AWAY = Standing(AgentState.AWAY)
OFFLINE = Standing(AgentState.OFFLINE)
END = Leave()
HEADS = {"north": {"billing": 1}}


def exactly(seconds: float) -> Spell:
    return Spell(seconds)


CREW = Crew(
    HEADS,
    talk=exactly(100.0),
    wrap_up=exactly(30.0),
    ticket_work=exactly(60.0),
    picks_up=exactly(2.0),
)


def offered(work: Work = CALL) -> Standing:
    return Standing(AgentState.OFFERED, work)


def busy(work: Work = CALL) -> Standing:
    return Standing(AgentState.BUSY, work)


def told(standing: Standing) -> Notice:
    return Notice(NoticeKind.AGENT, standing=standing)


@dataclass
class Desk:
    """A target that answers each step with what the test has put down for it, else as it should."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    log_ins: list[NewAgent] = field(default_factory=list)
    resolved: list[bool] = field(default_factory=list)
    told: bool = True
    work: Work = CALL
    left: bool = False

    def _step(self, name: str, usual: Any) -> Iterator[Request]:
        yield Request(name, "POST", f"/{name}")
        left = self.answers.get(name)
        return left.pop(0) if left else usual

    def log_in(self, agent: NewAgent) -> Iterator[Request]:
        self.log_ins.append(agent)
        self.left = False
        usual = LoggedIn(f"a-{len(self.log_ins)}", told=self.told)
        return (yield from self._step("log_in", usual))

    def stand(self, agent: str) -> Iterator[Request]:
        return (yield from self._step("stand", OFFLINE if self.left else AVAILABLE))

    def next_offer(self, agent: str, wait_wall_s: int) -> Iterator[Request]:
        return (yield from self._step("next_offer", None))

    def accept(self, agent: str, work: Work) -> Iterator[Request]:
        return (yield from self._step("accept", busy(work)))

    def decline(self, agent: str, work: Work) -> Iterator[Request]:
        return (yield from self._step("decline", MISSED))

    def reply(self, work: Work, text: str, *, key: str) -> Iterator[Request]:
        return (yield from self._step("reply", True))

    def finish(self, agent: str, work: Work, *, resolved: bool) -> Iterator[Request]:
        self.resolved.append(resolved)
        return (yield from self._step("finish", WRAP_UP))

    def be_available(self, agent: str) -> Iterator[Request]:
        return (yield from self._step("be_available", AVAILABLE))

    def be_away(self, agent: str) -> Iterator[Request]:
        return (yield from self._step("be_away", AWAY))

    def log_out(self, agent: str) -> Iterator[Request]:
        self.left = yield from self._step("log_out", True)


def play(
    desk: Desk,
    *script: tuple[float, Any],
    crew: Crew = CREW,
    request_s: float = 0.0,
    speed: float = 1.0,
    consumer: Callable[[float], str] = lambda _: "worker-0",
) -> tuple[ShiftTally, list[tuple[float, str]]]:
    """Return what the agent counted, and each of its requests with the second it was made in.

    *consumer* says under which name news is read in that second.
    """
    theatre = Theatre(desk, FakeClock(speed=speed), request_s=request_s)
    theatre.told.append(None)  # an agent tells of no contact
    log = ShiftLog(Post(0, "north", "billing"), 0.0)
    journey = work_a_shift(
        desk,
        crew,
        theatre.scene(),
        log,
        seed="1",
        consumer=lambda: consumer(theatre.clock.s),
    )
    theatre.play(journey, *script)
    return log.tally(theatre.clock.s), theatre.requests


def test_the_fake_target_can_do_what_an_adapter_must():
    """Else the tests below would prove nothing of a real one."""
    assert isinstance(Desk(), AgentsHalf)


def test_a_call_is_taken_talked_through_and_wrapped_up():
    """Every step at its moment: rings 2 s, talks 100 s, writes 30 s, is there again."""
    tally, requests = play(Desk(), (10.0, told(offered())), (500.0, END))

    at = {step: at_s for at_s, step in requests if step in ("accept", "finish", "be_available")}
    assert at == {"accept": 12.0, "finish": 112.0, "be_available": 142.0}
    assert (tally.offers, tally.taken, tally.handled, tally.slow) == (1, 1, 1, 0)
    assert (tally.busy_s, tally.present_s, tally.wanted_s) == (130.0, 500.0, 500.0)


def test_a_caller_who_hangs_up_frees_the_agent_at_once():
    """Else the harness would hold an agent for a caller who has gone, and flatter nobody."""
    script = [(10.0, told(offered())), (20.0, told(busy())), (50.0, told(WRAP_UP)), (300.0, END)]
    tally, requests = play(Desk(), *script)

    assert "finish" not in [step for _, step in requests]
    assert (80.0, "be_available") in requests
    assert (tally.handled, tally.busy_s) == (1, 68.0)


def test_a_ticket_is_answered_and_solved():
    """The customer hears something before the ticket is closed."""
    tally, requests = play(desk := Desk(), (10.0, told(offered(TICKET))), (300.0, END))

    assert [step for at_s, step in requests if at_s == 72.0] == ["reply", "finish"]
    assert desk.resolved == [True]
    assert tally.handled == 1


def test_a_ticket_whose_reply_was_refused_is_not_called_solved():
    """It goes to the next agent instead."""
    desk = Desk({"reply": [False]})
    play(desk, (10.0, told(offered(TICKET))), (300.0, END))

    assert desk.resolved == [False]


def test_who_cannot_log_in_tries_again_under_the_same_key():
    """An answer that was lost on the way must leave no second agent, at whom calls ring in vain."""
    desk = Desk({"log_in": [LoggedIn(None, error="status 503"), LoggedIn(None, error="late")]})
    tally, _ = play(desk, (300.0, END))

    assert len({each.key for each in desk.log_ins}) == 1
    assert (tally.failures, tally.absent, tally.first_error) == (2, 0, "status 503")


def test_who_never_gets_in_was_absent():
    """Nobody may think that somebody was there."""
    desk = Desk({"log_in": [LoggedIn(None, error="status 403")] * 100})
    tally, requests = play(desk, (50.5, END))

    assert (tally.absent, tally.present_s, tally.occupancy) == (1, 0.0, None)
    assert "log_out" not in [step for _, step in requests]


def test_an_agent_whose_site_was_lost_logs_in_again_as_a_new_one():
    """After a failover agents have to come back by themselves, under another key."""
    desk = Desk({"stand": [AVAILABLE, OFFLINE]})
    tally, _ = play(desk, (300.0, END))

    assert (tally.lost, len({each.key for each in desk.log_ins})) == (1, 2)


@pytest.mark.parametrize("when", ["idle", "talking"])
def test_an_agent_who_hears_that_its_site_is_lost_does_not_wait_to_find_out(when):
    """Every second until agents are back is a second in which callers wait for nobody."""
    script = [(30.0, told(OFFLINE)), (300.0, END)]
    tally, requests = play(
        Desk(), *([(10.0, told(offered())), *script] if when == "talking" else script)
    )

    assert (30.0, "log_in") in requests
    assert (tally.lost, tally.handled) == (1, 0)


def read_anew(at_s: float) -> str:
    """Return the name of a stream that could not be resumed, and began anew in second 50."""
    return "worker-0" if at_s < 50.0 else "worker-0.1"


def test_whose_stream_begins_anew_logs_in_under_its_new_name():
    """Under the old one nobody reads: calls would ring at the agent and be missed, all run long."""
    desk = Desk()
    script = [(50.0, Lost("gone")), (70.0, told(offered())), (500.0, END)]
    tally, requests = play(desk, *script, consumer=read_anew)

    assert [each.consumer for each in desk.log_ins] == ["worker-0", "worker-0.1"]
    assert [step for at_s, step in requests if at_s == 50.0] == [
        "stand",
        "log_out",
        "stand",
        "log_in",
        "stand",
    ]
    assert (72.0, "accept") in requests
    assert (tally.lost, tally.handled) == (0, 1)


@pytest.mark.parametrize("stands", [None, AVAILABLE])
def test_who_could_not_log_out_is_not_forgotten(stands: Standing | None):
    """Else calls ring at somebody whom nobody plays, on the provider's floor, for ever."""
    nobody = LoggedIn(None, error="status 503")
    refused = {"log_out": [False] * 600, "log_in": [LoggedIn("a-1", told=True), *[nobody] * 600]}
    desk = Desk({**refused, "stand": [AVAILABLE] * 4 + [stands] * 600})
    _, requests = play(desk, (50.0, Lost("gone")), (500.0, END), consumer=read_anew)

    steps = [step for _, step in requests]
    assert steps.count("log_in") == 1
    assert requests[-1] == (500.0, "log_out")


@pytest.mark.parametrize("meanwhile", [None, AVAILABLE])
def test_a_log_out_that_took_its_time_is_not_a_site_that_was_lost(meanwhile):
    """The agent asked for it; the report would blame the target."""
    desk = Desk({"stand": [*[AVAILABLE] * 4, meanwhile, OFFLINE]})
    tally, _ = play(desk, (50.0, Lost("gone")), (500.0, END), consumer=read_anew)

    assert [each.consumer for each in desk.log_ins] == ["worker-0", "worker-0.1"]
    assert tally.lost == 0


def test_who_has_a_customer_serves_them_before_logging_in_anew():
    """To be heard of again is no reason to hang up on anybody."""
    desk = Desk({"stand": [AVAILABLE, busy()]})
    script = [(10.0, told(offered())), (50.0, Lost("gone")), (500.0, END)]
    _, requests = play(desk, *script, consumer=read_anew)

    steps = [step for _, step in requests]
    assert steps.index("finish") < steps.index("log_out")
    assert [each.consumer for each in desk.log_ins] == ["worker-0", "worker-0.1"]


@pytest.mark.parametrize(
    ("then", "missed", "gone"), [(MISSED, 1, 0), (AVAILABLE, 0, 1), (None, 0, 1)]
)
def test_an_offer_that_was_too_late_is_counted_by_whose_fault_it_was(then, missed, gone):
    """One that rang out was ours; a caller who hung up while it rang was not."""
    desk = Desk({"accept": [None], "stand": [AVAILABLE, then]})
    tally, _ = play(desk, (10.0, told(offered())), (300.0, END))

    assert (tally.offers, tally.taken) == (1, 0)
    assert (tally.missed, tally.gone) == (missed, gone)


def test_who_declines_is_there_again_soon():
    """The target counts a declined offer as missed, and offers nothing until asked to."""
    crew = Crew(HEADS, picks_up=exactly(2.0), declined=1.0)
    tally, requests = play(Desk(), (10.0, told(offered())), (300.0, END), crew=crew)

    assert requests[2:4] == [(12.0, "decline"), (17.0, "be_available")]
    assert (tally.declined, tally.taken) == (1, 0)


def test_a_break_is_taken_between_two_customers():
    """Away now and then, and back by oneself."""
    crew = Crew(HEADS, away=exactly(60.0), away_every_s=100.0)
    tally, requests = play(Desk(), (400.0, END), crew=crew)
    breaks = [at_s for at_s, step in requests if step == "be_away"]

    assert breaks
    assert 50.0 <= breaks[0] <= 150.0
    assert (breaks[0] + 60.0, "be_available") in requests
    assert tally.away_s >= 60.0


def test_what_is_told_late_of_the_last_customer_is_not_a_new_one():
    """Two streams of answers may cross; the agent must not talk to somebody who has gone."""
    script = [(10.0, told(offered())), (200.0, told(busy())), (300.0, END)]
    tally, requests = play(Desk(), *script)

    assert [step for _, step in requests].count("finish") == 1
    assert tally.taken == 1


def test_an_agent_who_may_have_lost_news_looks_how_it_stands():
    """A ring that nobody hears costs a caller the whole ring time-out."""
    desk = Desk({"stand": [AVAILABLE, offered()]})
    tally, requests = play(desk, (10.0, Lost("a gap")), (300.0, END))

    assert (12.0, "accept") in requests
    assert tally.taken == 1


def test_where_offers_are_not_told_the_target_is_asked():
    """A provider without an event stream for agents can be staffed as well."""
    desk = Desk({"next_offer": [None, offered()]}, told=False)
    tally, requests = play(desk, (300.0, END), request_s=2.0)

    assert [step for _, step in requests][:6] == [
        "log_in", "stand", "next_offer", "stand", "next_offer", "accept",
    ]  # fmt: skip
    assert tally.handled == 1


def test_a_target_that_answers_at_once_that_there_is_no_offer_is_not_stormed():
    """It may not know how to wait: hundreds of agents would ask as fast as it answers."""
    _, requests = play(Desk(told=False), (60.0, END), request_s=0.01)

    assert [step for _, step in requests].count("next_offer") <= 61


@pytest.mark.parametrize("still", [AVAILABLE, WRAP_UP])
def test_a_target_that_lets_nobody_go_on_a_break_is_not_stormed(still: Standing):
    """The agent goes on working, and asks again later."""
    crew = Crew(HEADS, away=exactly(60.0), away_every_s=100.0)
    desk = Desk({"be_away": [still] * 10_000})
    tally, requests = play(desk, (400.0, END), crew=crew, request_s=0.01)

    assert 1 < [step for _, step in requests].count("be_away") <= 20
    assert tally.away_s == 0.0


@pytest.mark.parametrize(("speed", "slow"), [(1.0, 0), (10.0, 1)])
def test_a_slow_answer_is_our_doing_only_as_far_as_speed_made_it_so(speed, slow):
    """In real time a target that takes three seconds to accept is the one that is slow."""
    tally, _ = play(Desk(), (10.0, told(offered())), (60.0, END), request_s=3.0, speed=speed)

    assert (tally.taken, tally.slow) == (1, slow)
