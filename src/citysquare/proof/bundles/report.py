"""What a check found: what is wrong, what is proven, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.x509 import Certificate

from citysquare.proof.heads import SignedHead
from citysquare.proof.keys import KeySet
from citysquare.proof.words import Sentence

MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class Trust:
    """What the checker brings along: the centre's keys and heads that were got by another way, and a time-stamping authority's."""

    keys: KeySet | None = None
    heads: tuple[SignedHead, ...] = ()
    authorities: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. `code` is stable."""

    code: str
    sentence: Sentence


@dataclass(slots=True)
class Report:
    """The findings of one check; `wrong` is bounded, `more` counts what it left out."""

    kind: str
    facts: list[Sentence] = field(default_factory=list)
    """What the bundle says about itself."""
    wrong: list[Finding] = field(default_factory=list)
    more: int = 0
    proven: list[Sentence] = field(default_factory=list)
    unproven: list[Sentence] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    def fault(self, code: str, text: str, values: Mapping[str, str | int] | None = None) -> None:
        """Add something that is wrong."""
        if len(self.wrong) >= MOST_FINDINGS:
            self.more += 1
            return
        self.wrong.append(Finding(code, Sentence(text, values or {})))

    def fact(self, text: str, **values: str | int) -> None:
        """Add what the bundle says about itself."""
        self.facts.append(Sentence(text, values))

    def proof(self, text: str, **values: str | int) -> None:
        """Add what is proven."""
        self.proven.append(Sentence(text, values))

    def limit(self, text: str, **values: str | int) -> None:
        """Add what is not proven."""
        self.unproven.append(Sentence(text, values))
