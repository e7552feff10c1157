"""How we sign in at a provider: what a profile says of it, and where the secret is.

A secret is never written in a profile: its value is the name of an environment variable or of a
file. Nothing here reads either, and no message repeats what stands in a secret's place.
"""

from collections.abc import Mapping
from pathlib import Path

from harness.files import values
from harness.files.document import Table
from harness.files.fields import A_SECRET, Fields, Key, Keys, fields_of
from harness.model.target import Login, Secret, SignIn, SignInKind

EXAMPLE = "authentication: {kind: bearer, token: {env: PROVIDER_TOKEN}}"
_variable = values.text_like(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable")


SECRET: Keys = {
    "env": Key(
        "env: PROVIDER_TOKEN",
        "The environment variable that it is in.",
        _variable,
        default="one of the two",
    ),
    "file": Key(
        "file: provider.token", "The file that it is in.", values.text, default="one of the two"
    ),
}
_BY_REFERENCE = "{env: NAME} or {file: PATH}, where the secret is: it is never written here"
KIND: Keys = {
    "kind": Key(
        "kind: oauth2, bearer, api_key, basic or none",
        "How we prove who we are.",
        values.member(SignInKind),
    ),
}
_OF_KIND: Mapping[SignInKind, Keys] = {
    SignInKind.NONE: {},
    SignInKind.BEARER: {
        "token": Key(
            "token: {env: PROVIDER_TOKEN}",
            "The token itself.",
            A_SECRET,
            default="needed of `bearer`",
        )
    },
    SignInKind.OAUTH2: {
        "client_id": Key(
            "client_id: rehearsal", "Who we are.", values.text, default="needed of `oauth2`"
        ),
        "client_secret": Key(
            "client_secret: {env: PROVIDER_SECRET}",
            "What proves it; a token is fetched anew when one ends.",
            A_SECRET,
            default="needed of `oauth2`",
        ),
        "token_path": Key(
            "token_path: /v1/oauth/token",
            "Where tokens are fetched, on the edge; of `oauth2`.",
            values.edge_path,
            default=SignIn().token_path,
        ),
        "scope": Key(
            "scope: tickets", "What a token is asked for; of `oauth2`.", values.text, default=""
        ),
    },
    SignInKind.API_KEY: {
        "key": Key(
            "key: {env: PROVIDER_KEY}", "The key itself.", A_SECRET, default="needed of `api_key`"
        ),
        "header": Key(
            "header: X-Api-Key",
            "The header that it goes into.",
            values.header_name,
            default="needed of `api_key`",
        ),
    },
    SignInKind.BASIC: {
        "user": Key("user: rehearsal", "Who we are.", values.text, default="needed of `basic`"),
        "password": Key(
            "password: {env: PROVIDER_PASSWORD}",
            "What proves it.",
            A_SECRET,
            default="needed of `basic`",
        ),
    },
}
OF_ANY_KIND: Keys = {name: key for keys in _OF_KIND.values() for name, key in keys.items()}
_SECRET_KEY = {
    SignInKind.BEARER: "token",
    SignInKind.OAUTH2: "client_secret",
    SignInKind.API_KEY: "key",
    SignInKind.BASIC: "password",
}


def read_login(fields: Fields, folder: Path) -> Login | None:
    """Return how to sign in as *fields* say under ``authentication``; None if that is wrong.

    Files are named relative to *folder*.
    """
    entry = fields.entry("authentication")
    if entry is None:
        return None
    # Read with the keys of all kinds: those of another kind are told once the kind is known.
    own = fields_of(
        entry.value,
        of="authentication",
        keys={**KIND, **OF_ANY_KIND},
        problems=fields.problems,
    )
    kind = own.value("kind", values.member(SignInKind)) if own else None
    if own is None or kind is None:
        return None
    assert isinstance(entry.value, Table)  # it has fields
    _check_keys(entry.value, kind, fields)
    who = {SignInKind.OAUTH2: "client_id", SignInKind.BASIC: "user"}.get(kind)
    client_id = own.value(who, values.text) if who else ""
    secret = read_secret(own, _SECRET_KEY[kind], folder) if kind in _SECRET_KEY else None
    sign_in = _sign_in(own, kind)
    if client_id is None or (secret is None and kind in _SECRET_KEY):
        return None
    return Login(sign_in, client_id, secret) if sign_in is not None else None


def _check_keys(table: Table, kind: SignInKind, fields: Fields) -> None:
    """Tell a problem for every key of *table* that belongs to another kind than *kind*."""
    for key, each in table.entries.items():
        if key in OF_ANY_KIND and key not in _OF_KIND[kind]:
            found = f"{key!r} in authentication of the kind {kind}"
            want = f"only {', '.join(['kind', *_OF_KIND[kind]])}"
            fields.problems.add(each.key.place, found=found, want=want)


def _sign_in(own: Fields, kind: SignInKind) -> SignIn | None:
    """Return how it is done, without who and the secret."""
    if kind is SignInKind.API_KEY:
        header = own.value("header", values.header_name)
        return SignIn(kind, header) if header else None
    if kind is not SignInKind.OAUTH2:
        return SignIn(kind)
    path = own.value_or("token_path", values.edge_path, default=SignIn().token_path)
    scope = own.value_or("scope", values.text, default="")
    return None if path is None or scope is None else SignIn(kind, token_path=path, scope=scope)


def read_secret(fields: Fields, key: str, folder: Path) -> Secret | None:
    """Return where the secret under *key* is.

    A secret that stands there itself, wherever it was put, is not repeated.
    """
    entry = fields.entry(key)
    if entry is None:
        return None
    if not isinstance(entry.value, Table):  # it may be the secret itself
        fields.problem(key, found=f"something written out as {key!r}", want=_BY_REFERENCE)
        return None
    if len(entry.value.entries) != 1 or not SECRET.keys() & entry.value.entries.keys():
        fields.problem(key, found=f"{key!r} without exactly one place", want=_BY_REFERENCE)
        return None
    own = fields_of(entry.value, of=key, keys=SECRET, problems=fields.problems)
    assert own is not None  # it is a table
    if "env" in own:
        try:
            return Secret(variable=_variable(own.text("env")))
        except ValueError as error:  # it may be the secret itself
            own.problem("env", found="something else under 'env'", want=str(error))
            return None
    written = own.value("file", values.text)
    return Secret(file=str(folder / written)) if written else None
