"""What a scenario says of the customers who write, under ``traffic.tickets``."""

from collections.abc import Mapping

from harness.files import values
from harness.files.callers import read_delay
from harness.files.fields import A_TABLE, Fields, Key, Keys
from harness.model.callers import Delay
from harness.model.writers import Habit, Writers

KEYS: Keys = {
    "priorities": Key(
        "priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}",
        "How tickets spread over the priorities; 100 % in all.",
        "a table: priority, then a percentage",
        default="5%, 15%, 60%, 20%",
    ),
    "replies": Key(
        "replies: {share: 90%, after: {median: 4h, sigma: 1.5}}",
        "Who answers a question of the desk.",
        A_TABLE,
        default="",
    ),
    "reopens": Key(
        "reopens: {share: 6%, after: {median: 4h, sigma: 1.5}}",
        "Who opens a solved ticket again.",
        A_TABLE,
        default="",
    ),
    "escalations": Key(
        "escalations: {share: 10%, after: 8h}",
        "Who asks for the second line while nothing is solved.",
        A_TABLE,
        default="",
    ),
    "chases": Key(
        "chases: {share: 30%, after: 4h}",
        "Who phones about a ticket that nobody has replied to.",
        A_TABLE,
        default="",
    ),
    "attachments": Key(
        "attachments: 20%", "How many tickets come with a file.", values.share, default="0%"
    ),
}
"""The keys of this file's part of ``traffic.tickets``, and how they look."""

HABIT: Keys = {
    "share": Key(
        "share: 10%",
        "How many of them do it.",
        values.share,
        default="90%, 6%, 10% and 30%, in the order above",
    ),
    "after": Key(
        "after: 4h, or after: {median: 4h, sigma: 1.5}",
        "How much later, in centre time.",
        "a duration, or a table",
        default="as in the examples above",
    ),
}

USUAL_PRIORITIES: Mapping[str, float] = {"P1": 0.05, "P2": 0.15, "P3": 0.6, "P4": 0.2}
"""How tickets spread over the priorities where neither the scenario nor a recording says."""

HABITS = {
    "replies": Habit(0.9, Delay(4 * 3600.0, 1.5)),
    "reopens": Habit(0.06, Delay(4 * 3600.0, 1.5)),
    "escalations": Habit(0.1, Delay(8 * 3600.0)),
    "chases": Habit(0.3, Delay(4 * 3600.0)),
}
"""What a key that is written without its values means; all are proposals of this project."""


def read_writers(fields: Fields, *, has_calls: bool) -> Writers:
    """Return what customers do about their tickets, as *fields* of ``traffic.tickets`` say.

    A customer can phone about a ticket only where there are calls.
    """
    if "chases" in fields and not has_calls:
        found = "chases, but no calls in traffic"
        fields.problem("chases", found=found, want="traffic: calls, with their mix")
    return Writers(
        replies=_habit(fields, "replies"),
        reopens=_habit(fields, "reopens"),
        escalations=_habit(fields, "escalations"),
        chases=_habit(fields, "chases"),
        attachments=fields.value_or("attachments", values.share, default=0.0) or 0.0,
    )


def _habit(fields: Fields, key: str) -> Habit | None:
    own = fields.inner(key, HABIT) if key in fields else None
    if own is None:
        return None
    usual = HABITS[key]
    share = own.value_or("share", values.share, default=usual.share)
    after = read_delay(own, usual.after)
    return None if share is None or after is None else Habit(share, after)
