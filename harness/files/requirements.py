"""What a company requires of a target beside its contract, each with the check that decides it."""

from harness.files import hours, values
from harness.files.fields import A_LIST, Fields, Key, Keys, fields_of
from harness.model.target import Need, Requirement

EXAMPLE = (
    "requirements: {accessibility: [{what: billing is reachable, check: lines billing}],"
    " reporting: [{what: we see the backlog, check: ticket_backlog}],"
    " redundancy: [{what: either site carries all, check: site_down north}]}"
)
NEEDS: Keys = {
    Need.ACCESSIBILITY.value: Key(EXAMPLE, "Who can be reached, and when.", A_LIST, default=""),
    Need.REPORTING.value: Key(EXAMPLE, "Which figures the provider shows.", A_LIST, default=""),
    Need.REDUNDANCY.value: Key(EXAMPLE, "What it survives.", A_LIST, default=""),
}
REQUIREMENT: Keys = {
    "what": Key("what: billing is reachable in office hours", "It in words.", values.text),
    "check": Key("check: lines billing", "What decides it.", values.text),
    "open": Key(
        "open: Mon-Fri 08:00-18:00",
        "When it has to be so; of accessibility alone.",
        hours.opening,
        default="",
    ),
}


def read_requirements(fields: Fields) -> tuple[Requirement, ...]:
    """Return the requirements in *fields*; one without a check is a problem."""
    own = fields.inner("requirements", NEEDS) if "requirements" in fields else None
    if own is None:
        return ()
    found = []
    for need in Need:
        for node in own.listing(need.value) if need.value in own else ():
            each = fields_of(
                node, of=f"a requirement of {need}", keys=REQUIREMENT, problems=own.problems
            )
            read = _requirement(each, need) if each else None
            if read:
                found.append(read)
    return tuple(found)


def _requirement(fields: Fields, need: Need) -> Requirement | None:
    what, check = fields.value("what", values.text), fields.value("check", values.text)
    opening = None
    if "open" in fields:
        opening = fields.value("open", hours.opening)
        if need is not Need.ACCESSIBILITY:
            fields.problem("open", want="no 'open': only who is to be reached has hours")
    return Requirement(need, what, check, opening) if what and check else None
