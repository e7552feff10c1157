"""From one entry under ``objectives`` to an ``Objective``, or the problems in its way."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.files import values
from harness.files.document import Entry, Table
from harness.files.fields import A_TABLE, Fields, Key, Keys, items_of, parsed, read_owner
from harness.files.goals import (
    Goal,
    bound_value,
    clock,
    default_bound,
    goal,
    intervals_met,
    is_worse_or_equal,
    points,
    within,
)
from harness.files.known import KpiRule
from harness.files.problems import Problems
from harness.files.values import Parse
from harness.model.contact import PRIORITIES
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import (
    SHORT_ABANDON_S,
    Bound,
    Clock,
    Each,
    Formula,
    IntervalsMet,
    Objective,
    Unit,
)
from harness.model.units import exact_share, format_duration

RECOVERY = "recovery"
"""The one KPI that is measured against a level of service, at which it counts as restored."""
JUDGED = frozenset(PhaseKind) - {PhaseKind.LINES}
BY_DEFAULT = frozenset({PhaseKind.STEADY, PhaseKind.SOAK})

OWNER = "owner: {name: Service Desk, contact: desk@client.example}"
contacts = values.whole(1, 999_999)
"""From fewer nothing is decided."""

OBJECTIVE: Keys = {
    "kpi": Key("kpi: service_level", "What is measured.", "a KPI of the catalogue"),
    "goal": Key(
        "goal: 80/20",
        "The value required, in the KPI's own unit.",
        "`80/20`, `90% within 15m`, `<= 5%`, `<= 28s`, by the KPI",
        default="needed without `clocks`",
    ),
    "each": Key(
        "each: queue",
        "For what it is judged one by one; `{site: [north]}` for some.",
        values.member(Each),
        default="all",
    ),
    "gates": Key(
        "gates: {steady: 80%, fault: 60%}",
        "The value required in phases of each kind; a kind that is left out is not judged.",
        "a table: kind of phase, then a value or a table",
        default="the goal, where load is steady",
    ),
    "owner": Key(OWNER, "Who answers for it.", A_TABLE, default="the SLA's"),
    "must_pass": Key(
        "must_pass: yes",
        "Whether a GO needs it decided.",
        values.yes_no,
        default="yes",
    ),
    "restored_at": Key(
        "restored_at: 60/20",
        "The level of service at which a recovery counts as over.",
        within,
        default="needed of recovery",
    ),
    "formula": Key(
        "formula: offered",
        "How a service level is counted.",
        values.member(Formula),
        default="the SLA's",
    ),
    "short_abandon": Key(
        "short_abandon: 5s", "Below this an abandon is short.", values.duration, default="the SLA's"
    ),
    "clocks": Key(
        "clocks: {P1: 10m, P2: 30m, P3: 4h business, P4: 24h business}",
        "Within how long a ticket of each priority has to be served.",
        "a table: priority, then a duration, with `business` in business hours alone",
        default="",
    ),
    "met": Key(
        "met: 95%",
        "The share that has to be served within its clock.",
        values.share,
        default="needed with `clocks`",
    ),
    "min_contacts": Key(
        "min_contacts: 400",
        "From fewer contacts it is not decided.",
        contacts,
        default="the SLA's",
    ),
    "intervals_met": Key(
        "intervals_met: 90% of 30m",
        "How many of the intervals have to meet the goal, each by itself.",
        intervals_met,
        default="",
    ),
    "tolerance": Key(
        "tolerance: 3 points",
        "How far the provider's figure may be from what callers experienced.",
        points,
        default="the SLA's",
    ),
    "why": Key(
        "why: schedule 3, section 4.2", "Where the contract says so.", values.text, default=""
    ),
}
BOUND: Keys = {
    "goal": Key("goal: 80%", "The value required.", "as in `goal`, without the time"),
    "warn": Key(
        "warn: 78%",
        "Below it a miss is more than a warning.",
        "as in `goal`, without the time",
        default="2 points worse, or 10 % of what is no share",
    ),
}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the whole SLA says of its objectives, unless one of them says otherwise."""

    owner: Owner | None = None
    formula: Formula = Formula.OFFERED
    short_abandon_s: float = SHORT_ABANDON_S
    min_contacts: int = 0
    tolerance: float | None = None


def read_objective(
    fields: Fields, kpis: Mapping[str, KpiRule], defaults: Defaults
) -> Objective | None:
    """Return the objective that *fields* describe; None, and problems, if they do not."""
    owner = read_owner(fields) if "owner" in fields else defaults.owner
    must_pass = fields.value_or("must_pass", values.yes_no, default=True)
    why = fields.value_or("why", values.text, default="")
    kpi = fields.value("kpi", values.one_of(kpis))
    if kpi is None:
        return None  # how the rest is written depends on the KPI
    rule = kpis[kpi]
    clocks = _clocks(fields, rule)
    required, goal_text = _goal(fields, rule, clocks)
    each, only = _each(fields, rule)
    restored = _restored_at(fields, rule)
    gates = _gates(fields, rule, required)
    formula, short_abandon_s = _counting(fields, rule, defaults)
    if not (owner and required and goal_text and each) or must_pass is None:
        return None
    return Objective(
        kpi=kpi,
        goal_text=goal_text,
        each=each,
        only=only,
        gates=gates,
        owner=owner,
        must_pass=must_pass,
        threshold_s=(restored or required).threshold_s,
        restored_share=restored.value if restored else None,
        formula=formula,
        short_abandon_s=short_abandon_s,
        clocks=clocks,
        min_contacts=_min_contacts(fields, rule, defaults),
        intervals_met=_intervals_met(fields, rule),
        tolerance=_tolerance(fields, rule, defaults),
        why=why or "",
        line=fields.place.line or 0,
        goal=required.value,
    )


# ---------------------------------------------------------------------- what is required


def _goal(
    fields: Fields, rule: KpiRule, clocks: Mapping[str, Clock] | None
) -> tuple[Goal | None, str | None]:
    """Return what is required and how the contract words it: from ``goal``, or ``clocks`` met."""
    if "clocks" not in fields or not rule.by_priority:
        if "met" in fields:
            fields.problem("met", want=f"'met' beside clocks only: {OBJECTIVE['clocks'].example}")
        required = fields.value("goal", goal(rule))
        if required and required.threshold_s is not None:
            _check_bound(fields, "goal", required.threshold_s, rule)
        return required, fields.value("goal", values.text) if required else None
    if "goal" in fields:
        fields.problem("goal", want="either a goal or clocks and 'met', not both")
    met = fields.value("met", values.share)
    if met is None or clocks is None:
        return None, None
    each = ", ".join(
        f"{priority} {format_duration(each.within_s)}" for priority, each in clocks.items()
    )
    return Goal(met), f"{exact_share(met).replace(' ', '')} within {each}"


def _clocks(fields: Fields, rule: KpiRule) -> dict[str, Clock] | None:
    if "clocks" not in fields:
        return None
    if not rule.by_priority:
        fields.problem("clocks", want=f"no 'clocks': {rule.name} is not measured by priority")
        return None
    clocks: dict[str, Clock] = {}
    for entry in fields.table("clocks").values():
        priority = parsed(entry.key, values.one_of(PRIORITIES), fields.problems, key="clocks")
        found = parsed(entry.value, clock, fields.problems, key=entry.key.text)
        if priority and found:
            if problem := bound_problem(found.within_s, rule):
                fields.problems.add(entry.value.place, found=problem[0], want=problem[1])
            clocks[priority] = found
    return clocks or None


def _check_bound(fields: Fields, key: str, threshold_s: float, rule: KpiRule) -> None:
    if problem := bound_problem(threshold_s, rule):
        fields.problem(key, found=problem[0], want=problem[1])


def bound_problem(threshold_s: float, rule: KpiRule) -> tuple[str, str] | None:
    """Return what was found and wanted if no bucket ends at *threshold_s*; None if one does.

    A share within a time is counted, never interpolated: the time has to be a bucket's bound.
    """
    if not rule.bounds or threshold_s in rule.bounds:
        return None
    below = [each for each in rule.bounds if each < threshold_s][-1:]
    above = [each for each in rule.bounds if each > threshold_s][:1]
    near = " or ".join(format_duration(each) for each in below + above)
    found = f"{format_duration(threshold_s)}, where no bucket of {rule.name} ends"
    return found, f"a bound of its histogram: {near}; nothing is interpolated"


# ---------------------------------------------------------------------- for whom, and how counted


def _each(fields: Fields, rule: KpiRule) -> tuple[Each | None, tuple[str, ...]]:
    """Return for what it is judged one by one, and for which of those; empty for all."""
    entry = fields.entry("each") if "each" in fields else None
    only: tuple[str, ...] = ()
    each: Each | None = Each.ALL
    if entry is not None and isinstance(entry.value, Table):
        each, only = _some(fields)
    elif entry is not None:
        each = fields.value("each", values.member(Each))
    if each is not None and each not in rule.scopes:
        found = f"{rule.name} for each {each}"
        fields.problem("each", found=found, want=f"each: {' or '.join(sorted(rule.scopes))}")
    if each not in (None, Each.ALL) and "clocks" in fields:
        fields.problem("each", want="no 'each' beside clocks: each priority is judged by itself")
    return each, only


def _some(fields: Fields) -> tuple[Each | None, tuple[str, ...]]:
    """Return what ``each: {site: [north]}`` says."""
    entries = fields.table("each")
    if len(entries) != 1:
        if entries:
            fields.problem("each", want="one of queue, line and site, as in {site: [north]}")
        return None, ()
    (named,) = entries.values()
    each = parsed(named.key, values.member(Each), fields.problems, key="each")
    names: list[str] = []
    for node in items_of(named, "a list of names, as in [north]", fields.problems):
        name = parsed(node, values.text, fields.problems)
        if name in names:
            fields.problems.add(node.place, found=f"{name!r} again in each", want="each name once")
        elif name:
            names.append(name)
    return each, tuple(names)


def _counting(fields: Fields, rule: KpiRule, defaults: Defaults) -> tuple[Formula, float]:
    """Return by which formula it is counted, and below which wait an abandon is short."""
    formula, short_s = defaults.formula, defaults.short_abandon_s
    if "formula" in fields:
        if rule.by_formula:
            formula = fields.value("formula", values.member(Formula)) or formula
        else:
            fields.problem("formula", want="no 'formula': it belongs to service_level alone")
    if "short_abandon" in fields:
        if rule.by_short:
            short_s = fields.value("short_abandon", values.duration) or short_s
        else:
            want = f"no 'short_abandon': {rule.name} knows no short abandons"
            fields.problem("short_abandon", want=want)
    return (formula if rule.by_formula else Formula.OFFERED), short_s


def _min_contacts(fields: Fields, rule: KpiRule, defaults: Defaults) -> int:
    counts = rule.by_phase and rule.of_contacts
    if "min_contacts" in fields and not counts:
        fields.problem(
            "min_contacts", want=f"no 'min_contacts': {rule.name} is no figure of single contacts"
        )
    elif "min_contacts" in fields:
        return fields.value("min_contacts", contacts) or 0
    return defaults.min_contacts if counts else 0


def _intervals_met(fields: Fields, rule: KpiRule) -> IntervalsMet | None:
    if "intervals_met" not in fields:
        return None
    if not rule.by_phase or not rule.by_callers or "clocks" in fields:
        want = f"no 'intervals_met': {rule.name} is not measured by intervals"
        fields.problem("intervals_met", want=want)
        return None
    return fields.value("intervals_met", intervals_met)


def _tolerance(fields: Fields, rule: KpiRule, defaults: Defaults) -> float | None:
    comparable = rule.two_views and rule.unit is Unit.SHARE
    if "tolerance" not in fields:
        return defaults.tolerance if comparable else None
    if not comparable:
        want = f"no 'tolerance': callers and provider do not both tell {rule.name} as a share"
        fields.problem("tolerance", want=want)
        return None
    return fields.value("tolerance", points)


def _restored_at(fields: Fields, rule: KpiRule) -> Goal | None:
    if rule.name == RECOVERY:
        return fields.value("restored_at", within)
    if "restored_at" in fields:
        fields.problem("restored_at", want=f"no 'restored_at': it belongs to {RECOVERY} alone")
    return None


def _gates(fields: Fields, rule: KpiRule, required: Goal | None) -> dict[PhaseKind, Bound]:
    """Return the bound per kind of phase: as written, else the goal wherever load is steady.

    A KPI that steady load cannot show has it in all its kinds of phase, and one that is judged
    once for the whole run under ``steady``.
    """
    allowed = JUDGED if rule.phase_kinds is None else rule.phase_kinds
    if "gates" in fields and not allowed:
        want = f"no 'gates': {rule.name} is judged once, for the whole run"
        fields.problem("gates", found=f"gates for {rule.name}", want=want)
        return {}
    if "gates" in fields:
        return _written_gates(fields, rule, allowed)
    if required is None:
        return {}
    kinds = (BY_DEFAULT & allowed) or allowed or {PhaseKind.STEADY}
    return {kind: default_bound(required.value, rule) for kind in PhaseKind if kind in kinds}


def _written_gates(
    fields: Fields, rule: KpiRule, allowed: frozenset[PhaseKind]
) -> dict[PhaseKind, Bound]:
    gates = {
        kind: _bound(entry, rule, fields.problems)
        for entry in fields.table("gates").values()
        if (kind := parsed(entry.key, _kind_among(allowed), fields.problems, key="gates"))
    }
    return {kind: bound for kind, bound in gates.items() if bound}


def _kind_among(allowed: frozenset[PhaseKind]) -> Parse[PhaseKind]:
    known = values.one_of(allowed)
    return lambda written: PhaseKind(known(written))


def _bound(gate: Entry, rule: KpiRule, problems: Problems) -> Bound | None:
    """Return the bound of one gate: a value, or a table of goal and warn."""
    key, parse = gate.key.text, bound_value(rule)
    if not isinstance(gate.value, Table):
        value = parsed(gate.value, parse, problems, key=key)
        return None if value is None else default_bound(value, rule)
    fields = Fields(gate.value, of=f"the gate {key}", keys=BOUND, problems=problems)
    value = fields.value("goal", parse)
    warn = fields.value("warn", parse) if "warn" in fields else None
    if value is None:
        return None
    if warn is None:
        return default_bound(value, rule)
    if not is_worse_or_equal(warn, value, rule):
        fields.problem("warn", want=f"a limit no better than the goal: {rule.direction} is better")
    return Bound(value, warn)
