"""BIMCV-COVID19+ of Valencia: X-rays of patients with covid and what their reports find."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pleura.data.sources.layout import files_below, read_rows, root_of
from pleura.data.sources.source import Row, Source

LABELS = Path("derivatives", "labels", "labels_covid19_posi.tsv")
QUOTED = re.compile(r"'([^']*)'")
VIEW = re.compile(r"_vp-([a-z]+)")
NUMBER = re.compile(r"\d+")


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The X-rays (`mod-rx`) of every session; CT is left out. `label` has the findings of the
    session's report with `|` between them, and is `unlabelled` where there is none."""
    root = root_of(files, "participants.tsv", str(LABELS))
    people: dict[str, Mapping[str, str]] = {
        row["participant"]: row for row in read_rows(root / "participants.tsv", "\t")
    }
    found = {
        (row["PatientID"], row["ReportID"]): QUOTED.findall(row["Labels"])
        for row in read_rows(root / LABELS, "\t")
    }
    for path in files_below(root, ".png"):
        patient, session, kind = path.parts[-4:-1]
        if kind != "mod-rx":
            continue
        words = dict.fromkeys(word.strip() for word in found.get((patient, session), ()))
        person, view = people.get(patient, {}), VIEW.search(path.name)
        age = NUMBER.search(person.get("age", ""))
        yield {
            "image": path,
            "label": "|".join(filter(None, words)) or "unlabelled",
            "patient": patient,
            "view": view[1].upper() if view else "",
            "age": int(age[0]) if age else "",
            "sex": person.get("gender", ""),
            "study": session,
        }


BIMCV_COVID19 = Source(
    name="bimcv-covid19",
    what="X-rays of 1,311 patients with covid, findings of their reports (iterations 1 and 2)",
    archives=(),
    page="https://bimcv.cipf.es/bimcv-projects/bimcv-covid19/",
    licence="BIMCV-COVID19 Dataset Research Use Agreement",
    citation="de la Iglesia-Vaya, Saborit et al.: BIMCV COVID-19+: a large annotated dataset of RX "
    "and CT images from COVID-19 patients. arXiv 2006.01174, 2020",
    access="accept the agreement on its page; unpack the tgz archives of subjects into the folder "
    "of covid19_posi_head.tar.gz, which has participants.tsv and derivatives/labels",
    rows=rows,
)
