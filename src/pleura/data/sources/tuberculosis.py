"""Chest X-rays with and without tuberculosis of two hospitals, Montgomery and Shenzhen, and their
lungs (Jaeger 2014, Candemir 2014, Stirenko 2018)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from pleura.data.sources.images_table import LEFT_OUT
from pleura.data.sources.layout import by_name, files_below, root_of
from pleura.data.sources.png import write_png
from pleura.data.sources.source import Archive, Row, Source

NLM = "https://openi.nlm.nih.gov/imgs/collections"
LABELS = {"0": "normal", "1": "tuberculosis"}  # the end of a file's name
HOSPITALS = {"MCUCXR": "montgomery", "CHNCXR": "shenzhen"}
SEX = re.compile(r"sex:\s*([MF])|\b(male|female?)\b", re.IGNORECASE)
AGE = re.compile(r"age:\s*(\d+)Y|(\d+)\s*(?:yrs|years|yr)", re.IGNORECASE)
WORD = re.compile(r"\b[A-Za-z]{3,}\b")
SAME = re.compile(r"same pt as\s+(\w+)", re.IGNORECASE)


def rows(files: Path, folder: Path, *, hospital: str) -> Iterator[Row]:
    """The images of `CXR_png` with sex, age and patient of their clinical readings.

    Masks of the left and of the right lung (Montgomery) are joined in `folder/masks`. Those of
    Shenzhen, by others, are taken from wherever they are among the files: `NAME_mask.png`.
    """
    root = root_of(files, "CXR_png", "ClinicalReadings")
    start = next(start for start, name in HOSPITALS.items() if name == hospital)
    of_others = {path.name: path for path in files_below(files, "_mask.png")}
    for name, path in by_name(root / "CXR_png", ".png").items():
        if not name.startswith(start):
            continue
        note = root / "ClinicalReadings" / f"{path.stem}.txt"
        text = note.read_text(encoding="utf-8", errors="replace") if note.exists() else ""
        if not WORD.search(text):  # it might have said whose other image this is
            yield {"image": path, LEFT_OUT: f"no clinical reading in {note.parent.name}"}
            continue
        sex, age, same = SEX.search(text), AGE.search(text), SAME.search(text)
        yield {
            "image": path,
            "mask": of_others.get(f"{path.stem}_mask.png") or _join(root, name, folder),
            "label": LABELS.get(path.stem[-1], ""),
            "patient": _patient(same[1] if same else path.stem),
            "source": hospital,
            "view": "PA",
            "age": int(age[1] or age[2]) if age else "",
            "sex": (sex[1] or sex[2])[0].upper() if sex else "",
        }


def small_rows(files: Path, folder: Path) -> Iterator[Row]:
    """The images of `cxr` that have a mask of the same name in `masks`."""
    root = root_of(files, "cxr", "masks")
    masks = by_name(root / "masks", ".png")
    for name, path in by_name(root / "cxr", ".png").items():
        if name in masks:
            yield {
                "image": path,
                "mask": masks[name],
                "label": LABELS.get(path.stem[-1], ""),
                "patient": _patient(path.stem),
                "source": HOSPITALS.get(name.split("_")[0], ""),
            }


def _patient(stem: str) -> str:
    """`MCUCXR_0001` of `MCUCXR_0001_0`."""
    return stem[:-2] if stem[-2:] in ("_0", "_1") else stem


def _join(root: Path, name: str, folder: Path) -> Path | str:
    """The mask of both lungs, 0 and 255, made of that of each; "" where there are none."""
    sides = [root / "ManualMask" / side / name for side in ("leftMask", "rightMask")]
    if not all(side.exists() for side in sides):
        return ""
    mask = folder / "masks" / name
    if not mask.exists():
        import numpy as np
        from PIL import Image

        left, right = (np.asarray(Image.open(side).convert("L")) > 0 for side in sides)
        write_png(mask, ((left | right) * 255).astype(np.uint8))
    return mask


MONTGOMERY = Source(
    name="montgomery",
    what="138 chest X-rays, 58 with tuberculosis, masks of the lungs",
    images=138,
    archives=(Archive(f"{NLM}/NLM-MontgomeryCXRSet.zip"),),
    page="https://lhncbc.nlm.nih.gov/LHC-downloads/downloads.html#tuberculosis-image-data-sets",
    licence="National Library of Medicine, open; cite both papers",
    citation="Jaeger, Karargyris, Candemir et al.: Automatic tuberculosis screening using chest "
    "radiographs. IEEE TMI 33(2), 2014; Candemir, Jaeger, Palaniappan et al.: Lung segmentation in "
    "chest radiographs using anatomical atlases with nonrigid registration. IEEE TMI 33(2), 2014",
    size="620 MB",
    rows=partial(rows, hospital="montgomery"),
)
SHENZHEN = replace(
    MONTGOMERY,
    name="shenzhen",
    what="662 chest X-rays, 336 with tuberculosis; masks of 566 lungs by Stirenko et al.",
    images=662,
    archives=(Archive(f"{NLM}/ChinaSet_AllFiles.zip"),),
    size="3.8 GB",
    rows=partial(rows, hospital="shenzhen"),
    access="its masks (Stirenko et al. 2018) are on Kaggle, yoctoman/shcxr-lung-mask: unpack them "
    "into files/ of its folder and give the same command again; lung-masks needs no account",
)
LUNG_MASKS = replace(
    MONTGOMERY,
    name="lung-masks",
    what="704 chest X-rays of Montgomery and Shenzhen with masks of the lungs, 256 pixels",
    images=704,
    archives=(
        Archive(
            "https://github.com/rochadiego/MultiResUNet-lung-segmentation/archive/"
            "234c65ba9f3cd7e4c9f84b476745ff928694470f.zip",
            file="MultiResUNet-lung-segmentation.zip",
        ),
    ),
    page="https://github.com/rochadiego/MultiResUNet-lung-segmentation",
    citation=f"{MONTGOMERY.citation}; Stirenko, Kochura, Alienin et al.: Chest X-Ray Analysis of "
    "Tuberculosis by Deep Learning with Segmentation and Augmentation. ELNANO 2018",
    size="",
    rows=small_rows,
)
