"""One look (colour, dashes, marker) for each recipe, the same in every figure and table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Six colours that readers with and without red-green blindness tell from each other and from ink,
# each with a contrast of 3:1 on white. Beyond six, dashes and markers tell recipes apart.
COLOURS = ("#006CA8", "#B4480C", "#00846C", "#B478F0", "#9C9048", "#FC5490")
MARKERS = ("o", "s", "^", "D")
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2))
INK = "#1B2530"
GRAYS = ("#6B7682", "#8A949E", "#59636D")
FAINT = "#C5CCD3"


@dataclass(frozen=True)
class Look:
    """How a recipe is drawn. `dashes` are lengths on, off, ... in line widths; () is solid.

    baseline: whether it is a pixel baseline and not the reference. handed_over: whether it is the
    model that is handed over, of which `training` says which it is.
    """

    colour: str
    dashes: tuple[float, ...]
    marker: str
    baseline: bool = False
    handed_over: bool = False
    training: str = ""

    def style(self, *, markers: bool = True) -> dict[str, Any]:
        """Its line, as options of matplotlib, with or without `markers`."""
        dashes = (0, self.dashes) if self.dashes else "-"
        marker = self.marker if markers else ""
        return {"color": self.colour, "linestyle": dashes, "marker": marker, "markersize": 4.5}

    @property
    def grown(self) -> float:
        """By how much its marker must grow to look as large as the others."""
        return 1.5 if self.marker == "*" else 1.0


# Of the model that is handed over, beside its recipe.
DELIVERED = Look("#8C2F6B", (4, 1.5, 1, 1.5), "*", handed_over=True)


def assign_looks(
    recipes: Sequence[str], baselines: Sequence[str], reference: str
) -> dict[str, Look]:
    """A look for each name: colours in the order of `recipes`, baselines in gray, the reference
    (which is one of either) in ink."""
    looks = {}
    others = [name for name in recipes if name != reference]
    for i, name in enumerate(others):
        turn, colour = divmod(i, len(COLOURS))
        style = turn % len(DASHES)
        looks[name] = Look(COLOURS[colour], DASHES[style], MARKERS[style])
    for i, name in enumerate(baselines):
        dashes = DASHES[1 + i % (len(DASHES) - 1)]
        looks[name] = Look(GRAYS[i % len(GRAYS)], dashes, "D", baseline=True)
    looks[reference] = Look(INK, (), "o")
    return looks
