"""Tells whether a mask can be trusted: it is measured, and compared with what is usual on
validation.

Nothing is fitted to the images that are judged. Each measure has a usual range on the validation
images of the study that trained the network; a mask outside of one of these ranges is doubtful.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pleura.deploy.segmenter import PredictedMask, Probabilities, Segmenter
from pleura.errors import InputError
from pleura.evaluate.segmentation import TOUCHING

NOTABLE = 0.05  # of a structure's area: smaller pieces are specks
ALWAYS = 0.95  # of the reference masks: so many have the same number of pieces, or it varies
SURE = 0.9
SMOOTH = 0.04
CENTRAL = (1.0, 99.0)  # percentiles on validation
MARGIN = 0.25  # of the range between them, added on either side


class Measure(NamedTuple):
    """One measure of masks.

    `below` and `above` say what is wrong with a mask that has less or more than is usual, "" where
    that cannot be; `least` and `most` are the limits of the measure itself, None where it has none.
    """

    below: str
    above: str
    least: float | None = None
    most: float | None = None


MEASURES = {
    "area": Measure("too small", "too large"),
    "specks": Measure("", "in too many pieces", least=0.0),
    "balance": Measure("parts touch, or one is missing or much smaller", "", most=1.0),
    "raggedness": Measure("", "its outline is ragged", least=0.0),
    "doubt": Measure("", "the network is unsure of it", least=0.0),
    "border": Measure("", "the network is unsure where it ends", least=0.0),
    "mirror": Measure("another mask when seen in a mirror", "", most=1.0),
    "x": Measure("too far left", "too far right"),  # of the centres: x1, x2, ...
    "y": Measure("too high", "too low"),
}


@dataclass(frozen=True)
class Usual:
    """What is usual of one structure.

    `pieces` is the number of its parts in the reference masks, 0 where that varies; `ranges` are
    the lowest and the highest usual value of each measure, on `images` validation images.
    """

    pieces: int
    images: int
    ranges: Mapping[str, tuple[float, float]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the card of a model; `Usual(**...)` reads them."""
        return asdict(self)

    def faults(self, values: Mapping[str, float]) -> list[str]:
        """What is unusual of a mask with such `values` of the measures, in plain words; [] if
        nothing."""
        if not values["area"]:
            return ["not found"] if self.ranges["area"][0] > 0 else []
        faults = []
        for name, (low, high) in self.ranges.items():
            value = values.get(name)
            if value is not None and not low <= value <= high:
                words = _measure(name).below if value < low else _measure(name).above
                faults.append(f"{words} ({name} {value:.3g}, usual {low:.3g} to {high:.3g})")
        return faults

    def judge(
        self, prediction: PredictedMask, structure: int
    ) -> tuple[dict[str, float], list[str]]:
        """The measures of a mask of the structure (from 1), and what is unusual of them."""
        values = measure(prediction.probabilities, prediction.mirrored, structure, self.pieces)
        return values, self.faults(values)


def usual_of(segmenter: Segmenter, place: str | Path, names: Iterable[str]) -> dict[int, Usual]:
    """What is usual of the structures `names` of a model, by their numbers from 1.

    Raises InputError where the model in the folder `place` does not tell it.
    """
    ranges = segmenter.card.get("usual", {})
    if set(names) - set(ranges):
        raise InputError(
            f"{place}: its model.json does not tell what masks are usual; "
            "`pleura study run` on its study writes that"
        )
    return {segmenter.structures.index(name) + 1: Usual(**ranges[name]) for name in names}


def learn_usual(
    predictions: Iterable[tuple[Probabilities, Probabilities]],
    reference: NDArray[np.uint8],
    structures: int,
) -> list[Usual]:
    """Learn from validation images what is usual of each structure.

    `predictions` are what `Segmenter.probabilities` gives for each image; `reference`: (n, size,
    size), as in a MaskBank. A range goes from percentile 1 to percentile 99 of the network's own
    masks, widened by a quarter on either side. Areas of 0 count, so that a structure which some
    images lack may be missing.
    """
    pieces = [_pieces(reference == number) for number in range(1, structures + 1)]
    measured: list[list[dict[str, float]]] = [[] for _ in pieces]
    for given, mirrored in predictions:
        for number, usual_pieces in enumerate(pieces, start=1):
            measured[number - 1].append(measure(given, mirrored, number, usual_pieces))
    return [
        Usual(count, len(mine), _ranges(mine)) for count, mine in zip(pieces, measured, strict=True)
    ]


def measure(
    given: Probabilities, mirrored: Probabilities, structure: int, pieces: int
) -> dict[str, float]:
    """Measure the mask of one structure (from 1) on one image; both arrays are (structures + 1, h,
    w).

    `area`: share of the image; where it is 0, there is no other measure. `specks`: share of the
    mask outside of its largest `pieces`. `balance`: the smallest of these over the largest, 0 where
    one is missing. `x1`, `y1`, ...: their centres from left to right, as shares of width and
    height; of the whole mask where `pieces` is 0. `raggedness`: 1 less the Dice with the mask after
    a median filter of 4 % of the width, which leaves a smooth outline as it is, however long.
    `doubt`: 1 less the mean probability inside the mask. `border`: pixels of the image in which no
    structure has 90 %, for each edge pixel of the mask. `mirror`: Dice with the mask of the
    mirrored image.
    """
    mask = given.argmax(axis=0) == structure
    area = int(mask.sum())
    if not area:
        return {"area": 0.0}
    window = 2 * max(1, round(SMOOTH * mask.shape[1] / 2)) + 1
    edge = max(1, int((mask & ~ndimage.binary_erosion(mask, border_value=1)).sum()))
    values = {
        "area": area / mask.size,
        "raggedness": 1 - _dice(mask, ndimage.median_filter(mask, window)),
        "doubt": 1 - float(given[structure][mask].mean()),
        "border": float((given.max(axis=0) < SURE).sum()) / edge,
        "mirror": _dice(mask, mirrored.argmax(axis=0) == structure),
    }
    numbered, sizes = mask.astype(np.int64), np.array([area])
    if pieces:
        numbered, _ = ndimage.label(mask, TOUCHING)
        sizes = np.bincount(numbered.ravel())[1:]
    largest = np.argsort(-sizes, kind="stable")[: max(1, pieces)] + 1
    if pieces:
        values["specks"] = 1 - float(sizes[largest - 1].sum()) / area
    if pieces > 1:
        whole = len(largest) == pieces
        values["balance"] = float(sizes[largest - 1].min() / sizes.max()) if whole else 0.0
    if len(largest) == max(1, pieces):
        height, width = mask.shape
        centres = ndimage.center_of_mass(mask, numbered, largest)
        for number, (x, y) in enumerate(sorted((x / width, y / height) for y, x in centres), 1):
            values |= {f"x{number}": float(x), f"y{number}": float(y)}
    return values


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return 2 * float((one & other).sum()) / float(one.sum() + other.sum())


def _pieces(masks: NDArray[np.bool_]) -> int:
    """The number of parts of a structure, without specks, in nearly all reference masks that show
    it; 0 where it varies."""
    numbers = []
    for mask in masks[masks.any(axis=(1, 2))]:
        sizes = np.bincount(ndimage.label(mask, TOUCHING)[0].ravel())[1:]
        numbers.append(int((sizes >= NOTABLE * sizes.sum()).sum()))
    if not numbers:
        return 0
    usual = int(np.median(numbers))
    return usual if np.mean(np.array(numbers) == usual) >= ALWAYS else 0


def _ranges(measured: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    ranges = {}
    for name in dict.fromkeys(name for values in measured for name in values):
        low, high = np.percentile([v[name] for v in measured if name in v], CENTRAL)
        margin = MARGIN * (high - low)
        _, _, least, most = _measure(name)
        ranges[name] = (
            float(low - margin) if least is None else least,
            float(high + margin) if most is None else most,
        )
    return ranges


def _measure(name: str) -> Measure:
    return MEASURES[name.rstrip("0123456789")]
