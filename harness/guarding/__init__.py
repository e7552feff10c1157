"""The guard of one run: it lets a target through, or not, and looks on while the run lasts.

``admission`` is before the first request of the run, ``strangers`` before the first customer,
``lookout`` while it lasts. The rules are pure and in ``harness/guard``; what they are asked with, a
resolver, the deny files, a clock, is a ``Ground``, so that a test can stand on another one.
"""

from harness.guarding.admission import Admission, Admitted
from harness.guarding.ground import GROUND, NOT_ARMED, Armed, Ground
from harness.guarding.level import about, level_of
from harness.guarding.lookout import Lookout
from harness.guarding.plan_hash import SHOWN, plan_hash
from harness.guarding.strangers import Arrived, Load, look_around

__all__ = [
    "GROUND",
    "NOT_ARMED",
    "SHOWN",
    "Admission",
    "Admitted",
    "Armed",
    "Arrived",
    "Ground",
    "Load",
    "Lookout",
    "about",
    "level_of",
    "look_around",
    "plan_hash",
]
