"""A target that somebody else runs: secrets are read when a run begins, and told to nobody."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.model.target import Login, Remote, Secret, SignIn, SignInKind, Target
from harness.target.remote import missing, reached


def target(secret: Secret) -> Target:
    remote = Remote("https://uat.acme.example", {}, Login(SignIn(SignInKind.BEARER), secret=secret))
    return Target("acme", "a.b:C", False, {}, None, remote=remote)


async def test_a_secret_comes_from_the_environment():
    """The profile names the variable alone."""
    async with reached(target(Secret("TOKEN")), environment={"TOKEN": "hush"}) as endpoints:
        assert endpoints.client_secret == "hush"
        assert "hush" not in repr(endpoints)


async def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path):
    """Every editor puts one there."""
    path = tmp_path / "acme.token"
    path.write_text("hush\n")

    async with reached(target(Secret(file=str(path)))) as endpoints:
        assert endpoints.client_secret == "hush"


@pytest.mark.parametrize("content", [b"hush\nhush", b"\xff\xfe", b"hush\x00"])
def test_what_is_no_secret_is_refused_and_not_repeated(tmp_path: Path, content: bytes):
    """A private key by mistake would else go into a header, or into a message."""
    path = tmp_path / "acme.token"
    path.write_bytes(content)

    (problem,) = missing(target(Secret(file=str(path))))

    assert "hush" not in str(problem)


async def test_a_missing_secret_is_told_before_anything_is_sent(tmp_path: Path):
    """With where it should be."""
    (unset,) = missing(target(Secret("TOKEN")), environment={})
    (gone,) = missing(target(Secret(file=str(tmp_path / "none"))))

    assert "the environment variable TOKEN" in str(unset)
    assert "none" in str(gone)
    with pytest.raises(UsageError):
        async with reached(target(Secret("TOKEN")), environment={}):
            pytest.fail("nothing begins without the secret")
