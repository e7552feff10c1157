"""A target that somebody else runs: where it answers, with the secrets that its profile names.

Nothing is started and nothing is asked here. A secret is read when the run begins, is handed on in
memory, and is written nowhere.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from harness.errors import Problem, UsageError
from harness.model.target import Endpoints, Login, Metrics, Remote, Secret, Target

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
    return [
        problem
        for where, login in _logins(target)
        if login.secret is not None
        for problem in _missing(where, login.secret, environment)
    ]


def _logins(target: Target) -> Iterator[tuple[str, Login]]:
    """Yield every login that the profile of *target* has, and where it stands."""
    if target.remote is None:
        return
    yield f"target {target.name}: authentication", target.remote.login
    if target.remote.metrics is not None and target.remote.metrics.login is not None:
        yield f"target {target.name}: metrics.authentication", target.remote.metrics.login


def _missing(where: str, secret: Secret, environment: Mapping[str, str]) -> Iterator[Problem]:
    try:
        found = secret_value(secret, environment)
    except OSError as error:
        yield Problem(
            where,
            f"{secret}, which cannot be read ({error.strerror})",
            "a file with the secret and nothing else in it",
        )
        return
    except UnicodeDecodeError:
        found = "\n"
    if not found:
        yield Problem(
            where,
            f"nothing in {secret}",
            "the secret, set before the harness is started",
        )
    elif any(ord(letter) < ord(" ") or not letter.isprintable() for letter in found):
        yield Problem(
            where,
            f"more than one line, or no text, in {secret}",
            "the secret and nothing else",
        )


def _endpoints(remote: Remote, environment: Mapping[str, str]) -> Endpoints:
    login, metrics = remote.login, remote.metrics or Metrics()
    read = metrics.login
    return Endpoints(
        edge=remote.edge,
        sites=remote.sites,
        client_id=login.client_id,
        client_secret=secret_value(login.secret, environment),
        sign_in=login.sign_in,
        ca_file=remote.ca_file,
        metrics=metrics,
        metrics_headers={}
        if read is None
        else read.sign_in.headers(read.client_id, secret_value(read.secret, environment)),
    )


def secret_value(secret: Secret | None, environment: Mapping[str, str]) -> str:
    """Return the secret itself, without the line end that editors put behind it; empty if none."""
    if secret is None:
        return ""
    if not secret.file:
        return environment.get(secret.variable, "").strip()
    with Path(secret.file).open("rb") as file:
        return file.read(_MOST_BYTES).decode().strip()
