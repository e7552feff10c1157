"""What a profile says of safety, and what an organisation forbids: read whole, or not at all."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.load import load_target
from harness.files.never import FILE_NAME, places, read_never
from harness.model.guard import Approver, Guarding, Level, Marker, Tenancy
from tests.files.test_target_elsewhere_files import profile, wrong

KEY = "A" * 43 + "="
SIGNED = f"level: signed, environment: acme-uat, keys: {{acme: {KEY}}}, networks: [203.0.113.0/28]"
TENANT = "tenant: {ask: /v1/account, id: t-1, id_at: account.id, sandbox_at: account.sandbox}"


def guarded(folder: Path, section: str) -> Path:
    """Return a profile whose guard says *section*."""
    return profile(folder, more=f"guard: {{{section}}}\n")


def guard(folder: Path, section: str) -> Guarding:
    remote = load_target(guarded(folder, section)).remote
    assert remote is not None
    assert remote.guard is not None
    return remote.guard


def test_a_guard_says_what_the_target_has_to_prove(tmp_path: Path):
    """By default every answer carries a header, and no waiver is given."""
    found = guard(tmp_path, SIGNED)

    assert found.level is Level.SIGNED
    assert found.environment == "acme-uat"
    assert found.keys == {"acme": KEY}
    assert found.networks == ("203.0.113.0/28",)
    assert found.marker == Marker(header="X-Environment-Id")
    assert found.heuristic_waived == ()
    assert not found.shared_front_door
    assert found.folder == str(tmp_path)


@pytest.mark.parametrize(
    ("written", "marker"),
    [
        ("{header: X-Env}", Marker(header="X-Env")),
        ("{field: environment}", Marker(field="environment")),
        ("certificate", Marker()),
    ],
)
def test_a_mark_is_a_header_a_field_or_the_certificate(
    written: str, marker: Marker, tmp_path: Path
):
    """Not every provider can add a header."""
    assert guard(tmp_path, f"{SIGNED}, marker: {written}").marker == marker


def test_approvers_and_a_tenant_are_read_whole(tmp_path: Path):
    """An approver is a key and an account: one alone says too little."""
    approver = f"approvers: {{jane: {{key: {KEY}, account: jdoe}}}}"
    found = guard(tmp_path, f"level: tenant, environment: acme-sandbox, {TENANT}, {approver}")

    assert found.approvers == {"jane": Approver(KEY, "jdoe")}
    assert found.tenancy == Tenancy("/v1/account", "t-1", "account.id", "account.sandbox")


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("level: loopback, environment: x", "one of offline, signed, tenant"),
        ("level: mock, environment: x", "one of offline, signed, tenant"),
        ("environment: acme-uat", "level"),
        (SIGNED.replace(KEY, "AAAA"), "32 bytes in base64"),
        (SIGNED.replace("203.0.113.0/28", "203.0.113.1/28"), "no bits set beyond it"),
        (SIGNED.replace("203.0.113.0/28", "everywhere"), "a network such as"),
        ("level: signed, environment: acme-uat", "keys: {acme-2026: BASE64}"),
        (f"level: signed, environment: x, keys: {{a: {KEY}}}", "networks: [203.0.113.0/28]"),
        (SIGNED.replace("signed", "offline"), "document: acme.attestation.json"),
        (f"{SIGNED}, document: not_there.json", "an existing file"),
        ("level: tenant, environment: x", "tenant: {ask:"),
        (f"level: tenant, environment: x, {TENANT.replace('/v1', 'v1')}", "a path on the edge"),
        (f"{SIGNED}, marker: {{header: X, field: y}}", "not exactly one mark"),
        (f"{SIGNED}, marker: {{header: 'X Y'}}", "the name of a header"),
        (f"{SIGNED}, approvers: {{jane: {{key: {KEY}}}}}", "account: jdoe"),
        (f"{SIGNED}, allow_production: yes", "unknown key 'allow_production'"),
        (f"{SIGNED}, certificates: [sha1/abc]", "sha256/"),
        (f"{SIGNED}, also: [nowhere]", "an address such as"),
    ],
)
def test_half_a_guard_is_none(section: str, says: str, tmp_path: Path):
    """A mistake in it is told with its line, and never taken for a weaker guard."""
    message = " ".join(wrong(guarded(tmp_path, section)).split())

    assert "acme.yaml:7" in message
    assert says in message


def never(folder: Path, text: str):
    path = folder / FILE_NAME
    path.write_text(text)
    return read_never([path])


def test_a_deny_file_names_what_is_production(tmp_path: Path):
    """Each rule keeps its line: who is refused wants to know by what."""
    text = f"""\
hosts: [api.acme.example, "*.live.acme.example"]
known: {{api.acme.example: [203.0.113.7]}}
networks: [198.51.100.0/24]
certificates: [sha256/{KEY}]
tenants: [t-1]
"""
    found = never(tmp_path, text)

    assert [each.what for each in found.hosts] == ["api.acme.example", "*.live.acme.example"]
    assert found.hosts[0].where.endswith("never.yaml:1")
    assert found.known == {"api.acme.example": ("203.0.113.7",)}
    assert [each.what for each in found.networks] == ["198.51.100.0/24"]
    assert [each.what for each in found.certificates] == [KEY]
    assert [each.what for each in found.tenants] == ["t-1"]
    assert found.lever is None


def test_one_more_file_can_only_forbid_more(tmp_path: Path):
    """Nobody takes a rule away by putting a file of their own beside the scenario."""
    below = tmp_path / "team" / "acme"
    below.mkdir(parents=True)
    (tmp_path / FILE_NAME).write_text("hosts: [api.acme.example]\n")
    (below / FILE_NAME).write_text("halt: a freeze\n")
    machine, home = tmp_path / "etc", tmp_path / "home"
    found = read_never(places(below, machine=machine, home=home))

    assert [each.what for each in found.hosts] == ["api.acme.example"]
    assert found.lever is not None
    assert found.lever.what == "a freeze"
    assert len(found.files) == 2


def test_variables_do_not_move_the_account_s_own_deny_file(tmp_path: Path, monkeypatch):
    """HOME is a word of whoever runs; the user database is not."""
    before = list(places(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert list(places(tmp_path)) == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hots: [a]\n", "unknown key 'hots'"),
        ("hosts: api.acme.example\n", "hosts: [api.acme.example"),
        ('hosts: ["api.acme.example/path"]\n', "a host name"),
        ('hosts: ["*"]\n', "a host name"),
        ("networks: [x]\n", "a network such as"),
        ("known: {api.acme.example: [198.51.100.0/24]}\n", "an address such as"),
        ("hosts: [a\n", "never.yaml"),
        ("halt:\n", "halt"),
    ],
)
def test_a_deny_file_with_a_mistake_is_refused(text: str, says: str, tmp_path: Path):
    """Fail closed: the rule that cannot be read may be the one that counts."""
    with pytest.raises(UsageError) as refused:
        never(tmp_path, text)

    assert says in " ".join(str(refused.value).split())


def test_a_deny_file_that_cannot_be_opened_is_refused(tmp_path: Path):
    """A link that leads nowhere was meant to lead somewhere."""
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "gone.yaml")

    with pytest.raises(UsageError):
        read_never([tmp_path / FILE_NAME])


def test_a_deny_file_that_may_be_there_is_refused(tmp_path: Path):
    """A folder that nobody can look into may hold the rule that counts: that is not none."""
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(UsageError):
        read_never([tmp_path / "loop" / FILE_NAME])
