"""What one contact leads to: the same customer's next contact, a redial for one.

A journey stays one contact. What its customer does later, on their own account, it hands over as a
``FollowUp``; the generator starts that when it is due, as an arrival of its own: open loop, however
slow the target is by then.
"""

from dataclasses import dataclass

from harness.traffic.schedule import Planned


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A contact that will be due at *due_s* (centre seconds of the run).

    *plan* names its parent and has an id of its own. Its phase is the one that is on at *due_s*:
    whatever the plan says of phase, hold and due time is set by the generator.
    """

    plan: Planned
    due_s: float
