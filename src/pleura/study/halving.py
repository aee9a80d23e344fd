"""Successive halving: all depths and rates begin, the best on validation go on to the end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pleura.study.step import Step
from pleura.study.steps.rung import rung_of

FIRST = 1 / 8  # share of the epochs after which trainings are compared for the first time
LONGER = 3  # times as many epochs are made before the next comparison
KEPT = 1 / 4  # share of the trainings that go on after each


@dataclass
class Halved:
    """What a search has come to.

    `rungs` are the first epochs of trainings, done or to do; `trials` the trainings that go on to
    their end, none where it is not known yet which.
    """

    rungs: list[Step] = field(default_factory=list)
    trials: tuple[Step, ...] = ()


@dataclass
class Chosen:
    """The depths that the searches of one recipe and fold have chosen so far, with the fractions of
    labels that they had seen; None for a search that goes on."""

    depths: list[tuple[float, str | None]] = field(default_factory=list)

    def add(self, fraction: float, trials: Sequence[Step], home: Path) -> None:
        """Note what the search of a draw has come to."""
        cut = None
        if trials and all(trial.is_ready(home) for trial in trials):
            best = max(trials, key=lambda trial: trial.result(home)["score"])
            cut = best.spec["strategy"]["truncation"]["at"]
        self.depths.append((fraction, cut))

    def near(self, cuts: Sequence[str], fraction: float, places: int | None) -> list[str]:
        """Those of `cuts` that are at most so many places from what a search chose that had seen no
        more labels; all where there was none, or where all are wanted; none where such a search
        goes on."""
        earlier = [cut for seen, cut in self.depths if seen <= fraction]
        if places is None or not earlier:
            return list(cuts)
        if None in earlier:
            return []
        chosen = [place for place, cut in enumerate(cuts) if cut in earlier]
        return [
            cut
            for place, cut in enumerate(cuts)
            if any(abs(place - other) <= places for other in chosen)
        ]


def rounds(trainings: int, epochs: int, best: int) -> list[tuple[int, int]]:
    """After how many epochs trainings are compared, and how many of them go on then, to the end
    `best` of them. Empty where there is nothing to choose or no epoch to save.

    >>> rounds(16, epochs=8, best=1)
    [(1, 4), (3, 1)]
    """
    made: list[tuple[int, int]] = []
    until = max(1, math.floor(epochs * FIRST))
    while trainings > best and until < epochs:
        trainings = max(best, math.ceil(trainings * KEPT))
        made.append((until, trainings))
        until *= LONGER
    return [*made[:-1], (made[-1][0], best)] if made else []


def halve(trainings: Sequence[Step], epochs: int, best: int, home: Path) -> Halved:
    """Let `trainings`, the shallow before the deep, begin and the best go on, as far as what is
    finished in `home` tells.

    They make at most so many `epochs`, and are compared by their best score on validation so far;
    of equal ones the earlier goes on. Each that ends is the very step that a recipe of that depth
    and rate has.
    """
    halved = Halved()
    alive: list[tuple[Step, Step | None]] = [(whole, None) for whole in trainings]
    for until, kept in rounds(len(trainings), epochs, best):
        begun = [(whole, rung_of(whole, until, after)) for whole, after in alive]
        halved.rungs += [rung for _, rung in begun]
        if not all(rung.is_ready(home) for _, rung in begun):
            return halved
        order = sorted(range(len(begun)), key=lambda i: (-begun[i][1].result(home)["score"], i))
        alive = [begun[i] for i in sorted(order[:kept])]
    halved.trials = tuple(whole for whole, _ in alive)
    return halved
