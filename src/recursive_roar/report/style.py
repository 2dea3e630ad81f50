"""How the line of an explainer looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recursive_roar.report.figures import COLOURS
from recursive_roar.scoring.summary import REFERENCE

STRONG = COLOURS[:6]  # the seventh, yellow, is too faint on a white page
DASHES = ((), (7, 3), (2, 2))
DASH_OF_REFERENCE = (5, 4)
DASH_OF_CONTROL = (1, 3)


@dataclass(frozen=True)
class Style:
    """Colour (`currentColor`: that of the text, in light and dark) and lengths of dashes and gaps in pixels."""

    colour: str
    dash: tuple[int, ...] = ()

    @property
    def stroke(self) -> str:
        """The dashes as SVG says them."""
        return " ".join(map(str, self.dash)) or "none"


def styles(explainers: Iterable[str], control_of: Mapping[str, str]) -> dict[str, Style]:
    """By explainer; colours repeat with other dashes, and a control has its explainer's colour."""
    names = list(explainers)
    own = [name for name in names if name != REFERENCE and name not in control_of]
    found = {name: Style(STRONG[i % len(STRONG)], DASHES[i // len(STRONG) % len(DASHES)]) for i, name in enumerate(own)}
    found[REFERENCE] = Style("currentColor", DASH_OF_REFERENCE)
    for name in names:
        if name in control_of:
            explainer = found.get(control_of[name], found[REFERENCE])
            found[name] = Style(explainer.colour, DASH_OF_CONTROL)
    return found
