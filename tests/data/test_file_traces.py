"""What files tell of how they were stored."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.file_traces import file_formats, jpeg_qualities


def saved(path: Path, **how: int) -> str:
    noise = np.random.default_rng(0).integers(0, 256, (24, 24)).astype(np.uint8)
    Image.fromarray(noise).save(path, format="png" if path.suffix == ".png" else "jpeg", **how)
    return str(path)


@pytest.mark.parametrize("quality", [30, 50, 75, 90, 99])
def test_a_quality_is_the_one_that_a_jpeg_was_saved_with(tmp_path: Path, quality: int) -> None:
    image = saved(tmp_path / "a.jpg", quality=quality)
    assert jpeg_qualities([image])[0] == pytest.approx(quality, abs=1)


def test_what_is_no_jpeg_has_no_quality(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xff\xe0")
    images = [saved(tmp_path / "a.png"), str(damaged), str(tmp_path / "gone.jpg")]
    assert np.isnan(jpeg_qualities(images)).all()


def test_a_format_goes_by_the_contents_of_a_jpeg_and_by_other_names(tmp_path: Path) -> None:
    Path(saved(tmp_path / "a.jpg")).rename(tmp_path / "really.bmp")
    images = [saved(tmp_path / "a.png"), str(tmp_path / "really.bmp"), "set.npz::train_images::7"]
    assert file_formats(images).tolist() == ["png", "jpeg", "npz"]
