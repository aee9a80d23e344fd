"""BIMCV-COVID19+ of Valencia: X-rays of patients with covid and what their reports find."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pleura.data.sources.bare_png import read_json_header, text_of, write_shown
from pleura.data.sources.images_table import LEFT_OUT
from pleura.data.sources.layout import files_below, plain_or_packed, read_rows, root_of, years
from pleura.data.sources.reports import UNKNOWN, Report, findings_of, words_of
from pleura.data.sources.source import Row, Source
from pleura.errors import InputError, PleuraError

# Iterations call their table of labels in one of two ways.
LABELS = ("labels_covid_posi.tsv", "labels_covid19_posi.tsv")
XRAYS = "mod-rx"  # the folder of X-rays in that of a session
VIEW = re.compile(r"_vp-([a-z]+)")
NUMBER = re.compile(r"\d+")
DATE, TIME, MODALITY, MAKER = "00080020", "00080030", "00080060", "00080070"
SEX, AGE = "00100040", "00101010"
Session = tuple[str, str]  # of which patient, and its own name


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The X-rays (`mod-rx`) of every session; CT is left out.

    The PNGs hold bare values, and the header beside each says how they are shown (`write_shown`):
    so they are written to `folder/images`, and those are left out of which it does not say it.
    `label` has the findings of the session's report (`reports.findings_of`), and `reported` its
    words as they are.
    """
    root = root_of(files, "participants.tsv", "derivatives/labels")
    people: dict[str, Mapping[str, str]] = {
        row["participant"]: row for row in read_rows(root / "participants.tsv", "\t")
    }
    images = [path for path in files_below(root, ".png") if path.parent.name == XRAYS]
    reports = _reports(root / "derivatives" / "labels", _times(images))
    labels = findings_of(reports)
    for path in images:
        patient, session = _session(path)
        shown = folder / "images" / patient / session / path.name
        try:
            header = read_json_header(path)
            if not shown.exists():
                write_shown(path, header, shown)
        except PleuraError as error:
            yield {"image": path, LEFT_OUT: str(error)}
            continue
        person, view = people.get(patient, {}), VIEW.search(path.name)
        age = NUMBER.search(person.get("age", ""))
        report = reports.get((patient, session))
        yield {
            "image": shown,
            "label": labels.get((patient, session), UNKNOWN),
            "reported": "|".join(report.words) if report else "",
            "patient": patient,
            "view": view[1].upper() if view else "",
            "age": years(text_of(header, AGE)) or (int(age[0]) if age else ""),
            "sex": text_of(header, SEX) or person.get("gender", ""),
            "modality": text_of(header, MODALITY),
            "manufacturer": text_of(header, MAKER),
            "year": text_of(header, DATE)[:4],
            "study": session,
        }


def _session(path: Path) -> Session:
    """The patient and the session of an X-ray, whose names its folders have."""
    return path.parts[-4], path.parts[-3]


def _times(images: Iterable[Path]) -> dict[Session, tuple[str, str]]:
    """The day and the hour of each session of which a header says them."""
    times = {}
    for path in images:
        # Headers are read again later: with their tables of gray, all at once are too large.
        with suppress(PleuraError):
            header = read_json_header(path)
            times[_session(path)] = text_of(header, DATE), text_of(header, TIME)[:6]
    return times


def _reports(folder: Path, times: Mapping[Session, tuple[str, str]]) -> dict[Session, Report]:
    """The reports by session. Raises InputError where their table is not in `folder`."""
    table = next((folder / name for name in LABELS if plain_or_packed(folder / name)), None)
    if table is None:
        raise InputError(f"{folder}: there is neither {LABELS[0]} nor {LABELS[1]}")
    reports = {}
    for row in read_rows(table, "\t"):
        session = row["PatientID"], row["ReportID"]
        day, hour = times.get(session, ("", ""))
        reports[session] = Report(session[0], words_of(row["Labels"]), day, hour)
    return reports


BIMCV_COVID19 = Source(
    name="bimcv-covid19",
    what="X-rays of 1,311 patients with covid, findings of their reports (iterations 1 and 2)",
    archives=(),
    page="https://bimcv.cipf.es/bimcv-projects/bimcv-covid19/",
    licence="BIMCV-COVID19 Dataset Research Use Agreement",
    citation="de la Iglesia-Vaya, Saborit et al.: BIMCV COVID-19+: a large annotated dataset of RX "
    "and CT images from COVID-19 patients. arXiv 2006.01174, 2020",
    access="accept the agreement on its page; unpack the tgz archives of subjects, PNG and JSON, "
    "into the folder of covid19_posi_head.tar.gz, which has participants.tsv and "
    "derivatives/labels",
    note="the images are shown by the headers beside them and written again; a few stand on their "
    "head, and some laterals are called frontal: see what pleura data check says of them",
    rows=rows,
)
