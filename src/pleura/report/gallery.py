"""The most confident mistakes: the images that a model got wrong with the highest probability."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.report.embedded import embedded
from pleura.report.numbers import at_labels, decimal

SHOWN = 48


@dataclass(frozen=True)
class Mistake:
    """One picture with what was true, what was said, and how surely."""

    picture: str  # a data: address
    label: str
    predicted: str
    probability: str
    where: str
    image: str
    patient: str


def read_gallery(
    folder: Path, mistakes: pd.DataFrame, *, hide_names: bool = False
) -> tuple[Mistake, ...]:
    """The 48 most confident mistakes whose PNG lies in `folder`/panels, the most confident first.

    With `hide_names`, `image` and `patient` are empty. Pictures that are absent, outside the folder
    or no PNG are left out: a report stands without.
    """
    if mistakes.empty:
        return ()
    found: list[Mistake] = []
    for _, row in mistakes.sort_values("probability", ascending=False, kind="stable").iterrows():
        if len(found) == SHOWN:
            break
        picture = embedded(folder, Path(row["file"]).name, "png")
        if not picture:
            continue
        found.append(
            Mistake(
                picture=picture,
                label=row["label"],
                predicted=row["predicted"],
                probability=decimal(row["probability"]),
                where=f"{row['recipe']}, {at_labels(row['fraction'])}, seed {row['seed']}",
                image="" if hide_names else row["image"].rsplit("/", 1)[-1],
                patient="" if hide_names else row["patient"],
            )
        )
    return tuple(found)
