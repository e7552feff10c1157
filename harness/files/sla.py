"""From an SLA file to an ``Sla``, or the problems that stand in the way."""

from collections.abc import Mapping
from datetime import date

from harness.files import values
from harness.files.document import Document
from harness.files.fields import A_LIST, A_TABLE, Fields, Key, Keys, fields_of, read_owner
from harness.files.goals import points
from harness.files.known import KpiRule
from harness.files.objective import OBJECTIVE, OWNER, Defaults, contacts, read_objective
from harness.files.problems import Problems
from harness.files.sla_rules import read_progression, read_stop_rules, read_waivers
from harness.model.sla import SHORT_ABANDON_S, Formula, Objective, Sla


def _confidence(written: str) -> float:
    confidence = values.share(written)
    if not 0.5 <= confidence <= 0.999:
        raise ValueError("a percentage from 50% to 99.9%, such as 95%")
    return confidence


SLA: Keys = {
    "name": Key("name: outsourced-care", "What reports call the contract.", values.name),
    "confidence": Key("confidence: 95%", "How sure an answer has to be.", _confidence),
    "owner": Key(
        OWNER,
        "Who answers for the objectives that name nobody.",
        A_TABLE,
        default="needed unless each objective has one",
    ),
    "objectives": Key(
        "a list of objectives, as in '- {kpi: service_level, goal: 80/20}'",
        "What is required.",
        A_LIST,
    ),
    "formula": Key(
        "formula: offered",
        "How service levels are counted.",
        values.member(Formula),
        default="offered",
    ),
    "short_abandon": Key(
        "short_abandon: 5s",
        "Below this an abandon is short, for the formulas that tell.",
        values.duration,
        default="5s",
    ),
    "min_contacts": Key(
        "min_contacts: 100",
        "From fewer contacts nothing is decided.",
        contacts,
        default="no such number",
    ),
    "tolerance": Key(
        "tolerance: 3 points",
        "How far the provider's figure may be from what callers experienced.",
        points,
        default="",
    ),
    "waivers": Key(
        "a list of waivers, as in '- {objective: service_level[billing], until: ...}'",
        "Objectives that somebody answers for although they are not met.",
        A_LIST,
        default="",
    ),
    "stop_early": Key(
        "stop_early: [{when: service_level < 50%, for: 5m}]",
        "When a run is ended early, with exit code 5.",
        A_LIST,
        default="",
    ),
    "progression": Key(
        "progression: {baseline: in-house, months: 3}",
        "How what is required moves with the months since go-live.",
        A_TABLE,
        default="",
    ),
    "release_rule": Key(
        "release_rule: two GOs in a row, the second within a week of the cutover",
        "How many GOs a release needs, in words; reports repeat it.",
        values.text,
        default="",
    ),
}


def read_sla(
    document: Document,
    kpis: Mapping[str, KpiRule],
    problems: Problems,
    *,
    today: date | None = None,
) -> Sla | None:
    """Return what *document* requires, and tell *problems* what is wrong with it.

    A waiver that ended before *today* is a problem; without a day none has ended.
    """
    fields = fields_of(document.root, of="the SLA", keys=SLA, problems=problems)
    if fields is None:
        return None
    name = fields.value("name", values.name)
    confidence = fields.value("confidence", _confidence)
    release_rule = fields.value_or("release_rule", values.text, default="")
    objectives = _objectives(fields, kpis, _defaults(fields))
    waivers = read_waivers(fields, objectives, kpis, today=today)
    stop_early = read_stop_rules(fields, objectives, kpis)
    progression = read_progression(fields)
    if name is None or confidence is None:
        return None
    return Sla(
        name=name,
        confidence=confidence,
        objectives=objectives,
        path=document.path,
        sha256=document.sha256,
        waivers=waivers,
        stop_early=stop_early,
        progression=progression,
        release_rule=release_rule or "",
    )


def _defaults(fields: Fields) -> Defaults:
    formula = fields.value_or("formula", values.member(Formula), default=Formula.OFFERED)
    short_s = fields.value_or("short_abandon", values.duration, default=SHORT_ABANDON_S)
    return Defaults(
        owner=read_owner(fields) if "owner" in fields else None,
        formula=formula or Formula.OFFERED,
        short_abandon_s=short_s or SHORT_ABANDON_S,
        min_contacts=fields.value_or("min_contacts", contacts, default=0) or 0,
        tolerance=fields.value("tolerance", points) if "tolerance" in fields else None,
    )


def _objectives(
    fields: Fields, kpis: Mapping[str, KpiRule], defaults: Defaults
) -> tuple[Objective, ...]:
    objectives: list[Objective] = []
    for node in fields.listing("objectives"):
        own = fields_of(node, of="the objective", keys=OBJECTIVE, problems=fields.problems)
        if own and "owner" not in own and "owner" not in fields:
            own.problem("owner", found="an objective without an owner", want=OWNER)
        objective = read_objective(own, kpis, defaults) if own else None
        if own and objective:
            _check_new(objective, objectives, own)
            objectives.append(objective)
    return tuple(objectives)


def _check_new(objective: Objective, earlier: list[Objective], fields: Fields) -> None:
    if any(_is_the_same(each, objective) for each in earlier):
        found = f"a second objective for {objective.kpi} of {objective.each}"
        fields.problem("kpi", found=found, want="one, so that there is one owner and one goal")


def _is_the_same(one: Objective, other: Objective) -> bool:
    """Return whether both ask the same of the same, or would of one of those they name.

    A priority may have two clocks: 90 % of P1 within 15 minutes, and 99 % within an hour.
    """

    def question(each: Objective) -> tuple[object, ...]:
        return each.kpi, each.each, each.threshold_s, each.restored_share, each.formula

    def named(each: Objective) -> set[object]:
        clocks = (each.clocks or {}).items()
        return {*each.only, *((priority, clock.within_s) for priority, clock in clocks)}

    if question(one) != question(other):
        return False
    mine, others = named(one), named(other)
    shared = mine & others or not (mine and others)
    return mine == others or bool(shared and one.gates.keys() & other.gates.keys())
