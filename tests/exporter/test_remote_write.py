"""Readings are sent on as Prometheus sends them, and a server that will not harms no run."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from harness.clock import RunClock, wall_now
from harness.errors import HarnessError, UsageError
from harness.exporter import wire
from harness.exporter.figures import Figures
from harness.exporter.outlets import Outlets
from harness.exporter.remote_write import AUTHORIZATION, KEPT_WALL_S, RemoteWriter, checked, written
from harness.model.event import Event
from harness.model.sample import OWN, Scrape, Series
from harness.record.run_record import RunRecord
from harness.watching import Watcher
from tests import fakes
from tests.exporter.watched import ENDPOINTS, begun, kept_record, stand
from tests.kpi.judges import needs, served_prometheus, served_victoria_metrics

IN_QUEUE = Series("cc_calls_in_queue", (("queue", 'bil"ling\n'), ("site", "nørth")))
QUEUED = Series("cc_calls_queued_total", (("queue", "billing"),))


class Receiver:
    """Takes writes, or answers as it is told to; keeps what it was sent."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.queries: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        self.queries.append(request.query_string)
        self.bodies.append(await request.read())
        status = self.answers.pop(0) if self.answers else 204
        return web.Response(status=status, text="" if status == 204 else "no room\nfor you")


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[str]:
    """Yield the address at which *receiver* answers."""
    app = web.Application()
    app.router.add_post("/write", receiver.take)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/write"))


@asynccontextmanager
async def writing(receiver: Receiver, told: "Told") -> AsyncIterator[RemoteWriter]:
    """Yield what writes to *receiver*, with a token."""
    async with (
        receiving(receiver) as url,
        RemoteWriter(url, authorization="Bearer secret", tell=told) as writer,
    ):
        yield writer


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.all: list[tuple[str, dict[str, str]]] = []

    def __call__(self, name: str, fields: dict[str, str]) -> None:
        self.all.append((name, fields))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.all]


def reading(value: float, *, ok: bool = True) -> Scrape:
    return Scrape("north", 1.0, ok, {IN_QUEUE: value, QUEUED: 5.0} if ok else {})


def unsnappy(block: bytes) -> bytes:
    """Return what a block of literals holds, by the format's own description."""
    length, at = _varint(block, 0)
    plain = b""
    while at < len(block):
        tag = block[at]
        assert tag & 3 == 0, "not a literal"
        size, at = tag >> 2, at + 1
        if size >= 60:
            extra = size - 59
            size, at = int.from_bytes(block[at : at + extra], "little"), at + extra
        plain += block[at : at + size + 1]
        at += size + 1
    assert len(plain) == length
    return plain


def _varint(text: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (text[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not text[at - 1] & 0x80:
            return number, at


def fields(message: bytes) -> Iterator[tuple[int, object]]:
    """Yield number and value of each field of a protocol buffer."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == 2:
            size, at = _varint(message, at)
            yield key >> 3, message[at : at + size]
            at += size
        elif key & 7 == 1:
            yield key >> 3, message[at : at + 8]
            at += 8
        else:
            number, at = _varint(message, at)
            yield key >> 3, number


def read(body: bytes) -> dict[tuple[tuple[str, str], ...], list[tuple[float, int]]]:
    """Return the samples in a request, by the labels of their series."""
    found = {}
    for _, series in fields(unsnappy(body)):
        parts = list(fields(series))
        labels = tuple(
            tuple(text.decode() for _, text in fields(part))
            for number, part in parts
            if number == 1
        )
        samples = [dict(fields(part)) for number, part in parts if number == 2]
        found[labels] = [(struct.unpack("<d", each[1])[0], each[2]) for each in samples]
    return found


@given(st.binary(max_size=200_000))
def test_a_block_of_literals_holds_what_was_put_into_it(plain: bytes):
    """Snappy allows it, whatever the length."""
    assert unsnappy(wire.snappy(plain)) == plain


def test_a_block_may_be_longer_than_a_literal(monkeypatch):
    """Then it is several."""
    monkeypatch.setattr(wire, "_LONGEST_LITERAL", 70)
    plain = bytes(range(256)) * 3

    assert unsnappy(wire.snappy(plain)) == plain


async def test_a_reading_is_sent_with_its_labels_in_order_and_its_moment():
    """Prometheus wants labels sorted; the mark of a rehearsal is on each."""
    receiver, told = Receiver(), Told()
    async with writing(receiver, told) as writer:
        writer.take(reading(3.0), 1_795_000_000.5, "run-1")
        writer.take(reading(4.0), 1_795_000_001.5, "run-1")
        await writer.send()
    (body,) = receiver.bodies
    series = read(body)
    labels = next(each for each in series if dict(each)["__name__"] == IN_QUEUE.name)

    assert series[labels] == [(3.0, 1_795_000_000_500), (4.0, 1_795_000_001_500)]
    assert list(labels) == sorted(labels)
    assert dict(labels) == {
        "__name__": "cc_calls_in_queue",
        "instance": "north",
        "job": "contact_centre",
        "queue": 'bil"ling\n',
        "rehearsal": "true",
        "run": "run-1",
        "site": "nørth",
    }
    assert receiver.headers[0]["Content-Encoding"] == "snappy"
    assert receiver.headers[0]["Authorization"] == "Bearer secret"
    assert told.all == []


async def test_what_has_vanished_is_marked_as_ended_and_nothing_else_is():
    """A site that was killed must not keep its last queue for five minutes."""
    receiver = Receiver()
    async with writing(receiver, Told()) as writer:
        writer.take(reading(3.0), 1.0, "run-1")
        writer.take(reading(0.0, ok=False), 2.0, "run-1")
        await writer.send()
    series = {dict(each)["__name__"]: values for each, values in read(receiver.bodies[0]).items()}
    (_, (ended, _)) = series[IN_QUEUE.name]

    assert struct.pack("<d", ended) == wire.STALE
    assert [value for value, _ in series["up"]] == [1.0, 0.0]


async def test_at_the_end_everything_is_marked_as_ended():
    """The run is over: no figure of it goes on."""
    receiver = Receiver()
    async with receiving(receiver) as url:
        writer = RemoteWriter(url, authorization="", tell=Told())
        async with written(writer, lambda: 9.0):
            writer.take(reading(3.0), 1.0, "run-1")
    last = {
        dict(labels)["__name__"]: samples[-1]
        for body in receiver.bodies
        for labels, samples in read(body).items()
    }

    assert set(last) == {IN_QUEUE.name, QUEUED.name, "up"}
    assert all(struct.pack("<d", value) == wire.STALE for value, _ in last.values())
    assert writer.given_up == 0


async def test_a_refused_write_is_told_once_and_given_up():
    """The same words every five seconds would hide the run; sent again it would be refused again."""
    receiver, told = Receiver(400, 400, 204), Told()
    async with writing(receiver, told) as writer:
        for at in (1.0, 2.0, 3.0):
            writer.take(reading(at), at, "run-1")
            await writer.send()
    moments = [{at for _, at in next(iter(read(body).values()))} for body in receiver.bodies]

    assert told.names == ["remote_write_refused", "remote_write_taken_again"]
    assert "HTTP 400 no room" in told.all[0][1]["why"]
    assert moments == [{1000}, {2000}, {3000}]
    assert writer.given_up == 6


async def test_what_stands_in_a_query_is_sent_and_never_told():
    """Some receivers want their key there; events are kept with the run, and shown in its report."""
    receiver, told = Receiver(400), Told()
    async with (
        receiving(receiver) as url,
        RemoteWriter(f"{url}?key=secret", authorization="", tell=told) as writer,
    ):
        writer.take(reading(1.0), 1.0, "run-1")
        await writer.send()

    assert told.all[0][1]["by"] == url
    assert "secret" not in str(told.all)
    assert receiver.queries == ["key=secret"]


async def test_what_a_server_could_not_take_now_is_sent_again():
    """It is restarting, or busy: nothing is lost that can be kept."""
    receiver, told = Receiver(503, 429, 204), Told()
    async with writing(receiver, told) as writer:
        for at in (1.0, 2.0, 3.0):
            writer.take(reading(at), at, "run-1")
            await writer.send()
    moments = [at for _, at in next(iter(read(receiver.bodies[-1]).values()))]

    assert moments == [1000, 2000, 3000]
    assert writer.given_up == 0
    assert writer.sent == 9


async def test_a_server_that_is_not_there_costs_a_minute_of_memory_and_a_warning():
    """A soak of a day must not keep a day's readings for a server that was switched off."""
    told = Told()
    async with RemoteWriter("http://127.0.0.1:1/write", authorization="", tell=told) as writer:
        for at in range(200):
            writer.take(reading(1.0), float(at), "run-1")
        await writer.send()
        await writer.finish(200.0)

    assert len(writer._waiting) <= KEPT_WALL_S + 2
    assert told.names == ["remote_write_refused", "remote_write_incomplete"]
    assert "no answer" in told.all[0][1]["why"]


async def test_a_token_that_cannot_be_sent_harms_no_run():
    """Somebody put two lines into the variable: that is a warning, and no end of a rehearsal."""
    receiver, told = Receiver(), Told()
    async with receiving(receiver) as url:
        writer = RemoteWriter(url, authorization="Bearer one\ntwo", tell=told)
        async with written(writer, lambda: 2.0):
            writer.take(reading(1.0), 1.0, "run-1")

    assert told.names == ["remote_write_refused", "remote_write_incomplete"]
    assert receiver.bodies == []


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("prometheus.example/api/v1/write", "receiver's address"),
        ("ftp://prometheus.example", "receiver's address"),
        ("", "receiver's address"),
        ("http://[", "receiver's address"),
        ("https://prometheus.example:write", "receiver's address"),
        ("https://user:secret@prometheus.example/write", AUTHORIZATION),
    ],
)
def test_an_address_that_cannot_be_is_refused_before_anything_begins(url: str, what: str):
    """And a password is not repeated in the message."""
    with pytest.raises(UsageError) as refused:
        checked(url)

    assert what in str(refused.value).replace("\n        ", " ")
    assert "secret" not in str(refused.value)


async def test_a_run_sends_what_it_reads_and_what_it_draws(tmp_path: Path):
    """The target's pages and our own figures, each reading once."""
    receiver = Receiver()

    class Heard(Watcher):
        def event(self, event: Event) -> None:
            pytest.fail(f"told of {event}")

    with kept_record(tmp_path / "run") as record:
        async with receiving(receiver) as url:
            figures = begun(record)
            async with Outlets.asked(None, url).open(figures, Heard()):
                page = fakes.scrape(690.0, {QUEUED: 7.0}, source="edge")
                for _ in range(3):
                    figures.stand(stand(scrapes={"edge": page}))
    sent = [
        (dict(labels)["__name__"], dict(labels)["instance"], value)
        for body in receiver.bodies
        for labels, samples in read(body).items()
        for value, _ in samples
        if value == value
    ]

    assert sent.count((QUEUED.name, "edge", 7.0)) == 1
    assert ("harness_speed", "harness", 20.0) in sent


async def test_a_run_that_breaks_while_its_writes_are_refused_says_why_it_broke(tmp_path: Path):
    """The last words to a receiver come when the record is closed: they hid the real error."""
    with pytest.raises(HarnessError, match="the target went away"):
        async with (
            receiving(Receiver(500, 500, 500, 500)) as url,
            Outlets.asked(None, url).open(figures := Figures(), Watcher()),
        ):
            with kept_record(tmp_path / "run") as record:
                figures.began(record, RunClock(wall_now(), 20.0), ENDPOINTS)
                figures.stand(stand())
                raise HarnessError("the target went away")

    with RunRecord.open(tmp_path / "run") as record:
        assert list(record.events()) == []


async def test_a_refused_write_is_an_event_of_the_run_and_harms_nothing(tmp_path: Path):
    """The record says that the Prometheus elsewhere has not all of it."""
    heard: list[Event] = []

    class Heard(Watcher):
        def event(self, event: Event) -> None:
            heard.append(event)

    with kept_record(tmp_path / "run") as record:
        async with receiving(Receiver(401, 401, 401)) as url:
            figures = begun(record)
            async with Outlets.asked(None, url).open(figures, Heard()):
                figures.stand(stand())
        kept = [event.name for event in record.events()]
        drawn = len(list(record.scrapes(OWN)))

    assert kept == ["remote_write_refused", "remote_write_incomplete"]
    assert [event.name for event in heard] == kept
    assert "401" in str(heard[0])
    assert drawn == 1


def _asked(url: str, query: str, at: float) -> list[float]:
    arguments = urlencode({"query": query, "time": f"{at:.3f}"})
    with urlopen(f"{url}/api/v1/query?{arguments}", timeout=20) as answer:
        return [float(each["value"][1]) for each in json.load(answer)["data"]["result"]]


@pytest.mark.parametrize("which", ["prometheus", "victoria-metrics"])
def test_a_real_receiver_takes_it_and_answers_with_it(which: str, tmp_path: Path):
    """Both that people have: the values as they were, and an end where it ended."""
    needs(which)
    began = float(int(wall_now()) - 30)
    queue = 'cc_calls_in_queue{run="run-1", rehearsal="true", instance="north"}'
    if which == "prometheus":
        served = served_prometheus("global: {}\n", tmp_path, "--web.enable-remote-write-receiver")
    else:
        served = served_victoria_metrics(tmp_path)
    told = Told()

    async def sent(url: str) -> RemoteWriter:
        writer = RemoteWriter(url, authorization="", tell=told)
        async with written(writer, lambda: began + 12.0):
            for second in range(10):
                writer.take(reading(float(second) / 8), began + second, "run-1")
        return writer

    with served as judge:
        writer = asyncio.run(sent(f"{judge.url}/api/v1/write"))
        judge.settle()
        at_the_end = _asked(judge.url, queue, began + 9)
        after = _asked(judge.url, queue, began + 13)
        many = _asked(judge.url, f"count_over_time({queue}[20s])", began + 9.5)

    assert told.all == []
    assert writer.given_up == 0
    assert at_the_end == [9 / 8]
    assert after == []
    assert many == [10.0]
