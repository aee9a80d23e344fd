"""Every source is got from a small made-up copy of its true layout, and its table is right."""

import csv
import io
import shutil
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.data.sources.conftest import Server
from tests.data.sources.layouts import BUILDERS
from tests.data.sources.made import images

from pleura.data.manifest_file import read_manifest
from pleura.data.sources.get import get_source
from pleura.data.sources.kermany import PATIENT
from pleura.data.sources.layout import root_of
from pleura.data.sources.listed import SALIENT, SOURCES
from pleura.data.sources.source import Archive, Source
from pleura.errors import InputError

Cells = Mapping[str, str]
PARTED = [name for name, source in SOURCES.items() if source.parts]
CLASSES = {"split": "train", "source": "Kermany 2018, doi 10.17632/rscbjbr9sj"}
ABSENT = {"pocus": 1}  # images that stand in the tables of made-up copies and are not there
# What some cells of each row must be, by hand from what the builders write.
ROWS: Mapping[str, Sequence[Cells]] = {
    "kermany": [
        {"label": "normal", "patient": "test_IM-0001", "split": "test"},
        {"label": "viral", "patient": "test_person1_virus", "split": "test"},
        {"label": "normal", "patient": "train_IM-0115", **CLASSES},
        {"label": "normal", "patient": "train_NORMAL2-IM-0383", **CLASSES},
        {"label": "bacterial", "patient": "train_person1_bacteria", **CLASSES},
        {"label": "viral", "patient": "train_person1_virus", **CLASSES},
    ],
    "covid-chestxray": [
        {"label": "covid", "patient": "0", "view": "PA", "age": "65", "url": "http://x/a,b"},
        {"label": "bacterial", "patient": "0", "view": "AP Supine", "licence": "CC BY"},
        {"label": "normal", "patient": "1", "view": "L", "sex": "F"},
        {"label": "other", "patient": "1", "finding": "Tuberculosis"},
        {"label": "unknown", "patient": "2", "source": "ieee8023/covid-chestxray-dataset"},
    ],
    "chestxray14": [
        {"Cardiomegaly": "1", "Effusion": "1", "Hernia": "0", "patient": "1", "split": "train"},
        {"Cardiomegaly": "0", "Effusion": "0", "Hernia": "0", "age": "58", "sex": "M"},
        {"Effusion": "0", "Hernia": "1", "patient": "2", "split": "test", "view": "PA"},
    ],
    "chexpert": [
        {"No Finding": "1", "Cardiomegaly": "", "Edema": "-1", "Fracture": "0", "view": "AP"},
        {"patient": "patient00001", "view": "lateral", "split": "train", "sex": "Female"},
        {"patient": "patient64541", "view": "PA", "split": "valid", "age": "68"},
    ],
    "mimic-cxr-jpg": [
        {"patient": "10000032", "split": "train", "Edema": "-1", "Fracture": "1"},
        {"patient": "10000032", "split": "validation", "study": "50414267"},
        {"patient": "11000011", "split": "test", "Edema": "", "view": "PA"},
    ],
    "padchest": [
        {"label": "pleural effusion|cardiomegaly", "patient": "P0", "age": "84", "sex": "M"},
        {"label": "normal", "patient": "P1", "labelled_by": "Physician", "year": "2014"},
        {"label": "unlabelled", "patient": "P2", "view": "PA", "photometric": "MONOCHROME1"},
        {"label": "pleural effusion|cardiomegaly", "reported": "unchanged|suboptimal study"},
        {"label": "unlabelled", "patient": "P1", "manufacturer": "ImagingDynamicsCompanyLtd"},
    ],
    "rsna-pneumonia": [
        {"label": "opacity", "patient": "00000007", "age": "51", "sex": "F", "view": "AP"},
        {"label": "normal", "patient": "00000007"},
        {"label": "other", "patient": "u3"},
    ],
    "siim-acr": [{"label": "pneumothorax", "sex": "M"}, {"label": "none", "view": "PA"}],
    "bimcv-covid19": [
        {"label": "COVID 19|pneumonia", "patient": "sub-S1", "age": "65", "view": "AP"},
        {"label": "pleural effusion|COVID 19|pneumonia", "modality": "DX", "year": "2020"},
        {"label": "unlabelled", "patient": "sub-S2", "age": "", "sex": "F", "view": ""},
    ],
    "montgomery": [
        {"label": "normal", "patient": "MCUCXR_0001", "age": "27", "sex": "F"},
        {"label": "tuberculosis", "patient": "MCUCXR_0162", "age": "49", "sex": "M"},
        {"label": "tuberculosis", "patient": "MCUCXR_0162", "source": "montgomery"},
    ],
    "shenzhen": [
        {"label": "normal", "patient": "CHNCXR_0001", "age": "45", "sex": "M", "mask": ""},
        {"label": "tuberculosis", "patient": "CHNCXR_0327", "age": "28", "sex": "F"},
    ],
    "lung-masks": [
        {"label": "normal", "patient": "CHNCXR_0001", "source": "shenzhen"},
        {"label": "tuberculosis", "patient": "MCUCXR_0104", "source": "montgomery"},
    ],
    "jsrt": [
        {"label": "nodule", "age": "53", "sex": "M", "nodule": "malignant"},
        {"label": "none", "age": "54", "sex": "F", "nodule": ""},
    ],
    "pocus": [
        {"label": "covid", "video": "Cov-Atlas+(44)", "patient": "36", "a_lines": "0"},
        {"label": "covid", "video": "Cov_bolzano_Linee B (2)", "label_uncertain": "1"},
        {"label": "covid", "video": "Cov_bolzano_linee B", "label_uncertain": "1", "a_lines": ""},
        {"label": "covid", "video": "Cov_bolzano_sliding", "patient": "source 41"},
        {"label": "normal", "patient": "74", "probe": "convex", "label_uncertain": "0"},
        {"label": "normal", "patient": "77", "probe": "linear", "b_lines": ""},
        {"label": "viral_pneumonia", "label_uncertain": "1", "patient": "116", "age": "32"},
        {"label": "normal", "patient": "Reg_a", "effusion": "1", "consolidation": "", "sex": "F"},
        {"label": "covid", "patient": "9", "kind": "image", "video": "cov_website_donation_1"},
    ],
    "covid-blues": [
        {"label": "no covid", "patient": "37", "age": "87", "sex": "F", "severity": ""},
        {"label": "covid", "patient": "46", "severity": "3", "a_lines": "0", "b_lines": "1"},
    ],
    **{
        name: [
            {"split": part, "judged_twin": "yes" if at == 1 else "no"}
            for at, part in enumerate(("train", "train", "train", "val", "val", "test", "test"))
        ]
        for name in SOURCES
        if "mnist" in name
    },
    **{source.name: [{"label": "scene", "patient": name} for name in "ab"] for source in SALIENT},
}


def packed(folder: Path, name: str) -> bytes:
    """A folder as the archive `name`, without the folder itself."""
    memory = io.BytesIO()
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if name.endswith(".zip"):
        with zipfile.ZipFile(memory, "w") as zipped:
            for path in files:
                zipped.write(path, path.relative_to(folder))
    else:
        with tarfile.open(fileobj=memory, mode="w:gz") as tar:
            for path in files:
                tar.add(path, path.relative_to(folder))
    return memory.getvalue()


def served(source: Source, layout: Path, server: Server) -> Source:
    """The source at the server, with those of its archives that the layout has by their names, and
    takes away; or with its first, which holds the whole layout."""
    there = [(layout / archive.name.split(".")[0], archive) for archive in source.archives]
    there = [
        (path if archive.packed else layout / archive.name, archive) for path, archive in there
    ]
    there = [(path, archive) for path, archive in there if path.exists()]
    archives = []
    for path, archive in there or [(layout, source.archives[0])]:
        content = packed(path, archive.name) if archive.packed else path.read_bytes()
        server.files[f"/{archive.name}"] = content
        archives.append(Archive(f"{server.address}/{archive.name}"))
        if path != layout and archive.packed:
            shutil.rmtree(path)
    return replace(source, archives=tuple(archives), size="")  # of which the disk may have no room


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in PARTED])
def test_a_source_is_listed_from_its_true_layout(name: str, server: Server, tmp_path: Path) -> None:
    layout, folder = tmp_path / "copy", tmp_path / "data" / name
    layout.mkdir()
    BUILDERS[name](layout)
    if not SOURCES[name].archives:
        listed = get_source(SOURCES[name], folder, layout)
    else:
        source = served(SOURCES[name], layout, server)
        listed = get_source(source, folder)
        if (layout / "mask").exists():  # what a user puts there by hand
            shutil.move(layout / "mask", folder / "files")
            listed = get_source(source, folder)
    assert listed.absent == ABSENT.get(name, 0)
    with listed.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [
        {column: row[column] for column in wanted}
        for row, wanted in zip(rows, ROWS[name], strict=True)
    ] == list(map(dict, ROWS[name]))
    assert all(row["source"] for row in rows)
    paths = [
        row[column].split("::")[0]
        for row in rows
        for column in ("image", "mask")
        if row.get(column)
    ]
    assert all((folder / path).is_file() for path in paths)
    if SOURCES[name].archives:
        assert not any(Path(path).is_absolute() for path in paths)
    of_images = "patient" not in rows[0]
    manifest = read_manifest(listed.path, labelled=False, image_is_patient=of_images)
    assert manifest.problems == ()


def test_masks_are_joined_and_decoded(tmp_path: Path) -> None:
    for name in ("montgomery", "siim-acr"):
        BUILDERS[name](tmp_path / name)
        get_source(SOURCES[name], tmp_path / "data" / name, tmp_path / name)
    lungs = np.asarray(Image.open(tmp_path / "data/montgomery/masks/MCUCXR_0001_0.png"))
    assert np.flatnonzero(lungs).tolist() == [4, 7, 8, 11]  # columns 0 and 3 of rows 1 and 2
    assert np.unique(lungs).tolist() == [0, 255]
    ill = np.asarray(Image.open(tmp_path / "data/siim-acr/masks/1.2.3.png"))
    # Down the first column, then the second: rows 2 and 3 of column 0, row 1 of column 1.
    assert np.argwhere(ill).tolist() == [[1, 1], [2, 0], [3, 0]]
    assert not np.asarray(Image.open(tmp_path / "data/siim-acr/masks/none.png")).any()


def test_bare_pixels_become_images_with_bone_white(tmp_path: Path) -> None:
    BUILDERS["jsrt"](tmp_path / "copy")
    listed = get_source(SOURCES["jsrt"], tmp_path / "data", tmp_path / "copy")
    pixels = np.asarray(Image.open(str(listed.rows[0]["image"])))
    assert pixels.dtype == np.uint16
    assert pixels[0, :3].tolist() == [0, 4094 << 4, 4095 << 4]


def test_sources_made_of_others_list_all_images(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for part in SOURCES["kermany-covid"].parts:
        BUILDERS[part.name](copy)
    listed = get_source(SOURCES["kermany-covid"], tmp_path / "data" / "kermany-covid", copy)
    manifest = read_manifest(listed.path, classes=["normal", "bacterial", "viral", "covid"])
    assert manifest.problems == ()
    assert manifest.table["source"].str[:7].value_counts().to_dict() == {"Kermany": 6, "ieee802": 3}
    assert (tmp_path / "data" / "kermany" / "images.csv").exists()


def test_images_that_are_not_there_are_counted_and_left_out(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    BUILDERS["mimic-cxr-jpg"](copy)
    shutil.rmtree(copy / "mimic-cxr-jpg" / "2.0.0" / "files" / "p10")
    listed = get_source(SOURCES["mimic-cxr-jpg"], tmp_path / "data", copy)
    assert (len(listed.rows), listed.absent) == (1, 2)
    shutil.rmtree(copy / "mimic-cxr-jpg" / "2.0.0" / "files" / "p11")
    with pytest.raises(InputError, match=r"none of 3 images .* such as .*aa-1\.jpg"):
        get_source(SOURCES["mimic-cxr-jpg"], tmp_path / "data", copy)


def test_a_copy_behind_links_is_read_as_any_other(tmp_path: Path) -> None:
    for name in ("pocus", "bimcv-covid19", "kermany"):
        BUILDERS[name](tmp_path / "elsewhere" / name)
        copy = tmp_path / name
        copy.mkdir()
        for path in (tmp_path / "elsewhere" / name).iterdir():
            (copy / path.name).symlink_to(path)
        listed = get_source(SOURCES[name], tmp_path / "data" / name, copy)
        assert (len(listed.rows), listed.absent) == (len(ROWS[name]), ABSENT.get(name, 0))


def test_another_layout_is_refused_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    BUILDERS["mimic-cxr-jpg"](copy)
    root = copy / "mimic-cxr-jpg" / "2.0.0"
    (root / "mimic-cxr-2.0.0-split.csv").unlink()
    with pytest.raises(InputError) as caught:
        get_source(SOURCES["mimic-cxr-jpg"], tmp_path / "data", copy)
    assert f"{root}: there is no mimic-cxr-2.0.0-split.csv" in caught.value.problems
    assert "PhysioNet" in str(caught.value)
    (root / "mimic-cxr-2.0.0-split.csv").write_text("dicom_id,part\n1,train\n")
    with pytest.raises(InputError, match=r"split\.csv: there is no column 'split'"):
        get_source(SOURCES["mimic-cxr-jpg"], tmp_path / "data", copy)
    monkeypatch.setattr("pleura.data.sources.layout.MOST", 5)
    for number in range(6):
        (tmp_path / "wide" / str(number)).mkdir(parents=True)
    with pytest.raises(InputError, match="not laid out"):
        root_of(tmp_path / "wide", "train.csv")


def test_what_is_not_of_kermany_gets_no_label(tmp_path: Path) -> None:
    images(tmp_path / "copy", "train/covid/x1.jpeg", "test/NORMAL/IM-0001-0001.jpeg")
    with pytest.raises(InputError, match=r"x1\.jpeg: no image of this source"):
        get_source(SOURCES["kermany"], tmp_path / "data", tmp_path / "copy")
    with pytest.raises(InputError, match="there is no such folder"):
        get_source(SOURCES["kermany"], tmp_path / "data", tmp_path / "nowhere")
    assert not (tmp_path / "data" / "images.csv").exists()


def test_classes_of_kermany_may_have_folders_of_their_own(tmp_path: Path) -> None:
    """As in copies that were sorted by class, and in that of Kaggle."""
    images(
        tmp_path / "copy",
        "train/normal/IM-0115-0001.jpeg",
        "train/viral/person2_virus_6.jpeg",
        "val/PNEUMONIA/person1946_bacteria_4874.jpeg",
        "test/bacterial/person80_bacteria_389.jpeg",
    )
    rows = get_source(SOURCES["kermany"], tmp_path / "data", tmp_path / "copy").rows
    assert [(row["label"], row["split"]) for row in rows] == [
        ("bacterial", "test"),
        ("normal", "train"),
        ("bacterial", "train"),
        ("viral", "train"),
    ]


def test_the_patients_of_kermany_are_those_of_the_real_images(shared_data: Path) -> None:
    with (shared_data / "chest_xray" / "images.csv").open(encoding="utf-8", newline="") as file:
        real = [row for row in csv.DictReader(file) if row["source"].startswith("Kermany")]
    for row in real:
        found = PATIENT.match(Path(row["file"]).name)
        assert found and row["patient_id"] == f"K_{row['split']}_{found[1]}"
