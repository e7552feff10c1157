"""Faults of the public API: what shows them, and what is no sign that they are over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness.faults.contract import Means
from harness.faults.kinds import KINDS
from harness.faults.kinds.of_the_api import hits_wanted
from harness.faults.probe import Seen
from harness.model.fault import Value
from harness.model.scenario import FaultPlan


@dataclass
class Answering:
    """A probe of an API that always answers like this."""

    seen: Seen
    calls: list[str] = field(default_factory=list)

    async def ask(self, _: str, **__: Any) -> Seen:
        return self.seen

    async def sign_in(self) -> str:
        return "token"

    async def call(self, line: str, **_: Any) -> None:
        self.calls.append(line)


def plan(kind: str, asked: Mapping[str, Value]) -> FaultPlan:
    return FaultPlan(kind, "", 0.0, 60.0, None, asked, KINDS[kind].place(asked))


async def healed(seen: Seen) -> str | None:
    late = plan("api_latency", {"delay": 0.4, "share": 1.0})
    return await KINDS["api_latency"].heal_proof(late, Answering(seen))  # type: ignore[arg-type]


async def test_an_api_that_refuses_at_once_is_not_fast_again():
    """Nobody answers there at all: a fault that is proven healed so would hide the next one."""
    assert await healed(Seen(None, 0.001)) is None
    assert await healed(Seen(401, 0.5)) is None
    assert await healed(Seen(401, 0.001)) is not None


async def test_without_a_subscription_no_line_is_dialled():
    """It is looked twenty times a second: a provider who refuses would be called each time."""
    outage = plan("webhook_outage", {"line": "+441632960101"})
    kind, refusing = KINDS["webhook_outage"], Answering(Seen(429, 0.001))
    way = kind.way(Means(None))
    await way.inject(outage, lease_wall_s=30.0)
    proof = await kind.proof(outage, refusing)  # type: ignore[arg-type]
    await way.heal(outage)
    still = await kind.heal_proof(outage, refusing)  # type: ignore[arg-type]
    over = await kind.heal_proof(outage, Answering(Seen(200, 0.001)))  # type: ignore[arg-type]

    assert (proof, still, over) == (None, None, "webhooks can be had")
    assert refusing.calls == []


@dataclass
class Sometimes(Answering):
    """A probe of an API of which each so manieth answer is late."""

    every: int = 1
    looks: int = 0

    async def ask(self, _: str, **__: Any) -> Seen:
        self.looks += 1
        return self.seen if self.looks % self.every == 0 else Seen(401, 0.001)


@pytest.mark.parametrize(
    ("every", "share", "looks"), [(1, 1.0, 3), (10, 0.1, 30), (4, 0.2, 12), (50, 0.1, None)]
)
async def test_a_late_api_is_proven_by_its_third_late_answer(
    every: int, share: float, looks: int | None
):
    """Each look may take seconds: all 88 of a round would outlast any deadline. One is chance."""
    late = plan("api_latency", {"delay": 2.0, "share": share})
    probe = Sometimes(Seen(401, 2.1), every=every)
    proof = await KINDS["api_latency"].proof(late, probe)  # type: ignore[arg-type]

    assert proof == (looks and f"3 of {looks} requests took 2s or more")
    assert probe.looks == (looks or 60)


async def test_an_api_that_is_still_late_is_not_asked_any_longer():
    """The first late answer says that it is not healed."""
    late = plan("api_latency", {"delay": 2.0, "share": 0.1})
    probe = Sometimes(Seen(401, 2.1))
    proof = await KINDS["api_latency"].heal_proof(late, probe)  # type: ignore[arg-type]

    assert proof is None
    assert probe.looks == 1


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.99, 1.0])
def test_no_more_hits_are_wanted_than_half_of_those_to_be_expected(share: float):
    """Or a fault of a small share could not be proven in any round of looks."""
    wanted, looks = hits_wanted(share)

    assert 1 <= wanted <= looks
    assert wanted <= max(share * looks / 2, 1) or share == 1
