"""Every request and every answer of a guarded run: what is let out, and what is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guard.codes import code_of, halt
from harness.guard.wire import (
    MOST_HELD_S,
    Bucket,
    Wire,
    least_cap,
    least_concurrency,
    probes_of,
    scanner_of,
    share_of,
)
from harness.model.guard import Marker, Watch

HEADER = Watch(marker=Marker(header="X-Environment-Id"), environment="acme-uat", scans=False)
FIELD = Watch(marker=Marker(field="environment"), environment="acme-uat", scans=False)
SCANNER = scanner_of(names={"Ada Sample"}, customers={"customer-1"}, lines=["+441632960101"])


def out(wire: Wire, *, now: float = 0.0, method: str = "POST", body: bytes = b"{}") -> float | None:
    return wire.out(method, "/v1/tickets", body, now)


def test_a_mock_of_ours_is_held_to_nothing():
    """It is part of the harness, and every microsecond there is one of the generator's."""
    wire = Wire(None)

    assert all(out(wire) == 0.0 for _ in range(1000))
    assert wire.back(200, {}, b"")


@pytest.mark.parametrize(
    ("status", "headers", "believed", "because"),
    [
        (200, {"x-environment-id": "acme-uat"}, True, "the mark"),
        (204, {}, False, "no mark"),
        (201, {"x-environment-id": "acme-prod"}, False, "another's mark"),
        (502, {}, True, "a proxy's error page says nothing"),
        (302, {}, True, "a redirect is not followed"),
        (None, {}, True, "no answer"),
    ],
)
def test_a_good_answer_has_to_carry_the_mark(status, headers, believed, because):
    """The first one without it ends the run: whoever answered is not whom we were let through to."""
    wire = Wire(HEADER)

    assert wire.back(status, headers, b"") == believed, because
    assert code_of(wire.tripped) == ("" if believed else "HALT_ENV_MARKER")
    assert (out(wire) is None) != believed


@pytest.mark.parametrize(
    ("body", "believed"),
    [
        (b'{"environment": "acme-uat"}', True),
        (b'{"environment": "acme-prod"}', False),
        (b"{}", False),
        (b"[]", False),
        (b"<html>", False),
        (b"", True),
    ],
)
def test_the_mark_may_be_a_field_of_the_answer(body: bytes, believed: bool):
    """Not every provider can add a header. An answer without a body has no field."""
    assert Wire(FIELD).back(200, {}, body) == believed


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer": "4711"}',
        b'{"body": "please call +44 20 7946 1234"}',
        b'{"mail": "ada@acme.example.com"}',
        b'{"note": "card 4111 1111 1111 1111"}',
    ],
)
def test_what_may_be_somebodys_is_not_sent(body: bytes):
    """A story with a real customer in it must not reach anybody, not even once."""
    wire = Wire(Watch(), SCANNER)

    assert out(wire, body=body) is None
    assert code_of(wire.tripped) == "HALT_NOT_SYNTHETIC"
    assert out(wire, body=b"{}") is None, "and nothing after it"


def test_what_was_made_up_is_sent():
    """Otherwise nothing would be."""
    wire = Wire(Watch(), SCANNER)
    body = b'{"customer": "customer-1", "name": "Ada Sample", "line": "+441632960101"}'

    assert out(wire, body=body) == 0.0


def test_a_provider_s_long_ids_in_a_path_are_no_cards():
    """They come from the provider, and one in ten passes the check of a card."""
    wire = Wire(Watch(), SCANNER)

    for path in ("/v1/tickets/4111111111111111", "/v1/tickets?after=4111111111111111"):
        assert wire.out("GET", path, b"", 0.0) == 0.0


@given(
    rate=st.floats(0.5, 200),
    asked=st.lists(st.floats(0, 0.2), min_size=1, max_size=300),
)
def test_never_more_than_the_cap_leaves_in_any_second(rate: float, asked: list[float]):
    """Whatever is asked for, and whenever: the cap is the provider's, not a wish of ours."""
    bucket, now, sent = Bucket(rate), 100.0, []
    for gap in asked:
        now += gap
        wait_s = bucket.hold(now)
        if wait_s is not None:
            sent.append(now + wait_s)

    for first in sent:
        within = [each for each in sent if first <= each < first + 1.0]
        assert len(within) <= 2 * rate + 1, "a burst of a second's worth, and a second's worth"
    span = max(sent) - min(sent)
    assert len(sent) <= rate * span + max(rate, 1) + 1


def test_who_would_have_to_wait_too_long_ends_the_run():
    """Load that is held back is not the load that was planned."""
    wire = Wire(Watch(requests_per_s=2, scans=False))
    waits = [out(wire, now=0.0) for _ in range(10)]

    until = waits.index(None)
    assert waits[:until] == [0.0, 0.0, 0.5, 1.0]
    assert max(waits[:until]) <= MOST_HELD_S
    assert code_of(wire.tripped) == "HALT_RATE_CAP"


def test_a_probe_waits_as_long_as_it_takes():
    """The harness's own few requests are no load."""
    wire = Wire(Watch(requests_per_s=2, scans=False))
    waits = [wire.out("GET", "/", b"", 0.0, patient=True) for _ in range(10)]

    assert None not in waits
    assert not wire.tripped


def test_too_many_at_once_end_the_run():
    """A target that answers late piles them up; the cap is what it can bear."""
    wire = Wire(Watch(concurrent=2, scans=False))
    sent = [out(wire) for _ in range(2)]
    wire.done()
    again = out(wire)
    over = out(wire)

    assert [*sent, again, over] == [0.0, 0.0, 0.0, None]
    assert code_of(wire.tripped) == "HALT_CONCURRENCY_CAP"


def test_writes_are_counted_and_reads_are_not():
    """What is written has to be taken away again."""
    wire = Wire(Watch(writes=2, scans=False))
    reads = [out(wire, method="GET") for _ in range(5)]
    writes = [out(wire) for _ in range(3)]

    assert None not in reads
    assert writes == [0.0, 0.0, None]
    assert wire.writes_left == 0
    assert code_of(wire.tripped) == "HALT_WRITE_CAP"


def test_a_write_is_kept_for_whoever_has_yet_to_leave():
    """And for nobody else: not for one more who comes, and not for those who are at work."""
    wire = Wire(Watch(writes=4, scans=False))
    begun = []
    while wire.may_begin():
        wire.owed += 1
        begun.append(out(wire))
    at_work = out(wire)
    left = [wire.out("POST", "/", b"", 0.0, leaves=True) for _ in range(3)]

    assert begun == [0.0, 0.0]
    assert at_work is None
    assert left == [0.0, 0.0, None]
    assert code_of(wire.tripped) == "HALT_WRITE_CAP"


def test_after_a_cap_people_may_still_hang_up():
    """Calls that are left standing would burden the provider more than their end does."""
    polite, shut = Wire(Watch(requests_per_s=9, scans=False)), Wire(HEADER)
    polite.trip(halt("HALT_RATE_CAP", "more was due"))
    shut.trip(halt("HALT_ENV_MARKER", "another's mark"))

    assert not polite.shut
    assert out(polite) is not None
    assert shut.shut
    assert out(shut) is None


def test_all_who_leave_at_once_take_their_turn_under_a_cap_of_the_rate():
    """An ordinary end has everybody hang up together: that is no load that was held back."""
    wire = Wire(share_of(Watch(requests_per_s=50, concurrent=400, scans=False), 0.9))
    waits = [wire.out("POST", "/", b"{}", 0.0, leaves=True) for _ in range(200)]

    assert None not in waits
    assert max(each or 0.0 for each in waits) == pytest.approx(199 / 45 - 44 / 45)
    assert not wire.tripped


def test_who_leaves_has_room_once_it_would_go_out_at_once():
    """Whoever is still at work goes first: it is they whom a second's wait would trip."""
    wire = Wire(Watch(requests_per_s=2, concurrent=4, scans=False))
    free = wire.has_room(0.0)
    for _ in range(3):
        out(wire, now=0.0)

    assert free
    assert not wire.has_room(0.4)
    assert wire.has_room(1.0)
    out(wire, now=1.0)
    assert not wire.has_room(9.0), "four are under way"


def test_a_graver_reason_takes_the_place_of_a_polite_one():
    """And no polite one takes the place of a grave one."""
    wire = Wire(HEADER)
    wire.trip(halt("HALT_RATE_CAP", "more was due"))
    wire.trip(halt("HALT_ENV_MARKER", "another's mark"))
    wire.trip(halt("HALT_WRITE_CAP", "all used"))

    assert code_of(wire.tripped) == "HALT_ENV_MARKER"


@given(shards=st.integers(1, 64), writes=st.integers(1, 10_000), rate=st.floats(1, 1000))
def test_processes_together_stay_within_the_caps(shards: int, writes: int, rate: float):
    """Each has its share; none knows of the others."""
    watch = Watch(requests_per_s=rate, writes=writes)
    each = share_of(watch, 0.9 / shards)

    assert each.requests_per_s is not None
    assert each.writes is not None
    assert each.requests_per_s * shards <= 0.9 * rate * (1 + 1e-9)
    assert each.writes * shards <= 0.9 * writes


@given(shards=st.integers(1, 64), more=st.integers(0, 1000))
def test_processes_and_probes_together_never_send_more_at_once_than_the_cap(shards: int, more: int):
    """A cap that leaves nothing to one of them is refused before the start; any other holds."""
    cap = least_concurrency(shards) + more
    load = share_of(Watch(concurrent=cap), 0.9 / shards).concurrent
    ours = probes_of(Watch(concurrent=cap)).concurrent

    assert load is not None
    assert ours is not None
    assert min(load, ours) >= 1
    assert load * shards + ours <= cap


@pytest.mark.parametrize(("processes", "least"), [(1, 2), (9, 10), (12, 14), (64, 72)])
def test_the_least_concurrency_is_the_least_that_leaves_each_process_one(
    processes: int, least: int
):
    """A plan is refused for what it needs, and for no more."""
    below = share_of(Watch(concurrent=least - 1), 0.9 / processes).concurrent

    assert least_concurrency(processes) == least
    assert below == 0


@given(shards=st.integers(1, 64), writes=st.integers(1, 10_000))
def test_our_own_probes_have_a_write_left_and_no_more_than_there_are(shards: int, writes: int):
    """With none the canary halts a run that was let through; with one too many the cap is broken."""
    watch = Watch(writes=writes)
    load, ours = share_of(watch, 0.9 / shards).writes, probes_of(watch).writes

    assert load is not None
    assert ours is not None
    assert ours >= 1
    assert load * shards + ours <= writes


@pytest.mark.parametrize("writes", [1, 2, 3, 17, 500])
def test_the_least_cap_is_the_least_that_leaves_so_many_writes(writes: int):
    """A plan is refused for what it needs, and for no more."""
    least = least_cap(writes)

    assert probes_of(Watch(writes=least)).writes == writes
    assert probes_of(Watch(writes=least - 1)).writes == writes - 1
