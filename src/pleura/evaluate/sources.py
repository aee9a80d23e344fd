"""How well recipes do within each source alone, where a model cannot live on telling sources apart.

A source is a hospital, device or collection: the manifest's column `source`.
"""

from collections.abc import Sequence

import pandas as pd

from pleura.evaluate.intervals import summarise
from pleura.tables import LOGIT

COLUMNS = ["recipe", "source", "classes", "patients", "value", "low", "high"]
FEWEST = 2  # patients of a class, for limits


def by_source(
    predictions: pd.DataFrame, *, fraction: float, level: float = 0.95
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Macro AUROC of every recipe at one fraction within each source, and the sources left out.

    Columns: recipe, source, classes (joined by a comma), patients, value, low, high. Within a
    source only the classes count that have two test patients there in every fold, seed and
    recipe; probabilities are those given these classes. A source with fewer than two such classes
    is left out. Both results are empty unless there are two sources. Raises InputError (see
    `read_cells`).
    """
    test = predictions[(predictions["part"] == "test") & (predictions["fraction"] == fraction)]
    sources = sorted({str(name) for name in test.get("source", ())} - {""})
    rows: list[tuple[object, ...]] = []
    left_out = []
    for source in sources if len(sources) > 1 else ():
        here = test[test["source"] == source]
        classes = _present(here)
        if len(classes) < 2:
            left_out.append(source)
            continue
        absent = {str(c) for c in here.columns if str(c).startswith(LOGIT)}
        absent -= {LOGIT + name for name in classes}
        kept = here[here["label"].isin(classes)].drop(columns=sorted(absent))
        summary = summarise(kept, level=level)
        whole = summary[(summary["metric"] == "auroc") & (summary["class"] == "macro")]
        columns = ["recipe", "patients", "value", "low", "high"]
        for recipe, patients, *limits in whole[columns].itertuples(index=False, name=None):
            rows.append((recipe, source, ", ".join(classes), patients, *limits))
    return pd.DataFrame(rows, columns=COLUMNS), tuple(left_out)


def _present(table: pd.DataFrame) -> Sequence[str]:
    """Classes in the order of the logits that have enough patients in every test part."""
    keys = ["recipe", "seed", "fold"]
    patients = table.groupby([*keys, "label"])["patient"].nunique()
    fewest = patients.unstack("label", fill_value=0).min()
    named = (str(c).removeprefix(LOGIT) for c in table.columns if str(c).startswith(LOGIT))
    return [name for name in named if fewest.get(name, 0) >= FEWEST]
