"""Reads every image file of pydicom's test data and compares it with what DCMTK renders.

apt-get install dcmtk; pip install pydicom-data; python -m benchmarks.dicom_against_dcmtk FILE.csv

pydicom-data is a package of pydicom's larger test files; without it those of pydicom's own wheel
are read. Frames in JPEG 2000, which DCMTK does not decode, are decoded by pleura and written again
uncompressed, so that of these the gray levels alone are compared. Writes a table, and ends with
exit code 1 where an image differs by more than one gray level, or where reading crashes.
"""

import argparse
import csv
import importlib.util
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
from benchmarks.dicom_files import BUNDLED
from numpy.typing import NDArray
from PIL import Image

from pleura.data.depth import RangeError, to_8_bits
from pleura.data.readers import ReadError, read_image
from pleura.data.readers.decoded import Decoded, Range
from pleura.data.readers.dicom.frames import stored_samples
from pleura.data.readers.dicom.grayscale import grayscale_of
from pleura.data.readers.dicom.header import frames_of, read_header
from pleura.data.readers.dicom.layers import Layers, layers_of

NO_IMAGE = "no image"
SKIPPED = {".py", ".pyc", ".json", ".txt", ".dump", ".gz", ".icc"}
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")


def test_files() -> dict[str, Path]:
    """All files of pydicom's test data that may be DICOM, by their names from its folder."""
    folders = [BUNDLED]
    if package := importlib.util.find_spec("data_store"):
        folders += map(Path, package.submodule_search_locations or [])
    return {
        str(path.relative_to(folder)): path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in SKIPPED and path.name != "README"
    }


def rendered(path: Path, frame: int, layers: Layers, folder: Path) -> NDArray[np.float64]:
    """The gray levels (h, w) that DCMTK gives a frame. Raises RuntimeError with its message."""
    syntax = layers.header.file_meta.TransferSyntaxUID
    source, number = path, frame
    if syntax in JPEG_2000:
        source, number = uncompressed(path, frame, folder), 0
    command = ["dcml2pnm" if syntax in JPEG_LS else "dcmj2pnm", "--no-overlays"]
    command += ["--frame", str(number + 1), *voi_options(layers)]
    target = folder / "a.ppm"
    target.unlink(missing_ok=True)
    done = subprocess.run([*command, source, target], capture_output=True, text=True, check=False)
    if done.returncode or not target.exists():
        message = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(message.partition(": ")[2] or message)
    with Image.open(target) as image:
        pixels = np.asarray(image).astype(np.float64)
    return pixels @ np.array([0.299, 0.587, 0.114]) if pixels.ndim == 3 else pixels


def voi_options(layers: Layers) -> list[str]:
    """What DCMTK must be told to show a frame by its first VOI LUT, or its first window."""
    if layers.header.get("VOILUTSequence"):
        return ["--use-voi-lut", "1"]
    if layers.header.get("WindowCenter") is not None:
        return ["--use-window", "1"]
    if (centre := layers.first("WindowCenter")) is not None:  # in a functional group
        return ["--set-window", str(centre), str(layers.first("WindowWidth"))]
    return []


def uncompressed(path: Path, frame: int, folder: Path) -> Path:
    """A file of one frame of uncompressed samples, with the same header."""
    dataset = pydicom.dcmread(path)
    samples = stored_samples(path, read_header(path), frame).samples
    if samples.ndim == 3:
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.NumberOfFrames = 1
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.PixelData = samples.tobytes()
    dataset["PixelData"].VR = "OW" if samples.dtype.itemsize > 1 else "OB"
    dataset["PixelData"].is_undefined_length = False
    dataset.save_as(folder / "a.dcm", enforce_file_format=True)
    return folder / "a.dcm"


def full_range_of(layers: Layers) -> Range:
    """What DCMTK takes for black and white of measurements: all that can be stored."""
    values = grayscale_of(layers).values
    return float(values.min()), float(values.max())


def verdict(path: Path, folder: Path) -> tuple[str, str]:
    """What becomes of a file (equal, 1 level, differs, read, refused or no image), and why. Of
    several frames the middle one is read."""
    try:
        frames = frames_of(read_header(path))
    except Exception:  # which reading the image has to tell
        frames = 1
    frame = frames // 2
    try:
        decoded = read_image(f"{path}::{frame}" if frames > 1 else str(path))
    except ReadError as error:
        return (NO_IMAGE if NO_IMAGE in error.reason else "refused"), error.reason
    except Exception as error:
        return "crashed", repr(error)
    return compared(path, decoded, layers_of(read_header(path), frame), frame, folder)


def compared(
    path: Path, decoded: Decoded, layers: Layers, frame: int, folder: Path
) -> tuple[str, str]:
    """How a decoded frame compares with DCMTK's, and by what it is shown."""
    how = decoded.shown.how if decoded.shown else ""
    full_range = None
    if decoded.full_range is None and decoded.shown is None:
        full_range = full_range_of(layers)
    try:
        ours, _ = to_8_bits(decoded, full_range)
    except RangeError:
        full_range = decoded.full_range
        ours, _ = to_8_bits(decoded, full_range)
    if full_range is not None:
        how = f"asks for full_range; given {full_range[0]:g} to {full_range[1]:g}"
    try:
        theirs = rendered(path, frame, layers, folder)
    except RuntimeError as error:
        return "read", f"DCMTK: {error}"
    if ours.shape != theirs.shape:
        return "differs", f"{ours.shape} and {theirs.shape}"
    difference = np.abs(ours - theirs)
    if np.rint(difference.max()) == 0:
        return "equal", how
    if difference.max() < 1.5:
        return "1 level", how
    return "differs", f"{how}; {difference.max():.0f} at most, {difference.mean():.3f} in the mean"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="CSV file to write")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, options.table.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "verdict", "shown by, or why not"])
        for name, path in sorted(test_files().items()):
            found, more = verdict(path, Path(folder))
            counts[found] += 1
            table.writerow([name, found, more])
    print(", ".join(f"{number} {found}" for found, number in counts.most_common()))
    sys.exit(bool(counts["differs"] + counts["crashed"]))


if __name__ == "__main__":
    main()
