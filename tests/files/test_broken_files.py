"""Each way to get a file wrong: one change, one problem, on the right line, with the remedy."""

from typing import NamedTuple

import pytest

from tests.files.small_rehearsal import Rehearsal


class Broken(NamedTuple):
    """Put *new* for *old*: the problem stands in *line* and says each of *fragments*."""

    because: str
    old: str
    new: str
    line: int
    fragments: tuple[str, ...]


SCENARIO = [
    Broken(
        "a misspelt key must not be ignored",
        "seed: 2026",
        "seed: 2026\nsede: 1",
        7,
        ("unknown key 'sede'", "did you mean 'seed'?"),
    ),
    Broken("no key may be left out", "seed: 2026\n", "", 2, ("no 'seed'", "seed: 2026")),
    Broken(
        "two values for one key cannot both be meant",
        "seed: 2026",
        "seed: 2026\nseed: 7",
        7,
        ("'seed' again", "line 6", "once"),
    ),
    Broken("a value is needed", "seed: 2026", "seed:", 6, ("nothing after 'seed:'", "a text")),
    Broken(
        "a name becomes a folder",
        "name: small",
        "name: ../small",
        2,
        ("'name: ../small'", "small letters"),
    ),
    Broken(
        "a run answers to somebody",
        ", contact: transition@client.example",
        "",
        3,
        ("no 'contact' in owner",),
    ),
    Broken(
        "a verdict is only worth what it proves",
        "# A GO shows that a small change is found.\n",
        "",
        1,
        ("no comment at the top", "a GO of this scenario proves"),
    ),
    Broken(
        "the caller's clock is not honest beyond 60",
        "speed: 20",
        "speed: 100",
        7,
        ("'speed: 100'", "from 1 to 60"),
    ),
    Broken(
        "a generator that may take nothing is not allowed nine tenths",
        "seed: 2026",
        "seed: 2026\ngenerator: {cpu: 0%}",
        7,
        ("'cpu: 0%'", "a share above 0%"),
    ),
    Broken(
        "a list in a list is called what it is",
        "interfaces:",
        "interfaces:\n  webhooks: [[call.ended]]",
        9,
        ("found a list; wanted a single value",),
    ),
    Broken(
        "no file has a name as long as that",
        "seed: 2026",
        f"seed: 2026\nknowledge: [{'x' * 300}.md]",
        7,
        ("'xxx", "an existing file"),
    ),
    Broken("on is a word, not a number", "speed: 20", "speed: on", 7, ("'speed: on'",)),
    Broken(
        "a list is asked for, not a lone number",
        '["+441632960201"]',
        '"+441632960201"',
        11,
        ("'support: +441632960201'", "a list of numbers"),
    ),
    Broken(
        "a number without a country reaches nobody",
        '["+441632960201"]',
        '["01632960201"]',
        11,
        ("'01632960201'", "E.164"),
    ),
    Broken(
        "one number cannot lead to two queues",
        "+441632960201",
        "+441632960101",
        11,
        ("+441632960101 again", "line 10"),
    ),
    Broken(
        "a queue of that name would take the ticket agents",
        "    support:",
        '    tickets: ["+441632960301"]\n    support:',
        11,
        ("called 'tickets'", "another name"),
    ),
    Broken(
        "calls that nobody can answer are no test",
        "    support:",
        '    suport: ["+441632960301"]\n    support:',
        11,
        ("no site staffs", "did you mean 'support'?"),
    ),
    Broken(
        "a share that is forgotten would be sent nowhere",
        "support: 40%}",
        "support: 30%}",
        13,
        ("adds up to 90 %", "100 % in all"),
    ),
    Broken(
        "what is missing is told although it is little",
        "mix: {billing: 60%, support: 40%}",
        "mix: {billing: 60%, support: 39.99%}",
        13,
        ("adds up to 99.99 %", "100 % in all"),
    ),
    Broken(
        "a queue without a line cannot be called",
        "support: 40%}",
        "suport: 40%}",
        13,
        ("unknown queue 'suport'", "did you mean 'support'?"),
    ),
    Broken(
        "tickets have four priorities",
        "P4: 20%",
        "P5: 20%",
        14,
        ("unknown priority 'P5'", "P1, P2, P3, P4"),
    ),
    Broken("shares are percentages", "P4: 20%", "P4: 0.2", 14, ("'P4: 0.2'", "a percentage")),
    Broken(
        "a shape is known by name, or is a file",
        "shape: flat",
        "shape: bank_dya",
        13,
        ("'shape: bank_dya'", "did you mean 'bank_day'?", "flat", "my_day.yaml"),
    ),
    Broken(
        "a shape of one's own must be there",
        "shape: flat",
        "shape: my_day.yaml",
        13,
        ("'shape: my_day.yaml'", "an existing file"),
    ),
    Broken(
        "a way to arrive is known by name",
        "shape: flat",
        "arrivals: poison",
        13,
        ("'arrivals: poison'", "did you mean 'poisson'?", "recorded: january.csv"),
    ),
    Broken(
        "a recording must be there",
        "per_hour: 1440, shape: flat",
        "arrivals: {recorded: past.csv}",
        13,
        ("'recorded: past.csv'", "an existing file"),
    ),
    Broken(
        "days vary or they do not",
        "traffic:",
        "traffic:\n  days: wild",
        13,
        ("'days: wild'", "exact, variable"),
    ),
    Broken(
        "how much days vary is a number",
        "traffic:",
        "traffic:\n  days: {day: 15%}",
        13,
        ("'day: 15%'", "from 0 to 1"),
    ),
    Broken(
        "a phase's days are no less than the scenario's",
        "load: 10% -> 100%, for",
        "load: 10% -> 100%, days: varable, for",
        17,
        ("'days: varable'", "did you mean 'variable'?"),
    ),
    Broken(
        "the lines are probed on any day",
        "kind: lines}",
        "kind: lines, days: variable}",
        16,
        ("'days: variable'", "probes each number once"),
    ),
    Broken(
        "a day has 24 hours",
        "traffic:",
        "traffic:\n  starts_at: 24:30",
        13,
        ("'starts_at: 24:30'", "Mon 09:00"),
    ),
    Broken(
        "a week has seven days",
        "traffic:",
        "traffic:\n  starts_at: Mun 09:00",
        13,
        ("'starts_at: Mun 09:00'", "a day of the week", "Mon, Sat"),
    ),
    Broken(
        "a run outside the hours of its shape has no customers",
        "traffic:\n  calls: {per_hour: 1440, shape: flat",
        "traffic:\n  starts_at: 03:00\n  calls: {per_hour: 1440, shape: bank_day",
        13,
        ("from Mon 03:00 on", "bank_day has no calls"),
    ),
    Broken(
        "a week begins on one of its days",
        "traffic:\n  calls: {per_hour: 1440, shape: flat",
        "traffic:\n  starts_at: 09:00\n  calls: {per_hour: 1440, shape: bank_week",
        14,
        ("bank_week", "names none", "starts_at: Mon 09:00"),
    ),
    Broken(
        "patience has a unit",
        "patience: busy",
        "patience: 180",
        13,
        ("'patience: 180'", "busy"),
    ),
    Broken("no traffic at all", "per_hour: 600", "per_hour: 0", 14, ("above 0",)),
    Broken("zeros too many", "per_hour: 600", "per_hour: 600000000", 14, ("up to 10,000,000",)),
    Broken(
        "a phase has a known kind",
        "kind: ramp",
        "kind: rampp",
        17,
        ("'kind: rampp'", "did you mean 'ramp'?"),
    ),
    Broken(
        "what is judged for the whole run stands under a name of its own",
        "name: settle",
        "name: run",
        25,
        ("a phase called 'run'", "another name"),
    ),
    Broken("phases are told apart by name", "name: settle", "name: ramp", 25, ("second phase",)),
    Broken("nothing runs for no time", "for: 15m", "for: 0m", 21, ("'for: 0m'", "above 0")),
    Broken(
        "no run outlasts the calendar",
        "for: 15m",
        "for: 1000000000d",
        21,
        ("'for: 1000000000d'", "ten years at most"),
    ),
    Broken("a load has a unit", "load: 10% -> 100%", "load: 10 -> 100", 17, ("'load: 10 -> 100'",)),
    Broken(
        "zeros too many in a load",
        "load: 10% -> 100%",
        "load: 10% -> 1000000%",
        17,
        ("'load: 10% -> 1000000%'", "up to 10000%"),
    ),
    Broken(
        "every loaded phase says how long",
        "load: 10% -> 100%, for: 10m",
        "load: 10% -> 100%",
        17,
        ("no 'for' in phase 2",),
    ),
    Broken(
        "lines are probed before anyone calls",
        "name: settle, kind: recovery, load: 100%, for: 10m",
        "name: settle, kind: lines",
        25,
        ("after other phases", "before all others"),
    ),
    Broken(
        "a lines phase carries no traffic",
        "kind: lines}",
        "kind: lines, load: 10%}",
        16,
        ("'load: 10%'", "probes each number once"),
    ),
    Broken(
        "only a fault phase breaks things",
        "kind: fault",
        "kind: steady",
        22,
        ("faults in a phase of kind steady", "kind: fault"),
    ),
    Broken(
        "a fault phase breaks something",
        "kind: recovery",
        "kind: fault",
        25,
        ("without faults", "site_down"),
    ),
    Broken(
        "a fault must be one we can make",
        "kind: site_down",
        "kind: sitedown",
        23,
        ("'kind: sitedown'", "did you mean 'site_down'?"),
    ),
    Broken(
        "a fault hits a site that is there",
        "site: north, at: 2m",
        "site: norht, at: 2m",
        23,
        ("'site: norht'", "did you mean 'north'?"),
    ),
    Broken(
        "a fault heals in its own phase",
        "at: 8m, for: 4m",
        "at: 8m, for: 8m",
        24,
        ("from 8m to 16m", "within its phase of 15m"),
    ),
    Broken(
        "a dead site cannot be frozen",
        "at: 8m",
        "at: 5m",
        24,
        ("site_hang at 5m", "site_down holds", "6m or later"),
    ),
    Broken(
        "no surprises in the night of the cutover",
        "at: 2m, for: 4m, runbook: site_down.md",
        "at: 2m, for: 4m",
        23,
        ("no 'runbook'", "every fault names its runbook"),
    ),
    Broken(
        "an alarm nobody can look for is no alarm",
        "at: 2m, for: 4m, runbook: site_down.md",
        "at: 2m, for: 4m, runbook: site_down.md, expect_alert: {name: Down, within: 5s}",
        2,
        ("expect_alert of site_down north", "no operations room", "prometheus:"),
    ),
    Broken(
        "an alarm has a name and a time",
        "at: 2m, for: 4m, runbook: site_down.md",
        "at: 2m, for: 4m, runbook: site_down.md, expect_alert: {name: Down}",
        23,
        ("no 'within' in expect_alert", "within: 60s"),
    ),
    Broken(
        "the operations room has an address",
        "seed: 2026",
        "seed: 2026\noperations: {prometheus: prometheus.example}",
        7,
        ("'prometheus: prometheus.example'", "as in https://"),
    ),
    Broken(
        "a runbook that is not there helps nobody",
        "at: 2m, for: 4m, runbook: site_down.md",
        "at: 2m, for: 4m, runbook: no.md",
        23,
        ("'runbook: no.md'", "existing file"),
    ),
    Broken("a gate opens on pass", "open_on: pass", "open_on: green", 25, ("not_fail, pass",)),
    Broken(
        "after a gate we stop or go on",
        "on_gate_failure: stop",
        "on_gate_failure: halt",
        26,
        ("one of continue, stop",),
    ),
    Broken("the target is there", "target: mock.yaml", "target: moc.yaml", 4, ("existing file",)),
    Broken("the SLA is there", "sla: care.yaml", "sla: car.yaml", 5, ("existing file",)),
    Broken(
        "a bracket left open",
        '["+441632960201"]',
        '["+441632960201"',
        11,
        ("""'support: ["+441632960201"'""", "a ] at the end"),
    ),
    Broken("a quote left open", "seed: 2026", "seed: '2026", 6, ("seed: '2026", "a closing quote")),
    Broken(
        "a quote left open and closed by a later one",
        "seed: 2026",
        'seed: "2026',
        10,
        ("a quote above that was never closed",),
    ),
    Broken("a value with a colon", "seed: 2026", "seed: a: b", 6, ("quotes around a ': '",)),
    Broken("a tab", "\n    billing:", "\n\tbilling:", 10, ("spaces, never tabs",)),
    Broken("a colon is missing", "seed: 2026", "seed 2026", 6, ("'seed 2026'", "with a colon")),
    Broken("a tag asks for code", "seed: 2026", "seed: !!int 2026", 6, ("the tag", "is a text")),
    Broken("a star is an alias", "seed: 2026", "seed: *x", 6, ("*x", "in quotes")),
    Broken("one file, one scenario", "phases:", "---\nphases:", 15, ("a second document",)),
]

SLA = [
    Broken(
        "a misspelt KPI would never be judged",
        "kpi: asa",
        "kpi: aza",
        7,
        ("'kpi: aza'", "did you mean 'asa'?"),
    ),
    Broken(
        "less is better for abandonment",
        '"<= 5%"',
        '">= 5%"',
        6,
        ("'goal: >= 5%'", "'<= 5%'", "less is better"),
    ),
    Broken("5 what?", '"<= 5%"', '"<= 5"', 6, ("'goal: <= 5'", "a percentage, as in '<= 5%'")),
    Broken("28 what?", '"<= 28s"', '"<= 28"', 7, ("a duration with its unit, as in '<= 28s'",)),
    Broken("tickets are whole", '"<= 0"', '"<= 0.5"', 10, ("a whole number, as in '<= 0'",)),
    Broken("within how long?", "80/20", '">= 80%"', 5, ("80/20", "90% within 15m")),
    Broken(
        "nothing is above 100 %",
        "fault: 60%",
        "fault: 160%",
        5,
        ("'fault: 160%'", "a percentage"),
    ),
    Broken(
        "a gate stands in a kind of phase",
        "fault: 60%",
        "falt: 60%",
        5,
        ("'gates: falt'", "did you mean 'fault'?"),
    ),
    Broken(
        "no KPI is measured while lines are probed",
        "fault: 60%",
        "lines: 60%",
        5,
        ("'gates: lines'", "fault, ramp, recovery"),
    ),
    Broken(
        "recovery is seen after a fault only",
        "restored_at: 60/20",
        "restored_at: 60/20, gates: {steady: 3m}",
        9,
        ("'gates: steady'", "fault"),
    ),
    Broken(
        "recovered to what?",
        ", restored_at: 60/20",
        "",
        9,
        ("no 'restored_at'", "restored_at: 60/20"),
    ),
    Broken(
        "only recovery has a level to return to",
        "must_pass: no",
        "restored_at: 60/20",
        7,
        ("'restored_at: 60/20'", "recovery alone"),
    ),
    Broken(
        "tickets are audited once, at the end",
        'lost_tickets, goal: "<= 0"',
        'lost_tickets, goal: "<= 0", gates: {steady: 0}',
        10,
        ("gates for lost_tickets", "for the whole run"),
    ),
    Broken(
        "a warning that begins above the goal is none",
        "warn: 6%",
        "warn: 4%",
        6,
        ("'warn: 4%'", "no better than the goal"),
    ),
    Broken(
        "recovery has no queue",
        "restored_at: 60/20",
        "restored_at: 60/20, each: queue",
        9,
        ("recovery for each queue", "each: all"),
    ),
    Broken(
        "two goals for one thing",
        "{kpi: asa,",
        '{kpi: asa, goal: "<= 9s"}\n  - {kpi: asa,',
        8,
        ("a second objective for asa",),
    ),
    Broken("yes and no are the words", "must_pass: no", "must_pass: off", 7, ("yes or no",)),
    Broken("certainty has bounds", "95%", "100%", 2, ("50% to 99.9%",)),
]

TARGET = [
    Broken("a word for yes", "virtual_clock: yes", "virtual_clock: true", 3, ("yes or no",)),
    Broken(
        "heads are whole", "billing: 50, support: 34", "billing: 49.5, support: 34", 5, ("whole",)
    ),
    Broken(
        "no site has so many",
        "billing: 50, support: 34",
        "billing: 5000000, support: 34",
        5,
        ("'billing: 5000000'", "from 0 to 999,999"),
    ),
    Broken("a class is imported", "reference:Ref", "reference.Ref", 2, ("package.module:Class",)),
    Broken(
        "the mock's own addresses are made for each run",
        "virtual_clock: yes",
        "virtual_clock: yes\nsites: {north: http://127.0.0.1:1}",
        4,
        ("sites", "no 'sites' without an 'edge'"),
    ),
    Broken(
        "a target is the mock, or it is elsewhere",
        "mock: {replication: synchronous, health_check: {every: 2s, fall: 2}}\n",
        "",
        1,
        ("neither 'mock' nor 'edge'", "'edge: URL' of a target that somebody else runs"),
    ),
    Broken(
        "the mock's section is a table",
        "mock: {replication: synchronous, health_check: {every: 2s, fall: 2}}",
        "mock: synchronous",
        7,
        ("'mock: synchronous'", "'mock: {}' takes every default"),
    ),
    Broken(
        "heads by what times of day",
        "billing: 50, support: 34",
        "billing: {8-12: 40}, support: 34",
        5,
        ("'8-12'", "times of day such as 08:00-18:00"),
    ),
    Broken(
        "heads of a shift are whole",
        "billing: 50, support: 34",
        'billing: {"08:00-12:00": forty}, support: 34',
        5,
        ("'08:00-12:00: forty'", "whole"),
    ),
    Broken(
        "a shift has heads",
        "billing: 50, support: 34",
        "billing: {}, support: 34",
        5,
        ("an empty table as billing", "heads by times of day"),
    ),
    Broken(
        "not all of the paid are at work",
        "mock: {rep",
        "shrinkage: 10\nmock: {rep",
        7,
        ("'shrinkage: 10'", "a percentage"),
    ),
    Broken(
        "a zone that exists",
        "mock: {rep",
        "time_zone: Europe/Lodnon\nmock: {rep",
        7,
        ("did you mean 'Europe/London'?",),
    ),
    Broken(
        "hours as people write them",
        "mock: {rep",
        "opening_hours: {billing: 8 to 6}\nmock: {rep",
        7,
        ("'billing: 8 to 6'", "such as 'Mon-Fri 08:00-18:00'"),
    ),
    Broken(
        "a day that is one",
        "mock: {rep",
        "opening_hours: {billing: Mon-Fry 08:00-18:00}\nmock: {rep",
        7,
        ("such as 'Mon-Fri 08:00-18:00'",),
    ),
    Broken(
        "a time of day that is one",
        "mock: {rep",
        "opening_hours: {billing: Mon-Fri 08:00-25:00}\nmock: {rep",
        7,
        ("such as 'Mon-Fri 08:00-18:00'",),
    ),
    Broken(
        "a night has two parts",
        "mock: {rep",
        "opening_hours: {billing: Mon 22:00-06:00}\nmock: {rep",
        7,
        ("two parts", "Tue 00:00-06:00"),
    ),
    Broken(
        "hours of a queue that is there",
        "mock: {rep",
        "opening_hours: {biling: always}\nmock: {rep",
        7,
        ("'biling', which no site staffs", "did you mean 'billing'?"),
    ),
    Broken(
        "hours belong to queues",
        "mock: {rep",
        "opening_hours: Mon-Fri 08:00-18:00\nmock: {rep",
        7,
        ("opening_hours: {billing:",),
    ),
    Broken(
        "tickets do not queue by hours",
        "mock: {rep",
        "opening_hours: {tickets: always}\nmock: {rep",
        7,
        ("'tickets'", "billing, support"),
    ),
    Broken(
        "a day of the calendar",
        "mock: {rep",
        "holidays: [2026-02-30]\nmock: {rep",
        7,
        ("'2026-02-30'", "a day, written as 2026-12-31"),
    ),
    Broken(
        "holidays are a list",
        "mock: {rep",
        "holidays: 2026-12-25\nmock: {rep",
        7,
        ("holidays: [2026-12-25]",),
    ),
]

EVERY = [
    pytest.param(file, broken, id=f"{file}-{broken.because}")
    for file, rows in (("small.yaml", SCENARIO), ("care.yaml", SLA), ("mock.yaml", TARGET))
    for broken in rows
]


@pytest.mark.parametrize(("file", "broken"), EVERY)
def test_one_mistake_is_one_problem_on_its_line_with_the_remedy(
    rehearsal: Rehearsal, file: str, broken: Broken
):
    """Whoever reads the message can go to the line and mend it, and is told nothing beside it."""
    rehearsal.change(file, broken.old, broken.new)

    problems = rehearsal.problems()

    assert [problem.where for problem in problems] == [rehearsal.where(file, broken.line)]
    said = f"found {problems[0].found}; wanted {problems[0].want}"
    assert [fragment for fragment in broken.fragments if fragment not in said] == []


def test_an_alarm_that_may_take_longer_than_its_fault_is_refused(rehearsal: Rehearsal):
    """Nobody could tell whether it would have come: the fault is healed by then."""
    alert = "runbook: site_down.md, expect_alert: {name: Down, within: 1m}"
    rehearsal.change(
        "small.yaml",
        "for: 4m, runbook: site_down.md}\n      - {kind: site_hang",
        f"for: 4m, {alert}}}\n      - {{kind: site_hang",
    )
    rehearsal.change(
        "small.yaml", "seed: 2026", "seed: 2026\noperations: {prometheus: 'http://127.0.0.1:9090'}"
    )

    (problem,) = rehearsal.problems()

    assert problem.where == rehearsal.where("small.yaml", 24)
    assert "Down within 1m of the clock" in problem.found
    assert "healed after 12s of the clock" in problem.want
