"""A folder of scenarios, rehearsed one after the other: what became of each. Types only."""

from collections import Counter
from dataclasses import dataclass

from harness.errors import ExitCode, worst
from harness.model.verdict import Decision

_LEAVES_OPEN = frozenset(ExitCode) - {ExitCode.GO, ExitCode.NO_GO}


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one scenario. ``code`` is None, and ``why`` says it, if it was never begun.

    ``text`` is its verdict in words, empty without one; ``run`` is the name of its folder, beside
    that of the whole. ``wall_s`` is how long it took in wall seconds.
    """

    scenario: str
    proves: str
    code: ExitCode | None = None
    text: str = ""
    why: str = ""
    run: str = ""
    wall_s: float = 0.0
    explored: bool = False

    @property
    def word(self) -> str:
        """What became of it in a word or two."""
        if self.code is None:
            return "not run"
        return self.text or self.code.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Suite:
    """The scenarios of a folder in the order in which they were, or would have been, run."""

    name: str
    parts: tuple[Part, ...]
    about: str = ""

    @property
    def code(self) -> ExitCode:
        """The exit code: that of the part that takes precedence, and never GO if one is missing."""
        codes = [part.code for part in self.parts if part.code is not None]
        if len(codes) < len(self.parts):
            codes.append(ExitCode.INCONCLUSIVE)
        return worst(*codes)

    @property
    def decision(self) -> Decision:
        """NO-GO if a part has it, whatever happened to the others; GO if all have."""
        codes = {part.code for part in self.parts}
        if ExitCode.NO_GO in codes or any(
            part.text.startswith(Decision.NO_GO) for part in self.parts
        ):
            return Decision.NO_GO
        return Decision.INCONCLUSIVE if None in codes or codes & _LEAVES_OPEN else Decision.GO

    @property
    def text(self) -> str:
        """The decision and what it is about; EXPLORED if nothing else was meant."""
        if self.parts and all(part.explored for part in self.parts):
            return "EXPLORED"
        return f"{self.decision} ({self.about})" if self.about else str(self.decision)

    @property
    def tally(self) -> str:
        """How many came to what: ``15 GO, 1 NO-GO of 16 scenarios``."""
        words = Counter(part.word.partition(" (")[0] for part in self.parts)
        counts = ", ".join(f"{count} {word}" for word, count in words.most_common())
        return f"{counts} of {len(self.parts)} scenarios"
