"""An adapter on its target: the worked example keeps its contract, and one that lies is found."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from harness import adapter_check
from harness.adapter.clauses import Clause, Kept
from harness.adapter.protocol import NewCall, NewComment, Notice, Placed, Request, Steps, Written
from harness.errors import Refused, TargetError
from harness.model.contact import Stream, WriteOutcome
from harness.model.target import Endpoints, Login, Remote, SignIn, SignInKind, Target
from scenarios.examples.ticket_desk.adapter import TicketDesk
from scenarios.examples.ticket_desk.server import Server
from tests.guarding.uat import uat


class Polite(TicketDesk):
    """Says that a comment was kept, and has not sent it."""

    def comment_ticket(self, comment: NewComment) -> Steps[Written]:
        yield Request("add_note", "GET", "/healthz")
        return Written(WriteOutcome.ACKNOWLEDGED)


class Blind(TicketDesk):
    """Names always the version of now: it overwrites whatever others have written."""

    def escalate_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        found = yield from self.read_ticket(provider_id)
        assert found is not None
        return Written(WriteOutcome.ACKNOWLEDGED, provider_id)


@asynccontextmanager
async def desk() -> AsyncIterator[Target]:
    server = Server(user="us", password="", speed=60.0)
    async with TestServer(server.app(), host="127.0.0.1") as live:
        url = str(live.make_url("/")).rstrip("/")
        remote = Remote(
            url, {"desk": url}, Login(SignIn(SignInKind.BASIC), "us"), offers=(Stream.TICKETS,)
        )
        yield Target("desk", "x:y", False, {}, None, remote=remote)


async def tried(adapter: type, monkeypatch) -> dict[str, Clause]:
    monkeypatch.setattr(adapter_check, "_NEWS_WITHIN_WALL_S", 1.0)
    monkeypatch.setattr(adapter_check, "_LISTED_WITHIN_WALL_S", 1.0)
    where = f"{adapter.__module__}:{adapter.__name__}"
    async with desk() as target:
        found = [each async for each in adapter_check.on_target(where, target)]
    return {each.name: each for each in found}


async def test_the_worked_example_keeps_its_contract_on_its_target(monkeypatch):
    """One ticket, through all that customers do, and taken away again."""
    found = await tried(TicketDesk, monkeypatch)

    assert len(found) >= 8
    assert [each for each in found.values() if each.kept is not Kept.HELD] == []


@pytest.mark.parametrize(
    ("adapter", "clause"),
    [
        (Polite, "what is acknowledged is kept"),
        (Blind, "a change to an old version is refused, and said to be stale"),
    ],
)
async def test_an_adapter_that_does_not_look_is_found(adapter: type, clause: str, monkeypatch):
    """Its runs would count promises that nobody made."""
    found = await tried(adapter, monkeypatch)

    assert found[clause].kept is Kept.BROKEN


class CutOff:
    """A driver, and its adapter, whose target takes a call and then cuts the event stream."""

    def __init__(self) -> None:
        self.adapter = self

    async def carry(self, came_to: Placed | None) -> Placed | None:
        await asyncio.sleep(0)  # the others' turn
        return came_to

    def place_call(self, _: NewCall) -> Placed:
        return Placed(None, "C-1")

    def hang_up(self, _: str) -> None:
        return None

    @asynccontextmanager
    async def hearing(self, _: str) -> AsyncIterator[AsyncIterator[Notice]]:
        async def cut() -> AsyncIterator[Notice]:
            raise TargetError("the target's event stream was cut: ClientPayloadError")
            yield

        yield cut()


async def test_a_stream_that_is_cut_breaks_the_clause_of_its_news(monkeypatch):
    """The check says what it saw and goes on with the next clause; it does not break."""
    monkeypatch.setattr(adapter_check, "_NEWS_WITHIN_WALL_S", 0.0)
    trial = adapter_check._Trial(CutOff(), (), "contract")  # type: ignore[arg-type]
    found = [each async for each in trial.call("+441632960101")]

    assert [each.kept for each in found] == [Kept.HELD, Kept.BROKEN]
    assert "was cut: ClientPayloadError" in found[1].why


async def test_a_check_ends_where_a_stranger_answers(tmp_path: Path, monkeypatch):
    """It writes as a run does, and is held to the same: no answer without the mark is believed."""
    async with uat(tmp_path) as env:

        def made(endpoints: Endpoints) -> TicketDesk:
            env.marks = "acme-prod"  # once it was let through
            return TicketDesk(endpoints)

        monkeypatch.setattr(adapter_check, "find_adapter", lambda _: made)
        target = (await env.plan()).target
        with pytest.raises(TargetError):
            _ = [each async for each in adapter_check.on_target("", target, ground=env.ground())]

    assert [path for method, path in env.requests if method != "GET"] == []


async def test_nothing_is_tried_on_a_target_that_the_guard_refuses():
    """A check writes a ticket: that is a customer too."""
    remote = Remote("http://10.0.0.1", {"desk": "http://10.0.0.1"}, Login(SignIn(SignInKind.NONE)))
    target = Target("desk", "x:y", False, {}, None, remote=remote)
    where = f"{TicketDesk.__module__}:{TicketDesk.__name__}"

    with pytest.raises(Refused):
        _ = [each async for each in adapter_check.on_target(where, target)]
