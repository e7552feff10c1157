"""``harness attest``: from a profile to a document that the guard takes, and to an approval."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.guarding.ground import account
from tests.guarding.uat import CONTRACT, SCENARIO

PROFILE = """\
name: acme-uat
adapter: scenarios.examples.ticket_desk.adapter:TicketDesk
virtual_clock: yes
edge: https://uat.acme.example
sites: {{north: https://north.uat.acme.example}}
authentication: {{kind: none}}
offers: [tickets]
metrics:
  sources: {{north: https://north.uat.acme.example/metrics}}
  names: {{cc_speed: desk_clock_speed}}
caps: {{requests_per_s: 40, writes: 5000}}
guard:
  level: signed
  environment: acme-uat
  keys: {{acme-2026: {provider}}}
  networks: [203.0.113.0/28]
  approvers: {{jane: {{key: {jane}, account: {account}}}}}
"""


def attest(*words: object):
    return CliRunner().invoke(app, ["attest", *map(str, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two keys, a profile that knows them, and a scenario on it."""
    provider = attest("key", tmp_path / "acme.key").stdout.strip()
    jane = attest("key", tmp_path / "jane.key").stdout.strip()
    text = PROFILE.format(provider=provider, jane=jane, account=account())
    (tmp_path / "acme.yaml").write_text(text)
    (tmp_path / "contract.yaml").write_text(CONTRACT)
    (tmp_path / "uat.yaml").write_text(SCENARIO)
    return tmp_path


def signed(folder: Path) -> Path:
    draft, document = folder / "draft.json", folder / "attestation.json"
    contact = "platform@provider.example"
    made = attest("new", folder / "acme.yaml", "--contact", contact, "--out", draft)
    assert made.exit_code == 0, made.output
    made = attest(
        "sign", draft, "--key", folder / "acme.key", "--name", "acme-2026", "--out", document
    )
    assert made.exit_code == 0, made.output
    return document


def test_a_key_is_its_owner_s_alone_and_is_never_written_over(folder: Path):
    """Whoever can read it can sign in its owner's name."""
    path = folder / "acme.key"
    before = path.read_bytes()
    again = attest("key", path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again.exit_code == 2
    assert path.read_bytes() == before


def test_what_is_drafted_from_a_profile_and_signed_is_good_for_it(folder: Path):
    """The provider corrects and signs; nobody has to know what JSON the guard wants."""
    document = signed(folder)
    said = attest("verify", document, "--target", folder / "acme.yaml")

    assert said.exit_code == 0, said.output
    assert said.stdout.splitlines()[-1] == f"{document}: good for {folder / 'acme.yaml'}"
    payload = json.loads(document.read_text())["payload"]
    assert payload["production"] is False
    assert payload["hosts"] == ["north.uat.acme.example", "uat.acme.example"]
    assert (payload["max_requests_per_s"], payload["max_writes"]) == (40, 5000)
    assert payload["faults_allowed"] == []


def test_what_is_wrong_with_a_document_is_said_with_its_code(folder: Path):
    """Before a run finds out, at night."""
    document = signed(folder)
    text = document.read_text()
    document.write_text(text.replace('"acme-uat"', '"acme-dev"'))
    altered = attest("verify", document, "--target", folder / "acme.yaml")
    nothing = attest("verify", folder / "none.json", "--target", folder / "acme.yaml")

    assert altered.exit_code == 4
    assert altered.stdout.startswith("E_ATTEST_SIG: ")
    assert "sent" not in altered.stdout.splitlines()[0]
    assert nothing.exit_code == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda payload: payload.pop("production"), "production is not there"),
        (lambda payload: payload.update(hosts="uat"), "hosts is no list of texts"),
        (lambda payload: payload.update(not_after="soon"), "not_after is not written as"),
        (lambda payload: payload.update(networks=["x"]), "networks:"),
        (lambda payload: payload.update(max_writes=0), "max_writes is no whole number"),
        (lambda payload: payload.update(schema="x"), "its schema is 'x'"),
    ],
)
def test_a_draft_that_says_nonsense_is_not_signed(change, says: str, folder: Path):
    """A signature under it would be refused by everybody."""
    signed(folder)
    draft = folder / "draft.json"
    payload = json.loads(draft.read_text())
    change(payload)
    draft.write_text(json.dumps(payload))
    made = attest("sign", draft, "--key", folder / "acme.key", "--name", "acme-2026")

    assert made.exit_code == 2
    assert says in " ".join(made.stderr.split())


def test_who_approves_is_not_who_runs(folder: Path):
    """The tool does not make a document that the guard would refuse."""
    words = ["approve", folder / "uat.yaml", "--key", folder / "jane.key", "--name", "jane"]
    own = attest(*words, "--operator", account())
    other = attest(*words, "--operator", "operator-account")
    strange = attest(
        "approve", folder / "uat.yaml", "--key", folder / "acme.key", "--name", "jane",
        "--operator", "operator-account",
    )  # fmt: skip

    assert own.exit_code == 2
    assert "nobody approves for themselves" in " ".join(own.stderr.split())
    assert strange.exit_code == 2
    assert other.exit_code == 0, other.output
    payload = json.loads(other.stdout)["payload"]
    assert payload["operator"] == "operator-account"
    assert len(payload["plan"]) == 64


def test_a_plan_says_how_it_is_armed(folder: Path):
    """The hash covers all that the run depends on: another file, another hash."""

    def planned() -> str:
        return CliRunner().invoke(app, ["plan", str(folder / "uat.yaml")]).stdout

    first = planned()
    (folder / "contract.yaml").write_text(CONTRACT.replace("<= 0", "<= 1"))
    second = planned()

    assert "The target has to prove that it is no production system: signed." in first
    arm = [line for line in first.splitlines() if line.startswith("To run it: --arm ")]
    assert len(arm) == 1
    assert arm[0] not in second
    assert max(len(line) for line in first.splitlines() if str(folder) not in line) <= 80


def test_a_profile_without_a_guard_has_nothing_to_attest(folder: Path):
    """And says where to read on."""
    path = folder / "acme.yaml"
    path.write_text(path.read_text().partition("guard:")[0])
    made = attest("new", path, "--contact", "x")

    assert made.exit_code == 2
    assert "docs/guard.md" in " ".join(made.stderr.split())
