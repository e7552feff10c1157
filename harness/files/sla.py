"""From an SLA file to an ``Sla``, or the problems that stand in the way."""

from collections.abc import Mapping

from harness.files import values
from harness.files.document import Document, Entry, Table
from harness.files.fields import Fields, fields_of, parsed, read_owner
from harness.files.goals import Goal, bound_value, default_bound, goal, is_worse_or_equal, within
from harness.files.known import KpiRule
from harness.files.problems import Problems
from harness.files.values import Parse
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import Bound, Each, Objective, Sla

RECOVERY = "recovery"
"""The one KPI that is measured against a level of service, at which it counts as restored."""
JUDGED = frozenset(PhaseKind) - {PhaseKind.LINES}
BY_DEFAULT = frozenset({PhaseKind.STEADY, PhaseKind.SOAK})

_SLA = {
    "name": "name: outsourced-care",
    "confidence": "confidence: 95%",
    "owner": "owner: {name: Service Desk, contact: desk@client.example}",
    "objectives": "a list of objectives, as in '- {kpi: service_level, goal: 80/20}'",
}
_OBJECTIVE = {
    "kpi": "kpi: service_level",
    "goal": "goal: 80/20",
    "each": "each: queue",
    "gates": "gates: {steady: 80%, fault: 60%}",
    "owner": _SLA["owner"],
    "must_pass": "must_pass: yes",
    "restored_at": "restored_at: 60/20",
}
_BOUND = {"goal": "goal: 80%", "warn": "warn: 78%"}


def read_sla(document: Document, kpis: Mapping[str, KpiRule], problems: Problems) -> Sla | None:
    """Return what *document* requires, and tell *problems* what is wrong with it."""
    fields = fields_of(document.root, of="the SLA", examples=_SLA, problems=problems)
    if fields is None:
        return None
    name = fields.value("name", values.name)
    confidence = fields.value("confidence", _confidence)
    default_owner = read_owner(fields) if "owner" in fields else None
    objectives: list[Objective] = []
    for node in fields.listing("objectives"):
        own = fields_of(node, of="the objective", examples=_OBJECTIVE, problems=problems)
        if own and "owner" not in own and "owner" not in fields:
            own.problem("owner", found="an objective without an owner", want=_SLA["owner"])
        objective = _objective(own, kpis, default_owner) if own else None
        if own and objective:
            _check_new(objective, objectives, own)
            objectives.append(objective)
    if name is None or confidence is None:
        return None
    return Sla(name, confidence, tuple(objectives), document.path, document.sha256)


def _confidence(written: str) -> float:
    confidence = values.share(written)
    if not 0.5 <= confidence <= 0.999:
        raise ValueError("a percentage from 50% to 99.9%, such as 95%")
    return confidence


def _objective(
    fields: Fields, kpis: Mapping[str, KpiRule], default_owner: Owner | None
) -> Objective | None:
    owner = read_owner(fields) if "owner" in fields else default_owner
    must_pass = fields.value_or("must_pass", values.yes_no, default=True)
    kpi = fields.value("kpi", values.one_of(kpis))
    if kpi is None:
        return None  # how the rest is written depends on the KPI
    rule = kpis[kpi]
    required = fields.value("goal", goal(rule))
    goal_text = fields.value("goal", values.text)
    each = _each(fields, rule)
    restored = _restored_at(fields, rule)
    gates = _gates(fields, rule, required)
    if not (owner and required and goal_text and each) or must_pass is None:
        return None
    return Objective(
        kpi=kpi,
        goal_text=goal_text,
        each=each,
        gates=gates,
        owner=owner,
        must_pass=must_pass,
        threshold_s=(restored or required).threshold_s,
        restored_share=restored.value if restored else None,
    )


def _check_new(objective: Objective, earlier: list[Objective], fields: Fields) -> None:
    def subject(each: Objective) -> tuple[object, ...]:
        return each.kpi, each.each, each.threshold_s

    if subject(objective) in map(subject, earlier):
        found = f"a second objective for {objective.kpi} of {objective.each}"
        fields.problem("kpi", found=found, want="one, so that there is one owner and one goal")


def _each(fields: Fields, rule: KpiRule) -> Each | None:
    each = fields.value_or("each", values.member(Each), default=Each.ALL)
    if each is not None and each not in rule.scopes:
        found = f"{rule.name} for each {each}"
        fields.problem("each", found=found, want=f"each: {' or '.join(sorted(rule.scopes))}")
    return each


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
    fields = Fields(gate.value, of=f"the gate {key}", examples=_BOUND, problems=problems)
    value = fields.value("goal", parse)
    warn = fields.value("warn", parse) if "warn" in fields else None
    if value is None:
        return None
    if warn is None:
        return default_bound(value, rule)
    if not is_worse_or_equal(warn, value, rule):
        fields.problem("warn", want=f"a limit no better than the goal: {rule.direction} is better")
    return Bound(value, warn)
