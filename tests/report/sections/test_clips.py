"""Clips and patients in the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.evaluate.intervals import summarise
from pleura.evaluate.pooling import pool
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.numbers import decimal
from pleura.report.sections.clips import CLIPS, attention_table, clip_table, find_clips
from tests.report.conftest import study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]


def with_videos(contents: ClassifierFolder) -> ClassifierFolder:
    """Every fourth patient has a clip of two frames, the others two stills."""
    table = contents.predictions
    clip = table["patient"].where(table["patient"].str[1:].astype(int) % 4 == 0, "")
    return replace(contents, predictions=table.assign(video=clip))


def attention(contents: ClassifierFolder) -> pd.DataFrame:
    """The largest fraction of one recipe: attention is surer of the truth than the mean."""
    table = with_videos(contents).predictions
    mine = table[(table["recipe"] == "fine-tuning") & (table["fraction"] == 1)]
    tables = []
    for unit in ("clip", "patient"):
        mean = pool(mine, unit).table.assign(unit=unit)
        better = mean.copy()
        for name in contents.classes:
            better[f"logit_{name}"] += 2.0 * (better["label"] == name)
        tables += [mean.assign(pooling="mean"), better.assign(pooling="attention")]
    return pd.concat(tables, ignore_index=True)


def test_each_unit_is_evaluated_as_frames_are(
    contents: ClassifierFolder, findings: Findings
) -> None:
    clips = find_clips(study_of(with_videos(contents), findings))
    assert clips
    assert clips.numbers == {"frame": 240, "clip": 30 + 180, "patient": 120}
    frames = clips.values["scratch", "frame", "", "auroc"]
    assert frames == findings.estimate("scratch", 1.0, "auroc")
    test = contents.predictions[contents.predictions["fraction"] == 1]
    summary = summarise(pool(test, "patient").table).set_index(["recipe", "metric", "class"])
    expected = summary.loc[("fine-tuning", "accuracy", "all"), ["value", "low", "high"]]
    found = clips.values["fine-tuning", "patient", "", "accuracy"]
    assert (found.value, found.low, found.high) == pytest.approx(tuple(expected))
    assert clips.notes == []
    table = clip_table(clips, findings)
    assert table.title == "Results by frame, clip and patient"
    assert [column.title for column in table.columns[1:]] == ["AUROC"] * 3 + ["Accuracy"] * 3
    assert table.columns[2].detail == "by clip, 210"
    row = next(row for row in table.rows if row[0].text == "fine-tuning")
    assert row[6].text == decimal(found.value)
    assert attention_table(clips, findings) is None


def test_images_without_videos_are_judged_by_patient(
    contents: ClassifierFolder, findings: Findings
) -> None:
    clips = find_clips(study_of(contents, findings))
    assert clips
    assert clips.numbers == {"frame": 240, "patient": 120}
    assert clips.frame == "image"
    assert clip_table(clips, findings).title == "Results by image and patient"


def test_one_image_a_patient_needs_no_section(
    contents: ClassifierFolder, findings: Findings
) -> None:
    single = contents.predictions.drop_duplicates(["recipe", "seed", "fraction", "patient"])
    assert find_clips(study_of(replace(contents, predictions=single), findings)) is None


def test_attention_stands_beside_the_mean(contents: ClassifierFolder, findings: Findings) -> None:
    table = attention(contents)
    study = study_of(with_videos(contents).with_table(CLIPS, table), findings)
    clips = find_clips(study)
    assert clips
    mine = table[table["unit"] == "patient"]
    compared = compare(mine.assign(recipe=mine["pooling"]), reference="mean").iloc[0]
    found = clips.gains["fine-tuning", "patient"]
    assert (found.value, found.low, found.high) == pytest.approx(
        tuple(compared[["difference", "low", "high"]])
    )
    assert found.value > 0
    shown = attention_table(clips, findings)
    assert shown
    assert [(row[0].text, row[1].text) for row in shown.rows] == [
        ("fine-tuning", "clip"),
        ("fine-tuning", "patient"),
    ]
    patient = clips.values["fine-tuning", "patient", "", "auroc"]
    assert shown.rows[1][2].text == decimal(patient.value)
    assert shown.rows[1][3].text == decimal(patient.value + found.value)
    assert shown.rows[1][-1].text == f"+{decimal(found.value)}"


def test_patients_of_several_labels_are_counted_and_left_out(
    contents: ClassifierFolder, findings: Findings
) -> None:
    table = contents.predictions
    label = table["label"].where(table["image"] != "images/image_0.png", "VIRUS")
    mixed = replace(contents, predictions=table.assign(label=label))
    clips = find_clips(study_of(mixed, findings))
    assert clips
    assert clips.numbers["patient"] == 119
    assert clips.notes == [
        "1 patient with images of several labels has no one label and is left out by patient: p0."
    ]


def test_what_cannot_be_evaluated_is_said(contents: ClassifierFolder, findings: Findings) -> None:
    # Every patient with the third class has another, too.
    table = contents.predictions
    number = table["patient"].str[1:].astype(int)
    mixed = (table["label"] == "VIRUS") & (table.groupby("patient").cumcount() % 2 == 1)
    table = table.assign(label=table["label"].where(~mixed, "NORMAL"), number=number)
    clips = find_clips(study_of(replace(contents, predictions=table), findings))
    assert clips
    assert clips.numbers["patient"] == 80
    assert "no test image of VIRUS" in clips.notes[1]
    assert ("scratch", "patient", "", "auroc") not in clips.values
    assert clip_table(clips, findings).rows[0][2].text == "–"


def test_on_the_page(make_study: MakeStudy) -> None:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    contents = read_classifiers(folder)
    attention(contents).to_csv(folder / "clips.csv", index=False)
    with_videos(contents).predictions.to_csv(folder / "predictions.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#clips"' in page
    assert "By frame, clip and patient" in page
    assert "Attention over frames" in page
    assert np.isclose(
        read_classifiers(folder).table(CLIPS)["logit_VIRUS"].mean(),
        attention(contents)["logit_VIRUS"].mean(),
    )


def test_a_table_without_its_columns_is_named(make_study: MakeStudy) -> None:
    folder = make_study({"scratch": 1}, fractions=(1.0,), patients=40)
    read_classifiers(folder).predictions.to_csv(folder / "clips.csv", index=False)
    with pytest.raises(InputError, match=r"clips.csv: columns missing: unit, pooling"):
        read_classifiers(folder).table(CLIPS)


def test_a_finding_without_its_labels_is_named(make_study: MakeStudy) -> None:
    folder = make_study({"scratch": 1}, fractions=(1.0,), patients=40)
    contents = read_classifiers(folder)
    table = contents.predictions.assign(unit="patient", pooling="mean", label_NORMAL=1)
    table.to_csv(folder / "clips.csv", index=False)
    with pytest.raises(InputError, match=r"clips\.csv: columns missing: label_BACTERIA, label_VI"):
        contents.table(CLIPS)
