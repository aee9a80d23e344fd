"""POCUS, clips and stills of lung ultrasound out of publications (Born et al. 2021)."""

from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import files_below, read_rows, root_of, years
from pleura.data.sources.source import Archive, Row, Source

LABELS = {
    "covid-19": "covid",
    "regular": "normal",
    "bacterial pneumonia": "bacterial_pneumonia",
    "viral pneumonia": "viral_pneumonia",
}
FLAGS = {
    "a_lines": "A-lines",
    "b_lines": "B-lines",
    "pleural_irregular": "Pleural line irregularities",
    "consolidation": "Consolidations",
    "effusion": "Effusion",
    "air_bronchogram": "Air bronchogram",
}
SEXES = {"w": "F", "f": "F", "m": "M"}
ENDINGS = (".mp4", ".mov", ".avi", ".mpeg", ".mpg", ".gif", ".jpg", ".jpeg", ".png")


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """One row a clip or still of the metadata that lies in `pocus_videos` or `pocus_images`.

    `label_uncertain` is 1 where the file's name says that the pneumonia may be another one. Flags
    are 1, 0, or empty where nobody has looked.
    """
    root = root_of(files, "dataset_metadata.csv", "pocus_videos")
    places = [root / name for name in ("pocus_videos", "pocus_images") if (root / name).is_dir()]
    there = {
        path.stem.casefold(): path for place in places for path in files_below(place, *ENDINGS)
    }
    for row in read_rows(root / "dataset_metadata.csv"):
        path = there.get(row["Filename"].casefold())
        if path is None:
            continue
        label, video = row["Label"], path.stem
        yield {
            "image": path,
            "video": video,
            "patient": row["Patient ID / Name"].removesuffix(".0") or video,
            "label": LABELS.get(label.casefold(), label),
            "label_uncertain": int("_or_" in video),
            "probe": row["Probe"].casefold(),
            "kind": row["Type"].casefold(),
            **{name: _flag(row[column]) for name, column in FLAGS.items()},
            "severity": row["Lung Severity Score"],
            "age": years(row["Age"]),
            "sex": SEXES.get(row["Gender"].casefold(), ""),
            "licence": row["License"],
            "url": row["URL (Video Name)"],
        }


def _flag(cell: str) -> str:
    return cell if cell in ("0", "1") else ""


POCUS = Source(
    name="pocus",
    what="some 200 clips and 60 stills of lung ultrasound: normal, pneumonia, covid",
    archives=(
        Archive(
            "https://github.com/jannisborn/covid19_ultrasound/archive/refs/heads/master.zip",
            file="covid19_ultrasound.zip",
        ),
    ),
    page="https://github.com/jannisborn/covid19_ultrasound",
    licence="by item, column licence: CC BY, CC BY-NC, some with none",
    citation="Born, Wiedemann, Cossio et al.: Accelerating Detection of Lung Pathologies with "
    "Explainable Ultrasound Image Analysis. Applied Sciences 11(2), 672, 2021",
    rows=rows,
)
