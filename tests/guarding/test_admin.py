"""A provider's own failover API: reached only where the profile says, at addresses looked at."""

from pathlib import Path

import pytest

from harness import preflight
from harness.errors import TargetError, UsageError
from harness.faults.steps import Request
from tests.guarding.test_admission import FAULT
from tests.guarding.uat import EDGE, SITE, Uat, uat


def with_failover(env: Uat, url: str) -> Path:
    """Have the scenario order its fault at *url*."""
    env.scenario += FAULT.replace("http://127.0.0.1:9", url)
    return env.write()


async def test_a_fault_is_ordered_at_an_address_of_the_profile(tmp_path: Path):
    """Exactly those: scheme, host and port."""
    async with uat(tmp_path) as env:
        env.profile["admin"] = {"failover": f"https://{SITE}:8443"}
        plan = await preflight.check(with_failover(env, f"https://{SITE}:8443"))

    assert plan.target.remote is not None
    assert plan.target.remote.addresses()["admin failover"] == f"https://{SITE}:8443"


@pytest.mark.parametrize(
    "url",
    [
        f"https://{SITE}:8444",
        f"http://{SITE}:8443",
        "https://api.acme.example",
        f"https://{SITE}:8443@api.acme.example",
    ],
)
async def test_a_fault_is_ordered_nowhere_else(url: str, tmp_path: Path):
    """The guard's rule holds for what breaks a provider more than for what calls it."""
    async with uat(tmp_path) as env:
        env.profile["admin"] = {"failover": f"https://{SITE}:8443"}
        with pytest.raises(UsageError, match="admin"):
            await preflight.check(with_failover(env, url))

    assert env.connections == 0


async def test_an_order_goes_to_the_addresses_that_were_let_through(tmp_path: Path):
    """And a name that was not is not looked up, whatever some resolver would say of it."""
    async with uat(tmp_path) as env:
        ca_file = str(tmp_path / "ca.pem")
        order = Request(
            url=f"{env.url}/healthz", method="GET", pins={EDGE: ("127.0.0.1",)}, ca_file=ca_file
        )
        told = await order.do()
        with pytest.raises(TargetError):
            await Request(url=f"{env.site}/healthz", method="GET", ca_file=ca_file).do()

    assert "ok" in told
    assert env.requests == [("GET", "/healthz")]
