"""``toxiproxy``: a toxic on a proxy of a real toxiproxy server, or the proxy switched off.

The proxy must be there and switched on: a toxic on a proxy that is off never bites. That the server
lists the toxic proves nothing either; ``proof:`` says what shows it. Blast radius: all that passes
through the proxy.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from harness.errors import NotInjected, TargetError
from harness.faults.contract import Means, Way
from harness.faults.kinds.of_a_provider import PATIENCE, Mistaken, OfAProvider, Stepwise
from harness.faults.signs import SIGNS
from harness.faults.steps import FAULT_ID, Request, Step
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan

_DOWN = "down"
_TOXICS = (
    _DOWN,
    "latency",
    "bandwidth",
    "slow_close",
    "timeout",
    "reset_peer",
    "slicer",
    "limit_data",
)
_SERVER = Parameter(
    name="server",
    written=Written.TEXT,
    about="Where the toxiproxy server's API is.",
    example="server: http://127.0.0.1:8474",
)
_PROXY = Parameter(
    name="proxy", written=Written.TEXT, about="The name of the proxy.", example="proxy: tickets"
)
_TOXIC = Parameter(
    name="toxic",
    written=Written.CHOICE,
    about="The type of toxic; down switches the proxy off.",
    example="toxic: latency",
    choices=_TOXICS,
)
_STREAM = Parameter(
    name="stream",
    written=Written.CHOICE,
    about="Which way it works.",
    example="stream: downstream",
    default="downstream",
    choices=("downstream", "upstream"),
)
_TOXICITY = Parameter(
    name="toxicity",
    written=Written.SHARE,
    about="The share of connections that it works on.",
    example="toxicity: 50%",
    default=1.0,
)
_ATTRIBUTES = Parameter(
    name="attributes",
    written=Written.TABLE,
    about="What the type of toxic takes, whole numbers in toxiproxy's own units.",
    example="attributes: {latency: 1000, jitter: 100}",
    optional=True,
)


class Toxiproxy(OfAProvider):
    """A toxiproxy server."""

    name = "toxiproxy"
    parameters = (_SERVER, _PROXY, _TOXIC, _STREAM, _TOXICITY, _ATTRIBUTES, PATIENCE, *SIGNS)

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return the proxy: two toxics on one could not be told apart."""
        return f"toxiproxy/{asked['proxy']}"

    def steps(self, asked: Mapping[str, Value]) -> tuple[Sequence[Step], Sequence[Step]]:
        """Return the requests that add the toxic and remove it, or switch the proxy off and on."""
        timeout_wall_s = float(asked["timeout"])
        proxy = proxy_url(asked)
        if asked["toxic"] == _DOWN:
            off, on = (
                Request(url=proxy, body=f'{{"enabled": {on}}}', timeout_wall_s=timeout_wall_s)
                for on in ("false", "true")
            )
            return [off], [on]
        toxic = {
            "name": f"${{{FAULT_ID}}}",
            "type": asked["toxic"],
            "stream": asked["stream"],
            "toxicity": float(asked["toxicity"]),
            "attributes": dict(_attributes(asked)),
        }
        add = Request(url=f"{proxy}/toxics", body=json.dumps(toxic), timeout_wall_s=timeout_wall_s)
        remove = Request(
            url=f"{proxy}/toxics/${{{FAULT_ID}}}",
            method="DELETE",
            expect=(200, 204, 404),
            timeout_wall_s=timeout_wall_s,
        )
        return [add], [remove]

    def way(self, means: Means) -> Way:
        """Return the way on which a guardian holds the undo, once the proxy is seen to be on."""
        return _IfOn(self, means)


class _IfOn(Stepwise):
    """Injects only where a toxic can bite."""

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:
        """Have the toxic added, unless the proxy is off."""
        timeout_wall_s = float(plan.asked["timeout"])
        (asking,) = self._reached(
            [Request(url=proxy_url(plan.asked), method="GET", timeout_wall_s=timeout_wall_s)]
        )
        try:
            page = json.loads(await asking.do())
        except (TargetError, ValueError) as error:
            raise NotInjected(str(error)) from None
        if not isinstance(page, dict) or page.get("enabled") is not True:
            raise NotInjected(f"the proxy {plan.asked['proxy']} is off: no toxic can bite there")
        await super().inject(plan, lease_wall_s=lease_wall_s)


def proxy_url(asked: Mapping[str, Value]) -> str:
    """Return where the API knows the proxy."""
    return f"{str(asked['server']).rstrip('/')}/proxies/{quote(str(asked['proxy']), safe='')}"


def _attributes(asked: Mapping[str, Value]) -> Iterator[tuple[str, int]]:
    for name, text in json.loads(str(asked.get("attributes", "{}"))).items():
        try:
            yield name, int(text)
        except (TypeError, ValueError):
            want = "a whole number, in toxiproxy's own unit"
            raise Mistaken("attributes", f"{name}: {text}", want) from None


KIND = Toxiproxy()
