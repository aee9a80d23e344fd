"""Writes a model as an ONNX file that leaves the house, with all that is needed to use it."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from pleura.data.bank_file import Square
from pleura.data.readers.decoded import Range
from pleura.deploy.card import gives_masks
from pleura.deploy.lung_crops import refuse_cropped
from pleura.deploy.masks import Say
from pleura.deploy.new_folder import new_folder, refuse_full
from pleura.deploy.onnx import reference
from pleura.deploy.onnx.description import FILE, describe
from pleura.deploy.onnx.golden import golden_inputs, synthetic_squares, write_golden
from pleura.deploy.onnx.graph import ClassifierGraph, Graph, SegmenterGraph
from pleura.deploy.onnx.parity import by_torch, compare
from pleura.deploy.onnx.quantise import FILE as INT8
from pleura.deploy.onnx.quantise import Labelled, labels_of, loss_of, no_stand_in, quantise
from pleura.deploy.onnx.shown import squares_of
from pleura.deploy.onnx.trace import OPSET, require, run, session_of, to_onnx
from pleura.deploy.package import Model, load_model
from pleura.deploy.segmenter import Segmenter, load_segmenter
from pleura.errors import InputError
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.files import digest_file, write_text
from pleura.models.pixel_nets import PixelNetwork
from pleura.wording import count

MODEL, CODE = "model.onnx", "predict.py"
FORMULA, OF_USER = "images made by a formula", "images of the user"
SYNTHETIC = 64  # images that it is checked on where none are given
RISK = (
    "the graph holds features of training images: they name nobody, but who has an image of a "
    "patient can find out by them whether it was trained on"
)


@dataclass(frozen=True)
class OnnxOptions:
    """What is asked of an export beside the model.

    `images` are files, folders and tables, whose `column` names images, on which the export is held
    against torch; none: images made by a formula. `full_range` as in `decode_for`. `likeness`: with
    the distance from the training images, and so with their features. `int8`: a second model of
    whole numbers as well, with ranges of the images `calibrate`, found as `images` are; its loss is
    measured on `images`, and by the classes that their column `label` names.
    """

    images: Sequence[str | Path] = ()
    column: str | None = None
    full_range: Range | None = None
    likeness: bool = False
    int8: bool = False
    calibrate: Sequence[str | Path] = ()
    label: str | None = None


PLAIN = OnnxOptions()


def export_onnx(
    folder: str | Path,
    out: str | Path,
    asked: OnnxOptions = PLAIN,
    *,
    say: Say = lambda line: None,
) -> Path:
    """Write the model in `folder` into the folder `out`: `model.onnx`, `description.json`,
    `golden.npz`, `predict.py` and, where it is asked for, `model_int8.onnx`. Returns `out`, which
    is whole or as it was before.

    Raises InputError for what is no model, for what is asked of a model that has it not, and where
    `out` holds anything or cannot be written; PleuraError where onnx or onnxruntime is missing, and
    where the export does not give what torch gives (see `pleura.deploy.onnx.parity`).
    """
    require()
    place, target = Path(folder), Path(out)
    refuse_full(target)
    model = load_segmenter(place) if gives_masks(place) else load_model(place)
    refuse_cropped(model.card, "export as ONNX")
    graph = graph_of(model, asked.likeness)
    if asked.likeness:
        say(RISK)

    def squares_in(places: Sequence[str | Path]) -> Square | None:
        if not places:
            return None
        ends = asked.full_range
        return squares_of(places, model.card, column=asked.column, full_range=ends, say=say)

    labelled = _labelled(model, asked)
    seen, ranges = squares_in(asked.images), squares_in(asked.calibrate)
    exported = to_onnx(graph, model.card["size"])
    known = graph.known_rate
    described = describe(model, exported, known)
    with new_folder(target) as home:
        (home / MODEL).write_bytes(exported.SerializeToString())
        session = session_of(home / MODEL)
        squares = synthetic_squares(model.card["size"], SYNTHETIC) if seen is None else seen
        whole, on = run(session, squares), FORMULA if seen is None else OF_USER
        parity = compare(model, by_torch(model, squares), whole)
        parity.refuse()
        described["check"] = {
            "on": on,
            **parity.as_dict(),
            "torch": torch.__version__,
            "onnxruntime": version("onnxruntime"),
        }
        write_golden(home, *_golden(model, session))
        shutil.copyfile(reference.__file__, home / CODE)
        described["files"] = {MODEL: _file(home / MODEL)}
        if asked.int8:
            how = quantise(home / MODEL, home / INT8, ranges)
            small = run(session_of(home / INT8), squares)
            loss = loss_of(whole, small, getattr(model, "classes", ()), labelled)
            described["int8"] = {"how": how, "on": on, "images": len(squares), **loss}
            described["files"][INT8] = _file(home / INT8)
        write_text(home / FILE, json.dumps(described, indent=1))
    worst = max(parity.largest_difference.values())
    say(
        f"{target}: differs from torch by {worst:.1e} at most on {count(parity.images, 'image')}"
        + (" made by a formula; --images names real ones" if seen is None else "")
    )
    if asked.int8:
        say(_in_words(described["int8"]))
        if why := no_stand_in(described["int8"]):
            say(f"do not use {INT8} in the place of the model: {why}")
    return target


def graph_of(model: Model | Segmenter, likeness: bool = False) -> Graph:
    """The graph of a model, with its `likeness` or without. Raises InputError where it has none."""
    if isinstance(model, Segmenter):
        if likeness:
            raise InputError("a model that segments does not tell which images are unlike")
        return SegmenterGraph(model)
    if likeness and isinstance(model.classifier, PixelNetwork):
        raise InputError(
            "a pixel baseline goes by 32 x 32 pixels: what it knows its training images by are "
            "small pictures of them, which do not leave"
        )
    if likeness and model.likeness is None:
        raise InputError(model.why_not_flagged)
    return ClassifierGraph(model, model.likeness if likeness else None)


def _labelled(model: Model | Segmenter, asked: OnnxOptions) -> Labelled:
    """The classes of the images on which a loss is measured. Raises InputError for what is asked
    and makes no sense."""
    if (asked.calibrate or asked.label) and not asked.int8:
        raise InputError("--calibrate and --label are about a model of whole numbers: say --int8")
    if asked.int8 and asked.likeness:
        raise InputError(
            "--int8 and --likeness: distances from the training images need full precision; "
            "ask for one of them"
        )
    if asked.label is None:
        return Labelled()
    if not asked.images:
        raise InputError("--label: says what the tables given by --images name the class by")
    if not isinstance(model, Model) or not isinstance(model.calibration, CalibrationMap):
        raise InputError("--label: the model gives no classes, one of which an image has")
    return labels_of(asked.images, asked.label, model.classes)


def _in_words(loss: dict[str, Any]) -> str:
    """What whole numbers cost, in a line."""
    told = [f"{name} {value:.1e} on average" for name, value in loss["mean_difference"].items()]
    told += [f"same {name} {share:.1%}" for name, share in loss["agreement"].items()]
    if "auroc" in loss:
        told.append(f"AUROC {loss['auroc']['int8']:.3f}, not {loss['auroc']['model']:.3f}")
    where = f"{count(loss['images'], 'image')}, {loss['on']}"
    return f"{INT8} ({loss['how']}) differs on {where}: {'; '.join(told)}"


def _file(path: Path) -> dict[str, Any]:
    """What the description says of a graph."""
    return {"sha256": digest_file(path), "bytes": path.stat().st_size, "opset": OPSET}


def _golden(model: Model | Segmenter, session: Any) -> tuple[Any, ...]:
    """What `write_golden` takes."""
    given, squares = golden_inputs(model.card)
    return given, squares, run(session, squares)
