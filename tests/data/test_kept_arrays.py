"""Arrays that are kept in a file."""

from pathlib import Path

import numpy as np
import pytest

from pleura.data.kept_arrays import keep_arrays, kept_arrays


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    found = np.array([True, False])
    keep_arrays(tmp_path / "a.npz", boxes=np.ones((2, 4)), found=found)
    kept = kept_arrays(tmp_path / "a.npz", boxes=(2, 4), found=(2,))
    assert kept is not None
    np.testing.assert_array_equal(kept["found"], found)
    assert kept["boxes"].shape == (2, 4)


@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "no archive", "of others", "a name"])
def test_what_is_damaged_is_computed_again(damage: str, tmp_path: Path) -> None:
    path, shape = tmp_path / "a.npz", (2,)
    keep_arrays(path, found=np.zeros(3 if damage == "of others" else 2, np.bool_))
    match damage:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[:50])
        case "no archive":
            with path.open("wb") as file:
                np.save(file, np.zeros(2, np.bool_))
        case "a name":
            assert kept_arrays(path, doubtful=shape) is None
            return
    assert kept_arrays(path, found=shape) is None
