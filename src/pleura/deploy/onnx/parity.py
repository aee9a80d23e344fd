"""Whether an exported model gives what torch gives, and how far another of its kind is from it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank_file import Square
from pleura.deploy.onnx.answers import CALLED, CLASS, HALF, NUMBER, PROBABILITIES, SET
from pleura.deploy.onnx.graph import DISTANCE, MASK, UNLIKE
from pleura.deploy.onnx.trace import Outputs
from pleura.deploy.package import Model
from pleura.deploy.predictor import PREDICTED_AT_ONCE
from pleura.deploy.segmenter import Segmenter
from pleura.errors import PleuraError
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.evaluate.prediction_sets import answers
from pleura.evaluate.ranking import Floats

LIMIT = 1e-4  # between outputs; of numbers and distances beyond 1 a part of them
# Of the probability of a pixel. An image has thousands, and the worst of millions lies further in
# the tail of what rounding does than the worst of hundreds; a wrong layer is off by far more.
PIXEL_LIMIT = 5e-4
Margins = NDArray[np.float64]


@dataclass(frozen=True)
class Parity:
    """How far outputs are apart on so many images.

    `largest_difference` by output. `decided_otherwise`: the number of images (of masks: of pixels)
    of which classes, calls, sets or flags differ; `near`: how many of them lie within the limit of
    a threshold, where rounding decides. `limit`: how far outputs may be apart.
    """

    images: int
    largest_difference: dict[str, float]
    decided_otherwise: int
    near: int
    limit: float

    def as_dict(self) -> dict[str, Any]:
        """For the description of an export."""
        return asdict(self)

    def refuse(self) -> None:
        """Raise PleuraError where outputs are not the same."""
        for name, difference in self.largest_difference.items():
            if not difference <= self.limit:
                raise PleuraError(
                    f"the exported model's {name} differ from those of torch by {difference:.1e}, "
                    f"more than {self.limit:g}: nothing is written. Please report this with the "
                    "model's backbone and the versions of torch and onnxruntime"
                )
        if self.decided_otherwise > self.near:
            raise PleuraError(
                "the exported model decides otherwise than torch where no threshold is near: "
                "nothing is written. Please report this with the model's card"
            )


def by_torch(model: Model | Segmenter, squares: Square) -> Outputs:
    """What the model as it is gives for squares (n, size, size), by the names of an export."""
    if isinstance(model, Segmenter):
        probabilities = model.probabilities(list(squares))[0]
        return {PROBABILITIES: probabilities, MASK: probabilities.argmax(1)}
    parts = [
        model.judge(list(squares[start : start + PREDICTED_AT_ONCE]))
        for start in range(0, len(squares), PREDICTED_AT_ONCE)
    ]
    values = np.concatenate([part[0] for part in parts])
    distances = np.concatenate([part[1] for part in parts])
    found = {DISTANCE: distances, UNLIKE: distances > 1}
    if model.gives_a_number:
        return {NUMBER: values[:, 0], **found}
    decided = {CLASS: values.argmax(1)}
    if not isinstance(model.calibration, CalibrationMap):
        decided = {CALLED: values >= (HALF if model.thresholds is None else model.thresholds)}
    sets = {SET: model.rule.by_image(values)} if model.rule else {}
    return {PROBABILITIES: values, **decided, **sets, **found}


def compare(model: Model | Segmenter, expected: Outputs, found: Outputs) -> Parity:
    """Hold outputs `found` against the `expected` ones of `by_torch`."""
    differences, otherwise, near = {}, 0, 0
    limit = PIXEL_LIMIT if isinstance(model, Segmenter) else LIMIT
    for name, values in found.items():
        wanted = expected[name]
        if values.dtype.kind == "f":
            apart = np.abs(values - wanted) / np.maximum(1, np.abs(wanted))
            differences[name] = float(apart.max())
            continue
        differ: NDArray[Any] = np.asarray(values != wanted)
        if name != MASK:
            differ = np.asarray(differ.reshape(len(values), -1).any(1))
        otherwise += int(differ.sum())
        near += int((differ & (_MARGINS[name](model, expected) <= limit)).sum())
    return Parity(len(next(iter(found.values()))), differences, otherwise, near, limit)


def _between_the_likeliest(model: Any, expected: Outputs) -> Margins:
    """How much likelier the likeliest is than the next; (n,), of masks (n, size, size)."""
    ordered = np.sort(expected[PROBABILITIES], axis=1)
    if ordered.shape[1] == 1:
        return np.ones(len(ordered))
    return np.asarray(ordered[:, -1] - ordered[:, -2])


def _from_calls(model: Any, expected: Outputs) -> Margins:
    thresholds = HALF if model.thresholds is None else model.thresholds
    return np.asarray(np.abs(expected[PROBABILITIES] - thresholds).min(axis=1))


def _from_sets(model: Any, expected: Outputs) -> Margins:
    rule = model.rule
    every: Floats = answers(expected[PROBABILITIES], several=rule.several)
    apart = np.nan_to_num(np.abs(every - rule.thresholds), nan=1.0)
    return np.asarray(apart.min(axis=(1, 2)))


def _from_limit(model: Any, expected: Outputs) -> Margins:
    return np.asarray(np.abs(expected[DISTANCE] - 1))


_MARGINS: dict[str, Callable[[Any, Outputs], Margins]] = {
    CLASS: _between_the_likeliest,
    MASK: _between_the_likeliest,
    CALLED: _from_calls,
    SET: _from_sets,
    UNLIKE: _from_limit,
}
