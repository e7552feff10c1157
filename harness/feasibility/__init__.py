"""What can be seen beforehand: to find it out after an hour of load is a waste of everybody's time.

``decidable``: objectives that this scenario can never decide, whatever happens. ``reachable``:
those that the declared staffing cannot keep, by queueing theory. ``outlook``: what theory expects,
as a table, and what is worth a remark but no refusal. ``day``: where in the week the run lies.
``required``: whether a check is made of all that is required. ``prospects``: what the planned
contacts can decide. ``plan``: all of it in one value, ``page`` for people, ``as_json`` for
machines. All pure: nothing is started or asked.
"""

from harness.feasibility.day import of_the_day, on_an_average_day
from harness.feasibility.decidable import undecidable
from harness.feasibility.outlook import outlook, remarks
from harness.feasibility.prospects import prospects
from harness.feasibility.reachable import unreachable
from harness.feasibility.required import unmapped, unrehearsed

__all__ = [
    "of_the_day",
    "on_an_average_day",
    "outlook",
    "prospects",
    "remarks",
    "undecidable",
    "unmapped",
    "unreachable",
    "unrehearsed",
]
