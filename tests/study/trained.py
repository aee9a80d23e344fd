"""One finished run of a recipe, made step by step, without a study around it."""

from pathlib import Path

from pleura.data.bank import build_bank
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import fit, outcome
from pleura.train.loop import FitSettings
from tests.networks import SMALL

RUN = {"fold": 0, "seed": 1, "fraction": 1.0}


def trained_run(
    images: Path, folder: Path, *, strategy: object = "fine_tuning", size: int = 64
) -> tuple[Context, Step]:
    """A context, and the finished outcome of a network trained for two epochs."""
    manifest = read_manifest(images)
    bank = build_bank(manifest.table["image"].tolist(), folder / "bank", size=size)
    rule = Rule(test="split", validation=0.25, seeds=[1], fractions=[1.0])
    split = make_split(manifest, rule)
    context = Context(folder, manifest, bank, split, 1, "cpu")
    settings = FitSettings(epochs=2, min_steps=2, batch_size=8).model_dump(mode="json")
    net = {"backbone": SMALL, "weights": "random", "strategy": strategy}
    how = {"precision": "fp32", "settings": settings, "augmentation": None, "balanced": False}
    trial = Step("fit", "fit", {**RUN, **net, **how, "value": 1e-3}, {})
    fit.KIND.perform(trial, context, quiet)
    spec = {**RUN, "recipe": "full", "knob": "learning rate"}
    done = Step("outcome", "outcome", spec, {}, (trial,))
    outcome.KIND.perform(done, context, quiet)
    return context, done
