"""What an SLA says beside its objectives: waivers, when to stop early, how it moves with time."""

from collections.abc import Mapping, Sequence
from datetime import date

from harness.files import values
from harness.files.document import Node
from harness.files.fields import A_TABLE, Fields, Key, Keys, fields_of, parsed, read_person
from harness.files.goals import Condition, condition, limit_of
from harness.files.known import KpiRule
from harness.files.objective import JUDGED
from harness.files.problems import did_you_mean
from harness.model.scenario import PhaseKind
from harness.model.sla import (
    DIP,
    DIP_MONTHS,
    SHORT_ABANDON_S,
    YEARLY,
    Each,
    Formula,
    Objective,
    Progression,
    StopRule,
    Waiver,
)

_months = values.whole(0, 240)


def _kind(written: str) -> PhaseKind:
    return PhaseKind(values.one_of(JUDGED)(written))


WAIVER: Keys = {
    "objective": Key(
        "objective: service_level[billing]",
        "Which one: its KPI, and in brackets for what it is judged.",
        values.text,
    ),
    "phase": Key(
        "phase: fault",
        "In which kind of phase alone.",
        _kind,
        default="all",
    ),
    "until": Key("until: 2026-12-31", "The last day on which it excuses.", values.day),
    "approved_by": Key(
        "approved_by: {name: Quality Board, contact: quality@client.example}",
        "Who answers for it.",
        A_TABLE,
    ),
    "why": Key("why: the second site opens in January", "The reason, in words.", values.text),
}
STOP_RULE: Keys = {
    "when": Key(
        "when: service_level < 50%", "A KPI, and the limit beyond which it is bad.", condition
    ),
    "for": Key("for: 5m", "How long it has to last; centre time.", values.duration),
    "phases": Key(
        "phases: [steady, soak]",
        "In which kinds of phase it is watched.",
        "a list of kinds of phase",
        default="all but fault",
    ),
}
PROGRESSION: Keys = {
    "baseline": Key(
        "baseline: in-house", "Under which name the in-house figures are kept.", values.name
    ),
    "dip": Key(
        "dip: 5%",
        "How much worse than the baseline the provider may be at first.",
        values.share,
        default=f"{DIP:.0%}",
    ),
    "dip_months": Key(
        "dip_months: 6",
        "For how many months from go-live.",
        _months,
        default=f"{DIP_MONTHS}",
    ),
    "yearly": Key(
        "yearly: 5%",
        "How much less may fail with each year after that.",
        values.share,
        default=f"{YEARLY:.0%}",
    ),
    "months": Key(
        "months: 3",
        "How many months after go-live the run stands for.",
        _months,
    ),
}
WATCHED_BY_DEFAULT = JUDGED - {PhaseKind.FAULT}
"""A fault is meant to hurt: a rule that shall end one says so."""


def read_waivers(
    fields: Fields,
    objectives: Sequence[Objective],
    kpis: Mapping[str, KpiRule],
    *,
    today: date | None,
) -> tuple[Waiver, ...]:
    """Return the waivers of an SLA; one without an approver, or that has ended, is a problem."""
    if "waivers" not in fields:
        return ()
    found = [
        _waiver(own, objectives, kpis, today=today)
        for node in fields.listing("waivers")
        if (own := fields_of(node, of="the waiver", keys=WAIVER, problems=fields.problems))
    ]
    return tuple(waiver for waiver in found if waiver)


def _waiver(
    fields: Fields,
    objectives: Sequence[Objective],
    kpis: Mapping[str, KpiRule],
    *,
    today: date | None,
) -> Waiver | None:
    named = fields.value("objective", values.text)
    until = fields.value("until", values.day)
    why = fields.value("why", values.text)
    approved_by = read_person(fields, "approved_by") if "approved_by" in fields else None
    if "approved_by" not in fields:
        fields.problem(
            "approved_by", found="a waiver that nobody approved", want=WAIVER["approved_by"].example
        )
    kind = fields.value("phase", _kind) if "phase" in fields else None
    if until and today and until < today:
        found = f"a waiver that ended on {until.isoformat()}"
        want = "a later day that somebody approves, or no waiver: an expired one excuses nothing"
        fields.problem("until", found=found, want=want)
    if named is None:
        return None
    kpi, scope = _named(named)
    if not _check_waived(fields, kpi, scope, objectives, kpis):
        return None
    if kind is not None:
        _check_kind(fields, kind, [each for each in objectives if each.kpi == kpi], kpis[kpi])
    if until is None or why is None or approved_by is None:
        return None
    return Waiver(kpi, until, approved_by, why, scope, kind, fields.place.line or 0)


def _check_kind(
    fields: Fields, kind: PhaseKind, waived: Sequence[Objective], rule: KpiRule
) -> None:
    """Tell a waiver for a *kind* of phase in which nothing is asked: it would excuse nothing."""
    if rule.phase_kinds == frozenset():
        fields.problem("phase", want=f"no 'phase': {rule.name} is judged once, for the whole run")
    elif not any(kind in each.gates for each in waived):
        kinds = sorted({str(each) for objective in waived for each in objective.gates})
        want = f"a kind of phase in which {rule.name} is asked for: {', '.join(kinds)}"
        fields.problem("phase", want=want)


def _named(written: str) -> tuple[str, str]:
    """Return the KPI and the scope of ``service_level[billing]``."""
    kpi, bracket, rest = written.partition("[")
    return kpi.strip(), rest.removesuffix("]").strip() if bracket else ""


def _check_waived(
    fields: Fields,
    kpi: str,
    scope: str,
    objectives: Sequence[Objective],
    kpis: Mapping[str, KpiRule],
) -> bool:
    """Whether a waiver can be for *kpi* of *scope*; a problem if not."""
    mine = [each for each in objectives if each.kpi == kpi]
    if not mine:
        known = {each.kpi for each in objectives} or set(kpis)
        want = f"an objective of this SLA: {did_you_mean(kpi, known)}"
        fields.problem("objective", found=f"a waiver for {kpi}", want=want)
    elif scope and all(each.each is Each.ALL and not each.clocks for each in mine):
        want = f"objective: {kpi}, which is judged for all at once"
        fields.problem("objective", want=want)
    elif scope and not any(_may_be(scope, each) for each in mine):
        known = {name for each in mine for name in (*each.only, *(each.clocks or ()))}
        fields.problem("objective", want=f"one it is judged for: {did_you_mean(scope, known)}")
    else:
        return True
    return False


def _may_be(scope: str, objective: Objective) -> bool:
    """Whether *objective* may be judged for *scope*, as far as the SLA alone can tell."""
    if objective.clocks:
        return scope in objective.clocks
    return objective.each is not Each.ALL and (not objective.only or scope in objective.only)


def read_stop_rules(
    fields: Fields, objectives: Sequence[Objective], kpis: Mapping[str, KpiRule]
) -> tuple[StopRule, ...]:
    """Return when a run is to be ended early."""
    if "stop_early" not in fields:
        return ()
    found = [
        _stop_rule(own, objectives, kpis)
        for node in fields.listing("stop_early")
        if (own := fields_of(node, of="the stop rule", keys=STOP_RULE, problems=fields.problems))
    ]
    return tuple(rule for rule in found if rule)


def _stop_rule(
    fields: Fields, objectives: Sequence[Objective], kpis: Mapping[str, KpiRule]
) -> StopRule | None:
    when = fields.value("when", condition)
    for_s = fields.value("for", values.duration)
    kinds = WATCHED_BY_DEFAULT
    if "phases" in fields:
        kinds = frozenset(_kinds(fields.listing("phases"), fields))
    limit = _limit(fields, when, kpis) if when else None
    if when is None or for_s is None or limit is None:
        return None
    rule = kpis[when.kpi]
    asked = _objective_of(when, objectives)
    if rule.needs_threshold and (asked is None or asked.threshold_s is None):
        want = f"an objective for {when.kpi} that says within which time, as in 80/20"
        fields.problem("when", found=f"{when.kpi} without a time to answer in", want=want)
        return None
    return StopRule(
        kpi=when.kpi,
        scope=when.scope,
        limit=limit,
        for_s=for_s,
        text=fields.value("when", values.text) or "",
        kinds=kinds,
        threshold_s=asked.threshold_s if asked else None,
        formula=asked.formula if asked else Formula.OFFERED,
        short_abandon_s=asked.short_abandon_s if asked else SHORT_ABANDON_S,
        line=fields.place.line or 0,
    )


def _objective_of(when: Condition, objectives: Sequence[Objective]) -> Objective | None:
    """Return the objective whose time and formula a rule goes by; None if the SLA has none.

    That of the rule's queue, or of all calls, if there is one; else the first of its KPI.
    """
    mine = [each for each in objectives if each.kpi == when.kpi]
    by = Each.QUEUE if when.scope else Each.ALL
    fitting = [
        each for each in mine if each.each is by and (not each.only or when.scope in each.only)
    ]
    return next(iter(fitting or mine), None)


def _kinds(nodes: Sequence[Node], fields: Fields) -> list[PhaseKind]:
    kinds = [parsed(node, _kind, fields.problems, key="phases") for node in nodes]
    return [kind for kind in kinds if kind]


def _limit(fields: Fields, when: Condition, kpis: Mapping[str, KpiRule]) -> float | None:
    """Return beyond which value the run is ended; None, and a problem, if that makes no sense."""
    try:
        rule = kpis[values.one_of(kpis)(when.kpi)]
        limit = limit_of(when, rule)
    except ValueError as error:
        fields.problem("when", want=str(error))
        return None
    if not rule.by_phase:
        want = f"a KPI that is known while a phase goes on; {rule.name} is not"
        fields.problem("when", want=want)
        return None
    if when.scope and Each.QUEUE not in rule.scopes:
        want = f"{rule.name} without [{when.scope}]: it is not measured for single queues"
        fields.problem("when", want=want)
        return None
    return limit


def read_progression(fields: Fields) -> Progression | None:
    """Return how the SLA moves with the months since go-live; None if it stands still."""
    if "progression" not in fields:
        return None
    own = fields.inner("progression", PROGRESSION)
    if own is None:
        return None
    baseline = own.value("baseline", values.name)
    dip = own.value_or("dip", values.share, default=DIP)
    dip_months = own.value_or("dip_months", _months, default=DIP_MONTHS)
    yearly = own.value_or("yearly", values.share, default=YEARLY)
    months = own.value("months", _months)
    if baseline is None or dip is None or dip_months is None or yearly is None or months is None:
        return None
    return Progression(baseline, dip, dip_months, yearly, months)
