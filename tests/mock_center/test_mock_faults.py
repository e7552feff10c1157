"""Faults of the mock that its processes are told of: they bite, they end, they outlive a restart."""

import asyncio

import pytest
import pytest_asyncio

from mock_center.conditions import Condition, Conditions
from mock_center.config import parse_centre
from mock_center.faults.book import FaultBook
from mock_center.faults.kinds import kinds_of
from mock_center.faults.spec import EDGE
from tests.mock_center.every_feature import every_feature
from tests.mock_center.live_centre import BILLING, orders, running

SPECS = kinds_of(parse_centre(every_feature()))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory):
    async with running(orders(tmp_path_factory.mktemp("faults"), callbacks={})) as started:
        yield started


async def broken(centre, **order):
    """Have something broken; return status and answer."""
    status, answer, _ = await centre.ask(
        "POST", "/faults", {"lease_s": 20, **order}, base=centre.admin, headers=centre.admin_headers
    )
    return status, answer


@pytest.mark.asyncio(loop_scope="module")
async def test_an_api_that_fails_does_so_at_once_and_no_longer_than_ordered(centre):
    """The order returns when the edge has taken it in, so the bracket around it is the truth."""
    _, fault = await broken(centre, kind="api_errors", share=1.0, status=503)
    failing, problem, _ = await centre.ask("GET", "/v1/queues")
    await centre.heal(fault["id"])
    whole, _, _ = await centre.ask("GET", "/v1/queues")

    assert (failing, problem["type"], whole) == (503, "api-fault", 200)


@pytest.mark.asyncio(loop_scope="module")
async def test_only_the_method_that_is_named_fails(centre):
    """Reads go on while writes fail: the usual way a database is ill."""
    _, fault = await broken(centre, kind="api_errors", share=1.0, status=500, method="POST")
    read, _, _ = await centre.ask("GET", "/v1/queues")
    written, _, _ = await centre.ask("POST", "/v1/tickets", {"any": "thing"})
    await centre.heal(fault["id"])

    assert (read, written) == (200, 500)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_rate_limit_comes_and_goes(centre):
    """Where there was none there is none again."""
    _, fault = await broken(centre, kind="api_rate_limit", per_minute=1, burst=2)
    during = [(await centre.ask("GET", "/v1/queues"))[0] for _ in range(4)]
    await centre.heal(fault["id"])
    after = [(await centre.ask("GET", "/v1/queues"))[0] for _ in range(4)]

    assert during == [200, 200, 429, 429]
    assert after == [200] * 4


@pytest.mark.asyncio(loop_scope="module")
async def test_tokens_expire_all_at_once_and_new_ones_are_good(centre):
    """A key rotation without overlap: whoever can sign in anew loses one request."""
    _, fault = await broken(centre, kind="token_expiry")
    stale, problem, _ = await centre.ask("GET", "/v1/queues")
    await centre.authorise()
    fresh, _, _ = await centre.ask("GET", "/v1/queues")
    await centre.heal(fault["id"])
    after, _, _ = await centre.ask("GET", "/v1/queues")

    assert (stale, problem["type"], fresh, after) == (401, "token-expired", 200, 200)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("source", ["edge", "north"])
async def test_a_metrics_page_is_gone_while_its_process_goes_on(centre, source):
    """What cannot be seen is not therefore well, nor broken."""
    base = centre.edge if source == "edge" else centre.sites[source]
    _, fault = await broken(centre, kind="metrics_gone", source=source)
    gone, _, _ = await centre.ask("GET", "/metrics", base=base)
    alive, _, _ = await centre.ask("GET", "/healthz", base=base)
    await centre.heal(fault["id"])
    back, _, _ = await centre.ask("GET", "/metrics", base=base)

    assert (gone, alive, back) == (404, 200, 200)


@pytest.mark.asyncio(loop_scope="module")
async def test_who_cannot_call_a_number_can_still_be_called_back(centre):
    """The carrier puts no calls to it through; a callback is a call the other way."""
    _, fault = await broken(centre, kind="blocked_destination", line=BILLING)
    call, busy, _ = await centre.call("blocked")
    order = {"line": BILLING, "number": "+447700900002", "customer": "c", "reason": "bill"}
    promised, callback, _ = await centre.ask(
        "POST",
        "/v1/callbacks",
        {**order, "reference": "cb", "consumer": "w1"},
        headers={**centre.headers, "Idempotency-Key": "cb"},
    )
    await centre.heal(fault["id"])

    assert (call, busy["type"]) == (503, "trunks-busy")
    assert (promised, callback["queue"]) == (201, "billing")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_site_that_is_replaced_is_told_what_is_wrong_in_it(centre):
    """The fault is the place's, not the process's."""
    _, fault = await broken(centre, kind="metrics_gone", source="south")
    await centre.work("/sites/south/restart", {"wait_s": 20})
    gone, _, _ = await centre.ask("GET", "/metrics", base=centre.sites["south"])
    await centre.heal(fault["id"])

    assert gone == 404


@pytest.mark.asyncio(loop_scope="module")
async def test_a_lease_ends_a_fault_that_nobody_heals(centre):
    """An injector that was killed leaves nothing broken."""
    await broken(centre, kind="api_errors", share=1.0, status=503, lease_s=0.3)
    async with asyncio.timeout(10):
        while (await centre.ask("GET", "/v1/queues"))[0] != 200:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.05)

    _, faults, _ = await centre.ask(
        "GET", "/faults", base=centre.admin, headers=centre.admin_headers
    )
    assert faults == []


@pytest.mark.asyncio(loop_scope="module")
async def test_two_faults_do_not_share_a_place_but_stand_side_by_side(centre):
    """Whose effect would it be? Latency and errors can be told apart, two shares of errors not."""
    _, errors = await broken(centre, kind="api_errors", share=1.0, status=503, method="DELETE")
    second, problem = await broken(centre, kind="api_errors", share=0.5, status=500)
    beside, latency = await broken(centre, kind="api_latency", delay=0.01, share=1.0)
    for fault in (errors, latency):
        await centre.heal(fault["id"])

    assert (second, problem["type"]) == (409, "site-faulted")
    assert "edge/api/errors is held by" in problem["detail"]
    assert beside == 201


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"kind": "api_erors"}, "kind: found 'api_erors', want"),
        ({"kind": "api_errors", "share": 2, "status": 503}, "share: found 2, want a number from"),
        ({"kind": "api_errors", "share": 0.5}, "status: found nothing"),
        (
            {"kind": "api_errors", "share": 0.5, "status": 503, "site": "north"},
            "site: found an unknown key",
        ),
        ({"kind": "api_latency", "share": True, "delay": 1}, "share: found True"),
    ],
)
async def test_a_wrong_order_is_refused_in_words(centre, order, why):
    """And nothing is broken by it."""
    status, problem = await broken(centre, **order)

    assert status == 422
    assert why in problem["detail"]


def test_a_place_is_held_with_its_parts_and_with_what_it_is_part_of():
    """While a whole site is down nobody can tell whether its trunks are."""
    book = FaultBook()
    trunks = book.open("trunk_loss", {}, "north/trunks", 10.0)
    with pytest.raises(ValueError, match="north/trunks is held by"):
        book.open("site_down", {}, "north", 10.0)
    book.open("site_down", {}, "south", 10.0)
    trunks.healed = True

    assert book.open("site_down", {}, "north", 10.0).id == "f3"


def test_conditions_are_told_as_a_whole():
    """A heal that a process slept through leaves nothing behind: the next word says all."""
    heard: list[bool] = []
    conditions = Conditions([Condition("a", {"queue": "billing"})])
    conditions.when_changed(lambda: heard.append(conditions.asked("a") is not None))
    conditions.put([Condition("b", {})])

    assert heard == [False]
    assert conditions.asked("b") == {}


def test_a_condition_that_leaves_something_open_means_all_of_it():
    """Errors without a method are errors of every method."""
    conditions = Conditions([Condition("a", {"queue": "billing"}), Condition("b", {})])

    assert conditions.asked("a", queue="support") is None
    assert conditions.asked("a", queue="billing") is not None
    assert conditions.asked("b", queue="support") is not None


@pytest.mark.parametrize("kind", SPECS)
def test_a_kind_tells_only_processes_that_there_are(kind: str):
    """A condition for nobody would be a fault that does nothing."""
    samples = {
        "site": "north",
        "share": 0.5,
        "status": 503.0,
        "delay": 1.0,
        "per_minute": 60.0,
        "burst": 5.0,
        "source": "edge",
    }
    asked = {key: samples.get(key, "billing") for key in SPECS[kind].keys}

    assert set(SPECS[kind].tells(asked)) <= {EDGE, "north", "south"}
    assert SPECS[kind].place(asked)
