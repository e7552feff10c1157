"""Targets with their staffing declared, for tests of what can be expected of them."""

from harness.model.target import Target


def target(
    *, north: int = 50, south: int = 50, support: int = 34, tickets: int = 40, handle_s: float = 180
) -> Target:
    """Return a target with so many heads for billing at each site, and at each for the others."""
    return Target(
        "mock",
        "harness.adapter.reference:ReferenceAdapter",
        virtual_clock=True,
        staffing={
            site: {"billing": billing, "support": support, "tickets": tickets}
            for site, billing in (("north", north), ("south", south))
        },
        mock={},
        handle_s=dict.fromkeys(("billing", "support", "tickets"), handle_s),
    )
