"""Whether torch, ONNX Runtime and `predict` give the same probabilities for real images.

200 chest X-rays and 200 frames of lung ultrasound, spread evenly over those there are, as files.
Models have weights from ImageNet and an output layer drawn anew, with a temperature and biases by
which their probabilities differ from image to image as those of trained models do. `predict` reads
the files; torch and ONNX Runtime get the squares that `predict.py` of the export reads of them.

    python -m benchmarks.onnx_parity                # images from PLEURA_SHARED
"""

import argparse
import json
import os
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import torch

from pleura.deploy.onnx.export import OnnxOptions, export_onnx
from pleura.deploy.onnx.reference import read_square
from pleura.deploy.onnx.trace import run, session_of
from pleura.deploy.package import load_model
from pleura.deploy.segmenter import load_segmenter
from pleura.deploy.weights import save_model
from pleura.evaluate.calibration_maps import CalibrationMap
from pleura.models.reverse import ReverseClassifier
from pleura.models.unet_nets import build_unet
from pleura.transfer.build import build_model

SHARED = Path(os.environ.get("PLEURA_SHARED", Path(__file__).parents[2] / "shared"))
DATA = SHARED / "data"
SQUEEZENET = SHARED / "weights" / "squeezenet1_0.safetensors"
TABLES = {
    "chest X-rays": (DATA / "chest_xray", "images.csv"),
    "lung ultrasound": (DATA / "lung_ultrasound", "frames.csv"),
}
LITE = {"backbone": "tf_efficientnet_lite0", "strategy": "fine_tuning"}
CUT = LITE | {"strategy": {"truncation": {"at": "middle"}}}
SQUEEZE = {"backbone": "squeezenet1_0", "strategy": "fine_tuning"}
UNET = {"unet": {"backbone": "tf_efficientnet_lite0", "at": 4}}
REVERSE = {"network": UNET, "structures": 1, "head": "scales"}
CLASSIFIERS: dict[str, tuple[dict[str, Any], ...]] = {
    "EfficientNet-Lite0": (LITE,),
    "cut in the middle": (CUT,),
    "ensemble of 3, mirrored": (LITE, CUT, LITE),
    "SqueezeNet": (SQUEEZE,),
    "U-Net as classifier": (REVERSE,),
}
MASKS = "U-Net, masks"


def main(arguments: list[str] | None = None) -> None:
    """Print a line for each model and kind of image."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=200, help="of each kind")
    parser.add_argument("--size", type=int, default=96, help="pixels")
    parser.add_argument("--models", nargs="+", default=[*CLASSIFIERS, MASKS], metavar="NAME")
    parser.add_argument("--kinds", nargs="+", default=[*TABLES], metavar="KIND")
    options = parser.parse_args(arguments)
    for kind in options.kinds:
        folder, table = TABLES[kind]
        files = [str(folder / name) for name in pd.read_csv(folder / table)["file"]]
        files = [files[int(at)] for at in np.linspace(0, len(files) - 1, options.images)]
        with TemporaryDirectory() as home:
            for name in options.models:
                place = Path(home) / name.replace(" ", "_") / "best"
                if name == MASKS:
                    save_unet(place, options.size)
                    report(kind, name, of_segmenter(place, files))
                    continue
                save(place, CLASSIFIERS[name], options.size, files)
                report(kind, name, of_classifier(place, files))


def report(kind: str, name: str, measured: tuple[float, dict[str, float]]) -> None:
    """Print how far outputs are apart."""
    spread, apart = measured
    told = "; ".join(f"{pair.replace('_', ' ')} {value:.1e}" for pair, value in apart.items())
    print(f"{kind}, {name}: {told} (probabilities spread over {spread:.2f})", flush=True)


def of_classifier(place: Path, files: list[str]) -> tuple[float, dict[str, float]]:
    """The largest differences of probabilities, and how far they are spread over the images."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that unlike images are not flagged
        predicted = load_model(place).predict(files)
    squares, given = exported(place, files)
    by_torch = np.concatenate([load_model(place).judge([square])[0] for square in squares])
    found = given["probabilities"]
    return float(np.ptp(predicted, axis=0).max()), {
        "torch_and_ONNX_Runtime": float(np.abs(by_torch - found).max()),
        "predict_and_ONNX_Runtime": float(np.abs(predicted - found).max()),
    }


def of_segmenter(place: Path, files: list[str]) -> tuple[float, dict[str, float]]:
    """The same of the probabilities of each pixel."""
    squares, given = exported(place, files)
    by_torch = load_segmenter(place).probabilities(list(squares))[0]
    apart = float(np.abs(by_torch - given["probabilities"]).max())
    return float(np.ptp(by_torch)), {"torch_and_ONNX_Runtime": apart}


def exported(place: Path, files: list[str]) -> tuple[Any, Any]:
    """Squares as the code beside the export reads them, and what ONNX Runtime makes of these."""
    out = export_onnx(place, place.parent / "out", OnnxOptions(images=files[:8]))
    described = json.loads((out / "description.json").read_text(encoding="utf-8"))
    squares = np.stack([read_square(file, described) for file in files])
    return squares, run(session_of(out / "model.onnx"), squares)


def save(place: Path, members: tuple[dict[str, Any], ...], size: int, files: list[str]) -> None:
    """Write a model; of several members, one that sees mirror images, too."""
    networks = [network_of(spec, seed) for seed, spec in enumerate(members)]
    card: dict[str, Any] = {
        **members[0],
        "task": "classification",
        "classes": ["normal", "bacterial", "viral"],
        "size": size,
        "fit": "crop",
        "full_range": None,
        "calibration": {"temperature": 1.0, "biases": [0.0] * 3},
        "mirrored": len(members) > 1,
    }
    others = list(zip(networks[1:], members[1:], strict=True))
    save_model(place, networks[0], card, others)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = np.log(load_model(place).predict(files[::8]))
    spread = float(plain.std(axis=0).mean())
    fitted = CalibrationMap(spread / 2, tuple(-2 * plain.mean(axis=0) / spread))
    save_model(place, networks[0], card | {"calibration": fitted.as_dict()}, others)


def network_of(spec: dict[str, Any], seed: int) -> Any:
    """A network from ImageNet, with an output layer drawn anew."""
    if "network" in spec:
        unet = build_unet(spec["network"], "imagenet", 1, seed=seed).network
        return ReverseClassifier(unet, spec["head"], 3, seed=seed).eval()
    weights = "imagenet" if spec["backbone"] == LITE["backbone"] else str(SQUEEZENET)
    return build_model({**spec, "weights": weights}, 3, seed=seed).classifier.eval()


def save_unet(place: Path, size: int) -> None:
    """Write a U-Net whose masks vary."""
    network = build_unet(UNET, "imagenet", 1, seed=0).network.eval()
    with torch.no_grad():
        network.output.weight.mul_(5)
    card = {"size": size, "fit": "crop", "full_range": None, "task": "segmentation"}
    save_model(place, network, card | {"network": UNET, "structures": ["lung"]})


if __name__ == "__main__":
    main()
