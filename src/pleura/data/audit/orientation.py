"""Images that lie otherwise than the rest of their collection, or are photographic negatives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.audit.gradients import Gradients, inverted, mirrored, turned, upside_down
from pleura.data.audit.held_out import by_fold

# Measured by benchmarks/planted_faults.py, see docs/concepts/audit.md.
SURE = 3.0  # log odds that an image was changed, against those that it was not
TELLING = 0.9  # of all images: how many must be told from the same image changed
PENALTY = 0.3  # scikit-learn's C: the higher it is, the closer is the fit


@dataclass(frozen=True)
class Change:
    """Something that may have been done to an image by mistake, and how it is undone."""

    kind: str
    looks: str
    undo: Callable[[Gradients], Gradients]


CHANGES = (
    Change("inverted", "like a photographic negative", inverted),
    Change("upside down", "mirrored upside down", upside_down),
    Change("turned by half", "turned by half", lambda given: turned(turned(given))),
    Change("turned left", "turned left by a quarter", lambda given: turned(turned(turned(given)))),
    Change("turned right", "turned right by a quarter", turned),
    Change("mirrored", "mirrored left to right (the heart on the other side)", mirrored),
)


def find_misplaced(collection: Collection) -> tuple[Finding, ...]:
    """One finding for each image that looks more like the others once a change is undone.

    Of several changes the likeliest counts. A change that cannot be told in the collection, such as
    mirroring in ultrasound, is not looked for.
    """
    changes = list(CHANGES)
    odds = odds_of_changes(collection, changes, collection.shown)
    judged = np.isfinite(odds[0])
    telling = (odds[:, judged] < 0).mean(axis=1) >= TELLING if judged.any() else np.zeros(0, bool)
    if not telling.any():
        return ()
    # A second fit without what cannot be told, and without images that look changed themselves.
    changes = [change for change, tells in zip(changes, telling, strict=True) if tells]
    sound = odds[telling].max(axis=0) < 0
    odds = odds_of_changes(collection, changes, sound)
    kinds, likely = odds.argmax(axis=0), odds.max(axis=0)
    findings = []
    for row in map(int, np.argsort(-likely, kind="stable")[: (likely > SURE).sum()]):
        change = changes[kinds[row]]
        text = f"{collection.manifest.describe(row)} looks {change.looks}, unlike the rest"
        findings.append(Finding(change.kind, (row,), float(likely[row]), text))
    return tuple(findings)


def odds_of_changes(
    collection: Collection, changes: Sequence[Change], sound: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(changes, n) log odds that each of `changes` was done to an image, against none.

    One linear model of the gradients is fitted that tells how an image lies from how the same image
    lies once it is changed: it needs no image that is known to be wrong, and learns from the images
    that are `sound` (n,). Each image is judged by a model that did not learn from its patient.
    Minus infinity where there is none, and for images that cannot be read or are flat.
    """
    from sklearn.linear_model import LogisticRegression  # slow to import

    given = collection.gradients
    undone = [change.undo(given) for change in changes]
    odds = np.full((len(changes), len(given)), -np.inf)
    rows = np.flatnonzero(collection.shown)
    for others, judged in by_fold(rows, collection.manifest.groups):
        learned = others[sound[others]]
        if not len(learned):
            continue
        apart = [(given[learned] - of[learned]).reshape(len(learned), -1) for of in undone]
        pairs = np.concatenate([*apart, *(-of for of in apart)])
        is_changed = np.repeat((False, True), len(pairs) // 2)
        model = LogisticRegression(C=PENALTY, fit_intercept=False, max_iter=200)
        model.fit(pairs, is_changed)
        for number, of in enumerate(undone):
            apart_judged = (given[judged] - of[judged]).reshape(len(judged), -1)
            odds[number, judged] = model.decision_function(apart_judged)
    return odds
