"""How many test patients bear each class, and which metrics hang on those of single classes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pleura.evaluate.metric import Metric
from pleura.evaluate.predicted_runs import knowns, labels_of, positives, whose
from pleura.evaluate.subgroups import FEWEST
from pleura.wording import absence

IN_ALL = ""  # what stands for all patients among classes
EVERYBODY = "all"  # bear a metric that does not hang on single classes; see `bearing`


def patients_by_class(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, int]:
    """The test patients of each class, with and without each finding, in a table of predictions of
    these `classes`; of several runs each patient counts once."""
    test = table[table["part"] == "test"]
    labels, patients = labels_of(test, classes), whose(test)
    there, known = positives(labels, len(classes)), knowns(labels, len(classes))
    sides = [(name, there[:, at]) for at, name in enumerate(classes)]
    if labels.ndim == 2:
        absent = known & ~there
        sides += [(absence(name), absent[:, at]) for at, name in enumerate(classes)]
    return {name: len(np.unique(patients[of])) for name, of in sides}


def scarce_of(patients: Mapping[str, int], fewest: int = FEWEST) -> dict[str, int]:
    """The classes of fewer `patients` than `fewest`, the scarcest first; where there are fewer than
    `FEWEST` `IN_ALL`, these alone, since no class has more."""
    if patients.get(IN_ALL, FEWEST) < FEWEST:
        return {IN_ALL: patients[IN_ALL]}
    few = {name: its for name, its in patients.items() if its < fewest and name != IN_ALL}
    return dict(sorted(few.items(), key=lambda each: each[1]))


def hangs_on_classes(metric: Metric) -> bool:
    """Whether a metric over all classes hangs on the patients of each single one."""
    return getattr(metric, "borne_by", EVERYBODY) != EVERYBODY
