"""``docs/guard.md`` lists every code with its remedy, as messages have them."""

from pathlib import Path

from harness.guard.codes import HALTS, NOTHING_SENT, REFUSALS, code_of, halt, refusal
from harness.guard.page import PATH, with_codes

PAGE = Path(__file__).parents[2] / PATH


def test_the_page_has_every_code():
    """`make docs` writes the tables anew."""
    page = PAGE.read_text(encoding="utf-8")

    assert with_codes(page) == page
    assert all(f"| `{code}` |" in page for code in (*REFUSALS, *HALTS))


def test_a_message_is_a_code_evidence_and_a_remedy():
    """In this order: programs read the code, people the rest."""
    said = refusal("E_PROD_NAME", "'www.acme.example' looks like a production host")
    stopped = halt("HALT_LEVER", "a freeze")

    assert said.startswith("E_PROD_NAME: 'www.acme.example' looks like a production host. ")
    assert said.endswith(NOTHING_SENT)
    assert (code_of(said), code_of(stopped), code_of("other: x")) == (
        "E_PROD_NAME",
        "HALT_LEVER",
        "",
    )
