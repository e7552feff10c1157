"""The history: what is kept of many runs in their common folder. So far, the baselines.

One JSON file, ``history.json``, beside the runs: to be copied with them, read by people and kept
under version control. It is written anew as a whole and put in place in one step, so that whoever
reads it sees the old or the new one, never half of it. A baseline changes only by an explicit
command; the one of the same name that stood before is kept under ``former``.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.errors import Problem, UsageError
from harness.files.problems import did_you_mean
from harness.model.sla import Baseline, BaselineValue, Objective
from harness.model.verdict import Aspect, ObjectiveResult, Verdict, View
from harness.record.run_record import RunRecord

FILE_NAME = "history.json"
VERSION = 1
_BASELINES = TypeAdapter(dict[str, Baseline])
_FORMER = TypeAdapter(list[Baseline])


def baseline_of(record: RunRecord, verdict: Verdict, *, name: str) -> Baseline:
    """Return the figures of a run as the baseline *name*: all that its verdict measured.

    The callers' view where there is one, else the provider's.

    Raises:
        UsageError: the run measured nothing.
    """
    values: dict[tuple[str, str, str, float | None], BaselineValue] = {}
    for result in verdict.results:
        if result.kind is None or result.value is None or result.aspect is not Aspect.VALUE:
            continue
        threshold_s = _threshold_s(result, verdict.sla.objectives)
        key = (result.kpi, result.scope, result.phase, threshold_s)
        if key not in values or result.view is View.CALLERS:
            values[key] = BaselineValue(
                *key[:3], result.value, result.n, threshold_s, low=result.low, high=result.high
            )
    if not values:
        want = "a run of which something was measured"
        raise UsageError([Problem(str(record.folder), "a run without a figure", want)])
    facts = record.facts
    return Baseline(
        name=name,
        run=facts.run,
        scenario=record.scenario.name,
        scenario_sha256=facts.scenario_sha256,
        values=tuple(values.values()),
    )


def _threshold_s(result: ObjectiveResult, objectives: tuple[Objective, ...]) -> float | None:
    """Return within which time *result* was asked, as its contract has it."""
    for objective in objectives:
        if objective.kpi == result.kpi and objective.goal_text == result.goal_text:
            return objective.threshold_s
        if objective.kpi == result.kpi and objective.clocks and result.scope in objective.clocks:
            return objective.clocks[result.scope].within_s
    return None


def baselines(runs: Path) -> Mapping[str, Baseline]:
    """Return the baselines that the history of the folder *runs* keeps; none if it has no history.

    Raises:
        UsageError: the file is no history, or one that this version cannot read.
    """
    return _read(runs)[0]


def baseline(runs: Path, name: str) -> Baseline:
    """Return the baseline *name* of the history of *runs*.

    Raises:
        UsageError: there is none of that name.
    """
    known = baselines(runs)
    if name not in known:
        want = f"harness findings baseline RUN --as {name}, once, for a run of this scenario"
        if known:
            want = f"{did_you_mean(name, known)}; or {want}"
        raise UsageError([Problem(str(runs / FILE_NAME), f"no baseline {name!r}", want)])
    return known[name]


def keep_baseline(runs: Path, new: Baseline) -> None:
    """Keep *new* in the history of *runs*; one of the same name is moved to the former ones."""
    known, former = _read(runs)
    if (old := known.get(new.name)) and old != new:
        former.append(old)
    known[new.name] = new
    whole = {
        "version": VERSION,
        "baselines": _BASELINES.dump_python(known, mode="json"),
        "former": _FORMER.dump_python(former, mode="json"),
    }
    _put(runs / FILE_NAME, json.dumps(whole, indent=1, allow_nan=False) + "\n")


def check_same_scenario(found: Baseline, *, scenario: str, sha256: str, where: str) -> None:
    """Refuse a baseline that was taken from another scenario, or another version of this one.

    Raises:
        UsageError: their hashes differ: other load, other mix, other faults are no comparison.
    """
    if found.scenario_sha256 == sha256:
        return
    whose = (
        f"another version of {scenario}"
        if found.scenario == scenario
        else f"the scenario {found.scenario}"
    )
    raise UsageError(
        [
            Problem(
                where,
                f"the baseline {found.name}, taken from {whose} (run {found.run})",
                f"a baseline of the very same {scenario}: run it in house, then"
                f" harness findings baseline RUN --as {found.name}",
            )
        ]
    )


def _read(runs: Path) -> tuple[dict[str, Baseline], list[Baseline]]:
    path = runs / FILE_NAME
    if not path.exists():
        return {}, []
    want = "a history that 'harness findings baseline' wrote"
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        version = whole["version"]
        if version != VERSION:
            found = f"a history of version {version}"
            raise UsageError([Problem(str(path), found, f"version {VERSION}: use that harness")])
        known = _BASELINES.validate_python(whole["baselines"])
        return known, _FORMER.validate_python(whole.get("former", []))
    except (OSError, ValueError, TypeError, KeyError, ValidationError) as error:
        found = f"no history ({type(error).__name__})"
        raise UsageError([Problem(str(path), found, want)]) from None


def _put(path: Path, text: str) -> None:
    """Put *text* in the place of the file at *path* in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
