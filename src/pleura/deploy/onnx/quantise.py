"""A smaller model of whole numbers of 8 bits, and what that costs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.data.bank_file import Square
from pleura.data.names import is_nothing
from pleura.data.tables import read_cells
from pleura.deploy.find_images import TABLES
from pleura.deploy.onnx.answers import NUMBER, PROBABILITIES
from pleura.deploy.onnx.graph import MASK
from pleura.deploy.onnx.trace import INPUT, Outputs
from pleura.errors import InputError, nearest, refuse
from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.metrics import evaluate
from pleura.wording import count

FILE = "model_int8.onnx"
LAYERS = ("Conv", "Gemm", "MatMul")
KEPT = ("/answers/", "/known/")  # parts of the graph after the networks
AT_ONCE = 16
AGREEING = 0.95  # of the answers, below which a model of whole numbers is no stand-in
FAR = 0.1  # of the spread of predicted numbers: a mean difference beyond which it is none either


@dataclass(frozen=True)
class Labelled:
    """The class (n,) of each image on which a loss is measured, by number; -1 where none is known.
    None where no column names it."""

    labels: NDArray[np.int64] | None = None


def quantise(model: Path, out: Path, squares: Square | None) -> str:
    """Write the exported `model` in whole numbers to `out`; returns how in a sentence.

    Weights have a scale for each channel. With `squares` (n, size, size) uint8 the ranges of maps
    are those of these images; without, maps are scaled as they come (dynamic quantisation). Weights
    use 7 bits, since sums of more overflow on processors without VNNI. What follows the networks
    stays as it is; with ranges, so do the layers that lose most (see `_delicate`).
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.onnx"
        quant_pre_process(model, ready, skip_symbolic_shape=True)
        nodes = onnx.load(ready).graph.node
        kept = [node.name for node in nodes if node.name.startswith(KEPT)]
        shared: dict[str, Any] = {
            "op_types_to_quantize": list(LAYERS),
            "reduce_range": True,
        }
        if squares is None:
            quantize_dynamic(
                ready, out, nodes_to_exclude=kept, weight_type=QuantType.QUInt8, **shared
            )
            return "dynamic: weights are whole numbers, maps are scaled as they come"
        quantize_static(
            ready,
            out,
            _reader(squares),
            quant_format=QuantFormat.QDQ,
            nodes_to_exclude=[*kept, *_delicate(nodes)],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            **shared,
        )
    images = count(len(squares), "image")
    return f"static: weights and maps are whole numbers, in ranges of {images}"


def _delicate(nodes: Iterable[Any]) -> set[str]:
    """The names of the layers that lose most by whole numbers and hold few of the weights: of each
    network the first convolution, which sees the image, and the last layer, which makes the logits;
    and convolutions of each channel by itself (Krishnamoorthi 2018)."""
    layers = [node for node in nodes if node.op_type in LAYERS and not node.name.startswith(KEPT)]
    delicate = {
        node.name for node in layers for of in node.attribute if of.name == "group" and of.i > 1
    }
    for _, of_network in groupby(layers, lambda node: node.name.split("/")[:2]):
        names = [node.name for node in of_network]
        delicate |= {names[0], names[-1]}
    return delicate


def loss_of(
    whole: Outputs, small: Outputs, classes: Sequence[str], labelled: Labelled
) -> dict[str, Any]:
    """How far the outputs of the `small` model are from those of the `whole` one on n images.

    `mean_difference` and `largest_difference` by output, `agreement` of classes, calls and sets
    (the share of images; of masks of pixels); of a predicted number its `spread` over the images,
    the standard deviation by the whole model; with labels the macro AUROC of both.
    """
    told: dict[str, Any] = {"mean_difference": {}, "largest_difference": {}, "agreement": {}}
    if NUMBER in whole:
        told["spread"] = {NUMBER: float(np.std(whole[NUMBER], dtype=np.float64))}
    for name, values in small.items():
        if values.dtype.kind == "f":
            apart = np.abs(values.astype(np.float64) - whole[name])
            told["mean_difference"][name] = float(apart.mean())
            told["largest_difference"][name] = float(apart.max())
        else:
            same: NDArray[Any] = np.asarray(values == whole[name])
            if name != MASK:
                same = np.asarray(same.reshape(len(values), -1).all(axis=1))
            told["agreement"][name] = float(same.mean())
    if labelled.labels is not None:
        at = labelled.labels >= 0
        told["auroc"] = {
            who: _auroc(labelled.labels[at], outputs[PROBABILITIES][at], classes)
            for who, outputs in (("model", whole), ("int8", small))
        }
    return told


def no_stand_in(loss: Mapping[str, Any]) -> str:
    """Why a model whose `loss` was measured must not stand in for the whole one; empty where it
    can."""
    if min(loss["agreement"].values(), default=1.0) < AGREEING:
        return "it often answers otherwise"
    for name, spread in loss.get("spread", {}).items():
        apart = loss["mean_difference"][name]
        if not apart <= FAR * spread:  # not a number, too
            return (
                f"its {name} is off by {apart:.3g} on average, and those of the model spread by no "
                f"more than {spread:.3g} (standard deviation)"
            )
    return ""


def labels_of(places: Sequence[str | Path], column: str, classes: Sequence[str]) -> Labelled:
    """The classes that a `column` of tables names, -1 where a cell names none.

    Raises InputError for places that are no tables, tables without the column, and labels that the
    model does not know.
    """
    labels, problems = [], []
    for place in map(Path, places):
        if place.suffix.lower() not in TABLES:
            raise InputError(f"{place}: names no labels; give tables, whose column names them")
        table = read_cells(place, None)[0].table
        if column not in table:
            raise InputError(f"{place}: no column {column!r}{nearest(column, table.columns)}")
        for row, cell in table[column].items():
            name = "" if is_nothing(cell) else str(cell)
            if name and name not in classes:
                problems.append(f"row {row}: {name!r}{nearest(name, classes)}")
            labels.append(classes.index(name) if name in classes else -1)
    refuse("labels that are no classes of the model", problems)
    return Labelled(np.array(labels, dtype=np.int64))


def _auroc(labels: NDArray[np.int64], probabilities: NDArray[Any], classes: Sequence[str]) -> float:
    values = evaluate(labels, probabilities, classes=classes, metrics=[AUROC])
    return float(values[AUROC.overall])


def _reader(squares: Square) -> Any:
    """What ONNX Runtime asks for images when it looks for the ranges of maps."""
    from onnxruntime.quantization import CalibrationDataReader

    def parts() -> Iterator[dict[str, Square]]:
        for start in range(0, len(squares), AT_ONCE):
            yield {INPUT: squares[start : start + AT_ONCE]}

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # which has no types
        """A part of the images after another."""

        def __init__(self) -> None:
            self.parts = parts()

        def get_next(self) -> dict[str, Square] | None:
            """The next part; None at the end."""
            return next(self.parts, None)

    return Reader()
