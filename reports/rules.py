"""Recording and alert rules for Prometheus, from the catalogue of KPIs and a contract.

A rule computes what a gate counts, from the same expression; its window is wall time. Every rule
keeps the label ``run``, which only rehearsals have: a rehearsal is never added to the real centre's
figures, and its alerts carry ``rehearsal="true"``, by which nobody need be paged. What no alert can
watch is named at the top of the file, with the reason.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from harness.kpi.catalogue import CATALOGUE, Kpi, Question
from harness.kpi.expression import Share, Total
from harness.kpi.promql import RecordingRule, promql, quoted
from harness.model.own_metrics import CENTRE_JOB, JOB, METRICS_PORT, RUN
from harness.model.scenario import PhaseKind
from harness.model.sla import Each, Hours, Objective, Sla, Unit
from harness.model.verdict import View
from harness.verdict.asked import question

WINDOW = "5m"
FEWEST_CONTACTS = 20
"""A share of fewer contacts pages nobody."""
_USUAL_S = {
    "service_level": 20.0,
    "ticket_first_reply": 3600.0,
    "ticket_next_reply": 14_400.0,
    "ticket_resolution": 86_400.0,
}
_LEVELS = ("queue", "line", "site", "priority")
_HEAD = "# Written by {by}, from {source}; do not edit.\n"
_OURS = "`make dashboards`"
_OR_EXPORTED = f"{_OURS}, or `harness export --rules`"
_UNTOLD = "what the provider's metrics do not tell"
_UNUSUAL = "what is asked of a fault, or of another phase that is no usual day"
_STANDING_STILL = "clocks that stand still out of business hours, which no metric knows of"
_REHEARSAL = "{{ if $labels.run }}true{{ end }}"
_SCRAPING = """\
global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}
rule_files: [kpis.rules.yml, alerts.rules.yml]
scrape_configs:
  - job_name: JOB
    static_configs:
      - {targets: ["127.0.0.1:PORT"], labels: {instance: JOB, rehearsal: "true"}}
  # The pages of the mock centre, whose ports differ from run to run: the harness knows them.
  - job_name: CENTRE
    http_sd_configs: [{url: "http://127.0.0.1:PORT/targets", refresh_interval: 5s}]
"""


def files(sla: Sla) -> dict[str, str]:
    """Return every file for Prometheus by its name, for the contract *sla*."""
    scraping = _SCRAPING.replace("JOB", JOB).replace("CENTRE", CENTRE_JOB)
    scraping = scraping.replace("PORT", f"{METRICS_PORT}")
    return {
        "prometheus.yml": _HEAD.format(by=_OURS, source="the harness") + scraping,
        "kpis.rules.yml": recording_file(sla, WINDOW),
        "alerts.rules.yml": alerts_file(sla, WINDOW),
    }


def recording_file(sla: Sla, window: str) -> str:
    """Return the recording rules over *window* as a file."""
    rules = [{"record": rule.record, "expr": rule.expr} for rule in recording_rules(sla, window)]
    return _written(f"the catalogue of KPIs as the contract {sla.name} asks them", "kpis", rules)


def alerts_file(sla: Sla, window: str, *, lasting: str = "1m") -> str:
    """Return the alert rules for *sla* as a file; a breach has to hold for *lasting*."""
    source = f"the contract {sla.name}"
    rules = [*_operations(window), *_breaches(sla, window, lasting)]
    return _written(source, "alerts", rules, "".join(_notes(sla)))


def recording_rules(sla: Sla, window: str = WINDOW) -> tuple[RecordingRule, ...]:
    """Return a rule for every KPI that Prometheus can tell, over all and by each of its labels."""
    rules = (
        kpi.rule(replace(asked, priority=None), window=window, by=by)
        for kpi in CATALOGUE.values()
        for asked in questions(kpi, sla)
        for by in levels(kpi)
    )
    return tuple(dict.fromkeys(rule for rule in rules if rule is not None))


def questions(kpi: Kpi, sla: Sla) -> tuple[Question, ...]:
    """Return what is asked of *kpi*: as *sla* asks it, or as is usual; each once, of everybody.

    Where each priority has a clock of its own, each is a question by itself.
    """
    asked = [
        replace(question(objective, scope), queue=None, line=None, site=None)
        for objective in sla.objectives
        if objective.kpi == kpi.name
        for scope in objective.clocks or ("",)
    ]
    if not asked:
        asked = [Question(threshold_s=_USUAL_S.get(kpi.name) if kpi.needs_threshold else None)]
    return tuple(dict.fromkeys(asked))


def levels(kpi: Kpi) -> tuple[tuple[str, ...], ...]:
    """Return the labels by which *kpi* is recorded: the run alone, and the run and one more."""
    return ((RUN,), *((RUN, each) for each in _LEVELS if each in kpi.labels))


# ---------------------------------------------------------------------- alerts


def _operations(window: str) -> Iterator[dict[str, Any]]:
    """Yield the alerts that any contact centre wants, whatever its contract says."""
    yield _alert(
        "SiteDown",
        f"min by ({RUN}, site) (cc_site_up) == 0",
        "page",
        "{{ $labels.site }} takes no part",
        "The edge has taken the site out; the others have its calls.",
    )
    yield _alert(
        "CallsLost",
        f"sum by ({RUN}, site) (increase(cc_calls_lost_total[{window}])) > 0",
        "page",
        "calls were lost with {{ $labels.site }}",
        "Callers who waited or talked there were cut off.",
    )
    yield _alert(
        "StoreDegraded",
        f"max by ({RUN}, site) (cc_store_degraded) == 1",
        "ticket",
        "tickets are not replicated from {{ $labels.site }}",
        "What is written now stands in one store alone.",
        lasting="10s",
    )
    pages = f'min by ({RUN}, instance) (up{{job="{CENTRE_JOB}"}})'
    # A rehearsal that is over leaves pages that nobody answers: all of them, and no alarm.
    any_of_the_run = f'max by ({RUN}) (up{{job="{CENTRE_JOB}", {RUN}!=""}})'
    yield _alert(
        "MetricsGone",
        f"{pages} == 0 unless on ({RUN}) {any_of_the_run} == 0",
        "ticket",
        "{{ $labels.instance }} tells nothing of itself",
        "Its page does not answer: what it would say is not known, not zero.",
        lasting="3s",
    )
    yield _alert(
        "GeneratorLate",
        f"max by ({RUN}) (harness_generator_lag_seconds)"
        f" * on ({RUN}) max by ({RUN}) (harness_speed) > 2",
        "ticket",
        "the generator is late",
        "Customers come later than planned, by more than a tenth of the 20 s of 80/20.",
        lasting="10s",
    )


def _breaches(sla: Sla, window: str, lasting: str) -> Iterator[dict[str, Any]]:
    """Yield an alert for every objective that the provider's metrics can tell to be missed."""
    for objective in sla.objectives:
        kind = _gate(objective)
        for scope in objective.clocks or ("",):
            if kind is not None and not _why_none(objective, scope):
                yield _breach(objective, kind, scope, window, lasting)


def _notes(sla: Sla) -> Iterator[str]:
    """Yield a comment for each reason why objectives of *sla* have no alert, with their names."""
    found: dict[str, dict[str, None]] = {}
    for objective in sla.objectives:
        for scope in objective.clocks or ("",):
            if why := _why_none(objective, scope):
                found.setdefault(why, {})[_named(objective, scope)] = None
    yield from (f"# No rule for {why}: {', '.join(names)}.\n" for why, names in found.items())


def _why_none(objective: Objective, priority: str) -> str:
    """Return why no alert can watch *objective*, of *priority* if it has clocks; empty if one can.

    A clock of business hours is left out, as a rule would take each night for a breach.
    """
    kpi, by = CATALOGUE[objective.kpi], _by(objective, priority)
    if kpi.expression is None or (by and by not in kpi.labels):
        return _UNTOLD
    if _gate(objective) is None:
        return _UNUSUAL
    clocks = objective.clocks or {}
    by_day = priority in clocks and clocks[priority].hours is Hours.BUSINESS
    return _STANDING_STILL if by_day else ""


def _named(objective: Objective, priority: str) -> str:
    by = _by(objective, priority)
    if not by or CATALOGUE[objective.kpi].expression is None:
        return objective.kpi
    return f"{objective.kpi} of {priority}" if priority else f"{objective.kpi} by {by}"


def _by(objective: Objective, priority: str) -> str:
    """Return the label for whose values *objective* is judged one by one; empty for all at once."""
    if priority:
        return "priority"
    return "" if objective.each is Each.ALL else objective.each.value


def _gate(objective: Objective) -> PhaseKind | None:
    """Return the kind of phase whose limits hold on any day; None if it has none of these."""
    usual = (PhaseKind.STEADY, PhaseKind.SOAK)
    return next((kind for kind in usual if kind in objective.gates), None)


def _breach(
    objective: Objective, kind: PhaseKind, priority: str, window: str, lasting: str
) -> dict[str, Any]:
    """Return the alert for *objective*: worse than the warn limit that it has in phases of *kind*.

    A rule cannot wait until chance is ruled out; a share of very few contacts is left alone.
    """
    kpi, each = CATALOGUE[objective.kpi], _by(objective, priority)
    asked = replace(question(objective, priority), queue=None, line=None, site=None, priority=None)
    by = (RUN, *([each] if each else []))
    only = _only(each, (priority,) if priority else objective.only)
    rule = kpi.rule(asked, window=window, by=by)
    assert rule is not None
    assert kpi.expression is not None
    worse = "<" if kpi.direction.is_at_least(1, 0) else ">"
    limit = objective.gates[kind].warn
    expr = f"{rule.record}{only} {worse} {limit:.10g}"
    expression = kpi.expression(asked)
    if isinstance(expression, Share):
        of = {"priority": priority} if priority else {}
        total = promql(Total(expression.total), window=window, by=by, of=of)
        expr += f" and {total} >= {FEWEST_CONTACTS}"
    where = " of {{ $labels." + each + " }}" if each else ""
    goal = _literally(objective.goal_text)
    return _alert(
        _camel(kpi.title) + "Missed",
        expr,
        "page" if objective.must_pass else "ticket",
        f"{kpi.title}{where}: {goal} is missed",
        kpi.definition,
        lasting=lasting,
        kpi=kpi.name,
        goal=goal,
        owner=_literally(objective.owner.name),
        view=View.PROVIDER.value,
        value="{{ $value | humanizePercentage }}" if kpi.unit is Unit.SHARE else "{{ $value }}",
    )


def _only(label: str, names: tuple[str, ...]) -> str:
    """Return the matcher that lets *names* alone through; none if there are none."""
    if not label or not names:
        return ""
    if len(names) == 1:
        return f'{{{label}="{quoted(names[0])}"}}'
    return f'{{{label}=~"{quoted("|".join(map(re.escape, names)))}"}}'


def _literally(text: str) -> str:
    """Return *text* as Prometheus writes it out in a label or an annotation, whatever it holds."""
    return text.replace("{{", '{{ "{{" }}')


def _alert(
    name: str,
    expr: str,
    severity: str,
    summary: str,
    description: str,
    *,
    lasting: str = "",
    value: str = "",
    **labels: str,
) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": name, "expr": expr}
    if lasting:
        rule["for"] = lasting
    rule["labels"] = {"severity": severity, "rehearsal": _REHEARSAL, **labels}
    told = f"It is {value}. {description}" if value else description
    rule["annotations"] = {"summary": summary, "description": told}
    return rule


def _camel(title: str) -> str:
    return "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", title))


def _written(source: str, name: str, rules: Sequence[Mapping[str, Any]], note: str = "") -> str:
    group = {"groups": [{"name": name, "rules": rules}]}
    body = yaml.safe_dump(group, sort_keys=False, width=100, allow_unicode=True)
    return _HEAD.format(by=_OR_EXPORTED, source=source) + note + body
