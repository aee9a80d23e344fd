"""CheXpert of Stanford: 14 findings out of reports, with what they are unsure of (Irvin 2019)."""

import re
from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import plain_or_packed, read_rows, root_of, years
from pleura.data.sources.source import Row, Source

FINDINGS = (
    *("No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion"),
    *("Edema", "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion"),
    *("Pleural Other", "Fracture", "Support Devices"),
)
PATIENT = re.compile(r"patient\d+")


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The images of `train.csv` and, as `valid`, of `valid.csv`. Findings are 1, 0, -1 where the
    report is unsure, and empty where it says nothing."""
    root = root_of(files, "train.csv")
    for part in ("train", "valid"):
        if plain_or_packed(root / f"{part}.csv") is None:
            continue
        for row in read_rows(root / f"{part}.csv"):
            # CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg, whatever its start.
            path = row["Path"].rpartition(f"{part}/")[2]
            patient = PATIENT.search(row["Path"])
            lateral = row["Frontal/Lateral"] == "Lateral"
            yield {
                "image": root / part / path,
                **{name: _whole(row.get(name, "")) for name in FINDINGS},
                "patient": patient[0] if patient else "",
                "split": part,
                "view": "lateral" if lateral else row["AP/PA"],
                "age": years(row["Age"]),
                "sex": row["Sex"],
            }


def _whole(cell: str) -> str:
    """`1.0` as `1`."""
    return cell.removesuffix(".0")


CHEXPERT = Source(
    name="chexpert",
    what="224,316 chest X-rays of 65,240 adults, 14 findings with doubt; validation part",
    images=224_316,
    archives=(),
    page="https://stanfordmlgroup.github.io/competitions/chexpert/",
    licence="Stanford University Dataset Research Use Agreement: no commercial use, not passed on",
    citation="Irvin, Rajpurkar et al.: CheXpert: A Large Chest Radiograph Dataset with Uncertainty "
    "Labels and Expert Comparison. AAAI 2019, arXiv 1901.07031",
    access="register and accept the agreement on its page; either size is read: the folder with "
    "train.csv and valid.csv (CheXpert-v1.0 or CheXpert-v1.0-small)",
    rows=rows,
    labels=FINDINGS,
)
