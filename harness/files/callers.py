"""What a scenario says of the customers on the phone, under ``traffic.calls``."""

import re
from collections.abc import Mapping
from pathlib import Path

from harness.files import values
from harness.files.document import Table
from harness.files.fields import A_TABLE, Fields, Key, Keys
from harness.files.own_code import read_own_code
from harness.files.problems import shortened
from harness.files.shares import read_shares
from harness.model.callers import (
    CallAgain,
    CallbackWish,
    Callers,
    Delay,
    MenuKeys,
    TicketAfterCall,
)
from harness.model.contact import Why
from harness.model.patience import NAMED, Patience, Weibull, exponential

_STORY = "my_story.py:MyStory"
KEYS: Keys = {
    "patience": Key(
        "patience: busy",
        "How long callers wait before they hang up.",
        ", ".join(f"`{name}`" for name in NAMED) + ", a mean, or a table",
        default="busy",
    ),
    "redials": Key(
        "redials: {blocked: {share: 80%, after: 20s}, dropped: {...}, abandoned: {...}}",
        "Who calls again after not getting through.",
        A_TABLE,
        default="",
    ),
    "repeats": Key(
        "repeats: {share: 80%, after: {median: 8h, sigma: 1.5}}",
        "Who calls again about what a talk has not settled.",
        A_TABLE,
        default="",
    ),
    "callbacks": Key(
        "callbacks: {share: 30%, after: 1m}",
        "Who asks to be called back instead of waiting on.",
        A_TABLE,
        default="",
    ),
    "menu": Key(
        "menu: {share: 20%, keys: 0, after: 10s}",
        "Who presses keys in the voice menu.",
        A_TABLE,
        default="",
    ),
    "opens_ticket": Key(
        "opens_ticket: {share: 30%, unresolved: 80%, after: 5m}",
        "Who opens a ticket after a talk.",
        A_TABLE,
        default="",
    ),
    "languages": Key(
        "languages: {en: 90%, cy: 10%}",
        "How callers spread over languages, tags of BCP 47; 100 % in all.",
        "a table: language, then a percentage",
        default="",
    ),
    "journey": Key(
        f"journey: {_STORY}",
        "A journey of your own, instead of ours.",
        "a file, and what it is called there",
        default="",
    ),
}
"""The keys of this file's part of ``traffic.calls``, and how they look."""

MOST_TRIES = 20

PATIENCE: Keys = {
    "weibull": Key(
        "weibull: {shape: 0.93, scale: 408s}", "The spread of a patience of your own.", A_TABLE
    )
}
WEIBULL: Keys = {
    "shape": Key(
        "shape: 0.93",
        "Below 1 most give up early, above 1 most hold out and then give up together.",
        values.number(0.2, 10),
    ),
    "scale": Key("scale: 408s", "By then 63 % have given up; centre time.", values.duration),
}
DELAY: Keys = {
    "median": Key("median: 800s", "Half come earlier; centre time.", values.duration),
    "sigma": Key("sigma: 1.3", "How far they spread: of a log-normal.", values.number(0, 5)),
}
AGAIN_KEYS: Keys = {
    "share": Key(
        "share: 40%",
        "How many of them do it.",
        values.share,
        default="40% after abandoning, else 80%",
    ),
    "after": Key(
        "after: 20s, or after: {median: 800s, sigma: 1.3}",
        "How much later, in centre time.",
        "a duration, or a table",
        default="by the cause",
    ),
    "at_most": Key(
        "at_most: 3",
        "How often one customer does it for that cause.",
        values.whole(1, MOST_TRIES),
        default="10 if blocked, 2 of repeats, else 3",
    ),
}
REDIALS: Keys = {
    "blocked": Key(
        "blocked: {share: 80%, after: 20s, at_most: 10}",
        "After never getting in.",
        A_TABLE,
        default="",
    ),
    "dropped": Key(
        "dropped: {share: 80%, after: 20s, at_most: 3}",
        "After being cut off, in talk or in the queue, or promised a callback that never came.",
        A_TABLE,
        default="",
    ),
    "abandoned": Key(
        "abandoned: {share: 40%, after: {median: 800s, sigma: 1.3}, at_most: 3}",
        "After hanging up while waiting.",
        A_TABLE,
        default="",
    ),
}
CALLBACKS: Keys = {
    "share": Key("share: 30%", "How many ask for it.", values.share, default="30%"),
    "after": Key(
        "after: 1m", "How long they have waited by then; centre time.", values.moment, default="1m"
    ),
}
_KEYS = "1 to 32 keys of a telephone, such as 0 or 2#"


def _keys(written: str) -> str:
    if not 1 <= len(written) <= 32 or set(written) - set("0123456789*#ABCD"):
        raise ValueError(_KEYS)
    return written


MENU: Keys = {
    "share": Key("share: 20%", "How many press keys.", values.share, default="20%"),
    "keys": Key("keys: 0", "Which ones.", _keys, default="0"),
    "after": Key(
        "after: 10s", "How long after the menu began; centre time.", values.moment, default="10s"
    ),
}
TICKET: Keys = {
    "share": Key(
        "share: 30%",
        "How many do after a talk that settled the matter.",
        values.share,
        default="30%",
    ),
    "unresolved": Key(
        "unresolved: 80%",
        "How many do after a talk that did not settle it.",
        values.share,
        default="80%",
    ),
    "after": Key(
        "after: 5m",
        "How much later, in centre time.",
        "a duration, or a table",
        default="5m",
    ),
}

AGAIN = {
    Why.BLOCKED: CallAgain(0.8, Delay(20.0), 10),
    Why.DROPPED: CallAgain(0.8, Delay(20.0), 3),
    Why.ABANDONED: CallAgain(0.4, Delay(800.0, 1.3), 3),
    Why.REPEAT: CallAgain(0.8, Delay(8 * 3600.0, 1.5), 2),
}
"""What a key that is written without its values means. After an abandon: the known customers of a
bank (Brown et al. 2005); the others are proposals of this project."""
_TICKET_AFTER = TicketAfterCall(0.3, 0.8, Delay(300.0))
_CALLBACK_WISH = CallbackWish(0.3, 60.0)
_MENU_KEYS = MenuKeys(0.2, "0", 10.0)

_CAUSES = {"blocked": Why.BLOCKED, "dropped": Why.DROPPED, "abandoned": Why.ABANDONED}
_LANGUAGE = re.compile(r"(?=.{2,35}$)[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def read_patience(fields: Fields) -> Patience | None:
    """Return how patient the callers are; ``busy`` if *fields* do not say."""
    if "patience" not in fields:
        return NAMED["busy"]
    entry = fields.entry("patience")
    if entry is not None and isinstance(entry.value, Table):
        return _weibull(fields)
    return fields.value("patience", _patience)


def _patience(written: str) -> Patience:
    if written in NAMED:
        return NAMED[written]
    try:
        return exponential(values.duration(written), written)
    except ValueError:
        raise ValueError(
            f"{' or '.join(NAMED)}, a mean above 0 such as 3m,"
            " or {weibull: {shape: 0.93, scale: 408s}}"
        ) from None


def _weibull(fields: Fields) -> Patience | None:
    outer = fields.inner("patience", PATIENCE)
    inner = outer.inner("weibull", WEIBULL) if outer else None
    if inner is None:
        return None
    shape = inner.value("shape", values.number(0.2, 10))
    scale_s = inner.value("scale", values.duration)
    if shape is None or scale_s is None:
        return None
    return Patience(f"weibull {shape:g}, {scale_s:g}s", (Weibull(1.0, shape, scale_s),))


def read_callers(fields: Fields, folder: Path, *, has_tickets: bool) -> Callers:
    """Return what customers on the phone do, as *fields* of ``traffic.calls`` say.

    Paths are relative to *folder*. A call can lead to a ticket only where there are tickets.
    """
    again = _redials(fields)
    repeat = _again(fields, "repeats", AGAIN[Why.REPEAT])
    if repeat:
        again[Why.REPEAT] = repeat
    if "opens_ticket" in fields and not has_tickets:
        found = "opens_ticket, but no tickets in traffic"
        fields.problem("opens_ticket", found=found, want="traffic: tickets, with its priorities")
    return Callers(
        again=again,
        callback=_callbacks(fields),
        menu=_menu(fields),
        ticket=_ticket(fields),
        languages=_languages(fields),
        journey=read_own_code(fields, "journey", folder, example=_STORY)
        if "journey" in fields
        else None,
    )


def _redials(fields: Fields) -> dict[Why, CallAgain]:
    own = fields.inner("redials", REDIALS) if "redials" in fields else None
    if own is None:
        return {}
    found = {why: _again(own, key, AGAIN[why]) for key, why in _CAUSES.items()}
    return {why: each for why, each in found.items() if each}


def _again(fields: Fields, key: str, default: CallAgain) -> CallAgain | None:
    own = fields.inner(key, AGAIN_KEYS) if key in fields else None
    if own is None:
        return None
    share = own.value_or("share", values.share, default=default.share)
    after = read_delay(own, default.after)
    at_most = own.value_or("at_most", values.whole(1, MOST_TRIES), default=default.at_most)
    if share is None or after is None or at_most is None:
        return None
    return CallAgain(share, after, at_most)


def read_delay(fields: Fields, default: Delay) -> Delay | None:
    """Return the delay under ``after``: a duration, or a median and a sigma; else *default*."""
    if "after" not in fields:
        return default
    entry = fields.entry("after")
    if entry is None or not isinstance(entry.value, Table):
        after_s = fields.value("after", values.moment)
        return None if after_s is None else Delay(after_s)
    own = fields.inner("after", DELAY)
    if own is None:
        return None
    median_s = own.value("median", values.duration)
    sigma = own.value("sigma", values.number(0, 5))
    return None if median_s is None or sigma is None else Delay(median_s, sigma)


def _callbacks(fields: Fields) -> CallbackWish | None:
    own = fields.inner("callbacks", CALLBACKS) if "callbacks" in fields else None
    if own is None:
        return None
    share = own.value_or("share", values.share, default=_CALLBACK_WISH.share)
    after_s = own.value_or("after", values.moment, default=_CALLBACK_WISH.after_s)
    return None if share is None or after_s is None else CallbackWish(share, after_s)


def _menu(fields: Fields) -> MenuKeys | None:
    own = fields.inner("menu", MENU) if "menu" in fields else None
    if own is None:
        return None
    share = own.value_or("share", values.share, default=_MENU_KEYS.share)
    keys = own.value_or("keys", _keys, default=_MENU_KEYS.keys)
    after_s = own.value_or("after", values.moment, default=_MENU_KEYS.after_s)
    return (
        MenuKeys(share, keys, after_s)
        if share is not None and keys and after_s is not None
        else None
    )


def _ticket(fields: Fields) -> TicketAfterCall | None:
    own = fields.inner("opens_ticket", TICKET) if "opens_ticket" in fields else None
    if own is None:
        return None
    share = own.value_or("share", values.share, default=_TICKET_AFTER.share)
    unresolved = own.value_or("unresolved", values.share, default=_TICKET_AFTER.unresolved)
    after = read_delay(own, _TICKET_AFTER.after)
    if share is None or unresolved is None or after is None:
        return None
    return TicketAfterCall(share, unresolved, after)


def _languages(fields: Fields) -> Mapping[str, float]:
    if "languages" not in fields:
        return {}
    shares = read_shares(fields, "languages", (), "language")
    for name in shares:
        if not _LANGUAGE.fullmatch(name):
            found = f"a language called {shortened(name)}"
            fields.problem("languages", found=found, want="a tag of BCP 47, such as en or cy-GB")
    return shares
