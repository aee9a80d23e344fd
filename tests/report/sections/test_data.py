"""Patients and images, and the settings of the data."""

import pytest

from pleura.report.classification import ClassifierFolder
from pleura.report.sections import data


def test_data_table_gives_ranges_and_the_test_part_once(contents: ClassifierFolder) -> None:
    table = data.data_table(contents.counts, contents.classes)
    titles = [(column.title, column.detail.replace("\u00a0", " ")) for column in table.columns]
    assert titles[1:] == [
        ("train", "10 % of the labels"),
        ("validation", "10 % of the labels"),
        ("train", "all labels"),
        ("validation", "all labels"),
        ("test", "every fraction"),
    ]
    assert [row[0].text for row in table.rows] == ["NORMAL", "BACTERIA", "VIRUS", "All classes"]
    assert table.rows[0][3].text == "320–322"
    assert table.rows[0][3].detail == "640 images"
    assert table.rows[3][5].text == "120"


def test_test_parts_that_differ_are_shown_for_each_fraction(contents: ClassifierFolder) -> None:
    counts = contents.counts.copy()
    counts.loc[(counts["part"] == "test") & (counts["fraction"] == 1), "patients"] += 1
    titles = [column.title for column in data.data_table(counts, contents.classes).columns]
    assert titles.count("test") == 2


def test_one_image_is_no_images(contents: ClassifierFolder) -> None:
    counts = contents.counts.assign(images=1)
    assert data.data_table(counts, contents.classes).rows[0][1].detail == "1 image"


@pytest.mark.parametrize("folder", ["/home/me/xrays/", "C:\\xrays\\", "../", ""])
def test_of_the_manifest_only_the_name_is_shown(folder: str) -> None:
    table = data.settings_table({"manifest": f"{folder}images.csv", "size": 96})
    assert [row[1].text for row in table.rows] == ["images.csv", "96"]


def test_settings_are_words() -> None:
    given = {"where": {"source": "Kermany*", "view": ["PA", "AP"]}, "image_is_patient": True}
    table = data.settings_table(given)
    assert [row[1].text for row in table.rows] == ["source: Kermany*; view: PA, AP", "yes"]


def test_settings_within_settings_leave_out_what_is_empty() -> None:
    made = {"kind": "chest-xray", "patients": 8, "seed": 0, "confounders": []}
    table = data.settings_table({"simulated": made, "lungs": {"masker": None}})
    told = ["kind: chest-xray; patients: 8; seed: 0", "given"]
    assert [row[1].text for row in table.rows] == told


def test_settings_left_as_they_were_are_not_told() -> None:
    given = {"size": 96, "image_is_patient": False, "same_image": "refuse", "columns": {}}
    assert [row[0].text for row in data.settings_table(given).rows] == ["size"]
    merged = data.settings_table({"same_image": "merge"})
    assert [row[1].text for row in merged.rows] == ["merge"]
