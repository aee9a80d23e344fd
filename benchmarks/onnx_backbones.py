"""Every listed backbone as ONNX, whole and cut in the middle, against torch.

Weights are random. BatchNorm takes its statistics from the images once, and the temperature is such
that probabilities spread over most of 0 to 1, so that a wrong layer would be seen. Rows of a table
in Markdown: the largest difference of a probability on 64 images made by a formula, by one and by
many at once.

    python -m benchmarks.onnx_backbones
    python -m benchmarks.onnx_backbones resnet50 vit_tiny_patch16_224
"""

import argparse
from typing import Any

import numpy as np
import torch
from torch import nn

from pleura.data.augment import to_float
from pleura.deploy.onnx.export import SYNTHETIC
from pleura.deploy.onnx.golden import synthetic_squares
from pleura.deploy.onnx.graph import ClassifierGraph
from pleura.deploy.onnx.trace import run, session_of, to_onnx
from pleura.deploy.package import Model
from pleura.models.build import build_backbone, list_backbones
from pleura.models.classifier import Classifier
from pleura.models.places import cut_at

CLASSES = ["normal", "bacterial", "viral"]
SIZE = 64  # pixels; others take no images so small
SIZES = {"swin_tiny_patch4_window7_224": 224, "inception_v3": 96}
SEEN = 16  # images by which BatchNorm is settled


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each backbone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("backbones", nargs="*", default=sorted(list_backbones()))
    options = parser.parse_args(arguments)
    print("| backbone | px | MB | whole | cut in the middle |\n|---|---|---|---|---|")
    for name in options.backbones:
        size = SIZES.get(name, SIZE)
        loaded = build_backbone(name, "random")
        cut = loaded.backbone.truncate(cut_at(loaded.backbone, "middle"))
        measured = []
        for backbone in (loaded.backbone, cut):
            network = Classifier(backbone, loaded.mean, loaded.std, len(CLASSES))
            measured.append(of_network(network, size))
        (bytes_, whole), (_, half) = measured
        print(f"| {name} | {size} | {bytes_ / 1e6:.1f} | {whole:.1e} | {half:.1e} |", flush=True)


def of_network(network: Classifier, size: int) -> tuple[int, float]:
    """The bytes of a network as ONNX, and the largest difference of its probabilities."""
    squares = synthetic_squares(size, SYNTHETIC)
    settle(network, squares[3 : 3 + SEEN])
    model = Model(network, card_of(network, squares[3 : 3 + SEEN], size))
    written = to_onnx(ClassifierGraph(model), size).SerializeToString()
    session = session_of(written)
    expected = np.concatenate([model.judge([square])[0] for square in squares])
    found = [run(session, squares, batch=batch)["probabilities"] for batch in (1, 24)]
    if np.ptp(expected, axis=0).max() < 0.1:
        raise SystemExit("probabilities hardly differ from image to image, and show nothing")
    return len(written), max(float(np.abs(each - expected).max()) for each in found)


def settle(network: nn.Module, squares: Any) -> None:
    """Give every BatchNorm the statistics of the images; the network is in evaluation mode then."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the mean of all batches, of which there is one
            module.reset_running_stats()
    network.train()
    with torch.no_grad():
        network(to_float(torch.from_numpy(squares)))
    network.eval()


def card_of(network: Classifier, squares: Any, size: int) -> dict[str, Any]:
    """A card with a temperature by which probabilities differ from image to image."""
    with torch.inference_mode():
        logits = network(to_float(torch.from_numpy(squares))).numpy().astype(np.float64)
    spread = float(logits.std(axis=0).mean())
    fitted = {"temperature": spread, "biases": (-logits.mean(axis=0) / spread).tolist()}
    return {"classes": CLASSES, "size": size, "fit": "crop", "calibration": fitted}


if __name__ == "__main__":
    main()
