"""What the page tells of a model before it is asked."""

from importlib.metadata import version

from pleura.deploy.package import Model
from pleura.deploy.promises import promises_of
from pleura.deploy.server.limits import MB, MEGAPIXEL, Limits
from pleura.deploy.server.schemas import About, Bounds
from pleura.wording import capital, count, ended

NUMBER, FINDINGS, CLASSES = "number", "findings", "classes"


def about(
    model: Model, limits: Limits, name: str, no_heatmaps: str | None, lungs: str | None
) -> About:
    """What is known of a model that is called `name`. `no_heatmaps`: why it has none; `lungs`: what
    the model that outlines lungs is called."""
    card = model.card
    several = isinstance((card.get("calibration") or {}).get("temperature"), list)
    kind = NUMBER if model.gives_a_number else FINDINGS if several else CLASSES
    thresholds = model.thresholds
    return About(
        name=name,
        version=version("pleura"),
        question=card.get("question"),
        classes=list(model.classes),
        kind=kind,
        unit=(card.get("calibration") or {}).get("unit"),
        thresholds=None
        if thresholds is None
        else dict(zip(model.classes, map(float, thresholds), strict=True)),
        clips=bool(card.get("frames")),
        coverage=model.rule.coverage if model.rule else None,
        cautions=_cautions(model),
        heatmaps=no_heatmaps is None,
        no_heatmaps=None if no_heatmaps is None else f"{capital(no_heatmaps)}.",
        lungs=lungs,
        bounds=Bounds(
            megabytes=limits.bytes / MB,
            megapixels=limits.pixels / MEGAPIXEL,
            frames=limits.frames,
            seconds=limits.seconds,
        ),
    )


def _cautions(model: Model) -> list[str]:
    """What must be known before answers are read: whom probabilities hold for, and what the model
    promises."""
    its = model.card.get("calibration") or {}
    told = []
    if (images := its.get("images")) and (prevalence := its.get("prevalence")):
        shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in prevalence.items())
        told.append(
            f"Probabilities were fitted on {count(images, 'image')}, and hold where classes are as "
            f"frequent as there: {shares}. Where a class is rarer, its probability is too high"
        )
    elif its.get("images", 1) == 0:
        told.append(
            "Probabilities are not calibrated: no patient validates for all networks together"
        )
    told += [capital(line) for line in promises_of(model)]
    return [ended(line) for line in told]
