"""What CI runs is what a person would run: commands that exist, bounds in time, nothing retried."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from harness.cli import app
from harness.files import load
from harness.preflight import KNOWN

ROOT = Path(__file__).parents[1]
GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "ci" / "gitlab-ci.yml"


def loaded(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of *path* by name."""
    whole = loaded(path)
    if path in GITHUB:
        return dict(whole["jobs"])
    return {name: job for name, job in whole.items() if name != "stages" and name[0] != "."}


def scripts(path: Path) -> list[str]:
    """Return every command that *path* runs."""
    found: list[str] = []
    for job in jobs(path).values():
        found += [step["run"] for step in job.get("steps", ()) if "run" in step]
        found += job.get("script", ())
    return [line.strip() for each in found for line in each.splitlines()]


@pytest.mark.parametrize("path", [*GITHUB, GITLAB], ids=lambda path: path.name)
def test_every_command_of_ours_exists_with_its_options(path: Path):
    """A workflow that names an option of last year fails at night."""
    root = typer.main.get_command(app)
    ours = [line for line in scripts(path) if line.startswith(".venv/bin/harness ")]
    assert ours or path.name not in ("soak.yml", "gitlab-ci.yml")
    for line in ours:
        _, *words = shlex.split(line)
        command = root
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
        options = {option for each in command.params for option in each.opts}

        assert {word for word in words if word.startswith("--")} <= options
        for scenario in (word for word in words if word.endswith(".yaml")):
            assert (ROOT / scenario).is_file()


@pytest.mark.parametrize("path", [*GITHUB, GITLAB], ids=lambda path: path.name)
def test_every_script_is_one_that_a_shell_can_read(path: Path):
    """Found here, not at two in the morning."""
    for job in jobs(path).values():
        told = [step["run"] for step in job.get("steps", ()) if "run" in step]
        for script in (*told, "\n".join(job.get("script", ()))):
            done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True)

            assert done.returncode == 0, f"{script}\n{done.stderr}"


@pytest.mark.parametrize("path", [*GITHUB, GITLAB], ids=lambda path: path.name)
def test_every_job_ends_by_itself_and_none_is_tried_again(path: Path):
    """A failure that is run again until it is green was never seen."""
    for name, job in jobs(path).items():
        assert "timeout-minutes" in job or "timeout" in job, name
        assert job.get("retry", 0) == 0
        assert "continue-on-error" not in job
        of_ours = [step for step in job.get("steps", ()) if "harness run" in step.get("run", "")]
        assert not [step for step in of_ours if "continue-on-error" in step]
        assert not [step for step in of_ours if "||" in step["run"]]
    for line in scripts(path):
        if "harness run" in line:
            assert "||" not in line


def test_a_soak_is_scheduled_off_the_hour_alone_and_leaves_its_artifacts():
    """Schedules of the full hour come late or never; what a red night left is wanted most."""
    soak = loaded(ROOT / ".github" / "workflows" / "soak.yml")
    on = soak[True]  # YAML 1.1 reads `on` so
    (schedule,) = on["schedule"]
    minute = int(schedule["cron"].split()[0])
    steps = soak["jobs"]["soak"]["steps"]
    uploads = [step for step in steps if "upload-artifact" in step.get("uses", "")]

    assert minute not in (0, 30)
    assert "workflow_dispatch" in on
    assert soak["concurrency"] == {"group": "soak", "cancel-in-progress": False}
    assert soak["permissions"] == {"contents": "read", "actions": "read"}
    assert uploads
    assert all(step["if"] == "always()" for step in uploads)
    assert any("GITHUB_STEP_SUMMARY" in step.get("run", "") for step in steps)


def test_who_is_told_is_known_to_the_runs_and_to_nothing_else():
    """A webhook's address is a secret: in the step that needs it, by the name that the scenario has."""
    scenario = load(ROOT / "scenarios" / "soak.yaml", known=KNOWN).scenario
    assert scenario.notify is not None
    name = scenario.notify.url.variable
    for path, command in (("soak.yml", "harness run "), ("soak_watch.yml", "harness runs expect ")):
        workflow = loaded(ROOT / ".github" / "workflows" / path)
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        given = [step for step in steps if name in step.get("env", {})]

        assert [command in step["run"] for step in given] == [True]
        assert given[0]["env"][name] == "${{ secrets." + name + " }}"
        assert name not in workflow.get("env", {})
    watch = jobs(GITLAB)["watch"]["script"]

    assert any("harness runs expect scenarios/soak.yaml" in line for line in watch)
    assert name not in str(jobs(GITLAB)), "in GitLab it is a masked variable of the project"


def test_only_the_default_branch_writes_history_and_by_a_job_of_its_own():
    """What a branch tries out must not become what others are compared to."""
    soak = loaded(ROOT / ".github" / "workflows" / "soak.yml")["jobs"]
    gitlab = jobs(GITLAB)

    assert soak["history"]["permissions"] == {"contents": "write"}
    assert "default_branch" in soak["history"]["if"]
    assert "permissions" not in soak["soak"]
    assert "$CI_DEFAULT_BRANCH" in gitlab["history"]["rules"][0]["if"]
    assert gitlab["soak"]["resource_group"] == "soak"
    assert gitlab["soak"]["artifacts"]["when"] == "always"
    assert gitlab["soak"]["artifacts"]["reports"]["junit"] == "runs/*/junit.xml"


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_expressions_are_closed_and_name_what_there_is(path: Path):
    """An expression with a typo is an empty text, and no error."""
    text = path.read_text(encoding="utf-8")
    known = r"(?:inputs|github|env|steps|needs|secrets)\.[\w.-]+"
    for expression in re.findall(r"\$\{\{(.*?)\}\}", text):
        assert re.fullmatch(rf"\s*{known}(?:\s*\|\|\s*'[^']*')?\s*", expression), expression

    assert text.count("${{") == text.count("}}")


def test_a_history_is_published_by_adding_to_it(tmp_path: Path):
    """The very commands, on a repository: a second night keeps the first, whatever else came."""
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q", "--bare", origin], check=True)
    subprocess.run([*git, "clone", "-q", origin, clone], check=True, capture_output=True)
    (clone / "README").write_text("x")
    identity = ["-c", "user.name=x", "-c", "user.email=x@client.example"]
    subprocess.run(["git", "-C", clone, "add", "."], check=True)
    subprocess.run(["git", "-C", clone, *identity, "commit", "-qm", "x"], check=True)
    subprocess.run(["git", "-C", clone, "push", "-q", "origin", "HEAD:main"], check=True)
    steps = loaded(ROOT / ".github" / "workflows" / "soak.yml")["jobs"]["history"]["steps"]
    script = steps[-1]["run"]
    for night in ("first", "second"):
        work = tmp_path / night
        subprocess.run([*git, "clone", "-q", origin, work], check=True, capture_output=True)
        (work / "new" / "summaries").mkdir(parents=True)
        (work / "new" / "summaries" / f"{night}.json").write_text("{}")
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=work, capture_output=True, text=True
        )

        assert done.returncode == 0, done.stderr
    listed = subprocess.run(
        ["git", "-C", origin, "ls-tree", "-r", "--name-only", "soak-history"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip

    assert listed == ["runs/summaries/first.json", "runs/summaries/second.json"]
