"""MIMIC-CXR-JPG of Boston: 14 findings out of reports, official parts (Johnson 2019)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pleura.data.sources.chexpert import FINDINGS
from pleura.data.sources.layout import read_rows, root_of
from pleura.data.sources.source import Row, Source
from pleura.errors import InputError
from pleura.wording import count

TABLES = [f"mimic-cxr-2.0.0-{name}.csv" for name in ("metadata", "chexpert", "split")]
PARTS = {"validate": "validation"}


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The images of the metadata, with the findings of their study (1, 0, -1 where the report is
    unsure, empty where it says nothing) and the official part."""
    root = root_of(files, *TABLES, "files")
    metadata, chexpert, split = (root / name for name in TABLES)
    of_study: dict[tuple[str, str], Mapping[str, str]] = {
        (row["subject_id"], row["study_id"]): row for row in read_rows(chexpert)
    }
    part_of = {row["dicom_id"]: row["split"] for row in read_rows(split)}
    listed = list(read_rows(metadata))
    without = sum(row["dicom_id"] not in part_of for row in listed)
    if without:
        raise InputError(
            f"{split}: names no part of {count(without, 'image')} of the metadata; its authors "
            "name one of every image, so it may be cut off: get it again"
        )
    for row in listed:
        patient, study, name = row["subject_id"], row["study_id"], row["dicom_id"]
        found = of_study.get((patient, study), {})
        part = part_of[name]
        place = root / "files" / f"p{patient[:2]}" / f"p{patient}" / f"s{study}"
        yield {
            "image": place / f"{name}.jpg",
            **{finding: found.get(finding, "").removesuffix(".0") for finding in FINDINGS},
            "patient": patient,
            "split": PARTS.get(part, part),
            "view": row["ViewPosition"],
            "study": study,
        }


MIMIC_CXR_JPG = Source(
    name="mimic-cxr-jpg",
    what="377,110 chest X-rays of 65,379 patients, 14 findings with doubt; train, validation, test",
    images=377_110,
    archives=(),
    page="https://physionet.org/content/mimic-cxr-jpg/",
    licence="PhysioNet Credentialed Health Data License 1.5.0: credentialed users, not passed on",
    citation="Johnson, Pollard, Greenbaum et al.: MIMIC-CXR-JPG, a large publicly available "
    "database of labeled chest radiographs. arXiv 1901.07042, 2019",
    access="become a credentialed user of PhysioNet (training, agreement), then get the tables "
    "mimic-cxr-2.0.0-*.csv.gz and files/ from its page; a part of files/ will do",
    rows=rows,
    labels=FINDINGS,
)
