"""How the line of an explainer looks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, product

from recursive_roar.scoring.summary import REFERENCE

# Okabe and Ito's colours, told apart with any kind of colour vision, but for yellow: it is too faint on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
COLOUR_OF_TEXT = "currentColor"
DASHES = ((), (7, 3), (2, 2))
DASH_OF_REFERENCE = (5, 4)
DASHES_OF_CONTROLS = ((1, 3), (6, 3, 1, 3), (6, 3, 1, 3, 1, 3), (11, 3))
WIDTH = 2


@dataclass(frozen=True)
class Style:
    """Colour (`currentColor`: that of the text, in light and dark) and dashes of a line.

    Lengths of dashes and gaps are in pixels, for a line of `WIDTH` pixels.
    """

    colour: str
    dash: tuple[int, ...] = ()

    @property
    def ink(self) -> str:
        """The colour on paper, where text is black."""
        return "black" if self.colour == COLOUR_OF_TEXT else self.colour

    @property
    def pattern(self) -> tuple[int, tuple[float, ...]]:
        """The dashes as matplotlib says them: where they start, and lengths in widths of the line."""
        return 0, tuple(length / WIDTH for length in self.dash)

    @property
    def stroke(self) -> str:
        """The dashes as SVG says them."""
        return " ".join(map(str, self.dash)) or "none"


def styles(explainers: Iterable[str], control_of: Mapping[str, str]) -> dict[str, Style]:
    """By explainer, random masking first and controls last.

    Colours repeat with other dashes, and a control has the colour of its explainer.
    """
    names = list(explainers)
    own = [name for name in names if name != REFERENCE and name not in control_of]
    pairs = cycle(product(DASHES, COLOURS))
    found = {REFERENCE: Style(COLOUR_OF_TEXT, DASH_OF_REFERENCE)}
    found |= {name: Style(colour, dash) for name, (dash, colour) in zip(own, pairs, strict=False)}
    dashes: dict[str, Iterator[tuple[int, ...]]] = defaultdict(lambda: cycle(DASHES_OF_CONTROLS))
    for name in names:
        if name in control_of:
            colour = found.get(control_of[name], found[REFERENCE]).colour
            found[name] = Style(colour, next(dashes[colour]))
    return found
