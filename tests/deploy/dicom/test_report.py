"""Structured reports, of the patient and study of their image."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from benchmarks.dicom_files import write
from pydicom import Dataset, dcmread

from pleura.deploy.dicom.author import author_of
from pleura.deploy.dicom.capture import secondary_capture
from pleura.deploy.dicom.report import structured_report
from pleura.deploy.dicom.source import source_of
from pleura.deploy.explain import Explainer
from pleura.deploy.package import load_model
from pleura.deploy.record import record_of
from tests.deploy.dicom.files import GOOD, UIDS, WHO, made, seen, written
from tests.deploy.predicting import PIXELS, deep, model

__all__ = ["deep", "model"]  # fixtures


def groups_of(report: Any) -> Any:
    """The groups of measurements of a report."""
    return report.content.get_image_measurement_groups()


def nums(item: Dataset) -> dict[str, float]:
    """The numbers below an item of a report, by what their codes mean."""
    found: dict[str, float] = {}
    for each in item.get("ContentSequence", ()):
        if each.ValueType == "NUM":
            meaning = each.ConceptNameCodeSequence[0].CodeMeaning
            found[meaning] = float(each.MeasuredValueSequence[0].NumericValue)
        found |= nums(each)
    return found


def test_a_report_reads_back_and_holds_what_the_record_says(deep: Path, tmp_path: Path) -> None:
    loaded, address = load_model(deep), made(tmp_path)
    prediction = seen(loaded, address)
    record = record_of(loaded, prediction)
    author = author_of(loaded.card, "study/best")
    report = structured_report(loaded, prediction, record, source_of(address), author)
    path = written(report, tmp_path / "report.dcm")
    again = highdicom.sr.srread(path)
    assert again.Modality == "SR"
    assert (again.CompletionFlag, again.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    plain = dcmread(path)
    for name, value in {**WHO, "StudyInstanceUID": UIDS["StudyInstanceUID"]}.items():
        assert str(plain[name].value) == value, name
    assert plain.SeriesInstanceUID != UIDS["SeriesInstanceUID"]
    [group] = groups_of(again)
    assert record.probabilities is not None
    told: dict[str, Any] = {each.name.meaning: each.value for each in group.get_measurements()}
    for name, chance in record.probabilities.items():
        assert told[f"Probability of {name}"] == pytest.approx(chance, abs=1e-9)
    assert record.answers is not None
    codes = {each.name.meaning: each.value.meaning for each in group.get_qualitative_evaluations()}
    assert codes["Likeliest class"] == record.answers[0]
    assert codes["Unlike the training images"] == "No"
    [image] = group.source_images
    assert image.referenced_sop_instance_uid == UIDS["SOPInstanceUID"]
    text = plain.to_json()
    assert "Research software, not a medical device" in text
    assert "study/best" in text
    evidence = plain.CurrentRequestedProcedureEvidenceSequence[0]
    assert evidence.StudyInstanceUID == UIDS["StudyInstanceUID"]


@pytest.mark.skipif(shutil.which("dsrdump") is None, reason="DCMTK (dsrdump) is not installed")
def test_another_reader_understands_the_report(deep: Path, tmp_path: Path) -> None:
    loaded, address = load_model(deep), made(tmp_path)
    prediction = seen(loaded, address)
    report = structured_report(
        loaded,
        prediction,
        record_of(loaded, prediction),
        source_of(address),
        author_of(loaded.card, "study/best"),
    )
    path = written(report, tmp_path / "report.dcm")
    answer = subprocess.run(["dsrdump", str(path)], capture_output=True, text=True, check=True)
    assert "Probability of yes" in answer.stdout
    assert not [line for line in answer.stderr.splitlines() if line.startswith("E:")]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
def test_a_validator_finds_no_error(deep: Path, tmp_path: Path) -> None:
    loaded, address = load_model(deep), made(tmp_path)
    prediction = seen(loaded, address)
    source, author = source_of(address), author_of(loaded.card, "study/best")
    record = record_of(loaded, prediction)
    report = structured_report(loaded, prediction, record, source, author)
    capture = secondary_capture(Explainer(loaded).explain(prediction), source, author)
    for number, data in enumerate((report, capture)):
        command = ["dciodvfy", str(written(data, tmp_path / f"{number}.dcm"))]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Error" not in answer.stdout + answer.stderr


def test_frames_have_groups_of_their_own(deep: Path, tmp_path: Path) -> None:
    loaded = load_model(deep)
    loaded = replace(loaded, card={**loaded.card, "frames": {"number": 3}})
    address = write(tmp_path / "a.dcm", PIXELS[:6], **GOOD, NumberOfFrames=6)
    prediction = seen(loaded, address)
    record = record_of(loaded, prediction)
    author = author_of(loaded.card, "best")
    report = structured_report(loaded, prediction, record, source_of(address), author)
    again = highdicom.sr.srread(written(report, tmp_path / "report.dcm"))
    groups = groups_of(again)
    assert [each.tracking_identifier for each in groups] == [
        "whole image or clip",
        "frame 2",
        "frame 4",
        "frame 6",
    ]
    assert groups[0].source_images[0].referenced_frame_numbers == [2, 4, 6]
    assert record.frames is not None
    last = record.frames[-1].probabilities
    assert last is not None
    told = {each.name.meaning: each.value for each in groups[-1].get_measurements()}
    assert told["Probability of yes"] == pytest.approx(last["yes"], abs=1e-9)


def test_numbers_and_sets_of_findings_are_told(deep: Path, tmp_path: Path) -> None:
    loaded, address = load_model(deep), made(tmp_path)
    prediction = seen(loaded, address)
    source, author = source_of(address), author_of(loaded.card, "best")
    card = {**loaded.card, "classes": ["age"], "calibration": {"unit": "years"}}
    number = replace(loaded, card=card)
    given = replace(prediction, probabilities=np.array([61.5]), answers=None)
    given = replace(given, frames=(replace(prediction.frames[0], probabilities=np.array([61.5])),))
    report = structured_report(number, given, record_of(number, given), source, author)
    assert nums(report)["age"] == 61.5
    findings = record_of(loaded, prediction).model_copy(
        update={"sets": {"yes": ["yes absent", "yes present"]}, "answers": []}
    )
    report = structured_report(loaded, prediction, findings, source, author)
    text = dcmread(written(report, tmp_path / "report.dcm")).to_json()
    assert "Cannot be ruled out of yes" in text
