"""``webhook_outage``: our receiver of the provider's webhooks is down for a while.

What the provider has to tell us meanwhile it has to tell us afterwards: each event, at least once.
A receiver of the harness subscribes, refuses all that is posted while the fault lasts, and counts
when it is back what had been owed. Blast radius: none but its own probe calls; customers are
followed by the event stream, which goes on. Only for a target whose API is the reference one, and
that runs on this machine: the receiver is open to nobody else.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.faults.contract import Means, Way
from harness.faults.probe import Probe
from harness.faults.receiver import Receiver
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan

_LINE = Parameter(
    name="line",
    written=Written.LINE,
    about="The phone number that is dialled, and hung up at once, so that there is news to tell.",
    example='line: "+441632960101"',
)
_EVENTS = "*"


@dataclass(slots=True)
class _Outage:
    """One outage: the receiver, its subscription (empty before it), whether news came after it."""

    receiver: Receiver
    url: str
    consumer: str = field(default_factory=lambda: f"webhook-probe-{secrets.token_hex(4)}")
    subscription: str = ""
    asked_again: bool = False


@dataclass(frozen=True, slots=True)
class _OurReceiver:
    """The way: it is our own receiver that goes down and comes back."""

    outages: dict[str, _Outage]

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:  # noqa: ARG002  ours
        """Open a receiver that is down."""
        receiver = Receiver()
        self.outages[plan.place] = _Outage(receiver, await receiver.open())

    async def heal(self, plan: FaultPlan) -> None:
        """Bring it back."""
        if (outage := self.outages.get(plan.place)) is not None:
            outage.receiver.down = False


class WebhookOutage:
    """A deployment of ours that went wrong on a Friday."""

    name = "webhook_outage"
    parameters = (_LINE,)
    on_this_machine = True

    def __init__(self) -> None:
        self._outages: dict[str, _Outage] = {}

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return the receiver, by the line that it hears of."""
        return f"receiver/{asked['line']}"

    def way(self, means: Means) -> Way:  # noqa: ARG002  it needs nothing of the target's side
        """Return the way: our own receiver."""
        return _OurReceiver(self._outages)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: something was posted to the receiver, and refused."""
        outage = self._outages.get(plan.place)
        if outage is None or not outage.receiver.down:
            return None
        if not outage.subscription:
            outage.subscription = await _subscribed(outage, probe)
            if not outage.subscription:  # nobody would hear of the call: none is placed
                return None
            await probe.call(str(plan.asked["line"]), consumer=outage.consumer)
        if not outage.receiver.refused:
            return None
        return f"{outage.receiver.refused} webhooks were refused by our receiver"

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: all that was owed has come, what is new comes; and unsubscribe."""
        outage = self._outages.get(plan.place)
        if outage is None or not outage.subscription:
            token = await probe.sign_in()
            seen = await probe.ask("/v1/webhooks", token=token)
            if seen.status != 200:
                return None
            if outage is not None:
                await self._over(plan, outage)
            return "webhooks can be had"
        if not outage.asked_again:
            outage.asked_again = True
            await probe.call(str(plan.asked["line"]), consumer=outage.consumer)
        receiver = outage.receiver
        if not receiver.delivered or receiver.missing:
            return None
        token = await probe.sign_in()
        path = f"/v1/webhooks/{outage.subscription}"
        await probe.ask(path, method="DELETE", token=token)
        await self._over(plan, outage)
        return (
            f"all {len(receiver.delivered)} events came, those of the outage too;"
            f" {receiver.repeats} of them more than once"
        )

    async def _over(self, plan: FaultPlan, outage: _Outage) -> None:
        del self._outages[plan.place]
        await outage.receiver.close()


async def _subscribed(outage: _Outage, probe: Probe) -> str:
    token = await probe.sign_in()
    body = {"url": outage.url, "consumer": outage.consumer, "events": [_EVENTS]}
    seen = await probe.ask("/v1/webhooks", method="POST", token=token, body=body)
    return str(seen.fields.get("id", ""))


KIND = WebhookOutage()
