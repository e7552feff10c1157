"""Every kind of fault by name: one file each, one line here."""

from collections.abc import Mapping

from harness.faults.contract import FaultKind
from harness.faults.kinds.site_down import SiteDown
from harness.faults.kinds.site_hang import SiteHang

KINDS: Mapping[str, FaultKind] = {kind.name: kind for kind in (SiteDown(), SiteHang())}
