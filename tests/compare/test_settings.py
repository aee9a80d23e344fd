"""In which settings two studies differ."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.compare.settings import settings_of
from pleura.compare.studies import read_pair
from tests.compare.made import patients, predictions, write_study


def of(tmp_path: Path, first: dict[str, Any], second: dict[str, Any]) -> pd.DataFrame:
    table = predictions(patients(0, 4))
    folders = [
        write_study(tmp_path / name, table, **settings)
        for name, settings in (("one", first), ("two", second))
    ]
    return settings_of(read_pair(folders[0], folders[1]))


def test_what_differs_is_told_by_key_and_recipe(tmp_path: Path) -> None:
    recipes = {"tuned": {"strategy": "tuned", "weights": "imagenet"}, "new": {"strategy": "x"}}
    table = of(
        tmp_path,
        {"data": {"manifest": "/ward/7/a.csv", "size": 48, "classes": ["ill", "well"]}},
        {
            "data": {"manifest": "/ward/9/a.csv", "size": 64, "classes": ["ill", "well"]},
            "recipes": recipes,
            "training": {"epochs": 4, "loss": None},
            "question": "Another one?",
        },
    )
    assert table.to_numpy().tolist() == [
        ["", "data.manifest", "a.csv", "a.csv (another)"],
        ["", "data.size", "48", "64"],
        ["tuned", "weights", "–", "imagenet"],
    ]


def test_names_stay_hidden_where_a_study_hides_them(tmp_path: Path) -> None:
    hidden = {"report": {"patients": "hidden"}}
    data = [{"manifest": f"/x/{name}.csv", "size": 48} for name in ("smith", "jones")]
    table = of(tmp_path, {"data": data[0], **hidden}, {"data": data[1], **hidden})
    assert table.to_numpy().tolist() == [
        ["", "data.manifest", "(left out)", "(left out) (another)"],
    ]
    assert of(tmp_path / "same", {"data": data[0]}, {"data": data[0], **hidden}).empty


def test_what_differs_at_its_end_alone_is_told(tmp_path: Path) -> None:
    first, second = ({"data": {"where": {"ward": f"{'w' * 80}{end}"}}} for end in "78")
    [row] = of(tmp_path, first, second).to_numpy().tolist()
    assert row[:2] == ["", "data.where.ward"]
    assert row[3] == f"{row[2]} (another)"


def test_other_versions_are_told(tmp_path: Path) -> None:
    table = predictions(patients(0, 4))
    folders = [write_study(tmp_path / name, table) for name in ("one", "two")]
    notes: list[dict[str, str]] = [
        {"pleura": "0.1.0", "torch": "1.9", "numpy": "2.1", "threads": "2", "device": "cpu"},
        {"pleura": "0.1.0", "torch": "2.13", "threads": "1", "device": "cuda", "timm": "1.0"},
    ]
    steps: list[list[Any]] = [
        [{"versions": {"step fit": 1, "networks": 2}}, {"versions": {"step fit": 2}}, {}],
        [{"versions": {"step fit": 3, "networks": 2, "augmentation": 1}}, []],
    ]
    for folder, noted, done in zip(folders, notes, steps, strict=True):
        (folder / "environment.json").write_text(json.dumps(noted))
        for at, record in enumerate(done):
            (folder / "steps" / f"fit-{at}").mkdir(parents=True)
            (folder / "steps" / f"fit-{at}" / "done.json").write_text(json.dumps(record))
    assert settings_of(read_pair(folders[0], folders[1])).to_numpy().tolist() == [
        ["", "version of torch", "1.9", "2.13"],
        ["", "device", "cpu", "cuda"],
        ["", "version of pleura: step fit", "2", "3"],
    ]


def test_the_metric_by_which_validation_chooses_is_a_setting(tmp_path: Path) -> None:
    table = of(tmp_path, {"metric": "auroc"}, {"metric": "accuracy"})
    assert table.to_numpy().tolist() == [["", "metric", "auroc", "accuracy"]]
