"""Faults of the public API: what shows them, and what is no sign that they are over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.faults.contract import Means
from harness.faults.kinds import KINDS
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
