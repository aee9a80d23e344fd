"""Backbones that a study's self-supervised steps have trained, and what goes on from them."""

from dataclasses import replace

from pleura.models.build import LoadedBackbone, build_backbone
from pleura.study.context import Context
from pleura.study.step import Step
from pleura.study.training import trained_weights


def pretraining_of(step: Step) -> Step | None:
    """The pretraining that a training, a head or features go on from; None where there is none."""
    for parent in step.parents:
        before = parent if "pool" in parent.places else pretraining_of(parent)
        if before:
            return before
    return None


def starting_backbone(step: Step, context: Context) -> LoadedBackbone | None:
    """The backbone that a training, a head or features start from, where it was pretrained here."""
    before = pretraining_of(step)
    return learned(before, context) if before else None


def learned(step: Step, context: Context) -> LoadedBackbone:
    """The backbone that a finished pretraining leaves, and where its weights come from."""
    spec, pool = step.spec, context.pools[step.places["pool"]]
    weights = {**spec, **step.places}["weights"]
    loaded = build_backbone(spec["backbone"], weights, seed=spec["seed"])
    loaded.backbone.load_state_dict(trained_weights(step, context))
    before, told = loaded.provenance, step.places["chain"]
    provenance = replace(
        before,
        name=f"{told} (without labels), from {before.name}",
        source=_after(pool.source or pool.name, before.source),
        licence=_after(pool.licence or "unknown", before.licence),
    )
    return replace(loaded, provenance=provenance)


def _after(own: str, before: str) -> str:
    return f"{own}; before that {before}" if before else own
