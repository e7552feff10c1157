"""A step of a phased handover, as a phase of a scenario says it."""

from collections.abc import Collection

from harness.files import values
from harness.files.document import Table
from harness.files.fields import A_TABLE, Fields, Key, Keys, described, parsed
from harness.files.problems import did_you_mean
from harness.files.shares import read_shares
from harness.model.handover import Step

KEYS: Keys = {
    "split": Key(
        "split: {in-house: 80%, north: 20%}",
        "Which site takes how many of the calls, in steps of 10 %.",
        "a table: site, then a percentage",
        default="as before",
    ),
    "heads": Key(
        "heads: {in-house: {billing: 40, support: 24}}",
        "How many agents are at work, by site and queue.",
        "a table: site, then queue, then a whole number",
        default="as before",
    ),
    "rollback": Key(
        "rollback: {within: 2m}",
        "Everything goes back in-house as the phase begins.",
        A_TABLE,
        default="",
    ),
}
IN_HOUSE = "in_house: in-house"
ROLLBACK: Keys = {
    "within": Key("within: 2m", "How long it may take until nobody else answers.", values.duration),
}
_STEPS_OF = 10


def read_in_house(fields: Fields, sites: Collection[str] | None) -> str:
    """Return the site that is the in-house centre; empty if the scenario names none."""
    if "in_house" not in fields:
        return ""
    return fields.value("in_house", values.one_of(sites) if sites else values.name) or ""


def read_step(
    phase: Fields, sites: Collection[str] | None, queues: Collection[str], in_house: str
) -> Step:
    """Return what changes as *phase* begins; an empty step if nothing does."""
    split = read_shares(phase, "split", sites or (), "site") if "split" in phase else {}
    for site, share in split.items():
        if abs(share * 100 / _STEPS_OF - round(share * 100 / _STEPS_OF)) > 1e-6:
            want = f"steps of {_STEPS_OF} %, in which calls are moved"
            phase.problem("split", found=f"{share * 100:g} % to {site}", want=want)
    heads = _heads(phase, sites, queues) if "heads" in phase else {}
    within_s = None
    if "rollback" in phase:
        own = phase.inner("rollback", ROLLBACK)
        within_s = own.value("within", values.duration) if own else None
        if not in_house:
            want = f"{IN_HOUSE!r} in the scenario: the site that takes everything back"
            phase.problem("rollback", found="a rollback, and nobody in-house", want=want)
        elif split and split.get(in_house, 0.0) < 1:
            found = f"a rollback that leaves {in_house} {100 * split.get(in_house, 0.0):g} %"
            phase.problem("split", found=found, want="no split: a rollback takes everything back")
        split = {in_house: 1.0} if in_house else {}
    return Step(split, heads, within_s)


def _heads(
    phase: Fields, sites: Collection[str] | None, queues: Collection[str]
) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for site, entry in phase.table("heads").items():
        if sites and site not in sites:
            want = did_you_mean(site, sites)
            phase.problems.add(entry.key.place, found=f"the unknown site {site!r}", want=want)
        if not isinstance(entry.value, Table):
            text = described(entry.value, site)
            phase.problems.add(entry.key.place, found=text, want=KEYS["heads"].example)
            continue
        found[site] = {}
        for queue, each in entry.value.entries.items():
            if queues and queue not in queues:
                want = did_you_mean(queue, queues)
                phase.problems.add(each.key.place, found=f"the unknown queue {queue!r}", want=want)
            heads = parsed(each.value, values.heads, phase.problems, key=queue)
            found[site][queue] = heads or 0
    return found
