"""What can be seen beforehand: to find it out after an hour of load is a waste of everybody's time.

``lacking``: what the target does not have, left out or in the way. ``decidable``: objectives that
this scenario can never decide, whatever happens. ``reachable``: those that the declared staffing
cannot keep, by queueing theory. ``way_back``: whether in-house could take everything back.
``outlook``: what theory expects, as a table, and what is worth a remark but no refusal. ``day``:
where in the week the run lies. ``required``: whether a check is made of all that is required.
``prospects``: what the planned contacts can decide. ``plan``: all of it in one value, ``page`` for
people, ``as_json`` for machines. All pure: nothing is started or asked.
"""

from harness.feasibility.day import of_the_day, on_an_average_day
from harness.feasibility.decidable import unaskable, undecidable
from harness.feasibility.lacking import askable, lacking, not_offered, not_told, offered
from harness.feasibility.outlook import outlook, remarks
from harness.feasibility.prospects import prospects
from harness.feasibility.reachable import unreachable
from harness.feasibility.required import unmapped, unrehearsed
from harness.feasibility.way_back import no_way_back, nobody_to_take_it_back

__all__ = [
    "askable",
    "lacking",
    "no_way_back",
    "nobody_to_take_it_back",
    "not_offered",
    "not_told",
    "of_the_day",
    "offered",
    "on_an_average_day",
    "outlook",
    "prospects",
    "remarks",
    "unaskable",
    "undecidable",
    "unmapped",
    "unreachable",
    "unrehearsed",
]
