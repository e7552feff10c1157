"""The profile of a target that somebody else runs: where it answers, and how we sign in."""

import re
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.load import load_target
from harness.model.contact import Stream
from harness.model.target import Secret, SignInKind

PROFILE = """\
name: acme-uat
adapter: acme.desk:Desk
edge: https://uat.acme.example
sites: {{north: https://north.uat.acme.example/}}
authentication: {authentication}
offers: [tickets]
"""
BEARER = "{kind: bearer, token: {env: ACME_TOKEN}}"


def profile(folder: Path, authentication: str = BEARER, more: str = "") -> Path:
    path = folder / "acme.yaml"
    path.write_text(PROFILE.format(authentication=authentication) + more)
    return path


def wrong(path: Path) -> str:
    with pytest.raises(UsageError) as refused:
        load_target(path)
    return str(refused.value)


def test_a_target_elsewhere_says_where_it_is_and_what_it_takes(tmp_path: Path):
    """It needs no staffing and no mock: what is not known is left out."""
    target = load_target(profile(tmp_path))

    assert target.remote is not None
    assert target.remote.edge == "https://uat.acme.example"
    assert target.sites == ("north",)
    assert target.offers == (Stream.TICKETS,)
    assert target.mock is None
    assert target.virtual_clock is False


@pytest.mark.parametrize(
    ("written", "kind", "client_id", "secret"),
    [
        ("{kind: none}", SignInKind.NONE, "", None),
        (BEARER, SignInKind.BEARER, "", Secret(variable="ACME_TOKEN")),
        (
            "{kind: oauth2, client_id: us, client_secret: {env: ACME}, token_path: /token}",
            SignInKind.OAUTH2,
            "us",
            Secret(variable="ACME"),
        ),
        (
            "{kind: api_key, header: X-Api-Key, key: {env: ACME}}",
            SignInKind.API_KEY,
            "",
            Secret(variable="ACME"),
        ),
        (
            "{kind: basic, user: us, password: {env: ACME}}",
            SignInKind.BASIC,
            "us",
            Secret(variable="ACME"),
        ),
    ],
)
def test_every_way_to_sign_in_can_be_written(
    tmp_path: Path, written: str, kind: SignInKind, client_id: str, secret: Secret | None
):
    """Four ways cover what providers ask for; each names its secret by reference."""
    remote = load_target(profile(tmp_path, written)).remote

    assert remote is not None
    assert remote.login.sign_in.kind is kind
    assert remote.login.client_id == client_id
    assert remote.login.secret == secret


@pytest.mark.parametrize(
    "written",
    [
        "{kind: bearer, token: hunter2-hunter2}",
        "{kind: basic, user: us, password: hunter2-hunter2}",
        "{kind: api_key, header: X-Api-Key, key: [hunter2-hunter2]}",
        "{kind: oauth2, client_id: us, client_secret: hunter2-hunter2}",
        "{kind: bearer, token: {hunter2-hunter2}}",
        "{kind: bearer, token: {token: hunter2-hunter2}}",
    ],
)
def test_a_secret_in_a_profile_is_refused_and_not_repeated(tmp_path: Path, written: str):
    """A message is read by many, and copied into tickets."""
    said = wrong(profile(tmp_path, written))

    assert "{env: NAME} or {file: PATH}" in said
    assert "hunter2" not in said


def test_a_secret_in_the_place_of_its_variable_is_not_repeated_either(tmp_path: Path):
    """Whoever takes ``env`` for the secret itself has written it down once too often already."""
    said = wrong(profile(tmp_path, "{kind: bearer, token: {env: hunter2-hunter2}}"))

    assert "the name of an environment variable" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        (
            "https://uat.acme.example\n",
            "https://us:pw@uat.acme.example\n",
            "without query and pass",
        ),
        ("https://uat.acme.example\n", "ftp://uat.acme.example\n", "an address"),
        ("https://uat.acme.example\n", "https://*.acme.example\n", "an address"),
        ("offers: [tickets]", "offers: [faxes]", "calls, tickets"),
        ("kind: bearer", "kind: digest", "basic, bearer"),
        ("token: {env: ACME_TOKEN}", "key: {env: ACME_TOKEN}", "only kind, token"),
        ("{env: ACME_TOKEN}", "{}", "{env: NAME} or {file: PATH}"),
        ("{env: ACME_TOKEN}", "{env: ACME_TOKEN, file: x}", "{env: NAME} or {file: PATH}"),
        ("offers: [tickets]", "caps: {concurrent: 1.5}", "a whole number from 1 to 1,000,000"),
        (
            "offers: [tickets]",
            "metrics: {sources: {edge: http://x.example}, names: {a: {name: b, times: 1e-6}}}",
            "a number from 0.000000001 to 1,000,000,000",
        ),
        ("offers: [tickets]", "staffing: {south: {billing: 1}}", "one of north"),
        ("{north: https://north", "{edge: https://north", "the target's front door"),
        (
            "offers: [tickets]",
            'lines: {billing: ["+441632960101"], support: ["+441632960101"]}',
            "each number once",
        ),
        ("offers: [tickets]", "mock: {}", "'edge: URL' of a target that somebody else runs"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, old: str, new: str, fragment: str):
    """Each message says what would be right."""
    path = profile(tmp_path)
    path.write_text(path.read_text().replace(old, new))

    assert fragment in wrong(path).replace("\n", " ").replace("        ", "")


def test_an_adapter_beside_the_profile_is_named_by_its_file(tmp_path: Path):
    """Found wherever the harness is started from."""
    (tmp_path / "desk.py").write_text("class Desk: ...\n")
    path = profile(tmp_path)
    path.write_text(path.read_text().replace("acme.desk:Desk", "desk.py:Desk"))

    assert load_target(path).adapter == f"{tmp_path}/desk.py:Desk"


@pytest.mark.parametrize(
    ("written", "want"),
    [
        ("desk.py:Desc", r"class of desk\.py: Desk"),
        ("no.py:Desk", "an existing file"),
        ("broken.py:Desk", "a file that Python can read"),
        ("desk.py", "package.module:Class"),
        ("huge.py:Desk", "that Python can read .*more than 1,000,000 bytes"),
        ("folder.py:Desk", "that Python can read .*is a directory"),
    ],
)
def test_an_adapter_that_is_not_in_its_file_is_told_where_it_is_named(
    tmp_path: Path, written: str, want: str
):
    """Before anything is started, with its line."""
    (tmp_path / "desk.py").write_text("class Desk: ...\n")
    (tmp_path / "broken.py").write_text("class Desk(\n")
    (tmp_path / "huge.py").write_text("#" * 1_000_001)
    (tmp_path / "folder.py").mkdir()
    path = profile(tmp_path)
    path.write_text(path.read_text().replace("acme.desk:Desk", written))
    with pytest.raises(UsageError) as refused:
        load_target(path)
    (problem,) = refused.value.problems

    assert problem.where == f"{path}:2"
    assert re.search(want, problem.want)
