"""Sealed evidence: what is not as it was at a run's end is named, and whose word it was is clear."""

import base64
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import reports
from harness.cli import app
from harness.errors import HarnessError
from harness.guard.signed import canonical, sign, signed_bytes, written_key
from harness.model.event import FileRead
from harness.record import evidence, store
from harness.record.evidence import Signing
from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from tests.reports.made_up_run import FACTS, SCENARIO, SLA, TARGET, fill

OURS, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in (1, 2))
ACME, MALLORY = Signing("acme", OURS), Signing("acme", OTHER)
NOW = 1_795_347_900.0
READ = (
    FileRead("scenario.yaml", "name: pre-cutover\n"),
    FileRead("sla.yaml", "name: Outsourced care\r\n"),
    FileRead("target.yaml", "name: mock\n"),
)


def hashed(file: FileRead) -> str:
    return sha256(file.text.encode()).hexdigest()


def written(record: RunRecord) -> str:
    """Write the reports of *record*; return what it decided."""
    verdict = judge(record, record.sla, about=record.facts.about)
    reports.write(record, verdict, folder=record.folder)
    return verdict.text


def sealed(folder: Path, signing: Signing | None = ACME) -> Path:
    """Make a run in *folder* and seal it, as ``harness run`` does at its end."""
    folder.mkdir()
    facts = replace(FACTS, scenario_sha256=hashed(READ[0]))
    if signing is not None:
        facts = replace(facts, signer=signing.name, signer_key=signing.public_key)
    with RunRecord.create(folder) as record:
        fill(record)
        record.put_plan(SCENARIO, replace(SLA, sha256=hashed(READ[1])), TARGET, facts)
    evidence.keep_files(folder, READ)
    (folder / "logs").mkdir()
    (folder / "logs" / "contacts.ndjson").write_text('{"id": "c000001"}\n')
    with RunRecord.open(folder) as record:
        decision = written(record)
    seal(folder, decision, signing)
    return folder


def seal(folder: Path, decision: str, signing: Signing | None) -> None:
    evidence.seal(folder, decision=decision, reports=reports.NAMES, signing=signing, now=NOW)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was signed, never to be changed."""
    return sealed(tmp_path_factory.mktemp("runs") / "20261122T104500Z-pre-cutover")


@pytest.fixture
def run(signed: Path, tmp_path: Path) -> Path:
    """A copy of it, to do as one likes with."""
    return shutil.copytree(signed, tmp_path / signed.name)


def verify(folder: Path, *options: str):
    return CliRunner().invoke(app, ["report", str(folder), "--verify", *options])


def again(decision: str) -> Callable[[RunRecord], evidence.Again]:
    """Return what makes no report and draws *decision*, to be quick."""
    return lambda record: evidence.Again(decision, lambda name: None)


def test_what_nobody_touched_holds_and_says_who_signed_it(run: Path):
    """With the key that the reader was given by other means than this folder."""
    found = verify(run, "--key", ACME.public_key)

    assert found.exit_code == 0, found.output
    assert found.stdout.splitlines()[-1].endswith(
        "the evidence holds: NO-GO (mock only), 12 files, sealed 2026-11-22T11:45:00Z,"
        " signed by acme"
    )


def test_a_signature_is_no_proof_of_whose_key_it_was(run: Path):
    """Whoever changes a run can sign it anew: with a key of their own."""
    found = verify(run)

    assert found.exit_code == 0
    assert f"note: signed with {ACME.public_key}: is that their key?" in found.stdout


@pytest.mark.parametrize(
    "name",
    ["run.sqlite", "files/scenario.yaml", "files/sla.yaml", "files/target.yaml",
     "logs/contacts.ndjson", *reports.NAMES],
)  # fmt: skip
def test_each_file_that_changed_is_named(run: Path, name: str):
    """One byte is enough, and the others are not suspected with it."""
    path = run / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    found = verify(run, "--key", ACME.public_key)

    assert found.exit_code == 4
    lines = [line for line in found.stdout.splitlines() if not line.startswith("note: ")]
    assert [line.split(":")[0] for line in lines[:-1]] == [name]
    assert "differs" in lines[0]
    assert "does NOT hold: 1 problem" in lines[-1]


@pytest.mark.parametrize(
    "name", ["run.sqlite", "files/sla.yaml", "logs/contacts.ndjson", "result.json", "manifest.json"]
)
def test_each_file_that_is_missing_is_named(run: Path, name: str):
    """Evidence that speaks against somebody is lost more easily than it is forged."""
    (run / name).unlink()
    found = verify(run, "--key", ACME.public_key)

    assert found.exit_code == 4
    assert found.stdout.startswith(f"{name}: missing")


@pytest.mark.parametrize(
    "name", ["run.sqlite-wal", "run.sqlite-journal", "logs/more.ndjson", "files/other.yaml"]
)
def test_each_file_that_was_added_where_evidence_stands_is_named(run: Path, name: str):
    """A journal beside the record changes what SQLite reads, and not a byte of the record."""
    (run / name).write_bytes(b"x")
    found = verify(run, "--key", ACME.public_key)

    assert found.exit_code == 4
    assert found.stdout.startswith(f"{name}: added")


def test_a_link_to_the_very_bytes_is_not_the_file(run: Path, tmp_path: Path):
    """What it points to can be another thing in a minute."""
    log = run / "logs" / "contacts.ndjson"
    elsewhere = tmp_path / "elsewhere"
    shutil.move(log, elsewhere)
    log.symlink_to(elsewhere)

    assert "logs/contacts.ndjson: missing" in verify(run).stdout


def test_a_note_that_somebody_laid_beside_it_is_no_crime(run: Path):
    """A print of the report, an export: said, and not held against anybody."""
    (run / "minutes.txt").write_text("as discussed")
    found = verify(run)

    assert found.exit_code == 0
    assert "note: no part of the evidence, whatever they say: minutes.txt" in found.stdout


def test_sums_made_anew_for_a_changed_record_are_not_those_that_were_signed(run: Path):
    """The sums alone keep nobody out: anyone can compute them."""
    with sqlite3.connect(run / "run.sqlite") as database:
        database.execute("UPDATE call_figures SET wait_s = 1 WHERE phase = 'site-loss'")
    database.close()
    document = json.loads((run / "manifest.json").read_text())
    (entry,) = (e for e in document["payload"]["files"] if e["path"] == "run.sqlite")
    entry["sha256"] = sha256((run / "run.sqlite").read_bytes()).hexdigest()
    (run / "manifest.json").write_text(json.dumps(document))
    found = verify(run)

    assert found.exit_code == 4
    assert found.stdout.startswith("manifest.json: its signature is not that of 'acme' over it")


def test_another_key_is_refused_whatever_it_calls_itself(run: Path):
    """Names are free; keys are not."""
    seal(run, "NO-GO (mock only)", MALLORY)
    found = verify(run, "--key", ACME.public_key)

    assert found.exit_code == 4
    assert "manifest.json: signed by 'acme' with another key" in found.stdout
    assert "the key in the record is" in found.stdout


def test_a_signature_that_was_taken_off_is_missed(run: Path):
    """Else the easiest forgery would be to sign nothing: the record tells who was to."""
    seal(run, "NO-GO (mock only)", None)

    assert verify(run).exit_code == 4
    assert "nobody signed it, and by its record the run was to be by 'acme'" in verify(run).stdout
    assert "it has to be signed with" in verify(run, "--key", ACME.public_key).stdout


def test_a_run_that_nobody_signs_has_its_sums_and_says_what_they_are_worth(tmp_path: Path):
    """Sums find what broke by accident; against intent they say nothing."""
    run = sealed(tmp_path / "run", None)
    found = verify(run)

    assert found.exit_code == 0
    assert "note: nobody signed it" in found.stdout
    assert found.stdout.rstrip().endswith("not signed")
    assert "nobody answers for them" in (run / "report.html").read_text()
    assert verify(run, "--key", ACME.public_key).exit_code == 4


def test_the_report_says_who_is_to_sign(signed: Path):
    """In the provenance, with the key: what the reader holds beside the one that they know."""
    text = (signed / "report.html").read_text()

    assert ACME.public_key in text
    assert json.loads((signed / "result.json").read_text())["run"]["signer"] == {
        "name": "acme",
        "key": ACME.public_key,
    }


def unsealed(folder: Path, waited: Callable[[RunRecord], object], patch: pytest.MonkeyPatch) -> str:
    """Close a run's record while it is read, *waited* being done to the reader meanwhile.

    Return what it decided.
    """
    folder.mkdir()
    record = RunRecord.create(folder)
    fill(record)
    record.checkpoint()
    reader = RunRecord.open(folder)
    patch.setattr(store.time, "sleep", lambda _: waited(reader))
    record.close()
    with RunRecord.open(folder) as read:
        decision = written(read)
    reader.close()
    return decision


def test_whoever_reads_for_a_moment_as_the_run_ends_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`harness runs list` looks at every record there is."""
    decision = unsealed(tmp_path / "run", RunRecord.close, monkeypatch)
    seal(tmp_path / "run", decision, None)
    found = verify(tmp_path / "run")

    assert found.exit_code == 0, found.output
    assert "the evidence holds" in found.stdout


def test_a_record_that_somebody_held_as_it_was_closed_is_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its last words stand in the journal: a seal on the file alone would be one on half of it."""
    decision = unsealed(tmp_path / "run", lambda _: None, monkeypatch)
    with pytest.raises(HarnessError, match=r"its journal stayed beside it: run.sqlite-shm, .*-wal"):
        seal(tmp_path / "run", decision, None)

    assert not (tmp_path / "run" / evidence.MANIFEST).exists()


def test_reports_may_be_made_again(run: Path):
    """``harness report`` is what everybody is told to do; it must not cost the evidence."""
    before = (run / "manifest.json").read_bytes()
    made = CliRunner().invoke(app, ["report", str(run), "--history", str(run.parent / "history")])
    assert made.exit_code == 1, made.output

    assert verify(run, "--key", ACME.public_key).exit_code == 0
    assert (run / "manifest.json").read_bytes() == before


def test_a_report_of_another_version_holds_if_it_is_what_the_record_gives(
    run: Path, monkeypatch: pytest.MonkeyPatch
):
    """A later harness draws the same record in other words; that is no forgery."""
    real = reports.rendered
    later = b"## NO-GO, in the words of a later harness\n"
    monkeypatch.setattr(
        reports, "rendered", lambda r, v, name: later if name == "summary.md" else real(r, v, name)
    )
    (run / "summary.md").write_bytes(later)
    found = verify(run, "--key", ACME.public_key)

    assert found.exit_code == 0
    assert "note: summary.md: made again since" in found.stdout


def test_a_decision_that_the_record_does_not_give_is_refused(signed: Path):
    """Whoever sealed it may have sealed what was never measured."""
    found = evidence.verify(signed, trusted=None, again=again("GO (mock only)"))

    assert found.wrong == ("run.sqlite: gives GO (mock only), and NO-GO (mock only) was sealed",)


def test_files_of_another_version_are_not_those_of_the_record(run: Path):
    """They could have been changed before the run was sealed."""
    (run / "files" / "sla.yaml").write_text("name: Kinder care\n")
    seal(run, "NO-GO (mock only)", ACME)

    assert verify(run).stdout.startswith(
        "files/sla.yaml: is not the sla that the record was made with"
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"payload": {}, "signature": null}', '{"payload": 1, "signature": null}',
        '{"payload": {"schema": "cutover-rehearsal/evidence/1"}, "signature": null}', "\x00",
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused_and_said(run: Path, text: str):
    """A reader that fails on it tells nobody anything."""
    (run / "manifest.json").write_text(text)
    found = verify(run)

    assert found.exit_code == 4
    assert found.stdout.startswith("manifest.json: it ")


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "."])
def test_a_manifest_cannot_point_out_of_the_folder(run: Path, path: str):
    """It comes from whoever wants us to open it."""
    payload = json.loads((run / "manifest.json").read_text())["payload"]
    payload["files"].append({"path": path, "bytes": 1, "sha256": "0" * 64})
    (run / "manifest.json").write_text(json.dumps(sign(payload, OURS, name="acme")))

    assert "is no file of the run's folder" in verify(run).stdout


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_no_byte_of_a_signed_manifest_can_be_another(signed: Path, tmp_path: Path, data):
    """But for blanks, which mean nothing."""
    place = tmp_path / "altered"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(signed, place, ignore=lambda *_: ["report.html"])
    raw = bytearray((signed / "manifest.json").read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255).filter(lambda value: value != raw[at]))
    (place / "manifest.json").write_bytes(raw)
    try:
        same = json.loads(raw) == json.loads((signed / "manifest.json").read_bytes())
    except ValueError:
        same = False
    found = evidence.verify(place, trusted=ACME.public_key, again=again("NO-GO (mock only)"))

    others = [each for each in found.wrong if not each.startswith("report.html")]
    assert bool(others) != same


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_comes_to_the_same_answer(run: Path, tmp_path: Path):
    """Nobody has to believe our own check: docs/evidence.md shows how to do without it."""
    document = json.loads((run / "manifest.json").read_text())
    pem = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "signature").write_bytes(base64.b64decode(document["signature"]["ed25519"]))

    def checked(payload) -> int:
        (tmp_path / "signed").write_bytes(signed_bytes(payload))
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin",
             "-in", "signed", "-sigfile", "signature"],
            cwd=tmp_path, capture_output=True,
        ).returncode  # fmt: skip

    assert checked(document["payload"]) == 0
    assert checked({**document["payload"], "decision": "GO"}) != 0
    assert signed_bytes(document["payload"]) == (
        b"cutover-rehearsal/evidence/1\n" + canonical(document["payload"])
    )


def test_sha256sum_comes_to_the_same_sums(run: Path):
    """The sums are those of every other tool."""
    payload = json.loads((run / "manifest.json").read_text())["payload"]
    listed = "".join(f"{e['sha256']}  {e['path']}\n" for e in payload["files"] + payload["reports"])
    told = subprocess.run(
        ["sha256sum", "--strict", "--check"], input=listed, cwd=run, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stdout
    assert told.stdout.count(": OK") == 12


def test_a_public_key_is_taken_in_every_form_that_people_have_it(run: Path, tmp_path: Path):
    """As printed by us, as a file of that, and as openssl writes it."""
    as_text, pem = tmp_path / "acme.pub", tmp_path / "acme.pem"
    as_text.write_text(written_key(OURS.public_key()) + "\n")
    pem.write_bytes(OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    for key in (as_text, pem):
        assert verify(run, "--key", str(key)).exit_code == 0
    assert verify(run, "--key", "nonsense").exit_code == 2


def test_options_that_mean_nothing_together_are_refused(run: Path):
    """Else somebody believes that a signature was looked at."""
    wrong = CliRunner().invoke(app, ["report", str(run), "--key", ACME.public_key])
    mixed = verify(run, "--sla", "other.yaml")

    assert wrong.exit_code == mixed.exit_code == 2
    assert "--verify too" in wrong.stderr
    assert verify(run / "nowhere").exit_code == 2
