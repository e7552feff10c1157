"""``token_expiry``: every token that the API has issued so far is expired at once.

Blast radius: each client loses one request and has to sign in anew; one that cannot is shut out
until somebody notices. It happens in a moment, so there is nothing to heal but who depends on it.
"""

from harness.faults.kinds.of_the_api import OfTheApi
from harness.faults.probe import Probe
from harness.model.fault import Parameter
from harness.model.scenario import FaultPlan


class TokenExpiry(OfTheApi):
    """Keys are rotated without overlap."""

    name = "token_expiry"
    part = "tokens"
    parameters: tuple[Parameter, ...] = ()

    def __init__(self) -> None:
        self._old_token = ""

    async def proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the token of before is refused as expired."""
        seen = await probe.ask("/v1/queues", token=self._old_token)
        if seen.status == 401 and seen.problem == "token-expired":
            return "a token that was good before is refused as expired"
        return None

    async def heal_proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: a new token is to be had, and is good."""
        token = await probe.sign_in()
        seen = await probe.ask("/v1/queues", token=token)
        if not token or seen.status != 200:
            return None
        self._old_token = token
        return "a new token is issued and is good"


KIND = TokenExpiry()
