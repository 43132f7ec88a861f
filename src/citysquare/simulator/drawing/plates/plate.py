"""What a number plate is: its country, its text, its lines, and how worn it is."""

from __future__ import annotations

from dataclasses import dataclass

SIZE_METRES = (0.52, 0.112)
_TWO_LINES = (0.30, 0.20)
_SMALL = (0.22, 0.17)


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate: country, the text in groups as it is printed, and whether the rear one has one line or two.

    `style` is the series where a country has several that look different (`electric`, `taxi`, `old`), `wear` names how it has aged, and
    `small` is a motorcycle's.
    """

    country: str
    text: str
    lines: int = 1
    style: str = ""
    wear: str = ""
    small: bool = False

    @property
    def plain(self) -> str:
        """The text without spaces and hyphens, as a reader reports it."""
        return self.text.replace(" ", "").replace("-", "")

    @property
    def rows(self) -> tuple[str, ...]:
        """The text as it stands on the rear plate, line by line. A short first group is joined by the digits that follow it."""
        if self.lines == 1:
            return (self.text,)
        groups = self.text.split(" ")
        if len(groups) == 1:
            half = len(self.text) // 2
            return (self.text[:half], self.text[half:])
        first = 2 if len(groups) > 2 and self.country in {"UA", "BG", "TR"} else 1
        return (" ".join(groups[:first]), " ".join(groups[first:]))

    def size(self, *, front: bool = False) -> tuple[float, float]:
        """Metres from side to side and from top to bottom. The front plate has one line always."""
        if self.lines == 1 or front:
            return SIZE_METRES
        return _SMALL if self.small else _TWO_LINES
