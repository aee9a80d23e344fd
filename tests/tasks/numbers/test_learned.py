"""How numbers are learned: loss and guess by hand, outputs in units, heads and baselines."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from torch import nn

from pleura.errors import PleuraError
from pleura.evaluate.number_metrics import MAE, R2
from pleura.models.lora import load_merged, merge
from pleura.tasks.numbers.learned import (
    LEARNED,
    columns,
    fit_forest,
    fit_ridge,
    guess,
    huber,
    in_units,
    mean_and_spread,
    score,
)
from pleura.tasks.pixels import PixelTraining
from tests.conftest import forests_of

CPU = torch.device("cpu")
AGES = np.array([40.0, 60.0, 80.0, 60.0])  # mean 60, standard deviation 14.14


def test_the_loss_counts_errors_in_deviations_of_those_that_train() -> None:
    loss = huber(AGES, 1, False, CPU)
    spread = np.sqrt(200)
    told = torch.tensor([[60.0], [60.0 + 0.5 * spread], [60.0 - 3 * spread]])
    found = loss(told, torch.full((3,), 60.0, dtype=torch.float64)).item()
    assert found == pytest.approx((0 + 0.5 * 0.25 + (3 - 0.5)) / 3, rel=1e-5)


def test_guessing_is_the_least_loss_of_equal_outputs() -> None:
    numbers = np.array([1.0, 1.0, 2.0, 9.0])
    loss = huber(numbers, 1, False, CPU)
    told = [
        loss(torch.full((4, 1), each), torch.from_numpy(numbers)).item()
        for each in np.linspace(1, 9, 400)
    ]
    assert guess(numbers, 1, False) == pytest.approx(min(told), abs=1e-3)
    assert guess(numbers, 1, False) <= min(told) + 1e-6


def test_an_output_layer_gives_units_trains_in_deviations_and_merges() -> None:
    torch.manual_seed(0)
    output, features = nn.Linear(5, 1), torch.randn(7, 5)
    plain = output(features).detach()
    in_units(output, AGES, {})
    mean, spread = mean_and_spread(AGES)
    torch.testing.assert_close(output(features), plain * spread + mean)
    trained = dict(output.named_parameters())
    torch.testing.assert_close(
        trained["parametrizations.bias.original"].norm() < 1, torch.tensor(True)
    )
    before = output(features)
    merge(output)
    assert set(output.state_dict()) == {"weight", "bias"}
    torch.testing.assert_close(output(features), before)


def test_a_fitted_head_starts_an_output_layer_in_units() -> None:
    output, head = nn.Linear(5, 1), nn.Linear(5, 1)
    in_units(output, AGES, {})
    load_merged(output, head.state_dict())
    features = torch.randn(7, 5)
    torch.testing.assert_close(output(features), head(features), rtol=1e-4, atol=1e-4)


def test_the_head_is_ridge_regression_whatever_the_scale_of_features_and_numbers() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(40, 3)).astype(np.float32)
    numbers = 1000 + 30 * features[:, 0] + random.normal(size=40)
    head = fit_ridge(features, numbers, n_classes=1, penalty=0.1, balanced=False)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    expected = Ridge(0.1 * 40).fit(standard, numbers).predict(standard)
    np.testing.assert_allclose(head.logits(features)[:, 0], expected, rtol=1e-5)
    scaled = fit_ridge(100 * features + 7, numbers, n_classes=1, penalty=0.1, balanced=False)
    np.testing.assert_allclose(scaled.logits(100 * features + 7), head.logits(features), rtol=1e-4)


def test_the_forest_finds_what_a_pixel_tells() -> None:
    random = np.random.default_rng(0)
    pixels = random.random((80, 6)).astype(np.float32)
    numbers = 50 * (pixels[:, 2] > 0.5) + 10.0
    training = PixelTraining(pixels[:60], numbers[:60], 1, seed=0, threads=1)
    with forests_of(60):
        found = fit_forest(training, 1.0, pixels[60:])
    assert found.shape == (20, 1)
    assert np.abs(found[:, 0] - numbers[60:]).mean() < 8


def test_score_and_columns() -> None:
    predicted = np.array([[40.0], [60.0], [70.0], [60.0]], np.float32)
    assert score(predicted, AGES, R2, LEARNED.probabilities) == pytest.approx(1 - 100 / 800)
    assert score(predicted, AGES, MAE, LEARNED.probabilities) == pytest.approx(-2.5)
    with pytest.raises(PleuraError, match="not finite"):
        score(np.full((4, 1), np.nan, np.float32), AGES, R2, LEARNED.probabilities)
    table = columns(predicted, AGES, ("age",))
    assert table.to_dict("list") == {"number": AGES.tolist(), "predicted": [40, 60, 70, 60]}
