"""The loss of a site keeps the contract: ordered, shown, undone, shown to be undone.

``test_kinds_live.py`` holds every kind to it, against a centre that runs.
"""

import pytest

from harness.faults.contract import FaultKind, Means
from harness.faults.kinds import KINDS
from tests.fakes import FakeAdmin, FakeProbe, fault_plan


async def injected(kind: FaultKind, admin: FakeAdmin, *, site: str = "north") -> None:
    """Have *kind* ordered for *site*."""
    plan = fault_plan(kind=kind.name, site=site)
    await kind.way(Means(admin)).inject(plan, lease_wall_s=12.0)


SITE_KINDS = [KINDS["site_down"], KINDS["site_hang"]]
ALL = pytest.mark.parametrize("kind", SITE_KINDS, ids=lambda kind: kind.name)


@ALL
def test_a_kind_goes_by_its_own_name(kind: FaultKind):
    """The word in the scenario finds the class, and the class orders that word."""
    assert KINDS[kind.name] is kind


@ALL
async def test_a_kind_orders_itself_with_its_lease(kind: FaultKind):
    """Kind, site and lease reach the target."""
    admin = FakeAdmin()
    await injected(kind, admin)

    assert admin.orders == [(kind.name, {"site": "north"}, 12.0)]
    assert len(admin.active) == 1


@ALL
async def test_a_kind_is_proven_once_it_is_in_force(kind: FaultKind):
    """And says in words what shows it."""
    admin = FakeAdmin()
    await injected(kind, admin)

    assert "north" in (await kind.proof(fault_plan(), FakeProbe(admin)) or "")


@ALL
async def test_a_kind_is_not_proven_by_a_healthy_site(kind: FaultKind):
    """A proof that is always there proves nothing."""
    assert await kind.proof(fault_plan(), FakeProbe(FakeAdmin())) is None


@ALL
async def test_a_kind_is_not_proven_by_another_site(kind: FaultKind):
    """The right thing broken in the wrong place."""
    admin = FakeAdmin()
    await injected(kind, admin, site="south")

    assert await kind.proof(fault_plan(), FakeProbe(admin)) is None


@pytest.mark.parametrize(
    ("ordered", "claimed"), [("site_down", "site_hang"), ("site_hang", "site_down")]
)
async def test_a_kind_is_not_proven_by_the_other_kind(ordered: str, claimed: str):
    """A dead site is not a frozen one: they fail customers in different ways."""
    admin = FakeAdmin()
    await injected(KINDS[ordered], admin)

    assert await KINDS[claimed].proof(fault_plan(), FakeProbe(admin)) is None


@ALL
async def test_a_kind_is_undone(kind: FaultKind):
    """Twice is no mistake: lease and order may meet."""
    admin = FakeAdmin()
    await injected(kind, admin)
    for _ in range(2):
        await kind.way(Means(admin)).heal(fault_plan(kind=kind.name))

    assert admin.active == {}
    assert await kind.heal_proof(fault_plan(), FakeProbe(admin)) is not None


@ALL
async def test_a_kind_is_not_healed_while_it_is_in_force(kind: FaultKind):
    """The edge must send traffic there again, and the site answer it."""
    admin = FakeAdmin()
    await injected(kind, admin)

    assert await kind.heal_proof(fault_plan(), FakeProbe(admin)) is None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_says_what_it_takes(kind: str):
    """The reference page is made from this."""
    for parameter in KINDS[kind].parameters:
        assert parameter.example.startswith(f"{parameter.name}: ")
        assert parameter.about.endswith(".")
