"""The stand-ins of the journeys keep the contracts of what they stand for."""

import inspect

import pytest

from harness.adapter.protocol import Adapter, NewCall, NewTicket, Placed, Request, Written
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock
from harness.faults.contract import TargetAdmin
from harness.faults.probe import Probe
from harness.target.admin import Admin
from scenarios.journeys.story import contact_wall
from tests.fakes import FakeAdapter, FakeAdmin, FakeClock, FakeProbe

CLOCKS = [FakeClock(epoch=1000.0, speed=20.0), RunClock(1000.0, 20.0)]
PAIRS = [
    (Adapter, ReferenceAdapter),
    (Adapter, FakeAdapter),
    (TargetAdmin, Admin),
    (TargetAdmin, FakeAdmin),
]


def public(kind: type) -> dict[str, list[str]]:
    """Return the names of the arguments of each public method."""
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("protocol", "kind"), PAIRS)
def test_real_and_fake_have_what_the_protocol_asks(protocol: type, kind: type):
    """The same methods with the same arguments."""
    assert public(protocol).items() <= public(kind).items()


def test_the_fake_probe_looks_as_the_real_one_does():
    """Kinds of faults ask it the same two questions."""
    assert public(FakeProbe).items() <= public(Probe).items()


@pytest.mark.parametrize("clock", CLOCKS, ids=["fake", "real"])
def test_clocks_translate_alike(clock: FakeClock | RunClock):
    """Two wall seconds at speed 20 are forty of the centre's."""
    assert clock.centre_s(1002.0) == 40.0
    assert clock.wall(40.0) == 1002.0


@pytest.mark.parametrize("clock", CLOCKS, ids=["fake", "real"])
def test_a_stamp_that_was_not_given_stays_away(clock: FakeClock | RunClock):
    """None is no time, not the time zero."""
    assert contact_wall(clock, None) is None
    assert contact_wall(clock, 1001.0) == 20.0


CALL = NewCall(reference="r", consumer="c", line="l", caller="n", customer="k", reason="w")
TICKET = NewTicket(reference="r", consumer="c", customer="k", priority="P1", subject="s", body="b")


@pytest.mark.parametrize(
    ("steps", "result"),
    [
        (lambda adapter: adapter.place_call(CALL), Placed),
        (lambda adapter: adapter.open_ticket(TICKET), Written),
        (lambda adapter: adapter.hang_up("C-1"), type(None)),
        (lambda adapter: adapter.read_tickets("north"), tuple),
        (lambda adapter: adapter.listen("c", 0), Request),
    ],
)
def test_the_fake_adapter_yields_requests_and_returns_what_was_promised(steps, result: type):
    """As a generator, like every adapter."""
    generator = steps(FakeAdapter())

    assert isinstance(next(generator), Request)
    with pytest.raises(StopIteration) as done:
        generator.send(None)
    assert isinstance(done.value.value, result)
