"""A target that somebody else runs: where it answers, with the secrets that its profile names.

Nothing is started and nothing is asked here. A secret is read when the run begins, is handed on in
memory, and is written nowhere.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from harness.errors import Problem, UsageError
from harness.model.target import Endpoints, Remote, Secret, Target

_MOST_BYTES = 64 * 1024


@asynccontextmanager
async def reached(
    target: Target, *, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[Endpoints]:
    """Yield, for the block, where *target* answers. It was there before and it stays.

    Raises:
        UsageError: a secret that the profile names is not there; carries every one.
    """
    if problems := missing(target, environment=environment):
        raise UsageError(problems)
    assert target.remote is not None
    yield _endpoints(target.remote, environment)


def missing(target: Target, *, environment: Mapping[str, str] = os.environ) -> list[Problem]:
    """Return a problem for every secret that the profile of *target* names and that is not there.

    Its value is in no message.
    """
    remote = target.remote
    if remote is None or remote.secret is None:
        return []
    return list(_missing(target.name, remote.secret, environment))


def _missing(name: str, secret: Secret, environment: Mapping[str, str]) -> Iterator[Problem]:
    try:
        found = _value(secret, environment)
    except OSError as error:
        yield Problem(
            f"target {name}: authentication",
            f"{secret}, which cannot be read ({error.strerror})",
            "a file with the secret and nothing else in it",
        )
        return
    except UnicodeDecodeError:
        found = "\n"
    if not found:
        yield Problem(
            f"target {name}: authentication",
            f"nothing in {secret}",
            "the secret, set before the harness is started",
        )
    elif any(ord(letter) < ord(" ") or not letter.isprintable() for letter in found):
        yield Problem(
            f"target {name}: authentication",
            f"more than one line, or no text, in {secret}",
            "the secret and nothing else",
        )


def _endpoints(remote: Remote, environment: Mapping[str, str]) -> Endpoints:
    return Endpoints(
        edge=remote.edge,
        sites=remote.sites,
        client_id=remote.client_id,
        client_secret="" if remote.secret is None else _value(remote.secret, environment),
        sign_in=remote.sign_in,
        ca_file=remote.ca_file,
    )


def _value(secret: Secret, environment: Mapping[str, str]) -> str:
    """Return the secret itself, without the line end that editors put behind it; empty if none."""
    if not secret.file:
        return environment.get(secret.variable, "").strip()
    with Path(secret.file).open("rb") as file:
        return file.read(_MOST_BYTES).decode().strip()
