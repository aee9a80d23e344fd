"""The same picture gives the same row of the bank, however its file holds it."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from benchmarks.dicom_files import write
from numpy.typing import NDArray
from PIL import Image

from pleura.data.audit import check
from pleura.data.bank import Bank, Fit, build_bank
from pleura.data.depth import RangeError, depth_note, likely_range, to_8_bits
from pleura.data.manifest_file import read_manifest
from pleura.data.readers import read_image
from pleura.data.readers.decoded import Decoded, Range
from pleura.errors import InputError
from tests.data.stored import PICTURES, TOLD, picture

SIXTEEN = (0.0, 65535.0)


def row(folder: Path, image: str, fit: Fit = "crop", full_range: Range | None = None) -> Any:
    bank = build_bank([image], folder / "bank", size=24, fit=fit, full_range=full_range)
    assert list(bank.info["error"]) == [""]
    return bank.read(np.arange(1))[0].astype(int)


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_however_it_is_stored(tmp_path: Path, name: str, fit: Fit) -> None:
    write, off = PICTURES[name]
    expected = row(tmp_path, PICTURES["png"][0](tmp_path / "plain", picture()), fit)
    found = row(tmp_path, write(tmp_path / "other", picture()), fit)
    assert np.abs(found - expected).max() <= off
    assert expected.max() - expected.min() > 80


@pytest.mark.parametrize("name", TOLD)
def test_fewer_bits_than_the_file_could_hold(tmp_path: Path, name: str) -> None:
    write, off, full_range = TOLD[name]
    expected = row(tmp_path, PICTURES["png"][0](tmp_path / "plain", picture()))
    image = write(tmp_path / "other", picture())
    assert np.abs(row(tmp_path, image, full_range=full_range) - expected).max() <= off
    undeclared = build_bank([image], tmp_path / "bank", size=24)
    assert undeclared.info["error"][0].startswith("values from ")
    assert undeclared.read(np.arange(1)).max() == 0


def test_12_bits_packed_are_spread_by_their_own_range(tmp_path: Path) -> None:
    """tifffile writes no packed samples: two samples of 12 bits lie in three bytes."""
    fine = np.rint(picture(60, 72) * (4095 / 255)).astype(np.uint16)
    first, second = fine[:, ::2], fine[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=2)
    data = packed.astype(np.uint8).tobytes()
    tifffile.imwrite(
        tmp_path / "a.tif", iter([data]), shape=fine.shape, dtype=np.uint16, bitspersample=12,
        rowsperstrip=60, compression=1, photometric="minisblack",
    )  # fmt: skip
    decoded = read_image(str(tmp_path / "a.tif"))
    assert (decoded.bits, decoded.full_range) == (12, (0, 4095))
    np.testing.assert_array_equal(decoded.pixels, fine)
    pixels, _ = to_8_bits(decoded)
    assert np.abs(pixels.astype(int) - picture(60, 72)).max() <= 1


def deep(pixels: NDArray[Any], full_range: Range | None = SIXTEEN) -> Decoded:
    height, width = pixels.shape
    return Decoded(pixels, width, height, 16, full_range)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_the_full_range_that_is_given_is_spread(dtype: type) -> None:
    rng = np.random.default_rng(0)
    pixels: NDArray[Any] = rng.uniform(1000, 1400, (64, 64)).astype(dtype)
    pixels[0, 0] = 65535 if dtype == np.uint16 else np.nan
    gray, levels = to_8_bits(deep(pixels), (1000, 1400))
    assert (levels.black, levels.white) == (1000, 1400)
    expected = np.nanpercentile(pixels, [0.5, 99.5])
    np.testing.assert_allclose([levels.low, levels.high], expected, rtol=1e-6)
    assert (gray.min(), gray.max()) == (0, 255)
    assert gray[0, 0] == (255 if dtype == np.uint16 else 0)
    scaled = np.clip((pixels - 1000.0) / 400, 0, 1) * 255
    np.testing.assert_allclose(gray[1:], scaled[1:], atol=0.51)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((9, 9), 700, np.uint16),
        np.full((9, 9), np.nan, np.float32),
        np.full((9, 9), np.inf, np.float32),
    ],
)
def test_flat_images_are_of_one_gray(pixels: NDArray[Any]) -> None:
    gray, levels = to_8_bits(deep(pixels))
    assert levels.black < levels.white
    assert gray.min() == gray.max()


def test_a_rare_bright_spot_is_kept() -> None:
    pixels = np.zeros((100, 100), np.uint16)
    pixels[50, 50] = 4000
    gray, levels = to_8_bits(deep(pixels), (0, 4000))
    assert (levels.low, levels.high, gray[50, 50]) == (0, 4000, 255)


def test_8_bits_are_left_alone() -> None:
    pixels = np.full((6, 6), 90, np.uint8)
    gray, levels = to_8_bits(Decoded(pixels, 6, 6, 8), (0, 4095))
    assert (levels.black, levels.white) == (0, 255)
    assert gray is pixels


def test_values_that_do_not_fit_are_refused() -> None:
    steps = np.linspace(-1000, 2980, 400).reshape(20, 20).astype(np.float32)
    with pytest.raises(RangeError, match=r"-980\.\d+ to 2960\.\d*, of a kind that says not what"):
        to_8_bits(deep(steps, None))
    with pytest.raises(RangeError, match=r"but its full range is 0 to 1$"):
        to_8_bits(deep(steps, (0, 1)))
    with pytest.raises(RangeError, match=r"but its full range is 0 to 2980$"):
        to_8_bits(deep(steps), (0, 2980))
    twelve = np.linspace(0, 4095, 400).reshape(20, 20).astype(np.uint16)
    with pytest.raises(RangeError, match="full range is 0 to 65535: so it would be all but black"):
        to_8_bits(deep(twelve))
    # Resampled fractions overshoot, and whoever says so may have pictures as dark as that.
    to_8_bits(deep(np.linspace(-0.01, 1.01, 400).reshape(20, 20).astype(np.float32), (0, 1)))
    assert to_8_bits(deep(twelve), SIXTEEN)[0].max() == 16


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 0.99), (0, 1)),
        ((3, 240), (0, 255)),
        ((12, 3800), (0, 4095)),
        ((0, 4096), (0, 16383)),
        ((0, 5e9), (0, 2**32 - 1)),
        ((-1000, 2980), (-1000, 2980)),
    ],
)
def test_what_a_range_probably_is(values: Range, expected: Range) -> None:
    assert likely_range(*values) == expected


def bank_of(folder: Path, scale: float, bits: list[int], **options: Any) -> tuple[Any, Bank]:
    """One image a patient, of 8 bits or of 16 whose samples are gray levels times `scale`."""
    names = []
    for number, depth in enumerate(bits):
        pixels = picture(32, 32, seed=number)
        if depth == 8:
            Image.fromarray(pixels).save(folder / f"{number}.png")
        else:
            data = imagecodecs.png_encode((pixels * scale).astype(np.uint16))
            (folder / f"{number}.png").write_bytes(data)
        names.append(f"{number}.png,{'ab'[number % 2]},p{number}")
    (folder / "images.csv").write_text("\n".join(["image,label,patient", *names]))
    manifest = read_manifest(folder / "images.csv")
    return manifest, build_bank(list(manifest.table["image"]), folder / "bank", size=32, **options)


@pytest.mark.parametrize(("scale", "kind"), [(4095 / 255, "12"), (16383 / 255, "14")])
def test_a_study_of_12_or_14_bits_in_16_asks_what_is_white(
    tmp_path: Path, scale: float, kind: str
) -> None:
    """Without being asked it would be nearly black, or four times darker than those of 8 bits."""
    manifest, bank = bank_of(tmp_path, scale, [8, 16] * 4)
    with pytest.raises(InputError) as caught:
        check(manifest, bank)
    top = 2 ** int(kind) - 1
    assert f"such as full_range: [0, {top}]." in caught.value.heading
    full_range = (0.0, float(top))
    given, told = bank_of(tmp_path, scale, [8, 16] * 4, full_range=full_range)
    notes = check(given, told).notes
    assert notes == (
        f"images of more than 8 bits, shown by their full range: 4 from 0 (black) to {top} (white)",
    )
    plain = bank_of(tmp_path, 257.0, [8] * 8)[1].read(np.arange(8))
    assert np.abs(told.read(np.arange(8)).astype(int) - plain).max() <= 1
    # Whoever says that they are as dark as that is believed.
    check(*bank_of(tmp_path, scale, [8, 16] * 4, full_range=SIXTEEN))


def test_a_class_in_16_bits_is_no_brighter_than_one_in_8(tmp_path: Path) -> None:
    mixed = bank_of(tmp_path, 257.0, [8, 16] * 4)[1]
    before = mixed.read(np.arange(8))
    plain = bank_of(tmp_path, 257.0, [8] * 8)[1]
    np.testing.assert_array_equal(before, plain.read(np.arange(8)))
    assert mixed.key != plain.key


def test_full_ranges_have_banks_of_their_own(tmp_path: Path) -> None:
    manifest, twelve = bank_of(tmp_path, 16, [16] * 3, full_range=(0.0, 4095.0))
    images = list(manifest.table["image"])
    pixels = twelve.read(np.arange(3))
    other = build_bank(images, tmp_path / "bank", size=32, full_range=(0.0, 8191.0))
    assert len({twelve.key, other.key, twelve.folder, other.folder}) == 4
    np.testing.assert_array_equal(twelve.read(np.arange(3)), pixels)
    again = build_bank(images, tmp_path / "bank", size=32, full_range=(0.0, 4095.0))
    assert (again.key, again.full_range) == (twelve.key, (0.0, 4095.0))


def test_a_bank_of_another_rule_is_not_believed(tmp_path: Path) -> None:
    manifest, bank = bank_of(tmp_path, 257.0, [8, 16])
    images = list(manifest.table["image"])
    expected = bank.read(np.arange(2))
    path = bank.folder / "bank.json"
    path.write_text(path.read_text().replace('"depths": 1, ', ""))
    (bank.folder / "pixels.u8").write_bytes(bytes(2 * 32 * 32))
    np.testing.assert_array_equal(
        build_bank(images, tmp_path / "bank", size=32).read(np.arange(2)), expected
    )


def test_the_report_says_which_images_are_shown_as_their_files_want(tmp_path: Path) -> None:
    levels = np.arange(64 * 64).reshape(64, 64).astype(np.uint16)
    windows = [(2000, 4000), (2000, 4000), (1000, 900), (1000, 800), (1000, 700)]
    images = [
        write(tmp_path / f"{number}.dcm", levels, WindowCenter=centre, WindowWidth=width)
        for number, (centre, width) in enumerate(windows)
    ]
    tifffile.imwrite(tmp_path / "a.tif", levels * np.uint16(15))
    images.append(str(tmp_path / "a.tif"))
    bank = build_bank(images, tmp_path / "bank", size=32, workers=1)
    by_range, as_wanted = depth_note(bank.info)
    assert by_range.endswith("shown by their full range: 1 from 0 (black) to 65535 (white)")
    assert "window or VOI LUT of their own file: 5 (2 by window 2000/4000 LINEAR, 1 by" in as_wanted
    assert "and 1 more). Windows can differ from site to site; full_range under data" in as_wanted
    again = build_bank(images, tmp_path / "bank", size=32, workers=1)
    assert again.info["shown_by"].tolist() == bank.info["shown_by"].tolist()
    one_rule = build_bank(images, tmp_path / "bank", size=32, full_range=(0.0, 65535.0))
    assert one_rule.info["shown_by"].tolist() == [""] * 6
    assert one_rule.info["error"].tolist() == [""] * 6
    assert one_rule.key != bank.key
