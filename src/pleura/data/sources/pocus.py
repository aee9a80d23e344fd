"""POCUS, clips and stills of lung ultrasound out of publications (Born et al. 2021)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pleura.data.names import name_key
from pleura.data.sources.images_table import LEFT_OUT
from pleura.data.sources.layout import files_below, read_rows, root_of, years
from pleura.data.sources.pocus_files import files_of, folded
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
HEALTHY = "Healthy"  # the column beside these that says that nothing is seen
SEXES = {"w": "F", "f": "F", "m": "M"}
ENDINGS = (".mp4", ".mov", ".avi", ".mpeg", ".mpg", ".gif", ".jpg", ".jpeg", ".png")
UNCERTAIN = "label_uncertain"  # the folder of clips whose label the authors call not clear


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """One row a clip or still of the metadata; those without a file in `pocus_videos` or
    `pocus_images` are only counted.

    `label_uncertain` is 1 where the clip lies in the folder of that name, or should by the table,
    and where its name says that the pneumonia may be another one. Flags are 1 or 0, and empty where
    nobody has looked: where all are 0, `Healthy` too. Where no patient is known, all clips and
    stills of one of its sources count as those of one.
    """
    root = root_of(files, "dataset_metadata.csv", "pocus_videos")
    places = [root / name for name in ("pocus_videos", "pocus_images") if (root / name).is_dir()]
    there = [path.relative_to(root) for place in places for path in files_below(place, *ENDINGS)]
    table = list(read_rows(root / "dataset_metadata.csv"))
    found = files_of(table, there)
    alike = {folded(path.stem) for path in there}
    videos = _names(found)
    for row, path in zip(table, found, strict=True):
        location, name, label = row["Current location"], row["Filename"], row["Label"]
        if path is None:
            unclear = folded(name) in alike
            reason = {LEFT_OUT: "no file is clearly its own by its name"} if unclear else {}
            yield {"image": root / location / name, **reason}
            continue
        uncertain = UNCERTAIN in (*path.parts, *location.split("/")) or "_or_" in path.stem
        yield {
            "image": root / path,
            "video": videos[path],
            "patient": _patient(row) or videos[path],
            "label": LABELS.get(label.casefold(), label),
            "label_uncertain": int(uncertain),
            "probe": row["Probe"].casefold(),
            "kind": row["Type"].casefold(),
            **_flags(row),
            "severity": row["Lung Severity Score"],
            "age": years(row["Age"]),
            "sex": SEXES.get(row["Gender"].casefold(), ""),
            "licence": row["License"],
            "url": row["URL (Video Name)"],
        }


def _names(files: Iterable[Path | None]) -> dict[Path, str]:
    """What each clip is called: as its file, and with a number where names would be the same."""
    names: dict[Path, str] = {}
    times: Counter[str] = Counter()
    for path in sorted(path for path in files if path):
        name = path.stem.strip()
        times[name_key(name)] += 1
        number = times[name_key(name)]
        names[path] = name if number == 1 else f"{name} ({number})"
    return names


def _patient(row: Mapping[str, str]) -> str:
    """The patient, or where none is known the source, "" where that is not known either."""
    source = row["Source ID"].removesuffix(".0")
    return row["Patient ID / Name"].removesuffix(".0") or (source and f"source {source}")


def _flags(row: Mapping[str, str]) -> dict[str, str]:
    """What is seen, by our names of it: 1, 0, or "" where nobody has looked."""
    cells = {name: row[column] for name, column in FLAGS.items()}
    if {*cells.values(), row[HEALTHY]} == {"0"}:
        return dict.fromkeys(cells, "")
    return {name: cell if cell in ("0", "1") else "" for name, cell in cells.items()}


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
