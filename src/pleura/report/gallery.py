"""The most confident mistakes: the images that a model got wrong with the highest probability."""

import base64
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.report.numbers import at_labels, decimal

SHOWN = 48
PNG = b"\x89PNG\r\n\x1a\n"


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


def read_gallery(folder: Path, mistakes: pd.DataFrame) -> tuple[Mistake, ...]:
    """The 48 most confident mistakes whose PNG lies in `folder`/panels, the most confident first.

    Pictures that are absent, outside the folder or no PNG are left out: a report stands without.
    """
    if mistakes.empty:
        return ()
    panels = (folder / "panels").resolve()
    found: list[Mistake] = []
    for _, row in mistakes.sort_values("probability", ascending=False, kind="stable").iterrows():
        path = (panels / Path(row["file"]).name).resolve()
        if len(found) == SHOWN or path.parent != panels or not path.is_file():
            continue
        content = path.read_bytes()
        if not content.startswith(PNG):
            continue
        found.append(
            Mistake(
                picture="data:image/png;base64," + base64.b64encode(content).decode(),
                label=row["label"],
                predicted=row["predicted"],
                probability=decimal(row["probability"]),
                where=f"{row['recipe']}, {at_labels(row['fraction'])}, seed {row['seed']}",
                image=row["image"].rsplit("/", 1)[-1],
                patient=row["patient"],
            )
        )
    return tuple(found)
