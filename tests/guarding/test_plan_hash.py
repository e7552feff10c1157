"""The hash of a plan: whatever the run depends on changes it, and where files lie does not."""

from dataclasses import replace
from pathlib import Path

from harness.guarding import plan_hash
from harness.model.scenario import FaultPlan
from harness.preflight import Plan
from tests.guarding.uat import uat


def with_experiment(plan: Plan, experiment: Path) -> Plan:
    """Return *plan* with a fault in its last phase that *experiment* is made of."""
    path = str(experiment)
    fault = FaultPlan(
        "chaostoolkit",
        "",
        60.0,
        60.0,
        asked={"experiment": path, "where": "desk"},
        written={"experiment": path, "where": "desk"},
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
