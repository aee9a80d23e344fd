"""How much of a comparison fits into an hour on this machine: size, recipes, seeds, patients."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pleura.data.manifest import Manifest
from pleura.data.split import Split
from pleura.data.subset import few_patients
from pleura.errors import InputError
from pleura.study.new.people import SEEDS
from pleura.study.prepared import NetworkTiming
from pleura.train.settings import FitSettings

BACKBONE = "tf_efficientnet_lite0"  # whose ImageNet weights are installed with pleura
RECIPES = {
    "scratch": "{weights: random, strategy: fine_tuning}",
    "frozen": "{weights: imagenet, strategy: feature_extraction}",
    "fine-tuning": "{weights: imagenet, strategy: fine_tuning}",
    "truncated": "{weights: imagenet, strategy: {truncation: {at: middle}}}",
}
TRAINED = ("scratch", "fine-tuning", "truncated")
MEASURED = 96  # pixels at which the network is timed; other sizes take as much as they have pixels
SIZES = (224, 160, 128, MEASURED)
SMALLEST = 64
RATES = 3  # trials of each recipe, as a study has by default
FEW_STEPS = 100  # of a training, in the smallest designs
MINUTES = 45.0  # of what is counted; the rest of an hour is for heat maps, clues and the page
# CPU seconds of a random forest and a linear model on 500 images of 32 x 32 pixels, measured on one
# core of an AMD EPYC; a forest grows somewhat faster than the number of its images.
FOREST_SECONDS, FOREST_IMAGES, FOREST_POWER = 4.0, 500, 1.2
VIEWS = 3  # of each test image
LEAST = 50  # patients of each class that are kept, whatever it takes


@dataclass(frozen=True)
class Design:
    """What a study file asks for: `seeds` by fraction, how many trials each recipe has (`rates`),
    the least number of `steps` of a training, and how many `patients` of each class at most, None
    for all. `minutes` is how long it takes at most, as far as that can be told."""

    size: int
    recipes: tuple[str, ...]
    seeds: dict[float, list[int]]
    rates: int = RATES
    steps: int = FitSettings().min_steps
    patients: int | None = None
    minutes: float = 0.0


def fit_design(
    manifest: Manifest,
    split: Split,
    fractions: Sequence[float],
    side: int,
    timing: NetworkTiming,
    cores: int,
    again: Callable[[Manifest], Split],
) -> Design:
    """The largest design that takes at most `MINUTES`; `side` is that of the images, in pixels, and
    `timing` that of the backbone at `MEASURED` pixels.

    Where nothing fits, patients are left out: `again` draws the split of fewer, at the whole of the
    labels.
    """

    def timed(design: Design, of: Split, images: int) -> Design:
        return replace(design, minutes=minutes_of(design, of, images, timing, cores))

    designs = [timed(design, split, len(manifest)) for design in _designs(fractions, side)]
    if fitting := next((design for design in designs if design.minutes <= MINUTES), None):
        return fitting
    smallest, patients = designs[-1], len(set(manifest.groups.tolist()))
    while smallest.minutes > MINUTES and patients > LEAST:
        patients = max(LEAST, patients // 2)
        fewer = few_patients(manifest, patients)
        try:
            drawn = again(fewer)
        except InputError:  # too few are left for every part
            break
        smallest = replace(timed(smallest, drawn, len(fewer)), patients=patients)
    return smallest


def _designs(fractions: Sequence[float], side: int) -> Iterator[Design]:
    """From the largest to the smallest. More seeds come before larger images, and these before the
    network that starts from random weights."""
    sizes = [size for size in SIZES if size <= max(side, MEASURED)]
    three = {fraction: [*SEEDS] for fraction in fractions}
    one_at_all = {**three, max(fractions): [SEEDS[0]]}
    only = {fraction: [SEEDS[0]] for fraction in fractions}
    without = tuple(name for name in RECIPES if name != "scratch")
    for seeds in (three, one_at_all, only):
        for recipes in (tuple(RECIPES), without):
            yield from (Design(size, recipes, seeds) for size in sizes)
    whole = {max(fractions): [SEEDS[0]]}
    for size in (MEASURED, SMALLEST):
        yield Design(size, without, whole)
    for size in (MEASURED, SMALLEST):
        yield Design(size, without, whole, rates=1, steps=FEW_STEPS)


def minutes_of(
    design: Design, split: Split, images: int, timing: NetworkTiming, cores: int
) -> float:
    """Minutes that the trainings of a design take at most, with the pixel baselines and the
    predictions of test images."""
    scale = (design.size / MEASURED) ** 2
    settings = FitSettings(min_steps=design.steps)
    milliseconds = 0.0
    for (_, seed, fraction), parts in split.drawn.items():
        if seed not in design.seeds.get(fraction, ()):
            continue
        train, validation = len(parts.train), len(parts.validation)
        fit = timing.all_epochs(settings, train, validation)
        trained = sum(name in TRAINED for name in design.recipes)
        milliseconds += scale * trained * design.rates * fit
        milliseconds += scale * trained * VIEWS * len(parts.test) * timing.prediction_ms
        forest = FOREST_SECONDS * (train / FOREST_IMAGES) ** FOREST_POWER
        milliseconds += 1000 * design.rates * forest / cores
    milliseconds += scale * VIEWS * images * timing.prediction_ms  # of frozen features
    return milliseconds / 60_000
