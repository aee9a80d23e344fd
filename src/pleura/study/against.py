"""What the training of a step does against shortcuts, made from its spec and the study's images."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pleura.data.image_groups import Groups, groups_of
from pleura.data.shortcut_settings import (
    GroupDRO,
    GroupSampling,
    HideFrame,
    OfGroups,
    SwapBackground,
)
from pleura.errors import InputError, PleuraError
from pleura.study.context import Context
from pleura.study.countermeasures import (
    Countermeasures as Asked,
)
from pleura.study.countermeasures import (
    asked_of,
    countermeasures_of,
    groups_asked,
    groups_of_recipes,
)
from pleura.study.step import Step
from pleura.study.study_base import StudyBase
from pleura.tasks.countermeasures import NONE, Countermeasures, HiddenFrames, SwappedBackgrounds
from pleura.tasks.group_dro import RobustLoss

FEW = 10  # training images of a group


def spec_against(
    training: Asked, recipe: Asked, draw: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """What the spec of a training of a recipe says of its countermeasures, for the spec of a
    `draw`: with a digest of its groups, where it has any. Raises InputError where all its images
    are of one source."""
    spec = countermeasures_of(training, recipe)
    asked = groups_asked(spec)
    if asked:
        spec["groups"] = _groups(asked, draw, context).key
    if "swap" in spec and context.training_lungs:
        spec["training_lungs"] = context.training_lungs_key(draw)
    return spec


def against_of(step: Step, context: Context) -> Countermeasures:
    """The countermeasures of a training, which look at the images of its own train part alone."""
    spec = step.spec
    asked = asked_of(spec)
    if not asked:
        return NONE
    train = context.parts(spec).train
    device = context.fabric(spec["precision"]).device
    against = NONE
    if isinstance(hide := asked.get("hide"), HideFrame):
        hidden = HiddenFrames(hide, context.bank, train, device)
        against = replace(against, changes=(*against.changes, hidden))
    if isinstance(swap := asked.get("swap"), SwapBackground):
        if context.training_lungs is None:
            raise PleuraError("swap: background: the lungs of training images are not there")
        swapped = SwappedBackgrounds(swap, context.training_lungs, train, device)
        against = replace(against, changes=(swapped, *against.changes))
    if (of_groups := groups_asked(spec)) is None:
        return against
    groups, dro = _groups(of_groups, spec, context), asked.get("group_dro")
    if isinstance(asked.get("group_sampling"), GroupSampling):
        against = replace(against, drawn_alike=groups)
    if isinstance(dro, GroupDRO):
        robust = RobustLoss(dro, groups, context.labels[train], device)
        alike = groups if dro.sampled else against.drawn_alike
        against = replace(against, dro=robust, drawn_alike=alike)
    return against


def cautions_of_groups(study: StudyBase, context: Context) -> list[str]:
    """A sentence on the groups of so few training images that a network which is shown them as
    often as large groups learns them by heart: of the draw that has the fewest of them."""
    draws = [
        {"fraction": fraction, "fold": fold, "seed": seed}
        for fraction in study.fractions
        for fold in range(context.split.folds)
        for seed in study.seeds_at(fraction)
    ]
    few: dict[str, tuple[int, int]] = {}
    for asked in groups_of_recipes(study):
        for draw in draws:
            groups = _groups(asked, draw, context)
            share = len(groups.of) // len(groups.names)
            for name, size in zip(groups.names, groups.sizes.tolist(), strict=True):
                if size < FEW and share > size and few.get(name, (FEW, 0))[0] > size:
                    few[name] = size, round(share / size)
    if not few:
        return []
    named = ", ".join(f"{name} ({size}, {times})" for name, (size, times) in few.items())
    return [
        f"groups of fewer training images than {FEW} are learned by heart where they are drawn as "
        f"often as others (training images, draws of each in an epoch): {named}"
    ]


def _groups(asked: OfGroups, draw: Mapping[str, Any], context: Context) -> Groups:
    """The groups of the images that train in a draw."""
    train, manifest = context.parts(draw).train, context.manifest
    sources = manifest.table["source"].to_numpy(dtype=np.str_)[train]
    if len(set(sources.tolist())) < 2:
        one = f"all come from {sources[0]}" if sources[0] else "the table has no column source"
        raise InputError(
            f"{manifest.origin}: groups of training images are their sources (hospital, device, "
            f"collection), and there are not two: {one}",
            ["give a column source (columns: {source: ...}), or ask for no groups"],
        )
    labels = manifest.single_labels[train] if asked.classes else None
    return groups_of(sources, labels, manifest.classes)
