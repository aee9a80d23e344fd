"""What the interface answers to whom."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.dicom_files import write
from starlette.testclient import TestClient

from pleura.deploy.explain import LINE, SIDE
from pleura.deploy.package import load_model
from pleura.deploy.server.schemas import About, Problem, View
from pleura.files import digest_of
from tests.deploy.predicting import PIXELS, predict
from tests.deploy.server.serving import (
    RAW,
    SMALL,
    asking,
    client,
    deep,
    gif,
    home,
    jpeg,
    model,
    png,
    png_of,
    post,
)

__all__ = ["client", "deep", "home", "model"]  # fixtures


def refused(answer: Any, status: int) -> Problem:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    problem = Problem.model_validate_json(answer.content)
    for sentence in (problem.what, problem.to_do):
        assert sentence
        assert sentence[-1] in ".!?"
        assert "/tmp" not in sentence
    return problem


def test_the_record_is_that_of_predict(client: TestClient, deep: Path, tmp_path: Path) -> None:
    for name, data in (("a.png", png()), ("b.jpg", jpeg(PIXELS[3]))):
        (tmp_path / name).write_bytes(data)
        predict(deep, tmp_path / name, "--out", tmp_path / "out.json")
        [told] = json.loads((tmp_path / "out.json").read_text())["predictions"]
        answer = post(client, "/api/predict", data)
        assert answer.status_code == 200
        assert answer.json() == {**told, "image": "upload"}


def test_a_dicom_file_is_read_as_predict_reads_it(
    client: TestClient, deep: Path, tmp_path: Path
) -> None:
    write(tmp_path / "a.dcm", PIXELS[5].astype(np.uint16) * 16, BitsStored=12)
    out = tmp_path / "out.json"
    predict(deep, tmp_path / "a.dcm", "--out", out, "--full-range", 0, 4095)
    [told] = json.loads(out.read_text())["predictions"]
    data = (tmp_path / "a.dcm").read_bytes()
    answer = post(client, "/api/predict?black=0&white=4095", data)
    assert answer.json() == {**told, "image": "upload"}


def test_the_view_has_pictures_beside_the_record(client: TestClient) -> None:
    answer = post(client, "/api/view?explain=no", png())
    view = View.model_validate_json(answer.content)
    assert view.record.model_dump(exclude_none=True) == post(client, "/api/predict", png()).json()
    [picture] = view.pictures
    assert (view.explained, view.dicom, picture.frame, picture.lungs) == ("no", False, None, None)
    assert picture.image.startswith("iVBOR")  # PNG in base64
    assert picture.heatmap is not None
    assert refused(post(client, "/api/view?explain=<b>", png()), 422).what.startswith(
        "The model has no class '<b>'"
    )


def test_the_heat_map_is_the_picture_of_predict(
    client: TestClient, deep: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(png())
    predict(deep, tmp_path / "a.png", "--heatmaps", tmp_path / "maps")
    from PIL import Image

    [drawn] = (tmp_path / "maps").iterdir()
    answer = post(client, "/api/heatmap.png", png())
    assert answer.headers["content-type"] == "image/png"
    (tmp_path / "given.png").write_bytes(answer.content)
    given = np.asarray(Image.open(tmp_path / "given.png"))
    assert given.shape == (LINE + SIDE, 2 * SIDE, 3)
    np.testing.assert_array_equal(given, np.asarray(Image.open(drawn)))


def test_a_clip_has_its_frames(deep: Path, home: Path) -> None:
    loaded = load_model(deep)
    still = asking(loaded, home)
    problem = refused(post(still, "/api/view", gif(10)), 422)
    assert problem.frames == 10
    chosen = post(still, "/api/predict?frame=3", gif(10)).json()
    moving = asking(replace(loaded, card={**loaded.card, "frames": {"number": 4}}), home)
    view = post(moving, "/api/view", gif(10)).json()
    numbers = [each["frame"] for each in view["pictures"]]
    assert len(numbers) == 4
    assert [each["frame"] for each in view["record"]["frames"]] == [
        f"upload::{number}" for number in numbers
    ]
    assert view["record"]["notes"][-1] == "mean of 4 images"
    assert "frames" not in chosen


def test_a_frame_that_is_not_there_is_told_as_such(client: TestClient, tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", PIXELS[:3], NumberOfFrames=3)
    clip = (tmp_path / "a.dcm").read_bytes()
    assert post(client, "/api/predict?frame=2", clip).status_code == 200
    for data, frames in ((clip, 3), (gif(10), 10)):
        problem = refused(post(client, f"/api/predict?frame={frames}", data), 422)
        assert problem.what == f"The file has no frame {frames}: it has {frames}, counted from 0."
        assert problem.to_do == f"Choose one of its frames, 0 to {frames - 1}."
        assert problem.frames == frames
    write(tmp_path / "b.dcm", PIXELS[5])
    for single in (png(), jpeg(), (tmp_path / "b.dcm").read_bytes()):
        problem = refused(post(client, "/api/view?frame=3", single), 422)
        assert (problem.what, problem.to_do, problem.frames) == (
            "The file holds one image, and no frames.",
            "Leave frame out.",
            None,
        )


def test_what_the_model_is(client: TestClient, deep: Path) -> None:
    told = About.model_validate_json(client.get("/api/model").content)
    assert told.classes == ["no", "yes"]
    assert told.kind == "classes"
    assert told.heatmaps
    assert not told.clips
    assert told.bounds.frames == SMALL.frames
    loaded = load_model(deep)
    number = {**loaded.card, "classes": ["age"], "calibration": {"unit": "years"}}
    bare = asking(replace(loaded, card=number, likeness=None), Path("unused"))
    told = About.model_validate_json(bare.get("/api/model").content)
    assert (told.kind, told.unit, told.heatmaps) == ("number", "years", False)
    assert told.no_heatmaps is not None
    assert "unlike them are not flagged" in told.cautions[0]


@pytest.mark.parametrize(
    ("data", "status", "what"),
    [
        (b"", 415, "empty"),
        (b"\x80\x05\x95\x10\0\0\0\0\0\0\0}", 415, "a pickle"),
        (b"PK\x03\x04" + b"\0" * 30, 415, "a ZIP archive"),
        (b"#!/bin/sh\ntouch /tmp/x\n", 415, "a script"),
        (b"<html><script>alert(1)</script>", 415, "HTML"),
        (b"\x93NUMPY\x01\0", 415, "NumPy"),
        (b"#EXTM3U\nfile:///etc/passwd\n", 415, "unknown kind"),
        (png()[:200], 422, "truncated"),
        (jpeg()[:200], 422, "The file cannot be read"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 200, 422, "The file cannot be read"),
        (b"GIF89a" + b"\xff" * 100, 422, "The file cannot be read"),
        (b"\0\0\0\x20ftypisom" + b"\xff" * 100, 422, "The file cannot be read"),
        (png_of(60_000, 60_000), 413, "60,000 x 60,000 pixels"),
        (b"\0" * (SMALL.bytes + 1), 413, "larger than 2 MB"),
    ],
)
@pytest.mark.parametrize("path", ["/api/predict", "/api/view"])
def test_what_is_no_image_is_refused(
    client: TestClient, path: str, data: bytes, status: int, what: str
) -> None:
    assert what in refused(post(client, path, data), status).what


def test_a_clip_without_an_end_is_refused_by_its_header(client: TestClient, tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", PIXELS[5][None], NumberOfFrames=100_000)
    answer = post(client, "/api/view", (tmp_path / "a.dcm").read_bytes())
    assert "100,000 frames; at most 50" in refused(answer, 413).what
    assert "60 frames" in refused(post(client, "/api/view", gif(60)), 413).what


def test_black_and_white_are_asked_for(client: TestClient, tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", PIXELS[5].astype(np.int16) - 20, PixelRepresentation=1)
    data = (tmp_path / "a.dcm").read_bytes()
    problem = refused(post(client, "/api/predict", data), 422)
    assert problem.black is not None
    assert problem.white is not None
    ends = f"black={problem.black}&white={problem.white}"
    assert post(client, f"/api/predict?{ends}", data).status_code == 200
    for wrong in ("black=1", "black=2&white=1", "black=nan&white=1", "black=a&white=1", "frame=-1"):
        refused(post(client, f"/api/predict?{wrong}", data), 422)


def test_text_of_a_file_never_becomes_part_of_a_page(client: TestClient, tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    write(tmp_path / "a.dcm", PIXELS[5], PatientName=script, PhotometricInterpretation=script[:16])
    answer = post(client, "/api/view", (tmp_path / "a.dcm").read_bytes())
    refused(answer, 422)
    assert answer.headers["x-content-type-options"] == "nosniff"
    write(tmp_path / "b.dcm", PIXELS[5], PatientName=script, PatientID="../../etc/passwd")
    answer = post(client, "/api/view", (tmp_path / "b.dcm").read_bytes())
    assert answer.status_code == 200
    assert "alert" not in answer.text
    assert "passwd" not in answer.text


def test_names_of_files_are_never_asked_for(client: TestClient) -> None:
    name = {"Content-Disposition": 'attachment; filename="../../<script>.png"'}
    assert post(client, "/api/predict", png(), **name).json()["image"] == "upload"
    form = client.post("/api/predict", files={"file": ("../a.png", png())})
    assert "not sent as a file" in refused(form, 415).what
    plain = client.post("/api/predict", content=png(), headers={"Content-Type": "text/plain"})
    refused(plain, 415)
    assert client.post("/api/predict", content=png()).status_code == 200  # no type at all


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/page.css/../x", "/static/index.html", "/api/nothing", "/%00"]
)
def test_no_path_leads_to_a_file(client: TestClient, path: str) -> None:
    refused(client.get(path), 404)


def test_the_wrong_method_is_told(client: TestClient) -> None:
    answer = client.get("/api/predict")
    refused(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_the_interface_is_described_without_a_network(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    asked = document["paths"]["/api/predict"]["post"]
    assert set(asked["requestBody"]["content"]) == {"application/octet-stream"}
    schema = asked["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Record"}
    assert set(asked["responses"]) == {"200", "403", "408", "413", "415", "422", "503", "504"}
    assert "HTTPValidationError" not in digest_of(document) + json.dumps(document)
    page = client.get("/docs").text
    for told in ("/api/predict", "black", "unlike_training", "too many wait, or the model"):
        assert told in page


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/draw.js", "/icon.svg", "/docs"])
def test_nothing_of_the_page_comes_from_elsewhere(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    text = answer.text.replace("http://www.w3.org/", "").replace("http://127.0.0.1:8000/", "")
    assert "http" not in text.replace("https", "http").lower()
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "document.write", "style="):
        assert unsafe not in text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert RAW["Content-Type"] in client.get("/page.js").text


@pytest.mark.parametrize(("on", "told"), [({"images": 0, "patients": 0}, 1), ({}, 0)])
def test_an_ensemble_is_called_uncalibrated_and_an_earlier_card_is_not(
    deep: Path, home: Path, on: dict[str, int], told: int
) -> None:
    loaded = load_model(deep)
    card = {**loaded.card, "calibration": {"temperature": 1.0, "biases": [0.0, 0.0], **on}}
    about = About.model_validate(asking(replace(loaded, card=card), home).get("/api/model").json())
    said = [line for line in about.cautions if line.startswith("Probabilities are not calibrated")]
    assert len(said) == told
    assert not any("too few" in line for line in about.cautions)
