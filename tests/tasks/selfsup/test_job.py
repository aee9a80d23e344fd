"""A pretraining leaves what it says, and is the same whether it was stopped or not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from pleura.data.bank import Bank
from pleura.data.concatenated import Concatenated
from pleura.errors import InputError
from pleura.tasks.selfsup.job import Job, pretrain, untrained
from pleura.tasks.selfsup.pretraining import Pretraining
from pleura.train.checkpoint import save_weights
from pleura.train.precision import make_fabric
from pleura.train.task import Batch

from .jobs import chest_bank, chest_job

FABRIC = make_fabric("cpu", "fp32")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return chest_bank(tmp_path_factory.mktemp("chests"))


class KilledError(Exception):
    pass


@pytest.mark.parametrize(
    "method", ["simclr", {"moco": {"queue": 16}}, "dino", "instance_discrimination"], ids=str
)
def test_stopped_and_resumed_equals_undisturbed(method: Any, bank: Bank, tmp_path: Path) -> None:
    whole = chest_job(tmp_path / "whole", bank, method)
    result = pretrain(whole, FABRIC)

    def stop(phase: str, done: int, steps: int, figures: dict[str, float]) -> None:
        if done == 3:  # in the second of three epochs
            raise KilledError

    job = chest_job(tmp_path / "stopped", bank, method)
    with pytest.raises(KilledError):
        pretrain(job, FABRIC, stop)
    assert (job.folder / "checkpoint.pt").exists()
    seen: list[int] = []
    resumed = pretrain(job, FABRIC, lambda phase, done, steps, figures: seen.append(done))
    assert seen[0] == 3
    assert resumed["history"] == result["history"]
    files = [each.folder / "weights.safetensors" for each in (whole, job)]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert not (job.folder / "checkpoint.pt").exists()


def test_what_a_pretraining_leaves(bank: Bank, tmp_path: Path) -> None:
    shown: list[dict[str, float]] = []
    job = chest_job(tmp_path, bank, "rotation")
    result = pretrain(job, FABRIC, lambda phase, done, steps, figures: shown.append(figures))
    epochs = pd.read_csv(job.folder / "epochs.csv")
    assert len(epochs) == result["epochs"] == 3
    for name in ("loss", "effective_rank", "knn_auroc", "probe_auroc"):
        assert result[name] == pytest.approx(epochs[name].iloc[-1])
    # Dark chests are told from bright ones by any features.
    assert result["probe_auroc"] > 0.9
    assert "score" not in result
    assert "knn_auroc" not in shown[1]
    assert shown[2]["validation"] == pytest.approx(epochs["loss"][0])
    assert list(job.logs.glob("events*"))
    learnt = load_file(job.folder / "weights.safetensors")
    start = untrained(job).backbone.state_dict()
    assert learnt.keys() == start.keys()
    assert not any(torch.equal(learnt[name], start[name]) for name in start)
    assert result["parameters_trained"] > sum(value.numel() for value in learnt.values())


def test_it_goes_on_from_an_earlier_one(bank: Bank, tmp_path: Path) -> None:
    first = chest_job(tmp_path, bank, "rotation")
    learnt = untrained(first).backbone
    with torch.no_grad():
        for parameter in learnt.parameters():
            parameter.add_(1)
    save_weights(tmp_path / "before.safetensors", learnt)
    job = Job(**{**vars(first), "before": tmp_path / "before.safetensors"})
    for name, value in untrained(job).backbone.state_dict().items():
        assert torch.equal(value, learnt.state_dict()[name])


def test_a_job_reads_back(bank: Bank, tmp_path: Path) -> None:
    job = chest_job(tmp_path, bank, "simclr", value=0.01)
    back = Job.read(job.write())
    for name in ("folder", "spec", "places", "before", "logs"):
        assert getattr(back, name) == getattr(job, name)
    for name in ("train", "validation", "labels"):
        assert np.array_equal(getattr(back, name), getattr(job, name))
    assert back.banks[0].info.equals(bank.info)


def test_what_does_not_suit_is_told(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="simclr"):
        untrained(chest_job(tmp_path, bank, "simcrl"))


def pretraining(bank: Bank, labels: Any) -> Pretraining:
    rows = np.arange(len(bank))
    device = torch.device("cpu")
    return Pretraining(
        Concatenated((bank,)), train=rows[:30], validation=rows[30:], labels=labels, device=device
    )


def test_without_labels_of_two_classes_nothing_judges(bank: Bank, tmp_path: Path) -> None:
    network = untrained(chest_job(tmp_path, bank, "rotation")).eval()
    labels = np.full(len(bank), -1)
    assert set(pretraining(bank, labels).validate(network)) == {"loss", "effective_rank"}
    labels[:35] = np.arange(35) % 2
    task = pretraining(bank, labels)
    assert "probe_auroc" in task.validate(network)
    assert task.validate(network) == task.validate(network)


def test_a_process_reads_its_share(bank: Bank) -> None:
    class Seen(torch.nn.Module):
        def forward(self, images: torch.Tensor, batch: Batch) -> torch.Tensor:
            return images.flatten(1).sum(dim=1)

    task = pretraining(bank, np.full(len(bank), -1))
    chosen = np.array([7, 3, 20, 11])
    whole = task.loss(Seen(), Batch(chosen, 0, augmented=True))
    for rank in (0, 1):
        share = task.loss(Seen(), Batch(chosen, 0, augmented=True, rank=rank, world=2))
        assert torch.equal(share, whole[rank::2])
    assert task.describe(chosen).endswith("11.png")
