"""Reads the faults of a phase: when and for how long, and what else their kind takes.

Or, in a soak, what may break and how often: then its seed says when.

No kind is known by name here: each says its parameters as data, and its place.
"""

import json
import os.path
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from harness.files import hours, values
from harness.files.bounded import read_bounded
from harness.files.document import Listing, Node, Table, Text, plain
from harness.files.fields import A_FILE, A_LIST, A_TABLE, Fields, Key, Keys, fields_of
from harness.files.known import FaultRule
from harness.files.problems import Problems, did_you_mean
from harness.files.values import Parse
from harness.model.alarm import ExpectedAlert
from harness.model.fault import Parameter, Value, Written
from harness.model.now_and_then import FELT_S, least_every_s
from harness.model.scenario import FaultPlan, NowAndThen
from harness.model.target import EDGE
from harness.model.units import format_duration

FAULT: Keys = {
    "kind": Key("kind: site_down", "Which fault; each has keys of its own.", "a kind of fault"),
    "at": Key(
        "at: 2m",
        "When it is injected, from the phase's start; centre time.",
        values.moment,
        default="needed, except now and then",
    ),
    "for": Key("for: 8m", "How long it lasts before it is healed; centre time.", values.duration),
    "runbook": Key(
        "runbook: docs/site_down.md; no surprises: every fault names its runbook",
        "What people do when it happens.",
        A_FILE,
    ),
    "expect_alert": Key(
        "expect_alert: {name: SiteDown, within: 60s}",
        "The alarm of our own operations room that it has to raise.",
        A_TABLE,
        default="",
    ),
}


NOW_AND_THEN = (
    "now_and_then: {every: 3h, faults: [{kind: site_down, site: north, for: 4m, runbook: down.md}]}"
)
OFTEN: Keys = {
    "every": Key(
        "every: 3h, on average",
        "How often something breaks, on average; centre time.",
        values.duration,
    ),
    "between": Key(
        "between: 08:00-20:00",
        "The times of day in which it may.",
        hours.within_a_day,
        default="at any time",
    ),
    "faults": Key(
        "faults: [{kind: site_down, site: north, for: 4m, runbook: site_down.md}]",
        "What may break: faults without an `at`, one of which is drawn each time.",
        A_LIST,
    ),
}
ALERT: Keys = {
    "name": Key("name: SiteDown", "What the alert is called.", values.text),
    "within": Key(
        "within: 60s, in wall time",
        "How soon it has to fire, in wall time.",
        values.duration,
    ),
}
_MOST_BYTES = 50_000
"""Of a file that a fault is made of: it is kept with it, also where a disk is full by then."""
_NESTED: Mapping[Written, type] = {Written.TABLE: Table, Written.LIST: Listing}


@dataclass(frozen=True, slots=True)
class Around:
    """What faults are checked against.

    ``sites`` is None if the target could not tell. ``lines`` are the numbers of each queue. File
    names count from ``folder``. ``speed`` turns a fault's length into that of an alarm's clock.
    """

    folder: Path
    kinds: Mapping[str, FaultRule]
    sites: frozenset[str] | None
    lines: Mapping[str, tuple[str, ...]]
    speed: float = 1.0

    def names(self, written: Written) -> tuple[str, ...]:
        """Return what may be named so; nothing if that is not known."""
        names: dict[Written, Iterable[str]] = {
            Written.SITE: self.sites or (),
            Written.SOURCE: (EDGE, *self.sites) if self.sites else (),
            Written.QUEUE: self.lines,
            Written.LINE: [number for numbers in self.lines.values() for number in numbers],
        }
        return tuple(names[written])

    def instead_of(self, written: Written, text: str) -> str:
        """Return what would be right instead of the name *text*; empty if it is, or may be."""
        names = self.names(written)
        return did_you_mean(text, names) if names and text not in names else ""

    def queue_of(self, line: str) -> str:
        """Return the queue that *line* is a number of; empty if it is of none."""
        return next((queue for queue, numbers in self.lines.items() if line in numbers), "")


def read_faults(
    nodes: Iterable[Node], phase_s: float | None, around: Around, problems: Problems
) -> tuple[FaultPlan, ...]:
    """Return the faults in *nodes*, each within its phase of *phase_s* and none upon another."""
    faults = [(node, fault) for node in nodes if (fault := _fault(node, phase_s, around, problems))]
    _check_apart(faults, around, problems)
    return tuple(fault for _, fault in faults)


def read_now_and_then(fields: Fields, around: Around) -> NowAndThen | None:
    """Return what a soak says under ``now_and_then``; None if it does not, or not rightly."""
    own = fields.inner("now_and_then", OFTEN) if "now_and_then" in fields else None
    if own is None:
        return None
    every_s = own.value("every", values.duration)
    between = own.value_or("between", hours.within_a_day, default=None)
    nodes = own.listing("faults")
    faults = [_fault(node, None, around, fields.problems, drawn=True) for node in nodes]
    known = tuple(fault for fault in faults if fault is not None)
    if every_s is None or not known or len(known) < len(faults):  # or there are problems by now
        return None
    if every_s < (least_s := least_every_s(known)):
        want = (
            f"at least {format_duration(least_s)}: each fault lasts, may be felt for"
            f" {format_duration(FELT_S)} more, and may come after half of it"
        )
        own.problem("every", want=want)
        return None
    return NowAndThen(every_s, known, between)


def _fault(
    node: Node, phase_s: float | None, around: Around, problems: Problems, *, drawn: bool = False
) -> FaultPlan | None:
    """Return the fault in *node*; one that is *drawn* does not say when it strikes."""
    rule = _rule(node, around)
    parameters = rule.parameters if rule else _of_all(around)
    own = {name: key for name, key in FAULT.items() if not (drawn and name == "at")}
    keys = {**own, **{each.name: _key(each) for each in parameters}}
    fields = fields_of(node, of="the fault", keys=keys, problems=problems)
    if fields is None:
        return None
    kind = fields.value("kind", values.one_of(around.kinds))
    asked = _asked(fields, rule.parameters, around) if rule else None
    if rule is None:
        _check_sites(fields, parameters, around)
    at_s = 0.0 if drawn else fields.value("at", values.moment)
    for_s = fields.value("for", values.duration)
    runbook = fields.file("runbook", around.folder)
    if at_s is not None and for_s is not None:
        _check_window(fields, at_s, at_s + for_s, phase_s)
    if kind is None or rule is None or asked is None or at_s is None or for_s is None:
        return None
    wrong = list(rule.wrong(asked, around))
    for name, found, want in wrong:
        fields.problem(name, found=found, want=want)
    if wrong:
        return None
    place = rule.place(asked)
    alert = _expected_alert(fields)
    if alert is not None:
        _check_in_time(fields, alert, for_s / around.speed)
    return FaultPlan(
        kind,
        str(asked.pop("site", "")),
        at_s,
        for_s,
        os.path.normpath(runbook) if runbook else None,
        asked,
        place,
        {each.name: _written(fields, each) for each in parameters if each.name in fields},
        alert,
    )


def _expected_alert(fields: Fields) -> ExpectedAlert | None:
    own = fields.inner("expect_alert", ALERT) if "expect_alert" in fields else None
    if own is None:
        return None
    name, within_s = own.value("name", values.text), own.value("within", values.duration)
    return ExpectedAlert(name, within_s) if name and within_s else None


def _check_in_time(fields: Fields, alert: ExpectedAlert, lasts_wall_s: float) -> None:
    """Tell an *alert* that may take longer than its fault lasts: nobody could see it then."""
    if alert.within_wall_s > lasts_wall_s:
        found = f"{alert.name} within {format_duration(alert.within_wall_s)} of the clock"
        healed = format_duration(round(lasts_wall_s, 1))
        want = f"a fault that lasts as long: this one is healed after {healed} of the clock"
        fields.problem("expect_alert", found=found, want=want)


def _key(parameter: Parameter) -> Key:
    """Return what a kind of fault says of one of its own keys."""
    return Key(parameter.example, parameter.about, str(parameter.written))


def _rule(node: Node, around: Around) -> FaultRule | None:
    """Return how a fault of this kind is written; None if it names no kind that there is."""
    entry = node.entries.get("kind") if isinstance(node, Table) else None
    if entry is None or not isinstance(entry.value, Text):
        return None
    return around.kinds.get(entry.value.text)


def _of_all(around: Around) -> list[Parameter]:
    """Return the parameters of every kind: of an unknown one, any of them may be meant."""
    return [each for rule in around.kinds.values() for each in rule.parameters]


def _asked(
    fields: Fields, parameters: Iterable[Parameter], around: Around
) -> dict[str, Value] | None:
    """Return the value of each parameter, defaults too; None if one cannot be had."""
    asked = {
        each.name: _value(fields, each, around)
        if each.name in fields or (each.default is None and not each.optional)
        else each.default
        for each in parameters
    }
    sound = all(
        asked[each.name] is not None or (each.optional and each.name not in fields)
        for each in parameters
    )
    return {name: value for name, value in asked.items() if value is not None} if sound else None


def _value(fields: Fields, parameter: Parameter, around: Around) -> Value | None:
    """Return the value of *parameter*: a list or a table as JSON, a file as what stands in it."""
    if parameter.written is Written.FILE:
        path = fields.file(parameter.name, around.folder)
        return None if path is None else _content(fields, parameter.name, path)
    if parameter.written not in _NESTED:
        return fields.value(parameter.name, _parser(parameter, around))
    entry = fields.entry(parameter.name)
    if entry is None:
        return None
    shape = _NESTED[parameter.written]
    if not isinstance(entry.value, shape) or not plain(entry.value):
        fields.problem(parameter.name, want=parameter.example)
        return None
    return json.dumps(plain(entry.value))


def _content(fields: Fields, name: str, path: Path) -> str | None:
    try:
        return read_bounded(path, most_bytes=_MOST_BYTES).decode()
    except OSError as error:
        why = str(error.strerror).lower()
    except UnicodeDecodeError:
        why = "not in UTF-8"
    fields.problem(name, want=f"a file that can be kept in the run's record ({why})")
    return None


def _written(fields: Fields, parameter: Parameter) -> object:
    """Return how *parameter* stands in the file."""
    entry = fields.entry(parameter.name)
    nested = entry is not None and parameter.written in _NESTED
    return plain(entry.value) if entry and nested else fields.text(parameter.name)


def _check_sites(fields: Fields, parameters: Iterable[Parameter], around: Around) -> None:
    """Read the sites of a fault of no known kind, so that a mistake there is told with it."""
    for each in {each.name: each for each in parameters if each.written is Written.SITE}.values():
        if each.name in fields:
            fields.value(each.name, _parser(each, around))


def _parser(parameter: Parameter, around: Around) -> Parse[Value]:
    """Return what reads *parameter*, whose names must be those of the scenario and its target."""
    if parameter.written is Written.CHOICE:
        return values.one_of(parameter.choices)
    if parameter.written in (Written.SITE, Written.SOURCE, Written.QUEUE, Written.LINE):
        options = around.names(parameter.written)
        return values.one_of(options) if options else values.text
    others: dict[Written, Parse[Value]] = {
        Written.SHARE: values.share,
        Written.DURATION: values.duration,
        Written.NUMBER: values.number(parameter.least, parameter.most),
        Written.TEXT: values.text,
    }
    return others[parameter.written]


def _check_window(fields: Fields, start_s: float, end_s: float, phase_s: float | None) -> None:
    if phase_s is not None and end_s > phase_s:
        found = f"a fault from {format_duration(start_s)} to {format_duration(end_s)}"
        want = f"an end within its phase of {format_duration(phase_s)}, so that it heals there"
        fields.problem("for", found=found, want=want)


def _check_apart(
    faults: Iterable[tuple[Node, FaultPlan]], around: Around, problems: Problems
) -> None:
    """Add a problem for each fault that begins while another one still holds the same place.

    Or takes the same thing of our own side for itself.
    """
    ordered = sorted(faults, key=lambda each: each[1].at_s)
    for (_, earlier), (node, later) in combinations(ordered, 2):
        if later.at_s >= earlier.end_s:
            continue
        found = f"{later.kind} at {format_duration(later.at_s)}, while {earlier.kind} holds"
        want = f"an 'at' of {format_duration(earlier.end_s)} or later"
        if _meet(earlier.place, later.place):
            problems.add(node.place, found=found, want=f"{want} for {later.place!r}")
        for each in _taken(earlier, around) & _taken(later, around):
            problems.add(node.place, found=found, want=f"{want}: both take {each} for themselves")


def _taken(fault: FaultPlan, around: Around) -> set[str]:
    return set(around.kinds[fault.kind].takes(fault.asked))


def _meet(one: str, other: str) -> bool:
    """Return whether one of two places is the other, or part of it."""
    parts, others = one.split("/"), other.split("/")
    short = min(len(parts), len(others))
    return parts[:short] == others[:short]
