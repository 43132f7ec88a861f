"""What a jurisdiction demands: a pack is versioned data, and of two packs the strictest governs what is shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from citysquare.platform.policy.vocabulary import ActClass, ReasonCode


@dataclass(frozen=True, slots=True)
class Demand:
    """What must be there before an act of a class happens."""

    justification: bool = False
    two_persons: bool = False
    authorisation: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """One jurisdiction's demands."""

    id: str
    version: int
    acts: Mapping[ActClass, Demand] = field(default_factory=dict)
    purposes: Mapping[ReasonCode, str] = field(default_factory=dict)
    """The reasons that count here, each with its legal basis."""

    def demands(self, act_class: ActClass) -> Demand:
        """Return what an act of this class needs."""
        return self.acts.get(act_class, Demand())


FLOOR = Pack(
    id="floor",
    version=1,
    acts={
        ActClass.CONSULT: Demand(justification=True),
        ActClass.DISCLOSE: Demand(justification=True, two_persons=True),
        ActClass.ORDER: Demand(two_persons=True),
    },
    purposes=dict.fromkeys(ReasonCode, "LED Art. 8"),
)
"""What no pack may fall below."""
