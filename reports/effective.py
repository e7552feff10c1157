"""``effective.yaml``: scenario, SLA and target as they were really used, defaults and all.

Written as people write them: durations as ``10m``, shares as ``60%``. Every value is a string, as
our loader reads YAML; one that a YAML reader could take for anything else stands in quotes. Of a
secret stands where it is, of a certificate or an attestation the name of its file.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.model.arrivals import Arrivals, week_text
from harness.model.callers import Callers, Delay
from harness.model.contact import REDIALS, Why
from harness.model.guard import Guarding
from harness.model.notify import Notify
from harness.model.patience import NAMED, Patience
from harness.model.runbook import Runbook
from harness.model.scenario import (
    FaultPlan,
    NowAndThen,
    Owner,
    Phase,
    Scenario,
    TicketTraffic,
)
from harness.model.search import Search
from harness.model.sla import Direction, Objective, Sla, Unit, Waiver
from harness.model.staffing import Spell, Staffing
from harness.model.target import (
    Caps,
    Login,
    Metrics,
    Remote,
    Renamed,
    Requirement,
    Secret,
    SignInKind,
    Target,
)
from harness.model.units import exact_share, format_duration
from harness.model.verdict import Verdict
from harness.model.writers import Writers
from harness.record.run_record import RunRecord
from harness.verdict.self_check import limits
from reports.sections import load_text, rejudged
from reports.words import visible

Node: TypeAlias = "str | Mapping[str, Node] | Sequence[Node]"

# A word that no reader of YAML 1.1 or 1.2 takes for a number, a boolean, null, a date or a tag.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(-][A-Za-z0-9_./()-]*)*")
_MEANT_OTHERWISE = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
_QUANTITY = re.compile(r"\d+(?:\.\d+)?(?:%|ms|s|m|h|d)(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))*")


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return what was run, and by what it was judged, as YAML."""
    head = "# What this run really used, defaults included.\n"
    if record.facts.control:
        head = "# A control run: its faults were left out.\n" + head
    if rejudged(record, verdict):
        head += "# The SLA is the one it was judged again by, not the run's own.\n"
    return head + written(record.scenario, verdict.sla, record.target)


def written(scenario: Scenario, sla: Sla, target: Target) -> str:
    """Return all that a run used, as YAML."""
    documents: dict[str, Node] = {
        "scenario": _scenario(scenario, sla),
        "sla": _sla(sla),
        "target": _target(target),
    }
    return "\n".join(_block(documents)) + "\n"


def _scenario(scenario: Scenario, sla: Sla) -> Node:
    limit = limits(scenario.generator, sla)
    node: dict[str, Node] = {
        "name": scenario.name,
        "proves": scenario.proves,
        "owner": _owner(scenario.owner),
        "seed": scenario.seed,
        "speed": f"{scenario.speed:g}",
        "interfaces": _interfaces(scenario),
        "traffic": _traffic(scenario),
        "phases": [_phase(phase) for phase in scenario.phases],
        "on_gate_failure": scenario.on_gate_failure.value,
        "generator": {
            "lag_p99": format_duration(limit.lag_p99_s),
            "loop_lag": format_duration(limit.loop_lag_s),
            "skew": format_duration(limit.skew_s),
            "dropped": _share(limit.dropped),
            "cpu": _share(limit.cpu),
            "beyond": "stop" if scenario.generator.stops else "go_on",
        },
    }
    if scenario.staffed_by is not None:
        node["staffed_by"] = _staffing(scenario.staffed_by)
    if scenario.in_house:
        node["in_house"] = scenario.in_house
    if scenario.operations is not None:
        room = scenario.operations
        node["operations"] = _known(prometheus=room.prometheus, alertmanager=room.alertmanager)
    if scenario.notify is not None:
        node["notify"] = _notify(scenario.notify)
    if scenario.runbooks:
        node["runbooks"] = [_runbook(each) for each in scenario.runbooks]
    return node if scenario.search is None else node | {"search": _search(scenario.search)}


def _interfaces(scenario: Scenario) -> Node:
    lines = {queue: list(numbers) for queue, numbers in scenario.lines.items()}
    return {"lines": lines, **_known(webhooks=list(scenario.webhooks))}


def _runbook(runbook: Runbook) -> Node:
    """Return what a runbook, or an article, tells machines."""
    node: dict[str, Node] = {"path": runbook.path}
    if runbook.review_by is not None:
        node["review_by"] = runbook.review_by.isoformat()
    if runbook.expects is not None:
        node["expects"] = sorted(runbook.expects)
    return node


def _search(search: Search) -> Node:
    node: dict[str, Node] = {
        "growth": f"{search.growth:g}",
        "resolution": f"{search.resolution:g}",
        "most": f"{search.most:g}",
        "trials": str(search.trials),
    }
    if search.expected is not None:
        node["expected"] = f"{search.expected:g}"
    return node | _known(expected_limit=search.expected_limit)


def _known(**nodes: Node) -> dict[str, Node]:
    """Return those of *nodes* that hold anything."""
    return {key: node for key, node in nodes.items() if node}


def _notify(notify: Notify) -> Node:
    """Return who was told; of an address and a secret, the place."""
    node: dict[str, Node] = {"url": _place(notify.url), "when": notify.when.value}
    return node if notify.secret is None else node | {"secret": _place(notify.secret)}


def _place(secret: Secret) -> Node:
    return {"file": secret.file} if secret.file else {"env": secret.variable}


def _staffing(staffing: Staffing) -> Node:
    people, crew = staffing.people, staffing.crew
    if people is not None:
        hours: dict[str, Node] = {"from": people.start.isoformat(), "to": people.end.isoformat()}
        return {"provider": {"people": str(people.people), **hours}}
    if crew is None:
        return staffing.by.value
    node: dict[str, Node] = {
        "heads": {
            site: {skill: str(heads) for skill, heads in skills.items()}
            for site, skills in crew.heads.items()
        },
        "talk": _spell(crew.talk),
        "wrap_up": _spell(crew.wrap_up),
        "ticket_work": _spell(crew.ticket_work),
        "picks_up": _spell(crew.picks_up),
        "declined": _share(crew.declined),
    }
    if crew.away is not None:
        node["away"] = {"every": format_duration(crew.away_every_s), **_spell(crew.away)}
    return {"harness": node}


def _spell(spell: Spell) -> dict[str, Node]:
    return {"mean": format_duration(spell.mean_s), "variation": f"{spell.variation:g}"}


def _traffic(scenario: Scenario) -> Node:
    node: dict[str, Node] = {}
    if scenario.calls is not None:
        node["calls"] = {
            "per_hour": f"{scenario.calls.per_hour:g}",
            **_arrivals(scenario.calls.arrivals),
            "mix": {queue: _share(share) for queue, share in scenario.calls.mix.items()},
            "patience": _patience(scenario.calls.patience),
            "patience_mean": format_duration(scenario.calls.patience.mean_s),
            **_callers(scenario.calls.callers),
        }
    if scenario.tickets is not None:
        shares = scenario.tickets.priorities
        node["tickets"] = {
            "per_hour": f"{scenario.tickets.per_hour:g}",
            **_arrivals(scenario.tickets.arrivals),
            "priorities": {priority: _share(share) for priority, share in shares.items()},
            **_writers(scenario.tickets.writers),
            **_reread(scenario.tickets),
        }
    if _on_the_clock(scenario):
        node["starts_at"] = week_text(scenario.starts_at_s)
    return node


def _patience(patience: Patience) -> Node:
    if patience.name in NAMED or patience.is_exponential:
        return patience.name
    (only,) = patience.kinds
    return {"weibull": {"shape": f"{only.shape:g}", "scale": f"{only.scale_s:g}s"}}


def _callers(callers: Callers) -> dict[str, Node]:
    """Return what callers do besides waiting; what nobody does is left out."""
    again: dict[str, Node] = {
        why.value: {
            "share": _share(each.share),
            "after": _delay(each.after),
            "at_most": str(each.at_most),
        }
        for why, each in callers.again.items()
    }
    redials: dict[str, Node] = {
        why.value.removeprefix("redial_"): again[why] for why in REDIALS if why in again
    }
    node: dict[str, Node] = {"redials": dict(sorted(redials.items()))} if redials else {}
    if Why.REPEAT in again:
        node["repeats"] = again[Why.REPEAT]
    if callers.callback:
        wish = callers.callback
        node["callbacks"] = {"share": _share(wish.share), "after": format_duration(wish.after_s)}
    if callers.menu:
        node["menu"] = {
            "share": _share(callers.menu.share),
            "keys": callers.menu.keys,
            "after": format_duration(callers.menu.after_s),
        }
    if callers.ticket:
        node["opens_ticket"] = {
            "share": _share(callers.ticket.share),
            "unresolved": _share(callers.ticket.unresolved),
            "after": _delay(callers.ticket.after),
        }
    if callers.languages:
        node["languages"] = {name: _share(each) for name, each in callers.languages.items()}
    return node | {"journey": callers.journey} if callers.journey else node


def _writers(writers: Writers) -> dict[str, Node]:
    """Return what customers do about their tickets; what nobody does is left out."""
    node: dict[str, Node] = {
        name: {"share": _share(habit.share), "after": _delay(habit.after)}
        for name, habit in (
            ("replies", writers.replies),
            ("reopens", writers.reopens),
            ("escalations", writers.escalations),
            ("chases", writers.chases),
        )
        if habit is not None
    }
    if writers.attachments:
        node["attachments"] = _share(writers.attachments)
    return node


def _delay(delay: Delay) -> Node:
    median = format_duration(delay.median_s)
    return {"median": median, "sigma": f"{delay.sigma:g}"} if delay.sigma else median


def _reread(tickets: TicketTraffic) -> dict[str, str]:
    return {} if tickets.reread is None else {"reread": _share(tickets.reread)}


def _on_the_clock(scenario: Scenario) -> bool:
    """Whether it makes a difference when in the week the run began."""
    streams = [each.arrivals for each in (scenario.calls, scenario.tickets) if each is not None]
    return any(each.recording or not each.shape.steady for each in streams) or any(
        phase.days for phase in scenario.phases
    )


def _arrivals(arrivals: Arrivals) -> dict[str, Node]:
    if arrivals.recording is not None:
        return {"arrivals": {"recorded": arrivals.recording.file}}
    return {"shape": arrivals.shape.name, "arrivals": arrivals.process.value}


def _phase(phase: Phase) -> Node:
    node: dict[str, Node] = {"name": phase.name, "kind": phase.kind.value}
    if phase.duration_s:
        node |= {"load": load_text(phase.load), "for": format_duration(phase.duration_s)}
    if phase.days is not None:
        days = phase.days
        figures = {"day": days.day, "interval": days.interval, "correlation": days.correlation}
        node["days"] = {name: f"{value:g}" for name, value in figures.items()}
    if phase.step.split:
        node["split"] = {site: _share(share) for site, share in phase.step.split.items()}
    if phase.step.heads:
        node["heads"] = {
            site: {queue: str(number) for queue, number in skills.items()}
            for site, skills in phase.step.heads.items()
        }
    if phase.step.back_within_s is not None:
        node["rollback"] = {"within": format_duration(phase.step.back_within_s)}
    if phase.now_and_then is not None:
        node["now_and_then"] = _now_and_then(phase.now_and_then)
    elif phase.faults:
        node["faults"] = [_fault(fault) for fault in phase.faults]
    return node | {"open_on": phase.open_on.value}


def _now_and_then(often: NowAndThen) -> Node:
    node: dict[str, Node] = {"every": format_duration(often.every_s)}
    if often.between is not None:
        node["between"] = "-".join(map(_of_day, often.between))
    return node | {"faults": [_fault(fault, drawn=True) for fault in often.faults]}


def _of_day(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds % 3600 // 60):02d}"


def _fault(fault: FaultPlan, *, drawn: bool = False) -> Node:
    node: dict[str, Node] = {
        "kind": fault.kind,
        **({"site": fault.site} if fault.site else {}),
        **{key: text for key, text in fault.written.items() if key != "site"},
        **({} if drawn else {"at": format_duration(fault.at_s)}),
        "for": format_duration(fault.for_s),
    }
    if fault.runbook:
        node["runbook"] = fault.runbook
    if (alert := fault.expect_alert) is not None:
        within = format_duration(alert.within_wall_s)
        node["expect_alert"] = {"name": alert.name, "within": within}
    return node


def _sla(sla: Sla) -> Node:
    node: dict[str, Node] = {
        "name": sla.name,
        "confidence": _share(sla.confidence),
        "objectives": [_objective(each) for each in sla.objectives],
    }
    if sla.waivers:
        node["waivers"] = [_waiver(each) for each in sla.waivers]
    if sla.stop_early:
        node["stop_early"] = [
            {"when": each.text, "for": format_duration(each.for_s), "phases": sorted(each.kinds)}
            for each in sla.stop_early
        ]
    if sla.progression is not None:
        moves = sla.progression
        node["progression"] = {
            "baseline": moves.baseline,
            "dip": _share(moves.dip),
            "dip_months": str(moves.dip_months),
            "yearly": _share(moves.yearly),
            "months": str(moves.months),
        }
    if sla.baseline is not None:
        node["baseline_run"] = sla.baseline.run
    if sla.release_rule:
        node["release_rule"] = sla.release_rule
    return node


def _waiver(waiver: Waiver) -> Node:
    scope = f"[{waiver.scope}]" if waiver.scope else ""
    node: dict[str, Node] = {
        "objective": f"{waiver.kpi}{scope}",
        "until": waiver.until.isoformat(),
        "approved_by": _owner(waiver.approved_by),
        "why": waiver.why,
    }
    return node | {"phase": waiver.kind.value} if waiver.kind else node


def _objective(objective: Objective) -> Node:
    kpi = CATALOGUE.get(objective.kpi)
    gates: dict[str, Node] = {
        kind.value: {"goal": _amount(bound.goal, kpi), "warn": _amount(bound.warn, kpi)}
        for kind, bound in objective.gates.items()
    }
    node: dict[str, Node] = {
        "kpi": objective.kpi,
        "goal": objective.goal_text,
        "each": objective.each.value,
        "gates": gates,
        "owner": _owner(objective.owner),
        "must_pass": str(objective.must_pass).lower(),
    }
    if objective.threshold_s is not None:
        node["threshold"] = format_duration(objective.threshold_s)
    if objective.restored_share is not None:
        node["restored_share"] = _share(objective.restored_share)
    return node | _rules(objective)


def _rules(objective: Objective) -> dict[str, Node]:
    """Return the counting rules of *objective*, and what else is asked of it."""
    node: dict[str, Node] = {}
    if objective.kpi == "service_level":
        node["formula"] = objective.formula.value
        node["short_abandon"] = format_duration(objective.short_abandon_s)
    if objective.only:
        node["only"] = list(objective.only)
    if objective.clocks:
        node["clocks"] = {
            priority: f"{format_duration(clock.within_s)} {clock.hours}"
            for priority, clock in objective.clocks.items()
        }
    if objective.min_contacts:
        node["min_contacts"] = str(objective.min_contacts)
    if objective.intervals_met is not None:
        met = objective.intervals_met
        node["intervals_met"] = f"{_share(met.bound.goal)} of {format_duration(met.every_s)}"
    if objective.tolerance is not None:
        node["tolerance"] = f"{objective.tolerance * 100:g} points"
    return node


def _target(target: Target) -> Node:
    node: dict[str, Node] = {
        "name": target.name,
        "adapter": target.adapter,
        "virtual_clock": str(target.virtual_clock).lower(),
        **target.staffing_and_hours(),
    }
    if target.handle_s:
        node["handle_time"] = {s: format_duration(each) for s, each in target.handle_s.items()}
    if target.requirements:
        node["requirements"] = _requirements(target.requirements)
    if target.remote is not None:
        node |= _remote(target.remote)
    return node if target.mock is None else node | {"mock": _any(target.mock)}


def _requirements(requirements: Sequence[Requirement]) -> Node:
    found: dict[str, list[Node]] = {each.need.value: [] for each in requirements}
    for each in requirements:
        hours = ", ".join(map(str, each.open or ()))
        found[each.need].append({"what": each.what, "check": each.check, **_known(open=hours)})
    return found


def _remote(remote: Remote) -> dict[str, Node]:
    """Return where the target answers, how we signed in, and what it was held to."""
    node: dict[str, Node] = {
        "edge": remote.edge,
        "sites": dict(remote.sites),
        "authentication": _login(remote.login),
        "offers": list(remote.offers),
        "metrics": _metrics(remote.metrics),
        "caps": _caps(remote.caps),
    }
    if remote.guard is not None:
        node["guard"] = _guard(remote.guard)
    return node | _known(
        lines={queue: list(numbers) for queue, numbers in remote.lines.items()},
        ca_file=Path(remote.ca_file).name,
        admin=dict(remote.admin),
    )


def _login(login: Login) -> Node:
    """Return how we signed in; of a secret, the place."""
    how = login.sign_in
    by_token, by_key = how.kind is SignInKind.OAUTH2, how.kind is SignInKind.API_KEY
    return {
        "kind": how.kind.value,
        **_known(
            header=how.header if by_key else "",
            token_path=how.token_path if by_token else "",
            scope=how.scope if by_token else "",
            client_id=login.client_id,
            secret=str(login.secret) if login.secret else "",
        ),
    }


def _caps(caps: Caps) -> Node:
    plain = {
        "requests_per_s": caps.requests_per_s,
        "concurrent": caps.concurrent,
        "writes": caps.writes,
    }
    node: dict[str, Node] = {key: f"{most:.10g}" for key, most in plain.items() if most is not None}
    return node if caps.run_s is None else node | {"run": format_duration(caps.run_s)}


def _guard(guard: Guarding) -> Node:
    """Return what the target had to prove. Every key in it is a public one."""
    marker: Node = _known(header=guard.marker.header, field=guard.marker.field) or "certificate"
    approvers = {
        name: {"key": each.key, "account": each.account} for name, each in guard.approvers.items()
    }
    return {
        "level": guard.level.value,
        "environment": guard.environment,
        "marker": marker,
        "shared_front_door": "yes" if guard.shared_front_door else "no",
        **_known(
            keys=dict(guard.keys),
            networks=list(guard.networks),
            also=list(guard.also),
            document=Path(guard.document).name,
            certificates=[f"sha256/{each}" for each in guard.certificates],
            heuristic_waived=list(guard.heuristic_waived),
            approvers=approvers,
            tenant={} if guard.tenancy is None else asdict(guard.tenancy),
        ),
    }


def _metrics(metrics: Metrics | None) -> Node:
    if metrics is None:
        return "none"
    node: dict[str, Node] = {"sources": dict(metrics.sources)}
    if metrics.names is not None:
        node["names"] = {ours: _renamed(each) for ours, each in metrics.names.items()}
    if metrics.prometheus is not None:
        node["prometheus"] = {
            "url": metrics.prometheus.url,
            "inputs": dict(metrics.prometheus.inputs),
            "scrape_interval": format_duration(metrics.prometheus.scrape_every_s),
        }
    return node if metrics.login is None else node | {"authentication": _login(metrics.login)}


def _renamed(renamed: Renamed) -> Node:
    """Return what the provider calls a metric; its name alone if all else is as we have it."""
    node = _known(
        labels=dict(renamed.labels),
        values={label: dict(theirs) for label, theirs in renamed.values.items()},
        added=dict(renamed.added),
        times="" if renamed.times == 1 else f"{renamed.times:.10g}",
    )
    return {"name": renamed.name, **node} if node else renamed.name


def _owner(owner: Owner) -> Node:
    return {"name": owner.name, "contact": owner.contact}


def _amount(value: float, kpi: Kpi | None) -> str:
    """Return a bound as a contract writes it: ``80%``, ``<= 28s``; bare for an unknown KPI."""
    if kpi is None:
        return f"{value:g}"
    texts = {
        Unit.SHARE: _share,
        Unit.SECONDS: format_duration,
        Unit.COUNT: "{:g}".format,
        Unit.SCORE: "{:g}".format,
    }
    return ("<= " if kpi.direction is Direction.LESS else "") + texts[kpi.unit](value)


def _share(share: float) -> str:
    return exact_share(share).replace(" ", "")


def _any(value: object) -> Node:
    """Return what a profile hands over as it stands, with every leaf as a string."""
    if isinstance(value, Mapping):
        return {str(key): _any(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_any(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---------------------------------------------------------------------- YAML


def _block(node: Node) -> Iterator[str]:
    """Yield the lines of *node* in block style, indented by two."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _entry(f"{_scalar(key)}:", value)
    elif not isinstance(node, str):
        for value in node:
            lines = list(_block(value)) if _is_block(value) else [_flow(value)]
            yield f"- {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])


def _entry(key: str, value: Node) -> Iterator[str]:
    if _is_block(value):
        yield key
        yield from (f"  {line}" for line in _block(value))
    else:
        yield f"{key} {_flow(value)}"


def _is_block(node: Node) -> bool:
    return not isinstance(node, str) and bool(node)


def _flow(node: Node) -> str:
    if isinstance(node, str):
        return _scalar(node)
    return "{}" if isinstance(node, Mapping) else "[]"


def _scalar(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _MEANT_OTHERWISE
    if plain or _QUANTITY.fullmatch(text):
        return text
    # Spelled out as ``\u202e``, which between quotes is YAML's own way to write that character.
    return visible(json.dumps(text, ensure_ascii=False))
