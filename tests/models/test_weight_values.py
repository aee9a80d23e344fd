"""Weights whose values cannot be those of a network are refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import pleura._torchvision  # noqa: F401  isort: skip
from torchvision import models

from pleura.errors import InputError
from pleura.models.build import build_backbone

NAME = "squeezenet1_0"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_no_numbers_are_refused_by_name(
    tmp_path: Path, state: dict[str, Tensor], value: float
) -> None:
    wrong = {**state, "features.3.squeeze.bias": state["features.3.squeeze.bias"].clone()}
    wrong["features.3.squeeze.bias"][2:5] = value
    save_file(wrong, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="some of these weights are no numbers") as error:
        build_backbone(NAME, str(tmp_path / "w.safetensors"))
    assert error.value.problems == ("features.3.squeeze.bias: 3 of 16 values are NaN or infinite",)
    # The classifier is not used, so whatever it holds does no harm.
    save_file({**state, "classifier.1.bias": torch.full((3,), value)}, tmp_path / "w.safetensors")
    build_backbone(NAME, str(tmp_path / "w.safetensors"))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda values: (values * 100).to(torch.int8), "int8"),
        (lambda values: values.to(torch.complex64), "complex64"),
        (Tensor.to_sparse, "float32, sparse"),
        (lambda values: torch.quantize_per_tensor(values, 0.1, 0, torch.qint8), "qint8"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # of torch, on kinds of tensors that it gives up
def test_weights_of_another_kind_than_numbers_with_a_point_are_refused(
    tmp_path: Path, state: dict[str, Tensor], change: Callable[[Tensor], Tensor], kind: str
) -> None:
    wrong = {**state, "features.3.squeeze.weight": change(state["features.3.squeeze.weight"])}
    torch.save(wrong, tmp_path / "w.pt")
    with pytest.raises(InputError) as error:
        build_backbone(NAME, str(tmp_path / "w.pt"))
    assert error.value.problems == (
        f"features.3.squeeze.weight: not plain floating-point numbers in the file, but {kind}",
    )
    torch.save({name: values.half() for name, values in state.items()}, tmp_path / "w.pt")
    build_backbone(NAME, str(tmp_path / "w.pt"))


def test_numbers_too_large_for_the_network_are_infinite(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    wrong = {**state, "features.0.bias": torch.full((96,), 1e300, dtype=torch.float64)}
    save_file(wrong, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=r"features\.0\.bias: 96 of 96 values"):
        build_backbone(NAME, str(tmp_path / "w.safetensors"))


def test_a_variance_below_zero_and_a_std_of_zero_are_refused(
    tmp_path: Path, state: dict[str, Tensor]
) -> None:
    norms = dict(models.mobilenet_v2(width_mult=0.35).state_dict())
    norms["features.0.1.running_var"] = norms["features.0.1.running_var"] - 2
    save_file(norms, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=r"features\.0\.1\.running_var: a variance is below 0"):
        build_backbone("mobilenet_v2_035", str(tmp_path / "w.safetensors"))
    save_file(state, tmp_path / "w.safetensors", metadata={"std": "0.2,0,0.4"})
    with pytest.raises(InputError, match="those of std above 0"):
        build_backbone(NAME, str(tmp_path / "w.safetensors"))
