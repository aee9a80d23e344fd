"""What stands beside an exported model, `description.json`: how an image becomes its input, and
what its outputs mean. It is made of what is listed here and no more of the card, so that nothing
about a patient leaves with it.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pleura.data.depth import KEY
from pleura.data.rule import SETS
from pleura.deploy.onnx.answers import CALLED, CLASS, NUMBER, PROBABILITIES, SET
from pleura.deploy.onnx.graph import DISTANCE, MASK, UNLIKE
from pleura.deploy.onnx.trace import INPUT
from pleura.deploy.package import Model
from pleura.deploy.segmenter import Segmenter
from pleura.evaluate.prediction_sets import ABSENT, PRESENT
from pleura.tables import THRESHOLDS

if TYPE_CHECKING:
    import onnx

FILE = "description.json"
VERSION = 1  # of the layout of descriptions
USE = "research software, not a medical device"
TOLD = (  # fields of a card that tell of no patient
    *(
        "task",
        "question",
        "recipe",
        "baseline",
        "backbone",
        "strategy",
        "network",
        "structures",
        "head",
    ),
    *("classes", "unit", "number", "fraction", "probabilities", "mirrored"),
)
OF_CALIBRATION = ("temperature", "biases", "unit", "images", "patients", "prevalence")
OF_SETS = ("coverage", "several", "ordered", "thresholds")
OF_WEIGHTS = ("architecture", "licence", "sha256")  # their source can be a place on a disk


def describe(
    model: Model | Segmenter, exported: "onnx.ModelProto", known_rate: float | None
) -> dict[str, Any]:
    """The description of an exported model, without what was measured of it. `known_rate`: the
    share of images like the training images that it flags; None without distances."""
    card = model.card
    told = {name: card[name] for name in TOLD if name in card}
    return {
        "version": VERSION,
        "pleura": version("pleura"),
        "use": USE,
        "model": {**told, "weights": _some(card.get("weights"), OF_WEIGHTS)},
        "image": image_of(card),
        "input": {
            "name": INPUT,
            "type": "uint8",
            "shape": ["n", card["size"], card["size"]],
            "meaning": "gray levels of n squares, 0 is black; normalisation is in the graph",
        },
        "outputs": [
            {**shaped, "meaning": meaning_of(shaped["name"], model, known_rate)}
            for shaped in outputs_of(exported)
        ],
        "answers": {
            "calibration": _some(card.get("calibration"), OF_CALIBRATION),
            THRESHOLDS: card.get(THRESHOLDS),
            SETS: _some(card.get(SETS), OF_SETS),
        },
    }


def image_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """How an image file becomes the square that the model takes."""
    size, fit, frames = card["size"], card["fit"], card.get("frames") or {}
    reduced = card.get("reduced", True)
    cut = "the centred square is taken" if fit == "crop" else "the whole image is taken"
    bars = "" if fit == "crop" else ", centred between black bars"
    steps = [
        "the image is turned upright by its EXIF orientation",
        "colour becomes luma, .299 R + .587 G + .114 B, on black where it is transparent",
        _depth_of(card),
        f"{cut} and resized to {size} pixels by Lanczos as Pillow has it (reducing_gap=3){bars}",
    ]
    if reduced:
        steps.insert(
            0,
            "a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size (draft mode of libjpeg), as long "
            f"as its sides are at least {2 * size} pixels",
        )
    if sector := bool(frames.get("sector")):
        steps.insert(-1, "of ultrasound the sector alone is taken, as pleura finds it")
    known = {KEY: card[KEY]} if KEY in card else {}
    return {
        "size": size,
        "fit": fit,
        "reduced": reduced,
        **known,
        "sector": sector,
        "frames": frames or None,
        "steps": steps,
    }


def outputs_of(exported: "onnx.ModelProto") -> list[dict[str, Any]]:
    """Name, type and shape of each output of a graph; "n" stands for the number of images."""
    import onnx

    return [
        {
            "name": output.name,
            "type": str(onnx.helper.tensor_dtype_to_np_dtype(output.type.tensor_type.elem_type)),
            "shape": [
                dimension.dim_param or dimension.dim_value
                for dimension in output.type.tensor_type.shape.dim
            ],
        }
        for output in exported.graph.output
    ]


def meaning_of(output: str, model: Model | Segmenter, known_rate: float | None) -> str:
    """What an output says, in a sentence."""
    if isinstance(model, Segmenter):
        named = ", ".join(
            f"{number} {name}" for number, name in enumerate(("background", *model.structures))
        )
        return {
            PROBABILITIES: f"of each pixel: {named}",
            MASK: f"the likeliest of each pixel of the square: {named}",
        }[output]
    named = ", ".join(model.classes)
    coverage = model.rule.coverage if model.rule else 0.0
    several = bool(model.rule and model.rule.several)
    of_each = f"; of each finding, whether it can be {ABSENT}, {PRESENT}" if several else ""
    rate = "" if known_rate is None else f"; {known_rate:.2%} of images like them are beyond 1"
    return {
        NUMBER: f"{named}, in {model.card.get('unit') or 'the unit of the study'}",
        PROBABILITIES: f"calibrated, of: {named}",
        CLASS: f"the likeliest, from 0: {named}",
        CALLED: f"which are called positive at the thresholds: {named}",
        SET: f"which cannot be ruled out at a coverage of {coverage:g}: {named}{of_each}",
        DISTANCE: f"distance from the training images, in multiples of the limit{rate}",
        UNLIKE: "whether the distance is beyond 1: do not trust the model on such an image",
    }[output]


def _depth_of(card: Mapping[str, Any]) -> str:
    """What becomes of more than 8 bits."""
    if KEY not in card:
        return "8 bits stay as they are; of more bits the model knows nothing"
    given = card[KEY]
    if isinstance(given, list):
        rule = f"the values {given[0]:g} to {given[1]:g} become 0 to 255, rounded"
    else:
        rule = "the full range of the file's format becomes 0 to 255, rounded"
        if given is None:
            rule = f"an image is shown by the window of its own file; where it has none, {rule}"
    return f"8 bits stay as they are; of more bits {rule}, and MONOCHROME1 is inverted"


def _some(given: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any] | None:
    return None if given is None else {name: given[name] for name in names if name in given}
