"""The head is the optimum of its penalised loss."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from torch.nn import functional

from pleura.train.head import fit_head, scale_of


def data(n: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    features = random.normal(size=(n, 5)) * [1, 10, 0.1, 1, 1] + labels[:, None] * [0.5, 5, 0, 1, 0]
    return features.astype(np.float32), labels.astype(np.int64)


@pytest.mark.parametrize("classes", [2, 3])
def test_no_small_step_lowers_the_loss(classes: int) -> None:
    features, labels = data(120, classes)
    features[:, 4] = 7.0  # a constant feature must do no harm
    head = fit_head(features, labels, n_classes=classes, penalty=0.1, balanced=False)
    assert head.converged
    x = torch.from_numpy((features - features.mean(0)) / np.maximum(features.std(0), 1e-6)).double()
    scale = np.where(features.std(0) < 1e-6, 1, features.std(0))
    weight = torch.tensor(head.weight * scale, dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(head.bias + head.weight @ features.mean(0), dtype=torch.float64)
    bias.requires_grad_()
    loss = functional.cross_entropy(x @ weight.T + bias, torch.from_numpy(labels))
    # Two classes share one vector of coefficients, w and -w, half of it each here.
    factor = 0.1 if classes > 2 else 0.2
    gradients = torch.autograd.grad(loss + factor / 2 * (weight**2).sum(), [weight, bias])
    assert all(gradient.abs().max() < 2e-3 for gradient in gradients)


def test_a_stronger_penalty_gives_smaller_weights() -> None:
    features, labels = data(90, 3)
    norms = [
        float(
            np.abs(fit_head(features, labels, n_classes=3, penalty=p, balanced=True).weight).sum()
        )
        for p in (0.01, 0.1, 1.0)
    ]
    assert norms[0] > norms[1] > norms[2]


def test_balance_counts_classes_equally() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], [180, 20]).astype(np.int64)
    features = random.normal(size=(200, 3)).astype(np.float32)
    plain = fit_head(features, labels, n_classes=2, penalty=10.0, balanced=False)
    balanced = fit_head(features, labels, n_classes=2, penalty=10.0, balanced=True)
    assert (plain.logits(features).argmax(1) == 0).all()
    assert 0.3 < (balanced.logits(features).argmax(1) == 1).mean() < 0.7


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_a_saved_head_reads_back_the_same(classes: int, tmp_path: Path) -> None:
    features, labels = data(80, classes)
    head = fit_head(features, labels, n_classes=classes, penalty=0.1, balanced=True)
    save_file({"weight": head.weight}, tmp_path / "head.safetensors")
    np.testing.assert_array_equal(load_file(tmp_path / "head.safetensors")["weight"], head.weight)


def test_it_goes_into_a_module() -> None:
    features, labels = data(60, 3)
    head = fit_head(features, labels, n_classes=3, penalty=0.1, balanced=True)
    module = torch.nn.Linear(5, 3)
    head.put_into(module)
    with torch.no_grad():
        logits = module(torch.from_numpy(features)).numpy()
    np.testing.assert_allclose(logits, head.logits(features), rtol=1e-4, atol=1e-4)


def test_a_channel_that_is_silent_in_training_is_not_blown_up() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 5)).astype(np.float32)
    features[:, 3] = 1e-7 * rng.normal(size=60)
    features[:, 4] = 0.0
    scale = scale_of(features)
    assert np.allclose(scale[:3], features[:, :3].std(axis=0))
    assert np.allclose(scale[3:], np.median(features.std(axis=0)))
    # All the same, tiny features are no reason to call them silent.
    assert np.allclose(scale_of(features * 1e-9), scale * 1e-9)
    assert np.allclose(scale_of(np.zeros((4, 3), np.float32)), 1.0)
