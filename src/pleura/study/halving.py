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
    """The state of a search.

    rungs: the steps that train the first epochs, finished or not. trials: the trainings that go on
    to their end; empty while it is not yet known which these are.
    """

    rungs: list[Step] = field(default_factory=list)
    trials: tuple[Step, ...] = ()


@dataclass
class Chosen:
    """The depths that the searches of one recipe and fold have chosen so far.

    depths: (fraction of the labels that the search had, cut), with None for a search that goes on.
    """

    depths: list[tuple[float, str | None]] = field(default_factory=list)

    def add(self, fraction: float, trials: Sequence[Step], home: Path) -> None:
        """Record the depth that the search of one draw has chosen, or None while it goes on."""
        cut = None
        if trials and all(trial.is_ready(home) for trial in trials):
            best = max(trials, key=lambda trial: trial.result(home)["score"])
            cut = best.spec["strategy"]["truncation"]["at"]
        self.depths.append((fraction, cut))

    def near(self, cuts: Sequence[str], fraction: float, places: int | None) -> list[str]:
        """The cuts that are at most `places` away from a cut chosen by an earlier search.

        Only searches that had no more labels than `fraction` count. Returns all of `cuts` where
        there was no such search or `places` is None, and none while such a search goes on.
        """
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
    """The comparisons of a search, as (epochs trained so far, trainings that go on).

    The last comparison leaves `best` trainings. Empty where there is nothing to choose or no epoch
    to save.

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
    """Plan a search by successive halving, as far as the finished steps in `home` allow.

    `trainings` are ordered from shallow to deep; each has at most `epochs`. They are compared by
    their best score on validation so far; of equal ones the earlier goes on. A training that
    reaches its end is the same step as in a recipe that names this depth and rate. Source: Jamieson
    and Talwalkar 2016 (arXiv 1502.07943).
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
