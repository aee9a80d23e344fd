"""Finished steps whose results are planted, so that what stands on them can be told apart."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.views import WHOLE

CUT = "last"
COST = {"parameters": 100, "macs": 1000.0}


def plant_features(
    context: Context,
    values: NDArray[np.float32] | Mapping[str, NDArray[np.float32]],
    *,
    name: str = "",
    view: str = WHOLE,
    costs: Mapping[str, Mapping[str, float]] | None = None,
    passes: Mapping[str, int] | None = None,
    pass_seconds: Sequence[float] = (0.0,),
) -> Step:
    """A finished step of features; `values` (images, channels) of the rows of the view, by cuts or
    of `CUT` alone. `name` tells steps apart; `passes` over the images are the first for all."""
    of_cut = values if isinstance(values, Mapping) else {CUT: values}
    spec = {"bank": context.bank.key, "view": view, "name": name}
    files = tuple(map(features.file_of, of_cut))
    step = Step("features", "features", spec, {}, outputs=files)
    folder = step.folder(context.steps)
    folder.mkdir(parents=True, exist_ok=True)
    for file, found in zip(files, of_cut.values(), strict=True):
        np.save(folder / file, found.astype(np.float32))
    result = {
        "seconds": sum(pass_seconds),
        "pass_seconds": list(pass_seconds),
        "passes": passes or dict.fromkeys(of_cut, 0),
        "costs": costs or dict.fromkeys(of_cut, COST),
        "device": "cpu",
        "provenance": {},
    }
    step.finish(context.steps, result, *files)
    return step


def told(context: Context, noise: float = 0.3, channels: int = 4) -> NDArray[np.float32]:
    """Features (images, channels) that tell the class of every image of the bank, with noise."""
    random = np.random.default_rng(0)
    values = random.normal(0, noise, (len(context.bank), channels))
    values[:, 0] += context.labels
    return values.astype(np.float32)
