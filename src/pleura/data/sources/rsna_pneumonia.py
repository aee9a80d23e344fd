"""The RSNA Pneumonia Detection Challenge 2018: DICOM, opacities marked by radiologists."""

from collections.abc import Iterator
from pathlib import Path

from pleura.data.sources.images_table import LEFT_OUT
from pleura.data.sources.layout import read_json, read_rows, root_of, whole_years
from pleura.data.sources.source import Row, Source
from pleura.errors import InputError

IMAGES, CLASSES = "stage_2_train_images", "stage_2_detailed_class_info.csv"
MAPPING = "pneumonia-challenge-dataset-mappings_2018.json"
ADDRESS = f"https://s3.amazonaws.com/east1.public.rsna.org/AI/2018/{MAPPING}"
LABELS = {
    "Normal": "normal",
    "Lung Opacity": "opacity",
    "No Lung Opacity / Not Normal": "other",
}


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """The labelled images, one row each. What the DICOM header tells of view, age and sex is read.

    The images are of ChestX-ray14, whose patients have several. Where the table that RSNA publishes
    of this is there, the patient is that of ChestX-ray14; else every image counts as one. Damaged
    files are left out.
    """
    from pleura.data.readers.dicom.described import describe_file

    root = root_of(files, CLASSES, IMAGES)
    mapping = root / MAPPING
    try:
        known = read_json(mapping) if mapping.exists() else []
        patients = {each["subset_img_id"]: each["img_id"].split("_")[0] for each in known}
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"{mapping}: does not tell which image is of whom; get it again"
        ) from error
    class_of = {row["patientId"]: row["class"] for row in read_rows(root / CLASSES)}
    for name, label in class_of.items():
        path = root / IMAGES / f"{name}.dcm"
        try:
            header = describe_file(path, "rsna-pneumonia") if path.exists() else None
        except InputError:
            yield {"image": path, LEFT_OUT: "damaged header"}
            continue
        yield {
            "image": path,
            "label": LABELS.get(label, label),
            "patient": patients.get(name, name),
            "view": header.view if header else "",
            "age": whole_years(header.age) if header else "",
            "sex": header.sex if header else "",
        }


RSNA_PNEUMONIA = Source(
    name="rsna-pneumonia",
    what="26,684 labelled chest X-rays (DICOM): normal, opacity, other",
    images=26_684,
    archives=(),
    page="https://www.kaggle.com/c/rsna-pneumonia-detection-challenge",
    licence="the challenge's rules: non-commercial and academic use, cite RSNA and NIH",
    citation="Shih, Wu, Halabi et al.: Augmenting the National Institutes of Health Chest "
    "Radiograph Dataset with Expert Annotations of Possible Pneumonia. Radiology: AI 1(1), 2019",
    access="with an account of Kaggle, and the rules accepted: kaggle competitions download -c "
    "rsna-pneumonia-detection-challenge, then unzip; put beside it what tells the patients, "
    f"{ADDRESS}",
    patients=f"Put {ADDRESS} beside the tables, and patients are those of ChestX-ray14.",
    rows=rows,
)
