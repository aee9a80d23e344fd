"""What the answers of a model mean, and how far they hold, as its card tells of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pleura.deploy.hub.markdown import joined
from pleura.deploy.hub.origin import Origin
from pleura.deploy.hub.results import calibration_error
from pleura.deploy.hub.small import FEWER, is_small
from pleura.deploy.package import Model
from pleura.deploy.promises import of_calls, of_sets
from pleura.deploy.segmenter import Segmenter
from pleura.report.model import is_calibrated
from pleura.report.numbers import capital, percent, whole_percent
from pleura.wording import count, ended, in_a_row

RISK = (
    "With them goes the flag of images unlike the training images, and a risk: the features name "
    "nobody, but whoever has an image of a patient can find out by them whether it was among the "
    "training images."
)


def answers_of(model: Model | Segmenter, origin: Origin) -> list[str]:
    """A line for each thing that must be known of the answers."""
    return [ended(line) for line in _answers(model, origin)]


def _answers(model: Model | Segmenter, origin: Origin) -> Iterator[str]:
    if isinstance(model, Segmenter):
        named = ", ".join(f"{at} {name}" for at, name in enumerate(model.structures, start=1))
        yield f"A mask of the size of the image: 0 background, {named}"
        for name, usual in (model.card.get("usual") or {}).items():
            low, high = usual["ranges"]["area"]
            yield (
                f"Masks of “{name}” are called doubtful that are unlike those of "
                f"{count(usual['images'], 'validation image')}, such as with an area outside "
                f"{percent(low)} to {percent(high)} of the image"
            )
        return
    if model.gives_a_number:
        yield f"A number for each image: {model.classes[0]}; it is not calibrated any further"
        yield flag(model)
        return
    yield joined(calibrated(model.card), calibration_error(origin))
    if model.thresholds is None:
        yield "The class that it names is the likeliest one; no other threshold is set"
    yield from map(capital, of_calls(model))
    if model.rule is None:
        yield "Prediction sets: the study asked for none"
    yield from map(capital, of_sets(model))
    yield flag(model)


def calibrated(card: Mapping[str, Any]) -> str:
    """On how many images probabilities were calibrated, and where they hold."""
    fitted = card.get("calibration")
    if not fitted:
        return (
            "Whether its probabilities were calibrated, this model of an earlier version tells not."
        )
    if not is_calibrated(card):
        return "Probabilities are not calibrated: no patient validates for all networks together."
    if "images" not in fitted:
        return "Probabilities are calibrated; on how many images is not told by this model."
    on = f"{count(fitted['images'], 'validation image')} of {count(fitted['patients'], 'patient')}"
    if is_small(fitted["patients"]):
        on = f"validation images of {FEWER} patients"
    prevalence = {
        name: share for name, share in (fitted.get("prevalence") or {}).items() if share is not None
    }
    if any(is_small(round(share * fitted["images"])) for share in prevalence.values()):
        return (
            f"Probabilities are calibrated on {on}, and hold where each is as frequent as there; "
            f"how frequent is not told: of one of them there are {FEWER}."
        )
    shares = [f"{name} {whole_percent(share)}" for name, share in prevalence.items()]
    if not shares:
        return f"Probabilities are calibrated on {on}."
    return (
        f"Probabilities are calibrated on {on}, and hold where each is as frequent as there: "
        f"{in_a_row(shares)}."
    )


def flag(model: Model) -> str:
    """What is known of the flag of images unlike the training images."""
    known = model.likeness
    if known is None:
        return "Flag “unlike the training images”: this model has none"
    return (
        "Flag “unlike the training images”: of images that are like them "
        f"{percent(round(known.rate, 4))} are flagged, learned from "
        f"{count(known.validation, 'validation image')}; how many others it finds was not tested"
    )


def likeness_told(model: Model | Segmenter, *, leaves: bool) -> str:
    """Whether the features that the flag needs are in the folder."""
    if isinstance(model, Segmenter) or model.likeness is None:
        return ""
    if leaves:
        return f"`training_features.safetensors` holds features of training images. {RISK}"
    return (
        "The flag needs features of training images, by which one can find out whether an image "
        "was among them; they stayed at home, so that the model in this folder flags nothing."
    )
