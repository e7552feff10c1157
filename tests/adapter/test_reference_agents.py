"""The agents' half of the reference adapter: what it asks, and what it makes of the answers."""

import json

import pytest

from harness.adapter.protocol import (
    AgentsHalf,
    AgentState,
    LoggedIn,
    NewAgent,
    NoticeKind,
    Response,
    Standing,
    Work,
)
from harness.adapter.reference import ReferenceAdapter
from harness.model.target import Endpoints
from tests.fakes import converse

ENDPOINTS = Endpoints("http://127.0.0.1:1", {}, client_id="harness", client_secret="hush")
AGENT = NewAgent(
    name="Virtual agent 7",
    site="north",
    skill="billing",
    reference="staff/7",
    consumer="run-0s",
    key="staff/7/0",
)
CALL = Work("c-1", is_ticket=False, reference="peak/calls/1")
TICKET = Work("t-1", is_ticket=True, reference="peak/tickets/1")


def answer(status: int, **fields: object) -> Response:
    return Response(status, body=json.dumps(fields).encode())


@pytest.fixture
def adapter() -> ReferenceAdapter:
    """Return an adapter that holds a token."""
    signed_in = ReferenceAdapter(ENDPOINTS)
    converse(signed_in.hang_up("C-0"), answer(200, access_token="one"), answer(200))
    return signed_in


def test_the_reference_adapter_has_the_agents_half(adapter: ReferenceAdapter):
    """What ``staffed_by: harness`` asks of any adapter."""
    assert isinstance(adapter, AgentsHalf)


def test_an_agent_logs_in_once_for_each_key_and_names_its_stream(adapter: ReferenceAdapter):
    """A repeat after a lost answer must find the same agent, not make a second one."""
    (request,), found = converse(adapter.log_in(AGENT), answer(201, id="a-1"))

    assert (request.method, request.path) == ("POST", "/v1/agents")
    assert request.headers["Idempotency-Key"] == "staff/7/0"
    assert json.loads(request.body) == {
        "name": "Virtual agent 7", "site": "north", "skill": "billing",
        "consumer": "run-0s", "reference": "staff/7",
    }  # fmt: skip
    assert found == LoggedIn("a-1", told=True)


@pytest.mark.parametrize(
    ("response", "error"),
    [(answer(503), "status 503"), (Response(None, error="TimeoutError"), "TimeoutError")],
)
def test_a_log_in_that_failed_says_why(adapter: ReferenceAdapter, response: Response, error: str):
    """It stands in the report as the reason why nobody answered."""
    assert converse(adapter.log_in(AGENT), response)[1] == LoggedIn(None, error=error)


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ("reserved", AgentState.OFFERED),
        ("hold", AgentState.BUSY),
        ("missed", AgentState.MISSED),
        ("tech", AgentState.AWAY),
        ("on the moon", AgentState.AWAY),
    ],
)
def test_every_state_of_the_provider_means_one_of_ours(adapter: ReferenceAdapter, shown, state):
    """An unknown one is a reason for being away: the agent says that it is there."""
    found = converse(adapter.stand("a-1"), answer(200, state=shown, call=None, ticket=None))[1]

    assert found == Standing(state)


def test_an_agent_that_is_not_known_is_offline_and_one_without_an_answer_is_unknown(
    adapter: ReferenceAdapter,
):
    """The one logs in again, the other looks again."""
    assert converse(adapter.stand("a-1"), answer(404))[1] == Standing(AgentState.OFFLINE)
    assert converse(adapter.stand("a-1"), answer(503))[1] is None
    assert converse(adapter.next_offer("a-1", 2), Response(204))[1] is None


def test_calls_and_tickets_are_accepted_and_finished_by_their_own_names(adapter: ReferenceAdapter):
    """The provider tells them apart by the key."""
    (accept,), found = converse(
        adapter.accept("a-1", CALL),
        answer(200, state="busy", call={"id": "c-1", "reference": "peak/calls/1"}, ticket=None),
    )
    (finish,), refused = converse(adapter.finish("a-1", TICKET, resolved=True), answer(409))

    assert (accept.path, json.loads(accept.body)) == ("/v1/agents/a-1/accept", {"call": "c-1"})
    assert found == Standing(AgentState.BUSY, CALL)
    assert json.loads(finish.body) == {"ticket": "t-1", "resolved": True}
    assert refused is None


def test_a_reply_is_a_public_comment_of_an_agent(adapter: ReferenceAdapter):
    """That is what stops the clock of the first reply."""
    (request,), taken = converse(adapter.reply(TICKET, "Hello", key="k"), answer(201))

    assert (request.path, taken) == ("/v1/tickets/t-1/comments", True)
    assert json.loads(request.body) == {"author": "agent", "text": "Hello"}
    assert request.headers["Idempotency-Key"] == "k"


def test_an_offer_on_the_event_stream_is_about_the_agent(adapter: ReferenceAdapter):
    """One connection for all agents of a process, not a long poll for each."""
    line = json.dumps(
        {
            "seq": 4,
            "type": "agent.changed",
            "reference": "staff/7",
            "state": "reserved",
            "call": None,
            "ticket": {"id": "t-1", "reference": "peak/tickets/1", "priority": "P2"},
        }
    )
    notice = adapter.parse_notice(line.encode())

    assert (notice.kind, notice.reference) == (NoticeKind.AGENT, "staff/7")
    assert notice.standing == Standing(AgentState.OFFERED, TICKET)
