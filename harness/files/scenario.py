"""From a scenario file to a ``Scenario``, or the problems that stand in the way.

Written by hand rather than as pydantic models: most checks need the line, a neighbour (windows in
their phase, sums) or another file (sites, faults), and a model would only learn half of them, give
its messages in its own words and know no lines.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.files import generator, handover, values
from harness.files.arrivals import DAYS, read_days
from harness.files.document import Document, Entry, Table, plain
from harness.files.faults import NOW_AND_THEN, Around, read_faults, read_now_and_then
from harness.files.fields import (
    A_FILE,
    A_LIST,
    A_TABLE,
    Fields,
    Key,
    Keys,
    described,
    fields_of,
    parsed,
    read_owner,
)
from harness.files.known import FaultRule
from harness.files.notify import EXAMPLE as NOTIFY
from harness.files.notify import read_notify
from harness.files.phone_numbers import numbers_by_queue
from harness.files.problems import Place, Problems, is_file, missing_file
from harness.files.runbook import read_runbook
from harness.files.staffing import read_staffing
from harness.files.target import TargetRead
from harness.files.traffic import check_staffed, read_traffic, traffic_fields
from harness.model.alarm import OperationsRoom
from harness.model.arrivals import Days
from harness.model.now_and_then import needed_s, with_faults_drawn
from harness.model.runbook import Runbook
from harness.model.scenario import (
    FASTEST,
    FaultPlan,
    Load,
    NowAndThen,
    OnGateFailure,
    OpenOn,
    Phase,
    PhaseKind,
    Scenario,
)
from harness.model.staffing import TICKETS
from harness.model.units import format_duration
from harness.model.verdict import RUN

SCENARIO: Keys = {
    "name": Key("name: pre-cutover", "What reports and folders of runs call it.", values.name),
    "owner": Key(
        "owner: {name: Service Transition, contact: transition@client.example}",
        "Who answers for the rehearsal.",
        A_TABLE,
    ),
    "target": Key("target: targets/mock.yaml", "The profile of the target.", A_FILE),
    "sla": Key("sla: sla/outsourced_care.yaml", "The contract that a run is judged by.", A_FILE),
    "seed": Key(
        "seed: 2026",
        "From it all chance is drawn: the same seed makes the same customers.",
        values.text,
    ),
    "speed": Key(
        "speed: 20",
        "Centre seconds per wall second; above 1 only on a target with a virtual clock.",
        values.number(1, FASTEST),
        default="1",
    ),
    "interfaces": Key(
        'interfaces: {lines: {billing: ["+441632960101"]}}',
        "What is handed over; all of it is probed before the first customer.",
        A_TABLE,
        default="needed with calls",
    ),
    "staffed_by": Key(
        "staffed_by: harness",
        "Who answers: the target's own simulation, the provider's people, our virtual agents,"
        " nobody.",
        "`target`, `harness`, `nobody`, or a table",
        default="",
    ),
    "traffic": Key("traffic: {calls: {...}, tickets: {...}}", "How much comes, and when.", A_TABLE),
    "phases": Key(
        "a list of phases, as in '- {name: peak, kind: steady, load: 100%, for: 30m}'",
        "What happens, one stretch after the other.",
        A_LIST,
    ),
    "on_gate_failure": Key(
        "on_gate_failure: stop",
        "Whether later phases begin after a gate that stays shut.",
        values.member(OnGateFailure),
        default="stop",
    ),
    "in_house": Key(
        handover.IN_HOUSE,
        "The site that is the company's own centre while both run.",
        "a site of the target",
        default="",
    ),
    "knowledge": Key(
        "knowledge: [articles/refunds.md]",
        "Articles that agents work by; each says its day of review.",
        "a list of files",
        default="",
    ),
    "generator": Key(
        generator.EXAMPLE, "What is allowed of the load generator itself.", A_TABLE, default=""
    ),
    "operations": Key(
        "operations: {prometheus: http://127.0.0.1:9090}",
        "Our own operations room, whose alarms faults are expected to raise.",
        A_TABLE,
        default="",
    ),
    "notify": Key(NOTIFY, "Who is told what is news of a run.", A_TABLE, default=""),
}
OPERATIONS: Keys = {
    "prometheus": Key(
        "prometheus: http://127.0.0.1:9090",
        "The server whose alerts are looked at.",
        values.base_url,
    ),
    "alertmanager": Key(
        "alertmanager: http://127.0.0.1:9093",
        "Where it is seen whom an alert would have told.",
        values.base_url,
        default="",
    ),
}
INTERFACES: Keys = {
    "lines": Key(
        'lines: {billing: ["+441632960101"]}',
        "The phone numbers of each queue, in E.164.",
        "a table: queue, then a list of numbers",
        default="needed with calls",
    ),
    "webhooks": Key(
        "webhooks: [call.answered, call.ended]",
        "The events that the target has to post, by its own names.",
        A_LIST,
        default="",
    ),
}
PHASE: Keys = {
    "name": Key("name: peak", "What reports call it.", values.name),
    "kind": Key(
        "kind: steady",
        "What it is for, and by that which objectives it is judged by.",
        values.member(PhaseKind),
    ),
    "load": Key(
        "load: 100%",
        "The share of the full rate; with an arrow it moves evenly from one to the other.",
        values.load,
        default="needed, except of kind lines",
    ),
    "for": Key(
        "for: 30m",
        "How long it lasts, in centre time.",
        values.duration,
        default="needed, except of kind lines",
    ),
    "faults": Key(
        "faults: [{kind: site_down, site: north, at: 2m, for: 8m, runbook: site_down.md}]",
        "What is broken, when and for how long; of kind fault alone.",
        A_LIST,
        default="needed of kind fault",
    ),
    "now_and_then": Key(
        NOW_AND_THEN,
        "What may break, and how often; of kind soak alone.",
        A_TABLE,
        default="",
    ),
    "open_on": Key(
        "open_on: not_fail",
        "What its gate opens on; `pass` holds the load until it is decided.",
        values.member(OpenOn),
        default="not_fail",
    ),
    "days": Key(
        DAYS,
        "How days differ in this phase, beyond pure chance.",
        "`exact`, `variable`, or a table",
        default="as in `traffic`",
    ),
    **handover.KEYS,
}


def scenario_fields(document: Document, problems: Problems) -> Fields | None:
    """Return the top-level fields of a scenario, among them the files that it names."""
    return fields_of(document.root, of="the scenario", keys=SCENARIO, problems=problems)


def read_scenario(
    document: Document, fields: Fields, *, target: TargetRead, faults: Mapping[str, FaultRule]
) -> Scenario | None:
    """Return what *document* says is rehearsed, and tell the problems of *fields* what is wrong.

    Checks against the target are left out where it has problems of its own.
    """
    name, seed = fields.value("name", values.name), fields.value("seed", values.text)
    owner = read_owner(fields)
    speed = _speed(fields, target)
    staffed_by, target = read_staffing(fields, target, _queues(fields), speed=speed)
    traffic = traffic_fields(fields)
    lines = _lines(fields, traffic, target)
    folder = document.path.parent
    days = read_days(traffic, default=None) if traffic else None
    around = Around(folder, faults, target.sites, lines, speed=speed or 1.0)
    in_house = handover.read_in_house(fields, target.sites)
    phases = _phases(fields, around, days=days, in_house=in_house)
    streams = read_traffic(traffic, lines, target, phases, folder)
    on_gate_failure = fields.value_or(
        "on_gate_failure", values.member(OnGateFailure), default=OnGateFailure.STOP
    )
    limits = generator.read_limits(fields)
    operations = _operations(fields)
    notify = read_notify(fields, folder)
    _check_alerts(fields, phases, operations)
    if not document.header:
        fields.problems.add(
            Place(str(document.path), 1),
            found="no comment at the top of the file",
            want="'# A GO shows that ...': what a GO of this scenario proves, in one sentence",
        )
    if not (name and seed and owner and speed and on_gate_failure):
        return None
    scenario = Scenario(
        name=name,
        proves=document.header,
        owner=owner,
        seed=seed,
        speed=speed,
        lines=lines,
        calls=streams.calls,
        tickets=streams.tickets,
        phases=phases,
        on_gate_failure=on_gate_failure,
        path=document.path,
        staffed_by=staffed_by,
        starts_at_s=streams.starts_at_s,
        generator=limits,
        operations=operations,
        notify=notify,
        webhooks=_webhooks(fields),
        in_house=in_house,
        runbooks=(*_runbooks(phases, fields.problems), *_articles(fields, folder)),
    )
    _check_struck(fields, scenario)
    return with_faults_drawn(scenario)


def _runbooks(phases: Iterable[Phase], problems: Problems) -> tuple[Runbook, ...]:
    """Return the runbooks of all faults in *phases*, each once."""
    named = (fault.runbook for phase in phases for fault in phase.may_break)
    paths = dict.fromkeys(path for path in named if path is not None)
    return tuple(read_runbook(Path(path), problems) for path in paths)


def _operations(fields: Fields) -> OperationsRoom | None:
    own = fields.inner("operations", OPERATIONS) if "operations" in fields else None
    if own is None:
        return None
    prometheus = own.value("prometheus", values.base_url)
    alertmanager = own.value_or("alertmanager", values.base_url, default="")
    return None if prometheus is None else OperationsRoom(prometheus, alertmanager or "")


def _check_alerts(
    fields: Fields, phases: Iterable[Phase], operations: OperationsRoom | None
) -> None:
    """Tell each alert that nobody could see, for want of an operations room."""
    if operations is not None or "operations" in fields:
        return
    for phase in phases:
        for fault in phase.may_break:
            if fault.expect_alert is not None:
                found = f"expect_alert of {fault.title}, but no operations room"
                fields.problem("operations", found=found, want=SCENARIO["operations"].example)


def _articles(fields: Fields, folder: Path) -> Iterable[Runbook]:
    """Yield the knowledge-base articles that agents work by; each says its day of review."""
    if "knowledge" not in fields:
        return
    for node in fields.listing("knowledge"):
        written = parsed(node, values.text, fields.problems)
        if written is None:
            continue
        if not is_file(folder / written):
            want = missing_file(written, folder)
            fields.problems.add(node.place, found=described(node), want=want)
            continue
        article = read_runbook(folder / written, fields.problems)
        if article.review_by is None:
            want = "'review_by: 2027-06-30' between two lines of --- at its top: knowledge ages"
            found = f"{written}, which does not say when it is to be reviewed"
            fields.problems.add(node.place, found=found, want=want)
        yield article


def _speed(fields: Fields, target: TargetRead) -> float | None:
    speed = fields.value_or("speed", values.number(1, FASTEST), default=1.0)
    if speed is not None and speed > 1 and target.virtual_clock is False:
        fields.problem("speed", want="speed: 1, or a target with 'virtual_clock: yes'")
    return speed


def _lines(
    fields: Fields, traffic: Fields | None, target: TargetRead
) -> dict[str, tuple[str, ...]]:
    """Return the numbers of each queue; a scenario without calls needs none."""
    without_calls = traffic is not None and "calls" not in traffic
    if "interfaces" not in fields and without_calls:
        return {}
    interfaces = fields.inner("interfaces", INTERFACES)
    if interfaces and "lines" not in interfaces and without_calls:
        return {}
    entries = interfaces.table("lines") if interfaces else {}
    for queue in entries.values():
        _check_queue(queue, target, fields.problems)
    return numbers_by_queue(entries, fields.problems)


def _queues(fields: Fields) -> frozenset[str]:
    """Return the names of the queues that have lines; what is wrong with one is told elsewhere."""
    interfaces = fields.inner("interfaces", INTERFACES) if "interfaces" in fields else None
    return frozenset(interfaces.table("lines") if interfaces and "lines" in interfaces else ())


def _webhooks(fields: Fields) -> tuple[str, ...]:
    """Return the events that the target has to post, by its own names."""
    # The keys of the table have been looked at with the lines.
    interfaces = fields.inner("interfaces", INTERFACES) if "interfaces" in fields else None
    if interfaces is None or "webhooks" not in interfaces:
        return ()
    found = [parsed(item, values.text, fields.problems) for item in interfaces.listing("webhooks")]
    return tuple(dict.fromkeys(event for event in found if event))


def _check_queue(queue: Entry, target: TargetRead, problems: Problems) -> None:
    name = parsed(queue.key, values.name, problems)
    if name == TICKETS:
        want = f"another name: {TICKETS!r} is the skill of those who answer tickets"
        problems.add(queue.key.place, found=f"a queue called {TICKETS!r}", want=want)
    elif name:
        check_staffed(name, queue.key.place, target, problems)


def _phases(
    fields: Fields, around: Around, *, days: Days | None, in_house: str
) -> tuple[Phase, ...]:
    """Return the phases; *days* is how days vary in those that do not say."""
    phases: list[Phase] = []
    for index, node in enumerate(fields.listing("phases")):
        of = f"phase {index + 1}"
        own = fields_of(node, of=of, keys=PHASE, problems=fields.problems)
        phase = _phase(own, around, days, in_house) if own else None
        if own and phase:
            _check_place(phase, phases, own, first=index == 0)
            phases.append(phase)
    return tuple(phases)


def _check_place(phase: Phase, earlier: Iterable[Phase], fields: Fields, *, first: bool) -> None:
    if phase.name == RUN:
        want = "another name: reports call so what is judged for the run as a whole"
        fields.problem("name", found=f"a phase called {RUN!r}", want=want)
    if phase.name in [each.name for each in earlier]:
        fields.problem("name", found=f"a second phase {phase.name!r}", want="a name of its own")
    if phase.kind is PhaseKind.LINES and not first:
        found = f"{phase.name!r}, a phase of kind lines, after other phases"
        fields.problem("kind", found=found, want="one such phase at most, before all others")


def _phase(fields: Fields, around: Around, days: Days | None, in_house: str) -> Phase | None:
    """Return the phase, complete or not, once it has a name and a kind."""
    name = fields.value("name", values.name)
    kind = fields.value("kind", values.member(PhaseKind))
    open_on = fields.value_or("open_on", values.member(OpenOn), default=OpenOn.NOT_FAIL)
    if kind is PhaseKind.LINES:
        _check_probes_only(fields)
        return Phase(name, kind, open_on=open_on) if name and open_on else None
    load, duration_s = fields.value("load", values.load), fields.value("for", values.duration)
    faults = _faults(fields, kind, duration_s, around)
    often = _now_and_then(fields, kind, around)
    days = read_days(fields, default=days)
    step = handover.read_step(fields, around.sites, around.lines, in_house)
    if name is None or kind is None or open_on is None:
        return None
    load = load or Load(0.0, 0.0)
    return Phase(name, kind, load, duration_s or 0.0, faults, open_on, days, step, often)


def _check_probes_only(fields: Fields) -> None:
    for key in ("load", "for", "faults", "now_and_then", "days", *handover.KEYS):
        if key in fields:
            want = f"no {key!r}: a phase of kind lines only probes each number once"
            fields.problem(key, want=want)


def _faults(
    fields: Fields, kind: PhaseKind | None, phase_s: float | None, around: Around
) -> tuple[FaultPlan, ...]:
    if "faults" not in fields:
        if kind is PhaseKind.FAULT:
            found = "a phase of kind fault without faults"
            fields.problem("faults", found=found, want=PHASE["faults"].example)
        return ()
    if kind not in (PhaseKind.FAULT, None):
        want = "'kind: fault' for a phase that breaks something"
        if kind is PhaseKind.SOAK:
            want += f"; in a soak {NOW_AND_THEN}"
        fields.problem("faults", found=f"faults in a phase of kind {kind}", want=want)
    return read_faults(fields.listing("faults"), phase_s, around, fields.problems)


def _now_and_then(fields: Fields, kind: PhaseKind | None, around: Around) -> NowAndThen | None:
    if "now_and_then" in fields and kind not in (PhaseKind.SOAK, None):
        found = f"'now_and_then' in a phase of kind {kind}"
        fields.problem(
            "now_and_then", found=found, want="'kind: soak', or faults with an 'at' each"
        )
    return read_now_and_then(fields, around)


def _check_struck(fields: Fields, scenario: Scenario) -> None:
    """Tell each soak that is too short for anything to break in it: it would say what is not."""
    for phase in scenario.phases:
        if phase.duration_s and phase.duration_s < (least_s := needed_s(scenario, phase)):
            lasts = format_duration(phase.duration_s)
            found = f"{phase.name} of {lasts}, in which nothing breaks now and then"
            want = f"at least {format_duration(least_s)} by this seed, or a shorter 'every'"
            fields.problems.add(_place_of(phase, fields), found=found, want=want)


def _place_of(phase: Phase, fields: Fields) -> Place:
    """Return where *phase* begins among the phases of *fields*."""
    for node in fields.listing("phases"):
        entry = node.entries.get("name") if isinstance(node, Table) else None
        if entry is not None and plain(entry.value) == phase.name:
            return node.place
    return fields.place
