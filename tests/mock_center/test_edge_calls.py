"""The edge's books of calls and callbacks, with sites that answer when the test says so."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from mock_center.config.centre import OnSiteLoss
from mock_center.edge.api.document import openapi
from mock_center.edge.callbacks import Callback, Callbacks, CallbackState
from mock_center.edge.calls import Call, Calls, CallState
from mock_center.edge.link import RefusedError, UnreachableError
from mock_center.problems import ProblemError


class Site:
    """One site as the book sees it; *answers* holds what it will say, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.up = True
        self.admission = 1
        self.joined = asyncio.Event()
        self.joined.set()
        self.asked: asyncio.Queue[tuple[str, dict]] = asyncio.Queue()
        self.answers: asyncio.Queue[object] = asyncio.Queue()

    async def ask(self, method, path, body=None, *, timeout_s):
        self.asked.put_nowait((path, body))
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Fleet:
    def __init__(self, *sites: Site) -> None:
        self.links = {site.name: site for site in sites}

    def takes_calls(self, site: str) -> bool:
        return self.links[site].up


class Book:
    """The books of calls and callbacks, what they published, and whom they counted as lost."""

    def __init__(self, *names: str, on_site_loss: OnSiteLoss = OnSiteLoss.REQUEUE) -> None:
        self.sites = {name: Site(name) for name in names}
        self.told: list[dict] = []
        self.lost: list[str] = []
        self.requeued: list[str] = []
        self.broken: list[str] = []
        fleet = Fleet(*self.sites.values())
        self.calls = Calls(
            fleet,
            order=self._order,
            publish=self._publish,
            lost=self.lost.append,
            requeued=self.requeued.append,
            timeout_s=1.0,
            on_site_loss=on_site_loss,
        )
        self.callbacks = Callbacks(
            fleet,
            self.calls,
            order=self._order,
            publish=self._publish,
            lost=self.broken.append,
            timeout_s=1.0,
        )

    def _order(self, line: str, reference: str) -> list[str]:
        return [site.name for site in self.sites.values() if site.up]

    def _publish(self, consumer: str, event: dict) -> None:
        self.told.append(event)

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.told]

    async def placed(self, name: str = "r") -> Call:
        """A call that is queued at the first site since second 100."""
        first = next(site for site in self.sites.values() if site.up)
        first.answers.put_nowait({"state": "queued"})
        call = await self.calls.place(reference=name, consumer="w", line="l", queue="q")
        await first.asked.get()
        self.say(first.name, call, "queued", queued_at=100.0)
        return call

    async def promised(self, name: str = "r") -> Callback:
        """A callback that the first site will make by second 900."""
        first = next(site for site in self.sites.values() if site.up)
        first.answers.put_nowait({"promised_at": 900.0})
        promised = await self.promise(name)
        await first.asked.get()
        return promised

    async def promise(self, name: str = "r", call: Call | None = None) -> Callback:
        return await self.callbacks.promise(
            reference=name, consumer="w", line="l", queue="q", call=call
        )

    def say(self, site: str, call: Call, kind: str, **more) -> None:
        self.calls.take(site, {"type": f"call.{kind}", "call": call.id, "queue": "q", **more})

    def lose(self, name: str) -> None:
        self.sites[name].up = False
        self.sites[name].joined.clear()
        self.calls.lose(name)
        self.callbacks.lose(name)

    async def settle(self) -> None:
        """Let everything that can go on do so."""
        for _ in range(20):
            await asyncio.sleep(0)


@asynccontextmanager
async def book(*names: str, **options):
    kept = Book(*names, **options)
    runs = [asyncio.create_task(each.run()) for each in (kept.calls, kept.callbacks)]
    try:
        yield kept
    finally:
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)


async def test_a_call_that_waits_is_placed_again_with_the_beginning_of_its_wait():
    """The wait clock is the provider's promise to the client: a failover must not turn it back."""
    async with book("north", "south") as b:
        call = await b.placed()
        b.lose("north")
        path, order = await b.sites["south"].asked.get()
        b.sites["south"].answers.put_nowait({"state": "queued"})
        await b.settle()

        assert (path, order["queued_at"]) == ("/internal/calls", 100.0)
        assert order["ranked_at"] is None
        assert b.told[-1] == {
            "type": "call.requeued",
            "reference": "r",
            "id": call.id,
            "from": "north",
            "site": "south",
            "queue": "q",
            "queued_at": 100.0,
        }
        assert (call.public()["site"], call.state) == ("south", CallState.QUEUED)
        assert (b.requeued, b.lost) == (["north"], [])


async def test_a_call_in_talk_waits_anew_and_keeps_its_turn(monkeypatch: pytest.MonkeyPatch):
    """What was talk to its caller would be a wait of minutes in the provider's books.

    Whoever loses a second site while waiting has the turn still; and not, once passed on.
    """
    monkeypatch.setattr("mock_center.edge.calls.wall_now", lambda: 250.0)
    orders = []
    async with book("north", "south", "east", "west") as b:
        call = await b.placed()
        b.say("north", call, "answered", queued_at=100.0, answered_at=101.0)
        b.lose("north")
        for site, then in (("south", "queued"), ("east", "transferred"), ("west", "queued")):
            orders.append((await b.sites[site].asked.get())[1])
            b.say(site, call, "queued", queued_at=250.0)
            b.say(site, call, then, queued_at=260.0)
            b.sites[site].answers.put_nowait({"state": "queued"})
            await b.settle()
            b.lose(site)
        moved = [event["queued_at"] for event in b.told if event["type"] == "call.requeued"]

    assert [(order["queued_at"], order["ranked_at"]) for order in orders] == [
        (250.0, 100.0),
        (260.0, 100.0),
        (250.0, None),
    ]
    assert moved[0] == 250.0


async def test_the_move_is_told_before_what_the_new_site_says():
    """Its events may be faster than its answer; a consumer must not see a call in two places."""
    async with book("north", "south") as b:
        call = await b.placed()
        b.lose("north")
        await b.sites["south"].asked.get()
        b.say("south", call, "queued", queued_at=100.0)
        b.say("south", call, "answered", queued_at=100.0, answered_at=105.0)
        b.sites["south"].answers.put_nowait({"state": "queued"})
        await b.settle()

        assert b.kinds() == ["call.queued", "call.requeued", "call.queued", "call.answered"]
        assert call.state is CallState.ANSWERED
        assert b.requeued == ["north"]


async def test_a_caller_who_hangs_up_between_two_sites_is_gone_and_no_agent_gets_the_call():
    """An agent who greets a dead line is the smaller harm; a caller who cannot leave the greater."""
    async with book("north", "south") as b:
        call = await b.placed()
        b.lose("north")
        await b.sites["south"].asked.get()
        await b.calls.hang_up(call)
        b.sites["south"].answers.put_nowait({"state": "queued"})
        path, _ = await b.sites["south"].asked.get()
        b.sites["south"].answers.put_nowait({})
        b.say("south", call, "answered", queued_at=100.0, answered_at=105.0)
        await b.settle()

        assert b.kinds() == ["call.queued", "call.ended"]
        assert b.told[-1]["reason"] == "abandoned"
        assert path == f"/internal/calls/{call.id}/hangup"
        assert (b.requeued, b.lost) == ([], [])


@pytest.mark.parametrize("on_site_loss", OnSiteLoss)
async def test_a_hang_up_that_its_site_took_with_it_is_still_a_hang_up(on_site_loss: OnSiteLoss):
    """The site said yes and died before it told: the call must end, and not at another agent.

    Nor is it lost with its site, though all that are in the line there are.
    """
    async with book("north", "south", on_site_loss=on_site_loss) as b:
        call = await b.placed()
        b.say("north", call, "answered", queued_at=100.0, answered_at=101.0)
        b.sites["north"].answers.put_nowait({"was_here": True})
        await b.calls.hang_up(call)
        b.lose("north")
        await b.settle()

        assert b.told[-1]["reason"] == "caller"
        assert b.kinds().count("call.ended") == 1
        assert b.sites["south"].asked.empty()
        assert b.lost == []


async def test_a_call_that_loses_its_second_site_too_goes_to_the_third_once():
    """Two look for a place for the same call, if nobody is careful: then two agents answer it."""
    async with book("north", "south", "east") as b:
        call = await b.placed()
        b.lose("north")
        await b.sites["south"].asked.get()
        b.say("south", call, "queued", queued_at=100.0)
        b.lose("south")
        b.sites["south"].answers.put_nowait(UnreachableError("cut", delivered=True))
        await b.sites["east"].asked.get()
        b.sites["east"].answers.put_nowait({"state": "queued"})
        await b.settle()

        assert b.sites["east"].asked.empty()
        assert [(e["from"], e["site"]) for e in b.told if e["type"] == "call.requeued"] == [
            ("north", "south"),
            ("south", "east"),
        ]
        assert b.requeued == ["north", "south"]


async def test_a_site_that_was_too_slow_to_take_a_moved_call_is_told_to_forget_it():
    """When it comes round it must not ring at an agent for somebody who is talking elsewhere."""
    async with book("north", "south", "east") as b:
        call = await b.placed()
        b.lose("north")
        await b.sites["south"].asked.get()
        b.sites["south"].answers.put_nowait(UnreachableError("timeout", delivered=True))
        await b.sites["east"].asked.get()
        b.sites["east"].answers.put_nowait({"state": "queued"})
        path, _ = await b.sites["south"].asked.get()
        b.say("south", call, "answered", queued_at=100.0, answered_at=105.0)
        await b.settle()

        assert path == f"/internal/calls/{call.id}/hangup"
        assert call.public()["site"] == "east"
        assert "call.answered" not in b.kinds()


async def test_what_nobody_takes_ends_as_lost_and_is_counted_once():
    """Every call that was accepted ends exactly once, whatever happens to it."""
    async with book("north", "south") as b:
        await b.placed()
        b.lose("north")
        await b.sites["south"].asked.get()
        b.sites["south"].answers.put_nowait(RefusedError(503, "trunks-busy", ""))
        await b.settle()

        assert b.told[-1]["type"] == "call.ended"
        assert (b.told[-1]["reason"], b.told[-1]["site"]) == ("site-loss", "north")
        assert (b.lost, b.requeued) == (["north"], [])


async def test_the_longest_wait_is_placed_first():
    """There may not be room for all, and who has waited longest has paid most."""
    async with book("north", "south") as b:
        young, old = await b.placed("young"), await b.placed("old")
        b.say("north", young, "queued", queued_at=200.0)
        b.lose("north")
        first = (await b.sites["south"].asked.get())[1]

        assert first["reference"] == "old"
        assert old.waits_since == 100.0


async def test_a_centre_that_drops_calls_asks_nobody_else():
    """The default is today's: the calls of a lost site are lost."""
    async with book("north", "south", on_site_loss=OnSiteLoss.DROP) as b:
        await b.placed()
        b.lose("north")
        await b.settle()

        assert b.told[-1]["reason"] == "site-loss"
        assert b.lost == ["north"]
        assert b.sites["south"].asked.empty()


async def test_a_site_counts_the_calls_it_has_and_those_it_is_being_asked_to_take():
    """Drained is only who can get none any more, not even one that is under way."""
    async with book("north") as b:
        await b.placed()
        placing = asyncio.create_task(
            b.calls.place(reference="r2", consumer="w", line="l", queue="q")
        )
        await b.sites["north"].asked.get()
        counted = b.calls.at("north")
        b.sites["north"].answers.put_nowait({"state": "queued"})
        await placing

        assert counted == 2


# -- callbacks


async def test_a_promise_whose_answer_was_lost_is_kept_by_one_site_alone():
    """The slow site may have heard it: when it comes round it must not call the customer too."""
    async with book("north", "south") as b:
        asked = asyncio.create_task(b.promise())
        await b.sites["north"].asked.get()
        b.sites["north"].answers.put_nowait(UnreachableError("timeout", delivered=True))
        b.sites["south"].answers.put_nowait({"promised_at": 900.0})
        promised = await asked
        path, _ = await b.sites["north"].asked.get()

        assert path == f"/internal/calls/{promised.id}/hangup"
        assert promised.site == "south"


async def test_a_promise_that_was_refused_is_carried_out_by_nobody():
    """Who was told 503 has no callback, and must not be called."""
    async with book("north") as b:
        asked = asyncio.create_task(b.promise())
        await b.sites["north"].asked.get()
        b.sites["north"].answers.put_nowait(UnreachableError("timeout", delivered=True))
        with pytest.raises(ProblemError):
            await asked
        path, _ = await b.sites["north"].asked.get()

        assert path.endswith("/hangup")


async def test_a_promise_that_was_not_heard_may_end_its_call_as_the_document_says():
    """Whoever writes an adapter has to know that a caller can be left with neither."""
    async with book("north") as b:
        call = await b.placed()
        asked = asyncio.create_task(b.promise(call=call))
        await b.sites["north"].asked.get()
        b.sites["north"].answers.put_nowait(UnreachableError("timeout", delivered=True))
        with pytest.raises(ProblemError) as refused:
            await asked
        b.say("north", call, "ended", reason="callback", ended_at=130.0)

        says = openapi()["paths"]["/v1/callbacks"]["post"]["description"]
        assert (refused.value.status, call.public()["state"]) == (503, "ended")
        assert "the `call` may have ended" in says


async def test_a_site_that_did_not_hear_of_a_cancelled_callback_is_told_again():
    """The customer was told that nobody will call."""
    async with book("north") as b:
        promised = await b.promised()
        b.sites["north"].answers.put_nowait(UnreachableError("timeout", delivered=True))
        await b.callbacks.cancel(promised)
        first, _ = await b.sites["north"].asked.get()
        again, _ = await b.sites["north"].asked.get()

        assert first == again == f"/internal/calls/{promised.id}/hangup"
        assert [(e["type"], e["reason"]) for e in b.told] == [("callback.ended", "cancelled")]


async def test_a_callback_that_is_cancelled_while_it_moves_is_made_by_nobody():
    """Between two sites nobody can be told, so the one that takes it is told as soon as it has."""
    async with book("north", "south", "east") as b:
        promised = await b.promised()
        b.lose("north")
        await b.sites["south"].asked.get()
        await b.callbacks.cancel(promised)
        b.sites["south"].answers.put_nowait({"promised_at": 900.0})
        path, _ = await b.sites["south"].asked.get()
        await b.settle()

        assert path == f"/internal/calls/{promised.id}/hangup"
        assert b.sites["east"].asked.empty()
        assert [e["reason"] for e in b.told] == ["cancelled"]
        assert b.broken == []


@pytest.mark.parametrize(("talks", "reason"), [(False, "cancelled"), (True, "caller")])
async def test_a_cancelled_callback_that_its_site_took_with_it_is_over(talks: bool, reason: str):
    """The site said yes and died before it told: no other site may call the customer."""
    async with book("north", "south") as b:
        promised = await b.promised()
        if talks:
            answered = {"type": "callback.answered", "callback": promised.id, "queue": "q"}
            b.callbacks.take("north", answered)
        b.sites["north"].answers.put_nowait({"was_here": True})
        await b.callbacks.cancel(promised)
        b.lose("north")
        await b.settle()

        assert b.told[-1]["reason"] == reason
        assert b.sites["south"].asked.empty()


async def test_a_callback_that_loses_its_second_site_too_goes_to_the_third_once():
    """The promise is kept there; its customer must not be told that it was broken."""
    async with book("north", "south", "east") as b:
        promised = await b.promised()
        b.lose("north")
        await b.sites["south"].asked.get()
        b.lose("south")
        b.sites["south"].answers.put_nowait(UnreachableError("cut", delivered=True))
        _, order = await b.sites["east"].asked.get()
        b.sites["east"].answers.put_nowait({"promised_at": 900.0})
        b.sites["east"].answers.put_nowait(RefusedError(400, "invalid-body", "already here"))
        await b.settle()

        assert (order["id"], order["promised_at"]) == (promised.id, 900.0)
        assert b.sites["east"].asked.empty()
        assert (promised.state, promised.site) == (CallbackState.PROMISED, "east")
        assert (b.told, b.broken) == ([], [])


async def test_a_callback_that_its_new_site_tells_of_is_there_even_if_the_answer_is_lost():
    """Whoever is being called by one site must not be called by another."""
    async with book("north", "south", "east") as b:
        promised = await b.promised()
        b.lose("north")
        await b.sites["south"].asked.get()
        told = {"type": "callback.tried", "callback": promised.id, "queue": "q", "attempt": 1}
        b.callbacks.take("south", told)
        b.sites["south"].answers.put_nowait(UnreachableError("timeout", delivered=True))
        await b.settle()

        assert b.sites["south"].asked.empty()
        assert b.sites["east"].asked.empty()
        assert promised.site == "south"


async def test_a_promise_that_no_site_takes_over_is_broken_and_counted_once():
    """Callbacks kept are counted among all that are over: the broken ones too."""
    async with book("north", "south") as b:
        await b.promised()
        b.lose("north")
        await b.sites["south"].asked.get()
        b.sites["south"].answers.put_nowait(RefusedError(503, "no-room", ""))
        await b.settle()

        assert [(e["reason"], e["site"]) for e in b.told] == [("site-loss", "north")]
        assert b.broken == ["north"]


async def test_a_callback_that_was_cut_off_in_talk_was_made_all_the_same():
    """Its site has counted it as kept or late; a second result would count it twice."""
    async with book("north", "south") as b:
        promised = await b.promised()
        answered = {"type": "callback.answered", "callback": promised.id, "queue": "q"}
        b.callbacks.take("north", answered)
        b.lose("north")

        assert b.told[-1]["reason"] == "site-loss"
        assert b.broken == []
