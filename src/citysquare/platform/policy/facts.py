"""What else counts in a decision: time, duty, reasons, authorisations and seals. All of it is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from citysquare.platform.policy.actors import Subject
from citysquare.platform.policy.pack import Pack
from citysquare.platform.policy.pack_files import strict
from citysquare.platform.policy.vocabulary import Action, PersonRole, ReasonCode

Hours = Literal[0, 24, 48]
"""Within which an urgent authorisation must be confirmed; 0: it is not urgent."""
MOST_CASE = 64
MOST_TEXT = 1000
_LEAST = 3


def says_something(text: str) -> bool:
    """Whether a text is more than a placeholder: three letters or digits at least, and not one character again and again."""
    telling = [letter for letter in text.casefold() if letter.isalnum()]
    return len(telling) >= _LEAST and len(set(telling)) > 1


@dataclass(frozen=True, slots=True)
class Justification:
    """Why somebody looks: the case, the reason, and what the person looked for is in it (LED Art. 6, 25(2)).

    Raises ValueError where case or text say nothing: blank reasons are how such systems are misused.
    """

    case: str
    reason: ReasonCode
    person_role: PersonRole
    offence: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse placeholders."""
        if not says_something(self.case) or len(self.case) > MOST_CASE:
            raise ValueError("a justification names its case")
        if not says_something(self.text) or len(self.text) > MOST_TEXT:
            raise ValueError("a justification says why, in words")
        if len(self.offence) > MOST_CASE:
            raise ValueError("an offence is a short name or number")


def authorised_as(action: Action) -> Action:
    """Return the act that an authorisation names for this one: who may ask for an exhibit by it may have it made and fetch it."""
    return Action.EXHIBIT_ASK if action in {Action.EXHIBIT_MAKE, Action.EXHIBIT_FETCH} else action


@dataclass(frozen=True, slots=True)
class Authorisation:
    """A named, dated permission by somebody outside the house: a court, a prosecutor, an independent authority.

    An urgent one (`urgent_hours` 24 or 48) ends by itself unless it is confirmed within so many hours of its issue.
    """

    id: str
    action: Action
    cameras: frozenset[str]
    spaces: frozenset[str]
    valid_from: datetime
    valid_to: datetime
    issued_at: datetime
    issuer: str
    document_sha256: str
    urgent_hours: Hours = 0
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    organisation: str = ""
    """Whose people it permits."""

    @property
    def ends(self) -> datetime:
        """When it permits nothing more, if nobody ends it before."""
        return self.valid_to if self.deadline is None else min(self.valid_to, self.deadline)

    @property
    def deadline(self) -> datetime | None:
        """Until when it must be confirmed; None: it is not urgent, or was confirmed in time."""
        if not self.urgent_hours:
            return None
        latest = self.issued_at + timedelta(hours=self.urgent_hours)
        return None if self.confirmed_at is not None and self.issued_at <= self.confirmed_at < latest else latest

    @property
    def closes(self) -> datetime:
        """When nothing more can come of it: it is over, or no confirmation came in time, even where its own time was over before."""
        return self.valid_to if self.deadline is None else self.deadline

    def valid_at(self, at: datetime) -> bool:
        """Whether it permits at a moment. Who ended it, ended it for good, whatever the clock says later."""
        return self.ended_at is None and self.valid_from <= at < self.ends

    def covers(self, action: Action, subject: Subject) -> bool:
        """Whether it is about this act at this place; without a place it is about nothing."""
        placed = (bool(subject.camera) and subject.camera in self.cameras) or (bool(subject.space) and subject.space in self.spaces)
        return authorised_as(action) is authorised_as(self.action) and placed


@dataclass(frozen=True, slots=True)
class SealFact:
    """A person's own signature under an act, already checked."""

    person: str
    role_in_act: Literal["asks", "approves"]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What else counts. What is not known is left out, and then counts as not there."""

    at: datetime | None = None
    """The time that counts for permissions; it never runs backwards."""
    on_duty: bool = True
    """Whether the person's shift is running. Where shifts are not kept, whoever has the role counts as on duty."""
    justification: Justification | None = None
    authorisations: tuple[Authorisation, ...] = ()
    seals: tuple[SealFact, ...] = ()
    pack: Pack = field(default_factory=strict)
    clock_set_back: bool = False
    """Whether the machine's clock is behind what the log has already seen."""
