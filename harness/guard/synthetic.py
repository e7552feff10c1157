"""What in an outgoing request is not provably synthetic. Pure, and cheap: 20 µs a call.

Whoever rehearses must not send a real customer's data to anybody, not even by a mistake in a story
of their own. So this asks the other way round: not "does it look real?" but "can it be proved that
it is not?". A phone number must lie in a range that a regulator keeps free for fiction, a mail
address under a name that RFC 2606 and 6761 reserve, a customer must be of the made-up pool. A card
or bank account number that passes its own check is real enough to stop.

It is a net with meshes, not a proof: a name in the middle of a sentence is not seen.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus


class Kind(StrEnum):
    """What was found."""

    PHONE = "phone number"
    MAIL = "mail address"
    CARD = "card number"
    ACCOUNT = "bank account"
    POSTCODE = "postcode"
    NAME = "name"
    CUSTOMER = "customer"


class Finding(NamedTuple):
    """Something not provably synthetic, and in which field (or ``path``, or ``body``).

    Only its beginning is told: what may be real must not be copied into our own logs.
    """

    kind: Kind
    where: str
    beginning: str


_RESERVED = re.compile(
    # United Kingdom: Ofcom, numbers for drama.
    r"\+44(?:7700900|1632960|2079460|2896496|2920180|3069990|8081570|9098790|1914980"
    r"|(?:11[3-8]|121|131|141|151|161)4960)\d{3}"
    # North America: 555-0100 to 555-0199 of every area.
    r"|\+1[2-9]\d{2}55501\d{2}"
    # France: Arcep, numbers for audiovisual works.
    r"|\+33(?:19900|26191|35301|46571|53649|63998)\d{4}"
    # Germany: Bundesnetzagentur, numbers for media.
    r"|\+49(?:3023125|6990009|4066969|2214710|8999998)\d{3}"
    # Australia: ACMA, fictitious numbers.
    r"|\+61[2378](?:5550|7010)\d{4}"
    # Ireland: ComReg, numbers for drama.
    r"|\+3532091\d{5}"
)
_PHONE = re.compile(
    r"(?<![\w+/.-])(?:\+|00)[1-9](?:[ ().-]{0,2}\d){6,14}(?!\d)"  # international
    r"|(?<![\w+/.-])\(?0[1-9](?:[ ().-]{0,2}\d){7,10}(?!\d)"  # national, with its leading zero
    r"|(?<![\w+/.-])\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d)"  # North American
)
_MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)*)")
_RESERVED_DOMAINS = frozenset({"test", "example", "invalid"})
_CARD = re.compile(r"(?<![\w+/.-])[2-6](?:[ -]?\d){12,18}(?![\w])")
_ACCOUNT = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_SHORTEST_ACCOUNT = 15
_POSTCODE = re.compile(r"(?<!\w)([A-Z]{1,2})\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
_NOWHERE = "ZZ"
_SUSPICIOUS = re.compile(
    r"@|\d(?:[ ().-]{0,2}\d){6}|[A-Z]{2}\d{2} ?[A-Z0-9]{4}|[A-Z]\d[A-Z\d]? \d[A-Z]{2}"
)
"""What each of these has somewhere: a text without it needs no closer look."""
_MOST_KNOWN = 20_000
_LONGEST_KNOWN = 40
_MADE_UP = re.compile(r"(?:agent|customer)-[0-9a-z-]*\d")

_NAME_FIELDS = frozenset(
    {"name", "full_name", "first_name", "last_name", "customer_name", "caller_name", "agent_name"}
)
_CUSTOMER_FIELDS = frozenset({"customer", "customer_id"})
_OF_THE_CLIENT = frozenset({"client_id", "client_secret", "access_token"})
"""What says who we are; it is no customer's."""
_SHOWN = 4


class SyntheticOnly:
    """Knows who was made up for this run, and looks through requests for anybody else.

    Args:
        names: of the people made up.
        customers: their ids.
        lines: numbers that are dialled: the provider's own, real or not.
    """

    def __init__(
        self,
        *,
        names: Iterable[str] = (),
        customers: Iterable[str] = (),
        lines: Iterable[str] = (),
    ) -> None:
        self._names = frozenset(names)
        self._customers = frozenset(customers)
        self._lines = frozenset(lines)
        self._known: set[tuple[str, str]] = set()
        self._rules: tuple[tuple[Kind, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
            (Kind.PHONE, _PHONE, lambda found: not self._is_fiction(found[0])),
            (Kind.MAIL, _MAIL, lambda found: not _is_reserved(found[1])),
            (Kind.CARD, _CARD, lambda found: _passes_luhn(found[0])),
            (Kind.ACCOUNT, _ACCOUNT, lambda found: _is_account(found[0])),
            (Kind.POSTCODE, _POSTCODE, lambda found: found[1] != _NOWHERE),
        )

    def findings(self, path: str, body: bytes) -> tuple[Finding, ...]:
        """Return what in *path* and *body* (JSON, a form, or any text) is not provably made up."""
        # The long numbers in a path are the provider's own ids; one in ten passes a card's check.
        told = self._in_text("path", unquote_plus(path))
        found = [each for each in told if each.kind is not Kind.CARD]
        for field, text in _texts(body) if body else ():
            if (field, text) in self._known:
                continue
            new = list(self._in_field(field, text))
            found += new
            # Customers, lines and reasons come again and again: those found clean are remembered.
            if not new and len(text) <= _LONGEST_KNOWN and len(self._known) < _MOST_KNOWN:
                self._known.add((field, text))
        return tuple(found)

    def _in_field(self, field: str, text: str) -> Iterator[Finding]:
        if field in _OF_THE_CLIENT:
            return
        if field in _CUSTOMER_FIELDS and text not in self._customers:
            yield _finding(Kind.CUSTOMER, field, text)
        elif field in _NAME_FIELDS and text not in self._names and not _MADE_UP.fullmatch(text):
            yield _finding(Kind.NAME, field, text)
        yield from self._in_text(field, text)

    def _in_text(self, where: str, text: str) -> Iterator[Finding]:
        if text in self._lines or not _SUSPICIOUS.search(text):
            return
        for kind, pattern, is_real in self._rules:
            for match in pattern.finditer(text):
                if is_real(match):
                    yield _finding(kind, where, match[0])

    def _is_fiction(self, written: str) -> bool:
        """Whether the number lies in a reserved range, in E.164 or as its own country writes it."""
        digits = re.sub(r"[^\d+]", "", written)
        if digits.startswith("00"):
            digits = "+" + digits[2:]
        if digits in self._lines:
            return True
        if digits.startswith("+"):
            return _RESERVED.fullmatch(digits) is not None
        national = digits.removeprefix("0")
        countries = ("44", "33", "49", "61", "353") if digits.startswith("0") else ("1",)
        return any(_RESERVED.fullmatch(f"+{country}{national}") for country in countries)


def _finding(kind: Kind, where: str, text: str) -> Finding:
    shown = text.strip()
    return Finding(kind, where, shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…")


def _texts(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield each text in *body* with the name of the field it stands in."""
    try:
        yield from _walk("body", json.loads(body))
        return
    except ValueError:
        text = body.decode(errors="replace")
    pairs = parse_qsl(text)
    yield from pairs or [("body", text)]


def _walk(field: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(field, inner)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield field, str(value)


def _is_reserved(domain: str) -> bool:
    return domain.rpartition(".")[2].lower() in _RESERVED_DOMAINS


def _passes_luhn(written: str) -> bool:
    """Whether the digits pass the check that every payment card does (ISO/IEC 7812-1)."""
    digits = [int(each) for each in written if each.isdigit()]
    doubled = [sum(divmod(2 * each, 10)) for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_account(written: str) -> bool:
    """Whether it passes the check of an IBAN (ISO 13616: modulo 97)."""
    compact = written.replace(" ", "")
    if len(compact) < _SHORTEST_ACCOUNT:
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1
