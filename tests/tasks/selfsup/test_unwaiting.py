"""A method learns the same on a device that runs ahead as on a CPU, up to rounding."""

from typing import Any

import pytest
import torch

from pleura.randomness import seed_of
from pleura.tasks.selfsup.listed import METHODS
from pleura.train import ahead
from pleura.train.phase import freeze, set_mode

from .contract import batch_of, built, chests

# What the host must know is drawn by the host there, from the same seed: other draws follow.
OTHERWISE = {"context_restoration", "models_genesis", "masked_autoencoder"}
SPECS: list[Any] = [{"moco": {"queue": 20}}, *(name for name in METHODS if name not in OTHERWISE)]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_losses_gradients_and_what_is_remembered(
    spec: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learned() -> tuple[list[float], dict[str, torch.Tensor]]:
        network = built(spec)
        freeze(network, network.phase())
        set_mode(network, network.phase())
        losses = []
        for step in range(4):  # 32 images: a queue of 20 wraps
            loss = network(chests(8, seed=step), batch_of(8, seed_of(step)))
            loss.backward()
            losses.append(loss.item())
        kept = {f"{name}.grad": p.grad for name, p in network.named_parameters()}
        # In units of the largest: those of a bias before BatchNorm are rounding alone.
        gradients = {name: value for name, value in kept.items() if value is not None}
        most = max(value.abs().max() for value in gradients.values())
        gradients = {name: value / most for name, value in gradients.items()}
        return losses, {**dict(network.named_buffers()), **gradients}

    losses, expected = learned()
    monkeypatch.setattr(ahead, "runs_ahead", lambda device: True)
    ahead_losses, found = learned()
    assert ahead_losses == pytest.approx(losses, rel=1e-4)
    for name, value in expected.items():
        differs = f"{name} differs"
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-4, msg=differs)
