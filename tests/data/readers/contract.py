"""What every reader must do; each reader's test inherits it and says how to write its format."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pleura.data.readers import ReadError, decoded, read_image, split_address
from pleura.data.readers.listed import READERS
from pleura.data.readers.reader import Reader

GRADIENT = np.add.outer(np.arange(48) * 3, np.arange(64) * 1).astype(np.uint8)


class ReaderContract:
    """`bits`: of a sample of the files that `write` writes; `tolerance`: of what is read."""

    reader: Reader
    suffix: str
    bits = 8
    tolerance = 0

    def write(self, path: Path, pixels: NDArray[np.uint8]) -> str:
        """Write one gray image of these values to `path` and return its address."""
        raise NotImplementedError

    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        return self.write(tmp_path / f"image{self.suffix}", GRADIENT)

    def test_is_listed(self) -> None:
        assert any(type(reader) is type(self.reader) for reader in READERS)
        assert self.suffix in self.reader.suffixes

    def test_an_address_names_a_member_where_a_file_holds_many_images(self, address: str) -> None:
        assert (split_address(address)[1] is not None) == self.reader.many_images

    def test_refuses_a_member_that_is_not_there(self, address: str) -> None:
        with pytest.raises(ReadError):
            read_image(f"{split_address(address)[0]}::7")

    def test_gives_back_what_was_written(self, address: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image = read_image(address)
        assert (image.width, image.height, image.bits) == (64, 48, self.bits)
        narrow = np.uint16 if self.bits > 8 else np.uint8
        assert image.pixels.dtype == (np.float32 if self.bits > 16 else narrow)
        difference = np.abs(image.pixels.astype(int) - GRADIENT)
        assert difference.max() <= self.tolerance

    def test_reduced_is_never_smaller_than_asked(self, address: str) -> None:
        image = read_image(address, at_least=20)
        assert min(image.pixels.shape) >= 20
        assert (image.width, image.height) == (64, 48)
        assert abs(float(image.pixels.mean()) - float(GRADIENT.mean())) < 1

    def test_upper_case_suffix(self, tmp_path: Path) -> None:
        assert read_image(self.write(tmp_path / f"a{self.suffix.upper()}", GRADIENT)).width == 64

    def test_refuses_a_missing_file(self, address: str, tmp_path: Path) -> None:
        (tmp_path / f"image{self.suffix}").unlink()
        with pytest.raises(ReadError, match="no such file"):
            read_image(address)

    @pytest.mark.parametrize("kept", [0.02, 0.4, 0.8])
    def test_refuses_a_truncated_file(self, address: str, tmp_path: Path, kept: float) -> None:
        path = tmp_path / f"image{self.suffix}"
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * kept)])
        with pytest.raises(ReadError) as caught:
            read_image(address)
        assert caught.value.address == address
        assert caught.value.reason

    @pytest.mark.parametrize("contents", [b"", b"patient,label\n1,normal\n", bytes(5000)])
    def test_refuses_other_contents_by_name(
        self, address: str, tmp_path: Path, contents: bytes
    ) -> None:
        (tmp_path / f"image{self.suffix}").write_bytes(contents)
        with pytest.raises(ReadError, match=f"image{self.suffix}"):
            read_image(address)

    def test_refuses_a_folder(self, address: str, tmp_path: Path) -> None:
        path = tmp_path / f"image{self.suffix}"
        path.unlink()
        path.mkdir()
        with pytest.raises(ReadError):
            read_image(address)

    def test_refuses_huge_dimensions(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(decoded, "MAX_PIXELS", 64 * 48 - 1)
        with pytest.raises(ReadError, match="64 x 48 pixels are more"):
            read_image(address)

    def test_any_damage_is_a_read_error_or_an_image(self, address: str, tmp_path: Path) -> None:
        path = tmp_path / f"image{self.suffix}"
        sound = np.frombuffer(path.read_bytes(), np.uint8)
        for seed in range(100):
            rng = np.random.default_rng(seed)
            damaged = sound.copy()
            at = rng.integers(0, min(len(sound), 400) if seed % 2 else len(sound), 8)
            damaged[at] = rng.integers(0, 256, 8)
            path.write_bytes(damaged.tobytes())
            try:
                image = read_image(address)
            except ReadError:
                continue
            assert image.pixels.ndim == 2
