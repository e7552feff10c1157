"""The words of the reports; numbers and statuses are written by ``harness.verdict.words``.

Text that came from a target, a scenario or an SLA passes through ``visible`` (HTML does so by
itself): control characters and marks that turn the direction of writing are shown, not obeyed.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from harness.kpi.evidence import judged_by_stamps
from harness.model.event import Ending
from harness.model.scenario import PhaseKind
from harness.model.sla import Sla, Unit
from harness.model.units import exact_share, format_duration, format_share, parse_duration
from harness.model.verdict import (
    Failback,
    Interruption,
    ObjectiveResult,
    Outage,
    Recovery,
    Surprise,
    TicketAudit,
    Verdict,
)
from harness.verdict.items import told_at
from harness.verdict.recovery import GOOD_ATTEMPTS
from harness.verdict.words import (
    DECISION_GLYPHS,
    GLYPHS,
    NOT_SHOWN,
    NOTHING,
    as_asked,
    between,
    bound,
    clock,
    duration,
    expected,
    in_both_times,
    interval,
    margin,
    measured,
    plural,
    quantity,
    seconds,
    still_needed,
)
from reports.standing import Tally, is_open

__all__ = [
    "DECISION_GLYPHS",
    "GLYPHS",
    "NOTHING",
    "as_asked",
    "between",
    "bound",
    "clock",
    "contract",
    "cut",
    "duration",
    "ending",
    "expected",
    "glyph",
    "goal",
    "in_both_times",
    "interruption",
    "interval",
    "lasted",
    "margin",
    "measured",
    "outage",
    "plural",
    "quantity",
    "reason",
    "recovery",
    "remark",
    "reread",
    "seconds",
    "still_needed",
    "surprise",
    "tallied",
    "timestamp",
    "upper_bound",
    "utc",
    "visible",
    "word",
]

_ENDINGS: dict[Ending, str] = {
    Ending.COMPLETE: "The run came to its planned end.",
    Ending.HALTED: "A stop rule ended the run early: what follows is what there was until then.",
    Ending.REFUSED: "The guard did not let the run begin: no customer was sent.",
    Ending.INTERRUPTED: "The run was interrupted: what follows is what there was until then.",
    Ending.BROKEN: "The harness broke during the run: what follows is what there was until then.",
}
_WHERE: dict[PhaseKind | None, str] = {
    PhaseKind.LINES: "of the lines",
    PhaseKind.STEADY: "at a steady load",
    PhaseKind.RAMP: "in a ramp",
    PhaseKind.FAULT: "in a fault",
    PhaseKind.RECOVERY: "in recovery",
    PhaseKind.SOAK: "in a soak",
    None: "in the whole run",
}
_SIGN = re.compile(r"\A\s*(?:<=|>=)?\s*")
_LEADING_NUMBER = re.compile(r"\d+(?:\.\d+)?")

# XML 1.0 allows neither C0 controls nor surrogates; the rest would reorder what people read.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)


def surprise(found: Surprise) -> str:
    """Return in words what happened to whom that no runbook foresees."""
    what = found.mishap.replace("_", " ")
    contacts = plural(len(found.ids), "contact")
    return f"{what}: {contacts} in {found.phase}, which no runbook foresees"


def lasted(away: Interruption, speed: float) -> str:
    """Return for how long something was away, in centre time and that of the clock."""
    if away.end_s is None:
        return NOTHING
    return in_both_times((away.end_s - away.start_s) / speed, speed)


def interruption(away: Interruption, speed: float) -> str:
    """Return what was away, from when and for how long, and what that does to the verdict."""
    since = f"{away.what}, from {clock(away.start_s)} "
    until = f"for {lasted(away, speed)}" if away.end_s is not None else "to the end"
    return f"{since}{until}: {away.effect}"


def visible(text: str) -> str:
    r"""Return *text* with control characters and direction marks spelled out: ``\u202e``."""
    if text.isprintable():  # nearly always; none of those is
        return text
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cut(text: str, most: int) -> str:
    """Return *text* in *most* letters; where something was cut off stands an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def utc(wall: float) -> str:
    """Return epoch seconds as a date and time in UTC."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def timestamp(wall: float) -> str:
    """Return epoch seconds as ISO 8601 in UTC, to the second: ``2026-11-22T10:45:00Z``."""
    return _second(math.floor(round(wall, 6)))


@lru_cache(maxsize=2**14)
def _second(wall: int) -> str:
    """Return a second as ISO 8601: thousands of contacts share each, in a long list of them."""
    return f"{datetime.fromtimestamp(wall, UTC):%Y-%m-%dT%H:%M:%SZ}"


def word(result: ObjectiveResult) -> str:
    """Return a result's status in a word: OPEN if it is undecided where it need not be decided."""
    return "OPEN" if is_open(result) else result.status.upper()


def glyph(result: ObjectiveResult) -> str:
    """Return the sign that stands before the word."""
    return "·" if is_open(result) else GLYPHS[result.status]


def goal(result: ObjectiveResult) -> str:
    """Return the goal and how far beyond it is a mere warning: ``≤ 1 %, warn to 3 %``."""
    if result.warn == result.goal:
        return bound(result)
    return f"{bound(result)}, warn to {as_asked(result.warn, result.unit)}"


def contract(result: ObjectiveResult) -> str:
    """Return the goal as the contract words it, and the gate's own beside it where they differ.

    In a fault ``<= 1%`` would contradict a value of 7 % that passed a gate of 20 %.
    """
    text = _SIGN.sub("", result.goal_text, count=1)
    written = _amount(text, result.unit)
    if written is None or abs(written - result.goal) < 1e-9:
        return result.goal_text
    spaced = re.sub(r"(?<=\d)%", " %", text)
    return f"contract {spaced}, {_WHERE[result.kind]} {as_asked(result.goal, result.unit)}"


def _amount(text: str, unit: Unit) -> float | None:
    """Return the required value at the start of a contract's goal; None if there is none."""
    if unit is Unit.SECONDS:
        try:
            return parse_duration(text)
        except ValueError:
            return None
    number = _LEADING_NUMBER.match(text)
    return number and float(number[0]) / (100 if unit is Unit.SHARE else 1)


def remark(result: ObjectiveResult) -> str:
    """Return a result's note, unless it only says once more how wide its interval is."""
    return "" if result.note.startswith("± ") and interval(result) else result.note


def tallied(tallies: Iterable[Tally]) -> str:
    """Return how many objectives were decided, where, and how many were left open or undecided."""
    tallies = tuple(tallies)
    total = sum(tally.decided for tally in tallies)
    where = ", ".join(f"{each.decided} in {each.phase}" for each in tallies if each.decided)
    text = f"{plural(total, 'objective')} decided" + (f": {where}" if where else "")
    for kind, what, why in (
        ("undecided", "undecided", ""),
        ("open", "left open", ", where nothing has to be decided"),
    ):
        found = {each.phase: getattr(each, kind) for each in tallies if getattr(each, kind)}
        if found:
            text += f"; {sum(found.values())} {what} in {' and '.join(found)}{why}"
    return text + "."


def ending(how: Ending, *, missing: bool) -> str:
    """Return how the run ended; *missing*: planned phases were not run."""
    if how is not Ending.GATE:
        return _ENDINGS[how]
    if missing:
        return "The run stopped at a gate that stayed shut: later phases saw no load."
    return "All phases were run; the last gate stayed shut."


def recovery(recovery: Recovery, *, sla: Sla, speed: float) -> str:
    """Return in a sentence when customers were served again, at the latest.

    The later end of what the error leaves open, so that there is one figure and no "give or take";
    its part on the wall clock if the run was sped up.
    """
    if not recovery.proven:
        return f"Not told: the fault {NOT_SHOWN}"
    if recovery.recovered_s is None:
        if not recovery.at_least_s:
            return "Not seen to be over: too few calls followed to tell"
        hurt = f"customers were hurt for at least {seconds(recovery.at_least_s)}"
        return f"Not seen to be over: {hurt}{_scaled(recovery.at_least_s, speed, ' (', ')')}"
    threshold_s, share = told_at(sla)
    within_s = recovery.recovered_s + recovery.error_s
    event = "loss" if recovery.kind == "site_down" else "fault"
    threshold = f"{threshold_s:g} s" if threshold_s < 100 else format_duration(threshold_s)
    stamps = " by the sites' stamps" if judged_by_stamps(speed) else ""
    return (
        f"New callers were served again within {seconds(within_s)} of the {event} "
        f"({format_share(share)} within {threshold}{stamps}, sustained over {GOOD_ATTEMPTS} calls"
        f"{_scaled(within_s, speed, '; ')})"
    )


def outage(recovery: Recovery) -> list[tuple[str, str]]:
    """Return what else is known of how a fault hurt: a label and a sentence each."""
    told = []
    if recovery.overlaps:
        together = ", ".join(recovery.overlaps)
        told.append(("Not alone", f"In force together with {together}: figures may be of both."))
    if recovery.unstable:
        flaps = f"Service was good again and fell once more, {recovery.flaps} times."
        told.append(("Unstable", flaps))
    hurt = recovery.outage
    if hurt is None:
        return told
    told.append(("Detection", _detection(hurt)))
    if hurt.by_arrival_s is not None:
        arrival = f"{hurt.failed:,} of {hurt.attempts:,} new calls failed, the first and the last"
        ended = (
            f"; by when they ended, {seconds(hurt.by_completion_s)}"
            if (hurt.by_completion_s is not None)
            else ""
        )
        told.append(
            ("Outage", f"{arrival} {seconds(hurt.by_arrival_s)} apart as they came{ended}.")
        )
    shut = f"{seconds(hurt.blocked_s)} ± {seconds(hurt.blocked_error_s)}"
    told.append(("Fewer than half got in", shut if hurt.blocked_s else "never"))
    going_on = [
        f"{each.dropped:,} of {each.talking:,} talks at {each.site or 'no known site'} dropped"
        + (f", {each.unknown:,} ended nobody knows how" if each.unknown else "")
        for each in hurt.in_progress
    ]
    told.append(("In progress when it struck", "; ".join(going_on) or "no talk"))
    if hurt.extra_wait_s is not None and hurt.extra_wait_total_s is not None:
        wait = f"{hurt.extra_wait_s:+.1f} s a caller against the minutes before"
        told.append(("Waiting", f"{wait}, {hurt.extra_wait_total_s:+,.0f} s of all together"))
    if hurt.budget_burnt is not None:
        burnt = f"{hurt.budget_burnt * 100:,.0f} % of the misses allowed since it struck"
        told.append(("Error budget", burnt))
    if hurt.failback is not None:
        told.append(("Return after healing", _failback(hurt.failback)))
    return told


def _detection(hurt: Outage) -> str:
    first = "no customer's call failed"
    if hurt.first_failure_s is not None:
        first = f"a customer's call first failed after {seconds(hurt.first_failure_s)}"
    said = "the edge never said that a site is down"
    if hurt.site_told_s is not None:
        error = f"up to {seconds(hurt.site_told_error_s)} earlier"
        said = f"the edge said so after {seconds(hurt.site_told_s)}, or {error}"
    return f"{first}; {said}"


def _failback(failback: Failback) -> str:
    if failback.restored_s is None:
        good = "not seen to be good for good"
    elif failback.restored_s:
        good = f"good for good after {seconds(failback.restored_s)}"
    else:
        good = "no second dip"
    lost = f"{len(failback.dropped):,} dropped, {len(failback.cut_off):,} cut off"
    return f"{good}; {lost}, {len(failback.turned_away):,} turned away"


def _scaled(centre_s: float, speed: float, before: str, after: str = "") -> str:
    if speed == 1:
        return ""
    wall_s = centre_s / speed
    wall = f"{wall_s:.1f} s" if 0.1 <= wall_s < 1 else seconds(wall_s)
    return f"{before}centre time; {wall} on the wall clock at speed {speed:g}{after}"


def reread(audit: TicketAudit) -> str:
    """Return how many tickets were read again for correctness, of how many, and what it shows.

    A sample of which none is wrong leaves a bound of what may be wrong unseen; all leave none.
    """
    if audit.unreadable and not audit.compared:
        return f"None was read again for correctness: {audit.unreadable:,} were tried in vain."
    if not audit.compared:
        return "None was read again for correctness: nothing told what a ticket says."
    whole = f"{audit.acknowledged:,} acknowledged tickets were read again for correctness"
    wrong = "none is wrong"
    if audit.wrong:
        where = ", ".join(f"{count:,} in {name}" for name, count in audit.wrong_in)
        wrong = f"{len(audit.wrong):,} wrong: {where}"
    text = f"{audit.compared:,} of {whole}, {wrong}"
    if audit.sampled is not None and audit.compared < audit.acknowledged:
        text += f"; a sample of {exact_share(audit.sampled)}, drawn by the seed"
        if not audit.wrong:
            text += (
                f": with 95 % confidence fewer than {upper_bound(audit.compared)} of all are wrong"
            )
    if audit.unreadable:
        text += f"; {plural(audit.unreadable, 'ticket')} of the sample could not be read"
    return f"{text}."


def upper_bound(n: int) -> str:
    """Return the 95 % upper bound of a share of which none was seen in *n*: 3/n.

    The rule of three (Hanley and Lippman-Hand, JAMA 1983); good to a tenth from n = 30 on.
    To two digits however small it is: nothing is below none.
    """
    if not n:
        return NOTHING
    percent = 100 * min(1.0, 3 / n)
    if percent >= 0.1:
        return f"{percent:.2f} %"
    return f"{percent:.{1 - math.floor(math.log10(percent))}f}".rstrip("0") + " %"


def reason(verdict: Verdict) -> str:
    """Return the verdict's sentence without the decision it may start with."""
    for start in (verdict.text, str(verdict.decision)):
        if verdict.sentence.startswith(start):
            return verdict.sentence[len(start) :].lstrip(" :,–-") or verdict.sentence
    return verdict.sentence
