"""The hash of a plan: whatever the run depends on changes it, and where files lie does not."""

import sys
from dataclasses import replace
from pathlib import Path

from harness.faults.kinds import KINDS
from harness.guarding import plan_hash
from harness.model.scenario import FaultPlan
from harness.preflight import Plan
from tests.guarding.uat import uat


def with_experiment(plan: Plan, experiment: Path) -> Plan:
    """Return *plan* with a fault in its last phase that *experiment* is made of."""
    asked = {each.name: each.default for each in KINDS["chaostoolkit"].parameters}
    asked |= {"experiment": experiment.read_text(), "where": "desk"}
    fault = FaultPlan(
        "chaostoolkit",
        "",
        60.0,
        60.0,
        asked={name: value for name, value in asked.items() if value is not None},
        written={"experiment": str(experiment), "where": "desk"},
    )
    *before, last = plan.scenario.phases
    phases = (*before, replace(last, faults=(fault,)))
    return replace(plan, scenario=replace(plan.scenario, phases=phases))


async def test_another_experiment_is_another_plan(tmp_path: Path):
    """What breaks the provider's is in the experiment: the one approved is the one that is run."""
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    for each in (here, there):
        each.write_text('{"method": ["stop the gateway"]}')
    async with uat(tmp_path) as env:
        plan = await env.plan()
    approved = plan_hash(with_experiment(plan, here))

    assert plan_hash(with_experiment(plan, there)) == approved, "only where it lies differs"
    here.write_text('{"method": ["stop production"]}')
    assert plan_hash(with_experiment(plan, here)) != approved


async def test_the_interpreter_that_happens_to_be_ours_is_no_part_of_a_plan(tmp_path: Path):
    """Who approves it sits at another machine, where ours lies elsewhere."""
    experiment = tmp_path / "stop.json"
    experiment.write_text("{}")
    async with uat(tmp_path) as env:
        plan = with_experiment(await env.plan(), experiment)

    assert sys.executable not in repr(plan.scenario)


async def test_another_adapter_is_another_plan_wherever_it_lies(tmp_path: Path):
    """The code that sends the requests is part of what was approved; a colleague's folder is not."""
    here, there = tmp_path / "here" / "desk.py", tmp_path / "there" / "desk.py"
    for each in (here, there):
        each.parent.mkdir()
        each.write_text("class Desk: ...")
    async with uat(tmp_path) as env:
        plan = await env.plan()

    def by(file: Path) -> str:
        return plan_hash(replace(plan, target=replace(plan.target, adapter=f"{file}:Desk")))

    approved = by(here)

    assert by(there) == approved, "only where it lies differs"
    here.write_text("class Desk: in_a_hurry = True")
    assert by(here) != approved
