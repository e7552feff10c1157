"""The evidence of a run, sealed: the sums of all that its verdict rests on, and who signed them.

``manifest.json`` beside the record names each file with its length and its SHA-256: the record, the
files that the run was made from, as they were read, the logs of who generated the load, and the
reports as they were at the run's end. It is a document as ``harness.guard.signed`` has it; without
a key its signature is null. Reports may be made again at any time: one that is no longer what was
sealed has to be what the record gives. Nothing here knows how reports are made, or prints.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness import __version__
from harness.errors import HarnessError, UsageError
from harness.guard.rules_attest import stamp
from harness.guard.signed import Unsigned, key_bytes, opened, read, sign, written_key
from harness.model.event import FileRead
from harness.record.run_record import RunRecord
from harness.record.store import FILE_NAME

MANIFEST = "manifest.json"
SCHEMA = "cutover-rehearsal/evidence/1"
FILES, LOGS = "files", "logs"
MOST_BYTES = 4 * 1024 * 1024
"""A manifest that is longer is none: this has room for twenty thousand files."""
_COVERED = (FILES, LOGS)
_KEYS = {"schema", "run", "decision", "made", "harness", "signer", "files", "reports"}


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs, as those who check know them, and with which key."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public_key(self) -> str:
        """The public half, in base64."""
        return written_key(self.key.public_key())


@dataclass(frozen=True, slots=True)
class Sum:
    """What a file is: its path from the run's folder, its length, and its SHA-256 in hex."""

    path: str
    length: int
    sha256: str

    @classmethod
    def of(cls, folder: Path, path: str) -> "Sum":
        """Return the sum of the file *path* in *folder*."""
        with (folder / path).open("rb") as file:
            return cls(
                path, (folder / path).stat().st_size, file_digest(file, "sha256").hexdigest()
            )

    def written(self) -> dict[str, Any]:
        """Return it as the manifest has it."""
        return {"path": self.path, "bytes": self.length, "sha256": self.sha256}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Sum":
        """Return the sum that is *written*.

        Raises:
            ValueError: it is none, or of a file that cannot be one of the run's folder.
        """
        path = PurePosixPath(str(written["path"]))
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"{written['path']!r} is no file of the run's folder")
        return cls(str(path), int(written["bytes"]), str(written["sha256"]))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read. ``signer`` and ``signer_key`` are empty if nobody signed."""

    run: str
    decision: str
    made: str
    files: tuple[Sum, ...]
    reports: tuple[Sum, ...]
    signer: str = ""
    signer_key: str = ""

    @property
    def sums(self) -> tuple[Sum, ...]:
        """All that it names."""
        return (*self.files, *self.reports)


@dataclass(frozen=True, slots=True)
class Again:
    """What the record gives today: the decision, and a report by its name; None if no such is."""

    decision: str
    rendered: Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of a verification: all that is wrong, and what is worth knowing.

    ``manifest`` is None if there is none that can be read.
    """

    wrong: tuple[str, ...]
    notes: tuple[str, ...] = ()
    manifest: Manifest | None = None


def keep_files(folder: Path, files: Iterable[FileRead]) -> None:
    """Write into *folder* the *files* that its run is made from, as they were read."""
    place = folder / FILES
    place.mkdir(exist_ok=True)
    for each in files:
        (place / each.name).write_bytes(each.text.encode())


def seal(
    folder: Path, *, decision: str, reports: Iterable[str], signing: Signing | None, now: float
) -> Path:
    """Write the manifest of the run in *folder*, which nothing is written to any more.

    *reports* are those that stand there; *now* is epoch seconds. A manifest that is there is
    replaced: a run that went on is sealed anew at its end.

    Raises:
        HarnessError: the record is not whole in its file: it was read as it was closed, or
                there was no room.
    """
    if beside := _beside(folder):
        why = "somebody read the record as the run ended, or there was no room to make it whole"
        raise HarnessError(f"{why}; its journal stayed beside it: {', '.join(beside)}")
    with RunRecord.open(folder) as record:
        run = record.facts.run
    payload = {
        "schema": SCHEMA,
        "run": run,
        "decision": decision,
        "made": stamp(now),
        "harness": __version__,
        "signer": signing and {"name": signing.name, "key": signing.public_key},
        "files": [Sum.of(folder, path).written() for path in (FILE_NAME, *_covered(folder))],
        "reports": [Sum.of(folder, path).written() for path in reports],
    }
    unsigned: dict[str, Any] = {"payload": payload, "signature": None}
    document = unsigned if signing is None else sign(payload, signing.key, name=signing.name)
    path, unfinished = folder / MANIFEST, folder / f".{MANIFEST}.unfinished"
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)
    return path


def verify(folder: Path, *, trusted: str | None, again: Callable[[RunRecord], Again]) -> Verified:
    """Hold the run in *folder* to its manifest, file by file.

    *trusted* is the public key (base64) that has to have signed; None takes the manifest's own word
    for whose it is. *again* draws the verdict from the record, and is asked only if that is whole.
    """
    try:
        manifest = _read(folder / MANIFEST)
    except (Unsigned, OSError) as error:
        return Verified((f"{MANIFEST}: {_why(error)}",))
    wrong = [*_untrusted(manifest, trusted), *_changed(folder, manifest.files)]
    wrong += _added(folder, manifest)
    notes: list[str] = []
    whole = not any(each.startswith(FILE_NAME) for each in wrong)
    if whole:
        try:
            with RunRecord.open(folder) as record:
                wrong += _not_its_record(manifest, record)
                found = again(record)
                if found.decision != manifest.decision:
                    wrong.append(
                        f"{FILE_NAME}: gives {found.decision}, and {manifest.decision} was sealed"
                    )
                for each, is_wrong in _reports(folder, manifest.reports, found):
                    (wrong if is_wrong else notes).append(each)
        except UsageError as error:
            wrong += [f"{FILE_NAME}: {each.found}" for each in error.problems]
        except HarnessError as error:
            wrong.append(f"{FILE_NAME}: {error}")
    else:
        notes.append("the reports were not looked at: the record is not what was sealed")
    notes += _not_covered(folder, manifest)
    return Verified(tuple(wrong), tuple(notes), manifest)


def _read(path: Path) -> Manifest:
    """Return the manifest in *path*, its signature checked against the key that it names.

    Raises:
        Unsigned: it is none, or its signature is wrong.
        OSError: it cannot be read.
    """
    text = path.read_bytes()
    try:
        document = read(text, most_bytes=MOST_BYTES)
        payload = document["payload"]
        if document["signature"] is None:
            _hold(set(document) == {"payload", "signature"}, "it has a part too many")
            _hold(payload["schema"] == SCHEMA, f"its schema is {payload['schema']!r}")
            _hold(payload["signer"] is None, "it names who signed it, and has no signature")
        else:
            signer = payload["signer"]
            keys = {str(signer["name"]): str(signer["key"])}
            payload, _ = opened(text, keys, schema=SCHEMA, most_bytes=MOST_BYTES)
        _hold(set(payload) == _KEYS, "it has other keys than a manifest")
        signer = payload["signer"] or {"name": "", "key": ""}
        return Manifest(
            str(payload["run"]),
            str(payload["decision"]),
            str(payload["made"]),
            tuple(map(Sum.read, payload["files"])),
            tuple(map(Sum.read, payload["reports"])),
            str(signer["name"]),
            str(signer["key"]),
        )
    except Unsigned:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise Unsigned(f"it is no manifest ({error})") from None


def _hold(so: bool, else_: str) -> None:  # noqa: FBT001 -- a claim
    if not so:
        raise Unsigned(else_)


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "missing: the run was not sealed at its end, or somebody took it away"
    return str(getattr(error, "strerror", None) or error)


def _untrusted(manifest: Manifest, trusted: str | None) -> Iterator[str]:
    """Yield why *manifest* is not signed with the key *trusted*, if that is asked for."""
    if trusted is None:
        return
    if not manifest.signer:
        yield f"{MANIFEST}: nobody signed it, and it has to be signed with {trusted}"
    elif key_bytes(manifest.signer_key) != key_bytes(trusted):
        signed = f"signed by {manifest.signer!r} with another key, {manifest.signer_key}"
        yield f"{MANIFEST}: {signed}, not with {trusted}"


def _changed(folder: Path, sums: Sequence[Sum]) -> Iterator[str]:
    """Yield each of *sums* that its file no longer is."""
    for each in sums:
        if not _is_file(folder / each.path):
            yield f"{each.path}: missing"
            continue
        now = Sum.of(folder, each.path)
        if now != each:
            yield f"{each.path}: differs: {_told(each)} was sealed, {_told(now)} is there"


def _added(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield the files that stand where only what was sealed may stand.

    A journal beside the record too: SQLite would read the record otherwise than it was sealed.
    """
    known = {each.path for each in manifest.sums}
    for path in (*_beside(folder), *_covered(folder)):
        if path not in known:
            yield f"{path}: added: it was not there when the run was sealed"


def _not_its_record(manifest: Manifest, record: RunRecord) -> Iterator[str]:
    facts = record.facts
    if manifest.run != facts.run:
        yield f"{MANIFEST}: is of the run {manifest.run}, and the record of {facts.run}"
    read_as = {"scenario": facts.scenario_sha256, "sla": record.sla.sha256}
    for what, sha256 in read_as.items():
        path = f"{FILES}/{what}.yaml"
        if any(each.path == path and each.sha256 != sha256 for each in manifest.files):
            yield f"{path}: is not the {what} that the record was made with"
    if facts.signer_key and not manifest.signer:
        signer = f"{facts.signer!r} with {facts.signer_key}"
        yield f"{MANIFEST}: nobody signed it, and by its record the run was to be by {signer}"
    elif facts.signer_key != manifest.signer_key:
        own = facts.signer_key or "none"
        yield f"{MANIFEST}: signed with {manifest.signer_key}; the key in the record is {own}"


def _reports(folder: Path, sums: Sequence[Sum], found: Again) -> Iterator[tuple[str, bool]]:
    """Yield what there is to say of each report that is not as it was, and whether it is wrong."""
    for each in sums:
        path = folder / each.path
        if not _is_file(path):
            yield f"{each.path}: missing; `harness report` makes it again", True
        elif Sum.of(folder, each.path) == each:
            continue
        elif path.read_bytes() == found.rendered(each.path):
            yield f"{each.path}: made again since, and it is what the record gives", False
        else:
            yield f"{each.path}: differs from what was sealed, and from what the record gives", True


def _not_covered(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Yield what lies in *folder* and was never part of the evidence, in one line if anything."""
    own = {MANIFEST, FILES, LOGS, *(each.path for each in manifest.sums)}
    others = sorted(
        each.name
        for each in folder.iterdir()
        if each.name not in own and not each.name.startswith(FILE_NAME)
    )
    if others:
        yield f"no part of the evidence, whatever they say: {', '.join(others)}"


def _beside(folder: Path) -> list[str]:
    """Return the names of what SQLite may read along with the record, in order."""
    return sorted(each.name for each in folder.glob(f"{FILE_NAME}?*"))


def _covered(folder: Path) -> list[str]:
    """Return the paths of the files that stand in the folders of the evidence, in order."""
    return sorted(
        path.relative_to(folder).as_posix()
        for place in _COVERED
        for path in (folder / place).rglob("*")
        if path.is_symlink() or not path.is_dir()
    )


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _told(each: Sum) -> str:
    return f"{each.length:,} bytes with SHA-256 {each.sha256[:12]}…"
