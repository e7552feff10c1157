"""Where a target that we did not start answers, and how we sign in there: part of its profile.

A secret is never written in a profile: its value is the name of an environment variable or of a
file. Nothing here reads either, and no message repeats what stands in a secret's place.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from harness.files import values
from harness.files.document import Table
from harness.files.fields import Fields, fields_of, parsed
from harness.files.problems import shortened
from harness.files.values import Parse
from harness.model.contact import Stream
from harness.model.target import Remote, Secret, SignIn, SignInKind

EXAMPLES = {
    "edge": "edge: http://127.0.0.1:8080",
    "sites": "sites: {north: http://127.0.0.1:8081, south: http://127.0.0.1:8082}",
    "authentication": "authentication: {kind: bearer, token: {env: PROVIDER_TOKEN}}",
    "offers": "offers: [calls, tickets]",
    "ca_file": "ca_file: provider_ca.pem",
}
"""The keys of a profile that are for a target we did not start, and no other."""
_SECRET = {"env": "env: PROVIDER_TOKEN", "file": "file: provider.token"}
_BY_REFERENCE = "{env: NAME} or {file: PATH}, where the secret is: it is never written in a profile"
_KIND = {"kind": "kind: oauth2, bearer, api_key, basic or none"}
_OF_KIND: Mapping[SignInKind, Mapping[str, str]] = {
    SignInKind.NONE: {},
    SignInKind.BEARER: {"token": "token: {env: PROVIDER_TOKEN}"},
    SignInKind.OAUTH2: {
        "client_id": "client_id: rehearsal",
        "client_secret": "client_secret: {env: PROVIDER_SECRET}",
        "token_path": "token_path: /v1/oauth/token",
        "scope": "scope: tickets",
    },
    SignInKind.API_KEY: {"key": "key: {env: PROVIDER_KEY}", "header": "header: X-Api-Key"},
    SignInKind.BASIC: {"user": "user: rehearsal", "password": "password: {env: PROVIDER_PASSWORD}"},
}
_OF_ANY_KIND = {key: text for keys in _OF_KIND.values() for key, text in keys.items()}
_SECRET_KEY = {
    SignInKind.BEARER: "token",
    SignInKind.OAUTH2: "client_secret",
    SignInKind.API_KEY: "key",
    SignInKind.BASIC: "password",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_PATH = re.compile(r"/[!-~]*")


def read_remote(fields: Fields, folder: Path) -> Remote | None:
    """Return where the target answers that *fields* describe; None if a part of it is wrong.

    Files are named relative to *folder*.
    """
    edge = fields.value("edge", base_url)
    sites = _sites(fields)
    offers = _offers(fields)
    ca_file = fields.file("ca_file", folder) if "ca_file" in fields else Path()
    sign_in, client_id, secret = _authentication(fields, folder)
    if not edge or not sites or not offers or ca_file is None or sign_in is None:
        return None
    return Remote(
        edge,
        sites,
        sign_in,
        client_id,
        secret,
        offers=offers,
        ca_file="" if ca_file == Path() else str(ca_file),
    )


def base_url(written: str) -> str:
    """Return an address that requests can be made under, without the slash at its end."""
    want = "an address without query and password, as in https://uat.provider.example"
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError:
        raise ValueError(want) from None
    plain = written.isascii() and not re.search(r"[\s\\@?#*]", written)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError(want)
    return written.rstrip("/")


def _sites(fields: Fields) -> dict[str, str]:
    found = {
        site: parsed(entry.value, base_url, fields.problems, key=site)
        for site, entry in fields.table("sites").items()
        if parsed(entry.key, values.name, fields.problems)
    }
    return {site: url for site, url in found.items() if url}


def _offers(fields: Fields) -> tuple[Stream, ...]:
    """Return the streams that the target takes: all unless it says which."""
    if "offers" not in fields:
        return tuple(Stream)
    items = fields.listing("offers")
    found = [parsed(item, values.member(Stream), fields.problems) for item in items]
    return tuple(stream for stream in Stream if stream in found)


def _authentication(fields: Fields, folder: Path) -> tuple[SignIn | None, str, Secret | None]:
    """Return how to sign in, as whom, and where the secret is."""
    nothing = None, "", None
    entry = fields.entry("authentication")
    if entry is None:
        return nothing
    # Read with the keys of all kinds: those of another kind are told once the kind is known.
    own = fields_of(
        entry.value,
        of="authentication",
        examples=_KIND | _OF_ANY_KIND,
        problems=fields.problems,
    )
    kind = own.value("kind", values.member(SignInKind)) if own else None
    if own is None or kind is None:
        return nothing
    assert isinstance(entry.value, Table)  # it has fields
    _check_keys(entry.value, kind, fields)
    who = {SignInKind.OAUTH2: "client_id", SignInKind.BASIC: "user"}.get(kind)
    client_id = own.value(who, values.text) if who else ""
    secret = read_secret(own, _SECRET_KEY[kind], folder) if kind in _SECRET_KEY else None
    sign_in = _sign_in(own, kind)
    if client_id is None or (secret is None and kind in _SECRET_KEY):
        return nothing
    return sign_in, client_id, secret


def _check_keys(table: Table, kind: SignInKind, fields: Fields) -> None:
    """Tell a problem for every key of *table* that belongs to another kind than *kind*."""
    for key, each in table.entries.items():
        if key in _OF_ANY_KIND and key not in _OF_KIND[kind]:
            found = f"{key!r} in authentication of the kind {kind}"
            want = f"only {', '.join(['kind', *_OF_KIND[kind]])}"
            fields.problems.add(each.key.place, found=found, want=want)


def _sign_in(own: Fields, kind: SignInKind) -> SignIn | None:
    """Return how it is done, without who and the secret."""
    if kind is SignInKind.API_KEY:
        header = own.value("header", _text_like(_HEADER, "the name of a header"))
        return SignIn(kind, header) if header else None
    if kind is not SignInKind.OAUTH2:
        return SignIn(kind)
    a_path = _text_like(_PATH, "a path on the edge")
    path = own.value_or("token_path", a_path, default=SignIn().token_path)
    scope = own.value_or("scope", values.text, default="")
    return None if path is None or scope is None else SignIn(kind, token_path=path, scope=scope)


def read_secret(fields: Fields, key: str, folder: Path) -> Secret | None:
    """Return where the secret under *key* is. A secret that stands there itself is not repeated."""
    entry = fields.entry(key)
    if entry is None:
        return None
    if not isinstance(entry.value, Table):  # it may be the secret itself
        fields.problem(key, found=f"something written out as {key!r}", want=_BY_REFERENCE)
        return None
    own = fields_of(entry.value, of=key, examples=_SECRET, problems=fields.problems)
    assert own is not None  # it is a table
    if ("env" in own) == ("file" in own):
        fields.problem(key, found=f"{key!r} without exactly one place", want=_BY_REFERENCE)
        return None
    if "env" in own:
        variable = own.value("env", _text_like(_VARIABLE, "the name of an environment variable"))
        return Secret(variable=variable) if variable else None
    written = own.value("file", values.text)
    return Secret(file=str(folder / written)) if written else None


def _text_like(pattern: re.Pattern[str], want: str) -> Parse[str]:
    def parse(written: str) -> str:
        if not pattern.fullmatch(written):
            raise ValueError(want)
        return written

    return parse


def check_sites(fields: Fields, sites: Mapping[str, str], staffed: Mapping[str, object]) -> None:
    """Tell a problem for every site that is staffed and is none of the target's *sites*."""
    for site in staffed:
        if sites and site not in sites:
            found = f"staffing of {shortened(site)}, which is not in 'sites'"
            fields.problem("staffing", found=found, want=f"one of {', '.join(sites)}")
