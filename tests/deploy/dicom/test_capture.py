"""Heat maps as secondary captures, of the patient and study of their image."""

from pathlib import Path

import numpy as np
from pydicom import dcmread

from pleura.data.readers import read_image
from pleura.deploy.dicom.author import author_of
from pleura.deploy.dicom.capture import secondary_capture
from pleura.deploy.dicom.source import source_of
from pleura.deploy.explain import Explainer
from pleura.deploy.package import load_model
from tests.deploy.dicom.files import UIDS, WHO, made, seen, written
from tests.deploy.predicting import deep, model

__all__ = ["deep", "model"]  # fixtures


def test_a_capture_is_derived_and_says_of_what_and_by_whom(deep: Path, tmp_path: Path) -> None:
    loaded = load_model(deep)
    address = made(
        tmp_path,
        BurnedInAnnotation="YES",
        LossyImageCompression="01",
        LossyImageCompressionRatio="10.0",
    )
    explanation = Explainer(loaded).explain(seen(loaded, address))
    author = author_of(loaded.card, "study/best")
    path = written(secondary_capture(explanation, source_of(address), author), tmp_path / "map.dcm")
    plain = dcmread(path)
    np.testing.assert_array_equal(plain.pixel_array, np.asarray(explanation.picture()))
    for name, value in {**WHO, "StudyInstanceUID": UIDS["StudyInstanceUID"]}.items():
        assert str(plain[name].value) == value, name
    assert plain.ImageType[:2] == ["DERIVED", "SECONDARY"]
    assert plain.BurnedInAnnotation == "YES"
    assert plain.LossyImageCompression == "01"
    assert "study/best" in plain.DerivationDescription
    assert plain.ManufacturerModelName == "study/best"
    assert plain.SourceImageSequence[0].ReferencedSOPInstanceUID == UIDS["SOPInstanceUID"]
    assert plain.PatientOrientation in (None, "")
    assert read_image(str(path)).width == plain.Columns  # pleura reads it itself
    (tmp_path / "b").mkdir()
    silent = dcmread(
        written(
            secondary_capture(explanation, source_of(made(tmp_path / "b")), author),
            tmp_path / "c.dcm",
        )
    )
    assert "BurnedInAnnotation" not in silent  # nobody knows
