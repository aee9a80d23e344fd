"""One look (colour, dashes, marker) for each recipe, the same in every figure and table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
    """How a recipe is drawn. `dashes` are lengths on, off, ... in line widths; () is solid. Of the
    model handed over, `training` says which it is."""

    kind: Literal["reference", "recipe", "delivered", "baseline"]
    colour: str
    dashes: tuple[float, ...]
    marker: str
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
DELIVERED = Look("delivered", "#8C2F6B", (4, 1.5, 1, 1.5), "*")


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
        looks[name] = Look("recipe", COLOURS[colour], DASHES[style], MARKERS[style])
    for i, name in enumerate(baselines):
        dashes = DASHES[1 + i % (len(DASHES) - 1)]
        looks[name] = Look("baseline", GRAYS[i % len(GRAYS)], dashes, "D")
    looks[reference] = Look("reference", INK, (), "o")
    return looks
