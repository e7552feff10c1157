"""The edge's manners: what bad input gets, what the document promises, what the metrics hold."""

import json
from collections import Counter
from importlib.resources import files

import jsonschema_rs
import pytest
import pytest_asyncio
import yaml
from live_centre import LONG_CALLS, orders, running

from mock_center.edge.api.app import RESOURCES
from mock_center.edge.api.house import openapi


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory):
    async with running(orders(tmp_path_factory.mktemp("api"), **LONG_CALLS)) as centre:
        yield centre


CALL = {
    "line": "+441632960101",
    "caller": "+447700900001",
    "customer": "c",
    "reason": "r",
    "reference": "ref",
    "consumer": "w1",
}
TICKET = {
    "reference": "ref",
    "consumer": "w1",
    "customer": "c",
    "priority": "P1",
    "subject": "s",
    "body": "b",
}


def written_twice(node: yaml.Node) -> list[str]:
    """Return the keys that stand twice in one mapping, each with its line."""
    if isinstance(node, yaml.SequenceNode):
        return [each for item in node.value for each in written_twice(item)]
    if not isinstance(node, yaml.MappingNode):
        return []
    names = Counter(key.value for key, _ in node.value)
    found = [
        f"{key.value} in line {key.start_mark.line + 1}"
        for key, _ in node.value
        if names[key.value] > 1
    ]
    return found + [each for _, value in node.value for each in written_twice(value)]


def test_no_key_of_the_document_is_written_twice():
    """The reader of YAML takes the last one and says nothing: half of a promise is gone."""
    text = files("mock_center").joinpath("openapi.yaml").read_text(encoding="utf-8")

    assert written_twice(yaml.compose(text, Loader=yaml.CSafeLoader)) == []


@pytest.mark.parametrize("ticket", [None, {"id": "t-1", "reference": "r", "priority": "P1"}])
def test_an_event_of_an_agent_is_one_of_the_document_s(ticket: object):
    """It has the ticket as it stands for its agent; an event of a support request only its id."""
    schemas = {"components": openapi()["components"], "$ref": "#/components/schemas/Event"}
    about = {"type": "agent.changed", "agent": "a-1", "reference": "r", "seq": 1}
    event = {**about, "site": "north", "skill": "tickets", "state": "reserved", "call": None}

    assert jsonschema_rs.is_valid(schemas, {**event, "ticket": ticket})


ROUTES = [route for resource in RESOURCES for route in resource(None).routes()]


def document_operations() -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in openapi()["paths"].items()
        for method in operations
    }


def test_every_route_is_documented_and_every_documented_route_exists():
    """An adapter is written from the document: it must not lie by omission or by promise."""
    assert document_operations() == {(method, path) for method, path, _ in ROUTES}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_document_is_served_and_every_route_answers_with_a_documented_status(centre):
    """Promise and practice, for each route with no more than a token."""
    status, served, _ = await centre.ask("GET", "/openapi.json")

    assert status == 200
    assert served == openapi()
    for method, path, _ in ROUTES:
        if path == "/v1/events":
            continue  # answers when it ends
        code, _, headers = await centre.ask(method, path.replace("{id}", "nobody"))
        responses = served["paths"][path][method.lower()]["responses"]
        assert str(code) in responses, (method, path, code)
        assert headers["Content-Type"].split(";")[0] in str(
            responses[str(code)]
        ) or "Problem" in str(responses[str(code)])


@pytest.mark.parametrize(
    ("path", "raw", "status", "slug"),
    [
        ("/v1/calls", b"", 400, "invalid-body"),
        ("/v1/calls", b"{", 400, "invalid-body"),
        ("/v1/calls", b"\xff\xfe", 400, "invalid-body"),
        ("/v1/calls", b"[" * 10_000, 400, "invalid-body"),
        ("/v1/calls", b"[]", 422, "invalid-body"),
        ("/v1/calls", json.dumps({**CALL, "more": 1}).encode(), 422, "invalid-body"),
        ("/v1/calls", json.dumps({**CALL, "reference": ""}).encode(), 422, "invalid-body"),
        ("/v1/calls", json.dumps({**CALL, "reference": 7}).encode(), 422, "invalid-body"),
        ("/v1/calls", json.dumps({**CALL, "consumer": "a b"}).encode(), 422, "invalid-body"),
        ("/v1/calls", json.dumps({**CALL, "line": "+44"}).encode(), 404, "unknown-line"),
        ("/v1/calls", json.dumps({**CALL, "reason": "x" * 70_000}).encode(), 413, "body-too-large"),
        ("/v1/tickets", json.dumps({**TICKET, "priority": "P5"}).encode(), 422, "invalid-body"),
        ("/v1/tickets", b'{"reference": "\\ud800"}', 400, "invalid-body"),
        ("/v1/tickets", json.dumps({**TICKET, "body": "x" * 70_000}).encode(), 413, None),
        ("/v1/oauth/token", b"grant_type=password", 400, "unsupported-grant-type"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_bad_bodies_get_their_problem_and_change_nothing(centre, path, raw, status, slug):
    """A generator with a bug must learn so from the answer, not from odd results."""
    headers = {**centre.headers, "Idempotency-Key": "bad"}
    code, problem, answer = await centre.ask("POST", path, raw=raw, headers=headers)
    _, queues, _ = await centre.ask("GET", "/v1/queues")

    assert code == problem["status"] == status
    assert slug in (None, problem["type"])
    assert answer["Content-Type"] == "application/problem+json"
    assert sum(q["in_talk"] + q["waiting"] for q in queues["queues"]) == 0
    assert await centre.references() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/calls", 405),
        ("GET", "/v1/calls/c-999", 404),
        ("POST", "/v1/calls/c-999/hangup", 404),
        ("GET", "/v1/tickets/t-9-9", 404),
        ("GET", "/v1/tickets/..%2F..%2Fprobe", 404),
        ("GET", "/v1/tickets?after=x", 400),
        ("GET", "/v1/tickets?limit=0", 400),
        ("GET", "/v1/tickets?limit=99999", 400),
        ("GET", "/v1/tickets?site=east", 404),
        ("GET", "/v1/events", 400),
        ("GET", "/v1/events?consumer=w1&since=-1", 400),
        ("GET", "/v1/events?consumer=w1&since=9", 410),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_bad_paths_and_queries_get_their_problem(centre, method, path, status):
    """Every failure has the same form, so that one reader of problems is enough."""
    code, problem, headers = await centre.ask(method, path)

    assert code == problem["status"] == status
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eA=="}]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_good_token_nothing_under_v1_answers(centre, header):
    """The harness's own handling of expired tokens can only be tried on a door that is shut."""
    code, problem, headers = await centre.ask("GET", "/v1/lines", headers=header)

    assert (code, problem["type"]) == (401, "invalid-token")
    assert headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_post_needs_an_idempotency_key(centre):
    """A write that cannot be repeated safely is a write that cannot be audited."""
    code, problem, _ = await centre.ask("POST", "/v1/tickets", TICKET)

    assert (code, problem["type"]) == (400, "invalid-idempotency-key")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "meteor", "site": "north", "lease_s": 1}, 422),
        ({"kind": "site_down", "site": "east", "lease_s": 1}, 422),
        ({"kind": "site_down", "site": ["north"], "lease_s": 1}, 422),
        ({"kind": ["site_down"], "site": "north", "lease_s": 1}, 422),
        ({"kind": "site_down", "site": "north", "lease_s": 0}, 422),
        ({"kind": "site_down", "site": "north", "lease_s": 3601}, 422),
        ({"kind": "site_down", "site": "north", "lease_s": True}, 422),
        ({"kind": "site_down", "site": "north", "lease_s": float("nan")}, 422),
        ({"kind": "site_down", "site": "north"}, 422),
        ([], 400),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_bad_fault_is_refused_and_nothing_is_broken(centre, body, status):
    """An injector's bug must never take a site down by accident."""
    code, problem, _ = await centre.ask(
        "POST", "/faults", body, base=centre.admin, headers=centre.admin_headers
    )
    _, faults, _ = await centre.ask(
        "GET", "/faults", base=centre.admin, headers=centre.admin_headers
    )

    assert code == problem["status"] == status
    assert faults == []
    assert {state["state"] for state in (await centre.site_states()).values()} == {"up"}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_admin_port_and_the_internal_paths_are_shut_to_strangers(centre):
    """Whoever can reach the port must not be able to break a site with it."""
    for base, method, path in (
        (centre.admin, "GET", "/sites"),
        (centre.admin, "POST", "/faults"),
        (centre.sites["north"], "GET", "/internal/probe"),
        (centre.sites["north"], "POST", "/internal/join"),
    ):
        code, problem, _ = await centre.ask(method, path, base=base)
        assert (code, problem["type"]) == (401, "invalid-token")


@pytest.mark.asyncio(loop_scope="module")
async def test_metrics_exist_at_zero_and_hold_no_ids(centre):
    """A counter that appears with its first event hides that event from every difference."""
    _, edge, _ = await centre.ask("GET", "/metrics")
    _, site, _ = await centre.ask("GET", "/metrics", base=centre.sites["north"])

    for result in ("accepted", "blocked", "refused", "failed"):
        assert f'cc_call_attempts_total{{line="+441632960101",result="{result}"}}' in edge
    for queue in ("billing", "support"):
        for outcome in ("answered", "abandoned"):
            labels = f'outcome="{outcome}",queue="{queue}",site="north"'
            assert f'cc_wait_seconds_bucket{{le="20.0",{labels}}}' in site
        for reason in ("agent", "caller", "abandoned", "site-loss"):
            labels = f'queue="{queue}",reason="{reason}",site="north"'
            assert f"cc_calls_ended_total{{{labels}}} 0.0" in site
    for name in (
        'cc_ticket_first_reply_seconds_count{priority="P4",site="north"} 0.0',
        'cc_store_primary{site="north"} 1.0',
        'cc_store_degraded{site="north"} 0.0',
        'cc_agents{queue="billing",site="north",state="available"} 5.0',
        "cc_speed 20.0",
        "process_start_time_seconds",
    ):
        assert name in site
    assert "_created" not in edge + site.replace("cc_tickets_created", "")
    assert max(edge.count("\n"), site.count("\n")) < 800


@pytest.mark.asyncio(loop_scope="module")
async def test_a_faulted_site_cannot_be_faulted_again_and_healing_twice_is_no_error(centre):
    """An injector that repeats itself after a timeout must find the same state, not another."""
    fault = await centre.inject("site_down", "south")
    code, problem, _ = await centre.ask(
        "POST",
        "/faults",
        {"kind": "site_hang", "site": "south", "lease_s": 5},
        base=centre.admin,
        headers=centre.admin_headers,
    )
    await centre.heal(fault)
    await centre.heal(fault)
    unknown, _, _ = await centre.ask(
        "DELETE", "/faults/f99", base=centre.admin, headers=centre.admin_headers
    )
    await centre.until(lambda health: health["sites"]["south"] == "up")

    assert (code, problem["type"]) == (409, "site-faulted")
    assert unknown == 404
