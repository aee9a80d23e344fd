"""Classes and parts by the folders in which images lie."""

from collections.abc import Sequence
from pathlib import Path

from pleura.data.names import composed
from pleura.data.tables import depth_of_classes
from pleura.errors import InputError
from pleura.wording import first_few

# What the class of those is called who have nothing.
WELL = ("normal", "healthy", "none", "negative", "control", "nofinding", "well")
MANY = 20  # labels, beyond which folders may be something else than classes


def labels_of_folders(
    folder: Path, paths: Sequence[Path], patients: Sequence[str]
) -> tuple[list[dict[str, str]], str]:
    """The label of each image, and its part of a split, by the folders in which images lie, as of a
    folder for each class; and a sentence that says so.

    There are no labels where all images lie in one folder, or where each folder is of one patient.
    """
    try:
        depth = depth_of_classes(folder, paths)
    except InputError:
        depth = 0
    labels = [composed(path.parts[depth]) if len(path.parts) > depth + 1 else "" for path in paths]
    classes = sorted({*labels} - {""})
    if len(classes) < 2:
        return [{} for _ in paths], "no labels: no folders hold classes; add a column label"
    pairs = {(label, who) for label, who in zip(labels, patients, strict=True) if label}
    if len(pairs) == len(classes) and all(who for _, who in pairs):
        why = "each folder holds one patient, so its name is no class; add a column label"
        return [{} for _ in paths], f"no labels: {why}"
    told = f"labels by folders: {first_few(classes, MANY)}"
    if len(classes) > MANY:
        told += f"; {len(classes):,} classes are many: if folders hold patients, say so"
    if any(len(path.parts) > depth + 2 for path in paths):
        told += (
            "; folders below say nothing unless --folders '{source}/{label}' gives each a meaning"
        )
    if depth:
        told += f"; parts by folders: {first_few(sorted({path.parts[0] for path in paths}))}"
    part_of = [{"split": path.parts[0]} if depth else {} for path in paths]
    return [{"label": label, **part} for label, part in zip(labels, part_of, strict=True)], told
