"""PadChest of Alicante: 174 findings out of Spanish reports (Bustos 2020)."""

from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.layout import by_name, read_rows, root_of
from pleura.data.sources.reports import Report, findings_of, words_of
from pleura.data.sources.source import Row, Source

TABLE = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The images of the table; `label` has the findings of an image (`reports.findings_of`), and
    `reported` the words of its report as they are. The age is that in the year of the image."""
    root = root_of(files, TABLE)
    images = by_name(root, ".png")
    table = list(read_rows(root / TABLE))
    labels = findings_of(
        {
            row["ImageID"]: Report(
                row["PatientID"], words_of(row["Labels"]), row["StudyDate_DICOM"].split(".")[0]
            )
            for row in table
        }
    )
    for row in table:
        name = row["ImageID"]
        born, taken = row["PatientBirth"].split(".")[0], row["StudyDate_DICOM"][:4]
        known = born.isdecimal() and taken.isdecimal()
        yield {
            "image": images.get(name, root / row["ImageDir"] / name),
            "label": labels[name],
            "reported": "|".join(words_of(row["Labels"])),
            "patient": row["PatientID"],
            "view": row["Projection"],
            "age": int(taken) - int(born) if known else "",
            "sex": row["PatientSex_DICOM"],
            "study": row["StudyID"],
            "year": taken if taken.isdecimal() else "",
            "manufacturer": row.get("Manufacturer_DICOM", ""),
            "photometric": row.get("PhotometricInterpretation_DICOM", ""),
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
    note="column photometric says MONOCHROME1 of images that may be negatives: look at some before "
    "a study, or take the others alone, where: {photometric: MONOCHROME2}",
    rows=rows,
)
