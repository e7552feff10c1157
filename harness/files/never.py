"""``never.yaml``: what an organisation never lets be tested. No flag and no variable takes it away.

Every one that is found counts: that of the machine, that of the account, and those in the folder of
the target profile and in each folder above it. One more file can only forbid more.
"""

import os
import pwd
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.files import values
from harness.files.document import Node, Text, read_document
from harness.files.fields import Fields, Key, Keys, fields_of, items_of, parsed
from harness.files.guard import address, fingerprint, network
from harness.files.problems import Problems
from harness.files.values import Parse
from harness.model.guard import Denied, Never

FILE_NAME = "never.yaml"
MACHINE = Path("/etc/cutover-rehearsal")
"""Where an administrator puts it: a rehearsal's account need not be able to write there."""
_OF_ACCOUNT = Path(".config/cutover-rehearsal")
FILE: Keys = {
    "hosts": Key(
        'hosts: [api.acme.example, "*.live.acme.example"]',
        "Names that are never asked.",
        "a list of host names",
        default="",
    ),
    "known": Key(
        "known: {api.acme.example: [203.0.113.7]}",
        "The addresses that production has.",
        "a table: host, then a list of addresses",
        default="",
    ),
    "networks": Key(
        "networks: [198.51.100.0/24]",
        "Networks that are never asked.",
        "a list of networks",
        default="",
    ),
    "certificates": Key(
        "certificates: [sha256/BASE64]",
        "Public keys of production.",
        "a list of `sha256/` and a hash in base64",
        default="",
    ),
    "tenants": Key("tenants: [t-1]", "Tenants that are production.", "a list of ids", default=""),
    "halt": Key(
        "halt: a change is being made to the network",
        "The lever: while it stands here, no run begins and those that are on halt.",
        values.text,
        default="",
    ),
}
_HOST = values.text_like(r"(?:\*\.)?[A-Za-z0-9.:-]+", "a host name, an address, or *. and a domain")
_TENANT = values.text_like(r"[!-~]+", "the id of a tenant")


def places(profile: Path, *, machine: Path = MACHINE, home: Path | None = None) -> Iterator[Path]:
    """Yield where deny files are looked for, for a profile in the folder *profile*.

    The account's home is that of the user database: a variable does not move it.
    """
    yield machine / FILE_NAME
    home = home_of_account() if home is None else home
    if home is not None:
        yield home / _OF_ACCOUNT / FILE_NAME
    folder = profile.resolve()
    yield from (each / FILE_NAME for each in (folder, *folder.parents))


def home_of_account() -> Path | None:
    """Return the home of the account that this process runs under; None if it has none."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None


def read_never(paths: Iterable[Path]) -> Never:
    """Return what the files among *paths* that exist forbid, all together.

    Raises:
        UsageError: one of them is wrong, or cannot be read; it carries every problem.
    """
    problems = Problems()
    whole = Never()
    for path in dict.fromkeys(paths):
        if _is_there(path):
            whole = _joined(whole, _read(path, problems))
    problems.raise_if_any()
    return whole


def _is_there(path: Path) -> bool:
    """Return whether there is something at *path*, or may be: who may not look cannot say no."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _read(path: Path, problems: Problems) -> Never:
    document = read_document(path, problems)
    if document is None:
        return Never()
    fields = fields_of(document.root, of=FILE_NAME, keys=FILE, problems=problems)
    if fields is None:
        return Never()
    lever = fields.value("halt", values.text) if "halt" in fields else None
    entry = fields.entry("halt") if "halt" in fields else None
    return Never(
        hosts=_rules(fields, "hosts", _HOST),
        known=_known(fields),
        networks=_rules(fields, "networks", network),
        certificates=_rules(fields, "certificates", fingerprint),
        tenants=_rules(fields, "tenants", _TENANT),
        lever=Denied(lever, str(entry.key.place)) if lever and entry else None,
        files=(str(path),),
    )


def _rules(fields: Fields, key: str, parse: Parse[str]) -> tuple[Denied, ...]:
    items = fields.listing(key) if key in fields else ()
    found = [(parsed(item, parse, fields.problems), item) for item in items]
    return tuple(Denied(what, _place(item)) for what, item in found if what)


def _known(fields: Fields) -> dict[str, tuple[str, ...]]:
    found = {}
    for host, entry in fields.table("known").items() if "known" in fields else ():
        items = items_of(entry, FILE["known"].example, fields.problems)
        addresses = [parsed(item, address, fields.problems) for item in items]
        found[host] = tuple(each for each in addresses if each)
    return found


def _place(item: Node) -> str:
    return str(item.place) if isinstance(item, Text) else ""


def _joined(one: Never, other: Never) -> Never:
    known = dict(one.known)
    for host, addresses in other.known.items():
        known[host] = (*known.get(host, ()), *addresses)
    return Never(
        hosts=(*one.hosts, *other.hosts),
        known=known,
        networks=(*one.networks, *other.networks),
        certificates=(*one.certificates, *other.certificates),
        tenants=(*one.tenants, *other.tenants),
        lever=one.lever or other.lever,
        files=(*one.files, *other.files),
    )
