"""COVID-BLUES, lung ultrasound at six points of patients who may have covid (Wiedemann 2025)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pleura.data.sources.layout import by_name, read_rows, root_of, years
from pleura.data.sources.source import Archive, Row, Source

NAME = re.compile(r"patient_(\d+)_([LR]\d)")
SAID = {"yes": "1", "no": "0"}


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """One row a clip: whether the patient's test was positive, and what was seen in the clip."""
    root = root_of(files, "clinical_variables.csv", "severity.csv", "lus_videos")
    people: dict[str, Mapping[str, str]] = {
        row["patient_id"]: row for row in read_rows(root / "clinical_variables.csv")
    }
    seen: dict[str, Mapping[str, str]] = {
        row["video_file"]: row for row in read_rows(root / "severity.csv")
    }
    for path in by_name(root / "lus_videos", ".mp4").values():
        name = NAME.match(path.stem)
        if name is None:
            continue
        person, clip = people.get(name[1], {}), seen.get(path.stem, {})
        yield {
            "image": path,
            "video": path.stem,
            "patient": name[1],
            "label": {"1": "covid", "0": "no covid"}.get(person.get("cov_test", ""), "unknown"),
            "point": name[2],
            "severity": clip.get("Severity Score", "").removesuffix(".0"),
            "a_lines": SAID.get(clip.get("A-lines", ""), ""),
            "b_lines": SAID.get(clip.get("B-lines", ""), ""),
            "probe": "convex",
            "age": years(person.get("pat_age", "")),
            "sex": {"1.0": "M", "0.0": "F"}.get(person.get("pat_sex", ""), ""),
        }


COVID_BLUES = Source(
    name="covid-blues",
    what="362 clips of lung ultrasound of 63 patients, 33 with covid; severity, A- and B-lines",
    images=362,
    archives=(
        Archive(
            "https://github.com/NinaWie/COVID-BLUES/archive/refs/heads/main.zip",
            file="COVID-BLUES.zip",
        ),
    ),
    page="https://github.com/NinaWie/COVID-BLUES",
    licence="CC BY-NC-ND 4.0 (see its page, which once said CC BY-ND 4.0)",
    citation="Wiedemann, de Korte-de Boer, Richter et al.: COVID-BLUES - A Prospective Study on "
    "the Value of AI in Lung Ultrasound Analysis. IEEE JBHI, 2025, doi 10.1109/JBHI.2025.3543686",
    rows=rows,
)
