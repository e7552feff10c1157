"""What ``write`` leaves in a run's folder: whole, the same twice, and what machines can read."""

import json
import re
import resource
from dataclasses import fields, replace
from datetime import date, time
from enum import Enum
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

import reports
from harness.model.alarm import OperationsRoom
from harness.model.contact import Stream
from harness.model.event import Ending
from harness.model.guard import Approver, Guarding, Level, Marker, Tenancy
from harness.model.health import GeneratorLimits
from harness.model.notify import Notify
from harness.model.now_and_then import with_faults_drawn
from harness.model.runbook import Runbook
from harness.model.scenario import (
    Load,
    NowAndThen,
    OnGateFailure,
    Owner,
    PhaseKind,
    Scenario,
)
from harness.model.search import Purpose, Search
from harness.model.sla import Direction, Unit
from harness.model.staffing import StaffedBy, Staffing
from harness.model.target import (
    Caps,
    Login,
    Metrics,
    Need,
    Opening,
    Prometheus,
    Remote,
    Renamed,
    Requirement,
    Secret,
    SignIn,
    SignInKind,
    Target,
)
from harness.model.verdict import Aspect, Away, Decision, Mishap, Status, View
from harness.record.kept import summary_of
from harness.record.run_record import RunRecord
from harness.verdict.capacity import MET
from harness.verdict.judge import judge
from reports import effective, html, markdown, result
from reports.sections import fault_stories
from tests.fakes import fault_plan, phase
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import (
    FACTS,
    FAULT,
    HOSTILE,
    SCENARIO,
    SLA,
    TARGET,
    fill_empty,
)
from tests.reports.made_up_verdicts import TOO_BUSY, Run, no_go, nothing_measured, objective

FILES = {
    "report.html", "summary.md", "junit.xml", "result.json", "effective.yaml", "findings.csv",
    "disputed.csv",
}  # fmt: skip
SCHEMA = json.loads((Path(reports.__file__).parent / "result.schema.json").read_text())


def strict(schema: Any) -> Any:
    """Return *schema* with every object closed, to find fields that nobody documented."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def summary(run: Run) -> str:
    """Return a run's summary."""
    return markdown.render(run.record, run.verdict)


def html_text(run: Run) -> str:
    """Return a run's page with its entities resolved."""
    return unescape(html.render(run.record, run.verdict))


def test_all_files_appear_whole_and_nothing_else(run: Run, tmp_path: Path) -> None:
    """A half-written file, or one with a working name, would be read by whoever watches."""
    folder = tmp_path / "out"
    folder.mkdir()
    path = reports.write(run.record, run.verdict, folder=folder)

    assert path == folder / "report.html"
    assert {each.name for each in folder.iterdir()} == FILES


def test_a_disk_that_is_full_in_the_middle_costs_what_did_not_fit_and_no_more(
    no_go_run: Run, tmp_path: Path
) -> None:
    """CI reads the small files, and the page can be made again: so the small ones come first."""
    folder = tmp_path / "out"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(reports.Unwritten, match=r"report.html \(File too large\)") as unwritten:
            reports.write(no_go_run.record, no_go_run.verdict, folder=folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert "harness report" in str(unwritten.value)
    assert {each.name for each in folder.iterdir()} == FILES - {"report.html"}


def test_the_same_record_gives_the_same_bytes(shown_run: Run, tmp_path: Path) -> None:
    """Reports are recomputed in a dispute: a difference has to mean something."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        reports.write(shown_run.record, shown_run.verdict, folder=folder)

    first, second = ({f.name: f.read_bytes() for f in folder.iterdir()} for folder in folders)
    assert first == second


def test_it_works_from_any_directory(
    no_go_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Templates come from the package, not from a ``reports/`` that happens to lie about."""
    stranger = tmp_path / "stranger" / "reports" / "templates"
    stranger.mkdir(parents=True)
    (stranger / "report.html.j2").write_text("not ours")
    monkeypatch.chdir(tmp_path / "stranger")
    path = reports.write(no_go_run.record, no_go_run.verdict, folder=tmp_path)

    assert "NO-GO" in path.read_text()


def test_an_old_report_stays_until_the_new_one_is_whole(
    no_go_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up must not leave half a verdict in place of a whole one."""
    reports.write(no_go_run.record, no_go_run.verdict, folder=tmp_path)
    before = (tmp_path / "report.html").read_bytes()

    def full(source: object, target: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(reports.Unwritten, match="no space"):
        reports.write(no_go_run.record, no_go_run.verdict, folder=tmp_path)

    assert (tmp_path / "report.html").read_bytes() == before


def test_result_json_holds_to_its_schema(run: Run) -> None:
    """Whoever builds on it reads the schema, not our code."""
    document = json.loads(result.render(run.record, run.verdict))

    jsonschema_rs.validate(SCHEMA, document)


def test_every_field_of_result_json_is_documented(run: Run) -> None:
    """A field that slips in undocumented is one that we cannot take back."""
    document = json.loads(result.render(run.record, run.verdict))

    jsonschema_rs.validate(strict(SCHEMA), document)


def values(enum: type[Enum]) -> set[Any]:
    """Return the values of *enum*."""
    return {each.value for each in enum}


ENUMS = {
    ("run", "ending"): values(Ending),
    ("verdict", "decision"): values(Decision),
    ("verdict", "surprises", "outcome"): values(Mishap),
    ("objectives", "view"): values(View),
    ("objectives", "kind"): values(PhaseKind),
    ("objectives", "status"): values(Status),
    ("objectives", "unit"): values(Unit),
    ("objectives", "better"): values(Direction),
    ("objectives", "aspect"): values(Aspect),
    ("phases", "kind"): values(PhaseKind),
    ("phases", "gate"): values(Status),
    ("staffing", "by"): values(StaffedBy),
    ("interruptions", "kind"): values(Away),
    ("capacity", "volumes", "answer"): set(MET.values()),
    ("capacity", "trials", "purpose"): values(Purpose),
    ("capacity", "trials", "status"): {each.value for each in MET},
}


def enums(schema: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[Any]]:
    """Return every list of values in *schema*, by the fields that lead to it; without null."""
    found = {path: set(schema["enum"]) - {None}} if "enum" in schema else {}
    for name, each in schema.get("properties", {}).items():
        found |= enums(each, (*path, name))
    return found | (enums(schema["items"], path) if isinstance(schema.get("items"), dict) else {})


def test_the_schema_knows_every_value_that_the_code_knows() -> None:
    """A run that the guard refused came out as a file that its own schema refuses."""
    assert enums(SCHEMA) == ENUMS


def unwritten(schema: Any, document: Any, path: str = "") -> list[str]:
    """Return the fields that *schema* documents and *document* does not have."""
    if isinstance(document, list):
        return [
            name for each in document for name in unwritten(schema.get("items", {}), each, path)
        ]
    if not isinstance(document, dict):
        return []
    fields = schema.get("properties", {})
    found = [f"{path}.{name}" for name in fields if name not in document]
    for name, each in fields.items():
        if name in document:
            found += unwritten(each, document[name], f"{path}.{name}")
    return found


def test_every_documented_field_is_written(run: Run) -> None:
    """Whoever builds on the schema finds what it promises; ``null`` means not measured."""
    assert unwritten(SCHEMA, json.loads(result.render(run.record, run.verdict))) == []


def test_effective_yaml_reads_back_as_what_was_run(no_go_run: Run) -> None:
    """Strings only, as our loader has them, in the units in which people write."""
    text = effective.render(no_go_run.record, no_go_run.verdict)
    document = yaml.load(text, Loader=yaml.BaseLoader)

    assert document["scenario"]["traffic"]["calls"]["mix"] == {"billing": "60%", "support": "40%"}
    assert document["scenario"]["phases"][2]["load"] == "10% -> 100%"
    assert document["scenario"]["phases"][4]["faults"][0]["at"] == "2m"
    assert document["sla"]["objectives"][0]["gates"]["fault"] == {"goal": "60%", "warn": "58%"}
    assert document["sla"]["objectives"][1]["gates"]["fault"]["goal"] == "<= 5m"
    assert document["target"]["staffing"]["north"]["billing"] == "40"


def test_effective_yaml_has_every_digit_of_a_share(make_record: MakeRecord) -> None:
    """Rounded, three thirds are no longer 100 %, and 99.95 % would be another contract."""

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        assert SCENARIO.calls is not None
        thirds = replace(SCENARIO.calls, mix={"billing": 0.66667, "support": 0.33333})
        peak = phase("peak", load=Load(0.9995, 0.9995))
        record.put_plan(replace(SCENARIO, calls=thirds, phases=(peak,)), SLA, TARGET, FACTS)

    text = effective.render(make_record(filled), nothing_measured())
    written = yaml.load(text, Loader=yaml.BaseLoader)["scenario"]

    assert written["traffic"]["calls"]["mix"] == {"billing": "66.667%", "support": "33.333%"}
    assert written["phases"][0]["load"] == "99.95%"


PROVIDER = Remote("https://uat.acme.example", {"north": "https://n.acme.example"})
RENAMED = Renamed("desk_waits")
GUARD = Guarding(Level.SIGNED, "acme-uat")
ASKED = Requirement(Need.REDUNDANCY, "either site carries all", "site_down north")
OTHERWISE: list[tuple[Any, dict[str, Any]]] = [
    (SCENARIO, {
        "name": "another", "proves": "A GO shows little.", "owner": Owner("Ann", "ann@x.example"),
        "seed": "7", "speed": 3.0, "lines": {"billing": ("+441632960109",)}, "calls": None,
        "tickets": None, "phases": SCENARIO.phases[:1], "on_gate_failure": OnGateFailure.CONTINUE,
        "generator": GeneratorLimits(cpu=0.5), "staffed_by": Staffing(StaffedBy.NOBODY),
        "operations": OperationsRoom("http://127.0.0.1:9090", "http://127.0.0.1:9093"),
        "notify": Notify(Secret("CHAT")), "webhooks": ("call.answered",), "in_house": "north",
        "runbooks": (Runbook("site_down.md", date(2027, 1, 31), frozenset({Mishap.DROPPED})),),
        "search": Search(1.3, 0.05, 3.0, 12, 1.4, "asa"),
    }),
    (TARGET, {
        "name": "another", "adapter": "desk.py:Desk", "virtual_clock": False,
        "staffing": {"north": {"billing": 3}}, "mock": None, "shrinkage": 0.3,
        "time_zone": "Europe/Berlin",
        "opening_hours": {"billing": (Opening(0, 4, time(8), time(18)),)},
        "holidays": (date(2026, 12, 25),), "handle_s": {"billing": 300.0}, "remote": PROVIDER,
        "requirements": (ASKED,),
    }),
    (ASKED, {
        "need": Need.REPORTING, "what": "we see it", "check": "ticket_backlog",
        "open": (Opening(0, 4, time(8), time(18)),),
    }),
    (PROVIDER, {
        "edge": "https://x.acme.example", "sites": {"south": "https://s.acme.example"},
        "login": Login(SignIn(SignInKind.NONE)), "offers": (Stream.CALLS,),
        "lines": {"billing": ("+441632960109",)}, "metrics": Metrics(),
        "caps": Caps(requests_per_s=7.0), "ca_file": "/etc/ours/provider_ca.pem",
        "guard": GUARD, "admin": {"failover": "https://f.acme.example"},
    }),
    (Login(), {
        "sign_in": SignIn(scope="tickets"), "client_id": "us", "secret": Secret("TOKEN"),
    }),
    (Metrics(), {
        "sources": {"desk": "https://d.acme.example"}, "names": {"cc_wait_seconds": RENAMED},
        "prometheus": Prometheus("https://p.acme.example", {}), "login": Login(),
    }),
    (RENAMED, {
        "name": "other", "labels": {"queue": "skill"}, "values": {"queue": {"billing": "bill"}},
        "added": {"site": "north"}, "times": 0.001,
    }),
    (Prometheus("https://p.acme.example", {}), {
        "url": "https://q.acme.example", "inputs": {"cc_calls_queued_total": "sum(a)"},
        "scrape_every_s": 30.0,
    }),
    (Caps(), {"requests_per_s": 5.0, "concurrent": 200, "writes": 5000, "run_s": 7200.0}),
    (GUARD, {
        "level": Level.OFFLINE, "environment": "other", "keys": {"acme-2026": "KEY"},
        "networks": ("203.0.113.0/28",), "also": ("203.0.113.9",),
        "document": "/etc/ours/acme.json", "marker": Marker(field="environment"), "certificates": ("HASH",),
        "heuristic_waived": ("pre-prod.acme.example",), "shared_front_door": True,
        "approvers": {"jane": Approver("KEY", "jdoe")},
        "tenancy": Tenancy("/v1/account", "t-1", "account.id", "account.sandbox"),
    }),
]  # fmt: skip
"""Something else for each field of what a run uses."""
NOT_WRITTEN = {
    Scenario: {
        "path",  # where its file lay; the file is part of the evidence
        "starts_at_s",  # under `traffic`, where it makes a difference
    },
    Guarding: {"folder"},  # of the machine, not of the run
}


def written_with(part: Any) -> str:
    """Return the effective file of a run that used *part*."""
    match part:
        case Scenario():
            scenario, target = part, TARGET
        case Target():
            scenario, target = SCENARIO, part
        case Requirement():
            return written_with(replace(TARGET, requirements=(part,)))
        case Remote():
            return written_with(replace(TARGET, remote=part))
        case Login():
            return written_with(replace(PROVIDER, login=part))
        case Metrics():
            return written_with(replace(PROVIDER, metrics=part))
        case Renamed():
            return written_with(Metrics(names={"cc_wait_seconds": part}))
        case Prometheus():
            return written_with(Metrics(prometheus=part))
        case Caps():
            return written_with(replace(PROVIDER, caps=part))
        case _:
            return written_with(replace(PROVIDER, guard=part))
    return effective.written(scenario, SLA, target)


@pytest.mark.parametrize(
    ("part", "changes"), OTHERWISE, ids=[type(part).__name__ for part, _ in OTHERWISE]
)
def test_whatever_a_run_uses_stands_in_effective_yaml(part: Any, changes: dict[str, Any]) -> None:
    """Which site is in-house decides a rollback; where alerts are seen decides who missed one."""
    usual = written_with(part)
    unseen = [
        name for name in changes if written_with(replace(part, **{name: changes[name]})) == usual
    ]

    assert {each.name for each in fields(part)} == changes.keys() | NOT_WRITTEN.get(
        type(part), set()
    )
    assert unseen == []


def test_effective_yaml_names_files_without_the_folders_of_the_machine() -> None:
    """It is published with the reports."""
    guard = replace(GUARD, document="/etc/ours/acme.json")
    text = written_with(replace(PROVIDER, ca_file="/etc/ours/provider_ca.pem", guard=guard))

    assert "ca_file: provider_ca.pem" in text
    assert "document: acme.json" in text
    assert "/etc/ours" not in text


def test_what_breaks_now_and_then_is_written_as_it_was_said(make_record: MakeRecord) -> None:
    """Whoever plays it again, with its seed, gets the same night, or a longer one of it."""
    plan = fault_plan(at_s=0.0, written={"site": "north"})
    often = NowAndThen(10_800.0, (plan,), (8 * 3600.0, 20.5 * 3600.0))
    soak = phase("soak", PhaseKind.SOAK, duration_s=86_400.0, now_and_then=often)

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        soaking = with_faults_drawn(replace(SCENARIO, phases=(soak,)))
        record.put_plan(soaking, SLA, TARGET, FACTS)

    text = effective.render(make_record(filled), nothing_measured())
    (written,) = yaml.load(text, Loader=yaml.BaseLoader)["scenario"]["phases"]

    assert "faults" not in written
    assert written["now_and_then"] == {
        "every": "3h",
        "between": "08:00-20:30",
        "faults": [{"kind": "site_down", "site": "north", "for": "2m"}],
    }


def test_effective_yaml_means_the_same_to_every_reader(no_go_run: Run) -> None:
    """A reader with types must not turn a seed or a phone number into a number."""
    text = effective.render(no_go_run.record, no_go_run.verdict)

    assert yaml.safe_load(text) == yaml.load(text, Loader=yaml.BaseLoader)


def test_no_name_breaks_effective_yaml(hostile_run: Run) -> None:
    """A colon, a quote or a null character in a name is data, not YAML."""
    document = yaml.safe_load(effective.render(hostile_run.record, hostile_run.verdict))

    assert document["scenario"]["name"] == HOSTILE.replace("\ud800", "")
    assert document["target"]["mock"] == {
        document["scenario"]["name"]: [document["scenario"]["name"], "true", "1", {}, []]
    }


def test_the_summary_says_what_matters_in_one_screen(no_go_run: Run) -> None:
    """Verdict, what failed or is open, each fault, the tickets, and where the rest is."""
    text = summary(no_go_run)

    assert text.startswith("## ✗ NO-GO (mock only): pre-cutover")
    assert "| ✗ FAIL | `service_level[billing]` | site-loss | callers | 41.3 % (37–46); " in text
    assert "; expected 68.5 % |" in text
    assert f"- Note: {TOO_BUSY}" in text
    assert "needs 310 more contacts, about 31 min at this rate" in text
    assert "23 dropped, 5 cut off, 5 turned away; healed" in text
    assert "0 lost of 447 acknowledged (95 % upper bound 0.67 %)" in text
    assert "`report.html`" in text
    assert len(text.splitlines()) < 25


def test_the_table_of_faults_has_whoever_was_lost_at_another_site(two_faults_run: Run) -> None:
    """Of several faults it comes first: 0 dropped, cut off and turned away beside 60 lost."""
    (story,) = two_faults_run.verdict.recoveries
    lost = tuple(f"c{n:06d}" for n in range(60))
    elsewhere = replace(story, dropped=(), cut_off=(), turned_away=(), lost_elsewhere=lost)
    told = replace(two_faults_run.verdict, recoveries=(elsewhere,))
    page = html.render(two_faults_run.record, told)
    table = page[page.index('<table class="faults') :].partition("</table>")[0]

    assert re.findall(r'data-label="(Dropped|Lost elsewhere)"[^>]*>([^<]+)<', table) == [
        ("Dropped", "0"),
        ("Lost elsewhere", "60"),
        ("Dropped", "–"),
        ("Lost elsewhere", "–"),
    ]
    assert '">Lost elsewhere</th>' in table


def test_whoever_was_lost_at_another_site_is_told_with_the_others(no_go_run: Run) -> None:
    """They count against what was promised; a story without them says less than the figure."""
    (story,) = no_go_run.verdict.recoveries
    lost = replace(story, lost_elsewhere=("c000001", "c000002"))
    told = Run(no_go_run.record, replace(no_go_run.verdict, recoveries=(lost,)))
    page = html.render(told.record, told.verdict)

    assert "5 turned away; 2 lost at other sites or none known" in summary(told)
    assert "<strong>2</strong> lost at other sites, or at none that is known" in page
    assert "Lost at other sites" not in html.render(no_go_run.record, no_go_run.verdict)


def test_of_a_fault_that_was_not_proven_no_recovery_is_told(make_record: MakeRecord) -> None:
    """Callers whom nothing struck are served again at once, and it would look like a failover."""
    dud = replace(FAULT, injected_s=None, proven_s=None, proof="not injected: nobody confirmed it")

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        record.put_fault(dud)

    (recovery,) = no_go().recoveries
    at_once = replace(recovery, recovered_s=0.4, fault=dud.id, proven=False)
    run = Run(record := make_record(filled), replace(no_go(), recoveries=(at_once,)))
    (story,) = fault_stories(record, run.verdict)
    untold = "ot told: the fault was not shown to have taken effect"

    assert story.within_s is None
    assert f"N{untold}.</strong>" in html.render(record, run.verdict)
    assert f"; n{untold}; " in summary(run)
    assert "dropped while talking" in html.render(record, run.verdict)
    document = json.loads(result.render(record, run.verdict))
    assert document["faults"][0]["recovery"]["recovered_s"] is None
    assert [each.recovered_s for each in summary_of(record, run.verdict).faults] == [None]


def test_the_summary_of_a_run_that_only_explored_says_of_nothing_that_it_failed(
    no_go_run: Run,
) -> None:
    """Nothing was judged."""
    assert "- Failed: " in summary(no_go_run)
    explored = Run(no_go_run.record, replace(no_go_run.verdict, explored=True))
    assert "- Failed: " not in summary(explored)


def test_the_summary_stays_small_whatever_went_wrong(hostile_run: Run) -> None:
    """GitHub drops a step summary of more than 1 MB as a whole."""
    worst = objective(phase=HOSTILE * 100, scope=HOSTILE * 100)
    many = replace(hostile_run.verdict, results=hostile_run.verdict.results + (worst,) * 1_000)

    assert len(summary(Run(hostile_run.record, many)).encode()) < 100_000


def test_no_name_becomes_markup_in_the_summary(hostile_run: Run) -> None:
    """Markdown renders HTML, and a pipe or a line break would tear a table apart."""
    text = summary(hostile_run)
    rows = [line for line in text.splitlines() if line.startswith("| ✗ FAIL")]

    assert "\n# x" not in text
    assert "\u202e" not in text
    assert [row.replace("\\|", "").count("|") for row in rows] == [9]


def test_the_summary_of_a_go_shows_what_came_closest_to_failing(go_run: Run) -> None:
    """Of all that was met, five rows tell where the room is smallest; what is open is one line."""
    text = summary(go_run)
    rows = [line for line in text.splitlines() if line.startswith(("| ✓", "| !", "| ·"))]

    assert len(rows) == 5
    assert rows[0].startswith("| ! WARN | `service_level[support]` | peak |")
    assert rows[1].startswith("| ✓ PASS | `recovery` | site-loss |")
    assert text.count("left open in pilot, where nothing has to be decided") == 1
    assert "OPEN" not in text
    assert "more contacts" not in text


def test_what_is_merely_open_is_no_row_of_a_failed_run_either(no_go_run: Run) -> None:
    """A reader looks for what to mend; an open pilot row needs nothing."""
    assert "`abandonment[billing]`" not in summary(no_go_run)


def test_the_summary_reads_well_unrendered_too(no_go_run: Run) -> None:
    """In a log or a chat nobody renders Markdown: names are code spans, not full of backslashes."""
    assert "`service_level[billing]` 41.3 % (37–46) < 60 % in site-loss" in summary(no_go_run)
    assert "\\" not in summary(no_go_run)


@pytest.mark.parametrize(
    ("harmless", "harmful"),
    [
        ("site_down", "_emphasis_"),
        ("3 < 4", "<script>"),
        ("R & D", "&lt;"),
        ("a > b", "> quote"),
        ("no. # 4", "# title"),
    ],
)
def test_only_what_markdown_would_obey_is_escaped(
    no_go_run: Run, harmless: str, harmful: str
) -> None:
    """The first of each pair means nothing to Markdown where it stands, the second does."""
    for text, escaped in ((harmless, False), (harmful, True)):
        said = replace(no_go_run.verdict, sentence=text)
        line = summary(Run(no_go_run.record, said)).splitlines()[2]
        assert (line != text) == escaped


def judged_again(run: Run) -> Run:
    """Return *run*, judged by another contract than its own."""
    return Run(run.record, replace(run.verdict, sla=replace(SLA, name="Stricter", sha256="00")))


def test_a_run_judged_again_says_so_wherever_its_verdict_stands(no_go_run: Run) -> None:
    """Else two reports of one run contradict each other and nobody knows why."""
    again = judged_again(no_go_run)
    text = "Judged again by Stricter; the run's own contract was Outsourced care."

    assert text in html_text(again)
    assert text in summary(again)
    assert json.loads(result.render(again.record, again.verdict))["verdict"]["rejudged"] is True


def test_gates_are_said_to_have_been_decided_by_the_old_contract(no_go_run: Run) -> None:
    """A gate cannot be decided again: the load that followed it was what it was."""
    text = "The gates were decided by the run's own."

    assert text in html_text(judged_again(no_go_run))
    assert text in summary(judged_again(no_go_run))


def test_a_run_judged_by_its_own_contract_says_nothing_of_another(no_go_run: Run) -> None:
    """A notice that is always there is never read."""
    document = json.loads(result.render(no_go_run.record, no_go_run.verdict))

    assert "Judged again" not in html_text(no_go_run)
    assert "Judged again" not in summary(no_go_run)
    assert document["verdict"]["rejudged"] is False


def test_another_version_of_the_same_contract_is_told_apart(no_go_run: Run) -> None:
    """ "Judged again by X, its own was X" would read as a mistake."""
    changed = replace(no_go_run.verdict, sla=replace(SLA, sha256="00"))

    assert "contract was another version of it" in summary(Run(no_go_run.record, changed))


def test_a_control_run_is_called_one_in_every_report(make_record: MakeRecord) -> None:
    """Under a GO of it stood what a GO of its scenario shows, and nothing had been broken."""

    def filled(record: RunRecord) -> None:
        record.put_plan(SCENARIO, SLA, TARGET, replace(FACTS, control=True))

    record = make_record(filled)
    run = Run(record, judge(record, SLA, about="mock only"))
    shown = html_text(run)

    assert "A control run." in shown
    assert SCENARIO.proves not in shown
    assert "- About: control run: its faults were left out; mock" in summary(run)
    assert effective.render(run.record, run.verdict).startswith("# A control run")
    assert json.loads(result.render(run.record, run.verdict))["run"]["control"] is True


def test_a_run_with_its_faults_is_called_no_control_run(go_run: Run) -> None:
    """What a GO of it shows stands beside its name."""
    assert "control run" not in html_text(go_run).lower() + summary(go_run).lower()
    assert SCENARIO.proves in html_text(go_run)
    assert json.loads(result.render(go_run.record, go_run.verdict))["run"]["control"] is False


def test_a_machine_reads_when_the_run_began_and_ended(no_go_run: Run) -> None:
    """Whoever joins it with other logs has dates, not epoch seconds."""
    run = json.loads(result.render(no_go_run.record, no_go_run.verdict))["run"]

    assert run["started"] == "2026-11-22T10:45:00Z"
    assert run["ended_s"] == 3870.0
