"""Small made-up copies of public sources, laid out as their authors publish them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.dicom_files import write as write_dicom
from PIL import Image
from tests.data.sources.bimcv import bimcv_covid19
from tests.data.sources.made import image, images, table, text
from tests.data.sources.ultrasound import covid_blues, pocus

from pleura.data.sources.jsrt import SIDE

Build = Callable[[Path], None]


def kermany(folder: Path) -> None:
    images(
        folder / "ChestXRay2017" / "chest_xray",
        "train/PNEUMONIA/person1_virus_6.jpeg",
        "train/PNEUMONIA/person1_bacteria_2.jpeg",
        "train/NORMAL/IM-0115-0001.jpeg",
        "train/NORMAL/NORMAL2-IM-0383-0001.jpeg",
        "test/PNEUMONIA/person1_virus_7.jpeg",
        "test/NORMAL/IM-0001-0001.jpeg",
    )
    images(folder / "ChestXRay2017" / "__MACOSX", "train/._x.jpeg")


def covid_chestxray(folder: Path) -> None:
    root = folder / "covid-chestxray-dataset" / "covid-chestxray-dataset-master"
    found = {
        "a.jpg": ("Pneumonia/Viral/COVID-19", "X-ray", "PA"),
        "b.png": ("Pneumonia/Bacterial/Streptococcus", "X-ray", "AP Supine"),
        "c.jpg": ("No Finding", "X-ray", "L"),
        "d.jpg": ("Tuberculosis", "X-ray", "PA"),
        "e.jpg": ("todo", "X-ray", "PA"),
        "f.jpg": ("Pneumonia/Viral/COVID-19", "CT", "Axial"),
    }
    images(root / "images", *found)
    rows = [
        {
            "patientid": str(number // 2),
            "offset": "3",
            "sex": "F",
            "age": "65.0",
            "finding": finding,
            "view": view,
            "modality": kind,
            "folder": "images",
            "filename": name,
            "url": "http://x/a,b",
            "license": "CC BY",
        }
        for number, (name, (finding, kind, view)) in enumerate(found.items())
    ]
    table(root / "metadata.csv", rows)


def chestxray14(folder: Path) -> None:
    found = {
        "00000001_000.png": "Cardiomegaly|Effusion",
        "00000001_001.png": "No Finding",
        "00000002_000.png": "Hernia",
    }
    images(folder / "images_001" / "images", *list(found)[:2])
    images(folder / "images_012" / "images", *list(found)[2:])
    rows = [
        {
            "Image Index": name,
            "Finding Labels": label,
            "Follow-up #": "0",
            "Patient ID": str(int(name[:8])),
            "Patient Age": "058Y",
            "Patient Gender": "M",
            "View Position": "PA",
            "OriginalImage[Width": "2682",
            "Height]": "2749",
        }
        for name, label in found.items()
    ]
    table(folder / "Data_Entry_2017_v2020.csv", rows)
    text(folder / "test_list.txt", "00000002_000.png")


def chexpert(folder: Path) -> None:
    root = folder / "CheXpert-v1.0-small"
    for part, name in (
        ("train", "patient00001/study1/view1_frontal.jpg"),
        ("train", "patient00001/study1/view2_lateral.jpg"),
        ("valid", "patient64541/study1/view1_frontal.jpg"),
    ):
        image(root / part / name)
    row = {
        "Path": "CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg",
        "Sex": "Female",
        "Age": "68",
        "Frontal/Lateral": "Frontal",
        "AP/PA": "AP",
        "No Finding": "1.0",
        "Cardiomegaly": "",
        "Edema": "-1.0",
        "Fracture": "0.0",
    }
    lateral = {"Path": row["Path"].replace("1_frontal", "2_lateral"), "Frontal/Lateral": "Lateral"}
    table(root / "train.csv", [row, {**row, **lateral, "AP/PA": ""}])
    valid = row["Path"].replace("train/patient00001", "valid/patient64541")
    table(root / "valid.csv", [{**row, "Path": valid, "AP/PA": "PA"}])


def mimic_cxr_jpg(folder: Path) -> None:
    root = folder / "mimic-cxr-jpg" / "2.0.0"
    names = {"aa-1": "train", "bb-2": "validate", "cc-3": "test"}
    for name in list(names)[:2]:
        image(root / "files" / "p10" / "p10000032" / "s50414267" / f"{name}.jpg")
    image(root / "files" / "p11" / "p11000011" / "s51029426" / "cc-3.jpg")
    ids = [("10000032", "50414267")] * 2 + [("11000011", "51029426")]
    rows = [
        {"dicom_id": name, "subject_id": subject, "study_id": study, "ViewPosition": "PA"}
        for name, (subject, study) in zip(names, ids, strict=True)
    ]
    table(root / "mimic-cxr-2.0.0-metadata.csv", rows)
    parts = [{"dicom_id": name, "split": part} for name, part in names.items()]
    table(root / "mimic-cxr-2.0.0-split.csv", parts)
    found = {"subject_id": "10000032", "study_id": "50414267", "Edema": "-1.0", "Fracture": "1.0"}
    table(root / "mimic-cxr-2.0.0-chexpert.csv", [found])


def padchest(folder: Path) -> None:
    names = ("1_02-094.png", "2_00-163.png", "3_00-001.png", "4_00-002.png", "5_00-003.png")
    images(folder / "0", *names[:2])
    images(folder / "54", *names[2:])
    labels = (
        *("['pleural effusion', ' cardiomegaly', 'cardiomegaly']", "['normal']", ""),
        *("['unchanged', 'suboptimal study']", "['exclude']"),
    )
    rows = [
        {
            "ImageID": name,
            "ImageDir": "0",
            "StudyDate_DICOM": f"2014091{number}",
            "StudyID": f"s{number}",
            "PatientID": f"P{number % 3}",
            "PatientBirth": "1930.0",
            "PatientSex_DICOM": "M",
            "Projection": "PA",
            "Manufacturer_DICOM": "ImagingDynamicsCompanyLtd",
            "PhotometricInterpretation_DICOM": f"MONOCHROME{1 + number % 2}",
            "MethodLabel": "Physician",
            "Labels": label,
        }
        for number, (name, label) in enumerate(zip(names, labels, strict=True))
    ]
    table(folder / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", rows)


def dicom(path: Path, **header: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_dicom(path, np.zeros((4, 6), np.uint8), **header)


def rsna_pneumonia(folder: Path) -> None:
    classes = {"u1": "Lung Opacity", "u2": "Normal", "u3": "No Lung Opacity / Not Normal"}
    for name in classes:
        header = {"PatientAge": "051Y", "PatientSex": "F", "ViewPosition": "AP"}
        dicom(folder / "stage_2_train_images" / f"{name}.dcm", PatientID=name, **header)
    rows = [{"patientId": name, "class": label} for name, label in classes.items()]
    table(folder / "stage_2_detailed_class_info.csv", [rows[0], *rows])
    pairs = [("u1", "00000007_000.png"), ("u2", "00000007_001.png")]
    mapping = [{"subset_img_id": one, "img_id": other} for one, other in pairs]
    text(folder / "pneumonia-challenge-dataset-mappings_2018.json", json.dumps(mapping))


def siim_acr(folder: Path) -> None:
    for number, name in enumerate(("1.2.3", "1.2.4")):
        place = folder / "dicom-images-train" / f"study{number}" / "series"
        dicom(place / f"{name}.dcm", PatientID=f"p{number}", PatientSex="M", ViewPosition="PA")
    # Two runs of the first image: pixels 2 and 3 of the first column, pixel 1 of the second.
    text(
        folder / "train-rle.csv",
        *("ImageId, EncodedPixels", "1.2.3, 2 2", "1.2.3, 1025 1", "1.2.4, -1"),
    )


def montgomery(folder: Path) -> None:
    root = folder / "NLM-MontgomeryCXRSet" / "MontgomerySet"
    for number, name in enumerate(("MCUCXR_0001_0", "MCUCXR_0162_1", "MCUCXR_0166_1")):
        image(root / "CXR_png" / f"{name}.png", number)
        for side, column in (("left", 3), ("right", 0)):
            mask = np.zeros((4, 4), np.uint8)
            mask[1:3, column] = 255
            place = root / "ManualMask" / f"{side}Mask" / f"{name}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask).save(place)
    notes = root / "ClinicalReadings"
    text(notes / "MCUCXR_0001_0.txt", "Patient's Sex: F", "Patient's Age: 027Y", "normal")
    text(notes / "MCUCXR_0162_1.txt", "Patient's Sex: M", "Patient's Age: 049Y", "infiltrates")
    text(notes / "MCUCXR_0166_1.txt", "Patient's Sex: M", "NO REPORT (same pt as MCUCXR_0162_1)")


def shenzhen(folder: Path) -> None:
    root = folder / "ChinaSet_AllFiles" / "ChinaSet_AllFiles"
    images(root / "CXR_png", "CHNCXR_0001_0.png", "CHNCXR_0327_1.png")
    text(root / "ClinicalReadings" / "CHNCXR_0001_0.txt", "male 45yrs", "normal")
    text(root / "ClinicalReadings" / "CHNCXR_0327_1.txt", "femal 28yrs", "STB")
    images(folder / "mask" / "mask", "CHNCXR_0327_1_mask.png")


def lung_masks(folder: Path) -> None:
    root = (
        folder / "MultiResUNet-lung-segmentation" / "MultiResUNet-lung-segmentation-234c" / "data"
    )
    images(root / "cxr", "CHNCXR_0001_0.png", "MCUCXR_0104_1.png", "MCUCXR_0105_1.png")
    images(root / "masks", "CHNCXR_0001_0.png", "MCUCXR_0104_1.png")


def jsrt(folder: Path) -> None:
    for place, name in (("Nodule154images", "JPCLN001"), ("NonNodule93images", "JPCNN001")):
        path = folder / "All247images" / place / f"{name}.IMG"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.zeros((SIDE, SIDE), ">u2")
        pixels[0, :2] = 4095, 1
        path.write_bytes(pixels.tobytes())
    facts = ("JPCLN001.IMG", "5", "15", "53", "male", "1634", "692", "malignant", "lung cancer")
    text(folder / "Clinical_Information" / "CLNDAT_EN.txt", "\t".join(facts))
    text(folder / "Clinical_Information" / "CNNDAT_EN.TXT", "JPCNN001.IMG   54 female non-nodule")


def medmnist(name: str, findings: int) -> Build:
    def build(folder: Path) -> None:
        rng = np.random.default_rng(0)
        arrays: dict[str, Any] = {}
        for part, size in (("train", 3), ("val", 2), ("test", 2)):
            arrays[f"{part}_images"] = rng.integers(0, 256, (size, 8, 8), np.uint8)
            arrays[f"{part}_labels"] = rng.integers(0, 2, (size, findings), np.uint8)
        arrays["train_images"][1] = arrays["val_images"][0]
        np.savez(folder / f"{name}.npz", **arrays)

    return build


def pairs(folder: Path) -> None:
    images(folder / "all", "a.jpg", "a.png", "b.jpg", "b.png")


BUILDERS: Mapping[str, Build] = {
    "kermany": kermany,
    "covid-chestxray": covid_chestxray,
    "chestxray14": chestxray14,
    "chexpert": chexpert,
    "mimic-cxr-jpg": mimic_cxr_jpg,
    "padchest": padchest,
    "rsna-pneumonia": rsna_pneumonia,
    "siim-acr": siim_acr,
    "bimcv-covid19": bimcv_covid19,
    "montgomery": montgomery,
    "shenzhen": shenzhen,
    "lung-masks": lung_masks,
    "jsrt": jsrt,
    "pocus": pocus,
    "covid-blues": covid_blues,
    **{
        f"{name}{side}": medmnist(f"{name}{side}", findings)
        for name, findings in (("pneumoniamnist", 1), ("chestmnist", 14))
        for side in ("", "_64", "_128", "_224")
    },
    **dict.fromkeys(("duts", "ecssd", "msra10k", "xpie"), pairs),
}
