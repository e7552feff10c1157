"""The files a person writes, read into the values of ``harness.model``, or every problem at once.

Nothing outside this package sees YAML. ``load`` is the door.
"""

from harness.files.known import FaultRule, Known, KpiRule
from harness.files.load import Loaded, load, load_sla, load_target

__all__ = ["FaultRule", "Known", "KpiRule", "Loaded", "load", "load_sla", "load_target"]
