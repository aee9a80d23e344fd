"""Outlines of lungs on the pictures of the page, by a model that takes what is bright for lungs."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pleura.data.readers import ReadError
from pleura.deploy.explain import SIDE
from pleura.deploy.mask_quality import Usual
from pleura.deploy.predictor import Frame
from pleura.deploy.segmenter import Segmenter
from pleura.deploy.server import lungs
from pleura.deploy.server.lungs import Outlines, load_outlines
from pleura.errors import InputError
from tests.deploy.test_segmenter import Brightness, bright

CARD: dict[str, Any] = {"recipe": "U-Net", "structures": ["lungs"], "size": 48, "fit": "crop"}
USUAL = {"pieces": 1, "images": 9, "ranges": {"area": [0.02, 0.4]}}
FEW = Usual(1, 9, {"area": (0.02, 0.4)})  # of what is usual, the area alone


class Asked:
    """A model of which the card alone is asked."""

    def __init__(self, **card: Any) -> None:
        self.card = {"size": 32, "fit": "crop", **card}


def outlines(**card: Any) -> Outlines:
    segmenter = Segmenter(Brightness(), {**CARD, **card})  # type: ignore[arg-type]
    return Outlines(segmenter, {1: FEW}, "chest/best")


def frame(image: NDArray[Any] | str) -> Frame:
    nothing = np.zeros((32, 32), np.uint8)
    return Frame(image, nothing, np.array([0.5, 0.5]), 0.5, 60, 60)


def drawn(
    image: NDArray[Any] | str, full_range: tuple[float, float] | None = None, **card: Any
) -> tuple[str, bool]:
    model = Asked(**card)
    [found] = outlines().of(model, [frame(image)], full_range)  # type: ignore[arg-type]
    return found


def edges(path: str) -> list[float]:
    """Left, top, right and lower edge of the path of an SVG."""
    points = np.array([[float(x), float(y)] for x, y in re.findall(r"([\d.]+),([\d.]+)", path)])
    return [*points.min(axis=0), *points.max(axis=0)]


def test_the_outline_lies_around_the_lungs_of_the_picture() -> None:
    path, doubtful = drawn(bright(60, 60)[0])
    assert not doubtful
    # The rectangle is from .3 to .7 of the width and from .2 to .5 of the height.
    expected = np.array([0.3, 0.2, 0.7, 0.5]) * SIDE
    np.testing.assert_allclose(edges(path), expected, atol=0.02 * SIDE)


def test_it_is_cropped_or_padded_as_the_model_that_is_asked_sees_the_image() -> None:
    wide = bright(90, 60)[0]
    left, _, right, _ = edges(drawn(wide)[0])
    # From 27 to 63 of 90 pixels, of which the middle 60 are seen.
    np.testing.assert_allclose([left, right], [12 / 60 * SIDE, 48 / 60 * SIDE], atol=0.03 * SIDE)
    left, top, right, _ = edges(drawn(wide, fit="pad")[0])
    np.testing.assert_allclose([left, right], [0.3 * SIDE, 0.7 * SIDE], atol=0.03 * SIDE)
    # 60 rows of 90 in the middle: the rectangle begins at row 12.
    assert top == pytest.approx((15 + 12) / 90 * SIDE, abs=0.03 * SIDE)


def test_without_lungs_there_is_no_outline_and_doubt() -> None:
    assert drawn(np.full((60, 60), 30, np.uint8)) == ("", True)


def test_lungs_of_an_unusual_area_are_doubtful() -> None:
    path, doubtful = drawn(np.full((60, 60), 220, np.uint8))
    assert path != ""
    assert doubtful


def test_what_values_mean_is_told_by_the_request_or_by_the_model_that_is_asked() -> None:
    deep = bright(60, 60)[0].astype(np.uint16) * 16  # black is 0, white 4080
    usual = drawn(bright(60, 60)[0])
    assert drawn(deep, (0, 4080)) == usual
    model = Asked(full_range=[0, 4080])
    assert outlines().of(model, [frame(deep)], None) == [usual]  # type: ignore[arg-type]


def test_each_frame_has_its_own_outline_in_order() -> None:
    frames = [frame(np.full((60, 60), 30, np.uint8)), frame(bright(60, 60)[0])]
    first, second = outlines().of(Asked(), frames, None)  # type: ignore[arg-type]
    assert first[0] == ""
    assert second[0] != ""


def test_an_image_that_the_masker_cannot_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(ReadError, match=r"a\.png"):
        drawn(str(tmp_path / "a.png"))


def test_a_file_is_outlined_as_its_pixels_are(tmp_path: Path) -> None:
    Image.fromarray(bright(60, 60)[0]).save(tmp_path / "a.png")
    assert drawn(str(tmp_path / "a.png")) == drawn(bright(60, 60)[0])


def planted(card: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = Segmenter(Brightness(), card)  # type: ignore[arg-type]
    monkeypatch.setattr(lungs, "load_segmenter", lambda _: segmenter)


def test_a_masker_is_loaded_with_what_is_usual_and_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(
        {**CARD, "structures": ["heart", "Left lung"], "usual": {"Left lung": USUAL}}, monkeypatch
    )
    found = load_outlines(tmp_path / "chest" / "best", Asked())  # type: ignore[arg-type]
    assert [*found.usual] == [2]
    assert found.name == "U-Net"


def test_what_segments_no_lungs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted({**CARD, "structures": ["heart", "rib"]}, monkeypatch)
    with pytest.raises(InputError, match="segments no lungs, but heart, rib"):
        load_outlines(tmp_path, Asked())  # type: ignore[arg-type]


def test_a_model_of_ultrasound_sectors_takes_no_masker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted({**CARD, "usual": {"lungs": USUAL}}, monkeypatch)
    sectors = Asked(frames={"number": 8, "sector": True})
    with pytest.raises(InputError, match="--masker: this model sees the sectors"):
        load_outlines(tmp_path, sectors)  # type: ignore[arg-type]
    whole = Asked(frames={"number": 8, "sector": False})
    assert load_outlines(tmp_path, whole).usual  # type: ignore[arg-type]
