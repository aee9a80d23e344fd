"""`report: {patients: hidden}` leaves names of patients and files out of the page."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from pleura.report.study_file import note_without_names, without_folders
from tests.report.sections.test_heatmaps import write_maps
from tests.report.written import write_report

SECRET = "SMITH-1957"


@pytest.mark.parametrize(
    ("note", "left"),
    [
        ("rows left out, their label not among the classes: 12", None),
        ("images are brought to 96 x 96 pixels: a centred square is cut out", None),
        ("pixels ignored: 2.5%", None),
        ("36 clips seen by 144 frames: 4 of each, spread evenly", None),
        ("1 clip seen by 12 frames: 0.5 a second", None),
        ("every image counts as its own patient", None),
        ("labels studied as one, ill: Cov, Vir", None),
        ("120 of 257 patients are studied (`data.patients: 40`)", None),
        ("step ribs: images repeated: 31", None),
        ("patients who share an image count as one (2 times): a = b", "(2 times) (left out)"),
        ("step ribs: masks of images that are cut: x.png", "step ribs: masks of images that"),
    ],
)
def test_of_notes_only_what_names_nobody_stays(note: str, left: str | None) -> None:
    found = note_without_names(note)
    if left is None:
        assert found == note
    else:
        assert left in found
        assert "(left out)" in found
        assert found.count(":") == note.startswith("step")


def test_of_paths_only_the_name_of_the_file_stays() -> None:
    # What a file holds stays, and its folder goes, whatever the file's name ends with.
    for place in ("rad-dino@/home/ward/w.pth", "rad-dino@/home/ward/w"):
        assert without_folders(place) in ("rad-dino@w.pth", "rad-dino@w")
    assert without_folders({"a": "/x/y z/w.pth", "b": r"C:\x\w.pth"}) == {
        "a": "w.pth",
        "b": "w.pth",
    }
    for place in ("../wards/doe/w.pth", "~/w.pth", "wards/doe/w.pth", r"..\doe\w.pth"):
        assert without_folders(place) == "w.pth"
    for place in (
        "file:///home/doe/w.pth",
        "FILE:/doe/w.pth",
        "~doe/w.pth",
        r"../doe\w.pth",
        r"file:///C:\doe\w.pth",
    ):
        assert without_folders(place) == "w.pth"
    for other in (
        "imagenet",
        "https://x.org/w.pth",
        "a/b",
        "TB and/or none?",
        "file: a/b",
        "",
        7,
        None,
        1.5,
    ):
        assert without_folders(other) == other


@pytest.mark.parametrize("hidden", [True, False])
def test_no_name_of_a_patient_or_file_is_on_the_page(
    make_study: Callable[..., Path], hidden: bool
) -> None:
    folder = make_study(
        data={
            "manifest": f"/data/{SECRET}.csv",
            "where": {"patient": SECRET},
            "size": 96,
            "lungs": {"study": f"/home/{SECRET}/lungs.yaml"},
        },
        report={"patients": "hidden" if hidden else "shown"},
    )
    write_maps(folder, {"scratch": 0.2})
    for name in ("heatmaps.csv",):
        table = pd.read_csv(folder / "panels" / name, keep_default_na=False)
        table.assign(patient=SECRET, image=f"/x/{SECRET}.png").to_csv(
            folder / "panels" / name, index=False
        )
    Image.new("L", (4, 4)).save(folder / "panels" / "mistake_00.png")
    pd.DataFrame(
        [
            {
                "recipe": "scratch",
                "fraction": 1.0,
                "seed": 0,
                "image": f"{SECRET}.png",
                "patient": SECRET,
                "label": "VIRUS",
                "predicted": "NORMAL",
                "probability": 0.9,
                "file": "mistake_00.png",
            }
        ]
    ).to_csv(folder / "panels" / "mistakes.csv", index=False)
    (folder / "notes.json").write_text(
        json.dumps([f"patients who share an image count as one (1 times): {SECRET} = b"])
    )
    predictions = pd.read_csv(folder / "predictions.csv")
    first = predictions["patient"] == "p0"
    predictions.loc[first | (predictions["patient"] == "p1"), "patient"] = SECRET
    predictions.to_csv(folder / "predictions.csv", index=False)  # one patient of two labels
    runs = pd.read_csv(folder / "runs.csv", keep_default_na=False)
    runs["provenance"] = json.dumps({"name": "mine", "source": f"/home/{SECRET}/mine.pth"})
    runs.to_csv(folder / "runs.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8")
    assert (SECRET in page) is not hidden
    assert page.count("Most confident mistakes") == 1
    assert page.count("<img") == 3
    assert "lungs.yaml" in page
    assert "mine.pth" in page
    assert ("are left out by patient" in page) or ("is left out by patient" in page)
