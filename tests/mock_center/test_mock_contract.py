"""The API keeps its document's promises, whatever schemathesis thinks of: every route, by itself.

Wanted of every answer: a status, a content type, headers and a body that the document has for it,
no 5xx, no success for what the document forbids, and 401 without a token. A route that is added to
the document is tested without a word here.
"""

import json
import re
from collections import defaultdict
from itertools import count

import jsonschema_rs
import pytest
import pytest_asyncio
import requests
import schemathesis
from live_centre import BILLING, FAST_TICKETS, SHORT_CALLS, orders, running
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from mock_center.edge.api.document import openapi
from tests.effort import by_night

_STREAM = "application/x-ndjson"
_TIMEOUT_S = 5
_KEY = re.compile(r"[!-~]{1,128}")
_NAMES = {"site": "north", "skill": "billing", "transfer_to": "support", "line": BILLING}
_numbers = count()
_made: defaultdict[str, list[str]] = defaultdict(list)


def document(examples: int, *, edge_cases: bool) -> schemathesis.BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "seed": 2026,
            "generation": {
                "deterministic": True,
                "database": "none",
                "max-examples": examples,
                "with-security-parameters": False,
            },
            # An order that its schema allows may still come too late for what it asks.
            "checks": {
                # A change without If-Match is told so in a status of its own (RFC 6585).
                "missing_required_header": {
                    "expected-statuses": [400, 401, 403, 406, 415, 422, 428]
                },
                # What is wrong may also be too large to be looked at.
                "negative_data_rejection": {
                    "expected-statuses": [400, 401, 403, 404, 406, 409, 413, 415, 422, 428, 429]
                },
                "positive_data_acceptance": {
                    "expected-statuses": ["2xx", 401, 404, 409, 410, 412, 429]
                },
            },
            "phases": {"coverage": {"enabled": edge_cases}},
        }
    )
    return schemathesis.openapi.from_dict(openapi(), config=config)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    mock = {"channels": "100000", **SHORT_CALLS, **FAST_TICKETS}
    async with running(orders(folder, agents=50, **mock)) as centre:
        yield centre
    assert "Traceback" not in (folder / "edge.log").read_text()


def promise_kept(case: schemathesis.Case, centre) -> None:
    make_plausible(case)
    if _STREAM in str(case.operation.definition.raw["responses"].get("200")):
        stream_promise_kept(case, centre)
        return
    response = case.call_and_validate(
        base_url=centre.edge, headers=centre.headers, timeout=_TIMEOUT_S
    )
    if response.status_code == 201:
        _made[case.operation.path].append(response.json()["id"])


def make_plausible(case: schemathesis.Case) -> None:
    """Make each order a new one, for what there is; every second time for what has been made.

    A schema cannot know the names of sites and queues, nor the ids of what was made.
    """
    key = str((case.headers or {}).get("Idempotency-Key", ""))
    if _KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = f"{key[:100]}-{next(_numbers)}"
    if case.meta is not None and case.meta.generation.mode is GenerationMode.NEGATIVE:
        return
    if isinstance(case.body, dict):
        case.body |= {name: _NAMES[name] for name in case.body.keys() & _NAMES.keys()}
    if "wait_s" in (case.query or {}):
        case.query["wait_s"] = 0  # nobody has the time to wait for a call at each try
    made = _made[case.operation.path.partition("/{id}")[0]]
    if made and "id" in (case.path_parameters or {}) and next(_numbers) % 2:
        case.path_parameters["id"] = made[-1]


def stream_promise_kept(case: schemathesis.Case, centre) -> None:
    """A stream does not end: its first line is looked at, and its refusals as any other."""
    told = case.as_transport_kwargs(base_url=centre.edge, headers=centre.headers)
    with requests.request(**told, stream=True, timeout=_TIMEOUT_S) as response:
        if response.status_code != 200:
            case.validate_response(response)
            return
        line = json.loads(next(response.iter_lines()))
        kind = response.headers["Content-Type"]
    schemas = {"components": openapi()["components"], "$ref": "#/components/schemas/Event"}

    assert kind == _STREAM
    assert jsonschema_rs.is_valid(schemas, line), line


QUICK = document(5, edge_cases=False)
# Borders are found when tests are collected, which takes seconds: only by night, when they are used.
LONG = document(150, edge_cases=by_night())


@QUICK.parametrize()
def test_every_operation_answers_as_its_document_says(case, centre):
    """An adapter that is written from the document must meet no surprise."""
    promise_kept(case, centre)


@pytest.mark.nightly
@LONG.parametrize()
def test_every_operation_answers_as_its_document_says_at_length(case, centre):
    """The same with thousands of orders, and with every border of every schema."""
    promise_kept(case, centre)


def test_every_operation_promises_what_is_answered_before_it_is_reached():
    """The door, the reader of bodies and the keeper of keys answer for every resource."""
    missing = [
        f"{method.upper()} {path}: {sorted(wanted - operation['responses'].keys())}"
        for path, operations in openapi()["paths"].items()
        for method, operation in operations.items()
        if not (wanted := answered_before(operation)) <= operation["responses"].keys()
    ]

    assert not missing, f"add to openapi.yaml: {missing}"


def answered_before(operation) -> set[str]:
    body = operation.get("requestBody", {}).get("content", {})
    keyed = "IdempotencyKey" in str(operation.get("parameters"))
    return {
        *(("401", "429") if "security" not in operation else ()),
        *(("400", "413", "415", "422") if "application/json" in body else ()),
        *(("400", "422") if keyed else ()),
    }
