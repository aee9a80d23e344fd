"""The faster precision is chosen only where it pays."""

from lightning_fabric import Fabric

from pleura.train.phase import Phase
from pleura.train.precision import Speed, better, measure
from pleura.transfer.strategy import all_parts

from .fixtures import small_classifier


def test_bf16_must_be_a_twentieth_faster() -> None:
    assert better(Speed(10.0, 1.0), Speed(9.0, 1.0)) == "bf16"
    assert better(Speed(10.0, 1.0), Speed(9.8, 1.0)) == "fp32"
    assert better(Speed(10.0, 1.0), Speed(20.0, 1.0)) == "fp32"


def test_training_takes_longer_than_prediction() -> None:
    model = small_classifier(backbone="squeezenet1_0")
    fabric = Fabric(accelerator="cpu", devices=1)
    candidates = [(model, fabric), (small_classifier(backbone="squeezenet1_0"), fabric)]
    speeds = measure(candidates, Phase("all", all_parts(model)), size=64, batch_size=8)
    assert len(speeds) == 2
    assert all(speed.training > speed.prediction > 0 for speed in speeds)
