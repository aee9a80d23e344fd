"""PadChest of Alicante: 174 findings out of Spanish reports (Bustos 2020)."""

import re
from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import by_name, read_rows, root_of
from pleura.data.sources.source import Row, Source

TABLE = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"
QUOTED = re.compile(r"'([^']*)'")


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The images of the table; `label` has the findings of an image with `|` between them, and is
    `unlabelled` where the table says nothing. The age is that in the year of the image."""
    root = root_of(files, TABLE)
    images = by_name(root, ".png")
    for row in read_rows(root / TABLE):
        name = row["ImageID"]
        found = dict.fromkeys(word.strip() for word in QUOTED.findall(row["Labels"]))
        born, taken = row["PatientBirth"].split(".")[0], row["StudyDate_DICOM"][:4]
        known = born.isdecimal() and taken.isdecimal()
        yield {
            "image": images.get(name, root / row["ImageDir"] / name),
            "label": "|".join(filter(None, found)) or "unlabelled",
            "patient": row["PatientID"],
            "view": row["Projection"],
            "age": int(taken) - int(born) if known else "",
            "sex": row["PatientSex_DICOM"],
            "study": row["StudyID"],
            "labelled_by": row["MethodLabel"],
        }


PADCHEST = Source(
    name="padchest",
    what="160,868 chest X-rays of 67,000 patients, 174 findings, of a quarter by physicians",
    images=160_868,
    archives=(),
    page="https://bimcv.cipf.es/bimcv-projects/padchest/",
    licence="PadChest Dataset Research Use Agreement: research only, not passed on",
    citation="Bustos, Pertusa, Salinas, de la Iglesia-Vaya: PadChest: A large chest x-ray image "
    "dataset with multi-label annotated reports. Medical Image Analysis 66, 2020",
    access="accept the agreement on its page; unpack the zip files of images beside "
    f"{TABLE}; some of them will do",
    rows=rows,
)
