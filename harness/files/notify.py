"""Who is told of the news of a run: the ``notify:`` section of a scenario.

The address of a webhook lets whoever has it write there: as a secret, it is named by where it is.
"""

from pathlib import Path

from harness.files import values
from harness.files.document import Table
from harness.files.fields import A_SECRET, Fields, Key, Keys, fields_of
from harness.files.login import read_secret
from harness.model.notify import Notify, When

EXAMPLE = "notify: {url: {env: HARNESS_NOTIFY_URL}, secret: {env: HARNESS_NOTIFY_SECRET}}"
KEYS: Keys = {
    "url": Key("url: {env: HARNESS_NOTIFY_URL}", "Where the webhook's address is kept.", A_SECRET),
    "secret": Key(
        "secret: {env: HARNESS_NOTIFY_SECRET}",
        "Where the key is kept that messages are signed with.",
        A_SECRET,
        default="",
    ),
    "when": Key(
        "when: news, or always",
        "Whether it is told of news alone, or of every run.",
        values.member(When),
        default="news",
    ),
}


def read_notify(fields: Fields, folder: Path) -> Notify | None:
    """Return who is told as *fields* say under ``notify``; None without it, or if it is wrong.

    Files are named relative to *folder*.
    """
    entry = fields.entry("notify") if "notify" in fields else None
    if entry is None:
        return None
    if not isinstance(entry.value, Table):  # it may be the address itself
        fields.problem("notify", found="something written out as 'notify'", want=EXAMPLE)
        return None
    own = fields_of(entry.value, of="notify", keys=KEYS, problems=fields.problems)
    assert own is not None  # it is a table
    url = read_secret(own, "url", folder)
    secret = read_secret(own, "secret", folder) if "secret" in own else None
    when = own.value_or("when", values.member(When), default=When.NEWS)
    return None if url is None or when is None else Notify(url, secret, when)
