"""Every refusal (``E_``) and every halt (``HALT_``) by its stable code, with its remedy. Pure.

``docs/guard.md`` lists the same codes; a test holds the page to this table.
"""

from collections.abc import Mapping

NOTHING_SENT = "Nothing was sent."

REFUSALS: Mapping[str, str] = {
    # What the profile says, before anybody is asked.
    "E_NOT_LOOPBACK": "Give the profile a `guard:` section, or an address of this machine.",
    "E_HOST": "Write http or https, a plain host name or address, and a port if need be.",
    "E_PLAIN_HTTP": "Use https: credentials and customers would go over the network in the clear.",
    "E_PROD_NAME": "If it is none, name it under `guard: heuristic_waived` and in the attestation.",
    "E_PROD_DENY": "This rule has no override.",
    "E_DENY_MISSING": "Write a never.yaml that names your production (docs/guard.md).",
    "E_LEVER": "Whoever pulled the lever takes `halt:` out of the file.",
    # What its addresses and its certificate say.
    "E_RESOLVE": "Mend the name, or the resolver.",
    "E_NETWORK": "Add the network to `guard: networks`, if it is the test environment's.",
    "E_PROD_UNRESOLVED": "Give its addresses under `known:` in never.yaml.",
    "E_PROD_CLASH": "If a shared front door does that by design, say `shared_front_door: yes`.",
    "E_CERTIFICATE": "Use https with a certificate that this machine, or `ca_file`, trusts.",
    # What it says of itself.
    "E_ATTEST_MISSING": "Ask the provider for a signed attestation (docs/guard.md).",
    "E_ATTEST_FORM": "`harness attest verify FILE` says what is wrong with it.",
    "E_ATTEST_SIG": "Ask the provider to sign it anew, with a key that the profile has.",
    "E_ATTEST_PROD": "If it is no production system, its operator has to say production: false.",
    "E_ATTEST_ENV": "Correct `guard: environment`, or ask whose attestation this is.",
    "E_ATTEST_HOST": "Ask for an attestation of these very hosts and sites.",
    "E_ATTEST_ADDRESS": "Ask for an attestation of these very addresses, or certificates.",
    "E_ATTEST_EXPIRED": "Ask for a fresh attestation.",
    "E_ATTEST_TTL": "Ask for one that is valid for 31 days at most.",
    "E_ATTEST_ENDS": "Ask for one that outlasts the run, or plan a shorter one.",
    "E_TENANT": "Sign in as the sandbox tenant; its id is `guard: tenant: id`.",
    "E_TENANT_DENY": "This rule has no override.",
    "E_MARKER": "Have it sent with every answer, or declare another `guard: marker`.",
    # What the plan asks.
    "E_RATE_CAP": "Plan less, or have the caps raised in profile and attestation: no flag does.",
    "E_CONCURRENCY_CAP": "Take fewer --workers, or have the caps raised: no flag does.",
    "E_WRITE_CAP": "Plan less, or have the caps raised in profile and attestation: no flag does.",
    "E_RUN_CAP": "Plan a shorter run, or have `caps: run` raised.",
    "E_FAULT_NOT_ALLOWED": "Have it listed in the attestation's faults_allowed, or leave it out.",
    "E_NOT_ARMED": "Read `harness plan`, then say --arm with the hash that it ends with.",
    "E_ARM_OTHER": "Read `harness plan` again: the files are not those that were armed.",
    "E_APPROVAL_MISSING": "Have a second person `harness attest approve` it; give --approval.",
    "E_APPROVAL_FORM": "Have it made anew by `harness attest approve`.",
    "E_APPROVAL_SIG": "It has to be signed by one of the `guard: approvers`.",
    "E_APPROVAL_PLAN": "An approval is for one plan: have this one approved.",
    "E_APPROVAL_SELF": "A second person has to approve, under an account and with a key of theirs.",
    "E_APPROVAL_OPERATOR": "It names who may run the plan: have it made for this account.",
    "E_APPROVAL_EXPIRED": "Have it approved anew: an approval is valid for 24 hours at most.",
    "E_APPROVAL_USED": "An approval is for one run: have it approved anew.",
    # What was seen before the first customer.
    "E_LIVE_TRAFFIC": "Find out whose contacts these are; have the environment to yourself.",
    "E_CANARY": "Find out where it went: what is written must be read back as ours.",
}
"""Refusals: the run did not begin (exit code 4)."""

HALTS: Mapping[str, str] = {
    "HALT_ENV_MARKER": "Find out what answered there before anything else is sent.",
    "HALT_DNS_DRIFT": "Find out why; addresses that it may have belong under `guard: also`.",
    "HALT_DNS_LOST": "Mend the resolver; where the name leads could not be confirmed.",
    "HALT_PROD_CLASH": "Find out whether the test environment has become production.",
    "HALT_PROD_DENY": "A rule came into never.yaml while the run lasted.",
    "HALT_LEVER": "Somebody pulled the lever: ask why.",
    "HALT_ATTEST": "Find out what changed: it no longer says what it said at the start.",
    "HALT_ATTEST_LOST": "It stopped saying what it is. Mend that, then run again.",
    "HALT_CERTIFICATE": "Find out what answers there now.",
    "HALT_TENANT": "Find out as whom we are signed in now.",
    "HALT_LIVE_TRAFFIC": "Find out whose contacts these are.",
    "HALT_NOT_SYNTHETIC": "Mend the story or adapter that says it. The request was not sent.",
    "HALT_RATE_CAP": "Plan less, or have the cap raised.",
    "HALT_CONCURRENCY_CAP": "Plan less, find out why it answers so late, or have the cap raised.",
    "HALT_WRITE_CAP": "Plan less, or have the cap raised.",
    "HALT_RUN_CAP": "Plan a shorter run, or have the cap raised.",
}
"""Halts: the run was ended (exit code 5)."""

POLITE = frozenset({"HALT_RATE_CAP", "HALT_CONCURRENCY_CAP", "HALT_WRITE_CAP", "HALT_RUN_CAP"})
"""Halts after which those who are on the line hang up. After any other, nothing more is sent."""


def refusal(code: str, evidence: str, *, sent: str = NOTHING_SENT) -> str:
    """Return a refusal: its code, the *evidence*, what to do, and what was *sent*."""
    return f"{code}: {evidence}. {REFUSALS[code]} {sent}".rstrip()


def halt(code: str, evidence: str) -> str:
    """Return why a run is ended: the code, the *evidence*, what to do."""
    return f"{code}: {evidence}. {HALTS[code]}"


def code_of(message: str) -> str:
    """Return the code that *message* begins with; empty if it begins with none."""
    code = message.partition(":")[0]
    return code if code in REFUSALS or code in HALTS else ""
