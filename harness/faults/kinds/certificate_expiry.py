"""``certificate_expiry``: the edge's certificate has expired, and nobody renewed it in time.

Blast radius: every new connection to the public API fails; those that are open go on. So a client
that keeps its connections notices nothing for a while, and one that starts is shut out. Only for
an edge that speaks TLS.
"""

from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Value
from harness.model.scenario import FaultPlan


class CertificateExpiry:
    """A date in a calendar that nobody looks at."""

    name = "certificate_expiry"
    parameters: tuple[Parameter, ...] = ()

    def place(self, _: Mapping[str, Value]) -> str:
        """Return the part of the edge."""
        return "edge/certificate"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)

    async def proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: a new connection fails because the certificate has expired."""
        why = await probe.certificate_refused()
        if why is None or "expired" not in why:
            return None
        return f"a new connection is refused, the certificate has expired ({why})"

    async def heal_proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: a new connection accepts the certificate."""
        return "a new connection accepts it" if await probe.certificate_refused() == "" else None


KIND = CertificateExpiry()
