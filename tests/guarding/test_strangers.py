"""Before the first customer: is anybody else served there, and is what we write ours to read?"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.adapter.protocol import NewTicket, Written
from harness.errors import Refused
from harness.guarding.strangers import CANARY, Arrived, Values, look_around
from harness.model.contact import WriteOutcome
from harness.model.event import StoredTicket
from harness.model.sample import Series
from harness.model.target import Target
from tests.guarding.uat import uat

ATTEMPTS = Series("cc_call_attempts_total", (("line", "billing"),))


class Store:
    """A driver and its adapter in one: a site's listing, and what was written to it."""

    def __init__(
        self, *, outcome: WriteOutcome = WriteOutcome.ACKNOWLEDGED, keeps: bool = True
    ) -> None:
        self.adapter = self
        self.there = {"1": "theirs/1"}
        self.written: list[NewTicket] = []
        self.comes: Iterable[str] = ()
        self._outcome = outcome
        self._keeps = keeps

    def read_tickets(self, site: str) -> list[StoredTicket]:
        return [StoredTicket(site, reference, each) for each, reference in self.there.items()]

    def open_ticket(self, ticket: NewTicket) -> Written:
        self.written.append(ticket)
        if self._keeps and self._outcome is WriteOutcome.ACKNOWLEDGED:
            self.there["2"] = ticket.reference
        return Written(self._outcome, "2", error="a rule says no")

    async def carry(self, steps: Any) -> Any:
        for each in self.comes:
            self.there[each] = "somebody"
        return steps


RUN = f"20261001T120000Z-{'s' * 40}-99"
"""The longest name that a run can have."""


async def look(folder: Path, store: Store, *pages: Values) -> None:
    left = list(pages) or [{}, {}]

    async def scrape() -> Values:
        return left.pop(0) if len(left) > 1 else left[0]

    async with uat(folder) as env:
        target: Target = (await env.plan()).target
    await look_around(target, store, scrape, prefix=f"{RUN}/", look_s=0.01)  # type: ignore[arg-type]


async def test_one_ticket_about_nobody_is_written_and_read_back(tmp_path: Path):
    """Where it went is where the customers would go."""
    store = Store()
    await look(tmp_path, store)

    (canary,) = store.written
    assert canary.reference.startswith(f"{RUN}/{CANARY}")
    assert "Synthetic" in canary.subject
    assert re.fullmatch("[A-Za-z0-9._:-]{1,64}", canary.consumer), "as the reference API takes it"


async def test_a_run_that_goes_on_writes_a_canary_of_its_own(tmp_path: Path):
    """It has the first run's prefix: under the same key it would only be told of that one's."""
    store = Store()
    await look(tmp_path, store)
    await look(tmp_path, store)
    first, second = store.written

    assert first.reference != second.reference


@pytest.mark.parametrize(
    ("store", "why"),
    [
        (Store(outcome=WriteOutcome.REFUSED), "refused: a rule says no"),
        (Store(outcome=WriteOutcome.UNKNOWN), "unknown"),
        (Store(keeps=False), "not to be read back once at desk"),
    ],
)
async def test_a_canary_that_does_not_come_back_refuses(
    store: Store, why: str, tmp_path: Path, monkeypatch
):
    """Then nobody knows where thousands of tickets would go."""
    monkeypatch.setattr("harness.guarding.strangers._AGAIN_WALL_S", 0.001)
    with pytest.raises(Refused, match="E_CANARY") as refused:
        await look(tmp_path, store)

    assert why in str(refused.value)
    assert len(store.written) == 1


async def test_tickets_that_come_while_we_are_silent_refuse(tmp_path: Path):
    """Somebody's customers are served there."""
    store = Store()
    reads = iter([(), ("9",)])
    carry = store.carry

    async def carried(steps: Any) -> Any:
        for each in next(reads, ()):
            store.there[each] = "somebody"
            return store.read_tickets("desk")
        return await carry(steps)

    store.carry = carried  # type: ignore[method-assign]
    with pytest.raises(Refused, match=r"E_LIVE_TRAFFIC: 1 tickets came .* Nothing was written"):
        await look(tmp_path, store)

    assert store.written == []


async def test_calls_that_come_while_we_are_silent_refuse(tmp_path: Path):
    """By the provider's own counter."""
    store = Store()
    pages = ({"edge": {ATTEMPTS: 7.0}}, {"edge": {ATTEMPTS: 9.0}})
    with pytest.raises(Refused, match="E_LIVE_TRAFFIC: 2 calls came"):
        await look(tmp_path, store, *pages)

    assert store.written == []


def test_calls_are_counted_across_a_restart_of_the_provider():
    """Its counter begins anew; what had come until then came."""
    arrived = Arrived()
    told = [arrived.take({"edge": {ATTEMPTS: each}}) for each in (10.0, 15.0, 2.0, 4.0)]

    assert told == [0.0, 5.0, 7.0, 9.0]
    assert Arrived().take({}) is None
