"""A forest in an exported graph decides as the forest that skl2onnx writes."""

import numpy as np
import onnxruntime
import pytest
from skl2onnx import to_onnx as by_skl2onnx

from pleura.deploy.onnx.graph import ClassifierGraph
from pleura.deploy.onnx.trace import run, session_of, to_onnx
from pleura.deploy.package import Model
from pleura.models.pixel_nets import PixelNetwork
from pleura.tasks.pixels import PixelTraining, small_pixels, train_forest
from tests.conftest import forests_of

RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize("size", [32, 48])
def test_it_decides_as_that_of_skl2onnx(size: int) -> None:
    squares = RANDOM.integers(0, 256, (70, size, size), dtype=np.uint8)

    class Bank:
        def read(self, rows: object) -> object:
            return squares[rows]  # type: ignore[call-overload]

    pixels = small_pixels(Bank(), np.arange(70))  # type: ignore[arg-type]
    with forests_of(20):
        training = PixelTraining(pixels[:50], RANDOM.integers(0, 3, 50), 3, seed=0, threads=1)
        forest = train_forest(training, 1.0)
    reference = by_skl2onnx(forest, pixels[:1], options={"zipmap": False}).SerializeToString()
    expected = onnxruntime.InferenceSession(reference).run(None, {"X": pixels})[1]
    network = PixelNetwork.of_forests("classes", 3, [forest])
    model = Model(network, {"classes": ["a", "b", "c"], "size": size, "fit": "crop"})
    graph = to_onnx(ClassifierGraph(model), size)
    given = run(session_of(graph.SerializeToString()), squares)["probabilities"]
    np.testing.assert_allclose(given, expected, atol=3e-6)  # none is less likely than 1e-6
    np.testing.assert_allclose(given, forest.predict_proba(pixels), atol=3e-6)
    np.testing.assert_allclose(model.judge(list(squares))[0], given, atol=1e-6)
    assert np.ptp(given[50:], axis=0).max() > 0.1
