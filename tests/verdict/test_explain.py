"""An SLA in plain English, for those who sign it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.folding import folded
from harness.files.load import load
from harness.known import KNOWN
from harness.kpi.catalogue import CATALOGUE
from harness.model.scenario import PhaseKind
from harness.model.sla import Each, Formula, Progression, Sla
from harness.model.target import Remote
from harness.verdict.explain import explained
from tests.fakes import FakeEvidence, objective, scenario, sla

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TARGET = FakeEvidence().target


def said(contract: Sla) -> str:
    """Return what is explained, on one line."""
    return " ".join(" ".join(explained(contract, scenario(), TARGET)).split())


def test_an_objective_is_a_sentence_that_a_contract_manager_would_write():
    """What, of whom, where, by whose figures, how many contacts it takes, and who answers for it."""
    text = said(sla(objective(each=Each.QUEUE, tolerance=0.03, min_contacts=400)))

    for part in (
        (
            "At least 80 % of billing and support callers are answered within 20s, each queue"
            " judged by itself, in every steady phase."
        ),
        "Counted by the formula offered",
        (
            "Judged on what callers experienced and on the provider's own metrics, which may be"
            " prettier by 3 points and no more."
        ),
        "Fewer than 400 contacts decide nothing.",
        "Needs about ",
        "Owner: Service Transition, transition@client.example.",
    ):
        assert part in text


def test_what_no_metrics_tell_apart_is_judged_on_the_callers_word():
    """No page keeps a service level by line, so there is no gap either."""
    text = said(sla(objective(each=Each.LINE, tolerance=0.03)))

    assert "Judged on what callers experienced. " in text


def test_where_the_target_tells_nothing_nobody_s_figures_are_promised():
    """What callers experienced decides, or nobody does."""
    silent = replace(TARGET, mock=None, remote=Remote("http://edge.example", {}))
    aht = objective("aht", 300.0, 330.0, threshold_s=None)
    both, alone = (
        " ".join(explained(sla(each), scenario(), silent))
        for each in (objective(tolerance=0.03), aht)
    )

    assert "Judged on what callers experienced. " in both
    assert "Judged by nobody: the target's metrics do not tell it." in alone


def test_of_how_many_contacts_a_provider_s_mean_has_to_be_is_said():
    """Whoever asks for more is told that."""
    asked = objective("aht", 300.0, 330.0, threshold_s=None)
    texts = [said(sla(replace(asked, min_contacts=least))) for least in (0, 400)]

    assert "Fewer than 100 contacts decide nothing." in texts[0]
    assert "Fewer than 400 contacts decide nothing." in texts[1]


def test_a_formula_that_knows_short_abandons_says_how_short():
    """Five points lie in it."""
    text = said(sla(objective(formula=Formula.EXCL_SHORT, short_abandon_s=6.0)))

    assert "short is up to 6s" in text


def test_a_fault_that_may_cost_nobody_is_said_in_a_sentence():
    """Not "Calls lost to a fault: no"."""
    text = said(sla(objective("fault_losses", 0.0, 0.0, kinds=(PhaseKind.FAULT,))))

    assert "No calls are cut off, dropped or turned away while a fault lasts in every" in text


@pytest.mark.parametrize("kpi", sorted(CATALOGUE))
def test_every_kpi_is_said_in_words(kpi: str):
    """By a sentence of its own, or by its definition: nobody signs a word he cannot look up."""
    kinds = tuple(CATALOGUE[kpi].phase_kinds) or (PhaseKind.STEADY,)
    text = said(sla(objective(kpi, 0.0, 0.0, kinds=kinds[:1], threshold_s=20.0)))

    assert ("{" in text) is False
    assert not re.search(r": no\b|within within", text)
    own = text.partition(f"{kpi}: ")[2]
    by_title = own.startswith(CATALOGUE[kpi].title)
    assert by_title == (" ".join(CATALOGUE[kpi].definition.split()) in own)


def test_what_moves_and_what_releases_is_explained_too():
    """The whole contract, not its objectives alone."""
    contract = replace(
        sla(), progression=Progression("in-house", 0.05, 6, 0.05, 3), release_rule="two in a row"
    )

    assert "Compared to the baseline in-house, 3 months after go-live" in said(contract)
    assert "Release rule: two in a row" in said(contract)


@pytest.mark.parametrize("name", ["outsourced_care.yaml", "outsourced_care_soak.yaml"])
def test_the_shipped_contracts_fit_on_a_terminal(name: str, tmp_path: Path):
    """Eighty columns, and no objective without its owner."""
    text = (SCENARIOS / "pre_cutover.yaml").read_text("utf-8")
    text = text.replace("targets/", f"{SCENARIOS}/targets/").replace("kind: steady", "kind: soak")
    text = text.replace("sla/outsourced_care.yaml", f"{SCENARIOS}/sla/{name}")
    text = text.replace("runbooks/", f"{SCENARIOS}/runbooks/").replace("for: 25m", "for: 24h")
    text = text.replace("for: 5m}\n  - {name: ramp", "for: 30m}\n  - {name: ramp")
    (tmp_path / "day.yaml").write_text(text)
    loaded = load(tmp_path / "day.yaml", known=KNOWN)
    told = "\n".join(explained(loaded.sla, loaded.scenario, loaded.target))
    lines = folded(told, 80).splitlines()

    assert max(map(len, lines)) <= 80
    assert " ".join(lines).count("Owner:") == len(loaded.sla.objectives)
