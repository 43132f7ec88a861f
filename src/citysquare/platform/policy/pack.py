"""What a jurisdiction demands. Of two packs the strictest governs what both sides share.

A pack is plain data: what is read from a file is in `pack_files`, what is signed in `packs/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from citysquare.platform.policy.vocabulary import ActClass, ReasonCode

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Demand:
    """What must be there before an act of a class happens."""

    justification: bool = False
    two_persons: bool = False
    authorisation: bool = False

    def joined(self, other: Demand) -> Demand:
        """Return what satisfies both."""
        return Demand(
            self.justification or other.justification,
            self.two_persons or other.two_persons,
            self.authorisation or other.authorisation,
        )


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long one data class is kept, in hours, and on what grounds."""

    hours: int
    """Where the city says nothing."""
    most_hours: int
    """What the city may set at most."""
    least_hours: int
    """What must be kept at least (logs); 0 for nearly all."""
    grounds: frozenset[str]

    def kept(self, wanted: int | None = None) -> int:
        """Return the hours that hold, when the city wants `wanted`: never over the most, and where there is room never under the least."""
        return min(max(self.hours if wanted is None else wanted, self.least_hours), self.most_hours)

    def joined(self, other: Keeping) -> Keeping:
        """Return the shorter times of both; what one must keep at least gives way to what the other may keep at most."""
        most = min(self.most_hours, other.most_hours)
        return Keeping(
            hours=min(self.hours, other.hours),
            most_hours=most,
            least_hours=min(max(self.least_hours, other.least_hours), most),
            grounds=self.grounds | other.grounds,
        )


@dataclass(frozen=True, slots=True)
class Pack:
    """One jurisdiction's demands, or those of several joined."""

    parts: frozenset[tuple[str, int]]
    """Names and versions of the jurisdictions."""
    data: Mapping[str, Keeping] = field(default_factory=dict)
    """By data class."""
    purposes: Mapping[ReasonCode, frozenset[str]] = field(default_factory=dict)
    """The reasons that count here, each with its legal bases."""
    acts: Mapping[ActClass, Demand] = field(default_factory=dict)
    review_months: int = 12

    def __post_init__(self) -> None:
        """Freeze the tables."""
        for name in ("data", "purposes", "acts"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def id(self) -> str:
        """The name: a jurisdiction's, or several with `+` between."""
        return "+".join(sorted({name for name, _version in self.parts}))

    @property
    def version(self) -> int:
        """The version; of several the highest."""
        return max(version for _name, version in self.parts)

    def demands(self, act_class: ActClass) -> Demand:
        """Return what an act of this class needs: never less than the floor."""
        return self.acts.get(act_class, Demand()).joined(FLOOR.get(act_class, Demand()))

    def keeping(self, data_class: str) -> Keeping | None:
        """Return how long a data class is kept; None where nobody gave a ground for keeping it."""
        return self.data.get(data_class)


FLOOR: Mapping[ActClass, Demand] = MappingProxyType(
    {
        ActClass.CONSULT: Demand(justification=True),
        ActClass.DISCLOSE: Demand(justification=True, two_persons=True),
        ActClass.ORDER: Demand(two_persons=True),
    }
)
"""What no pack may fall below, and the only classes that demand anything (LED Art. 25, 4(4))."""


def strictest(one: Pack, other: Pack) -> Pack:
    """Return the pack that governs what two sides share: shorter times, all demands of both, only what both give a ground for.

    Commutative, associative, idempotent, and never allows more than either.
    """
    return Pack(
        parts=one.parts | other.parts,
        data={name: one.data[name].joined(other.data[name]) for name in _both(one.data, other.data)},
        purposes={reason: one.purposes[reason] | other.purposes[reason] for reason in _both(one.purposes, other.purposes)},
        acts={name: one.demands(name).joined(other.demands(name)) for name in FLOOR},
        review_months=min(one.review_months, other.review_months),
    )


def _both(one: Mapping[_K, _V], other: Mapping[_K, _V]) -> Iterable[_K]:
    return (key for key in one if key in other)
