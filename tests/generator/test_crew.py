"""Where workers meet a run, and by which token: read from what a user wrote."""

from pathlib import Path

import pytest

from harness.cli.run import _crew
from harness.errors import UsageError
from harness.generator import Address, join_token
from harness.generator.crew import TOKEN_VARIABLE


def wrong(call, *arguments: object) -> str:
    """Return what a usage error of *call* says."""
    with pytest.raises(UsageError) as error:
        call(*arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ("written", "address", "loopback"),
    [
        ("25557", "127.0.0.1:25557", True),
        ("127.0.0.1:25557", "127.0.0.1:25557", True),
        ("10.1.2.3:25557", "10.1.2.3:25557", False),
        ("0.0.0.0:25557", "0.0.0.0:25557", False),
    ],
)
def test_a_run_listens_on_this_machine_alone_unless_told_otherwise(
    written: str, address: str, loopback: bool
):
    """A network has to be asked for by its number, and a warning is printed then."""
    found = Address.to_listen(written)

    assert (str(found), found.is_loopback) == (address, loopback)


@pytest.mark.parametrize(
    "written", ["localhost:25557", "here", "10.1.2.3", ":1", "1.2.3.4:0", "a:b:c", "[::1]:25557"]
)
def test_names_and_nonsense_are_no_address_to_listen_at(written: str):
    """What a name means is decided elsewhere, and can change."""
    assert "such as 25557 or 10.1.2.3:25557" in " ".join(wrong(Address.to_listen, written).split())


@pytest.mark.parametrize("written", ["hill.example:25557", "127.0.0.1:25557"])
def test_a_worker_joins_names_and_numbers(written: str):
    """Machines of a company have names."""
    assert str(Address.to_join(written)) == written


@pytest.mark.parametrize(
    "written", ["hill.example", "25557", "hill:70000", "u@hill:25557", "[::1]:25557", ""]
)
def test_a_worker_needs_host_and_port(written: str):
    """Guessing a port would end in a long wait for nobody."""
    assert "HOST:PORT" in wrong(Address.to_join, written)


def test_the_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Never from the command line, which every user of the machine can read."""
    monkeypatch.setenv(TOKEN_VARIABLE, "from the environment, long")
    file = tmp_path / "join.token"
    file.write_text("from the file, long enough\n")

    assert join_token(None) == "from the environment, long"
    assert join_token(file) == "from the file, long enough"


@pytest.mark.parametrize(
    ("held", "said"), [(None, "no token"), ("", "no token"), ("short", "5 characters")]
)
def test_a_token_that_could_be_guessed_is_none(
    held: str | None, said: str, monkeypatch: pytest.MonkeyPatch
):
    """And the message has the command that makes a good one."""
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if held is not None:
        monkeypatch.setenv(TOKEN_VARIABLE, held)

    told = " ".join(wrong(join_token, None).split())
    assert said in told
    assert "secrets.token_urlsafe(32)" in told


def test_a_token_file_that_is_not_there_is_named(tmp_path: Path):
    """Rather than falling back to another token unseen."""
    assert "join.token" in wrong(join_token, tmp_path / "join.token")


@pytest.mark.parametrize(("listen", "warned"), [("25557", False), ("10.1.2.3:25557", True)])
def test_who_listens_on_a_network_is_warned_of_what_is_not_protected(
    listen: str, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Nobody should find out later that the channel was open."""
    file = tmp_path / "join.token"
    file.write_text("long enough to be a token")
    crew = _crew(3, listen, "90s", file)

    said = capsys.readouterr().err
    assert (crew.workers, crew.join_within_s, crew.token) == (3, 90.0, "long enough to be a token")
    assert ("nothing else on that channel is encrypted or authenticated" in said) is warned
    assert "long enough" not in said + repr(crew)
