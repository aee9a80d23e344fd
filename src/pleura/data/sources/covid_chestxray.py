"""Chest X-rays of covid and other pneumonias out of publications (Cohen et al. 2020)."""

from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import read_rows, root_of, years
from pleura.data.sources.source import Archive, Row, Source

# What a diagnosis is called, by the most telling of its words: Pneumonia/Viral/COVID-19.
LABELS = {
    "COVID-19": "covid",
    "Bacterial": "bacterial",
    "Viral": "viral",
    "No Finding": "normal",
    "todo": "unknown",
    "Unknown": "unknown",
}


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The X-rays of `metadata.csv`; its CT images are left out. What is neither covid, bacterial,
    viral nor normal is `other`, what is not known yet `unknown`."""
    root = root_of(files, "metadata.csv", "images")
    for row in read_rows(root / "metadata.csv"):
        if row.get("modality", "X-ray") != "X-ray":
            continue
        words = [word.strip() for part in row["finding"].split("/") for word in part.split(",")]
        yield {
            "image": root / (row.get("folder") or "images") / row["filename"],
            "label": next((LABELS[word] for word in LABELS if word in words), "other"),
            "finding": row["finding"],
            "patient": row["patientid"],
            "view": row["view"],
            "age": years(row["age"]),
            "sex": row["sex"],
            "source": "ieee8023/covid-chestxray-dataset",
            "licence": row["license"],
            "url": row["url"],
        }


COVID_CHESTXRAY = Source(
    name="covid-chestxray",
    what="chest X-rays of covid and other pneumonias, mostly of adults, out of publications",
    archives=(
        Archive(
            "https://github.com/ieee8023/covid-chestxray-dataset/archive/refs/heads/master.zip",
            file="covid-chestxray-dataset.zip",
        ),
    ),
    page="https://github.com/ieee8023/covid-chestxray-dataset",
    licence="by image, column licence; empty where it is not known",
    citation="Cohen, Morrison, Dao, Roth, Duong, Ghassemi: COVID-19 Image Data Collection: "
    "Prospective Predictions Are the Future. arXiv 2006.11988, 2020",
    rows=rows,
)
