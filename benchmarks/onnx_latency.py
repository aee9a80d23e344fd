"""How long an exported network takes for one image: cut at each of its stages against whole.

One thread of ONNX Runtime. The networks take turns; each runs twice a turn and the second run is
timed, by the time of the thread at work, so that what else the machine does changes little. Weights
are from ImageNet: what is computed hangs on no value.

    python -m benchmarks.onnx_latency                     # 64 and 224 pixels
    python -m benchmarks.onnx_latency --backbone squeezenet1_0 --weights random
"""

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pleura.deploy.onnx.golden import synthetic_squares
from pleura.deploy.onnx.graph import ClassifierGraph
from pleura.deploy.onnx.trace import INPUT, session_of, to_onnx
from pleura.deploy.package import Model
from pleura.models.build import build_backbone
from pleura.models.classifier import Classifier
from pleura.models.cost import count_macs
from pleura.models.places import cut_at

WARM = 5  # turns before the clock counts


def main(arguments: list[str] | None = None) -> None:
    """Print a line for each place at which the network is cut."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--weights", default="imagenet")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 224], help="pixels")
    parser.add_argument("--turns", type=int, default=100)
    options = parser.parse_args(arguments)
    whole = build_backbone(options.backbone, options.weights)
    cuts = [cut.name for cut in whole.backbone.cuts if cut.stage]
    middle = cut_at(whole.backbone, "middle")
    for size in options.sizes:
        networks = {}
        for cut in cuts:
            network = Classifier(whole.backbone.truncate(cut), whole.mean, whole.std, 3)
            networks[cut] = network.eval()
        times = in_turn(
            [session_for(network, size) for network in networks.values()], size, options.turns
        )
        macs = {cut: count_macs(network, size) for cut, network in networks.items()}
        print(f"{options.backbone}, {size} px, 1 thread, {options.turns} turns")
        for cut, mine in zip(cuts, times, strict=True):
            ratios = sorted(a / b for a, b in zip(mine, times[-1], strict=True))
            low, high = np.percentile(ratios, (5, 95))
            print(
                f"  cut after {cut}{' (middle)' if cut == middle else ''}: "
                f"{1000 * statistics.median(mine):.2f} ms, "
                f"{statistics.median(ratios):.2f} ({low:.2f} to {high:.2f}) of the whole; "
                f"{macs[cut] / macs[cuts[-1]]:.2f} of its MACs",
                flush=True,
            )


def session_for(network: Classifier, size: int) -> Any:
    """A session of one thread of the network as it is exported."""
    card = {"classes": ["normal", "bacterial", "viral"], "size": size, "fit": "crop"}
    exported = to_onnx(ClassifierGraph(Model(network, card)), size)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(exported.SerializeToString())
        return session_of(path, threads=1)


def in_turn(sessions: list[Any], size: int, turns: int) -> list[list[float]]:
    """Seconds for one image, of each session a list over the turns."""
    image = {INPUT: synthetic_squares(size, 4)[3:]}
    times: list[list[float]] = [[] for _ in sessions]
    for turn in range(turns + WARM):
        for session, mine in zip(sessions, times, strict=True):
            session.run(None, image)
            start = time.thread_time()
            session.run(None, image)
            if turn >= WARM:
                mine.append(time.thread_time() - start)
    return times


if __name__ == "__main__":
    main()
