"""Backbones that a study's self-supervised steps have trained, and what goes on from them."""

from dataclasses import replace
from typing import Any

from pleura.models.build import LoadedBackbone, build_backbone
from pleura.models.weights import Provenance, check_planned
from pleura.study.context import Context
from pleura.study.distillation import SOFT_TARGETS
from pleura.study.step import Step
from pleura.study.training import trained_weights


def pretraining_of(step: Step) -> Step | None:
    """The pretraining that a training, a head or features go on from; None where there is none."""
    for parent in step.parents:
        if parent.kind == SOFT_TARGETS:  # a teacher gives no weights
            continue
        before = parent if "pool" in parent.places else pretraining_of(parent)
        if before:
            return before
    return None


def told_of_pretraining(step: Step, context: Context) -> dict[str, list[str]]:
    """What the spec of an evaluation tells of the pretraining that its trials go on from, none of
    which is in the pretraining's own key; nothing where there is none."""
    before = pretraining_of(step)
    if before is None:
        return {}
    pool = context.pools[before.places["pool"]]
    return {"learned": [before.places["chain"], pool.source, pool.licence]}


def starting_backbone(step: Step, context: Context) -> LoadedBackbone | None:
    """The backbone that a training, a head or features start from, where it was pretrained here."""
    before = pretraining_of(step)
    return learned(before, context) if before else None


def learned(step: Step, context: Context) -> LoadedBackbone:
    """The backbone that a finished pretraining leaves, and where its weights come from."""
    spec, pool = {**step.spec, **step.places}, context.pools[step.places["pool"]]
    loaded = build_backbone(spec["backbone"], spec["weights"], seed=spec["seed"])
    check_planned(spec, loaded.provenance)
    loaded.backbone.load_state_dict(trained_weights(step, context))
    before = loaded.provenance
    name = f"{step.places['chain']} (without labels), from {before.name}"
    after = learned_after(
        before, source=pool.source or pool.name, licence=pool.licence or "unknown"
    )
    return replace(loaded, provenance=replace(after, name=name))


def learned_after(before: Provenance, **own: str) -> Provenance:
    """Where weights come from that have learned since they were as `before`; `own` are the fields
    of what they learned, which stand in front."""
    texts: dict[str, Any] = {}
    for field, text in own.items():
        earlier = getattr(before, field)
        texts[field] = f"{text}; before that {earlier}" if earlier else text
    return replace(before, **texts)
