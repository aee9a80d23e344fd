from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pleura.data.manifest_file import read_manifest
from pleura.errors import InputError
from pleura.simulate.scenes.folder import write_scenes
from pleura.simulate.scenes.scene import simulate_scene


def test_a_folder_of_scenes_is_a_manifest(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    table = write_scenes(
        tmp_path, images=5, size=32, seed=3, progress=lambda *done: told.append(done)
    )
    assert told[-1] == (5, 5)
    manifest = read_manifest(table)
    assert manifest.problems == ()
    assert len(set(manifest.groups)) == 5
    assert set(manifest.table["source"]) == {"synthetic"}
    scene = simulate_scene(3, 4, 32)
    for column, expected in (("image", scene.image), ("mask", scene.mask)):
        with Image.open(manifest.table[column][4]) as image:
            assert image.mode == "L"
            np.testing.assert_array_equal(np.asarray(image), expected)


def test_a_finished_folder_is_left_and_another_refused(tmp_path: Path) -> None:
    table = write_scenes(tmp_path, images=2, size=16)
    stamp = table.stat().st_mtime_ns
    assert write_scenes(tmp_path, images=2, size=16) == table
    assert table.stat().st_mtime_ns == stamp
    with pytest.raises(InputError, match="other parameters"):
        write_scenes(tmp_path, images=3, size=16)
    (tmp_path / "scenes.json").unlink()
    with pytest.raises(InputError, match="somebody else"):
        write_scenes(tmp_path, images=2, size=16)


@pytest.mark.parametrize(("images", "size"), [(0, 64), (2, 8)])
def test_parameters_that_make_no_sense(tmp_path: Path, images: int, size: int) -> None:
    with pytest.raises(InputError, match="at least one image of at least 16 pixels"):
        write_scenes(tmp_path / "new", images=images, size=size)
    assert not (tmp_path / "new").exists()
