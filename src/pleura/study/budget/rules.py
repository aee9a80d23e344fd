"""The rules by which a budget chooses what a study file leaves open.

What each rule rests on, and which of its numbers have been measured, says docs/concepts/budget.md;
`benchmarks/budget_rules.py` measures them on validation. Nothing here measures, reads or trains.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pleura.data.augment_settings import Augmentation
from pleura.study.budget.asked import CHEAP, STANDARD, THOROUGH
from pleura.train.settings import FitSettings, epochs_of
from pleura.wording import count, how_often

SIZES = (64, 96, 128, 160, 224, 320, 384)  # pixels
RATES = {
    1: (1.5e-3,),
    3: (5e-4, 1.5e-3, 5e-3),
    5: (1.5e-4, 5e-4, 1.5e-3, 5e-3, 1.5e-2),
}  # learning rates by the number of trials, for batches as they are by default
PENALTIES = {1: (1.0,), 3: (0.1, 1.0, 10.0), 5: (0.01, 0.1, 1.0, 10.0, 100.0)}
# Schedules: passes over the images where labels are many, steps where they are few.
SHORT, PLAIN, DOUBLE, LONG, LONGEST = (4, 150), (8, 300), (16, 600), (24, 1200), (32, 2400)
FEWEST_PASSES = 3  # over the images, however many there are
MOST_STEPS = 10  # times the steps of a schedule: more labels than that have fewer passes
FULL_BATCHES = 8  # that the fewest labels must give, or batches are halved
SMALLEST_BATCH = 8
MANY_PASSES = 30  # beyond which images are varied more
STRONGER = 1.5  # times as far as by default
VARIED = ("rotation", "shift", "scale", "brightness", "contrast")
SHARE = 0.75  # of a duration is for what can be told before; the rest for heat maps, clues, page


@dataclass(frozen=True)
class Design:
    """How well a study is done: side of the images in pixels, trials of each recipe, `passes` over
    the images where labels are many, and `steps` of a training where they are few."""

    size: int
    trials: int
    passes: int
    steps: int

    def __str__(self) -> str:
        return (
            f"{self.size} px, {count(self.trials, 'trial')} a recipe, "
            f"{count(self.passes, 'epoch')} or {count(self.steps, 'step')}"
        )


LADDER = (
    Design(64, 1, *SHORT),
    Design(64, 1, *PLAIN),
    Design(96, 1, *PLAIN),
    Design(96, 3, *PLAIN),
    Design(128, 3, *PLAIN),
    Design(128, 3, *DOUBLE),
    Design(160, 3, *DOUBLE),
    Design(224, 3, *DOUBLE),
    Design(224, 3, *LONG),
    Design(224, 5, *LONG),
    Design(320, 5, *LONG),
    Design(320, 5, *LONGEST),
    Design(384, 5, *LONGEST),
)
"""From the least to the most; each takes at least as long as the one before it. A budget of time
takes the last that fits."""
NAMED = {CHEAP: LADDER[3], STANDARD: LADDER[7], THOROUGH: LADDER[-1]}


@dataclass(frozen=True)
class Labels:
    """How many images train in the draw of a study that has the `most` and the `fewest`."""

    most: int
    fewest: int


@dataclass(frozen=True)
class Fixed:
    """What the study file has `given`, by keys such as `training.epochs`, and the number of
    `trials` where rates, penalties or the rates of a recipe are given; `settings` are those of its
    training, `varied` its augmentation, and `tuned` the keys of what its task tunes."""

    given: Mapping[str, Any]
    trials: int | None
    settings: FitSettings
    varied: Augmentation | None
    tuned: Collection[str] = ("rates", "penalties")

    @property
    def usual_batch(self) -> int:
        """The size of a batch where nobody names one, which a task decides."""
        default: int = type(self.settings).model_fields["batch_size"].default
        return default


@dataclass(frozen=True)
class Value:
    """A value of a study file, such as `training.epochs`, and `why` it is what it is."""

    key: str
    value: Any
    why: str


def sizes_for(side: int) -> tuple[int, ...]:
    """The sizes of the ladder that are no larger than the `side` of the images; that side itself
    where all are larger.

    >>> sizes_for(150)
    (64, 96, 128)
    """
    return tuple(size for size in SIZES if size <= side) or (max(16, side),)


def around(design: Design, sizes: Collection[int], fixed: Fixed) -> Design:
    """The design around the values that the file gives: a larger image than the `sizes` allow is
    the largest that there is."""
    given = fixed.given
    return Design(
        max((size for size in sizes if size <= design.size), default=min(sizes)),
        fixed.trials or design.trials,
        given.get("training.epochs", design.passes),
        given.get("training.min_steps", design.steps),
    )


def designs(sizes: Collection[int], fixed: Fixed) -> list[Design]:
    """The ladder around the values that the file gives, each design once."""
    return list(dict.fromkeys(around(design, sizes, fixed) for design in LADDER))


def values_of(design: Design, labels: Labels, fixed: Fixed, sizes: Sequence[int]) -> list[Value]:
    """All values that a design stands for and the file does not give, each with its reason."""
    batch = _batch(labels, fixed)
    settings = fixed.settings.model_copy(update={"batch_size": batch.value})
    passes = _passes(design, settings.batches(labels.most))
    settings = settings.model_copy(update={"epochs": passes.value, "min_steps": design.steps})
    values = [
        Value("data.size", design.size, _why_size(design.size, sizes)),
        passes,
        Value("training.min_steps", design.steps, _why_steps(settings, labels)),
        batch,
        *_tuned(design.trials, batch.value / fixed.usual_batch, fixed),
        *_varied(epochs_of(settings, labels.most), fixed.varied),
    ]
    return [value for value in values if value.key not in fixed.given]


def _why_size(size: int, sizes: Sequence[int]) -> str:
    if len(sizes) == 1:
        return "pixels; no other size suits the images and the networks"
    return f"pixels, of {', '.join(map(str, sizes))}, which suit the images and the networks"


def _batch(labels: Labels, fixed: Fixed) -> Value:
    """Batches as usual, half of them where the fewest labels would make few steps of a pass."""
    usual = fixed.usual_batch
    if "training.batch_size" in fixed.given:
        return Value("training.batch_size", fixed.settings.batch_size, "given")
    if labels.fewest >= FULL_BATCHES * usual:
        return Value("training.batch_size", usual, "images, as by default")
    half = max(SMALLEST_BATCH, usual // 2)
    few = count(labels.fewest, "image")
    why = f"images; {few} train where labels are fewest, fewer than {FULL_BATCHES} batches of "
    return Value("training.batch_size", half, f"{why}{usual}")


def _passes(design: Design, batches: int) -> Value:
    """The passes of a design, fewer where labels are so many that they make many steps."""
    most = max(FEWEST_PASSES, math.ceil(MOST_STEPS * design.steps / batches))
    if most < design.passes:
        one = count(batches, "step")
        why = f"passes over the images, no more since one is {one} where labels are most"
        return Value("training.epochs", most, why)
    return Value("training.epochs", design.passes, "passes over the images where labels are most")


def _why_steps(settings: FitSettings, labels: Labels) -> str:
    passes = epochs_of(settings, labels.fewest)
    if passes <= settings.epochs:
        return "steps at least, which all trainings make anyway"
    images = count(labels.fewest, "image")
    return f"steps at least: where labels are fewest, {images} are seen {how_often(passes)}"


def _tuned(trials: int, batch: float, fixed: Fixed) -> Iterator[Value]:
    """Values tried, the same number for every recipe; rates follow the square root of the batch,
    `batch` times what is usual."""
    many = f"{count(trials, 'trial')} of every recipe, of slow networks too"
    if fixed.trials:
        many += ", as many as the file gives elsewhere"
    if "rates" in fixed.tuned:
        usual = RATES.get(trials) or around_middle(RATES[1][0], trials, math.sqrt(10))
        rates = [float(f"{rate * math.sqrt(batch):.2g}") for rate in usual]
        like = "" if batch == 1 else f"; {'smaller' if batch < 1 else 'larger'}, as batches are"
        yield Value("tune.rates", rates, f"{many}{like}")
    if "penalties" in fixed.tuned:
        penalties = PENALTIES.get(trials) or around_middle(PENALTIES[1][0], trials, 10)
        yield Value("tune.penalties", list(penalties), f"{many}, for linear heads")


def around_middle(middle: float, number: int, times: float) -> tuple[float, ...]:
    """So many values about a middle, each some `times` the one before.

    >>> around_middle(1.0, 2, 10)
    (0.32, 3.2)
    """
    places = (place - (number - 1) / 2 for place in range(number))
    return tuple(float(f"{middle * times**place:.2g}") for place in places)


def _varied(passes: int, varied: Augmentation | None) -> Iterator[Value]:
    """Images are varied further where each is seen often; what is off stays off, and a list of
    changes in the place of these (RandAugment) stays as it is."""
    if varied is None or varied.rand_augment or passes <= MANY_PASSES:
        return
    why = f"half as far again as by default, since each image is seen {how_often(passes)}"
    for name in VARIED:
        default = type(varied).model_fields[name].default
        yield Value(f"training.augmentation.{name}", round(STRONGER * default, 4), why)
