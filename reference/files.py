"""The pages of the files that a person writes, from the readers' own tables of keys.

A key says how it looks, what it means, what reads it and what holds without it
(``harness.files.fields.Key``); what is allowed is what the reader would ask for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.files import (
    arrivals,
    callers,
    cutover,
    faults,
    fields,
    generator,
    guard,
    handover,
    login,
    metrics,
    never,
    notify,
    objective,
    remote,
    requirements,
    runbook,
    scenario,
    shape,
    sla,
    sla_rules,
    staffing,
    target,
    traffic,
    writers,
)
from harness.files.fields import Key, Keys
from harness.files.values import Parse
from reference.markdown import MADE, code, table

UNITS = """\
Values are as people write them: durations with their unit (`400ms`, `20s`, `10m`, `1h30m`), in
centre time unless it says wall time; shares in percent; `yes` or `no`. Every value is a text:
nothing is guessed from how it looks. `harness check` names every mistake with its line. Where no
default stands, nothing is assumed.
"""
_HEAD = ("key", "meaning", "takes", "default", "example")
_NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one kind of file: what it is, and a table for each of its tables by its path."""

    title: str
    about: str
    tables: Mapping[str, Keys] = field(default_factory=dict)

    def made(self, _: str) -> str:
        """Return the page; nothing of the one that is there is kept."""
        parts = [f"# {self.title}\n\n{MADE} {self.about}\n\n{UNITS}"]
        for path, keys in self.tables.items():
            parts.append(f"\n## {path}\n\n{table(_HEAD, _rows(keys))}")
        return "".join(parts)


def _rows(keys: Keys) -> Iterator[tuple[str, ...]]:
    for name, key in keys.items():
        default = _NEEDED if key.default is None else _default(key)
        yield code(name), key.about, allowed(key), default, code(_value(name, key.example))


def _default(key: Key) -> str:
    """Return the default as code where it is a value that could be written."""
    assert key.default is not None  # the caller has asked
    if isinstance(key.takes, str):
        is_value = key.default.startswith("{") or f"`{key.default}`" in key.takes
    else:
        is_value = key.default != "" and _reads(key.takes, key.default)
    return code(key.default) if is_value else key.default


def _reads(parse: Parse[object], written: str) -> bool:
    try:
        parse(written)
    except ValueError:
        return False
    return True


def _value(name: str, example: str) -> str:
    """Return *example* without its key, which stands in the same row."""
    _, _, quoted = example.partition(", as in '")
    return quoted.removesuffix("'") if quoted else example.removeprefix(f"{name}: ")


def allowed(key: Key) -> str:
    """Return what may stand there, in the words of the reader that would ask for it."""
    if isinstance(key.takes, str):
        return key.takes
    for nonsense in ("", "\0"):
        try:
            key.takes(nonsense)
        except ValueError as error:
            return str(error).removeprefix("one of ")
    raise AssertionError(f"{key.example}: its reader takes anything")


def _files(name: str) -> str:
    return f"docs/reference/{name}.md"


PAGES: Mapping[str, Page] = {
    _files("scenario"): Page(
        "Scenario file",
        "What is rehearsed: one YAML file. Its first comment says what a GO of it proves.",
        {
            "Top level": scenario.SCENARIO,
            "`owner`": fields.OWNER,
            "`interfaces`": scenario.INTERFACES,
            "`traffic`": traffic.TRAFFIC,
            "`traffic: calls`": traffic.CALLS,
            "`traffic: calls: patience`": callers.PATIENCE,
            "`traffic: calls: patience: weibull`": callers.WEIBULL,
            "`traffic: calls: redials`": callers.REDIALS,
            "`repeats`, and each of `redials`": callers.AGAIN_KEYS,
            "`traffic: calls: callbacks`": callers.CALLBACKS,
            "`traffic: calls: menu`": callers.MENU,
            "`traffic: calls: opens_ticket`": callers.TICKET,
            "`traffic: tickets`": traffic.TICKET_KEYS,
            "`replies`, `reopens`, `escalations`, `chases`": writers.HABIT,
            "`after` as a table": callers.DELAY,
            "`days` as a table": arrivals.VARIABLE_DAYS,
            "`arrivals` as a table": arrivals.RECORDED,
            "Each of `phases`": scenario.PHASE,
            "Each of `faults`": faults.FAULT,
            "`expect_alert`": faults.ALERT,
            "`now_and_then`": faults.OFTEN,
            "`rollback`": handover.ROLLBACK,
            "`staffed_by`": staffing.STAFFED_BY,
            "`staffed_by: provider`": staffing.PEOPLE,
            "`staffed_by: harness`": staffing.CREW,
            "`talk`, `wrap_up`, `ticket_work`, `picks_up`": staffing.SPELL,
            "`away`": staffing.AWAY,
            "`generator`": generator.GENERATOR,
            "`operations`": scenario.OPERATIONS,
            "`notify`": notify.KEYS,
        },
    ),
    _files("sla"): Page(
        "SLA file",
        "What is required: the contract's objectives, each with one owner.",
        {
            "Top level": sla.SLA,
            "`owner`, `approved_by`": fields.OWNER,
            "Each of `objectives`": objective.OBJECTIVE,
            "Each of `gates` as a table": objective.BOUND,
            "Each of `waivers`": sla_rules.WAIVER,
            "Each of `stop_early`": sla_rules.STOP_RULE,
            "`progression`": sla_rules.PROGRESSION,
        },
    ),
    _files("target_profile"): Page(
        "Target profile",
        "Where a rehearsal takes place. How to use it: [target profiles](../target_profiles.md).",
        {
            "Top level": target.PROFILE,
            "`authentication`": {**login.KIND, **login.OF_ANY_KIND},
            "A secret: `token`, `client_secret`, `key`, `password`": login.SECRET,
            "`metrics`": metrics.METRICS,
            "Each of `metrics: names` as a table": metrics.RENAMED,
            "`metrics: prometheus`": metrics.PROMETHEUS_KEYS,
            "`caps`": remote.CAPS,
            "`requirements`": requirements.NEEDS,
            "Each of a requirement": requirements.REQUIREMENT,
            "`guard`": guard.SECTION,
            "`guard: marker` as a table": guard.MARKER,
            "Each of `guard: approvers`": guard.APPROVER,
            "`guard: tenant`": guard.TENANT,
        },
    ),
    _files("cutover"): Page(
        "Cutover file",
        "A go-live on its day: what `harness decide` reads. How to use it: "
        "[may we go live?](../deciding.md)",
        {
            "Top level": cutover.CUTOVER,
            "Each of `milestones`": cutover.MILESTONE,
            "`evidence`": cutover.EVIDENCE,
            "Each of `evidence`": cutover.REQUIRED,
            "`owner`, `waived_by`": fields.OWNER,
        },
    ),
    _files("other_files"): Page(
        "Shapes, runbooks, deny files",
        "What a scenario or a profile names, and what forbids a rehearsal.",
        {
            "A shape": shape.SHAPE,
            "A runbook, between two lines of `---` at its top": runbook.KEYS,
            f"`{never.FILE_NAME}`": never.FILE,
        },
    ),
}
