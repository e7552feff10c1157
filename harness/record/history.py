"""The history: what is kept of many runs, in one folder that can be copied, merged and reviewed.

    runs/<run>.json                            a run summed up
    findings/<id>/<when>-<what>-<digest>.json  one thing that happened to a finding
    baselines/<name>/<when>-<run>.json         a standard: the newest of a name counts

Nothing is ever rewritten and every name says its content, so two histories are put together by
copying one over the other, and two CI jobs that push theirs do not get into each other's way. A
file appears whole or not at all.
"""

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from harness.errors import HarnessError, Problem, UsageError
from harness.files.problems import did_you_mean
from harness.model.finding import Finding, Happening, Sighting, Source, What, findings_of
from harness.model.history import RunSummary
from harness.model.sla import Baseline
from harness.model.verdict import Verdict
from harness.record.kept import happenings_of, summary_of
from harness.record.run_record import RunRecord

FOLDER = "history"
VERSION = 1
_STAMPED = r"\d{8}T\d{6}Z-"
"""How a run's name begins, unless somebody gave it another: its scenario follows."""
DECISION = "harness decide"
"""Who noted a finding that no run has seen: a late milestone, a proof that lacks."""
_DECIDED = (Source.MILESTONE, Source.EVIDENCE)
"""What a decision may say is over; a scenario can have the cutover's name, and findings of runs."""

_T = TypeVar("_T")
_RUN = TypeAdapter(RunSummary)
_HAPPENING = TypeAdapter(Happening)
_BASELINE = TypeAdapter(Baseline)


class History:
    """A history's folder; it need not exist before something is kept in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, runs: Path, folder: Path | None = None) -> "History":
        """Return the history in *folder*, or the one beside the runs in *runs*."""
        return cls(folder if folder is not None else runs / FOLDER)

    def take_in(self, record: RunRecord, verdict: Verdict) -> None:
        """Keep the run of *record*: summed up, and what it means for the issue log.

        Taking in the same run twice changes nothing.
        """
        self.keep_run(summary_of(record, verdict))
        self.keep(happenings_of(record, verdict, self.findings()))

    # ------------------------------------------------------------------ runs

    def keep_run(self, summary: RunSummary) -> None:
        """Keep the summary of a run; that of a run which is kept already stays as it is."""
        path = self.folder / "runs" / f"{summary.run}.json"
        if not path.exists():
            self._put(path, _RUN, summary)

    def runs(self) -> tuple[RunSummary, ...]:
        """Return the runs, in the order in which they began.

        Raises:
            UsageError: a file of theirs is none that this version can read; carries all of them.
        """
        found = self._all("runs/*.json", _RUN)
        return tuple(sorted((run for _, run in found), key=lambda run: (run.started_wall, run.run)))

    def latest(self, scenario: str, *, most: int) -> tuple[RunSummary, ...]:
        """Return the *most* newest runs of *scenario*, in the order in which they began.

        Only files are opened that are named as its runs are: a year of nights is thousands of them.
        The newest are opened first, and no more than it takes: ``soak-2`` may be the second run of
        a second, or another scenario's.

        Raises:
            UsageError: a file that was opened is none that this version can read.
        """
        of_it = re.compile(rf"({_STAMPED}|(?!{_STAMPED}).*-)?{re.escape(scenario)}(-\d+)?")
        named = [path for path in _listed(self.folder, "runs/*.json") if of_it.fullmatch(path.stem)]
        found: list[RunSummary] = []
        while named and len(found) < most:
            named, newest = named[: -2 * most], named[-2 * most :]
            found += [run for _, run in self._of(newest, _RUN) if run.scenario == scenario]
        return tuple(sorted(found, key=lambda run: (run.started_wall, run.run))[-most:])

    # ------------------------------------------------------------------ findings

    def keep(self, happenings: Iterable[Happening]) -> None:
        """Keep what happened to findings; what is known already stays as it is."""
        for each in happenings:
            text = json.dumps(_HAPPENING.dump_python(each, mode="json"))
            digest = sha256(text.encode("ascii")).hexdigest()[:8]
            name = f"{_stamp(each.at)}-{each.what}-{digest}.json"
            path = self.folder / "findings" / each.finding / name
            if not path.exists():
                self._put(path, _HAPPENING, each)

    def note(
        self,
        sightings: Iterable[Sighting],
        *,
        scenario: str,
        known: Mapping[str, Finding],
        at: float,
    ) -> None:
        """Keep what a decision about the cutover *scenario* noted, and what it no longer notes.

        What is open already is not seen anew each time somebody asks.
        """
        noted = {each.id: each for each in sightings}
        still_open = {
            each.id
            for each in known.values()
            if each.is_open and each.last.scenario == scenario and each.last.source in _DECIDED
        }
        self.keep(
            Happening(id_, What.SEEN, at, by=DECISION, sighting=each)
            for id_, each in noted.items()
            if id_ not in still_open
        )
        self.keep(Happening(id_, What.PASSED, at, by=DECISION) for id_ in still_open - noted.keys())

    def findings(self) -> Mapping[str, Finding]:
        """Return every finding by its id, the one that was seen first first.

        Raises:
            UsageError: a file of theirs is none that this version can read; carries all of them.
        """
        return findings_of(each for _, each in self._all("findings/*/*.json", _HAPPENING))

    def findings_of(self, scenario: str) -> tuple[Finding, ...]:
        """Return the findings of *scenario*, the closed ones too: they may come back."""
        return tuple(e for e in self.findings().values() if e.last.scenario == scenario)

    def finding(self, id_: str) -> Finding:
        """Return the finding *id_*, of which the first letters are enough if no other has them.

        Raises:
            UsageError: there is none, or more than one.
        """
        known = self.findings()
        alike = [each for each in known if each.startswith(id_)]
        if len(alike) != 1 or not id_:
            found = f"{len(alike)} findings that begin so" if alike else "no such finding"
            want = f"{did_you_mean(id_, known)}; 'harness findings list' names them"
            raise UsageError([Problem(f"finding {id_!r}", found, want)])
        return known[alike[0]]

    # ------------------------------------------------------------------ baselines

    def keep_baseline(self, new: Baseline, *, at: float) -> None:
        """Keep *new* as the standard of its name from *at* (epoch seconds) on."""
        name = f"{_stamp(at)}-{new.run}.json"
        self._put(self.folder / "baselines" / new.name / name, _BASELINE, new)

    def baselines(self) -> Mapping[str, Baseline]:
        """Return the baselines that count, by name; none without a history.

        Raises:
            UsageError: a file of theirs is none that this version can read; carries all of them.
        """
        return {each.name: each for _, each in self._all("baselines/*/*.json", _BASELINE)}

    def baseline(self, name: str) -> Baseline:
        """Return the baseline *name*.

        Raises:
            UsageError: there is none of that name.
        """
        known = self.baselines()
        if name not in known:
            want = f"harness findings baseline RUN --as {name}, once, for a run of this scenario"
            if known:
                want = f"{did_you_mean(name, known)}; or {want}"
            where = str(self.folder / "baselines")
            raise UsageError([Problem(where, f"no baseline {name!r}", want)])
        return known[name]

    def needed_runs(self) -> Mapping[str, str]:
        """Return the runs whose folders somebody will want to open again, and what for."""
        needed = {each.run: f"baseline {name}" for name, each in self.baselines().items()}
        for each in self.findings().values():
            if each.is_open:
                needed.setdefault(each.first_run, f"finding {each.id}")
                needed.setdefault(each.last_run, f"finding {each.id}")
        return needed

    # ------------------------------------------------------------------ within

    def _all(self, pattern: str, adapter: TypeAdapter[_T]) -> list[tuple[Path, _T]]:
        """Return what the files of *pattern* hold, in the order of their names."""
        return self._of(_listed(self.folder, pattern), adapter)

    def _of(self, paths: Sequence[Path], adapter: TypeAdapter[_T]) -> list[tuple[Path, _T]]:
        """Return what the files at *paths* hold, in their order.

        Raises:
            UsageError: some cannot be read; carries all of them.
        """
        found: list[tuple[Path, _T]] = []
        problems: list[Problem] = []
        for path in paths:
            try:
                found.append((path, _read(path, adapter)))
            except OSError as error:
                problems.append(_closed(path, error, "a file that you may read"))
            except _NotOurs as error:
                want = f"a file of a history of version {VERSION}: take it out, or mend it"
                problems.append(Problem(str(path), str(error), want))
        if problems:
            raise UsageError(problems)
        return found

    def _put(self, path: Path, adapter: TypeAdapter[_T], value: _T) -> None:
        """Put *value* into the file at *path* in one step.

        Raises:
            HarnessError: nothing can be written there.
        """
        whole = {"version": VERSION, "kept": adapter.dump_python(value, mode="json")}
        text = json.dumps(whole, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _put_whole(path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise HarnessError(f"the history cannot be written: {path}: {error}") from None


class _NotOurs(Exception):
    """A file that is none of a history's, and why in a few words."""


def _listed(folder: Path, pattern: str) -> list[Path]:
    """Return what in *folder* fits *pattern*, in the order of its names.

    ``Path.glob`` takes one that may not be read for an empty one: an open finding would be gone.

    Raises:
        UsageError: a folder cannot be read.
    """
    first, _, rest = pattern.partition("/")
    if "*" not in first:
        return _listed(folder / first, rest)
    try:
        with os.scandir(folder) as there:
            names = sorted(each.name for each in there if fnmatchcase(each.name, first))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UsageError([_closed(folder, error, "a folder that you may read")]) from None
    found = [folder / name for name in names]
    return [path for each in found for path in _listed(each, rest)] if rest else found


def _closed(path: Path, error: OSError, want: str) -> Problem:
    return Problem(str(path), f"what cannot be read ({str(error.strerror).lower()})", want)


def _read(path: Path, adapter: TypeAdapter[_T]) -> _T:
    try:
        whole: Any = json.loads(path.read_bytes())
        version = whole["version"]
        if version != VERSION:
            raise _NotOurs(f"version {version}")
        return adapter.validate_python(whole["kept"])
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise _NotOurs(f"no part of a history ({type(error).__name__})") from None


def _put_whole(path: Path, text: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    # As open to others as whoever writes has it: tempfile's are open to nobody.
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _stamp(at: float) -> str:
    """Return the epoch seconds *at* so that names in order are times in order."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
