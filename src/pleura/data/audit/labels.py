"""Images whose label is very unlikely to a simple model that did not learn from their patient."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.audit.held_out import by_fold
from pleura.wording import absence

# Measured by benchmarks/planted_faults.py, see docs/concepts/audit.md.
UNLIKELY = 0.01  # probability of an image's own label
PENALTY = 0.01  # scikit-learn's C of standardised features; a looser fit is surer than it is right

Labels = NDArray[np.int64]


def find_mislabelled(collection: Collection) -> tuple[Finding, ...]:
    """One finding for each image whose own class has a probability below `UNLIKELY` and another one
    that images of that class have on average (confident learning: Northcutt et al., 2021, JAIR 70).

    Of findings, each is looked at by itself, where it is known. A number is not looked at, and
    labels that only stratify are not either.
    """
    findings = []
    for names, rows, labels in _questions(collection):
        probabilities = probabilities_of(collection, rows, labels, len(names))
        for at, other, own in suspects(labels, probabilities):
            row = int(rows[at])
            text = (
                f"{collection.manifest.describe(row)} is labelled {names[labels[at]]} but looks "
                f"like {names[other]} (probability of its label {own:.2%})"
            )
            findings.append(Finding("doubtful label", (row,), 1 - own, text))
    return tuple(sorted(findings, key=lambda finding: -finding.score))


def probabilities_of(
    collection: Collection, rows: NDArray[np.int64], labels: Labels, classes: int
) -> NDArray[np.float64]:
    """(len(rows), classes) of logistic regression on the gradients of the collection, by models
    that did not learn from the image's patient; NaN where there are too few patients. Each patient
    counts once, however many images he or she has."""
    from sklearn.linear_model import LogisticRegression  # slow to import
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    groups = collection.manifest.groups
    flat = collection.gradients.reshape(len(collection), -1)
    label_of = dict(zip(rows.tolist(), labels.tolist(), strict=True))
    place = {row: at for at, row in enumerate(rows.tolist())}
    probabilities = np.full((len(rows), classes), np.nan)
    for learned, judged in by_fold(rows, groups):
        known = np.array([label_of[row] for row in learned.tolist()])
        if len(set(known.tolist())) < 2:
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=500))
        of_patient = np.unique(groups[learned], return_inverse=True, return_counts=True)
        weights = 1 / of_patient[2][of_patient[1]]
        model.fit(flat[learned], known, logisticregression__sample_weight=weights)
        at = np.array([place[row] for row in judged.tolist()])
        probabilities[at] = 0
        probabilities[np.ix_(at, model.classes_)] = model.predict_proba(flat[judged])
    return probabilities


def suspects(
    labels: Labels, probabilities: NDArray[np.float64]
) -> Iterator[tuple[int, int, float]]:
    """Position, likelier class and probability of the own class of each doubtful label."""
    own = probabilities[np.arange(len(labels)), labels]
    classes = range(probabilities.shape[1])
    of_class = [probabilities[labels == number, number] for number in classes]
    usual = np.array([np.nanmean(of) if np.isfinite(of).any() else np.inf for of in of_class])
    for at in map(int, np.flatnonzero(own < UNLIKELY)):
        other = int(probabilities[at].argmax())
        if probabilities[at, other] >= usual[other]:
            yield at, other, float(own[at])


def _questions(
    collection: Collection,
) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64], Labels]]:
    """The names of the classes, the rows of images whose class is known, and their classes: once
    for classes, and for each of several findings."""
    manifest = collection.by_label
    seen = collection.shown
    if not manifest.labelled or manifest.number:
        return
    if not manifest.has_findings:
        rows = np.flatnonzero(seen & (manifest.single_labels >= 0))
        yield manifest.classes, rows, manifest.single_labels[rows]
        return
    for number, name in enumerate(manifest.classes):
        of_name = manifest.labels[:, number]
        rows = np.flatnonzero(seen & (of_name >= 0))
        yield (absence(name), name), rows, of_name[rows].astype(np.int64)
