"""What CI runs is what a person would run: commands that exist, bounds in time, nothing retried."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from harness.cli import app
from harness.files.load import load
from harness.known import KNOWN

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


@pytest.mark.parametrize("path", [*GITHUB, GITLAB], ids=lambda path: path.name)
def test_nothing_that_a_run_left_is_kept_out_of_its_artifact(path: Path):
    """All of it is sealed, and a soak that goes on reads the end of its contact log."""
    for job in jobs(path).values():
        uploads = [
            step["with"]["path"].split()
            for step in job.get("steps", ())
            if "upload-artifact" in step.get("uses", "")
        ]

        assert not [each for paths in uploads for each in paths if each.startswith("!")]
        assert "exclude" not in job.get("artifacts", {})


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


GIT = ["git", "-c", "init.defaultBranch=main"]
PUBLISHED = {
    "soak.yml": loaded(ROOT / ".github" / "workflows" / "soak.yml")["jobs"]["history"]["steps"][-1][
        "run"
    ],
    "gitlab-ci.yml": "\n".join(loaded(GITLAB)["history"]["script"]),
}
"""The commands that publish a night's history, by the file that they stand in."""
PUSHED_TO = "https://soak:TOKEN@git.client.example/group/project.git"
OF_GITLAB = {
    "HISTORY_TOKEN": "TOKEN",
    "CI_SERVER_HOST": "git.client.example",
    "CI_PROJECT_PATH": "group/project",
}


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Return a repository with one commit, that ignores what this one ignores."""
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    subprocess.run([*GIT, "init", "-q", "--bare", origin], check=True)
    subprocess.run([*GIT, "clone", "-q", origin, clone], check=True, capture_output=True)
    shutil.copy(ROOT / ".gitignore", clone)
    identity = ["-c", "user.name=x", "-c", "user.email=x@client.example"]
    subprocess.run(["git", "-C", clone, "add", "."], check=True)
    subprocess.run(["git", "-C", clone, *identity, "commit", "-qm", "x"], check=True)
    subprocess.run(["git", "-C", clone, "push", "-q", "origin", "HEAD:main"], check=True)
    return origin


def published(night: str, script: str, origin: Path, place: Path) -> None:
    """Run *script* as the job does: on a clone of *origin*, with what the soak's job has left."""
    work = place / night
    subprocess.run([*GIT, "clone", "-q", origin, work], check=True, capture_output=True)
    for left in (work / "new", work / "history" / "runs"):
        (left / "summaries").mkdir(parents=True)
        (left / "summaries" / f"{night}.json").write_text("{}")
    if "mv history/runs new" in script:  # GitLab hands on the runs' own folders, too
        shutil.rmtree(work / "new")
        (work / "runs" / night).mkdir(parents=True)
        (work / "runs" / night / "run.sqlite").write_text("a gigabyte")
    here = {f"url.{origin.as_uri()}.insteadOf": PUSHED_TO}
    config = {"GIT_CONFIG_COUNT": f"{len(here)}"}
    for number, (key, value) in enumerate(here.items()):
        config |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=work,
        env={**os.environ, **OF_GITLAB, **config},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", PUBLISHED.values(), ids=PUBLISHED)
def test_a_history_is_published_by_adding_to_it(script: str, origin: Path, tmp_path: Path):
    """The very commands: the first night begins it, a second keeps it, whatever else was left."""
    for night in ("first", "second"):
        published(night, script, origin, tmp_path)
    listed = subprocess.run(
        ["git", "-C", origin, "ls-tree", "-r", "--name-only", "soak-history"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip

    assert listed == ["runs/summaries/first.json", "runs/summaries/second.json"]


@pytest.mark.parametrize("path", [ROOT / ".github" / "workflows" / "soak.yml", GITLAB])
def test_the_history_is_there_on_a_runner_that_keeps_its_checkout(
    path: Path, origin: Path, tmp_path: Path
):
    """Git still knows last night's worktree, whose folder was cleaned away."""
    published("first", PUBLISHED["soak.yml"], origin, tmp_path)
    (fetch,) = [line for line in scripts(path) if line.endswith("|| mkdir history")]
    for _ in range(2):
        work = tmp_path / "first"
        subprocess.run(["git", "-C", work, "clean", "-qffdx"], check=True)
        done = subprocess.run(["bash", "-e", "-c", fetch], cwd=work, capture_output=True, text=True)

        assert (work / "history" / "runs" / "summaries" / "first.json").is_file(), done.stderr
