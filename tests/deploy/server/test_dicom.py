"""DICOM that comes back from the server."""

import io
from pathlib import Path

from benchmarks.dicom_files import write
from pydicom import dcmread
from pydicom.uid import generate_uid
from starlette.testclient import TestClient

from tests.deploy.predicting import PIXELS
from tests.deploy.server.serving import client, png, post

__all__ = ["client"]  # a fixture

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def test_the_server_gives_both_and_refuses_other_files(client: TestClient, tmp_path: Path) -> None:
    uids = {name: generate_uid() for name in UIDS}
    write(tmp_path / "a.dcm", PIXELS[5], PatientID="MRN-7", **uids)
    data = (tmp_path / "a.dcm").read_bytes()
    for path, modality in (("/api/report.dcm", "SR"), ("/api/heatmap.dcm", "OT")):
        answer = post(client, path, data)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/dicom"
        plain = dcmread(io.BytesIO(answer.content))
        assert (plain.Modality, plain.PatientID) == (modality, "MRN-7")
        refused = post(client, path, png())
        assert refused.status_code == 422
        assert refused.json()["what"].startswith("The file is no DICOM file")
        nobody = write(tmp_path / "n.dcm", PIXELS[5])
        refused = post(client, path, Path(nobody).read_bytes())
        assert "no valid StudyInstanceUID" in refused.json()["what"]
        assert "pleura-" not in refused.text
