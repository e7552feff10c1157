"""Who may lead the ticket store, who waits for it, and who may ask the edge to drain a site."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from mock_center.config import parse_centre
from mock_center.edge import tickets
from mock_center.edge.control import control_app
from mock_center.edge.edge import Edge
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import SiteLink, UnreachableError
from mock_center.tickets.copies import Copies

SITES = ("north", "south", "east")
DOCUMENT = {
    "speed": 20,
    "seed": "1",
    "lines": {"billing": ["+441632960101"]},
    "staffing": {site: {"billing": 1, "tickets": 1} for site in SITES},
    "client": {"id": "harness", "secret": "synthetic"},
}


class Answering(SiteLink):
    """The way to a site that does all it is asked, until it is *lost*."""

    lost = False

    async def ask(
        self, method: str, path: str, body: object = None, *, timeout_s: float
    ) -> dict[str, Any]:
        if self.lost:
            raise UnreachableError(f"{self.name}: refused", delivered=False)
        return {
            "site": self.name,
            "admission": self.admission,
            "incarnation": 1,
            "contacts": 0,
            "ready": True,
        }

    async def events(self, since: int) -> AsyncGenerator[dict[str, Any], None]:
        raise UnreachableError(f"{self.name}: has no news", delivered=True)
        yield


def fleet_of(links: dict[str, SiteLink]) -> Fleet:
    return Fleet(
        parse_centre(DOCUMENT),
        links,
        on_event=lambda site, event: None,
        on_up=lambda site: None,
        on_down=lambda site: None,
        on_restart=lambda site: None,
    )


@asynccontextmanager
async def fleet():
    """Three joined sites, north leading epoch 3."""
    links = {name: SiteLink(name, "http://127.0.0.1:9", "token") for name in SITES}
    made = fleet_of(links)
    made.leader, made.epoch = "north", 3
    for link in links.values():
        link.up = True
        link.joined.set()
    try:
        yield made
    finally:
        for link in links.values():
            await link.close()


@asynccontextmanager
async def watched_fleet():
    """Three sites that are probed and answer, north leading, and everything at south as well."""
    made = fleet_of({name: Answering(name, "http://127.0.0.1:9", "token") for name in SITES})
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(made.run())
        await made.assembled()
        made.copies_are("north", Copies(made.epoch, 1, ("south",)))
        try:
            yield made
        finally:
            watch.cancel()


def complete(made: Fleet) -> set[str]:
    return {site for site in SITES if made.is_complete(site)}


async def test_a_copy_may_lead_only_while_the_leader_says_that_it_has_everything():
    """An acknowledged ticket that the new leader never had is the one thing nobody can repair."""
    async with fleet() as made:
        made.copies_are("north", Copies(3, 7, ("east", "south")))
        level = complete(made)
        made.copies_are("north", Copies(3, 8, ("east",)))

        assert level == set(SITES)
        assert complete(made) == {"north", "east"}


@pytest.mark.parametrize(
    ("site", "said", "why"),
    [
        ("north", Copies(3, 7, ("east", "south")), "an older answer that was overtaken"),
        ("north", Copies(2, 9, ("east", "south")), "an earlier epoch"),
        ("south", Copies(3, 9, ("east", "south")), "it does not lead"),
    ],
)
async def test_what_is_old_or_said_by_another_brings_no_copy_back(site, said, why):
    """Answers overtake each other on their connections; the last word is the highest number."""
    async with fleet() as made:
        made.copies_are("north", Copies(3, 8, ("east",)))
        made.copies_are(site, said)

        assert complete(made) == {"north", "east"}, why


async def test_a_copy_that_was_given_up_may_not_lead_whatever_the_leader_says():
    """The leader learns of a dead copy only with its next write."""
    async with fleet() as made:
        made.links["south"].joined.clear()
        made.copies_are("north", Copies(3, 8, ("east", "south")))

        assert complete(made) == {"north", "east"}


async def test_who_waits_for_a_new_leader_hears_of_it_when_there_is_one():
    """Not of the one that is lost, whose epoch is known already, and not of nobody."""
    async with watched_fleet() as made:
        waits = asyncio.create_task(made.elected_after(made.epoch, 60))
        await asyncio.sleep(0)
        before = (made.leader, waits.done())
        made.links["north"].lost = True
        told = await waits

        assert before == ("north", False)
        assert (told, made.leader) == (True, "south")


async def test_who_waits_in_vain_for_a_new_leader_is_told_so():
    """The client can come again; kept for ever, its request would look as if it were taken."""
    async with fleet() as made:
        same = await made.elected_after(3, 0.01)
        made.leader = None
        nobody = await made.elected_after(2, 0.01)

        assert (same, nobody) == (False, False)


async def test_a_write_waits_for_the_new_leader_instead_of_failing_at_once(monkeypatch):
    """Then a failover is a slow answer to a client, and not a refusal."""
    # The patience that the edge has, for a machine that is a hundred times slower.
    monkeypatch.setattr(tickets, "_PATIENCE_S", 100 * tickets._PATIENCE_S)
    async with watched_fleet() as made:
        made.links["north"].lost = True
        written = await tickets.Tickets(made).create({"reference": "t1"})

        assert written["site"] == made.leader == "south"


async def test_a_drained_site_takes_no_calls_and_gets_them_again():
    """Draining is the edge's business alone: the site itself goes on as before."""
    async with fleet() as made:
        await made.drain("south")
        drained = made.open
        made.undrain("south")

        assert drained == ["north", "east"]
        assert made.open == ["north", "south", "east"]
        assert made.up == ["north", "south", "east"]


@pytest.mark.parametrize("headers", [{}, {"X-Internal-Token": "x"}, {"X-Internal-Token": "\udcff"}])
async def test_the_second_door_opens_only_with_the_internal_token(headers):
    """Whoever drains all sites has stopped the centre."""
    edge = Edge(
        parse_centre(DOCUMENT),
        urls=dict.fromkeys(SITES, "http://127.0.0.1:9"),
        token="right",
        environment_id="mock-1",
        began_at=0.0,
    )
    async with TestClient(TestServer(control_app(edge, "right"))) as client:
        refused = await client.post("/internal/sites/north/drain", headers=headers)
        known = await client.get("/internal/sites", headers={"X-Internal-Token": "right"})
        nobody = await client.post(
            "/internal/sites/mars/drain", headers={"X-Internal-Token": "right"}
        )
        standings = await known.json()
    for link in edge.fleet.links.values():
        await link.close()

    assert (refused.status, known.status, nobody.status) == (401, 200, 404)
    assert [standing["draining"] for standing in standings.values()] == [False] * 3
