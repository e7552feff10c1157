"""Faults of the network between the edge and one site: cut, half open, slow, lossy."""

from collections.abc import Iterator, Mapping
from typing import Any

from mock_center.config import Centre
from mock_center.faults.spec import EDGE, FaultSpec, number, one_of, share

LINK_CUT = "link_cut"
LINK_HALF_OPEN = "link_half_open"
LINK_LATENCY = "link_latency"
LINK_LOSS = "link_loss"
KINDS = (LINK_CUT, LINK_HALF_OPEN, LINK_LATENCY, LINK_LOSS)


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds. ``delay`` is wall seconds each way, ``share`` that of lost requests."""
    site = {"site": one_of(*centre.sites)}
    own = {
        LINK_CUT: {},
        LINK_HALF_OPEN: {},
        LINK_LATENCY: {"delay": number(0.001, 10.0)},
        LINK_LOSS: {"share": share},
    }
    for kind in KINDS:
        yield FaultSpec(kind, {**site, **own[kind]}, _link, lambda _: (EDGE,))


def _link(asked: Mapping[str, Any]) -> str:
    return f"{asked['site']}/link"
